/* SPDX-License-Identifier: MIT */
/*
 * dead.h - dead letters: set aside in the batch's transaction, and settled when their URL is stored.
 *
 * A dead letter is one row of core.dead_letter and, the first time, one of core.outbox.  A page that
 * is stored settles what is open of its URL and not newer than itself: so does a replay.  A replay
 * that is dead again settles the letter it came from and stands for it.
 */
#ifndef WORKER_DEAD_H
#define WORKER_DEAD_H

#include "pipe.h"
#include "steps.h"

enum { DEAD_INSERT, DEAD_REPLAYED, DEAD_HEAL, DEAD_STATEMENTS };
extern const struct statement dead_statements[DEAD_STATEMENTS]; /* for pipe_open() */

int dead_insert(struct pipe *p, const struct entry *e, const char *topic);
/* One statement for all pages of the group that are not dead. */
int dead_heal(struct pipe *p, const struct group *g);

#endif
