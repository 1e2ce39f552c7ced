/* SPDX-License-Identifier: MIT */
/* crawl.robots: what all crawlers know of robots.txt, and who asks. */
#include "robots_private.h"

#include "column.h"
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define READ_AGAIN_MS 500 /* while somebody else asks */

static const char *const outcome_names[] = {
    [ROBOTS_GOOD] = "good",
    [ROBOTS_SAME] = "same",
    [ROBOTS_ABSENT] = "absent",
    [ROBOTS_FAILED] = "unreachable",
};

/* What is not fresh is claimed: whoever claims it asks.  A crawler that dies gives its claim up by
 * time. */
static const char read_sql[] =
    "WITH want AS (SELECT DISTINCT origin FROM unnest($1::text[]) AS t(origin)),"
    " mine AS (INSERT INTO crawl.robots AS r (origin, asking_until)"
    "  SELECT origin, clock_timestamp() + $2::bigint * interval '1 ms' FROM want ORDER BY origin"
    "  ON CONFLICT (origin) DO UPDATE SET asking_until = excluded.asking_until"
    "  WHERE coalesce(r.next_at <= clock_timestamp(), true)"
    "  AND coalesce(r.asking_until <= clock_timestamp(), true) RETURNING r.origin)"
    " SELECT w.origin, m.origin IS NOT NULL, r.state, r.body, r.etag, r.last_modified, r.failure,"
    "  ceil(extract(epoch FROM r.next_at - clock_timestamp()) * 1000)::bigint,"
    "  r.unreachable_since < now() - interval '30 days'"
    " FROM want w LEFT JOIN mine m USING (origin) LEFT JOIN crawl.robots r USING (origin)";

/* A change lets pages that were refused be judged again. */
static const char write_sql[] =
    "WITH old AS MATERIALIZED (SELECT origin, state, body FROM crawl.robots WHERE origin = $1"
    "  FOR UPDATE),"
    " done AS (UPDATE crawl.robots r SET"
    "  state = CASE $2 WHEN 'good' THEN 'rules' WHEN 'same' THEN 'rules' WHEN 'absent' THEN 'none'"
    "   ELSE 'unreachable' END,"
    "  body = CASE $2 WHEN 'good' THEN decode($3, 'hex') WHEN 'absent' THEN NULL ELSE r.body END,"
    "  etag = CASE $2 WHEN 'good' THEN $4 WHEN 'absent' THEN NULL ELSE coalesce($4, r.etag) END,"
    "  last_modified = CASE $2 WHEN 'good' THEN $5 WHEN 'absent' THEN NULL"
    "   ELSE coalesce($5, r.last_modified) END,"
    "  http_status = nullif($6::int, 0), failure = CASE $2 WHEN 'unreachable' THEN $7 END,"
    "  failures = CASE $2 WHEN 'unreachable' THEN r.failures + 1 ELSE 0 END,"
    "  checked_at = now(),"
    "  good_at = CASE WHEN $2 IN ('good', 'same') THEN now() ELSE r.good_at END,"
    "  unreachable_since = CASE $2 WHEN 'unreachable' THEN coalesce(r.unreachable_since, now()) END,"
    "  next_at = now() + (CASE $2 WHEN 'unreachable'"
    "   THEN least($9::bigint * 2 ^ least(r.failures, 30), $10::bigint) ELSE $8::bigint END)"
    "   * (0.9 + 0.1 * random()) * interval '1 ms',"
    "  asking_until = NULL"
    "  FROM old WHERE r.origin = old.origin"
    "  RETURNING r.state IS DISTINCT FROM old.state OR r.body IS DISTINCT FROM old.body AS changed),"
    " again AS (UPDATE crawl.url u SET due_at = now() WHERE refused = 'robots'"
    "  AND u.url >= $1 || '/' AND u.url < $1 || '0' AND u.due_at > now() AND u.due_at <> 'infinity'"
    "  AND (SELECT changed FROM done))"
    " SELECT changed FROM done";

static char *
to_hex(struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = malloc(2 * bytes.n + 1);

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < bytes.n; i++) {
		out[2 * i] = digits[(unsigned char)bytes.p[i] >> 4];
		out[2 * i + 1] = digits[(unsigned char)bytes.p[i] & 15];
	}
	out[2 * bytes.n] = '\0';
	return out;
}

static int
write_one(struct robots_gate *g, struct robots_origin *o, struct pg *pg, struct err *err)
{
	char status[16], fresh[24], first[24], most[24], *body = to_hex(buf_span(&o->body));
	const char *values[10] = {o->name, outcome_names[o->outcome], body, o->etag,
	    o->last_modified, status, o->failure, fresh, first, most};
	PGresult *res;

	if (body == NULL)
		return err_set(err, ERR_RETRY, "memory", "robots: out of memory");
	(void)snprintf(status, sizeof(status), "%d", o->status);
	(void)snprintf(fresh, sizeof(fresh), "%" PRId64, g->options.fresh_ms);
	(void)snprintf(first, sizeof(first), "%" PRId64, g->options.retry_first_ms);
	(void)snprintf(most, sizeof(most), "%" PRId64, g->options.retry_most_ms);
	res = pg_query(pg, "robots_write", write_sql, 10, values, err);
	free(body);
	if (res == NULL)
		return -1;
	metric_add(M_ROBOTS, outcome_names[o->outcome], 1);
	log_event(o->outcome == ROBOTS_FAILED ? LEVEL_WARN : LEVEL_DEBUG, "robots_read",
	    F_STR("origin", o->name), F_STR("outcome", outcome_names[o->outcome]),
	    F_INT("status", o->status), F_STR("reason", o->failure),
	    F_STR("changed", PQntuples(res) > 0 ? PQgetvalue(res, 0, 0) : ""));
	PQclear(res);
	return 0;
}

int
robots_write(struct robots_gate *g, struct pg *pg, struct err *err)
{
	for (struct robots_origin *o = g->origins; o != NULL; o = o->next) {
		if (!o->answered)
			continue;
		if (write_one(g, o, pg, err) == -1)
			return -1;
		robots_forget_answer(g, o);
		o->until_ms = o->read_ms = 0;
		if (o->waiting.head != NULL)
			g->wanted++;
	}
	return 0;
}

static const char *
text_at(const PGresult *res, int row, int col)
{
	return PQgetisnull(res, row, col) ? NULL : PQgetvalue(res, row, col);
}

static int
take_rules(struct robots_gate *g, struct robots_origin *o, const PGresult *res, int row)
{
	unsigned char *body;
	size_t n;

	free(o->rules);
	o->rules = NULL;
	if (PQgetisnull(res, row, 3))
		return 0;
	if ((body = PQunescapeBytea((const unsigned char *)PQgetvalue(res, row, 3), &n)) == NULL)
		return -1;
	o->rules = robots_compile(g, (struct span){(const char *)body, n});
	PQfreemem(body);
	return o->rules == NULL ? -1 : 0;
}

/* A row that is fresh. */
static int
take_row(struct robots_gate *g, struct robots_origin *o, const PGresult *res, int row,
    int64_t until_ms)
{
	const char *state = PQgetvalue(res, row, 2), *failure = text_at(res, row, 6);

	if (take_rules(g, o, res, row) == -1) {
		o->state = ROBOTS_UNKNOWN;
		return -1;
	}
	o->until_ms = until_ms;
	(void)snprintf(o->failure, sizeof(o->failure), "%s", failure == NULL ? "" : failure);
	o->state = strcmp(state, "rules") == 0  ? ROBOTS_RULES
		   : strcmp(state, "none") == 0 ? ROBOTS_NONE
						: ROBOTS_UNREACHABLE;
	if (o->state == ROBOTS_UNREACHABLE && o->rules == NULL && PQgetvalue(res, row, 8)[0] == 't')
		o->state = ROBOTS_NONE; /* for 30 days */
	return 0;
}

static int
take_answer(struct robots_gate *g, const PGresult *res, int row, int64_t now_ms,
    struct visit_queue *asks)
{
	struct robots_origin *o = named_find(&g->by_name, PQgetvalue(res, row, 0));
	const char *next = text_at(res, row, 7);
	uint64_t fresh = 0;
	struct visit *v;

	if (o == NULL || o->asking || o->waiting.head == NULL)
		return 0;
	if (PQgetvalue(res, row, 1)[0] == 't') {
		if ((v = robots_visit(o, text_at(res, row, 4), text_at(res, row, 5))) == NULL)
			return -1;
		o->asking = true;
		visit_push(asks, v);
		return 0;
	}
	o->read_ms = now_ms + READ_AGAIN_MS;
	if (next == NULL || span_u64(span_of(next), INT64_MAX, &fresh) == -1 || fresh == 0)
		return 0; /* somebody asks */
	return take_row(g, o, res, row, now_ms + (int64_t)fresh);
}

int
robots_read(struct robots_gate *g, struct pg *pg, int64_t now_ms, struct visit_queue *asks,
    struct err *err)
{
	const char *values[2];
	char lease[24];
	struct columns cols;
	PGresult *res = NULL;
	size_t n = 0;
	int rc = 0;

	columns_init(&cols, 1);
	for (struct robots_origin *o = g->origins; o != NULL; o = o->next)
		if (o->waiting.head != NULL && !o->asking && !o->answered && o->read_ms <= now_ms) {
			columns_text(&cols, 0, o->name);
			n++;
		}
	if (n > 0 && columns_end(&cols) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "robots: out of memory");
	} else if (n > 0) {
		(void)snprintf(lease, sizeof(lease), "%" PRId64, g->options.lease_ms);
		values[0] = cols.values[0];
		values[1] = lease;
		if ((res = pg_query(pg, "robots_read", read_sql, 2, values, err)) == NULL)
			rc = -1;
	}
	for (int i = 0; res != NULL && rc == 0 && i < PQntuples(res); i++)
		if (take_answer(g, res, i, now_ms, asks) == -1)
			rc = err_set(err, ERR_RETRY, "memory", "robots: out of memory");
	PQclear(res);
	columns_fini(&cols);
	return rc;
}
