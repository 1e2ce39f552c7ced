/* SPDX-License-Identifier: MIT */
/*
 * robots_gate.h - whether robots.txt lets a URL be asked for (RFC 9309).
 *
 * One robots.txt for each scheme, host and port, shared by all crawlers in crawl.robots.  Whoever
 * needs one that is not fresh claims it there and asks: that request is a visit of its own
 * (v->robots), bound to the same clocks as any other, and its answer is written down for all.
 *
 * 200 is obeyed for a day at most.  4xx: there is none, all is allowed; but 412, 429 and 521 are how
 * portals turn crawlers away, and count as unreachable, as do 5xx and whatever fails on the way.
 * Unreachable: the last good copy is obeyed; without one nothing is asked until it was
 * unreachable for 30 days (§2.3.1.4).
 */
#ifndef CRAWLER_ROBOTS_GATE_H
#define CRAWLER_ROBOTS_GATE_H

#include "visit.h"

#include <suoyin/robots.h>

struct robots_gate;

struct robots_options {
	const char *agent;
	int64_t lease_ms;                   /* of the right to ask */
	int64_t fresh_ms;                   /* of a good copy */
	int64_t retry_first_ms, retry_most_ms; /* where it was unreachable */
};

struct robots_gate *robots_new(const struct robots_options *options);
/* Visits that wait are given to `out`. */
void robots_free(struct robots_gate *g, struct visit_queue *out);

enum permit {
	PERMIT_YES,
	PERMIT_NO,          /* *rule says why */
	PERMIT_UNREACHABLE, /* *why; v->ending.wait_ms: until it is asked again */
	PERMIT_WAIT,        /* v is taken until more is known */
};
/* v->at by the robots.txt of its origin; *delay_ms: its Crawl-delay, 0: none. */
enum permit robots_ask(struct robots_gate *g, struct visit *v, int64_t now_ms,
    const struct robots_rule **rule, const char **why, int64_t *delay_ms);

/* The answer to a visit of our own; true: v->at moved, and is to be asked. Else v is freed. */
bool robots_answered(struct robots_gate *g, struct visit *v);
/* A visit of our own that came to nothing, and is freed; those that waited for it come into `out`, to
 * be given up as well, with its ending.wait_ms. */
void robots_given_up(struct visit *v, struct visit_queue *out);
/* Why it could not be asked, the same as an answer; v is freed. */
void robots_failed(struct robots_gate *g, struct visit *v, const char *why);

/* Writes answers down and reads what is wanted. `asks`: visits of our own, to wait for slots;
 * `out`: visits that are to be judged again. */
int robots_step(struct robots_gate *g, struct pg *pg, int64_t now_ms, struct visit_queue *asks,
    struct visit_queue *out, struct err *err);
int64_t robots_wait_ms(const struct robots_gate *g, int64_t now_ms, int64_t most);
void robots_take_all(struct robots_gate *g, bool inactive_only, struct visit_queue *out);

#endif
