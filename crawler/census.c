/* SPDX-License-Identifier: MIT */
#include "census.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define PORTALS_AT_ONCE "16" /* their URLs are counted in one statement: milliseconds */
#define SHOWN_MAX 250        /* portals with gauges of their own: a metric has so many values */
#define OTHERS "other"

static const char due_sql[] =
    "WITH due AS (SELECT portal_id FROM crawl.census"
    "  WHERE coalesce(counted_at, '-infinity') <= now() - $1::bigint * interval '1 ms'"
    "  ORDER BY counted_at NULLS FIRST LIMIT " PORTALS_AT_ONCE " FOR UPDATE SKIP LOCKED)"
    " UPDATE crawl.census c SET counted_at = now() FROM due WHERE c.portal_id = due.portal_id"
    " RETURNING c.portal_id";

/* The statement sees one moment: what was discovered by then, and where it is. */
static const char count_sql[] =
    "UPDATE crawl.census c SET expected = s.discovered, published = s.published, waiting = s.waiting,"
    "  leased = s.leased, refused = s.refused"
    " FROM (SELECT k.portal_id, k.discovered,"
    "  coalesce(sum(p.urls) FILTER (WHERE p.state = 'published'), 0) AS published,"
    "  coalesce(sum(p.urls) FILTER (WHERE p.state = 'waiting'), 0) AS waiting,"
    "  coalesce(sum(p.urls) FILTER (WHERE p.state = 'leased'), 0) AS leased,"
    "  coalesce((SELECT jsonb_object_agg(reason, n) FROM (SELECT r.reason, sum(r.urls) AS n"
    "    FROM crawl.progress r WHERE r.portal_id = k.portal_id AND r.kind <> 'list'"
    "    AND r.state = 'refused' GROUP BY 1) x), '{}') AS refused,"
    "  coalesce(sum(p.urls), 0) AS all_urls"
    "  FROM crawl.census k LEFT JOIN crawl.progress p ON p.portal_id = k.portal_id AND p.kind <> 'list'"
    "   AND p.portal_id = ANY ($1::text[])" /* said again: else all URLs of all portals are counted */
    "  WHERE k.portal_id = ANY ($1::text[]) GROUP BY 1, 2) s"
    " WHERE c.portal_id = s.portal_id RETURNING c.portal_id, s.discovered - s.all_urls";

static int
count_some(struct census *c, struct pg *pg, int64_t now_ms, struct err *err)
{
	char every[24];
	const char *values[] = {every};
	PGresult *due, *res = NULL;
	struct buf ids;
	int n, rc = -1;

	(void)snprintf(every, sizeof(every), "%" PRId64, c->every_ms);
	if ((due = pg_query(pg, "census_due", due_sql, 1, values, err)) == NULL)
		return -1;
	n = PQntuples(due);
	buf_init(&ids, 1 << 16);
	(void)buf_add_byte(&ids, '{'); /* ids are words: nothing to be quoted */
	for (int i = 0; i < n; i++)
		(void)buf_add_fmt(&ids, i == 0 ? "%s" : ",%s", PQgetvalue(due, i, 0));
	(void)buf_add_byte(&ids, '}');
	values[0] = ids.p;
	if (ids.failed)
		(void)err_set(err, ERR_RETRY, "memory", "census: out of memory");
	else if (n == 0 || (res = pg_query(pg, "census", count_sql, 1, values, err)) != NULL)
		rc = 0;
	for (int i = 0; res != NULL && i < PQntuples(res); i++)
		if (strcmp(PQgetvalue(res, i, 1), "0") != 0)
			log_event(LEVEL_ERROR, "urls_unaccounted",
			    F_STR("portal", PQgetvalue(res, i, 0)),
			    F_STR("urls", PQgetvalue(res, i, 1)));
	PQclear(res);
	PQclear(due);
	buf_fini(&ids);
	/* all are counted: wait until the oldest count is old */
	c->count_at_ms = n > 0 ? now_ms : now_ms + c->every_ms / 4 + 1;
	return rc;
}

static const char read_sql[] =
    "SELECT portal_id, expected, published, waiting, leased, r, expected - published - waiting - leased - r"
    " FROM crawl.census c CROSS JOIN LATERAL (SELECT coalesce(sum(value::bigint), 0)::bigint AS r"
    "  FROM jsonb_each_text(c.refused)) s"
    " WHERE counted_at IS NOT NULL ORDER BY portal_id";

static const char reasons_sql[] =
    "SELECT key, sum(value::bigint) FROM crawl.census, jsonb_each_text(refused) GROUP BY 1 ORDER BY 1";

/* One that is paused is left alone on purpose: neither. */
static const char ok_sql[] =
    "SELECT p.portal_id, (coalesce(s.state, 'ok') = 'ok')::integer"
    " FROM core.portal p LEFT JOIN crawl.portal_state s USING (portal_id) WHERE p.active AND NOT p.paused"
    " ORDER BY portal_id";

static const char states_sql[] =
    "SELECT CASE WHEN p.paused THEN 'paused' ELSE coalesce(s.state, 'ok') END, count(*)"
    " FROM core.portal p LEFT JOIN crawl.portal_state s USING (portal_id) WHERE p.active GROUP BY 1";

static double
number_at(const PGresult *res, int row, int col)
{
	return strtod(PQgetvalue(res, row, col), NULL);
}

/* Portals that are gone have no gauge any more. */
static void
keep(enum metric m, const PGresult *res)
{
	const char *names[SHOWN_MAX + 1];
	size_t n = 0;

	for (; n < SHOWN_MAX && (int)n < PQntuples(res); n++)
		names[n] = PQgetvalue(res, (int)n, 0);
	if (PQntuples(res) > SHOWN_MAX)
		names[n++] = OTHERS;
	metric_keep(m, names, n);
}

static void
set_portals(const PGresult *res)
{
	static const enum metric gauges[] = {M_URLS_DISCOVERED, M_URLS_PUBLISHED, M_URLS_WAITING,
	    M_URLS_LEASED, M_URLS_REFUSED, M_URLS_UNACCOUNTED};

	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		double others = 0;

		for (int i = 0; i < PQntuples(res); i++)
			if (i < SHOWN_MAX)
				metric_set(gauges[g], PQgetvalue(res, i, 0),
				    number_at(res, i, (int)g + 1));
			else
				others += number_at(res, i, (int)g + 1);
		if (PQntuples(res) > SHOWN_MAX)
			metric_set(gauges[g], OTHERS, others);
		keep(gauges[g], res);
	}
}

/* The rest are ok when all of them are. */
static void
set_ok(const PGresult *res)
{
	double others = 1;

	for (int i = 0; i < PQntuples(res); i++)
		if (i < SHOWN_MAX)
			metric_set(M_PORTAL_OK, PQgetvalue(res, i, 0), number_at(res, i, 1));
		else if (number_at(res, i, 1) < others)
			others = number_at(res, i, 1);
	if (PQntuples(res) > SHOWN_MAX)
		metric_set(M_PORTAL_OK, OTHERS, others);
	keep(M_PORTAL_OK, res);
}

static void
set_words(enum metric m, const PGresult *res)
{
	metric_clear(m);
	for (int i = 0; i < PQntuples(res); i++)
		metric_set(m, PQgetvalue(res, i, 0), number_at(res, i, 1));
}

static int
read_all(struct census *c, struct pg *pg, int64_t now_ms, struct err *err)
{
	PGresult *portals, *reasons = NULL, *states = NULL, *ok = NULL;
	int rc = -1;

	if ((portals = pg_query(pg, "census_read", read_sql, 0, NULL, err)) != NULL &&
	    (reasons = pg_query(pg, "census_reasons", reasons_sql, 0, NULL, err)) != NULL &&
	    (states = pg_query(pg, "census_states", states_sql, 0, NULL, err)) != NULL &&
	    (ok = pg_query(pg, "census_ok", ok_sql, 0, NULL, err)) != NULL) {
		set_portals(portals);
		set_words(M_URLS_REFUSED_BY, reasons);
		set_words(M_PORTALS, states);
		set_ok(ok);
		c->read_at_ms = now_ms + c->every_ms / 2;
		rc = 0;
	}
	PQclear(portals);
	PQclear(reasons);
	PQclear(states);
	PQclear(ok);
	return rc;
}

int
census_step(struct census *c, struct pg *pg, int64_t now_ms, struct err *err)
{
	if (now_ms >= c->count_at_ms)
		return count_some(c, pg, now_ms, err);
	return now_ms >= c->read_at_ms ? read_all(c, pg, now_ms, err) : 0;
}
