/* SPDX-License-Identifier: MIT */
#include "list_memory.h"

#include "visit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>

static const char recall_sql[] =
    "SELECT u.url_id, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, s.digest, s.total, s.pages,"
    " coalesce(s.whole, false), (extract(epoch FROM now() - coalesce(s.swept_at, u.discovered_at)) * "
    "1000)::bigint,"
    " (extract(epoch FROM now() - s.sweep_failed_at) * 1000)::bigint, s.unmodified,"
    " coalesce(s.lies, false), s.usual_rows, s.recent, (extract(epoch FROM s.news_at) * 1000)::bigint,"
    " (extract(epoch FROM s.visited_at) * 1000)::bigint, s.longest_gap_ms, s.arrivals, s.exposure_ms,"
    " s.profile, h.state,"
    " (SELECT avg(s2.weight) FROM crawl.url u2 JOIN crawl.list s2 ON s2.list_id = u2.url_id"
    "  WHERE u2.portal_id = u.portal_id AND u2.rank = 0 AND u2.due_at < 'infinity' AND s2.weight > 0),"
    " (extract(epoch FROM s.bad_since) * 1000)::bigint"
    " FROM crawl.url u LEFT JOIN crawl.list s ON s.list_id = u.url_id"
    " LEFT JOIN crawl.health h ON h.portal_id = u.portal_id AND h.scope = u.url"
    " WHERE u.url_id = ANY ($1::bigint[])";

int64_t
list_now(const struct list_memory *m, int64_t mono_ms)
{
	return m->now_ms + mono_ms - m->read_at_ms;
}

static int64_t
int_or(const PGresult *res, int row, int col, int64_t none)
{
	return PQgetisnull(res, row, col) ? none : pg_int_at(res, row, col);
}

static double
real_at(const PGresult *res, int row, int col)
{
	double d = PQgetisnull(res, row, col) ? 0 : strtod(PQgetvalue(res, row, col), NULL);

	return isfinite(d) && d > 0 ? d : 0;
}

/* 31 numbers; what is none of them is nothing known. */
static void
read_profile(struct pace *p, const char *text)
{
	for (int i = 0; i < PACE_HOURS + PACE_DAYS; i++) {
		char *end;
		double d = strtod(text, &end);

		if (end == text)
			return;
		*(i < PACE_HOURS ? &p->hours[i] : &p->days[i - PACE_HOURS]) =
		    isfinite(d) && d > 0 ? d : 0;
		text = end;
	}
}

static void
read_memory(struct list_memory *m, const PGresult *res, int row)
{
	m->now_ms = pg_int_at(res, row, 1);
	m->digest = (uint64_t)pg_int_at(res, row, 2);
	m->total = int_or(res, row, 3, -1);
	m->pages = int_or(res, row, 4, -1);
	m->whole = pg_bool_at(res, row, 5);
	m->swept_ago_ms = int_or(res, row, 6, LONG_AGO_MS);
	m->sweep_failed_ago_ms = int_or(res, row, 7, LONG_AGO_MS);
	m->unmodified = (int)pg_int_at(res, row, 8);
	m->lies = pg_bool_at(res, row, 9);
	m->usual_rows = real_at(res, row, 10);
	(void)snprintf(m->recent, sizeof(m->recent), "%s", PQgetvalue(res, row, 11));
	m->news_ms = pg_int_at(res, row, 12);
	m->visited_ms = pg_int_at(res, row, 13);
	m->longest_gap_ms = pg_int_at(res, row, 14);
	m->pace.arrivals = real_at(res, row, 15);
	m->pace.exposure_ms = real_at(res, row, 16);
	read_profile(&m->pace, PQgetvalue(res, row, 17));
	(void)snprintf(m->state, sizeof(m->state), "%s", PQgetvalue(res, row, 18));
	m->mean_weight = real_at(res, row, 19);
	m->bad_since_ms = pg_int_at(res, row, 20);
}

static void
deal_out(const PGresult *res, struct visit_queue *to, int64_t mono_ms)
{
	for (struct visit *v = to->head; v != NULL; v = v->next) {
		if (!v->is_list)
			continue;
		for (int i = 0; i < PQntuples(res); i++)
			if (pg_int_at(res, i, 0) == v->id)
				read_memory(&v->memory, res, i);
		v->memory.read_at_ms = mono_ms;
		overlap_begin(v);
	}
}

int
list_recall(struct pg *pg, struct visit_queue *from, int64_t mono_ms, struct err *err)
{
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, 1);
	for (const struct visit *v = from->head; v != NULL; v = v->next)
		if (v->is_list)
			columns_int(&c, 0, v->id);
	if (columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "lists: out of memory");
	else if (c.at[0].count > 0 &&
		 (res = pg_query(pg, "list_recall", recall_sql, 1, c.values, err)) == NULL)
		rc = -1;
	else if (res != NULL)
		deal_out(res, from, mono_ms);
	PQclear(res);
	columns_fini(&c);
	return rc;
}

static const char keep_sql[] =
    "INSERT INTO crawl.list AS s (list_id, digest, total, pages, whole, swept_at, sweep_failed_at, gap_at,"
    "  unmodified, lies, usual_rows, recent, news_at, visited_at, longest_gap_ms, arrivals, exposure_ms,"
    "  profile, weight, bad_since)"
    " SELECT u.url_id, nullif(t.digest, 0), nullif(t.total, -1), nullif(t.pages, -1),"
    "  t.flags & 1 > 0, CASE WHEN t.flags & 2 > 0 THEN now() END,"
    "  CASE WHEN t.flags & 4 > 0 THEN now() END, CASE WHEN t.flags & 8 > 0 THEN now() END,"
    "  t.unmodified, t.flags & 16 > 0, t.usual_rows, t.recent, to_timestamp(nullif(t.news, 0) / 1000.0),"
    "  to_timestamp(nullif(t.visited, 0) / 1000.0), t.gap, t.arrivals, t.exposure, t.profile, t.weight,"
    "  to_timestamp(nullif(t.bad, 0) / 1000.0)"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[],"
    "  $7::int[], $8::real[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[],"
    "  $13::float8[], $14::float8[], $15::text[], $16::float8[], $17::bigint[]) AS t(url_id, lease_no, digest, total,"
    "  pages, flags, unmodified, usual_rows, recent, news, visited, gap, arrivals, exposure, profile,"
    "  weight, bad)"
    " JOIN crawl.url u ON u.url_id = t.url_id AND u.lease_no = t.lease_no ORDER BY u.url_id"
    " ON CONFLICT (list_id) DO UPDATE SET digest = excluded.digest, total = excluded.total,"
    "  pages = excluded.pages, whole = excluded.whole,"
    "  swept_at = coalesce(excluded.swept_at, s.swept_at),"
    "  sweep_failed_at = coalesce(excluded.sweep_failed_at, s.sweep_failed_at),"
    "  gap_at = coalesce(excluded.gap_at, s.gap_at), unmodified = excluded.unmodified,"
    "  lies = excluded.lies, usual_rows = excluded.usual_rows, recent = excluded.recent,"
    "  news_at = excluded.news_at, visited_at = excluded.visited_at,"
    "  longest_gap_ms = excluded.longest_gap_ms, arrivals = excluded.arrivals,"
    "  exposure_ms = excluded.exposure_ms, profile = excluded.profile, weight = excluded.weight,"
    "  bad_since = excluded.bad_since";

static void
add_profile(struct columns *c, int at, const struct pace *p)
{
	char text[(PACE_HOURS + PACE_DAYS) * 16];
	size_t n = 0;

	text[0] = '\0';
	for (int i = 0; i < PACE_HOURS + PACE_DAYS && n + 16 < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, i == 0 ? "%.4g" : " %.4g",
		    i < PACE_HOURS ? p->hours[i] : p->days[i - PACE_HOURS]);
	columns_text(c, at, text);
}

static void
columns_real(struct columns *c, int at, double value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.9g", value);
	columns_text(c, at, text);
}

static void
add_memory(struct columns *c, const struct visit *v)
{
	const struct list_memory *m = &v->memory;

	columns_int(c, 0, v->id);
	columns_int(c, 1, v->lease_no);
	columns_int(c, 2, (int64_t)m->digest);
	columns_int(c, 3, m->total);
	columns_int(c, 4, m->pages);
	columns_int(c, 5,
	    (m->whole ? 1 : 0) | (m->swept ? 2 : 0) | (m->sweep_failed ? 4 : 0) |
		(m->gap ? 8 : 0) | (m->lies ? 16 : 0));
	columns_int(c, 6, m->unmodified);
	columns_real(c, 7, m->usual_rows);
	columns_text(c, 8, m->recent);
	columns_int(c, 9, m->news_ms);
	columns_int(c, 10, m->visited_ms);
	columns_int(c, 11, m->longest_gap_ms);
	columns_real(c, 12, m->pace.arrivals);
	columns_real(c, 13, m->pace.exposure_ms);
	add_profile(c, 14, &m->pace);
	columns_real(c, 15, pace_weight(&m->pace));
	columns_int(c, 16, m->bad_since_ms);
}

int
list_keep(struct pg *pg, const struct visit_queue *ended, struct err *err)
{
	struct columns c;
	int rc = 0;

	columns_init(&c, 17);
	for (const struct visit *v = ended->head; v != NULL; v = v->next)
		if (v->is_list && !v->lost && v->memory.now_ms > 0 &&
		    (v->ending.kind == END_LISTED || v->ending.kind == END_FAILED))
			add_memory(&c, v);
	if (columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "lists: out of memory");
	else if (c.at[0].count > 0)
		rc = pg_do(pg, "list_keep", keep_sql, 17, c.values, err) == -1 ? -1 : 0;
	columns_fini(&c);
	return rc;
}
