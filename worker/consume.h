/* SPDX-License-Identifier: MIT */
/*
 * consume.h - the topic, as one member of a consumer group; PostgreSQL says where to resume.
 *
 * On assign the offset rows are taken over (epoch + 1) and their next_offset is given to
 * librdkafka; a database that is down leaves the assignment open until it answers.  The message
 * before the resume point is read again and compared by ce_id: another one there means that the
 * topic was made anew, and the worker stops.  One thread; the callbacks run inside
 * consume_poll().  On librdkafka 2.0.2: consumer_poll only (#4208), eager assignor (#4059), no
 * seek (#4230), no plain close (#4187); see docs/OPERATIONS.md.
 */
#ifndef WORKER_CONSUME_H
#define WORKER_CONSUME_H

#include <librdkafka/rdkafka.h>
#include <suoyin/pg.h>

#include "settings.h"

struct consume;

struct consume_callbacks {
	bool (*wants)(void *ctx); /* whether another message may be taken now */
	/* A message that is to be judged: owned by the callee.  from: the partition's next offset
	 * before it.  -1: not taken (out of memory), it still belongs to the caller. */
	int (*message)(void *ctx, rd_kafka_message_t *msg, int64_t epoch, int64_t from);
	/* Partitions are being taken away: finish or drop what is in hand, now. */
	void (*revoked)(void *ctx);
	void *ctx;
};

struct consume *consume_new(const struct settings *settings, struct pg *pg,
    const struct consume_callbacks *callbacks, struct err *err);
/* Leaves the group, or gives up after deadline_ms: the group will notice by itself. */
void consume_leave(struct consume *c, int64_t deadline_ms);
/* After consume_leave(), and when all messages are destroyed: librdkafka waits for them. */
void consume_free(struct consume *c);

/* Readable when something waits; then call consume_poll. */
int consume_fd(const struct consume *c);
/* Messages were left at the last poll: none will make the descriptor readable. */
bool consume_has_left(const struct consume *c);
/* Serves callbacks and takes messages while they are wanted. -1: FATAL (topic made anew,
 * retention overtook us, fenced by an equal instance id …). */
int consume_poll(struct consume *c, struct err *err);
/* Keeps our membership while nothing may be taken: paused partitions are still polled. */
void consume_pause(struct consume *c, bool pause);
/* The i-th partition that is ours and the offset that PostgreSQL wants next of it; false: there are no more. */
bool consume_position(const struct consume *c, size_t i, int32_t *partition, int64_t *stored);
/* Notes how far PostgreSQL is, and tells Kafka, for lag tools only. */
void consume_commit(struct consume *c, int32_t partition, int64_t next_offset);
/* After a fence: another worker has our rows, or our memory is wrong.  The group decides anew
 * who owns what; taking the rows back by ourselves could fence a rightful owner. */
void consume_rejoin(struct consume *c);
bool consume_owns(const struct consume *c, int32_t partition, int64_t epoch);

/* NULL: assigned or standing by; else what is missing. */
const char *consume_trouble(const struct consume *c);

#endif
