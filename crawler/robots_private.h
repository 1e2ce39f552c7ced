/* SPDX-License-Identifier: MIT */
/* robots_private.h - robots_gate.c keeps what is known, robots_table.c knows crawl.robots. */
#ifndef ROBOTS_PRIVATE_H
#define ROBOTS_PRIVATE_H

#include "robots_gate.h"

enum robots_state { ROBOTS_UNKNOWN, ROBOTS_RULES, ROBOTS_NONE, ROBOTS_UNREACHABLE };

/* What an answer amounts to: the words that the statement takes, and of suoyin_robots_total. */
enum robots_outcome { ROBOTS_GOOD, ROBOTS_SAME, ROBOTS_ABSENT, ROBOTS_FAILED };

struct robots_origin {
	char *name; /* first: names.h */
	struct robots_origin *next;
	enum robots_state state;
	struct robots *rules; /* NULL: all is allowed, or nothing (UNREACHABLE) */
	char failure[40];     /* of UNREACHABLE */
	int64_t until_ms;     /* `state` holds until then */
	int64_t read_ms;      /* somebody else is asking: read again then */
	bool asking;          /* our visit is under way, or its answer not yet written */
	struct visit_queue waiting;
	/* an answer to be written */
	bool answered;
	enum robots_outcome outcome;
	struct buf body;
	char *etag, *last_modified;
	int status;
};

struct robots_gate {
	struct robots_options options;
	void *by_name;
	struct robots_origin *origins;
	size_t wanted;   /* have visits that wait, and are not being asked by us */
	size_t answered; /* to be written */
	int64_t sweep_ms;
};

/* What the copy in the database says; NULL: out of memory. */
struct robots *robots_compile(const struct robots_gate *g, struct span body);
/* A visit that asks for it, on behalf of the first that waits; NULL: out of memory. */
struct visit *robots_visit(
    struct robots_origin *o, const char *etag, const char *last_modified);
void robots_forget_answer(struct robots_gate *g, struct robots_origin *o);
int robots_write(struct robots_gate *g, struct pg *pg, struct err *err);
int robots_read(struct robots_gate *g, struct pg *pg, int64_t now_ms, struct visit_queue *asks,
    struct err *err);

#endif
