/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <string.h>
#include <time.h>

#define SKEW_S 5

static const char server_sql[] = "SELECT current_setting('server_version_num')::integer >= 150000, "
				 "current_setting('server_version'),"
				 " pg_encoding_to_char(encoding), current_database(), current_user,"
				 " round(extract(epoch FROM clock_timestamp()))::bigint FROM "
				 "pg_database WHERE datname = current_database()";

/* Roles of sql/roles.sql, and whether somebody can log in as them. */
static const char roles_sql[] =
    "SELECT w.role, r.rolname IS NULL, coalesce(r.rolcanlogin, false) AND NOT w.login, "
    "NOT coalesce(r.rolcanlogin, false) AND w.login, coalesce(r.rolsuper, false) FROM (VALUES"
    " ('suoyin_owner', false), ('suoyin_migrate', true), ('suoyin_crawler', true), "
    "('suoyin_worker', true),"
    " ('suoyin_operator', true), ('suoyin_readonly', true)) AS w (role, login)"
    " LEFT JOIN pg_roles r ON r.rolname = w.role ORDER BY 1";

/* What each role must be able to do, and what it must not: where it is otherwise. */
static const char rights_sql[] =
    "SELECT role, privilege, object, may FROM (VALUES"
    " ('suoyin_crawler', 'core.portal', 'SELECT', true), ('suoyin_crawler', 'crawl.url', 'SELECT', "
    "true),"
    " ('suoyin_crawler', 'crawl.url', 'INSERT', true), ('suoyin_crawler', 'crawl.url', 'UPDATE', "
    "true),"
    " ('suoyin_crawler', 'crawl.clock', 'UPDATE', true), ('suoyin_crawler', 'core.report', "
    "'SELECT', false),"
    " ('suoyin_crawler', 'core.portal', 'UPDATE', false),"
    " ('suoyin_worker', 'core.report', 'INSERT', true), ('suoyin_worker', 'core.revision', "
    "'INSERT', true),"
    " ('suoyin_worker', 'core.ingest_offset', 'UPDATE', true), ('suoyin_worker', "
    "'core.report_key', 'DELETE', true),"
    " ('suoyin_worker', 'core.dead_letter', 'INSERT', true), ('suoyin_worker', 'core.revision', "
    "'DELETE', false),"
    " ('suoyin_worker', 'crawl.url', 'SELECT', false), ('suoyin_worker', 'core.portal', 'UPDATE', "
    "false),"
    " ('suoyin_operator', 'core.portal', 'UPDATE', true), ('suoyin_operator', 'core.dead_letter', "
    "'UPDATE', true),"
    " ('suoyin_operator', 'core.audit', 'INSERT', true), ('suoyin_operator', 'core.audit', "
    "'UPDATE', false),"
    " ('suoyin_operator', 'core.portal', 'DELETE', false),"
    " ('suoyin_readonly', 'api.report', 'SELECT', true), ('suoyin_readonly', 'core.report', "
    "'SELECT', false),"
    " ('suoyin_readonly', 'crawl.url', 'SELECT', false), ('suoyin_readonly', 'api.report', "
    "'UPDATE', false)"
    ") AS w (role, object, privilege, may) WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = role)"
    " AND (has_table_privilege(role, object, privilege)"
    " AND has_schema_privilege(role, split_part(object, '.', 1), 'USAGE')) <> may"
    " UNION ALL SELECT rolname, p, 'database', false FROM pg_roles, unnest(ARRAY['TEMPORARY', "
    "'CREATE']) AS p"
    " WHERE rolname IN ('suoyin_crawler', 'suoyin_worker', 'suoyin_operator', 'suoyin_readonly')"
    " AND has_database_privilege(rolname, current_database(), p) ORDER BY 1, 3, 2";

static const char portals_sql[] =
    "SELECT count(*), count(*) FILTER (WHERE active AND NOT paused) FROM core.portal";

static const char *
connect_advice(const char *text)
{
	static const struct {
		const char *word, *advice;
	} known[] = {
	    {"password", "Set it (ALTER ROLE … PASSWORD '…') and give it by "
			 "SUOYIN_DATABASE_URL_FILE or ~/.pgpass."},
	    {"pg_hba.conf", "Let this machine and role in by pg_hba.conf of the server."},
	    {"does not exist", "psql -c 'CREATE DATABASE …', then sql/roles.sql: "
			       "docs/OPERATIONS.md, from an empty database."},
	    {"refused", "Does PostgreSQL run there, and listen on this address and port?"},
	    {"translate host", "Does the host's name lead anywhere from here?"},
	    {"timeout", "A firewall between here and there?"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(text, known[i].word) != NULL)
			return known[i].advice;
	return "Does psql connect with this URL?";
}

static int
check_server(struct check *c, struct pg *pg)
{
	struct err err = {0};
	PGresult *res = NULL;
	double skew;

	if (pg_connect(pg, &err) == -1 ||
	    (res = pg_query(pg, NULL, server_sql, 0, NULL, &err)) == NULL) {
		check_add(c, FINDING_WRONG, "database", connect_advice(err.text), "%s", err.text);
		return -1;
	}
	check_add(c, pg_bool_at(res, 0, 0) ? FINDING_OK : FINDING_WRONG, "database",
	    pg_bool_at(res, 0, 0) ? NULL : "PostgreSQL 15 or newer is needed.",
	    "PostgreSQL %s, database %s, as %s", PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 3),
	    PQgetvalue(res, 0, 4));
	if (strcmp(PQgetvalue(res, 0, 2), "UTF8") != 0)
		check_add(c, FINDING_WRONG, "database encoding",
		    "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'", "%s",
		    PQgetvalue(res, 0, 2));
	skew = difftime((time_t)pg_int_at(res, 0, 5), time(NULL));
	if (skew > SKEW_S || skew < -SKEW_S)
		check_add(c, FINDING_WARN, "clock",
		    "Let both follow a time server; leases go by the database's clock.",
		    "the database is %.0f s %s this machine", skew > 0 ? skew : -skew,
		    skew > 0 ? "ahead of" : "behind");
	PQclear(res);
	return 0;
}

static int
check_schema(struct check *c, struct pg *pg)
{
	struct err err = {0};

	if (pg_check_schema(pg, "ctl", &err) == -1) {
		check_add(c, FINDING_WRONG, "schema", "suoyinctl migrate up, as suoyin_migrate",
		    "%s", err.text);
		return -1;
	}
	check_add(c, FINDING_OK, "schema", NULL, "all migrations of this version are applied");
	return 0;
}

static void
check_roles(struct check *c, struct pg *pg)
{
	struct err err = {0};
	PGresult *res = pg_query(pg, NULL, roles_sql, 0, NULL, &err);
	int wrong = 0;

	for (int i = 0; res != NULL && i < PQntuples(res); i++) {
		const char *role = PQgetvalue(res, i, 0);
		const char *why = pg_bool_at(res, i, 1) ? "does not exist"
				  : pg_bool_at(res, i, 2)
				      ? "can log in: it owns everything and must not"
				  : pg_bool_at(res, i, 3) ? "cannot log in"
				  : pg_bool_at(res, i, 4) ? "is a superuser"
						       : NULL;

		if (why == NULL)
			continue;
		wrong++;
		check_add(c, FINDING_WRONG, "role",
		    "psql -d DATABASE -f sql/roles.sql as superuser, then suoyinctl migrate up",
		    "%s %s", role, why);
	}
	if (res == NULL)
		check_add(c, FINDING_WRONG, "role", NULL, "%s", err.text);
	else if (wrong == 0)
		check_add(c, FINDING_OK, "roles", NULL, "%d, as sql/roles.sql makes them",
		    PQntuples(res));
	PQclear(res);
}

static void
check_rights(struct check *c, struct pg *pg)
{
	struct err err = {0};
	PGresult *res = pg_query(pg, NULL, rights_sql, 0, NULL, &err);

	for (int i = 0; res != NULL && i < PQntuples(res); i++)
		check_add(c, FINDING_WRONG, "right",
		    strcmp(PQgetvalue(res, i, 2), "database") == 0
			? "psql -d DATABASE -f sql/roles.sql as superuser"
			: "suoyinctl migrate up, as suoyin_migrate, sets all rights anew",
		    "%s %s %s %s", PQgetvalue(res, i, 0), pg_bool_at(res, i, 3) ? "may not" : "may",
		    PQgetvalue(res, i, 1), PQgetvalue(res, i, 2));
	if (res == NULL)
		check_add(c, FINDING_WRONG, "right", NULL, "%s", err.text);
	else if (PQntuples(res) == 0)
		check_add(
		    c, FINDING_OK, "rights", NULL, "each role may what it needs, and no more");
	PQclear(res);
}

static void
check_portals(struct check *c, struct pg *pg)
{
	struct err err = {0};
	PGresult *res = pg_query(pg, NULL, portals_sql, 0, NULL, &err);

	if (res == NULL)
		check_add(c, FINDING_SKIPPED, "portals", "Ask as suoyin_operator: it may read all.",
		    "%s", err.text);
	else if (strcmp(PQgetvalue(res, 0, 1), "0") == 0)
		check_add(c, FINDING_WARN, "portals",
		    "suoyinctl portal sync FILE (docs/PORTALS.md)", "none is watched");
	else
		check_add(c, FINDING_OK, "portals", NULL, "%s, %s of them watched",
		    PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
	PQclear(res);
}

int
check_database(struct check *c, struct pg *pg)
{
	if (check_server(c, pg) == -1)
		return -1;
	if (check_schema(c, pg) == -1) {
		check_roles(c, pg);
		return -1;
	}
	check_roles(c, pg);
	check_rights(c, pg);
	check_portals(c, pg);
	return 0;
}
