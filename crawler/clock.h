/* SPDX-License-Identifier: MIT */
/*
 * clock.h - politeness: when may which host, and which address, be asked.
 *
 * Visits wait here in a queue per host.  Before a request the slots of its host and of its address
 * are taken in crawl.clock, both or none, and given back at its end; while they are held no
 * crawler may ask that host or that address, and for `delay` after the end of the request neither.
 * A crawler that dies holds both for a lease and a delay.  Apart from the delay there is a
 * back-off: an answer that asks for one (429, 503) shuts the host for all crawlers, longer each
 * time, until a plain answer comes.  A host's slots are kept for its next visits for up to half a
 * lease, where nobody else of this crawler waits for the address.  Slots are taken, kept and given back in batches, rows in order
 * of name; all times in the table are the database's.
 */
#ifndef CRAWLER_CLOCK_H
#define CRAWLER_CLOCK_H

#include "visit.h"

struct clocks;

struct clock_options {
	int64_t lease_ms;                        /* how long a slot is held without clocks_keep() */
	int64_t backoff_first_ms, backoff_most_ms; /* where the server names no time */
};

struct clocks *clocks_new(const struct clock_options *options);
void clocks_free(struct clocks *c); /* after clocks_take_all() */

/* v waits for v->host and v->address; delay_ms between two requests. Takes v, or -1: out of memory. */
int clocks_add(struct clocks *c, struct visit *v, int64_t delay_ms);

enum clock_news {
	CLOCK_NONE,  /* nothing was asked, or nobody answered */
	CLOCK_FINE,  /* answered: the back-off is over */
	CLOCK_SLOWER /* the answer asks for a back-off */
};
/* The request of v has ended: its slots are to be given back. asked_ms: the pause that the server
 * named, 0: none. */
void clocks_done(
    struct clocks *c, struct visit *v, int64_t now_ms, enum clock_news news, int64_t asked_ms);

struct clock_queues {
	struct visit_queue *ready; /* have their slots: to be asked at once */
	struct visit_queue *shut;  /* their host is shut for long: ending.wait_ms */
	struct visit_queue *again; /* their address has grown old while they waited */
};
/* Takes the slots of at most `room` visits, each of a host and an address of its own. */
int clocks_take(struct clocks *c, struct pg *pg, size_t room, int64_t now_ms,
    const struct clock_queues *to, struct err *err);
/* The next visits, at most `room`, of hosts whose slots were kept; their delay is over. */
void clocks_next(struct clocks *c, size_t room, int64_t now_ms, struct visit_queue *ready);
/* Gives back the slots of ended requests. */
int clocks_give_back(struct clocks *c, struct pg *pg, int64_t now_ms, struct err *err);
/* Holds the slots of requests that are under way for another lease. */
int clocks_keep(struct clocks *c, struct pg *pg, struct err *err);

/* Milliseconds until there may be work for clocks_take(), at most `most`. */
int64_t clocks_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most);
/* … for clocks_next() */
int64_t clocks_kept_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most);
/* All that wait, or only those whose portal is no longer active. */
void clocks_take_all(struct clocks *c, bool inactive_only, struct visit_queue *out);
bool clocks_owes(const struct clocks *c); /* slots wait to be given back */

#endif
