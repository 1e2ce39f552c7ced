/* SPDX-License-Identifier: MIT */
/*
 * kafka_client.h - what kafka.c, kafka_client.c and kafka_topic.c share.
 *
 * kafka_client_watch() gives a conf our log and error callbacks and two interceptors: one notes
 * each client when rd_kafka_new() makes it, the other follows its brokers.  The note lives from
 * there to rd_kafka_destroy(); the opaque of the conf stays free for the program.
 */
#ifndef RUNTIME_KAFKA_CLIENT_H
#define RUNTIME_KAFKA_CLIENT_H

#include <suoyin/kafka.h>

void kafka_client_watch(rd_kafka_conf_t *conf);

/* A consumer's conf without group for the admin requests of a program: a producer's metadata
 * request would make a topic with the broker's defaults. */
rd_kafka_conf_t *kafka_admin_conf(const struct config_pairs *kafka, struct err *err);

/* Partitions of the topic; 0: there is none of that name; -1. */
int kafka_topic_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms, struct err *err);
/* Tells each setting of the topic that is not as a new one would have it; setting NULL: `found` says
 * why they cannot be read. */
typedef void kafka_differs(void *to, const char *topic, const char *setting, const char *found, const char *wanted);
void kafka_topic_compare(rd_kafka_t *rk, enum kafka_topic_kind kind, const char *topic, kafka_differs *tell, void *to);

#endif
