/* SPDX-License-Identifier: MIT */
/*
 * fetch.h - HTTP, by one curl multi handle: HTTP/1.1, nothing followed, everything bounded.
 *
 * fetch_start() asks for v->at; fetch_poll() waits, moves bytes and calls `done` with v->answer
 * filled.  What the answer means is not decided here (visit.h).  The only place where the crawler
 * sleeps: other descriptors can join the wait.
 */
#ifndef CRAWLER_FETCH_H
#define CRAWLER_FETCH_H

#include "visit.h"

#include <poll.h>
#include <suoyin/guard.h>

struct fetch_options {
	const char *user_agent; /* whole, contact included */
	const struct guard *guard;
	int parallel;
	int64_t connect_ms, timeout_ms, stall_ms;
	void (*done)(void *ctx, struct visit *v); /* gives v */
	void *ctx;
};

struct fetcher;

struct fetcher *fetcher_new(const struct fetch_options *options, struct err *err);
void fetcher_free(struct fetcher *f); /* transfers under way are given up: done() with "stopped" */
size_t fetch_room(const struct fetcher *f);
/* Takes v; v->conditional: with the validators we know. -1: v stays the caller's. */
int fetch_start(struct fetcher *f, struct visit *v, struct err *err);
/* Waits at most wait_ms for transfers and for `others`. */
int fetch_poll(
    struct fetcher *f, int64_t wait_ms, const struct pollfd *others, size_t count, struct err *err);

#endif
