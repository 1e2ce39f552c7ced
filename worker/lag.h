/* SPDX-License-Identifier: MIT */
/*
 * lag.h - how far PostgreSQL is behind the topic: suoyin_lag_messages and suoyin_lag_seconds, for each partition
 * that this worker owns.
 *
 * What librdkafka knows of a partition's end stands still as soon as it fetches no more, which is when it
 * matters.  So a thread with a reader of its own asks the brokers every few seconds.  The main thread tells it
 * what is ours, how far that is stored, and the time of the oldest message in hand; where none is in hand and
 * some wait, the first of them is read for its time.  A partition that is lost is no longer shown.  While no
 * broker answers the messages stay as last known, and their age grows.
 */
#ifndef WORKER_LAG_H
#define WORKER_LAG_H

#include <stdint.h>
#include <suoyin/config.h>
#include <suoyin/err.h>

#define LAG_PARTITIONS_MAX 1024 /* of the topic; no lag is told of those beyond */

struct lag;

struct lag_position {
	int32_t partition;
	int64_t stored;    /* the next offset that PostgreSQL wants */
	int64_t oldest_ms; /* timestamp of the oldest message in hand, 0: none is, or it has none */
};

struct lag *lag_new(const struct config_pairs *kafka, const char *topic, struct err *err);
/* Waits for the thread. -1: it is still asking, and nothing is freed.  Accepts NULL. */
int lag_free(struct lag *l, int timeout_ms);
/* What is ours now, all of it; copied. */
void lag_note(struct lag *l, const struct lag_position *positions, size_t count);

#endif
