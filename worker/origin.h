/* SPDX-License-Identifier: MIT */
/*
 * origin.h - the page that a reprocess message points to, read from its topic.
 *
 * A thread of its own with a reader of its own (kafka_read.h), so that the poll loop never waits: one
 * entry at a time is given to it, and taken back with its page.  While it is away only the thread
 * touches it.  No broker is waited for, as long as it takes; what is not in the topic any more, or is
 * another page, is REJECT.
 */
#ifndef WORKER_ORIGIN_H
#define WORKER_ORIGIN_H

#include <suoyin/config.h>

#include "batch.h"

struct origin;

struct origin *origin_new(const struct config_pairs *kafka, struct err *err);
/* Waits for the thread; what was given to it is nobody's then.  -1: it still reads, and nothing is
 * freed.  Accepts NULL. */
int origin_free(struct origin *o, int timeout_ms);

bool origin_is_idle(struct origin *o);
/* Only when idle.  The page of the entry becomes that of the message it points to, kept by its arena. */
void origin_give(struct origin *o, struct entry *e);
/* The entry that is done, or NULL; err says what is wrong with it. */
struct entry *origin_take(struct origin *o, struct err *err);
int origin_fd(const struct origin *o); /* readable when one is done */

#endif
