/* SPDX-License-Identifier: MIT */
/*
 * list.h - list pages through child processes (child.h, role "list"), replies taken as hostile.
 *
 * list_read() takes a visit whose answer is a list page; `done` gives it back with v->found filled,
 * or with the reason why there is none.
 */
#ifndef CRAWLER_LIST_H
#define CRAWLER_LIST_H

#include "visit.h"

#include <poll.h>

struct list_options {
	int children, deadline_ms;
	size_t memory_bytes;
	void (*done)(void *ctx, struct visit *v, const char *failure); /* NULL: found */
	void *ctx;
};

struct list_reader;

struct list_reader *list_reader_new(const struct list_options *options, struct err *err);
void list_reader_free(struct list_reader *r); /* what waits ends with "stopped" */
void list_read(struct list_reader *r, struct visit *v);
/* The same of a page that is about to be published: v->found is the files it links. */
void list_read_links(struct list_reader *r, struct visit *v);
void list_poll(struct list_reader *r);
size_t list_fds(const struct list_reader *r, struct pollfd *out, size_t room);
int64_t list_wait_ms(const struct list_reader *r, int64_t most);

/* A reply to found; -1: it is not one (REJECT "list_hostile"). Here for tests. */
int list_take_reply(
    struct found *out, const struct portal *portal, struct span reply, struct err *err);

#endif
