/* SPDX-License-Identifier: MIT */
/*
 * own.h - which partitions are ours: rows of core.ingest_offset, the fence of design 6.
 *
 * Whoever takes a row raises its epoch, and reads where to go on.  The raise waits for a transaction
 * that is storing messages of the partition; one that stands still, as that of a worker which was
 * stopped in the middle of a COPY, would be waited for for ever: no timeout of PostgreSQL runs there.
 * So, where the wait was in vain, that transaction's connection is ended: it is fenced off anyway.
 *
 * Called by consume.c when the group gives partitions, with a connection that it waits on.
 */
#ifndef WORKER_OWN_H
#define WORKER_OWN_H

#include <librdkafka/rdkafka.h>
#include <suoyin/pg.h>

#include "batch.h"

struct owned {
	int32_t partition;
	int64_t epoch;
	int64_t next;  /* offset that comes next; smaller ones were taken already */
	int64_t stored; /* offset that PostgreSQL wants next */
	int64_t gap;   /* offset that came instead of next, and was asked for again */
	int64_t guard; /* offset whose message must have guard_id; -1: nothing to compare */
	char guard_id[GUARD_ID_SIZE];
};

struct own_claim {
	const char *group, *topic, *owner; /* owner: of whom the row speaks, for people */
	const rd_kafka_topic_partition_list_t *partitions;
};

/* The claimed rows (caller: free), in order of partition. -1: RETRY, or as pg.h says. */
int own_take(struct pg *pg, const struct own_claim *claim, struct owned **out, size_t *count, struct err *err);

#endif
