/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/pg.h>
#include <suoyin/record.h>

#include "repeats.h"

#define RETRY_MS 5000

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

/* What is asked about the entries from `from` on. */
static void
add_entries(struct columns *c, const struct batch *b, size_t from)
{
	for (size_t i = from; i < b->count; i++) {
		const struct entry *e = b->entries[i];

		if (!may_repeat(e))
			continue;
		columns_int(c, INDEX, (int64_t)i);
		columns_span(c, SITE, e->page.site);
		columns_span(c, URL, e->page.url);
		columns_span(c, PORTAL, e->page.portal);
		columns_span(c, SHA256, e->page.sha256);
		columns_int(c, CONFIG, e->page.config_version);
		columns_time(c, AT, e->page.time_us);
	}
}

static void
note_hints(struct batch *b, const PGresult *res)
{
	for (int row = 0; row < PQntuples(res); row++) {
		size_t i = strtoul(PQgetvalue(res, row, 0), NULL, 10);

		if (i >= b->count)
			continue;
		b->entries[i]->hinted = true;
		b->entries[i]->rewrite = pg_bool_at(res, row, 1);
	}
}

static void
look(struct repeats *r, struct batch *b, size_t from)
{
	struct err err = {0};
	PGresult *res = NULL;
	struct columns c;
	char version[16];

	columns_init(&c, COLUMNS);
	add_entries(&c, b, from);
	(void)snprintf(version, sizeof(version), "%d", EXTRACTION_VERSION);
	if (c.at[0].count > 0 && columns_end(&c) != NULL && connect_briefly(r, &err) == 0) {
		c.values[COLUMNS] = version;
		res = pg_query(r->pg, "repeats", find_sql, COLUMNS + 1, c.values, &err);
	}
	if (res != NULL)
		note_hints(b, res);
	PQclear(res);
	columns_fini(&c);
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
