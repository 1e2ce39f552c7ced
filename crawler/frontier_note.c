/* SPDX-License-Identifier: MIT */
/* What becomes of visits, written down in crawl.url: publication begun, visit ended. */
#include "frontier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <sys/random.h>

/* Unique without asking anybody. */
static int
make_id(char out[33])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* ce_time: the end of the exchange by the database's clock, later than the URL's last message. */
static const char begin_sql[] =
    "UPDATE crawl.url u SET publishing_id = t.id, publishing_since = clock_timestamp(),"
    " last_time = greatest(clock_timestamp() - t.ago * interval '1 ms',"
    "  u.last_time + interval '1 us')"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS t(url_id, lease_no, id, "
    "ago)"
    " WHERE u.url_id = t.url_id AND u.lease_no = t.lease_no"
    " RETURNING u.url_id, to_char(u.last_time AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

struct begun {
	int64_t id;
	const char *time;
};

static int
by_id(const void *left, const void *right)
{
	const struct begun *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static struct begun *
read_begun(const PGresult *res, size_t n)
{
	struct begun *rows = calloc(n + 1, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < n; i++) {
		uint64_t id = 0;

		(void)span_u64(span_of(PQgetvalue(res, (int)i, 0)), INT64_MAX, &id);
		rows[i] = (struct begun){(int64_t)id, PQgetvalue(res, (int)i, 1)};
	}
	if (rows != NULL)
		qsort(rows, n, sizeof(*rows), by_id);
	return rows;
}

static int
deal_out(const PGresult *res, struct visit_queue *from, struct visit_queue *begun,
    struct visit_queue *lost, struct err *err)
{
	size_t n = (size_t)PQntuples(res);
	struct begun *rows = read_begun(res, n);
	struct visit *v;

	if (rows == NULL)
		return err_set(err, ERR_RETRY, "memory", "begin: out of memory");
	while ((v = visit_pop(from)) != NULL) {
		struct begun key = {v->id, NULL};
		const struct begun *row = bsearch(&key, rows, n, sizeof(*rows), by_id);

		if (row == NULL) {
			v->lost = true;
			visit_push(lost, v);
			continue;
		}
		(void)snprintf(v->ce_time, sizeof(v->ce_time), "%s", row->time);
		visit_push(begun, v);
	}
	free(rows);
	return 0;
}

int
frontier_begin(struct pg *pg, struct visit_queue *from, struct visit_queue *begun,
    struct visit_queue *lost, struct err *err)
{
	int64_t now = clock_ms();
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	if (from->head == NULL)
		return 0;
	columns_init(&c, 4);
	for (struct visit *v = from->head; v != NULL && rc == 0; v = v->next) {
		rc = make_id(v->ce_id);
		columns_int(&c, 0, v->id);
		columns_int(&c, 1, v->lease_no);
		columns_text(&c, 2, v->ce_id);
		columns_int(&c, 3, now - v->answer.ended_ms);
	}
	if (rc == -1 || columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "begin: no random bytes or memory");
	else if ((res = pg_query(pg, "begin", begin_sql, 4, c.values, err)) == NULL)
		rc = -1;
	else
		rc = deal_out(res, from, begun, lost, err);
	PQclear(res);
	columns_fini(&c);
	return rc;
}

/* One row per visit: t.how decides which facts move. Up to 10 % of jitter, so that what failed
 * together does not come back together.  Days are Shanghai's; rows in one order for all. */
static const char end_sql[] =
    "WITH ended AS ("
    "UPDATE crawl.url u SET lease_owner = NULL, lease_until = NULL,"
    " due_at = CASE WHEN u.due_at = 'infinity' OR t.how = 'released' AND t.wait = 0 THEN u.due_at"
    "  WHEN t.how = 'released' THEN greatest(u.due_at, now() + t.wait * interval '1 ms')"
    "  WHEN t.how = 'failed' THEN now() + t.wait * (0.9 + 0.1 * random()) * interval '1 ms'"
    "  WHEN u.kind = 'attachment' AND t.how IN ('published', 'unchanged') AND EXISTS (SELECT"
    "   FROM crawl.attached a WHERE a.url_id = u.url_id AND a.told_at IS NULL) THEN now()"
    "  ELSE now() + t.wait * interval '1 ms' END,"
    " checked_at = CASE WHEN t.status > 0 THEN now() ELSE u.checked_at END,"
    " http_status = CASE WHEN t.status > 0 THEN t.status ELSE u.http_status END,"
    " misses = CASE t.how WHEN 'missed' THEN u.misses + 1 WHEN 'released' THEN u.misses"
    "  WHEN 'failed' THEN u.misses WHEN 'gone' THEN u.misses + 1 ELSE 0 END,"
    " missed_since = CASE WHEN t.how IN ('missed', 'gone') THEN coalesce(u.missed_since, now())"
    "  WHEN t.how IN ('released', 'failed') THEN u.missed_since END,"
    " failures = CASE t.how WHEN 'failed' THEN u.failures + 1 WHEN 'released' THEN u.failures ELSE "
    "0 END,"
    " failure = CASE t.how WHEN 'failed' THEN t.reason WHEN 'released' THEN u.failure END,"
    " refused = CASE WHEN t.how = 'refused' THEN t.reason"
    "  WHEN t.how IN ('released', 'failed', 'missed') THEN u.refused END,"
    " refused_bytes = CASE WHEN t.how = 'refused' THEN t.bytes"
    "  WHEN t.how IN ('released', 'failed', 'missed') THEN u.refused_bytes END,"
    " refused_at = CASE WHEN t.how = 'refused' THEN now()"
    "  WHEN t.how IN ('released', 'failed', 'missed') THEN u.refused_at END,"
    " refused_by = CASE WHEN t.how = 'refused' THEN t.refused_by"
    "  WHEN t.how IN ('released', 'failed', 'missed') THEN u.refused_by END,"
    " final_url = CASE WHEN t.how IN ('published', 'unchanged', 'listed') THEN t.final_url"
    "  WHEN t.how <> 'gone' THEN u.final_url END,"
    " etag = CASE WHEN t.how IN ('published', 'unchanged', 'listed') THEN t.etag"
    "  WHEN t.how <> 'gone' THEN u.etag END,"
    " last_modified = CASE WHEN t.how IN ('published', 'unchanged', 'listed') THEN t.last_modified"
    "  WHEN t.how <> 'gone' THEN u.last_modified END,"
    " sha256 = CASE t.how WHEN 'published' THEN t.sha256 WHEN 'gone' THEN NULL ELSE u.sha256 END,"
    " publishing_id = CASE WHEN t.how NOT IN ('published', 'gone') THEN u.publishing_id END,"
    " publishing_since = CASE WHEN t.how NOT IN ('published', 'gone') THEN u.publishing_since END,"
    " published_at = CASE WHEN t.how IN ('published', 'gone') THEN now() ELSE u.published_at END,"
    " gone_at = CASE t.how WHEN 'gone' THEN u.last_time WHEN 'published' THEN NULL ELSE u.gone_at "
    "END,"
    " unsure = u.unsure AND t.how NOT IN ('published', 'gone', 'listed'),"
    " complete_at = CASE WHEN t.how = 'listed' THEN now() ELSE u.complete_at END,"
    " open_since = CASE WHEN t.how <> 'listed' THEN u.open_since END,"
    " config_version = CASE WHEN t.how = 'released' THEN u.config_version ELSE t.version END"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::int[],"
    "  $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::text[])"
    "  AS t(url_id, lease_no, how, reason, wait, status, bytes, etag, last_modified, sha256,"
    "  version, final_url, refused_by)"
    " WHERE u.url_id = t.url_id AND u.lease_no = t.lease_no"
    " RETURNING u.portal_id, t.how), counted AS ("
    "INSERT INTO crawl.fetch_daily AS d (day, portal_id, outcome, visits, last_at)"
    " SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date, portal_id, how, count(*), now() FROM ended"
    " WHERE how <> 'released' GROUP BY 2, 3 ORDER BY 2, 3"
    " ON CONFLICT (day, portal_id, outcome) DO UPDATE SET visits = d.visits + excluded.visits,"
    " last_at = excluded.last_at)"
    " SELECT FROM ended";

/* Whether the answer's validators are worth sending next time: not those of a list's later page,
 * which is not asked first. */
static bool
has_validators(const struct visit *v)
{
	return (v->answer.status == 200 || v->answer.status == 304) &&
	       (!v->is_list || v->paging.pages <= 1);
}

/* A 304 need not repeat them. */
static const char *
kept(const struct visit *v, const char *answered, const char *known)
{
	if (!has_validators(v))
		return NULL;
	return answered == NULL && v->answer.status == 304 ? known : answered;
}

static void
add_end(struct columns *c, const struct visit *v)
{
	const struct ending *e = &v->ending;
	const char *modified = v->answer.just_modified ? NULL : v->answer.last_modified;
	bool moved = has_validators(v) && strcmp(v->at, v->url) != 0;

	columns_int(c, 0, v->id);
	columns_int(c, 1, v->lease_no);
	columns_text(c, 2, end_names[e->kind]);
	columns_text(c, 3, e->reason);
	columns_int(c, 4, e->wait_ms);
	columns_int(c, 5, v->answer.status);
	columns_int(c, 6, e->bytes);
	columns_text(c, 7, kept(v, v->answer.etag, v->etag));
	columns_text(c, 8, kept(v, modified, v->last_modified));
	columns_text(c, 9, e->kind == END_PUBLISHED ? v->new_sha256 : NULL);
	columns_int(c, 10, v->watch->portal->version);
	columns_text(c, 11, moved ? v->at : NULL);
	columns_text(c, 12, e->kind == END_REFUSED ? v->refused_by : NULL);
}

int
frontier_end(struct pg *pg, struct visit_queue *from, struct visit_queue *done, struct err *err)
{
	struct columns c;
	struct visit *v;
	int64_t written, n = 0;
	int rc = 0;

	if (from->head == NULL)
		return 0;
	columns_init(&c, 13);
	for (v = from->head; v != NULL; v = v->next)
		if (!v->lost) {
			add_end(&c, v);
			n++;
		}
	if (columns_end(&c) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "visits: out of memory");
	} else if (n > 0 && (written = pg_do(pg, "end", end_sql, 13, c.values, err)) != n) {
		rc = written == -1 ? -1 : 0;
		if (rc == 0)
			log_event(LEVEL_WARN, "endings_lost", F_INT("visits", n - written));
	}
	columns_fini(&c);
	while (rc == 0 && (v = visit_pop(from)) != NULL)
		visit_push(done, v);
	return rc;
}
