/* SPDX-License-Identifier: MIT */
/*
 * clock.h - politeness: when may which host be asked.
 *
 * Visits wait here in a queue per host.  A slot is taken in crawl.clock before a request and given
 * back at its end; while it is held no crawler may ask that host, and for `delay` after the end of
 * the request neither.  A crawler that dies holds the host for a lease and a delay.  Slots are
 * taken, kept and given back in batches; all times in the table are the database's.
 */
#ifndef CRAWLER_CLOCK_H
#define CRAWLER_CLOCK_H

#include "visit.h"

struct clocks;

/* lease_ms: how long a slot is held without clocks_keep(). */
struct clocks *clocks_new(int64_t lease_ms);
void clocks_free(struct clocks *c); /* after clocks_take_all() */

/* v waits for v->host; delay_ms between two requests. Takes v, or -1: out of memory. */
int clocks_add(struct clocks *c, struct visit *v, int64_t delay_ms);
/* The request of v has ended: its slot is to be given back. */
void clocks_done(struct clocks *c, struct visit *v, int64_t now_ms);

/* Takes slots for at most `room` hosts and puts a visit of each into `ready`: to be asked at once.
 */
int clocks_take(struct clocks *c, struct pg *pg, size_t room, int64_t now_ms,
    struct visit_queue *ready, struct err *err);
/* Gives back the slots of ended requests. */
int clocks_give_back(struct clocks *c, struct pg *pg, struct err *err);
/* Holds the slots of requests that are under way for another lease. */
int clocks_keep(struct clocks *c, struct pg *pg, struct err *err);

/* Milliseconds until a host may be ready, at most `most`. */
int64_t clocks_wait_ms(const struct clocks *c, int64_t now_ms, int64_t most);
/* All that wait, or only those whose portal is no longer active. */
void clocks_take_all(struct clocks *c, bool inactive_only, struct visit_queue *out);
bool clocks_owes(const struct clocks *c); /* slots wait to be given back */

#endif
