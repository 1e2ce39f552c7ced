/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>

/* In order of name, as two crawlers may count at once.  `got`: how many of those asked for fit. */
static const char take_sql[] =
    "WITH want AS (SELECT portal_id, count(*) AS n, max(most) AS most"
    "  FROM unnest($1::text[], $2::bigint[]) AS t(portal_id, most) GROUP BY 1),"
    " day AS MATERIALIZED (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS today),"
    " took AS (INSERT INTO crawl.budget AS b (portal_id, day, requests)"
    "  SELECT portal_id, today, n FROM want, day ORDER BY portal_id"
    "  ON CONFLICT (portal_id, day) DO UPDATE SET requests = b.requests + excluded.requests"
    "  RETURNING b.portal_id, b.requests)"
    " SELECT w.portal_id, greatest(0, least(w.n, w.most - (t.requests - w.n))),"
    "  ceil(extract(epoch FROM ((today + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') - now()) * 1000)::bigint"
    " FROM want w JOIN took t USING (portal_id), day";

static bool
has_budget(const struct visit *v)
{
	return v->watch->portal->manners.budget > 0;
}

/* The first `got` of a portal's visits go, the others wait. */
static void
deal_out(const PGresult *res, struct visit_queue *ready, struct visit_queue *over)
{
	int64_t *used = calloc((size_t)PQntuples(res) + 1, sizeof(*used));
	struct visit_queue keep = {0};
	struct visit *v;

	while ((v = visit_pop(ready)) != NULL) {
		int row = 0, rows = PQntuples(res);

		while (row < rows && strcmp(PQgetvalue(res, row, 0), v->watch->portal->id) != 0)
			row++;
		if (!has_budget(v) || row == rows) {
			visit_push(&keep, v);
			continue;
		}
		if (used != NULL && used[row]++ < pg_int_at(res, row, 1)) {
			visit_push(&keep, v);
			continue;
		}
		v->ending.wait_ms = pg_int_at(res, row, 2);
		visit_push(over, v);
	}
	*ready = keep;
	free(used);
}

int
budget_take(struct pg *pg, struct visit_queue *ready, struct visit_queue *over, struct err *err)
{
	const char *const *values;
	struct columns cols;
	PGresult *res = NULL;
	size_t n = 0;
	int rc = 0;

	for (const struct visit *v = ready->head; v != NULL; v = v->next)
		n += has_budget(v);
	if (n == 0)
		return 0;
	columns_init(&cols, 2);
	for (const struct visit *v = ready->head; v != NULL; v = v->next)
		if (has_budget(v)) {
			columns_text(&cols, 0, v->watch->portal->id);
			columns_int(&cols, 1, v->watch->portal->manners.budget);
		}
	if ((values = columns_end(&cols)) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "budget: out of memory");
	else if ((res = pg_query(pg, "budget", take_sql, 2, values, err)) == NULL)
		rc = -1;
	else
		deal_out(res, ready, over);
	PQclear(res);
	columns_fini(&cols);
	return rc;
}
