/* SPDX-License-Identifier: MIT */
/* dlq list, dlq show: what could not be used, and why. */
#include "dlq.h"
#include <inttypes.h>
#include <string.h>

static const char *
or_dash(const PGresult *page, int row, int column)
{
	return PQgetisnull(page, row, column) ? "-" : PQgetvalue(page, row, column);
}

static const char *
state(const PGresult *page, int row)
{
	if (!PQgetisnull(page, row, DLQ_RESOLVED))
		return PQgetisnull(page, row, DLQ_RESOLUTION) ? "resolved" : PQgetvalue(page, row, DLQ_RESOLUTION);
	return PQgetisnull(page, row, DLQ_REPLAYED) ? "open" : "sent_again";
}

/* To the second: a table is for eyes. */
static void
print_line(const PGresult *page, int row)
{
	struct coordinates c;
	char id[COORDINATES_SIZE];

	dlq_coordinates(page, row, &c);
	coordinates_format(&c, id);
	(void)printf("%-32s  %.19sZ  %-10s  %-18s  %-20s  %s\n", id, PQgetvalue(page, row, DLQ_STORED),
	    state(page, row), PQgetvalue(page, row, DLQ_REASON), or_dash(page, row, DLQ_PORTAL),
	    or_dash(page, row, DLQ_URL));
}

static void
print_json(const PGresult *page, int row, bool first)
{
	json_t *letter = dlq_json(page, row);

	(void)fputs(first ? "[\n" : ",\n", stdout);
	(void)json_dumpf(letter, stdout, JSON_COMPACT);
	json_decref(letter);
}

static int
list(struct pg *pg, const struct dlq_options *o, struct err *err)
{
	struct dlq_walk walk;
	uint64_t count, seen = 0;
	int rows = -1;

	if (dlq_walk_begin(&walk, pg, o, &count, err) == 0) {
		if (!o->json)
			(void)printf("%-32s  %-20s  %-10s  %-18s  %-20s  %s\n", "DEAD LETTER", "STORED", "STATE",
			    "REASON", "PORTAL", "URL");
		while ((rows = dlq_walk_next(&walk, err)) > 0)
			for (int row = 0; row < rows; row++, seen++)
				if (o->json)
					print_json(walk.page, row, seen == 0);
				else
					print_line(walk.page, row);
		if (o->json)
			(void)puts(seen == 0 ? "[]" : "\n]");
		else
			(void)fprintf(stderr, "%" PRIu64 " dead letters\n", seen);
	}
	dlq_walk_end(&walk);
	return rows;
}

static void
print_all(const PGresult *page)
{
	json_t *letter = dlq_json(page, 0), *value;
	const char *name;

	json_object_foreach(letter, name, value)
	{
		(void)printf("%-15s ", name);
		if (json_is_string(value))
			(void)puts(json_string_value(value));
		else if (json_is_null(value))
			(void)puts("-");
		else
			(void)printf("%" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
	}
	json_decref(letter);
}

static int
show(struct pg *pg, const struct dlq_options *o, struct err *err)
{
	struct dlq_walk walk;
	uint64_t count;
	int rows = -1;

	if (dlq_walk_begin(&walk, pg, o, &count, err) == 0 && (rows = dlq_walk_next(&walk, err)) == 0)
		rows = err_set(err, ERR_REJECT, "not_found", "there is no dead letter %s", o->ids[0]);
	if (rows == 1 && o->json) {
		json_t *letter = dlq_json(walk.page, 0);

		(void)json_dumpf(letter, stdout, JSON_INDENT(2));
		(void)putchar('\n');
		json_decref(letter);
	} else if (rows == 1) {
		print_all(walk.page);
	}
	dlq_walk_end(&walk);
	return rows;
}

static int
run(const struct dlq_options *o, int (*what)(struct pg *pg, const struct dlq_options *o, struct err *err))
{
	struct err err = {0};
	struct pg *pg = ctl_connect(o->database_url, &err);
	int rc = pg == NULL || what(pg, o, &err) == -1 ? ctl_fail(&err) : 0;

	pg_free(pg);
	return rc;
}

int
cmd_dlq_list(int argc, char **argv)
{
	struct dlq_options o;
	int rc = dlq_options(&o, argc, argv, " portal reason url since unresolved all limit json database-url ");

	return rc != 0 ? rc : run(&o, list);
}

int
cmd_dlq_show(int argc, char **argv)
{
	struct dlq_options o;
	int rc = dlq_options(&o, argc, argv, " json database-url ");

	if (rc == 0 && o.id_count != 1)
		rc = ctl_usage("dlq show takes one TOPIC/PARTITION/OFFSET");
	return rc != 0 ? rc : run(&o, show);
}
