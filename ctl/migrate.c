/* SPDX-License-Identifier: MIT */
/*
 * Migrations: files of sql/schema, built in, applied in order of their numbers.  One migrator at a
 * time (an advisory lock), each file in one transaction with its row in public.suoyin_migration.
 */
#include "ctl.h"
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/embed.h>
#include <unistd.h>

#define LOCK "7310868735436251" /* any number that nobody else locks in this database */
#define BREAKS_MAX 64

struct migration {
	const char *name, *sql;
	uint64_t number;
	char sha256[DIGEST_HEX + 1];
	char breaks[BREAKS_MAX];
};

/* Rows of the table; NULL where there is no table yet (then err is untouched), or an error. */
static PGresult *
read_applied(struct pg *pg, struct err *err)
{
	PGresult *res =
	    pg_query(pg, NULL, "SELECT to_regclass('public.suoyin_migration')", 0, NULL, err);
	bool exists = res != NULL && !PQgetisnull(res, 0, 0);

	PQclear(res);
	if (!exists)
		return NULL;
	return pg_query(pg, NULL,
	    "SELECT number, name, sha256, breaks, to_char(applied_at AT TIME ZONE 'UTC', "
	    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM public.suoyin_migration ORDER BY number",
	    0, NULL, err);
}

static int
describe(struct migration *m, const struct embedded *file, struct err *err)
{
	static const char mark[] = "\n-- breaks: ";
	const char *at = strstr(file->text, mark);
	size_t n;

	*m = (struct migration){.name = file->name, .sql = file->text};
	digest_hex(span_of(file->text), m->sha256);
	if (span_u64((struct span){file->name, strspn(file->name, "0123456789")}, INT32_MAX,
		&m->number) == -1)
		return err_set(err, ERR_FATAL, "schema", "%s: its name has no number", file->name);
	if (at == NULL)
		return err_set(
		    err, ERR_FATAL, "schema", "%s: has no line \"-- breaks:\"", file->name);
	at += strlen(mark);
	n = strcspn(at, "\r\n");
	if (n == 0 || n >= sizeof(m->breaks))
		return err_set(
		    err, ERR_FATAL, "schema", "%s: \"-- breaks:\" names nobody", file->name);
	memcpy(m->breaks, at, n);
	return 0;
}

/* Row of a migration, or -1. */
static int
row_of(const PGresult *applied, uint64_t number)
{
	uint64_t n;

	for (int i = 0; applied != NULL && i < PQntuples(applied); i++)
		if (span_u64(span_of(PQgetvalue(applied, i, 0)), INT32_MAX, &n) == 0 && n == number)
			return i;
	return -1;
}

static uint64_t
newest_of(const PGresult *applied)
{
	uint64_t n = 0;

	if (applied != NULL && PQntuples(applied) > 0)
		(void)span_u64(
		    span_of(PQgetvalue(applied, PQntuples(applied) - 1, 0)), INT32_MAX, &n);
	return n;
}

/* 1: applied as it stands here. 0: missing. -1: history differs. */
static int
compare(const struct migration *m, const PGresult *applied, struct err *err)
{
	int row = row_of(applied, m->number);

	if (row == -1 && m->number < newest_of(applied))
		return err_set(err, ERR_FATAL, "schema",
		    "%s was never applied, but later ones were: this database has another history",
		    m->name);
	if (row == -1)
		return 0;
	if (strcmp(PQgetvalue(applied, row, 2), m->sha256) != 0)
		return err_set(err, ERR_FATAL, "schema",
		    "%s was changed after it was applied (%s): write a new migration instead, and "
		    "restore "
		    "the old file",
		    m->name, PQgetvalue(applied, row, 4));
	return 1;
}

/* Everything belongs to one role: who owns what is there, else suoyin_owner, else who we are. */
static int
become_owner(struct pg *pg, struct err *err)
{
	return (int)pg_do(pg, NULL,
	    "SELECT set_config('role', owner, false) FROM (SELECT coalesce("
	    "(SELECT tableowner::text FROM pg_tables WHERE schemaname = 'public' AND tablename = "
	    "'suoyin_migration'), (SELECT rolname::text FROM pg_roles WHERE rolname = "
	    "'suoyin_owner'), "
	    "current_user::text) AS owner) o WHERE owner <> current_user",
	    0, NULL, err);
}

static int
take_lock(struct pg *pg, struct err *err)
{
	PGresult *res;
	bool got;

	/* a migration takes as long as it takes; but it must not queue for a table for ever, since
	 * everybody else would queue behind it */
	if (ctl_run(pg, "settings",
		"SET statement_timeout = 0; SET lock_timeout = 0; "
		"SET idle_in_transaction_session_timeout = 0",
		err) == -1)
		return -1;
	res = pg_query(pg, NULL, "SELECT pg_try_advisory_lock(" LOCK ")", 0, NULL, err);
	if (res == NULL)
		return -1;
	got = pg_bool_at(res, 0, 0);
	PQclear(res);
	if (!got) {
		(void)fprintf(
		    stderr, "suoyinctl: another migration is running: waiting for its end\n");
		if (ctl_run(pg, "lock", "SELECT pg_advisory_lock(" LOCK ")", err) == -1)
			return -1;
	}
	return ctl_run(pg, "settings", "SET lock_timeout = '30s'", err);
}

static int
apply(struct pg *pg, const struct migration *m, struct err *err)
{
	char number[24];
	const char *values[] = {number, m->name, m->sha256, m->breaks};
	struct err ignored = {0};

	(void)snprintf(number, sizeof(number), "%" PRIu64, m->number);
	if (isatty(STDERR_FILENO) == 1) /* it may take its time on a large database */
		(void)fprintf(stderr, "applying %s ...\r", m->name);
	if (ctl_run(pg, "begin", "BEGIN", err) == 0 && ctl_run(pg, m->name, m->sql, err) == 0 &&
	    pg_do(pg, NULL,
		"INSERT INTO public.suoyin_migration (number, name, sha256, breaks) VALUES ($1, "
		"$2, $3, $4)",
		4, values, err) == 1 &&
	    ctl_run(pg, "commit", "COMMIT", err) == 0) {
		(void)printf("applied %s\n", m->name);
		return 0;
	}
	(void)ctl_run(pg, "rollback", "ROLLBACK", &ignored);
	return -1;
}

static int
apply_missing(struct pg *pg, int *count, struct err *err)
{
	PGresult *applied = read_applied(pg, err);
	uint64_t newest = 0;
	int rc = applied == NULL ? -1 : 0;

	*count = 0;
	for (const struct embedded *file = sql_migrations; rc == 0 && file->name != NULL; file++) {
		struct migration m;

		if (describe(&m, file, err) == -1 || (rc = compare(&m, applied, err)) == -1) {
			rc = -1;
			break;
		}
		rc = rc == 1 ? 0 : apply(pg, &m, err);
		*count += rc == 0 && row_of(applied, m.number) == -1;
		newest = m.number;
	}
	if (rc == 0 && newest_of(applied) > newest)
		(void)fprintf(stderr,
		    "suoyinctl: the database is newer than this program (migration "
		    "%" PRIu64 ")\n",
		    newest_of(applied));
	PQclear(applied);
	return rc;
}

/* Rights, where the roles of sql/roles.sql exist. */
static int
grant(struct pg *pg, struct err *err)
{
	PGresult *res = pg_query(pg, NULL,
	    "SELECT count(*) FROM pg_roles WHERE rolname IN ('suoyin_crawler', 'suoyin_worker', "
	    "'suoyin_operator', 'suoyin_readonly')",
	    0, NULL, err);
	bool all;

	if (res == NULL)
		return -1;
	all = strcmp(PQgetvalue(res, 0, 0), "4") == 0;
	PQclear(res);
	if (!all) {
		(void)fprintf(stderr, "suoyinctl: no rights granted: the roles of sql/roles.sql "
				      "are not in this database\n");
		return 0;
	}
	/* one text without parameters is one transaction */
	return ctl_run(pg, "grants", sql_grants[0].text, err);
}

static int
migrate(struct pg *pg, int *count, struct err *err)
{
	if (take_lock(pg, err) == -1 || become_owner(pg, err) == -1 ||
	    ctl_run(pg, "table of migrations",
		"CREATE TABLE IF NOT EXISTS public.suoyin_migration (number integer PRIMARY KEY, "
		"name text NOT NULL, sha256 text NOT NULL, breaks text NOT NULL, "
		"applied_at timestamptz NOT NULL DEFAULT now())",
		err) == -1)
		return -1;
	return apply_missing(pg, count, err) == -1 ? -1 : grant(pg, err);
}

int
cmd_migrate_up(int argc, char **argv)
{
	struct err err = {0};
	const char *url;
	struct pg *pg;
	int count = 0, rc;

	if ((rc = ctl_options(argc, argv, &url, NULL)) != 0)
		return rc;
	if (optind < argc)
		return ctl_usage("migrate up takes no %s", argv[optind]);
	if ((pg = ctl_connect(url, &err)) == NULL)
		return ctl_fail(&err);
	rc = migrate(pg, &count, &err) == -1 ? ctl_fail(&err) : 0;
	if (rc == 0 && count == 0)
		(void)printf("nothing to do: the database is up to date\n");
	pg_free(pg);
	return rc;
}

/* A row of the status: state is "applied", "missing" or "changed". */
static const char *
state_of(const struct migration *m, const PGresult *applied)
{
	int row = row_of(applied, m->number);

	if (row == -1)
		return "missing";
	return strcmp(PQgetvalue(applied, row, 2), m->sha256) == 0 ? "applied" : "changed";
}

static void
add_row(json_t *rows, const char *name, const char *state, const char *breaks, const char *when)
{
	(void)json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s?}", "name", name, "state",
					      state, "breaks", breaks, "applied_at", when));
}

static json_t *
status_rows(const PGresult *applied, bool *complete, struct err *err)
{
	json_t *rows = json_array();
	uint64_t newest = 0;

	*complete = true;
	for (const struct embedded *file = sql_migrations; file->name != NULL; file++) {
		struct migration m;
		int row;

		if (describe(&m, file, err) == -1) {
			json_decref(rows);
			return NULL;
		}
		newest = m.number;
		row = row_of(applied, m.number);
		*complete = *complete && strcmp(state_of(&m, applied), "applied") == 0;
		add_row(rows, m.name, state_of(&m, applied), m.breaks,
		    row == -1 ? NULL : PQgetvalue(applied, row, 4));
	}
	for (int i = 0; applied != NULL && i < PQntuples(applied); i++) {
		uint64_t n = 0;

		if (span_u64(span_of(PQgetvalue(applied, i, 0)), INT32_MAX, &n) == 0 && n > newest)
			add_row(rows, PQgetvalue(applied, i, 1), "newer", PQgetvalue(applied, i, 3),
			    PQgetvalue(applied, i, 4));
	}
	return rows;
}

static void
print_rows(const json_t *rows, bool json)
{
	size_t i;
	json_t *row;

	if (json) {
		(void)json_dumpf(rows, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		(void)putchar('\n');
		return;
	}
	(void)printf("%-28s %-8s %-16s %s\n", "MIGRATION", "STATE", "BREAKS", "APPLIED");
	json_array_foreach((json_t *)rows, i, row)
	{
		const char *when = json_string_value(json_object_get(row, "applied_at"));

		(void)printf("%-28s %-8s %-16s %s\n",
		    json_string_value(json_object_get(row, "name")),
		    json_string_value(json_object_get(row, "state")),
		    json_string_value(json_object_get(row, "breaks")), when == NULL ? "-" : when);
	}
}

int
cmd_migrate_status(int argc, char **argv)
{
	struct err err = {0};
	bool json = false, complete = false;
	PGresult *applied;
	const char *url;
	json_t *rows;
	struct pg *pg;
	int rc;

	if ((rc = ctl_options(argc, argv, &url, &json)) != 0)
		return rc;
	if (optind < argc)
		return ctl_usage("migrate status takes no %s", argv[optind]);
	if ((pg = ctl_connect(url, &err)) == NULL)
		return ctl_fail(&err);
	applied = read_applied(pg, &err);
	rows = err.code == ERR_NONE ? status_rows(applied, &complete, &err) : NULL;
	if (rows != NULL)
		print_rows(rows, json);
	rc = rows == NULL ? ctl_fail(&err) : complete ? 0 : CTL_FAILED;
	json_decref(rows);
	PQclear(applied);
	pg_free(pg);
	return rc;
}
