/* SPDX-License-Identifier: MIT */
/* dlq resolve: somebody has looked, and nothing is to be done. */
#include "audit.h"
#include "dlq.h"
#include <inttypes.h>

/* The letters of one page of the walk that are still open. -1: err. */
static int64_t
settle_page(struct pg *pg, const PGresult *page, int rows, struct err *err)
{
	struct columns c;
	int64_t settled = -1;

	columns_init(&c, 3);
	for (int row = 0; row < rows; row++)
		dlq_add_row(&c, page, row);
	if (columns_end(&c) == NULL)
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
	else
		settled = pg_do(pg, "dlq_resolve",
		    "UPDATE core.dead_letter d SET resolved_at = now(), resolution = 'by_hand' FROM " DLQ_ROWS
		    " WHERE d.topic = n.topic AND d.part = n.part AND d.\"offset\" = n.\"offset\""
		    " AND d.resolved_at IS NULL", c.count, c.values, err);
	columns_fini(&c);
	return settled;
}

static int
resolve(struct pg *pg, const struct dlq_options *o, struct err *err)
{
	struct dlq_walk walk;
	uint64_t selected = 0, settled = 0;
	json_t *details;
	int rows = -1;

	if (ctl_run(pg, "begin", "BEGIN", err) == 0 && dlq_walk_begin(&walk, pg, o, &selected, err) == 0) {
		while ((rows = o->dry_run ? 0 : dlq_walk_next(&walk, err)) > 0) {
			int64_t n = settle_page(pg, walk.page, rows, err);

			if (n == -1) {
				rows = -1;
				break;
			}
			settled += (uint64_t)n;
		}
		dlq_walk_end(&walk);
	}
	if (rows == -1)
		return -1;
	details = json_pack("{s:o, s:I, s:I}", "asked", dlq_options_json(o), "selected", (json_int_t)selected,
	    "resolved", (json_int_t)settled);
	if (!o->dry_run && audit_write(pg, "dlq resolve", details, err) == -1)
		rows = -1;
	json_decref(details);
	if (rows == -1 || ctl_run(pg, "commit", "COMMIT", err) == -1)
		return -1;
	if (o->json)
		(void)printf("{\"selected\":%" PRIu64 ",\"resolved\":%" PRIu64 ",\"dry_run\":%s}\n", selected, settled,
		    o->dry_run ? "true" : "false");
	else
		(void)printf("%" PRIu64 " dead letters %s\n", o->dry_run ? selected : settled,
		    o->dry_run ? "would be settled" : "settled");
	return 0;
}

int
cmd_dlq_resolve(int argc, char **argv)
{
	struct dlq_options o;
	struct err err = {0};
	struct pg *pg;
	int rc = dlq_options(&o, argc, argv,
	    " portal reason url since unresolved all limit dry-run json note database-url ");

	if (rc == 0)
		rc = dlq_options_choose(&o, "resolve");
	if (rc != 0)
		return rc;
	pg = ctl_connect(o.database_url, &err);
	rc = pg == NULL || resolve(pg, &o, &err) == -1 ? ctl_fail(&err) : 0;
	pg_free(pg);
	return rc;
}
