/* SPDX-License-Identifier: MIT */
/*
 * relay.h - what committed transactions left in core.outbox, to Kafka.
 *
 * A thread of its own with its own connection and producer; the write path knows nothing of it.  One
 * worker relays at a time, by the lease in core.relay_lease; another one takes over when it ends.
 * Rows are sent in order, in steps of bounded size, and deleted only when Kafka has confirmed all of
 * them that came before: at least once, with ids that do not change.  In one key, the first copy
 * of each message comes in order, also when a stopped relay wakes up beside its heir.  What Kafka
 * cannot take waits in the table.
 */
#ifndef WORKER_RELAY_H
#define WORKER_RELAY_H

#include "settings.h"

struct relay;

struct relay *relay_new(const struct settings *settings, struct err *err);
/* It ends by itself when the program is asked to stop; here it is waited for. -1: not in time; then
 * nothing is freed. Accepts NULL. */
int relay_free(struct relay *r, int64_t timeout_ms);

#endif
