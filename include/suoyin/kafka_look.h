/* SPDX-License-Identifier: MIT */
/*
 * kafka_look.h - what stands in Kafka, looked at from outside: topic, offsets, members of a group.
 *
 * For status and check.  It makes no topic, joins no group and moves no offset.  Blocking, one
 * thread; each request ends within the timeout that was given at open.
 */
#ifndef SUOYIN_KAFKA_LOOK_H
#define SUOYIN_KAFKA_LOOK_H

#include <suoyin/kafka.h>

struct kafka_look;

struct kafka_look *kafka_look_open(
    const struct config_pairs *kafka, int timeout_ms, struct err *err);
void kafka_look_close(struct kafka_look *look); /* accepts NULL */

/* Partitions of the topic; 0: there is none of that name; -1: no broker tells. */
int kafka_look_partitions(struct kafka_look *look, const char *topic, struct err *err);
/* The first offset that the partition still has, and that of its next message. */
int kafka_look_offsets(struct kafka_look *look, const char *topic, int partition, int64_t *low,
    int64_t *high, struct err *err);
/* Tells each setting of the topic of pages that differs from what we would give a new one; setting
 * NULL: they cannot be read, `found` says why. */
void kafka_look_settings(struct kafka_look *look, const char *topic,
    void (*tell)(
	void *to, const char *topic, const char *setting, const char *found, const char *wanted),
    void *to);

struct kafka_member {
	char client[128], host[128];
};
/* Members of a consumer group, at most max of them in out; its state ("Stable", "Empty") in
 * `state`. Returns their number; an unknown group has none and the state "Dead" or "". */
int kafka_look_members(struct kafka_look *look, const char *group, struct kafka_member *out,
    size_t max, char state[32], struct err *err);

#endif
