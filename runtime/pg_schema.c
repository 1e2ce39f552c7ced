/* SPDX-License-Identifier: MIT */
/* The database's migrations against those built into this program. */
#include <stdlib.h>
#include <string.h>
#include <suoyin/embed.h>
#include <suoyin/pg.h>

/* "0001_core.sql" → 1 */
static uint64_t
number_of(const char *name)
{
	uint64_t number = 0;

	(void)span_u64((struct span){name, strspn(name, "0123456789")}, INT32_MAX, &number);
	return number;
}

static uint64_t
newest_built_in(void)
{
	uint64_t newest = 0;

	for (const struct embedded *m = sql_migrations; m->name != NULL; m++)
		if (number_of(m->name) > newest)
			newest = number_of(m->name);
	return newest;
}

static bool
is_applied(const PGresult *applied, uint64_t number)
{
	uint64_t row;

	for (int i = 0; i < PQntuples(applied); i++)
		if (span_u64(span_of(PQgetvalue(applied, i, 0)), INT32_MAX, &row) == 0 &&
		    row == number)
			return true;
	return false;
}

/* "worker", "worker,crawler", "worker crawler" */
static bool
names_role(const char *breaks, const char *role)
{
	size_t n;

	for (; *breaks != '\0'; breaks += n + (breaks[n] != '\0')) {
		n = strcspn(breaks, " ,|{}");
		if (n == strlen(role) && memcmp(breaks, role, n) == 0)
			return true;
	}
	return false;
}

static int
compare(const PGresult *applied, const char *role, struct err *err)
{
	uint64_t newest = newest_built_in(), row;

	for (const struct embedded *m = sql_migrations; m->name != NULL; m++)
		if (!is_applied(applied, number_of(m->name)))
			return err_set(err, ERR_FATAL, "schema",
			    "the database lacks migration %s: run `suoyinctl migrate up`", m->name);
	for (int i = 0; i < PQntuples(applied); i++)
		if (span_u64(span_of(PQgetvalue(applied, i, 0)), INT32_MAX, &row) == 0 &&
		    row > newest && names_role(PQgetvalue(applied, i, 2), role))
			return err_set(err, ERR_FATAL, "schema",
			    "migration %s of the database breaks this version of the %s: "
			    "install a newer one",
			    PQgetvalue(applied, i, 1), role);
	return 0;
}

int
pg_check_schema(struct pg *pg, const char *role, struct err *err)
{
	struct err why = {0};
	PGresult *applied = pg_query(pg, NULL,
	    "SELECT number, name, breaks FROM public.suoyin_migration ORDER BY number", 0, NULL,
	    &why);
	int rc;

	if (applied == NULL) {
		if (strcmp(pg_sqlstate(pg), "42P01") == 0)
			return err_set(err, ERR_FATAL, "schema",
			    "the database has no suoyin schema: run `suoyinctl migrate up`");
		return err_set(err, why.code, why.code == ERR_FATAL ? "schema" : why.reason, "%s",
		    why.text);
	}
	rc = compare(applied, role, err);
	PQclear(applied);
	return rc;
}
