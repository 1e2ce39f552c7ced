/* SPDX-License-Identifier: MIT */
/* The clocks as rows of crawl.clock: taken, kept and given back, always in order of name. */
#include "clock_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

/* A host that is shut for longer than this has its visits sent away: they would hold leases. */
#define SHUT_MS 30000

/* Takes host and address of a row, both or none.  What `had` locked is what is true now, however
 * old the statement's snapshot: rows are locked in order, and looked at once they are ours. */
static const char take_sql[] =
    "WITH want AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])"
    "  AS t(host, address, hold)),"
    " had AS MATERIALIZED (SELECT c.host, c.next_at, c.retry_at FROM crawl.clock c"
    "  WHERE c.host IN (SELECT host FROM want UNION SELECT address FROM want)"
    "  ORDER BY c.host FOR UPDATE),"
    " seen AS MATERIALIZED (SELECT w.*,"
    "  ceil(extract(epoch FROM h.next_at - clock_timestamp()) * 1000)::bigint AS host_wait,"
    "  ceil(extract(epoch FROM h.retry_at - clock_timestamp()) * 1000)::bigint AS shut,"
    "  ceil(extract(epoch FROM a.next_at - clock_timestamp()) * 1000)::bigint AS address_wait"
    "  FROM want w LEFT JOIN had h ON h.host = w.host LEFT JOIN had a ON a.host = w.address),"
    " free AS MATERIALIZED (SELECT * FROM seen WHERE host_wait <= 0 AND address_wait <= 0"
    "  AND coalesce(shut <= 0, true)),"
    " got AS (UPDATE crawl.clock c SET slot_no = c.slot_no + 1,"
    "  next_at = clock_timestamp() + f.hold * interval '1 ms'"
    "  FROM (SELECT host AS name, hold FROM free UNION SELECT address, hold FROM free) f"
    "  WHERE c.host = f.name RETURNING c.host, c.slot_no)"
    " SELECT s.host, h.slot_no, a.slot_no, s.host_wait, s.address_wait, s.shut, s.address"
    " FROM seen s LEFT JOIN got h ON h.host = s.host LEFT JOIN got a ON a.host = s.address";

static const char make_sql[] =
    "INSERT INTO crawl.clock (host, next_at, slot_no)"
    " SELECT name, clock_timestamp(), 0 FROM unnest($1::text[]) AS t(name) ORDER BY name"
    " ON CONFLICT DO NOTHING";

static bool
number_at(const PGresult *res, int row, int col, int64_t *out)
{
	const char *text = PQgetvalue(res, row, col);
	uint64_t n = 0;

	if (PQgetisnull(res, row, col))
		return false;
	*out = text[0] == '-' || span_u64(span_of(text), INT64_MAX, &n) == -1 ? 0 : (int64_t)n;
	return true;
}

/* Until it may be tried again.  Far ahead: somebody's request is under way, and will end long
 * before, so at most a delay; 0: it became free just now, the next try will tell. */
static int64_t
next_try(int64_t wait_ms, int64_t delay_ms)
{
	if (wait_ms > delay_ms)
		wait_ms = delay_ms;
	return wait_ms > 2 ? wait_ms : 2;
}

struct taking {
	struct clocks *c;
	const PGresult *res;
	int64_t began_ms;
	const struct clock_queues *to;
	struct columns *missing; /* names without a row yet */
	size_t missing_count;
};

static void
not_taken(struct taking *t, int row, struct clock *host, struct clock *address)
{
	int64_t host_wait, address_wait, shut = 0;
	struct visit_queue sent = {0};
	struct visit *v;

	if (!number_at(t->res, row, 3, &host_wait)) {
		columns_text(t->missing, 0, host->name);
		t->missing_count++;
	} else if (host_wait > 0) {
		host->ready_ms = t->began_ms + next_try(host_wait, host->delay_ms);
	}
	if (!number_at(t->res, row, 4, &address_wait)) {
		columns_text(t->missing, 0, address->name);
		t->missing_count++;
	} else if (address_wait > 0) {
		address->ready_ms = t->began_ms + next_try(address_wait, address->delay_ms);
	}
	if (!number_at(t->res, row, 5, &shut) || shut <= 0)
		return;
	if (shut <= SHUT_MS) {
		if (t->began_ms + shut > host->ready_ms)
			host->ready_ms = t->began_ms + shut;
		return;
	}
	/* who comes next asks the table again, and is sent away as well */
	clock_empty(host, &sent);
	while ((v = visit_pop(&sent)) != NULL) {
		v->ending.wait_ms = shut;
		visit_push(t->to->shut, v);
	}
}

/* One row: we have both slots, or know how long it takes. */
static void
take_answer(struct taking *t, int row)
{
	struct clock *host = clock_find(&t->c->hosts, PQgetvalue(t->res, row, 0));
	struct clock *address = clock_find(&t->c->addresses, PQgetvalue(t->res, row, 6));
	bool own = host != NULL && address != NULL && strcmp(host->name, address->name) == 0;

	if (host == NULL || address == NULL)
		return;
	if (!number_at(t->res, row, 1, &host->slot_no) ||
	    !number_at(t->res, row, 2, &address->slot_no)) {
		host->slot = address->slot = SLOT_NONE;
		not_taken(t, row, host, address);
		return;
	}
	if (own)
		address->slot_no = 0; /* the row is the host's to give back */
	host->news = CLOCK_NONE;
	host->was_fine = false;
	host->until_ms = t->began_ms + t->c->options.lease_ms;
	visit_push(t->to->ready, clock_go(host));
}

/* Up to `room` hosts that may be ready, by turns, each with an address that no other one takes. */
static size_t
choose(struct clocks *c, struct columns *out, size_t room, int64_t now_ms,
    struct visit_queue *again)
{
	size_t chosen = 0, from = c->turn, count = c->hosts.count;

	for (size_t i = 0; i < count && chosen < room; i++) {
		size_t at = (from + i) % count;
		struct clock *host = c->hosts.items[at], *address;
		int64_t delay;

		if (!clock_may_ask(host, now_ms))
			continue;
		if (clock_peek(host)->address_until_ms < now_ms) {
			clock_empty(host, again);
			continue;
		}
		address = clock_peek(host)->place;
		delay = host->delay_ms > address->delay_ms ? host->delay_ms : address->delay_ms;
		host->slot = address->slot = SLOT_TAKING;
		columns_text(out, 0, host->name);
		columns_text(out, 1, address->name);
		columns_int(out, 2, c->options.lease_ms + delay);
		c->turn = at + 1;
		chosen++;
	}
	return chosen;
}

static void
forget_taking(struct clock_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i]->slot == SLOT_TAKING)
			set->items[i]->slot = SLOT_NONE;
}

static int
make_missing(const struct taking *t, struct pg *pg, struct err *err)
{
	const char *const *values;

	if (t->missing_count == 0)
		return 0;
	if ((values = columns_end(t->missing)) == NULL)
		return err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	return pg_do(pg, "clock_make", make_sql, 1, values, err) == -1 ? -1 : 0;
}

int
clocks_take(struct clocks *c, struct pg *pg, size_t room, int64_t now_ms,
    const struct clock_queues *to, struct err *err)
{
	const char *const *values;
	struct columns cols, missing;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&cols, 3);
	columns_init(&missing, 1);
	if (choose(c, &cols, room, now_ms, to->again) == 0)
		goto out;
	if ((values = columns_end(&cols)) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	else if ((res = pg_query(pg, "clock_take", take_sql, 3, values, err)) == NULL)
		rc = -1;
	if (res != NULL) {
		struct taking t = {.c = c, .res = res, .began_ms = now_ms, .to = to,
		    .missing = &missing};

		for (int i = 0; i < PQntuples(res); i++)
			take_answer(&t, i);
		rc = make_missing(&t, pg, err);
	}
	PQclear(res);
	forget_taking(&c->hosts);
	forget_taking(&c->addresses);
out:
	columns_fini(&cols);
	columns_fini(&missing);
	return rc;
}

/* Moves next_at of the slots that are still ours.  What is given back waits up to a tenth longer,
 * so that crawlers and hosts do not fall into step; how: enum clock_news. */
static const char keep_sql[] =
    "WITH mine AS (SELECT c.host, t.ms FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
    "  AS t(host, slot_no, ms) JOIN crawl.clock c USING (host) WHERE c.slot_no = t.slot_no"
    "  ORDER BY c.host FOR UPDATE OF c)"
    " UPDATE crawl.clock c SET next_at = clock_timestamp() + mine.ms * interval '1 ms'"
    " FROM mine WHERE c.host = mine.host";

#define SLOWER_ANEW 3 /* plain answers came before */

/* Back-off: what the server asked for; without that, or where it asks again and again, twice as long
 * each time.  Never beyond $7. */
static const char give_sql[] =
    "WITH held AS MATERIALIZED (SELECT c.host, CASE t.news WHEN 3 THEN 0 ELSE c.slowed END AS slowed,"
    "  t.ms, t.news, t.asked"
    "  FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[], $5::bigint[])"
    "  AS t(host, slot_no, ms, news, asked) JOIN crawl.clock c USING (host)"
    "  WHERE c.slot_no = t.slot_no ORDER BY c.host FOR UPDATE OF c),"
    " mine AS (SELECT *, least($6::bigint * 2 ^ least(slowed, 30), $7::bigint) AS own FROM held)"
    " UPDATE crawl.clock c SET"
    " next_at = clock_timestamp() + mine.ms * (1 + 0.1 * random()) * interval '1 ms',"
    " slowed = CASE mine.news WHEN 0 THEN c.slowed WHEN 1 THEN 0 ELSE mine.slowed + 1 END,"
    " retry_at = CASE mine.news WHEN 0 THEN c.retry_at WHEN 1 THEN NULL ELSE clock_timestamp() +"
    "  CASE WHEN mine.asked = 0 THEN mine.own WHEN mine.slowed = 0 THEN least(mine.asked, $7::bigint)"
    "  ELSE least(greatest(mine.asked, mine.own), $7::bigint) END"
    "  * (1 + 0.1 * random()) * interval '1 ms' END"
    " FROM mine WHERE c.host = mine.host"
    " RETURNING c.host, c.slowed, ceil(extract(epoch FROM c.retry_at - clock_timestamp()) * 1000)::bigint";

static size_t
list_slots(const struct clock_set *set, bool owed, int64_t more_ms, struct columns *out)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct clock *k = set->items[i];

		if (!(owed ? k->slot == SLOT_OWED : k->slot == SLOT_HELD || k->slot == SLOT_KEPT) ||
		    k->slot_no == 0)
			continue;
		columns_text(out, 0, k->name);
		columns_int(out, 1, k->slot_no);
		columns_int(out, 2, more_ms + k->delay_ms);
		if (owed) {
			columns_int(out, 3, k->news == CLOCK_SLOWER && k->was_fine ? SLOWER_ANEW : k->news);
			columns_int(out, 4, k->asked_ms);
		}
		n++;
	}
	return n;
}

int
clocks_keep(struct clocks *c, struct pg *pg, struct err *err)
{
	const char *const *values;
	struct columns cols;
	size_t n;
	int rc = 0;

	columns_init(&cols, 3);
	n = list_slots(&c->hosts, false, c->options.lease_ms, &cols);
	n += list_slots(&c->addresses, false, c->options.lease_ms, &cols);
	if (n > 0 && (values = columns_end(&cols)) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	else if (n > 0 && pg_do(pg, "clock_keep", keep_sql, 3, values, err) == -1)
		rc = -1;
	columns_fini(&cols);
	return rc;
}

/* Hosts that asked for a back-off are told of, and wait for it here as well. */
static void
given(struct clocks *c, const PGresult *res, int64_t now_ms)
{
	for (int i = 0; i < PQntuples(res); i++) {
		struct clock *host = clock_find(&c->hosts, PQgetvalue(res, i, 0));
		int64_t wait;

		if (host == NULL || host->news != CLOCK_SLOWER || !number_at(res, i, 2, &wait))
			continue;
		if (now_ms + wait > host->ready_ms && wait <= SHUT_MS)
			host->ready_ms = now_ms + wait;
		metric_add(M_BACKOFFS, NULL, 1);
		log_event(LEVEL_WARN, "host_slowed", F_STR("host", host->name),
		    F_STR("times", PQgetvalue(res, i, 1)), F_INT("wait_ms", wait));
	}
}

static void
forget_owed(struct clock_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i]->slot == SLOT_OWED) {
			set->items[i]->slot = SLOT_NONE;
			set->items[i]->news = CLOCK_NONE;
		}
}

int
clocks_give_back(struct clocks *c, struct pg *pg, int64_t now_ms, struct err *err)
{
	const char *values[7];
	char first[24], most[24];
	struct columns cols;
	PGresult *res = NULL;
	size_t n;
	int rc = 0;

	if (c->owed == 0)
		return 0;
	columns_init(&cols, 5);
	n = list_slots(&c->hosts, true, 0, &cols);
	n += list_slots(&c->addresses, true, 0, &cols);
	if (columns_end(&cols) == NULL) {
		rc = err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	} else if (n > 0) {
		memcpy(values, cols.values, 5 * sizeof(values[0]));
		(void)snprintf(first, sizeof(first), "%" PRId64, c->options.backoff_first_ms);
		(void)snprintf(most, sizeof(most), "%" PRId64, c->options.backoff_most_ms);
		values[5] = first;
		values[6] = most;
		if ((res = pg_query(pg, "clock_give", give_sql, 7, values, err)) == NULL)
			rc = -1;
		else
			given(c, res, now_ms);
	}
	PQclear(res);
	columns_fini(&cols);
	if (rc == -1)
		return -1;
	forget_owed(&c->hosts);
	forget_owed(&c->addresses);
	c->owed = 0;
	clocks_sweep(c);
	return 0;
}
