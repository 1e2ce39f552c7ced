/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <inttypes.h>
#include <stdio.h>
#include <suoyin/columns.h>
#include <suoyin/extract.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

bool
attach_is_wanted(const struct visit *v)
{
	return !v->is_list && !v->is_attachment && !v->gone && v->watch->portal->attachments &&
	       v->answer.body.n > 0 && attachment_may_be_linked(buf_span(&v->answer.body));
}

void
attach_report(const struct visit *v, const char *failure)
{
	const char *portal = v->watch->portal->id;

	if (failure != NULL) {
		metric_add(M_LINKS_UNREAD, failure, 1);
		log_event(LEVEL_WARN, "attachments_unread", F_STR("portal", portal),
		    F_STR("url", v->url), F_STR("reason", failure));
	} else if (v->found.cut || v->found.off_site > 0) {
		log_event(LEVEL_WARN, "attachments_skipped", F_STR("portal", portal),
		    F_STR("url", v->url), F_INT("off_site", v->found.off_site),
		    F_STR("cut", v->found.cut ? "yes" : "no"));
	}
}

static const char insert_sql[] =
    "WITH i AS (INSERT INTO crawl.url (portal_id, url, kind, baseline, config_version)"
    " SELECT $2, url, 'attachment', $3::boolean, $4::bigint FROM unnest($1::text[]) AS t(url)"
    " ORDER BY url ON CONFLICT (portal_id, url) DO NOTHING RETURNING 1),"
    " n AS (SELECT count(*) AS fresh FROM i), c AS (INSERT INTO crawl.census AS c (portal_id, discovered)"
    "  SELECT $2, fresh FROM n WHERE fresh > 0 ON CONFLICT (portal_id) DO UPDATE"
    "  SET discovered = c.discovered + excluded.discovered)"
    " SELECT fresh FROM n";

static const char attached_sql[] =
    "INSERT INTO crawl.attached AS a (url_id, parent_url, filename)"
    " SELECT u.url_id, $4, min(t.name) FROM unnest($1::text[], $2::text[]) AS t(url, name)"
    " JOIN crawl.url u ON u.portal_id = $3 AND u.url = t.url AND u.kind = 'attachment'"
    " GROUP BY 1 ORDER BY 1 ON CONFLICT (url_id, parent_url) DO UPDATE SET filename = excluded.filename"
    " WHERE a.filename IS DISTINCT FROM excluded.filename";

/* A file that was published for another page is fetched for this one now. */
static const char due_sql[] =
    "UPDATE crawl.url u SET due_at = now() FROM (SELECT u.url_id FROM unnest($1::text[]) AS t(url)"
    "  JOIN crawl.url u ON u.portal_id = $2 AND u.url = t.url AND u.kind = 'attachment'"
    "  JOIN crawl.attached a ON a.url_id = u.url_id AND a.parent_url = $3 AND a.told_at IS NULL"
    "  WHERE u.published_at IS NOT NULL AND u.due_at > now()"
    "  ORDER BY u.url_id FOR UPDATE OF u) f WHERE u.url_id = f.url_id";

static int
write_files(struct pg *pg, const struct visit *v, const struct columns *c, struct err *err)
{
	const char *portal = v->watch->portal->id;
	char version[24];
	const char *const fresh[] = {c->values[0], portal, v->baseline ? "t" : "f", version};
	const char *const links[] = {c->values[0], c->values[1], portal, v->url};
	const char *const due[] = {c->values[0], portal, v->url};
	PGresult *res;
	int64_t n;

	(void)snprintf(version, sizeof(version), "%" PRId64, v->watch->portal->version);
	if ((res = pg_query(pg, "attach_insert", insert_sql, 4, fresh, err)) == NULL)
		return -1;
	n = pg_int_at(res, 0, 0);
	PQclear(res);
	if (pg_do(pg, "attach_links", attached_sql, 4, links, err) == -1 ||
	    pg_do(pg, "attach_due", due_sql, 3, due, err) == -1)
		return -1;
	metric_add(M_DISCOVERED, NULL, (double)n);
	if (n > 0)
		v->watch->more[v->baseline ? 2 : 1] = true;
	return 0;
}

/* One transaction a page: pages with files are few among those that are published at once. */
static int
keep_one(struct pg *pg, const struct visit *v, struct err *err)
{
	struct columns c;
	int rc = -1;

	columns_init(&c, 2);
	for (size_t i = 0; i < v->found.count; i++) {
		columns_span(&c, 0, v->found.rows[i].url);
		columns_span(&c, 1, v->found.rows[i].title);
	}
	if (columns_end(&c) == NULL)
		(void)err_set(err, ERR_RETRY, "memory", "attachments: out of memory");
	else if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) != -1) {
		rc = write_files(pg, v, &c, err);
		if (rc == 0)
			rc = pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1 ? -1 : 0;
		else if (pg_do(pg, NULL, "ROLLBACK", 0, NULL, NULL) == -1)
			pg_disconnect(pg); /* whatever state it is in */
	}
	columns_fini(&c);
	return rc;
}

int
attach_keep(struct pg *pg, struct visit_queue *pages, struct err *err)
{
	for (struct visit *v = pages->head; v != NULL; v = v->next) {
		struct err why = {0};

		if (v->is_attachment || v->found.count == 0)
			continue;
		if (keep_one(pg, v, &why) == -1) {
			if (why.code != ERR_REJECT)
				return err_set(err, why.code, why.reason, "%s", why.text);
			attach_report(v, "database"); /* these names, not the database: the page goes on */
		}
		arena_fini(&v->found.arena);
		v->found = (struct found){0};
	}
	return 0;
}

static const char tell_sql[] =
    "UPDATE crawl.attached a SET told_at = now(), told_sha256 = t.sha256"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])"
    "  AS t(url_id, lease_no, parent_url, sha256)"
    " JOIN crawl.url u ON u.url_id = t.url_id AND u.lease_no = t.lease_no"
    " WHERE a.url_id = t.url_id AND a.parent_url = t.parent_url";

int
attach_tell(struct pg *pg, const struct visit_queue *ended, struct err *err)
{
	struct columns c;
	int rc = 0;

	columns_init(&c, 4);
	for (const struct visit *v = ended->head; v != NULL; v = v->next) {
		if (!v->is_attachment || v->lost || v->ending.kind != END_PUBLISHED)
			continue;
		columns_int(&c, 0, v->id);
		columns_int(&c, 1, v->lease_no);
		columns_text(&c, 2, v->parent_url);
		columns_text(&c, 3, v->new_sha256);
	}
	if (columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "attachments: out of memory");
	else if (c.at[0].count > 0)
		rc = pg_do(pg, "attach_tell", tell_sql, 4, c.values, err) == -1 ? -1 : 0;
	columns_fini(&c);
	return rc;
}
