/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <suoyin/columns.h>

#include "steps.h"

/* Texts of arrays are joined by the unit separator: folded titles and numbers never hold it. */
#define SEPARATOR '\x1f'

/* A statement that is kept is planned once, maybe when the tables were empty, and would go on reading
 * them from end to end as they grow. Without a name it is planned for what there is now. */
#define PLANNED_ANEW NULL

/* -------- what the group needs */

static bool
is_judged(const struct entry *e)
{
	return !e->dead && e->page.type != PAGE_ATTACHMENT && !e->repeat;
}

static int
key_order(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int order = span_cmp(a->site, b->site);

	if (order == 0 && a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return order != 0 ? order : span_cmp(a->value, b->value);
}

static int
sighting_order(const void *pa, const void *pb)
{
	const struct sighting *a = pa, *b = pb;
	int order = span_cmp(a->site, b->site);

	return order != 0 ? order : span_cmp(a->url, b->url);
}

static void
want_key(struct world *w, const struct entry *e, enum key_kind kind, struct span value)
{
	if (value.p != NULL)
		w->keys[w->key_count++] =
		    (struct key){.site = e->page.site, .kind = kind, .value = value};
}

static int
collect(struct world *w, const struct group *g, struct err *err)
{
	w->keys = arena_array(&w->arena, 4 * g->count, sizeof(*w->keys));
	w->sightings = arena_array(&w->arena, g->count, sizeof(*w->sightings));
	if (w->keys == NULL || w->sightings == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = g->entries[i];
		const struct fields *f = &e->fields;

		if (!is_judged(e) && !(e->repeat && e->rewrite))
			continue;
		w->sightings[w->sighting_count++] = (struct sighting){
		    .site = e->page.site, .url = e->page.url, .portal = e->page.portal};
		want_key(w, e, KEY_CONTENT, f->content_key);
		want_key(w, e, KEY_DOCNO, f->docno_key);
		want_key(w, e, KEY_INDEX, f->index_key);
		if (f->index_key.p != NULL)
			want_key(w, e, KEY_INDEX,
			    identity_conflict_key(&w->arena, f->index_key, f->title_folded));
	}
	return 0;
}

static void
sort_unique(struct world *w)
{
	size_t n = 0;

	if (w->key_count > 0)
		qsort(w->keys, w->key_count, sizeof(*w->keys), key_order);
	for (size_t i = 0; i < w->key_count; i++)
		if (n == 0 || key_order(&w->keys[n - 1], &w->keys[i]) != 0)
			w->keys[n++] = w->keys[i];
	w->key_count = n;
	n = 0;
	if (w->sighting_count > 0)
		qsort(w->sightings, w->sighting_count, sizeof(*w->sightings), sighting_order);
	for (size_t i = 0; i < w->sighting_count; i++)
		if (n == 0 || sighting_order(&w->sightings[n - 1], &w->sightings[i]) != 0)
			w->sightings[n++] = w->sightings[i];
	w->sighting_count = n;
}

/* -------- values of results */

static struct span
text_at(struct world *w, const PGresult *res, int row, int column)
{
	if (PQgetisnull(res, row, column))
		return (struct span){NULL, 0};
	return arena_dup(&w->arena,
	    (struct span){PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column)});
}

/* An array joined by SEPARATOR, NULL where it is empty. */
static int
texts_at(struct world *w, const PGresult *res, int row, int column, struct texts *set)
{
	struct span joined = text_at(w, res, row, column);
	size_t from = 0;

	while (joined.p != NULL && from <= joined.n) {
		size_t to = span_find_byte(joined, SEPARATOR, from);

		to = to == SIZE_MAX ? joined.n : to;
		if (texts_add(w, set, span_cut(joined, from, to)) == -1)
			return -1;
		from = to + 1;
	}
	return 0;
}

static int
full(struct err *err)
{
	return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
}

/* -------- keys */

#define KEYS "unnest($1::text[], $2::text[], $3::text[]) AS n(site, kind, value)"

static const char claim_keys_sql[] =
    "INSERT INTO core.report_key (site, kind, value) SELECT site, kind, value FROM " KEYS
    " ORDER BY site COLLATE \"C\", kind COLLATE \"C\", value COLLATE \"C\" ON CONFLICT DO NOTHING";
static const char lock_keys_sql[] =
    "SELECT k.site, k.kind, k.value, k.report_id FROM " KEYS
    " JOIN core.report_key k USING (site, kind, value) ORDER BY k.site, k.kind, k.value FOR UPDATE OF k";

static int
read_keys(struct world *w, const PGresult *res, struct err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		struct span site = span_of(PQgetvalue(res, row, 0)), kind = span_of(PQgetvalue(res, row, 1));
		struct key *k = NULL;

		for (int i = 0; i < KEY_KINDS; i++)
			if (span_eq(kind, span_of(key_kind_names[i])))
				k = world_key(w, site, (enum key_kind)i, span_of(PQgetvalue(res, row, 2)));
		if (k == NULL)
			return err_set(err, ERR_FATAL, "database", "core.report_key gave a key not asked for");
		k->report_id = pg_int_at(res, row, 3);
	}
	if ((size_t)PQntuples(res) != w->key_count)
		/* deleted between the two statements by a transaction that had claimed it */
		return err_set(err, ERR_RETRY, "database", "a key was released while it was claimed");
	return 0;
}

static int
lock_keys(struct world *w, struct pg *pg, struct err *err)
{
	PGresult *res = NULL;
	struct columns c;
	int rc = -1;

	if (w->key_count == 0)
		return 0;
	columns_init(&c, 3);
	for (size_t i = 0; i < w->key_count; i++) {
		columns_span(&c, 0, w->keys[i].site);
		columns_text(&c, 1, key_kind_names[w->keys[i].kind]);
		columns_span(&c, 2, w->keys[i].value);
	}
	if (columns_end(&c) == NULL)
		rc = full(err);
	else if (pg_do(pg, "claim_keys", claim_keys_sql, 3, c.values, err) != -1 &&
	    (res = pg_query(pg, PLANNED_ANEW, lock_keys_sql, 3, c.values, err)) != NULL)
		rc = read_keys(w, res, err);
	PQclear(res);
	columns_fini(&c);
	return rc;
}

/* -------- sightings */

#define URLS "unnest($1::text[], $2::text[], $3::text[]) AS n(site, url, portal_id)"
#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

static const char claim_urls_sql[] =
    "INSERT INTO core.sighting (site, url, portal_id, first_seen, last_seen)"
    " SELECT site, url, portal_id, now(), now() FROM " URLS
    " ORDER BY site COLLATE \"C\", url COLLATE \"C\" ON CONFLICT DO NOTHING";
static const char lock_urls_sql[] =
    "SELECT s.site, s.url, s.report_id, s.revision_id, " MICROS("s.last_time") ", s.last_id, "
    MICROS("s.first_seen") ", " MICROS("s.last_seen") ", s.page_sha256, s.content_sha256,"
    " s.extraction_version, s.config_version, " MICROS("s.gone_at") ", s.settled"
    " FROM " URLS " JOIN core.sighting s USING (site, url) ORDER BY s.site, s.url FOR UPDATE OF s";

static int
read_urls(struct world *w, const PGresult *res, struct err *err)
{
	if ((size_t)PQntuples(res) != w->sighting_count)
		return err_set(err, ERR_RETRY, "database", "a sighting was released while it was claimed");
	for (int row = 0; row < PQntuples(res); row++) {
		struct sighting *s = world_sighting(
		    w, span_of(PQgetvalue(res, row, 0)), span_of(PQgetvalue(res, row, 1)));

		if (s == NULL)
			return err_set(err, ERR_FATAL, "database", "core.sighting gave a URL not asked for");
		s->report_id = pg_int_at(res, row, 2);
		s->revision_id = pg_int_at(res, row, 3);
		s->known = !PQgetisnull(res, row, 4);
		s->last.time_us = pg_int_at(res, row, 4);
		s->last.id = text_at(w, res, row, 5);
		s->first_seen_us = s->known ? pg_int_at(res, row, 6) : 0;
		s->last_seen_us = s->known ? pg_int_at(res, row, 7) : 0;
		s->page_sha256 = text_at(w, res, row, 8);
		s->content_sha256 = text_at(w, res, row, 9);
		s->extraction_version = pg_int_at(res, row, 10);
		s->config_version = pg_int_at(res, row, 11);
		s->gone_us = pg_int_at(res, row, 12);
		s->settled = pg_bool_at(res, row, 13);
	}
	return 0;
}

static int
lock_urls(struct world *w, struct pg *pg, struct err *err)
{
	PGresult *res = NULL;
	struct columns c;
	int rc = -1;

	if (w->sighting_count == 0)
		return 0;
	columns_init(&c, 3);
	for (size_t i = 0; i < w->sighting_count; i++) {
		columns_span(&c, 0, w->sightings[i].site);
		columns_span(&c, 1, w->sightings[i].url);
		columns_span(&c, 2, w->sightings[i].portal);
	}
	if (columns_end(&c) == NULL)
		rc = full(err);
	else if (pg_do(pg, "claim_urls", claim_urls_sql, 3, c.values, err) != -1 &&
	    (res = pg_query(pg, PLANNED_ANEW, lock_urls_sql, 3, c.values, err)) != NULL)
		rc = read_urls(w, res, err);
	PQclear(res);
	columns_fini(&c);
	return rc;
}

/* -------- reports */

/* The reports and those they were merged into, in order of id; then locked in that order. */
static const char lock_reports_sql[] =
    "WITH RECURSIVE chain AS (SELECT report_id, merged_into FROM core.report"
    " WHERE report_id = ANY ($1::bigint[]) UNION SELECT r.report_id, r.merged_into"
    " FROM core.report r JOIN chain c ON r.report_id = c.merged_into)"
    " SELECT r.report_id, r.merged_into FROM core.report r"
    " WHERE r.report_id IN (SELECT report_id FROM chain) ORDER BY r.report_id FOR UPDATE OF r";
/* A statement of its own: its snapshot is taken when the locks are held. */
static const char read_reports_sql[] =
    "SELECT r.report_id, r.portal_id, r.site, r.merged_into, r.conflict, r.baseline, r.title_folded,"
    " r.document_number, array_to_string(nullif(r.titles, '{}'), E'\\x1f'),"
    " array_to_string(nullif(r.index_numbers, '{}'), E'\\x1f'), r.current_revision,"
    " (SELECT count(*) FROM core.sighting s WHERE s.report_id = r.report_id AND s.gone_at IS NULL)"
    " FROM core.report r WHERE r.report_id = ANY ($1::bigint[]) ORDER BY r.report_id";
static const char read_revisions_sql[] =
    "SELECT v.revision_id, v.report_id, " MICROS("v.ce_time") ", v.ce_id, v.content_sha256,"
    " v.page_sha256 FROM core.revision v JOIN core.report r USING (report_id)"
    " WHERE v.report_id = ANY ($1::bigint[]) AND r.report_id = ANY ($1::bigint[])"
    " AND (v.revision_id = r.current_revision"
    " OR v.revision_id = ANY ($2::bigint[]) OR v.content_sha256 = ANY ($3::text[]) OR v.ce_id = ANY ($4::text[]))";

static void
add_id(struct buf *out, int64_t id)
{
	if (id != 0)
		(void)buf_add_fmt(out, "%s%" PRId64, out->n == 1 ? "" : ",", id);
}

/* A page that is read again may be of a report that its URL shows no more. */
static int
add_reports_again(struct pg *pg, const struct group *g, struct buf *out, struct err *err)
{
	struct buf revisions;
	const char *values[1];
	PGresult *res = NULL;
	int rc = 0;

	buf_init(&revisions, 64u << 20);
	(void)buf_add_byte(&revisions, '{');
	for (size_t i = 0; i < g->count; i++)
		add_id(&revisions, g->entries[i]->revision);
	(void)buf_add_byte(&revisions, '}');
	values[0] = revisions.p;
	if (revisions.n > 2 && (res = pg_query(pg, "reports_again",
	        "SELECT DISTINCT report_id FROM core.revision WHERE revision_id = ANY ($1::bigint[])", 1, values,
	        err)) == NULL)
		rc = -1;
	for (int row = 0; res != NULL && row < PQntuples(res); row++)
		add_id(out, pg_int_at(res, row, 0));
	PQclear(res);
	buf_fini(&revisions);
	return rc;
}

static int
wanted_reports(const struct world *w, struct pg *pg, const struct group *g, struct buf *out, struct err *err)
{
	int rc;

	(void)buf_add_byte(out, '{');
	for (size_t i = 0; i < w->key_count; i++)
		add_id(out, w->keys[i].report_id);
	for (size_t i = 0; i < w->sighting_count; i++)
		add_id(out, w->sightings[i].report_id);
	rc = add_reports_again(pg, g, out, err);
	(void)buf_add_byte(out, '}');
	return rc == 0 && out->failed ? full(err) : rc;
}

/* Every merged_into of the result is itself a row of it. */
static bool
is_closed(const PGresult *res)
{
	for (int row = 0; row < PQntuples(res); row++) {
		int64_t into = pg_int_at(res, row, 1);
		bool found = into == 0;

		for (int i = 0; !found && i < PQntuples(res); i++)
			found = pg_int_at(res, i, 0) == into;
		if (!found)
			return false;
	}
	return true;
}

/* Locks until no report was merged meanwhile into one that is not locked; ids becomes all of them. */
static int
lock_reports(struct pg *pg, struct buf *ids, struct err *err)
{
	bool closed = false;

	while (!closed) {
		const char *values[] = {ids->p};
		PGresult *res = pg_query(pg, PLANNED_ANEW, lock_reports_sql, 1, values, err);

		if (res == NULL)
			return -1;
		buf_clear(ids);
		(void)buf_add_byte(ids, '{');
		for (int row = 0; row < PQntuples(res); row++) {
			add_id(ids, pg_int_at(res, row, 0));
			add_id(ids, pg_int_at(res, row, 1));
		}
		(void)buf_add_byte(ids, '}');
		closed = is_closed(res);
		PQclear(res);
		if (ids->failed)
			return full(err);
	}
	return 0;
}

static int
read_report(struct world *w, const PGresult *res, int row)
{
	struct report *r = world_add_report(w, pg_int_at(res, row, 0));

	if (r == NULL)
		return -1;
	r->portal = text_at(w, res, row, 1);
	r->site = text_at(w, res, row, 2);
	r->merged_into_id = pg_int_at(res, row, 3);
	r->conflict = pg_bool_at(res, row, 4);
	r->baseline = pg_bool_at(res, row, 5);
	r->title = text_at(w, res, row, 6);
	r->docno = text_at(w, res, row, 7);
	r->current_id = pg_int_at(res, row, 10);
	r->live = (uint32_t)pg_int_at(res, row, 11);
	return texts_at(w, res, row, 8, &r->titles) == -1 || texts_at(w, res, row, 9, &r->indexes) == -1
	    ? -1 : 0;
}

static int
read_reports(struct world *w, struct pg *pg, const char *ids, struct err *err)
{
	const char *values[] = {ids};
	PGresult *res = pg_query(pg, PLANNED_ANEW, read_reports_sql, 1, values, err);
	int rc = 0;

	if (res == NULL)
		return -1;
	for (int row = 0; rc == 0 && row < PQntuples(res); row++)
		rc = read_report(w, res, row);
	PQclear(res);
	if (rc == -1)
		return full(err);
	for (size_t i = 0; i < w->report_count; i++)
		w->reports[i]->merged_into = world_report(w, w->reports[i]->merged_into_id);
	return 0;
}

static int
read_revisions(struct world *w, struct pg *pg, const struct group *g, const char *ids, struct err *err)
{
	PGresult *res = NULL;
	struct columns c;

	columns_init(&c, 3);
	for (size_t i = 0; i < w->sighting_count; i++)
		if (w->sightings[i].revision_id != 0)
			columns_int(&c, 0, w->sightings[i].revision_id);
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = g->entries[i];

		if (e->revision != 0)
			columns_int(&c, 0, e->revision);
		if (is_judged(e) && e->page.type == PAGE_FETCHED) {
			columns_span(&c, 1, e->fields.content_sha256);
			columns_span(&c, 2, e->page.id);
		}
	}
	if (columns_end(&c) == NULL)
		(void)full(err);
	else
		res = pg_query(pg, PLANNED_ANEW, read_revisions_sql, 4,
		    (const char *[]){ids, c.values[0], c.values[1], c.values[2]}, err);
	for (int row = 0; res != NULL && row < PQntuples(res); row++) {
		struct revision *v = world_add_revision(w, pg_int_at(res, row, 0));

		if (v == NULL) {
			(void)full(err);
			break;
		}
		v->report = world_report(w, pg_int_at(res, row, 1));
		v->at = (struct moment){pg_int_at(res, row, 2), text_at(w, res, row, 3)};
		v->content_sha256 = text_at(w, res, row, 4);
		v->page_sha256 = text_at(w, res, row, 5);
	}
	columns_fini(&c);
	PQclear(res);
	return res == NULL || (err != NULL && err->code != ERR_NONE) ? -1 : 0;
}

/* Ids as read become pointers. */
static void
connect_all(struct world *w)
{
	for (size_t i = 0; i < w->key_count; i++)
		w->keys[i].report = world_report(w, w->keys[i].report_id);
	for (size_t i = 0; i < w->sighting_count; i++) {
		w->sightings[i].report = world_report(w, w->sightings[i].report_id);
		w->sightings[i].revision = world_revision(w, w->sightings[i].revision_id);
	}
	for (size_t i = 0; i < w->report_count; i++)
		w->reports[i]->current = world_revision(w, w->reports[i]->current_id);
}

int
look_up(struct world *w, struct pg *pg, const struct group *group, struct err *err)
{
	struct buf ids;
	int rc;

	if (collect(w, group, err) == -1)
		return -1;
	sort_unique(w);
	if (lock_keys(w, pg, err) == -1 || lock_urls(w, pg, err) == -1)
		return -1;
	buf_init(&ids, 64u << 20);
	rc = wanted_reports(w, pg, group, &ids, err);
	if (rc == 0 && ids.n > 2)
		rc = lock_reports(pg, &ids, err) == -1 || read_reports(w, pg, ids.p, err) == -1 ||
		        read_revisions(w, pg, group, ids.p, err) == -1
		    ? -1 : 0;
	buf_fini(&ids);
	if (rc == 0)
		connect_all(w);
	return rc;
}
