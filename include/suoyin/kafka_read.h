/* SPDX-License-Identifier: MIT */
/*
 * kafka_read.h - single messages of a topic, by their coordinates.
 *
 * For what PostgreSQL only keeps the coordinates of.  No consumer group and no subscription: nothing
 * here is seen by a group, or moves an offset.  Reading on in one partition is cheap; another
 * partition, or a jump, asks the broker anew.  Blocking, one thread at a time; memory is bounded by
 * one message and a few MiB fetched ahead.
 */
#ifndef SUOYIN_KAFKA_READ_H
#define SUOYIN_KAFKA_READ_H

#include <suoyin/kafka.h>

struct kafka_reader;

struct kafka_reader *kafka_reader_open(const struct config_pairs *kafka, struct err *err);
void kafka_reader_close(struct kafka_reader *r); /* accepts NULL */

/* The message; the caller destroys it.  NULL: RETRY "kafka" when no broker tells within timeout_ms;
 * REJECT "not_in_topic" when the topic, the partition or the offset is not there (any more). */
rd_kafka_message_t *kafka_read_at(struct kafka_reader *r, const char *topic, int32_t partition, int64_t offset,
    int timeout_ms, struct err *err);

/* Where the topic's partitions end: ends[p] is the offset behind the last message of partition p, -1 where no
 * broker tells.  Returns the number of partitions, of which the first `max` are asked for; 0: there is no such
 * topic; -1: RETRY "kafka" when no broker answers within timeout_ms. */
int kafka_read_ends(struct kafka_reader *r, const char *topic, int64_t *ends, int max, int timeout_ms,
    struct err *err);
/* Nothing more is fetched ahead until the next read. */
void kafka_reader_rest(struct kafka_reader *r);

#endif
