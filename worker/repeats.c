/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/pg.h>
#include <suoyin/record.h>
#include <time.h>

#include "repeats.h"

#define RETRY_MS 5000
#define COLUMNS_MAX ((size_t)64 << 20) /* of 5,000 messages with URLs of 2 kB */

struct repeats {
	struct pg *pg;
	int64_t retry_at_ms;
};

/* `settled`: every key of the page leads to the sighting's report, so rules 1-4 would say nothing new.
 * Title and number of a report are those stored last: two addresses may differ in them, in turns. */
static const char find_sql[] =
    "SELECT n.i, n.at >= s.last_time + interval '1 day' OR EXISTS (SELECT FROM core.dead_letter d"
    " WHERE d.portal_id = n.portal_id AND d.url = n.url AND d.resolved_at IS NULL)"
    " FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],"
    " $7::timestamptz[]) AS n(i, site, url, portal_id, page_sha256, config_version, at)"
    " JOIN core.sighting s USING (site, url, page_sha256, config_version)"
    " JOIN core.report r ON r.report_id = s.report_id AND r.merged_into IS NULL"
    " JOIN core.revision v ON v.revision_id = s.revision_id"
    " AND (v.title_folded IS NULL OR v.title_folded = r.title_folded)"
    " AND (v.document_number IS NULL OR r.document_number IS NULL OR v.document_number = r.document_number)"
    " WHERE s.settled AND s.gone_at IS NULL AND s.last_time IS NOT NULL AND s.extraction_version = $8::integer";
enum { INDEX, SITE, URL, PORTAL, SHA256, CONFIG, AT, COLUMNS };

struct repeats *
repeats_new(const char *database_url, struct err *err)
{
	struct repeats *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	if ((r->pg = pg_new(database_url, "suoyin-worker repeats", err)) != NULL)
		return r;
	free(r);
	return NULL;
}

void
repeats_free(struct repeats *r)
{
	if (r == NULL)
		return;
	pg_free(r->pg);
	free(r);
}

static int64_t
clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The poll loop waits for us: a table that is locked is not waited for. */
static int
connect_briefly(struct repeats *r, struct err *err)
{
	if (pg_is_connected(r->pg))
		return 0;
	if (pg_connect(r->pg, err) == -1 ||
	    pg_do(r->pg, NULL, "SET lock_timeout = '250ms'", 0, NULL, err) == -1 ||
	    pg_do(r->pg, NULL, "SET statement_timeout = '2s'", 0, NULL, err) == -1 ||
	    /* a plan for an empty table reads it from end to end as it grows, until it is analyzed */
	    pg_do(r->pg, NULL, "SET enable_seqscan = off", 0, NULL, err) == -1 ||
	    pg_do(r->pg, NULL, "SET enable_hashjoin = off", 0, NULL, err) == -1 ||
	    pg_do(r->pg, NULL, "SET enable_mergejoin = off", 0, NULL, err) == -1)
		return -1;
	return 0;
}

static bool
may_repeat(const struct entry *e)
{
	return !e->dead && e->page.type == PAGE_FETCHED && e->state == ENTRY_DECODED && !e->again;
}

/* What is asked about the entries from `from` on, a column of texts for each parameter. */
static size_t
columns_of(const struct batch *b, size_t from, struct arena *a, struct span *columns[COLUMNS])
{
	size_t n = 0;
	char at[32];

	for (int c = 0; c < COLUMNS; c++)
		if ((columns[c] = arena_array(a, b->count - from, sizeof(struct span))) == NULL)
			return 0;
	for (size_t i = from; i < b->count; i++) {
		const struct entry *e = b->entries[i];

		if (!may_repeat(e))
			continue;
		page_time_format(e->page.time_us, at);
		columns[INDEX][n] = arena_fmt(a, "%zu", i);
		columns[SITE][n] = e->page.site;
		columns[URL][n] = e->page.url;
		columns[PORTAL][n] = e->page.portal;
		columns[SHA256][n] = e->page.sha256;
		columns[CONFIG][n] = arena_fmt(a, "%" PRId64, e->page.config_version);
		columns[AT][n++] = arena_fmt(a, "%s", at);
	}
	return a->failed ? 0 : n;
}

static PGresult *
ask(struct repeats *r, struct span *const columns[COLUMNS], size_t n, struct err *err)
{
	struct buf text[COLUMNS];
	const char *values[COLUMNS + 1];
	PGresult *res = NULL;
	char version[16];
	bool failed = false;

	for (int c = 0; c < COLUMNS; c++) {
		buf_init(&text[c], COLUMNS_MAX);
		pg_array(&text[c], columns[c], n);
		values[c] = text[c].p;
		failed = failed || text[c].failed;
	}
	(void)snprintf(version, sizeof(version), "%d", EXTRACTION_VERSION);
	values[COLUMNS] = version;
	if (!failed && connect_briefly(r, err) == 0)
		res = pg_query(r->pg, "repeats", find_sql, COLUMNS + 1, values, err);
	for (int c = 0; c < COLUMNS; c++)
		buf_fini(&text[c]);
	return res;
}

static void
note_hints(struct batch *b, const PGresult *res)
{
	for (int row = 0; row < PQntuples(res); row++) {
		size_t i = strtoul(PQgetvalue(res, row, 0), NULL, 10);

		if (i >= b->count)
			continue;
		b->entries[i]->hinted = true;
		b->entries[i]->rewrite = PQgetvalue(res, row, 1)[0] == 't';
	}
}

static void
look(struct repeats *r, struct batch *b, size_t from)
{
	struct span *columns[COLUMNS];
	struct err err = {0};
	struct arena a;
	PGresult *res;
	size_t n;

	arena_init(&a, COLUMNS_MAX);
	if ((n = columns_of(b, from, &a, columns)) > 0) {
		if ((res = ask(r, columns, n, &err)) != NULL)
			note_hints(b, res);
		PQclear(res);
	}
	arena_fini(&a);
	if (err.code == ERR_NONE)
		return;
	log_event(LEVEL_WARN, "repeats_not_known", F_ERR(&err));
	pg_disconnect(r->pg);
	r->retry_at_ms = clock_ms() + RETRY_MS;
}

void
repeats_find(struct repeats *r, struct batch *filling, const struct batch *storing)
{
	struct batch *b = filling;
	size_t from = b->looked_at;

	if (from == b->count)
		return;
	b->looked_at = b->count;
	if (clock_ms() >= r->retry_at_ms)
		look(r, b, from);
	for (size_t i = from; i < b->count; i++) {
		struct entry *e = b->entries[i];

		if (e->page.url.p == NULL)
			continue;
		if (e->hinted && !batch_moves(b, e) && (storing == NULL || !batch_moves(storing, e))) {
			batch_known(b, e);
			metric_add(M_REPEATS, NULL, 1);
		} else {
			batch_will_move(b, e);
		}
	}
}
