/* SPDX-License-Identifier: MIT */
/*
 * Keys and sightings: rows that look_up() has claimed, and that now get their report.  A statement for
 * all of a kind: there are several to each page, and each statement costs more than its row.
 */
#include <suoyin/columns.h>

#include "steps.h"

/* Not prepared: planned for what there is now (lookup.c). */
static int
rows_send(struct columns *c, struct pg *pg, const char *sql, struct err *err)
{
	int rc = 0;

	if (columns_end(c) == NULL)
		rc = err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	else if (c->at[0].count > 0 && pg_do(pg, NULL, sql, c->count, c->values, err) == -1)
		rc = -1;
	columns_fini(c);
	return rc;
}

/* -------- keys */

static const char attach_sql[] =
    "UPDATE core.report_key k SET report_id = n.report_id"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n(site, kind, value, report_id)"
    " WHERE k.site = n.site AND k.kind = n.kind AND k.value = n.value";
static const char release_sql[] =
    "DELETE FROM core.report_key k USING unnest($1::text[], $2::text[], $3::text[])"
    " AS n(site, kind, value) WHERE k.site = n.site AND k.kind = n.kind AND k.value = n.value"
    " AND k.report_id IS NULL";

static void
add_key(struct columns *c, const struct key *k)
{
	columns_span(c, 0, k->site);
	columns_text(c, 1, key_kind_names[k->kind]);
	columns_span(c, 2, k->value);
}

/* A key that was claimed and that no rule attached is let go. */
int
write_keys(struct world *w, struct pg *pg, struct err *err)
{
	struct columns attached, released;

	columns_init(&attached, 4);
	columns_init(&released, 3);
	for (size_t i = 0; i < w->key_count; i++) {
		const struct key *k = &w->keys[i];

		if (k->attached) {
			add_key(&attached, k);
			columns_int(&attached, 3, k->report->id);
		} else if (k->report == NULL) {
			add_key(&released, k);
		}
	}
	if (rows_send(&attached, pg, attach_sql, err) == 0)
		return rows_send(&released, pg, release_sql, err);
	columns_fini(&released);
	return -1;
}

/* -------- sightings */

enum {
	S_SITE, S_URL, S_REPORT, S_REVISION, S_PORTAL, S_FIRST, S_TIME, S_ID, S_PAGE, S_CONTENT, S_EXTRACTION, S_CONFIG,
	S_TOPIC, S_PART, S_OFFSET, S_GONE, S_SETTLED, S_COLUMNS
};

static const char sightings_sql[] =
    "UPDATE core.sighting s SET report_id = n.report_id, revision_id = n.revision_id,"
    " portal_id = coalesce(n.portal_id, s.portal_id), first_seen = n.first_seen, last_seen = n.last_time,"
    " last_time = n.last_time, last_id = n.last_id, page_sha256 = n.page_sha256,"
    " content_sha256 = n.content_sha256, extraction_version = n.extraction_version,"
    " config_version = n.config_version, topic = coalesce(n.topic, s.topic), part = coalesce(n.part, s.part),"
    " \"offset\" = coalesce(n.\"offset\", s.\"offset\"), gone_at = n.gone_at, settled = n.settled"
    " FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[],"
    " $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::integer[], $12::bigint[], $13::text[],"
    " $14::integer[], $15::bigint[], $16::timestamptz[], $17::boolean[]) AS n(site, url, report_id, revision_id,"
    " portal_id, first_seen, last_time, last_id, page_sha256, content_sha256, extraction_version, config_version,"
    " topic, part, \"offset\", gone_at, settled) WHERE s.site = n.site AND s.url = n.url";

/* Where the last message judged here is; absent: it stays. */
static void
add_source(struct columns *c, const struct entry *e)
{
	if (e == NULL) {
		for (int i = S_TOPIC; i <= S_OFFSET; i++)
			columns_text(c, i, NULL);
		return;
	}
	columns_text(c, S_TOPIC, e->topic);
	columns_int(c, S_PART, e->partition);
	columns_int(c, S_OFFSET, e->offset);
}

static void
add_sighting(struct columns *c, const struct sighting *s)
{
	columns_span(c, S_SITE, s->site);
	columns_span(c, S_URL, s->url);
	columns_id(c, S_REPORT, s->report != NULL ? s->report->id : 0);
	columns_id(c, S_REVISION, s->revision != NULL ? s->revision->id : s->revision_id);
	columns_span(c, S_PORTAL, s->source == NULL ? (struct span){NULL, 0} : s->source->page.portal);
	columns_time(c, S_FIRST, s->first_seen_us);
	columns_time(c, S_TIME, s->last.time_us);
	columns_span(c, S_ID, s->last.id);
	columns_span(c, S_PAGE, s->page_sha256);
	columns_span(c, S_CONTENT, s->content_sha256);
	columns_id(c, S_EXTRACTION, s->extraction_version);
	columns_int(c, S_CONFIG, s->config_version);
	add_source(c, s->source);
	if (s->gone_us == 0)
		columns_text(c, S_GONE, NULL);
	else
		columns_time(c, S_GONE, s->gone_us);
	columns_bool(c, S_SETTLED, s->settled);
}

int
write_sightings(struct world *w, struct pg *pg, struct err *err)
{
	struct columns changed;

	columns_init(&changed, S_COLUMNS);
	for (size_t i = 0; i < w->sighting_count; i++)
		if (w->sightings[i].changed)
			add_sighting(&changed, &w->sightings[i]);
	return rows_send(&changed, pg, sightings_sql, err);
}
