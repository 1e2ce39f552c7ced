/* SPDX-License-Identifier: MIT */
/*
 * resolve.h - names to addresses, by c-ares, inside the loop.
 *
 * resolver_ask() gives v->address, one that the guard allows, or takes the visit until an answer
 * is there; resolver_poll() gives such visits back, to be asked for again.  Answers are kept as
 * long as they say, within bounds.  One address of a name is used until a connection to it fails.
 * The address is what politeness counts by, and what is connected to: nobody asks again.
 */
#ifndef CRAWLER_RESOLVE_H
#define CRAWLER_RESOLVE_H

#include <suoyin/guard.h>
#include "visit.h"

#include <poll.h>

struct resolver;

struct resolver_options {
	const struct guard *guard;
	const struct config_list *servers; /* "192.0.2.1", "127.0.0.1:5353"; none: the system's */
	int64_t ttl_least_ms, ttl_most_ms;
};

struct resolver *resolver_new(const struct resolver_options *options, struct err *err);
/* Visits that wait are given to `out`. */
void resolver_free(struct resolver *r, struct visit_queue *out);

enum resolved {
	RESOLVED,    /* v->address is where to go */
	RESOLVE_WAIT, /* v is taken */
	RESOLVE_FAILED, /* *why: dns, address, memory */
};
enum resolved resolver_ask(struct resolver *r, struct visit *v, int64_t now_ms, const char **why);
/* A connection to v->address failed: the name's next one is used from now on. */
void resolver_failed(struct resolver *r, const struct visit *v);

size_t resolver_fds(const struct resolver *r, struct pollfd *out, size_t room);
int64_t resolver_wait_ms(const struct resolver *r, int64_t most);
/* Takes answers; visits that waited for them come into `out`. */
void resolver_poll(struct resolver *r, int64_t now_ms, struct visit_queue *out);
/* Visits of portals that are no longer active, or all of them. */
void resolver_take_all(struct resolver *r, bool inactive_only, struct visit_queue *out);

#endif
