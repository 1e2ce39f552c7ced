/* SPDX-License-Identifier: MIT */
/*
 * Keys and sightings: rows that look_up() has claimed, and that now get their report.  A statement for
 * all of a kind: there are several to each page, and each statement costs more than its row.
 */
#include <inttypes.h>
#include <string.h>

#include "steps.h"

#define COLUMNS_MAX 17 /* of a sighting */
#define ARRAY_MAX ((size_t)64 << 20)

/* Parameters that are arrays, a row at a time. */
struct rows {
	struct arena *arena;
	struct span *columns[COLUMNS_MAX];
	int width, filled; /* filled: columns of the row that is being added */
	size_t count;
};

static int
full(struct err *err)
{
	return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
}

static int
rows_make(struct rows *r, struct arena *a, int width, size_t most)
{
	*r = (struct rows){.arena = a, .width = width};
	for (int c = 0; c < width; c++)
		if ((r->columns[c] = arena_array(a, most + 1, sizeof(struct span))) == NULL)
			return -1;
	return 0;
}

/* The next column of the row; absent: NULL. */
static void
add(struct rows *r, struct span s)
{
	r->columns[r->filled][r->count] = s;
	if (++r->filled == r->width) {
		r->filled = 0;
		r->count++;
	}
}

static void
add_number(struct rows *r, int64_t v)
{
	add(r, arena_fmt(r->arena, "%" PRId64, v));
}

static void
add_id(struct rows *r, int64_t id)
{
	if (id == 0)
		add(r, (struct span){NULL, 0});
	else
		add_number(r, id);
}

static void
add_time(struct rows *r, int64_t us)
{
	char text[32];

	page_time_format(us, text);
	add(r, arena_dup(r->arena, span_of(text)));
}

/* Not prepared: planned for what there is now (lookup.c). */
static int
rows_send(const struct rows *r, struct pg *pg, const char *sql, struct err *err)
{
	struct buf text[COLUMNS_MAX];
	const char *values[COLUMNS_MAX];
	bool failed = r->arena->failed;
	int rc = 0;

	if (r->count == 0 && !failed)
		return 0;
	for (int c = 0; c < r->width; c++) {
		buf_init(&text[c], ARRAY_MAX);
		pg_array(&text[c], r->columns[c], r->count);
		values[c] = text[c].p;
		failed = failed || text[c].failed;
	}
	if (failed)
		rc = full(err);
	else if (pg_do(pg, NULL, sql, r->width, values, err) == -1)
		rc = -1;
	for (int c = 0; c < r->width; c++)
		buf_fini(&text[c]);
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
add_key(struct rows *r, const struct key *k)
{
	add(r, k->site);
	add(r, span_of(key_kind_names[k->kind]));
	add(r, k->value);
}

/* A key that was claimed and that no rule attached is let go. */
int
write_keys(struct world *w, struct pg *pg, struct err *err)
{
	struct rows attached, released;

	if (rows_make(&attached, &w->arena, 4, w->key_count) == -1 ||
	    rows_make(&released, &w->arena, 3, w->key_count) == -1)
		return full(err);
	for (size_t i = 0; i < w->key_count; i++) {
		const struct key *k = &w->keys[i];

		if (k->attached) {
			add_key(&attached, k);
			add_number(&attached, k->report->id);
		} else if (k->report == NULL) {
			add_key(&released, k);
		}
	}
	return rows_send(&attached, pg, attach_sql, err) == -1 ? -1 : rows_send(&released, pg, release_sql, err);
}

/* -------- sightings */

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

/* The last message judged here: of whom, and where its bytes are; absent: they stay. */
static void
add_source(struct rows *r, const struct entry *e)
{
	if (e == NULL) {
		for (int i = 0; i < 3; i++)
			add(r, (struct span){NULL, 0});
		return;
	}
	add(r, span_of(e->topic));
	add_number(r, e->partition);
	add_number(r, e->offset);
}

static void
add_sighting(struct rows *r, const struct sighting *s)
{
	add(r, s->site);
	add(r, s->url);
	add_id(r, s->report != NULL ? s->report->id : 0);
	add_id(r, s->revision != NULL ? s->revision->id : s->revision_id);
	add(r, s->source == NULL ? (struct span){NULL, 0} : s->source->page.portal);
	add_time(r, s->first_seen_us);
	add_time(r, s->last.time_us);
	add(r, s->last.id);
	add(r, s->page_sha256);
	add(r, s->content_sha256);
	add_id(r, s->extraction_version);
	add_number(r, s->config_version);
	add_source(r, s->source);
	if (s->gone_us == 0)
		add(r, (struct span){NULL, 0});
	else
		add_time(r, s->gone_us);
	add(r, s->settled ? SPAN("t") : SPAN("f"));
}

int
write_sightings(struct world *w, struct pg *pg, struct err *err)
{
	struct rows changed;

	if (rows_make(&changed, &w->arena, COLUMNS_MAX, w->sighting_count) == -1)
		return full(err);
	for (size_t i = 0; i < w->sighting_count; i++)
		if (w->sightings[i].changed)
			add_sighting(&changed, &w->sightings[i]);
	return rows_send(&changed, pg, sightings_sql, err);
}
