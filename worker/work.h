/* SPDX-License-Identifier: MIT */
/*
 * work.h - the worker's hands: messages into a batch, pages to the children, batches to the store.
 *
 * While one batch is being stored the next one fills and is extracted.  All of it runs in the
 * main thread and never blocks, but for work_settle(), which is bounded.
 */
#ifndef WORKER_WORK_H
#define WORKER_WORK_H

#include <suoyin/child.h>

#include "consume.h"
#include "lag.h"
#include "origin.h"
#include "portals.h"
#include "repeats.h"
#include "store.h"

struct work {
	const struct settings *settings;
	struct pg *pg; /* of the main thread: offsets at assign, portal versions */
	struct portals *portals;
	struct repeats *repeats;
	struct origin *origin;
	struct child_pool *children;
	struct store *store;
	struct consume *consume;
	struct lag *lag;
	struct batch *filling;   /* NULL: nothing taken yet */
	const struct batch *storing; /* the store has it; NULL: nothing */
	struct batch *given_up;  /* waiting for their children */
	int64_t full_since_ms;   /* 0: there is room */
	int64_t portals_retry_ms;
	int64_t lag_at_ms;       /* its next note */
	bool closing;
	struct phases spent;     /* of the main thread, and of librdkafka's */
	int64_t others_us;       /* of threads that are not ours, told so far */
	struct err fatal;
};

int work_open(struct work *w, const struct settings *settings, struct err *err);
/* Leaves the group within leave_ms and ends all it holds. -1: a statement in PostgreSQL does not
 * end, or a read from Kafka; the process may, since what is not committed is read again. */
int work_close(struct work *w, int64_t leave_ms);

/* Waits at most timeout_ms for anything to happen. */
void work_wait(struct work *w, int timeout_ms);
/* One turn: results in, messages in, pages out, batches out. take: whether new messages are
 * wanted.  -1: w->fatal says why the worker must end. */
int work_turn(struct work *w, bool take);
bool work_is_empty(struct work *w); /* nothing filled and nothing being stored */

#endif
