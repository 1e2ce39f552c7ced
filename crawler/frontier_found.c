/* SPDX-License-Identifier: MIT */
/*
 * The rows of one page of a list, in one transaction.  First it is looked up what is known of them;
 * where all is as it was, nothing is written.  Else open_since is set before anything is inserted, and
 * cleared when the list is complete: what a visit that broke off has inserted does not count as known,
 * so the next one reads on where that one stopped.
 */
#include "frontier.h"

#include "column.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One row for each of the page's, in its order. */
static const char look_sql[] =
    "SELECT o.complete_at IS NOT NULL, u.url_id IS NULL, l.list_id IS NOT NULL,"
    "  l.seen_at < coalesce(o.open_since, 'infinity'), coalesce(l.pinned, false), l.mark,"
    "  row_number() OVER (PARTITION BY t.url ORDER BY t.n) > 1"
    " FROM crawl.url o LEFT JOIN unnest($1::text[]) WITH ORDINALITY AS t(url, n) ON true"
    " LEFT JOIN crawl.url u ON u.portal_id = $2 AND u.url = t.url"
    " LEFT JOIN crawl.listed l ON l.list_id = o.url_id AND l.url_id = u.url_id"
    " WHERE o.url_id = $3::bigint ORDER BY t.n";

static const char open_sql[] =
    "UPDATE crawl.url SET open_since = coalesce(open_since, now()), off_site = $3::int"
    " WHERE url_id = $1::bigint AND lease_no = $2::bigint";

static const char insert_sql[] =
    "WITH i AS (INSERT INTO crawl.url (portal_id, url, kind, list_url, list_title, list_date,"
    "  baseline, config_version)"
    " SELECT $5, url, 'page', $6, title, date, old, $7::bigint"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS t(url, title, date, old)"
    " ORDER BY url ON CONFLICT (portal_id, url) DO NOTHING RETURNING 1),"
    " n AS (SELECT count(*) AS fresh FROM i), c AS (INSERT INTO crawl.census AS c (portal_id, discovered)"
    "  SELECT $5, fresh FROM n WHERE fresh > 0 ON CONFLICT (portal_id) DO UPDATE"
    "  SET discovered = c.discovered + excluded.discovered)"
    " SELECT fresh FROM n";

static const char listed_sql[] =
    "INSERT INTO crawl.listed (list_id, url_id, pinned, mark)"
    " SELECT $5::bigint, u.url_id, t.pinned, t.mark"
    " FROM unnest($1::text[], $2::boolean[], $3::bigint[]) AS t(url, pinned, mark)"
    " JOIN crawl.url u ON u.portal_id = $4 AND u.url = t.url ORDER BY u.url_id"
    " ON CONFLICT (list_id, url_id) DO UPDATE SET pinned = excluded.pinned, mark = excluded.mark";

/* What a list says anew of a page is a reason to look at it now. */
static const char edited_sql[] =
    "UPDATE crawl.url u SET list_title = t.title, list_date = t.date,"
    " due_at = CASE WHEN u.published_at IS NULL THEN u.due_at"
    "  ELSE least(u.due_at, now()) END"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS t(url, title, date)"
    " WHERE u.portal_id = $4 AND u.url = t.url AND u.kind <> 'list' AND u.list_url = $5";

static const char pin_sql[] =
    "UPDATE crawl.listed l SET pinned = true FROM crawl.url u"
    " WHERE l.list_id = $3::bigint AND l.url_id = u.url_id AND u.portal_id = $2"
    " AND u.url = ANY ($1::text[]) AND NOT l.pinned";

static void
take_facts(struct found *f, const PGresult *res)
{
	f->complete_before = PQgetvalue(res, 0, 0)[0] == 't';
	for (int i = 0; i < PQntuples(res) && (size_t)i < f->count; i++) {
		struct found_row *row = &f->rows[i];
		char mark[24];

		(void)snprintf(mark, sizeof(mark), "%" PRId64, (int64_t)overlap_mark(row));
		row->fresh = PQgetvalue(res, i, 1)[0] == 't';
		row->known = PQgetvalue(res, i, 3)[0] == 't';
		row->was_pinned = row->pinned = PQgetvalue(res, i, 4)[0] == 't';
		row->twin = PQgetvalue(res, i, 6)[0] == 't';
		row->marked = !PQgetisnull(res, i, 5);
		row->edited = row->marked && strcmp(PQgetvalue(res, i, 5), mark) != 0;
		row->listed = PQgetvalue(res, i, 2)[0] == 't';
	}
}

static int
look(struct pg *pg, struct visit *v, struct err *err)
{
	const char *values[3];
	struct columns c;
	char id[24];
	PGresult *res = NULL;
	int rc = -1;

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	columns_init(&c, 1);
	for (size_t i = 0; i < v->found.count; i++)
		columns_span(&c, 0, v->found.rows[i].url);
	if (columns_end(&c) == NULL) {
		(void)err_set(err, ERR_RETRY, "memory", "list: out of memory");
	} else {
		values[0] = c.values[0];
		values[1] = v->watch->portal->id;
		values[2] = id;
		res = pg_query(pg, "list_look", look_sql, 3, values, err);
	}
	if (res != NULL && PQntuples(res) == 0) {
		v->lost = true; /* the list is no more */
	} else if (res != NULL) {
		take_facts(&v->found, res);
		rc = 0;
	}
	PQclear(res);
	columns_fini(&c);
	return rc;
}

/* -1 with err unset: the lease is lost. */
static int
open_list(struct pg *pg, struct visit *v, struct err *err)
{
	char id[24], lease[24], off_site[24];
	const char *const values[] = {id, lease, off_site};
	int64_t n;

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	(void)snprintf(lease, sizeof(lease), "%" PRId64, v->lease_no);
	(void)snprintf(off_site, sizeof(off_site), "%zu", v->found.off_site);
	if ((n = pg_do(pg, "list_open", open_sql, 3, values, err)) == -1)
		return -1;
	v->lost = n != 1;
	return v->lost ? -1 : 0;
}

static bool
is_fresh(const struct found_row *row)
{
	return row->fresh && !row->twin && !row->deep;
}

static bool
is_to_be_listed(const struct found_row *row)
{
	return !row->twin && !row->deep &&
	       (!row->listed || !row->marked || row->edited || row->pinned != row->was_pinned);
}

static bool
is_edited(const struct found_row *row)
{
	return row->edited && !row->twin;
}

/* Rows that all change together hold a counter or a clock: no reason to fetch every page again. */
static bool
is_noise(const struct found *f)
{
	size_t edited = 0, known = 0;

	for (size_t i = 0; i < f->count; i++) {
		known += f->rows[i].known;
		edited += f->rows[i].known && is_edited(&f->rows[i]);
	}
	return edited > 3 && edited > known / 2;
}

static void
columns_bool(struct columns *c, int at, bool value)
{
	columns_text(c, at, value ? "t" : "f");
}

/* The rows of the page that `which` chooses, as arrays: URL, title, date. -1: memory. */
static int
add_rows(struct columns *c, const struct visit *v, bool (*which)(const struct found_row *))
{
	for (size_t i = 0; i < v->found.count; i++) {
		const struct found_row *row = &v->found.rows[i];

		if (!which(row))
			continue;
		columns_span(c, 0, row->url);
		columns_span(c, 1, row->title);
		columns_span(c, 2, row->date);
		columns_bool(c, 3, !v->found.complete_before || row->old);
		columns_bool(c, 4, row->pinned);
		columns_int(c, 5, (int64_t)overlap_mark(row));
	}
	return columns_end(c) == NULL ? -1 : 0;
}

static int
insert_fresh(struct pg *pg, struct visit *v, const struct columns *c, struct err *err)
{
	char version[24];
	const char *const values[] = {c->values[0], c->values[1], c->values[2], c->values[3],
	    v->watch->portal->id, v->url, version};
	uint64_t fresh = 0;
	PGresult *res;

	(void)snprintf(version, sizeof(version), "%" PRId64, v->watch->portal->version);
	if ((res = pg_query(pg, "list_insert", insert_sql, 7, values, err)) == NULL)
		return -1;
	(void)span_u64(span_of(PQgetvalue(res, 0, 0)), INT64_MAX, &fresh);
	v->found.fresh = (size_t)fresh;
	PQclear(res);
	return 0;
}

static int
write_listed(struct pg *pg, struct visit *v, const struct columns *c, struct err *err)
{
	char id[24];
	const char *const values[] = {
	    c->values[0], c->values[4], c->values[5], v->watch->portal->id, id};

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	return pg_do(pg, "list_listed", listed_sql, 5, values, err) == -1 ? -1 : 0;
}

static int
write_edited(struct pg *pg, struct visit *v, const struct columns *c, struct err *err)
{
	const char *const values[] = {
	    c->values[0], c->values[1], c->values[2], v->watch->portal->id, v->url};

	return pg_do(pg, "list_edited", edited_sql, 5, values, err) == -1 ? -1 : 0;
}

/* One statement over the rows that it is for, where there are any. */
static int
write_some(struct pg *pg, struct visit *v, bool (*which)(const struct found_row *),
    int (*write)(struct pg *, struct visit *, const struct columns *, struct err *),
    struct err *err)
{
	struct columns c;
	int rc = 0;

	columns_init(&c, 6);
	if (add_rows(&c, v, which) == -1)
		rc = err_set(err, ERR_RETRY, "memory", "list: out of memory");
	else if (c.at[0].count > 0)
		rc = write(pg, v, &c, err);
	columns_fini(&c);
	return rc;
}

/* Rows of page 1 that this page shows to be pinned. */
static int
pin_above(struct pg *pg, const struct visit *v, struct err *err)
{
	const char *values[3];
	struct columns c;
	char id[24];
	int rc = 0;

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	columns_init(&c, 1);
	for (size_t i = 0; i < v->overlap.pinned_above; i++)
		columns_text(&c, 0, v->overlap.top[i].url);
	if (columns_end(&c) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "list: out of memory");
	} else {
		values[0] = c.values[0];
		values[1] = v->watch->portal->id;
		values[2] = id;
		rc = pg_do(pg, "list_pin", pin_sql, 3, values, err) == -1 ? -1 : 0;
	}
	columns_fini(&c);
	return rc;
}

static bool
changes_anything(const struct visit *v)
{
	if (v->overlap.pinned_above > 0)
		return true;
	for (size_t i = 0; i < v->found.count; i++)
		if (is_to_be_listed(&v->found.rows[i]))
			return true;
	return false;
}

static int
write_rows(struct pg *pg, struct visit *v, struct err *err)
{
	if (look(pg, v, err) == -1)
		return -1;
	if (overlap_judge(v) == -1)
		return err_set(err, ERR_RETRY, "memory", "list: out of memory");
	v->found.fresh = 0;
	if (!changes_anything(v))
		return 0;
	if (open_list(pg, v, err) == -1 || write_some(pg, v, is_fresh, insert_fresh, err) == -1 ||
	    write_some(pg, v, is_to_be_listed, write_listed, err) == -1 ||
	    (!is_noise(&v->found) && write_some(pg, v, is_edited, write_edited, err) == -1))
		return -1;
	return v->overlap.pinned_above > 0 ? pin_above(pg, v, err) : 0;
}

static int
end_transaction(struct pg *pg, int rc, struct err *err)
{
	if (rc == 0)
		return pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1 ? -1 : 0;
	if (pg_do(pg, NULL, "ROLLBACK", 0, NULL, NULL) == -1)
		pg_disconnect(pg); /* whatever state it is in */
	return -1;
}

int
frontier_found(struct pg *pg, struct visit *v, struct err *err)
{
	if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) == -1)
		return -1;
	return end_transaction(pg, write_rows(pg, v, err), err);
}

int
frontier_found_all(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	int rc = 0;

	if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) == -1)
		return -1;
	for (struct visit *v = q->head; v != NULL && rc == 0; v = v->next)
		rc = write_rows(pg, v, err);
	return end_transaction(pg, rc, err);
}
