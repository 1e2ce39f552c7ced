/* SPDX-License-Identifier: MIT */
/* clock_private.h - the clocks of this process: clock.c keeps them, clock_table.c knows crawl.clock. */
#ifndef CLOCK_PRIVATE_H
#define CLOCK_PRIVATE_H

#include "clock.h"

enum slot {
	SLOT_NONE,
	SLOT_TAKING,
	SLOT_HELD, /* a request is under way */
	SLOT_KEPT, /* it has ended, and the next one of the same host waits for its delay */
	SLOT_OWED
};

/* A host, or an address: that one has no visits of its own. */
struct clock {
	char *name;
	struct visit_queue lists, pages;
	size_t waiting; /* of an address: visits that wait for it */
	bool list_was_last;
	enum slot slot;
	int64_t slot_no; /* 0: no row of its own, for a host that is its own address */
	int64_t delay_ms, ready_ms;
	struct clock *place; /* of a host whose slot is held or kept: its address */
	int64_t until_ms;    /* the slot may be somebody else's from then on */
	/* of the requests that ended */
	enum clock_news news;
	bool was_fine; /* a plain answer came before `news` */
	int64_t asked_ms;
};

struct clock_set {
	struct clock **items; /* by name */
	size_t count, room;
};

struct clocks {
	struct clock_options options;
	struct clock_set hosts, addresses;
	size_t turn;
	size_t owed, kept;
	int64_t kept_ready_ms; /* when the first of the kept hosts may be asked again */
};

struct clock *clock_find(const struct clock_set *set, const char *name);
/* The visit that is next at a host; NULL: none waits. */
struct visit *clock_peek(const struct clock *host);
/* The slots of the host and of the address of its next visit are ours: that one goes. */
struct visit *clock_go(struct clock *host);
/* Everything that waits at a host. */
void clock_empty(struct clock *host, struct visit_queue *out);
/* Forgets those that nobody waits for. */
void clocks_sweep(struct clocks *c);
bool clock_may_ask(const struct clock *host, int64_t now_ms);

#endif
