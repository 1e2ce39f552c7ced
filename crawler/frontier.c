/* SPDX-License-Identifier: MIT */
#include "frontier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <sys/random.h>
#include <unistd.h>

/* How many URLs of a portal are leased at once, by rank: what it can be asked for in some seconds, and
 * no more than its share. */
#define WINDOW_MS 4000
#define WINDOW_MOST 64
static const int windows_least[RANKS] = {2, 4, 4, 4};

static int64_t
window(const struct frontier *f, const struct portals *ps, const struct watch *w, int rank)
{
	int64_t n = WINDOW_MS / (w->portal->delay_ms > 0 ? w->portal->delay_ms : 1);
	int64_t share = f->visits_max / (int64_t)(ps->count + 1);

	if (n > share)
		n = share;
	if (n > WINDOW_MOST)
		n = WINDOW_MOST;
	return n > windows_least[rank] ? n : windows_least[rank];
}

void
frontier_init(struct frontier *f, int64_t lease_ms, int64_t visits_max)
{
	char host[48] = "";
	uint32_t random = 0;

	(void)gethostname(host, sizeof(host) - 1);
	(void)!getrandom(&random, sizeof(random), 0);
	*f = (struct frontier){.lease_ms = lease_ms, .visits_max = visits_max};
	(void)snprintf(
	    f->owner, sizeof(f->owner), "%s:%ld:%08" PRIx32, host, (long)getpid(), random);
}

static bool
wants(const struct frontier *f, const struct portals *ps, const struct watch *w, int rank)
{
	return w->more[rank] && w->held[rank] <= window(f, ps, w, rank) / 2;
}

bool
frontier_wants(const struct frontier *f, const struct portals *ps)
{
	if ((int64_t)f->live_count >= f->visits_max)
		return false;
	for (size_t i = 0; i < ps->count; i++)
		for (int rank = 0; rank < RANKS; rank++)
			if (wants(f, ps, ps->items[i], rank))
				return true;
	return false;
}

/* A window to be filled. */
struct want {
	struct watch *watch;
	size_t portal; /* how many of the turn come before it */
	int rank;
	int64_t some, got;
};

#define PORTALS_AT_ONCE ((size_t)2000) /* asked in one statement: an index is looked into for each, and rank */

struct wanted {
	struct want *items;
	size_t count;
	size_t portals; /* that were gone through */
};

static void
want(struct frontier *f, const struct portals *ps, struct wanted *out, size_t portal, bool all)
{
	struct watch *w = ps->items[(f->turn + portal) % ps->count];

	for (int rank = 0; rank < RANKS; rank++) {
		int64_t some = window(f, ps, w, rank) - w->held[rank];

		if (some > 0 && (all || wants(f, ps, w, rank)))
			out->items[out->count++] = (struct want){w, portal, rank, some, 0};
	}
}

/* Portals by turns, so that none is always the last. -1: memory */
static int
choose(struct frontier *f, const struct portals *ps, bool all, struct wanted *out)
{
	size_t portals = all ? f->left : ps->count;

	*out = (struct wanted){0};
	if (portals > ps->count)
		portals = ps->count;
	if (all && portals > PORTALS_AT_ONCE)
		portals = PORTALS_AT_ONCE;
	if ((out->items = calloc(portals * RANKS + 1, sizeof(*out->items))) == NULL)
		return -1;
	for (; out->portals < portals && out->count < PORTALS_AT_ONCE * RANKS; out->portals++)
		want(f, ps, out, out->portals, all);
	return 0;
}

/* What came says who likely has more, and how far the turn has come: `cut` tells that there was no
 * room for all, and that nobody was asked behind the last one of whom something came. */
static void
settle(struct frontier *f, const struct portals *ps, bool all, const struct wanted *wanted, bool cut)
{
	size_t last = wanted->count, portals = wanted->portals;

	while (cut && last > 0 && wanted->items[last - 1].got == 0)
		last--;
	for (size_t i = 0; i < last; i++) {
		const struct want *w = &wanted->items[i];

		w->watch->more[w->rank] = w->got >= w->some || (cut && i == last - 1);
	}
	if (!all)
		return;
	if (cut && last > 0)
		portals = wanted->items[last - 1].portal;
	f->turn = ps->count == 0 ? 0 : (f->turn + portals) % ps->count;
	f->left -= portals < f->left ? portals : f->left;
}

/* The page that a file is fetched for: one that was never told of it first, then of these bytes. */
#define FOR_WHOM(WHAT) "SELECT " WHAT " FROM crawl.attached a WHERE a.url_id = u.url_id ORDER BY"\
	" a.told_at IS NOT NULL, a.told_sha256 IS NOT DISTINCT FROM u.sha256, a.told_at, a.parent_url LIMIT 1"

static const char claim_sql[] =
    "WITH want AS (SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) WITH ORDINALITY"
    "  AS t(portal_id, rank, room, n)),"
    " pick AS MATERIALIZED (SELECT want.n, d.* FROM want CROSS JOIN LATERAL ("
    "  SELECT u.url_id, u.lease_owner IS NOT NULL AS lost FROM crawl.url u"
    "  WHERE u.portal_id = want.portal_id AND u.rank = want.rank AND u.due_at <= now()"
    "  AND (u.lease_until IS NULL OR u.lease_until <= clock_timestamp())"
    "  ORDER BY u.due_at LIMIT want.room FOR UPDATE SKIP LOCKED) d LIMIT $6::bigint)"
    " UPDATE crawl.url u SET lease_owner = $4, lease_no = u.lease_no + 1,"
    "  lease_until = clock_timestamp() + $5::bigint * interval '1 ms',"
    "  unsure = u.unsure OR pick.lost"
    " FROM pick WHERE u.url_id = pick.url_id"
    " RETURNING u.url_id, u.portal_id, u.url, u.rank, u.kind = 'list', u.list_url, u.list_title,"
    "  u.list_date, u.etag, u.last_modified, u.sha256, u.baseline AND u.published_at IS NULL,"
    "  u.unsure OR u.publishing_id IS NOT NULL, u.gone_at IS NOT NULL,"
    "  u.complete_at IS NOT NULL AND u.open_since IS NULL, u.misses, u.failures, u.lease_no,"
    "  u.final_url, greatest(0, extract(epoch FROM now() - u.published_at) * 1000)::bigint,"
    "  greatest(0, extract(epoch FROM now() - u.missed_since) * 1000)::bigint, u.kind = 'attachment',"
    "  CASE WHEN u.kind = 'attachment' THEN (" FOR_WHOM("a.parent_url") ") END,"
    "  CASE WHEN u.kind = 'attachment' THEN (" FOR_WHOM("a.filename") ") END,"
    "  coalesce(CASE WHEN u.kind = 'attachment' THEN ("
    FOR_WHOM("a.told_sha256 IS DISTINCT FROM u.sha256") ") END, false), pick.n";

static char *
text_at(const PGresult *res, int row, int col, bool *failed)
{
	char *copy;

	if (PQgetisnull(res, row, col))
		return NULL;
	if ((copy = strdup(PQgetvalue(res, row, col))) == NULL)
		*failed = true;
	return copy;
}

static int
aim_at_itself(struct visit *v)
{
	struct arena arena;
	struct url url;
	int rc;

	arena_init(&arena, 1 << 20);
	rc = url_parse(&url, &arena, span_of(v->url), NULL);
	if (rc == 0)
		rc = visit_aim(v, &url);
	arena_fini(&arena);
	return rc;
}

static struct visit *
read_visit(const PGresult *res, int row, struct watch *w)
{
	struct visit *v = calloc(1, sizeof(*v));
	bool failed = false;

	if (v == NULL)
		return NULL;
	v->watch = portals_hold(w);
	v->id = pg_int_at(res, row, 0);
	v->url = text_at(res, row, 2, &failed);
	v->rank = (int)pg_int_at(res, row, 3) % RANKS;
	v->is_list = pg_bool_at(res, row, 4);
	v->list_url = text_at(res, row, 5, &failed);
	v->list_title = text_at(res, row, 6, &failed);
	v->list_date = text_at(res, row, 7, &failed);
	v->etag = text_at(res, row, 8, &failed);
	v->last_modified = text_at(res, row, 9, &failed);
	v->sha256 = text_at(res, row, 10, &failed);
	v->baseline = pg_bool_at(res, row, 11);
	v->must_publish = pg_bool_at(res, row, 12);
	v->was_gone = pg_bool_at(res, row, 13);
	v->conditional_list = pg_bool_at(res, row, 14);
	v->misses = (int)pg_int_at(res, row, 15);
	v->failures = (int)pg_int_at(res, row, 16);
	v->lease_no = pg_int_at(res, row, 17);
	v->final_url = text_at(res, row, 18, &failed);
	v->published_ago_ms = pg_int_at(res, row, 19);
	v->missed_ago_ms = pg_int_at(res, row, 20);
	v->is_attachment = pg_bool_at(res, row, 21);
	v->parent_url = text_at(res, row, 22, &failed);
	v->filename = text_at(res, row, 23, &failed);
	v->must_publish = v->must_publish || pg_bool_at(res, row, 24);
	if (failed || v->url == NULL || aim_at_itself(v) == -1) {
		visit_free(v);
		return NULL;
	}
	return v;
}

static void
live_add(struct frontier *f, struct visit *v)
{
	v->live_prev = NULL;
	v->live_next = f->live;
	if (f->live != NULL)
		f->live->live_prev = v;
	f->live = v;
	f->live_count++;
	v->watch->held[v->rank]++;
}

void
frontier_forget(struct frontier *f, struct visit *v)
{
	if (v->live_prev != NULL)
		v->live_prev->live_next = v->live_next;
	else
		f->live = v->live_next;
	if (v->live_next != NULL)
		v->live_next->live_prev = v->live_prev;
	f->live_count--;
	v->watch->held[v->rank]--;
	visit_free(v);
}

static void
take_rows(struct frontier *f, struct wanted *wanted, const PGresult *res, struct visit_queue *out)
{
	for (int i = 0; i < PQntuples(res); i++) {
		int64_t n = pg_int_at(res, i, 25);
		struct want *w = &wanted->items[n < 1 ? 0 : n - 1];
		struct visit *v = read_visit(res, i, w->watch);

		w->got++;
		if (v == NULL) { /* out of memory, or a URL that is none: its lease will expire */
			log_event(
			    LEVEL_ERROR, "claim_dropped", F_STR("url", PQgetvalue(res, i, 2)));
			continue;
		}
		live_add(f, v);
		visit_push(out, v);
	}
}

static int
claim(struct frontier *f, struct pg *pg, struct wanted *wanted, int64_t room, struct visit_queue *out,
    bool *cut, struct err *err)
{
	const char *values[6];
	char lease[24], most[24];
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, 3);
	for (size_t i = 0; i < wanted->count; i++) {
		columns_text(&c, 0, wanted->items[i].watch->portal->id);
		columns_int(&c, 1, wanted->items[i].rank);
		columns_int(&c, 2, wanted->items[i].some);
	}
	(void)snprintf(lease, sizeof(lease), "%" PRId64, f->lease_ms);
	(void)snprintf(most, sizeof(most), "%" PRId64, room);
	if (columns_end(&c) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "claim: out of memory");
	} else {
		memcpy(values, c.values, 3 * sizeof(values[0]));
		values[3] = f->owner;
		values[4] = lease;
		values[5] = most;
		if ((res = pg_query(pg, "claim", claim_sql, 6, values, err)) == NULL)
			rc = -1;
		else
			take_rows(f, wanted, res, out);
		*cut = res != NULL && PQntuples(res) >= room;
	}
	PQclear(res);
	columns_fini(&c);
	return rc;
}

int
frontier_claim(struct frontier *f, struct portals *ps, struct pg *pg, bool all,
    struct visit_queue *out, struct err *err)
{
	int64_t room = f->visits_max - (int64_t)f->live_count;
	struct wanted wanted;
	bool cut = false;
	int rc = 0;

	if (room <= 0)
		return 0;
	if (all && f->left == 0)
		f->left = ps->count;
	if (choose(f, ps, all, &wanted) == -1)
		return err_set(err, ERR_RETRY, "memory", "claim: out of memory");
	if (wanted.count > 0)
		rc = claim(f, pg, &wanted, room, out, &cut, err);
	if (rc == 0)
		settle(f, ps, all, &wanted, cut);
	free(wanted.items);
	return rc;
}

static const char renew_sql[] =
    "UPDATE crawl.url u SET lease_until = clock_timestamp() + $3::bigint * interval '1 ms'"
    " FROM (SELECT u.url_id FROM unnest($1::bigint[], $2::bigint[]) AS t(url_id, lease_no)"
    "  JOIN crawl.url u USING (url_id) WHERE u.lease_no = t.lease_no"
    "  ORDER BY u.url_id FOR UPDATE OF u) mine"
    " WHERE u.url_id = mine.url_id RETURNING u.url_id";

static int
by_number(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Those that the database did not name are not ours any more. */
static int
mark_lost(struct frontier *f, const PGresult *res, struct err *err)
{
	size_t n = (size_t)PQntuples(res);
	int64_t *ours = calloc(n + 1, sizeof(*ours));

	if (ours == NULL)
		return err_set(err, ERR_RETRY, "memory", "leases: out of memory");
	for (size_t i = 0; i < n; i++)
		ours[i] = pg_int_at(res, (int)i, 0);
	qsort(ours, n, sizeof(*ours), by_number);
	for (struct visit *v = f->live; v != NULL; v = v->live_next)
		if (!v->lost && bsearch(&v->id, ours, n, sizeof(*ours), by_number) == NULL) {
			v->lost = true;
			log_event(LEVEL_WARN, "lease_lost", F_STR("portal", v->watch->portal->id),
			    F_STR("url", v->url));
		}
	free(ours);
	return 0;
}

int
frontier_renew(struct frontier *f, struct pg *pg, struct err *err)
{
	const char *values[3];
	struct columns c;
	struct buf lease;
	PGresult *res = NULL;
	int rc = 0;

	if (f->live == NULL)
		return 0;
	buf_init(&lease, 32);
	columns_init(&c, 2);
	for (const struct visit *v = f->live; v != NULL; v = v->live_next) {
		columns_int(&c, 0, v->id);
		columns_int(&c, 1, v->lease_no);
	}
	if (buf_add_fmt(&lease, "%" PRId64, f->lease_ms) == -1 || columns_end(&c) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "leases: out of memory");
	} else {
		values[0] = c.values[0];
		values[1] = c.values[1];
		values[2] = lease.p;
		res = pg_query(pg, "renew", renew_sql, 3, values, err);
		rc = res == NULL ? -1 : mark_lost(f, res, err);
	}
	PQclear(res);
	columns_fini(&c);
	buf_fini(&lease);
	return rc;
}
