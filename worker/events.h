/* SPDX-License-Identifier: MIT */
/*
 * events.h - what a reader of reports would want to be told, as rows of core.outbox.
 *
 * judge() notes events in the world while it judges, in their order; write_out() writes them in the
 * batch's own transaction, in one statement.  relay.c sends them when they are committed
 * (docs/EVENTS.md).  A message causes at most one event of a type and report.
 */
#ifndef WORKER_EVENTS_H
#define WORKER_EVENTS_H

#include "pipe.h"
#include "world.h"

enum event_type {
	EVENT_NEW, EVENT_REVISED, EVENT_MERGED, EVENT_CONFLICT, EVENT_WITHDRAWN, EVENT_RETURNED, EVENTS,
};
extern const char *const event_names[EVENTS];

struct event {
	enum event_type type;
	const struct entry *cause;
	const struct report *report;
	const struct report *other;       /* merged: into; conflict: who had the number first; or NULL */
	const struct revision *revision;  /* the text it is about; NULL: none is known */
	bool is_current;
	const char *status;               /* of the report after it */
	struct event *next;
};

/* What one page did to a report, and to the one its URL showed before. */
struct change {
	struct report *report, *left, *other, *merged; /* left: NULL, or lost a live URL */
	struct revision *revision;
	bool is_new, written, returned, conflict;
};

/* -1: REJECT "too_large", the world's arena is full. */
int event_page(struct world *w, const struct entry *cause, const struct change *c, struct err *err);
int event_gone(struct world *w, const struct entry *cause, struct report *r, struct err *err);

/* For pipe_open(): the statement of event_send(). */
extern const struct statement event_statement;
/* All of the world's events in one statement; none: nothing is sent. */
int event_send(struct pipe *p, const struct world *w, const char *topic);

#endif
