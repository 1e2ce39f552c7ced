/* SPDX-License-Identifier: MIT */
/*
 * The rows of pages of lists, in one transaction.  First it is looked up what is known of them;
 * where all is as it was, nothing is written.  Else open_since is set before anything is inserted, and
 * cleared when the list is complete: what a visit that broke off has inserted does not count as known,
 * so the next one reads on where that one stopped.
 */
#include "frontier.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/columns.h>

/* Rows are looked up and written as arrays, those of all pages together: each names its list. */
enum { URL, LIST, TITLE, DATE, OLD, PINNED, MARK, VERSION, ROW_COLUMNS };

/* One row for each of the pages', in their order; a page without any has one, too. */
static const char look_sql[] =
    "SELECT o.url_id, o.complete_at IS NOT NULL, u.url_id IS NULL, l.list_id IS NOT NULL,"
    "  l.seen_at < coalesce(o.open_since, 'infinity'), coalesce(l.pinned, false), l.mark,"
    "  row_number() OVER (PARTITION BY o.url_id, t.url ORDER BY t.n) > 1"
    " FROM unnest($3::bigint[]) WITH ORDINALITY AS q(list_id, n)"
    " JOIN crawl.url o ON o.url_id = q.list_id"
    " LEFT JOIN unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS t(url, list_id, n)"
    "  ON t.list_id = q.list_id"
    " LEFT JOIN crawl.url u ON u.portal_id = o.portal_id AND u.url = t.url"
    " LEFT JOIN crawl.listed l ON l.list_id = o.url_id AND l.url_id = u.url_id ORDER BY q.n, t.n";

static const char open_sql[] =
    "UPDATE crawl.url u SET open_since = coalesce(u.open_since, now()), off_site = t.off_site"
    " FROM unnest($1::bigint[], $2::bigint[], $3::int[]) AS t(list_id, lease_no, off_site)"
    " WHERE u.url_id = t.list_id AND u.lease_no = t.lease_no";

/* What two lists name at once is news where it is for one of them. */
static const char insert_sql[] =
    "WITH i AS (INSERT INTO crawl.url (portal_id, url, kind, list_url, list_title, list_date,"
    "  baseline, config_version)"
    " SELECT o.portal_id, t.url, 'page', o.url, t.title, t.date, t.old, t.version"
    " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::bigint[])"
    "  AS t(url, list_id, title, date, old, version) JOIN crawl.url o ON o.url_id = t.list_id"
    " ORDER BY o.portal_id, t.url, t.old ON CONFLICT (portal_id, url) DO NOTHING"
    " RETURNING portal_id, list_url),"
    " c AS (INSERT INTO crawl.census AS c (portal_id, discovered)"
    "  SELECT portal_id, count(*) FROM i GROUP BY 1 ORDER BY 1 ON CONFLICT (portal_id) DO UPDATE"
    "  SET discovered = c.discovered + excluded.discovered)"
    " SELECT o.url_id, count(*) FROM i JOIN crawl.url o ON o.portal_id = i.portal_id"
    "  AND o.url = i.list_url GROUP BY 1";

static const char listed_sql[] =
    "INSERT INTO crawl.listed (list_id, url_id, pinned, mark)"
    " SELECT t.list_id, u.url_id, t.pinned, t.mark"
    " FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::bigint[]) AS t(url, list_id, pinned, mark)"
    " JOIN crawl.url o ON o.url_id = t.list_id"
    " JOIN crawl.url u ON u.portal_id = o.portal_id AND u.url = t.url ORDER BY t.list_id, u.url_id"
    " ON CONFLICT (list_id, url_id) DO UPDATE SET pinned = excluded.pinned, mark = excluded.mark";

/* What a list says anew of a page is a reason to look at it now. */
static const char edited_sql[] =
    "UPDATE crawl.url u SET list_title = t.title, list_date = t.date,"
    " due_at = CASE WHEN u.published_at IS NULL THEN u.due_at"
    "  ELSE least(u.due_at, now()) END"
    " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS t(url, list_id, title, date)"
    " JOIN crawl.url o ON o.url_id = t.list_id"
    " WHERE u.portal_id = o.portal_id AND u.url = t.url AND u.kind <> 'list' AND u.list_url = o.url";

static const char pin_sql[] =
    "UPDATE crawl.listed l SET pinned = true"
    " FROM unnest($1::text[], $2::bigint[]) AS t(url, list_id) JOIN crawl.url o ON o.url_id = t.list_id"
    " JOIN crawl.url u ON u.portal_id = o.portal_id AND u.url = t.url"
    " WHERE l.list_id = t.list_id AND l.url_id = u.url_id AND NOT l.pinned";

static int
out_of_memory(struct err *err)
{
	return err_set(err, ERR_RETRY, "memory", "list: out of memory");
}

/* Of one page, from row `at` on; how many rows they were. */
static int
take_facts(struct visit *v, const PGresult *res, int at)
{
	struct found *f = &v->found;

	if (at >= PQntuples(res) || pg_int_at(res, at, 0) != v->id) {
		v->lost = true; /* the list is no more */
		return 0;
	}
	f->complete_before = pg_bool_at(res, at, 1);
	for (size_t i = 0; i < f->count; i++, at++) {
		struct found_row *row = &f->rows[i];
		char mark[24];

		(void)snprintf(mark, sizeof(mark), "%" PRId64, (int64_t)overlap_mark(row));
		row->fresh = pg_bool_at(res, at, 2);
		row->listed = pg_bool_at(res, at, 3);
		row->known = pg_bool_at(res, at, 4);
		row->was_pinned = row->pinned = pg_bool_at(res, at, 5);
		row->marked = !PQgetisnull(res, at, 6);
		row->edited = row->marked && strcmp(PQgetvalue(res, at, 6), mark) != 0;
		row->twin = pg_bool_at(res, at, 7);
	}
	return f->count == 0 ? 1 : (int)f->count;
}

/* -1: err, or a list that is no more. */
static int
look(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	struct columns c;
	PGresult *res = NULL;
	int rc = 0, at = 0;

	columns_init(&c, 3);
	for (const struct visit *v = q->head; v != NULL; v = v->next) {
		for (size_t i = 0; i < v->found.count; i++) {
			columns_span(&c, 0, v->found.rows[i].url);
			columns_int(&c, 1, v->id);
		}
		columns_int(&c, 2, v->id);
	}
	if (columns_end(&c) == NULL)
		rc = out_of_memory(err);
	else if ((res = pg_query(pg, "list_look", look_sql, 3, c.values, err)) == NULL)
		rc = -1;
	for (struct visit *v = q->head; v != NULL && rc == 0; v = v->next) {
		at += take_facts(v, res, at);
		if (v->lost)
			rc = -1;
	}
	PQclear(res);
	columns_fini(&c);
	return rc;
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
add_rows(struct columns *c, const struct visit *v, bool (*which)(const struct found_row *))
{
	for (size_t i = 0; i < v->found.count; i++) {
		const struct found_row *row = &v->found.rows[i];

		if (!which(row))
			continue;
		columns_span(c, URL, row->url);
		columns_int(c, LIST, v->id);
		columns_span(c, TITLE, row->title);
		columns_span(c, DATE, row->date);
		columns_bool(c, OLD, !v->found.complete_before || row->old);
		columns_bool(c, PINNED, row->pinned);
		columns_int(c, MARK, (int64_t)overlap_mark(row));
		columns_int(c, VERSION, v->watch->portal->version);
	}
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

/* -1 with err unset: a lease is lost; whose, each alone will tell. */
static int
open_lists(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	struct columns c;
	struct visit *last = NULL;
	int64_t opened = 0, count = 0;
	int rc = 0;

	columns_init(&c, 3);
	for (struct visit *v = q->head; v != NULL; v = v->next) {
		if (!changes_anything(v))
			continue;
		columns_int(&c, 0, v->id);
		columns_int(&c, 1, v->lease_no);
		columns_int(&c, 2, (int64_t)v->found.off_site);
		last = v;
		count++;
	}
	if (columns_end(&c) == NULL)
		rc = out_of_memory(err);
	else if (count > 0 && (opened = pg_do(pg, "list_open", open_sql, 3, c.values, err)) != count)
		rc = -1;
	if (rc == -1 && opened == 0 && count == 1)
		last->lost = true;
	columns_fini(&c);
	return rc;
}

/* A statement over the rows that it is for, where there are any. */
struct write {
	const char *name, *sql;
	bool (*which)(const struct found_row *);
	bool (*not_of)(const struct found *);
	int columns[ROW_COLUMNS], count;
};

static const struct write insert = {"list_insert", insert_sql, is_fresh, NULL,
    {URL, LIST, TITLE, DATE, OLD, VERSION}, 6};
static const struct write list = {"list_listed", listed_sql, is_to_be_listed, NULL,
    {URL, LIST, PINNED, MARK}, 4};
static const struct write edit = {"list_edited", edited_sql, is_edited, is_noise,
    {URL, LIST, TITLE, DATE}, 4};

static void
count_fresh(const struct visit_queue *q, const PGresult *res)
{
	for (struct visit *v = q->head; v != NULL; v = v->next)
		for (int i = 0; i < PQntuples(res); i++)
			if (pg_int_at(res, i, 0) == v->id)
				v->found.fresh = (size_t)pg_int_at(res, i, 1);
}

static int
write_some(struct pg *pg, const struct visit_queue *q, const struct write *w, struct err *err)
{
	const char *values[ROW_COLUMNS];
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, ROW_COLUMNS);
	for (const struct visit *v = q->head; v != NULL; v = v->next)
		if (w->not_of == NULL || !w->not_of(&v->found))
			add_rows(&c, v, w->which);
	if (columns_end(&c) == NULL) {
		rc = out_of_memory(err);
	} else if (c.at[URL].count > 0) {
		for (int i = 0; i < w->count; i++)
			values[i] = c.values[w->columns[i]];
		if ((res = pg_query(pg, w->name, w->sql, w->count, values, err)) == NULL)
			rc = -1;
		else
			count_fresh(q, res); /* what returns rows */
	}
	PQclear(res);
	columns_fini(&c);
	return rc;
}

/* Rows of page 1 that this page shows to be pinned. */
static int
pin_above(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	struct columns c;
	int rc = 0;

	columns_init(&c, 2);
	for (const struct visit *v = q->head; v != NULL; v = v->next)
		for (size_t i = 0; i < v->overlap.pinned_above; i++) {
			columns_text(&c, 0, v->overlap.top[i].url);
			columns_int(&c, 1, v->id);
		}
	if (columns_end(&c) == NULL)
		rc = out_of_memory(err);
	else if (c.at[0].count > 0)
		rc = pg_do(pg, "list_pin", pin_sql, 2, c.values, err) == -1 ? -1 : 0;
	columns_fini(&c);
	return rc;
}

static int
write_rows(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	if (look(pg, q, err) == -1)
		return -1;
	for (struct visit *v = q->head; v != NULL; v = v->next) {
		v->found.fresh = 0;
		if (overlap_judge(v) == -1)
			return out_of_memory(err);
	}
	if (open_lists(pg, q, err) == -1 || write_some(pg, q, &insert, err) == -1 ||
	    write_some(pg, q, &list, err) == -1 || write_some(pg, q, &edit, err) == -1)
		return -1;
	return pin_above(pg, q, err);
}

int
frontier_found(struct pg *pg, const struct visit_queue *q, struct err *err)
{
	if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) == -1)
		return -1;
	if (write_rows(pg, q, err) == 0)
		return pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1 ? -1 : 0;
	if (pg_do(pg, NULL, "ROLLBACK", 0, NULL, NULL) == -1)
		pg_disconnect(pg); /* whatever state it is in */
	return -1;
}
