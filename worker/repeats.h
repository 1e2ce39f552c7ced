/* SPDX-License-Identifier: MIT */
/*
 * repeats.h - pages that were here before, byte for byte: known before they are read.
 *
 * A page whose bytes are those that its live URL showed last, under the same extraction and config
 * version, says nothing new: it is not given to a child, and nothing of it is sent to the database.
 * What core.sighting said before the transaction is a hint, and the one thing that a hint may do is
 * end a message as *same* (design 5).  It may not where a message of the same URL is on its way that
 * is none of these: in this batch before it, or in the batch that is being stored.
 *
 * Used by the main thread, with a connection of its own that waits for nothing long.  Without an
 * answer every page is read, as if nothing were known.
 */
#ifndef WORKER_REPEATS_H
#define WORKER_REPEATS_H

#include "batch.h"

struct repeats;

struct repeats *repeats_new(const char *database_url, struct err *err);
void repeats_free(struct repeats *r); /* accepts NULL */

/* Looks at the messages that came since the last call; those that repeat are ENTRY_READY and
 * `repeat`, and `rewrite` where their sighting is to be written all the same: once a day, and always
 * while the URL has an unresolved dead letter, whose replay must be told from a late one.
 * storing: the batch before this one, NULL when it is done. */
void repeats_find(struct repeats *r, struct batch *filling, const struct batch *storing);

#endif
