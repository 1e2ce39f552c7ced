/* SPDX-License-Identifier: MIT */
/*
 * The rows of one page of a list, in one transaction.  open_since is set before anything is
 * inserted and cleared when the list is complete: what a visit that broke off has inserted does
 * not count as known, so the next one reads on where that one stopped.
 */
#include "frontier.h"

#include "column.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char open_sql[] =
    "UPDATE crawl.url SET open_since = coalesce(open_since, now()), off_site = $3::int"
    " WHERE url_id = $1::bigint AND lease_no = $2::bigint"
    " RETURNING complete_at IS NOT NULL, open_since";

static const char insert_sql[] =
    "INSERT INTO crawl.url (portal_id, url, kind, list_url, list_title, list_date, baseline,"
    "  config_version)"
    " SELECT $4, url, 'page', $5, title, date, $6::boolean, $7::bigint"
    " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS t(url, title, date, n)"
    " ORDER BY url, n ON CONFLICT (portal_id, url) DO NOTHING";

static const char listed_sql[] =
    "WITH t AS (SELECT url_id FROM crawl.url WHERE portal_id = $2 AND url = ANY ($1::text[])),"
    " i AS (INSERT INTO crawl.listed (list_id, url_id) SELECT $3::bigint, url_id FROM t"
    "  ORDER BY url_id ON CONFLICT DO NOTHING)"
    " SELECT count(*), count(*) FILTER (WHERE l.seen_at < $4::timestamptz)"
    " FROM t LEFT JOIN crawl.listed l ON l.list_id = $3::bigint AND l.url_id = t.url_id";

/* -1 with err unset: the lease is lost. */
static int
open_list(struct pg *pg, struct visit *v, char since[40], struct err *err)
{
	char id[24], lease[24], off_site[24];
	const char *const values[] = {id, lease, off_site};
	PGresult *res;
	int rc = -1;

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	(void)snprintf(lease, sizeof(lease), "%" PRId64, v->lease_no);
	(void)snprintf(off_site, sizeof(off_site), "%zu", v->found.off_site);
	if ((res = pg_query(pg, "list_open", open_sql, 3, values, err)) == NULL)
		return -1;
	if (PQntuples(res) == 1) {
		v->found.complete_before = PQgetvalue(res, 0, 0)[0] == 't';
		(void)snprintf(since, 40, "%s", PQgetvalue(res, 0, 1));
		rc = 0;
	} else {
		v->lost = true;
	}
	PQclear(res);
	return rc;
}

static int
insert_rows(struct pg *pg, struct visit *v, const struct columns *c, struct err *err)
{
	char version[24];
	const char *const values[] = {c->values[0], c->values[1], c->values[2],
	    v->watch->portal->id, v->url, v->found.complete_before ? "f" : "t", version};
	int64_t fresh;

	(void)snprintf(version, sizeof(version), "%" PRId64, v->watch->portal->version);
	if ((fresh = pg_do(pg, "list_insert", insert_sql, 7, values, err)) == -1)
		return -1;
	v->found.fresh = (size_t)fresh;
	return 0;
}

static int
note_listed(
    struct pg *pg, struct visit *v, const struct columns *c, const char *since, struct err *err)
{
	char id[24];
	const char *const values[] = {c->values[0], v->watch->portal->id, id, since};
	uint64_t distinct = 0, known = 0;
	PGresult *res;

	(void)snprintf(id, sizeof(id), "%" PRId64, v->id);
	if ((res = pg_query(pg, "list_listed", listed_sql, 4, values, err)) == NULL)
		return -1;
	(void)span_u64(span_of(PQgetvalue(res, 0, 0)), INT64_MAX, &distinct);
	(void)span_u64(span_of(PQgetvalue(res, 0, 1)), INT64_MAX, &known);
	v->found.distinct = (size_t)distinct;
	v->found.known = (size_t)known;
	PQclear(res);
	return 0;
}

static int
write_rows(struct pg *pg, struct visit *v, const struct columns *c, struct err *err)
{
	char since[40];

	return open_list(pg, v, since, err) == 0 && insert_rows(pg, v, c, err) == 0 &&
		       note_listed(pg, v, c, since, err) == 0
		   ? 0
		   : -1;
}

int
frontier_found(struct pg *pg, struct visit *v, struct err *err)
{
	struct columns c;
	int rc = -1;

	columns_init(&c, 3);
	for (size_t i = 0; i < v->found.count; i++) {
		columns_span(&c, 0, v->found.rows[i].url);
		columns_span(&c, 1, v->found.rows[i].title);
		columns_span(&c, 2, v->found.rows[i].date);
	}
	if (columns_end(&c) == NULL) {
		(void)err_set(err, ERR_RETRY, "memory", "list: out of memory");
	} else if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) != -1) {
		rc = write_rows(pg, v, &c, err);
		if (rc == 0)
			rc = pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1 ? -1 : 0;
		else if (pg_do(pg, NULL, "ROLLBACK", 0, NULL, NULL) == -1)
			pg_disconnect(pg); /* whatever state it is in */
	}
	columns_fini(&c);
	return rc;
}
