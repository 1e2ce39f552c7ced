/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include "clock_private.h"

#include <stdlib.h>
#include <string.h>

struct clocks *
clocks_new(const struct clock_options *options)
{
	struct clocks *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->options = *options;
	return c;
}

static void
clock_free(struct clock *k)
{
	free(k->name);
	free(k);
}

static void
set_free(struct clock_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		clock_free(set->items[i]);
	free(set->items);
}

void
clocks_free(struct clocks *c)
{
	if (c == NULL)
		return;
	set_free(&c->hosts);
	set_free(&c->addresses);
	free(c);
}

/* Where the name stands, or would. */
static size_t
position(const struct clock_set *set, const char *name, bool *found)
{
	size_t low = 0, high = set->count;

	*found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, set->items[mid]->name);

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

struct clock *
clock_find(const struct clock_set *set, const char *name)
{
	bool found;
	size_t at = position(set, name, &found);

	return found ? set->items[at] : NULL;
}

static struct clock *
insert(struct clock_set *set, const char *name)
{
	bool found;
	size_t at = position(set, name, &found);
	struct clock *k;

	if (found)
		return set->items[at];
	if (set->count == set->room) {
		size_t room = set->room == 0 ? 64 : 2 * set->room;
		struct clock **grown = realloc(set->items, room * sizeof(struct clock *));

		if (grown == NULL)
			return NULL;
		set->items = grown;
		set->room = room;
	}
	if ((k = calloc(1, sizeof(*k))) == NULL || (k->name = strdup(name)) == NULL) {
		free(k);
		return NULL;
	}
	memmove(
	    set->items + at + 1, set->items + at, (set->count - at) * sizeof(struct clock *));
	set->items[at] = k;
	set->count++;
	return k;
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

static bool
has_visits(const struct clock *k)
{
	return k->waiting > 0 || k->lists.head != NULL || k->pages.head != NULL;
}

/* The longest delay that was asked for since it was idle. */
static void
set_delay(struct clock *k, int64_t delay_ms)
{
	if (delay_ms > k->delay_ms || (k->slot == SLOT_NONE && !has_visits(k)))
		k->delay_ms = delay_ms;
}

int
clocks_add(struct clocks *c, struct visit *v, int64_t delay_ms)
{
	struct clock *host = insert(&c->hosts, v->host);
	struct clock *address = host == NULL ? NULL : insert(&c->addresses, v->address);

	if (address == NULL)
		return -1;
	set_delay(host, delay_ms);
	set_delay(address, delay_ms);
	address->waiting++;
	v->place = address;
	push_by_rank(v->is_list ? &host->lists : &host->pages, v);
	return 0;
}

/* Lists and pages by turns: neither a long list nor many pages may stop the other. */
static bool
is_lists_turn(const struct clock *k)
{
	return k->pages.head == NULL || (k->lists.head != NULL && !k->list_was_last);
}

struct visit *
clock_peek(const struct clock *host)
{
	return is_lists_turn(host) ? host->lists.head : host->pages.head;
}

struct visit *
clock_go(struct clock *host)
{
	bool list = is_lists_turn(host);
	struct visit *v = visit_pop(list ? &host->lists : &host->pages);

	host->list_was_last = list;
	host->place = v->place;
	host->slot = v->place->slot = SLOT_HELD;
	v->place->waiting--;
	v->slot_no = host->slot_no;
	v->address_slot_no = v->place->slot_no;
	v->slot_until_ms = host->until_ms;
	return v;
}

void
clock_empty(struct clock *host, struct visit_queue *out)
{
	struct visit *v;

	while ((v = visit_pop(&host->lists)) != NULL || (v = visit_pop(&host->pages)) != NULL) {
		v->place->waiting--;
		visit_push(out, v);
	}
}

/* What was asked at once after it ended, by our clock, may be too early by the server's: it ends later there. */
static int64_t
margin(int64_t delay_ms)
{
	return delay_ms / 16;
}

/* The clock whose slot is held for a request that has ended: not if the slot is a later one. */
static struct clock *
ended(const struct clock_set *set, const char *name, int64_t slot_no, int64_t now_ms)
{
	struct clock *k = clock_find(set, name);

	if (k == NULL || k->slot != SLOT_HELD || k->slot_no != slot_no)
		return NULL;
	k->ready_ms = now_ms + k->delay_ms;
	return k;
}

static void
owe(struct clocks *c, struct clock *k)
{
	k->slot = SLOT_OWED;
	c->owed++;
}

/* Whether the next visit may have the slots that the last one had: a pair of statements less for each
 * request.  Never for so long that another crawler, or another host at the address, would starve. */
static bool
may_keep(const struct clocks *c, const struct clock *host, int64_t now_ms)
{
	const struct visit *next = clock_peek(host);
	int64_t start = host->ready_ms > host->place->ready_ms ? host->ready_ms : host->place->ready_ms;

	if (start < now_ms)
		start = now_ms;
	return next != NULL && next->place == host->place && next->address_until_ms >= start &&
	       next->watch->portal->manners.budget == 0 && /* each request of those is counted first */
	       host->place->waiting == host->lists.count + host->pages.count &&
	       start < host->until_ms - c->options.lease_ms / 2;
}

/* When a kept host may be asked is waited for by clocks_next(). */
static void
wait_for(struct clocks *c, const struct clock *host)
{
	int64_t at = host->ready_ms > host->place->ready_ms ? host->ready_ms : host->place->ready_ms;

	if (at < c->kept_ready_ms)
		c->kept_ready_ms = at;
}

static void
keep(struct clocks *c, struct clock *host)
{
	host->slot = host->place->slot = SLOT_KEPT;
	host->ready_ms += margin(host->delay_ms);
	host->place->ready_ms += margin(host->place->delay_ms);
	if (c->kept++ == 0)
		c->kept_ready_ms = INT64_MAX;
	wait_for(c, host);
}

void
clocks_done(
    struct clocks *c, struct visit *v, int64_t now_ms, enum clock_news news, int64_t asked_ms)
{
	struct clock *host = ended(&c->hosts, v->host, v->slot_no, now_ms);
	struct clock *address = ended(&c->addresses, v->address, v->address_slot_no, now_ms);

	if (host != NULL && news != CLOCK_NONE) {
		host->was_fine = host->news == CLOCK_FINE;
		host->news = news;
		host->asked_ms = asked_ms;
	}
	if (host != NULL && address != NULL && host->place == address && news == CLOCK_FINE &&
	    may_keep(c, host, now_ms)) {
		keep(c, host);
		return;
	}
	if (host != NULL)
		owe(c, host);
	if (address != NULL)
		owe(c, address);
}

static void
keep_no_more(struct clocks *c, struct clock *host)
{
	c->kept--;
	owe(c, host);
	owe(c, host->place);
}

void
clocks_next(struct clocks *c, size_t room, int64_t now_ms, struct visit_queue *ready)
{
	if (c->kept == 0 || now_ms < c->kept_ready_ms)
		return;
	c->kept_ready_ms = INT64_MAX;
	for (size_t i = 0; i < c->hosts.count; i++) {
		struct clock *host = c->hosts.items[i];

		if (host->slot != SLOT_KEPT)
			continue;
		if (!may_keep(c, host, now_ms)) {
			keep_no_more(c, host);
		} else if (room == 0 || host->ready_ms > now_ms || host->place->ready_ms > now_ms) {
			wait_for(c, host);
		} else {
			c->kept--;
			visit_push(ready, clock_go(host));
			room--;
		}
	}
}

int64_t
clocks_kept_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most)
{
	if (c->kept == 0 || c->kept_ready_ms - now_ms >= most)
		return most;
	return c->kept_ready_ms > now_ms ? c->kept_ready_ms - now_ms : 0;
}

bool
clocks_owes(const struct clocks *c)
{
	return c->owed > 0;
}

bool
clock_may_ask(const struct clock *host, int64_t now_ms)
{
	const struct visit *v = clock_peek(host);

	return v != NULL && host->slot == SLOT_NONE && host->ready_ms <= now_ms &&
	       v->place->slot == SLOT_NONE && v->place->ready_ms <= now_ms;
}

int64_t
clocks_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most)
{
	for (size_t i = 0; i < c->hosts.count && most > 0; i++) {
		const struct clock *host = c->hosts.items[i];
		const struct visit *v = clock_peek(host);
		int64_t at = host->ready_ms;

		if (v == NULL || host->slot != SLOT_NONE || at - now_ms >= most)
			continue;
		if (v->place->slot != SLOT_NONE)
			continue; /* its end will wake us */
		if (v->place->ready_ms > at)
			at = v->place->ready_ms;
		if (at - now_ms < most)
			most = at - now_ms;
	}
	return most < 0 ? 0 : most;
}

static void
take_from(struct visit_queue *from, bool inactive_only, struct visit_queue *out)
{
	struct visit_queue keep = {0};
	struct visit *v;

	while ((v = visit_pop(from)) != NULL) {
		if (inactive_only && v->watch->active && !v->lost) {
			visit_push(&keep, v);
			continue;
		}
		v->place->waiting--;
		visit_push(out, v);
	}
	*from = keep;
}

void
clocks_take_all(struct clocks *c, bool inactive_only, struct visit_queue *out)
{
	for (size_t i = 0; i < c->hosts.count; i++) {
		take_from(&c->hosts.items[i]->lists, inactive_only, out);
		take_from(&c->hosts.items[i]->pages, inactive_only, out);
		if (c->hosts.items[i]->slot == SLOT_KEPT && !has_visits(c->hosts.items[i]))
			keep_no_more(c, c->hosts.items[i]);
	}
}

/* What nobody waits for is forgotten; the table remembers it. */
static void
sweep(struct clock_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++)
		if (set->items[i]->slot == SLOT_NONE && !has_visits(set->items[i]))
			clock_free(set->items[i]);
		else
			set->items[kept++] = set->items[i];
	set->count = kept;
}

void
clocks_sweep(struct clocks *c)
{
	sweep(&c->hosts);
	sweep(&c->addresses);
	c->turn = c->hosts.count == 0 ? 0 : c->turn % c->hosts.count;
}
