/* SPDX-License-Identifier: MIT */
/* crawl.robots: what all crawlers know of robots.txt, and who asks. */
#include "robots_private.h"

#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define READ_AGAIN_MS 500 /* while somebody else asks */
#define WRITE_BYTES ((size_t)4 << 20) /* in one statement; the rest with the next */

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

/* A change lets pages that were refused be judged again.  Rows in order of name, as others write too. */
static const char write_sql[] =
    "WITH t AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[],"
    "  $7::text[]) AS t(origin, outcome, body, etag, modified, status, failure)),"
    " old AS MATERIALIZED (SELECT r.origin, r.state, r.body FROM crawl.robots r"
    "  WHERE r.origin IN (SELECT origin FROM t) ORDER BY r.origin FOR UPDATE),"
    " done AS (UPDATE crawl.robots r SET"
    "  state = CASE t.outcome WHEN 'good' THEN 'rules' WHEN 'same' THEN 'rules' WHEN 'absent' THEN 'none'"
    "   ELSE 'unreachable' END,"
    "  body = CASE t.outcome WHEN 'good' THEN decode(t.body, 'hex') WHEN 'absent' THEN NULL ELSE r.body END,"
    "  etag = CASE t.outcome WHEN 'good' THEN t.etag WHEN 'absent' THEN NULL ELSE coalesce(t.etag, r.etag) END,"
    "  last_modified = CASE t.outcome WHEN 'good' THEN t.modified WHEN 'absent' THEN NULL"
    "   ELSE coalesce(t.modified, r.last_modified) END,"
    "  http_status = nullif(t.status, 0), failure = CASE t.outcome WHEN 'unreachable' THEN t.failure END,"
    "  failures = CASE t.outcome WHEN 'unreachable' THEN r.failures + 1 ELSE 0 END,"
    "  checked_at = now(),"
    "  good_at = CASE WHEN t.outcome IN ('good', 'same') THEN now() ELSE r.good_at END,"
    "  unreachable_since = CASE t.outcome WHEN 'unreachable' THEN coalesce(r.unreachable_since, now()) END,"
    "  next_at = now() + (CASE t.outcome WHEN 'unreachable'"
    "   THEN least($9::bigint * 2 ^ least(r.failures, 30), $10::bigint) ELSE $8::bigint END)"
    "   * (0.9 + 0.1 * random()) * interval '1 ms',"
    "  asking_until = NULL"
    "  FROM old JOIN t USING (origin) WHERE r.origin = old.origin"
    "  RETURNING r.origin, r.state IS DISTINCT FROM old.state OR r.body IS DISTINCT FROM old.body AS changed),"
    " again AS (UPDATE crawl.url u SET due_at = now() FROM done d WHERE d.changed AND u.refused = 'robots'"
    "  AND u.url >= d.origin || '/' AND u.url < d.origin || '0' AND u.due_at > now() AND u.due_at <> 'infinity')"
    " SELECT origin, changed FROM done";

static int
to_hex(struct buf *out, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";

	buf_clear(out);
	for (size_t i = 0; i < bytes.n; i++) {
		(void)buf_add_byte(out, digits[(unsigned char)bytes.p[i] >> 4]);
		(void)buf_add_byte(out, digits[(unsigned char)bytes.p[i] & 15]);
	}
	return out->failed ? -1 : 0;
}

/* -1: memory */
static int
add_answer(struct columns *c, const struct robots_origin *o, struct buf *hex)
{
	if (to_hex(hex, buf_span(&o->body)) == -1)
		return -1;
	columns_text(c, 0, o->name);
	columns_text(c, 1, outcome_names[o->outcome]);
	columns_span(c, 2, hex->n == 0 ? SPAN("") : buf_span(hex));
	columns_text(c, 3, o->etag);
	columns_text(c, 4, o->last_modified);
	columns_int(c, 5, o->status);
	columns_text(c, 6, o->failure);
	return 0;
}

static void
report(const struct robots_origin *o, const char *changed)
{
	metric_add(M_ROBOTS, outcome_names[o->outcome], 1);
	log_event(o->outcome == ROBOTS_FAILED ? LEVEL_WARN : LEVEL_DEBUG, "robots_read",
	    F_STR("origin", o->name), F_STR("outcome", outcome_names[o->outcome]),
	    F_INT("status", o->status), F_STR("reason", o->failure), F_STR("changed", changed));
}

/* What was written, all before `rest`, is forgotten, and read again for those who wait. */
static void
written(struct robots_gate *g, const PGresult *res, const struct robots_origin *rest)
{
	for (int i = 0; i < PQntuples(res); i++) {
		struct robots_origin *o = named_find(&g->by_name, PQgetvalue(res, i, 0));

		if (o != NULL && o->answered)
			report(o, PQgetvalue(res, i, 1));
	}
	for (struct robots_origin *o = g->origins; o != rest; o = o->next) {
		if (!o->answered)
			continue;
		robots_forget_answer(g, o);
		o->until_ms = o->read_ms = 0;
		if (o->waiting.head != NULL)
			g->wanted++;
	}
}

int
robots_write(struct robots_gate *g, struct pg *pg, struct err *err)
{
	const char *values[10];
	char fresh[24], first[24], most[24];
	const struct robots_origin *o = g->origins;
	struct columns c;
	struct buf hex;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, 7);
	buf_init(&hex, (size_t)2 * ROBOTS_BYTES_MAX + 1);
	for (; o != NULL && rc == 0 && c.at[2].text.n < WRITE_BYTES; o = o->next)
		if (o->answered)
			rc = add_answer(&c, o, &hex);
	if (columns_end(&c) == NULL || rc == -1) {
		rc = err_set(err, ERR_RETRY, "memory", "robots: out of memory");
	} else if (c.at[0].count > 0) {
		memcpy(values, c.values, 7 * sizeof(values[0]));
		(void)snprintf(fresh, sizeof(fresh), "%" PRId64, g->options.fresh_ms);
		(void)snprintf(first, sizeof(first), "%" PRId64, g->options.retry_first_ms);
		(void)snprintf(most, sizeof(most), "%" PRId64, g->options.retry_most_ms);
		values[7] = fresh;
		values[8] = first;
		values[9] = most;
		if ((res = pg_query(pg, "robots_write", write_sql, 10, values, err)) == NULL)
			rc = -1;
		else
			written(g, res, o);
	}
	PQclear(res);
	buf_fini(&hex);
	columns_fini(&c);
	return rc;
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
	const char *state = PQgetvalue(res, row, 2), *failure = pg_text_at(res, row, 6);

	if (take_rules(g, o, res, row) == -1) {
		o->state = ROBOTS_UNKNOWN;
		return -1;
	}
	o->until_ms = until_ms;
	(void)snprintf(o->failure, sizeof(o->failure), "%s", failure == NULL ? "" : failure);
	o->state = strcmp(state, "rules") == 0  ? ROBOTS_RULES
		   : strcmp(state, "none") == 0 ? ROBOTS_NONE
						: ROBOTS_UNREACHABLE;
	if (o->state == ROBOTS_UNREACHABLE && o->rules == NULL && pg_bool_at(res, row, 8))
		o->state = ROBOTS_NONE; /* for 30 days */
	return 0;
}

static int
take_answer(struct robots_gate *g, const PGresult *res, int row, int64_t now_ms,
    struct visit_queue *asks)
{
	struct robots_origin *o = named_find(&g->by_name, PQgetvalue(res, row, 0));
	const char *next = pg_text_at(res, row, 7);
	uint64_t fresh = 0;
	struct visit *v;

	if (o == NULL || o->asking || o->waiting.head == NULL)
		return 0;
	if (pg_bool_at(res, row, 1)) {
		if ((v = robots_visit(o, pg_text_at(res, row, 4), pg_text_at(res, row, 5))) == NULL)
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
