/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include "column.h"

#include <stdlib.h>
#include <string.h>

enum slot { SLOT_NONE, SLOT_HELD, SLOT_OWED };

struct host {
	char *name;
	struct visit_queue lists, pages;
	bool list_was_last;
	enum slot slot;
	int64_t slot_no, delay_ms, ready_ms;
};

struct clocks {
	struct host **hosts; /* by name */
	size_t count, room, turn;
	size_t owed;
	int64_t lease_ms;
};

struct clocks *
clocks_new(int64_t lease_ms)
{
	struct clocks *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->lease_ms = lease_ms;
	return c;
}

static void
host_free(struct host *h)
{
	free(h->name);
	free(h);
}

void
clocks_free(struct clocks *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		host_free(c->hosts[i]);
	free(c->hosts);
	free(c);
}

/* Where the name stands, or would. */
static size_t
position(const struct clocks *c, const char *name, bool *found)
{
	size_t low = 0, high = c->count;

	*found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, c->hosts[mid]->name);

		if (order == 0) {
			*found = true;
			return mid;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static struct host *
find(const struct clocks *c, const char *name)
{
	bool found;
	size_t at = position(c, name, &found);

	return found ? c->hosts[at] : NULL;
}

static struct host *
insert(struct clocks *c, const char *name)
{
	bool found;
	size_t at = position(c, name, &found);
	struct host *h;

	if (found)
		return c->hosts[at];
	if (c->count == c->room) {
		size_t room = c->room == 0 ? 64 : 2 * c->room;
		struct host **grown = realloc(c->hosts, room * sizeof(struct host *));

		if (grown == NULL)
			return NULL;
		c->hosts = grown;
		c->room = room;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL || (h->name = strdup(name)) == NULL) {
		free(h);
		return NULL;
	}
	memmove(c->hosts + at + 1, c->hosts + at, (c->count - at) * sizeof(struct host *));
	c->hosts[at] = h;
	c->count++;
	return h;
}

/* News before what was there before, before revisits; the order of arrival within a rank. */
static void
push_by_rank(struct visit_queue *q, struct visit *v)
{
	struct visit *after = NULL;

	for (struct visit *at = q->head; at != NULL && at->rank <= v->rank; at = at->next)
		after = at;
	if (after == NULL) {
		visit_push_front(q, v);
		return;
	}
	v->next = after->next;
	after->next = v;
	if (q->tail == after)
		q->tail = v;
	q->count++;
}

int
clocks_add(struct clocks *c, struct visit *v, int64_t delay_ms)
{
	struct host *h = insert(c, v->host);

	if (h == NULL)
		return -1;
	h->delay_ms = delay_ms;
	push_by_rank(v->is_list ? &h->lists : &h->pages, v);
	return 0;
}

void
clocks_done(struct clocks *c, struct visit *v, int64_t now_ms)
{
	struct host *h = find(c, v->host);

	if (h == NULL || h->slot != SLOT_HELD || h->slot_no != v->slot_no)
		return;
	h->slot = SLOT_OWED;
	h->ready_ms = now_ms + h->delay_ms;
	c->owed++;
}

bool
clocks_owes(const struct clocks *c)
{
	return c->owed > 0;
}

static bool
has_visits(const struct host *h)
{
	return h->lists.head != NULL || h->pages.head != NULL;
}

/* Lists and pages by turns: neither a long list nor many pages may stop the other. */
static struct visit *
pop(struct host *h)
{
	bool list = h->pages.head == NULL || (h->lists.head != NULL && !h->list_was_last);

	h->list_was_last = list;
	return visit_pop(list ? &h->lists : &h->pages);
}

static const char take_sql[] =
    "WITH want AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS t(host, hold)),"
    " had AS (SELECT c.host, extract(epoch FROM c.next_at - clock_timestamp()) * 1000 AS wait"
    "  FROM want JOIN crawl.clock c USING (host)),"
    " got AS (INSERT INTO crawl.clock AS c (host, next_at, slot_no)"
    "  SELECT host, clock_timestamp() + hold * interval '1 ms', 1 FROM want ORDER BY host"
    "  ON CONFLICT (host) DO UPDATE SET next_at = clock_timestamp() + (excluded.next_at -"
    "   statement_timestamp()), slot_no = c.slot_no + 1 WHERE c.next_at <= clock_timestamp()"
    "  RETURNING c.host, c.slot_no)"
    " SELECT want.host, got.slot_no, ceil(had.wait)::bigint"
    " FROM want LEFT JOIN got USING (host) LEFT JOIN had USING (host)";

/* One row: we have the slot, or know how long it takes. */
static void
take_answer(
    struct clocks *c, const PGresult *res, int row, int64_t began_ms, struct visit_queue *ready)
{
	struct host *h = find(c, PQgetvalue(res, row, 0));
	uint64_t number = 0;
	struct visit *v;

	if (h == NULL)
		return;
	if (PQgetisnull(res, row, 1)) {
		/* Below 0: it became free just now; the next try will tell.  Far ahead: somebody's
		 * request is under way, and will end long before. */
		(void)span_u64(span_of(PQgetvalue(res, row, 2)), UINT64_C(24) * 3600 * 1000, &number);
		if ((int64_t)number > h->delay_ms)
			number = (uint64_t)h->delay_ms;
		h->ready_ms = began_ms + (number > 2 ? (int64_t)number : 2);
		return;
	}
	(void)span_u64(span_of(PQgetvalue(res, row, 1)), INT64_MAX, &number);
	h->slot = SLOT_HELD;
	h->slot_no = (int64_t)number;
	if ((v = pop(h)) == NULL) {
		h->slot = SLOT_OWED;
		c->owed++;
		return;
	}
	v->slot_no = h->slot_no;
	visit_push(ready, v);
}

/* Up to `room` hosts that may be ready, by turns. */
static size_t
choose(struct clocks *c, struct columns *out, size_t room, int64_t now_ms)
{
	size_t chosen = 0, from = c->turn;

	for (size_t i = 0; i < c->count && chosen < room; i++) {
		size_t at = (from + i) % c->count;
		struct host *h = c->hosts[at];

		if (h->slot != SLOT_NONE || h->ready_ms > now_ms || !has_visits(h))
			continue;
		columns_text(out, 0, h->name);
		columns_int(out, 1, c->lease_ms + h->delay_ms);
		c->turn = at + 1;
		chosen++;
	}
	return chosen;
}

int
clocks_take(struct clocks *c, struct pg *pg, size_t room, int64_t now_ms, struct visit_queue *ready,
    struct err *err)
{
	const char *const *values;
	struct columns cols;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&cols, 2);
	if (choose(c, &cols, room, now_ms) == 0)
		goto out;
	if ((values = columns_end(&cols)) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	else if ((res = pg_query(pg, "clock_take", take_sql, 2, values, err)) == NULL)
		rc = -1;
	for (int i = 0; res != NULL && i < PQntuples(res); i++)
		take_answer(c, res, i, now_ms, ready);
	PQclear(res);
out:
	columns_fini(&cols);
	return rc;
}

/* Moves next_at of the slots that are still ours; locked in order of host, as takers do. */
static const char move_sql[] =
    "WITH mine AS (SELECT c.host, t.ms FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
    "  AS t(host, slot_no, ms) JOIN crawl.clock c USING (host) WHERE c.slot_no = t.slot_no"
    "  ORDER BY c.host FOR UPDATE OF c)"
    " UPDATE crawl.clock c SET next_at = clock_timestamp() + mine.ms * interval '1 ms'"
    " FROM mine WHERE c.host = mine.host";

static int
move(struct clocks *c, struct pg *pg, enum slot which, int64_t lease_ms, struct err *err)
{
	const char *const *values;
	struct columns cols;
	size_t n = 0;
	int rc = 0;

	columns_init(&cols, 3);
	for (size_t i = 0; i < c->count; i++) {
		struct host *h = c->hosts[i];

		if (h->slot != which)
			continue;
		columns_text(&cols, 0, h->name);
		columns_int(&cols, 1, h->slot_no);
		columns_int(&cols, 2, lease_ms + h->delay_ms);
		n++;
	}
	if (n > 0 && (values = columns_end(&cols)) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "clocks: out of memory");
	else if (n > 0 && pg_do(pg, "clock_move", move_sql, 3, values, err) == -1)
		rc = -1;
	columns_fini(&cols);
	return rc;
}

int
clocks_keep(struct clocks *c, struct pg *pg, struct err *err)
{
	return move(c, pg, SLOT_HELD, c->lease_ms, err);
}

/* Hosts that nobody waits for are forgotten; the table remembers them. */
static void
sweep(struct clocks *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->hosts[i]->slot == SLOT_NONE && !has_visits(c->hosts[i]))
			host_free(c->hosts[i]);
		else
			c->hosts[kept++] = c->hosts[i];
	c->count = kept;
	c->turn = kept == 0 ? 0 : c->turn % kept;
}

int
clocks_give_back(struct clocks *c, struct pg *pg, struct err *err)
{
	if (c->owed == 0)
		return 0;
	if (move(c, pg, SLOT_OWED, 0, err) == -1)
		return -1;
	for (size_t i = 0; i < c->count; i++)
		if (c->hosts[i]->slot == SLOT_OWED)
			c->hosts[i]->slot = SLOT_NONE;
	c->owed = 0;
	sweep(c);
	return 0;
}

int64_t
clocks_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most)
{
	for (size_t i = 0; i < c->count; i++)
		if (has_visits(c->hosts[i]) && c->hosts[i]->slot == SLOT_NONE &&
		    c->hosts[i]->ready_ms - now_ms < most)
			most = c->hosts[i]->ready_ms - now_ms;
	return most < 0 ? 0 : most;
}

static void
take_from(struct visit_queue *from, bool inactive_only, struct visit_queue *out)
{
	struct visit_queue keep = {0};
	struct visit *v;

	while ((v = visit_pop(from)) != NULL)
		visit_push(inactive_only && v->watch->active && !v->lost ? &keep : out, v);
	*from = keep;
}

void
clocks_take_all(struct clocks *c, bool inactive_only, struct visit_queue *out)
{
	for (size_t i = 0; i < c->count; i++) {
		take_from(&c->hosts[i]->lists, inactive_only, out);
		take_from(&c->hosts[i]->pages, inactive_only, out);
	}
}
