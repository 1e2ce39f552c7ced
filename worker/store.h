/* SPDX-License-Identifier: MIT */
/*
 * store.h - a batch into PostgreSQL: one transaction, offsets included (design 6).
 *
 * A thread of its own with its own connection, so that the poll loop never blocks.  One batch at
 * a time: store_submit() hands it over, store_take() gives it back with its result:
 *   STORED     rows and offsets are committed
 *   FENCED     another worker owns a partition of it: nothing was written, drop it
 *   CANCELLED  store_cancel() came first
 *   FATAL      err says why; the worker must stop
 * What may pass (database down, deadlock) is tried again with back-off for as long as it takes.
 * A lost COMMIT reply is resolved by reading the offset rows.
 */
#ifndef WORKER_STORE_H
#define WORKER_STORE_H

#include "batch.h"

struct store;

struct store *store_new(const char *database_url, const char *group, struct err *err);
/* Cancels, waits for the thread, closes the connection. -1: a statement of it does not end in time;
 * then nothing is freed. */
int store_free(struct store *s, int timeout_ms);
bool store_is_idle(struct store *s);
void store_submit(struct store *s, struct batch *b); /* only when idle */
struct batch *store_take(struct store *s);           /* a finished batch, or NULL */
void store_cancel(struct store *s); /* the batch in hand is given up at the next retry */
int store_fd(const struct store *s); /* readable when a batch is finished */
/* NULL when the database answers, else why not; copies into text. */
const char *store_trouble(struct store *s, char *text, size_t size);

#endif
