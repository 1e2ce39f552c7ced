/* SPDX-License-Identifier: MIT */
/*
 * kafka.h - librdkafka made ready: settings passed through, log and errors to ours.
 *
 * `kafka.*` of the configuration file goes to rd_kafka_conf untouched, after our defaults
 * and before the settings that our promises need (those win, and setting them is an error
 * at start).  2.0.2 is what Debian 12 has; work-arounds name the bug they avoid.
 */
#ifndef SUOYIN_KAFKA_H
#define SUOYIN_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <suoyin/config.h>
#include <suoyin/err.h>

/* Producer: idempotence, acks=all, zstd, message.max.bytes. */
rd_kafka_conf_t *kafka_producer_conf(const struct config_pairs *kafka, struct err *err);
/* Consumer: no auto commit, no auto offset store, auto.offset.reset=error, check.crcs, eager
 * range assignor, fetch sizes for PAGE_MESSAGE_MAX. */
rd_kafka_conf_t *kafka_consumer_conf(const struct config_pairs *kafka, const char *group,
    struct err *err);

/* Creates the topic if it does not exist (partitions, max.message.bytes, retention.ms=-1,
 * zstd); an existing one is checked, and what differs is logged. RETRY "kafka" when the
 * broker cannot be reached. */
int kafka_ensure_topic(const struct config_pairs *kafka, const char *topic, int partitions,
    int replication, struct err *err);

/* The same for the topics that the worker's outbox goes to: a dead letter is a page message with more
 * headers. */
enum kafka_topic_kind { KAFKA_TOPIC_PAGES, KAFKA_TOPIC_DEAD_LETTERS, KAFKA_TOPIC_REPORTS };
int kafka_ensure_topic_of(const struct config_pairs *kafka, enum kafka_topic_kind kind, const char *topic,
    int partitions, int replication, struct err *err);

/* An rd_kafka error code to ours: what may pass is RETRY, what can never succeed is FATAL, and
 * what this message alone is to blame for (too large) REJECT. */
enum err_code kafka_fate(rd_kafka_resp_err_t code);

/* "_ALL_BROKERS_DOWN" → "all_brokers_down": a word for labels and logs. */
void kafka_word(rd_kafka_resp_err_t code, char *out, size_t size);

/* Whether the client is connected to a broker that answers, and has no fatal error.  The confs
 * above make each client known to this module from rd_kafka_new() to rd_kafka_destroy() (a list
 * under a lock: the only state it keeps); any thread may ask, without polling first.  The conf's
 * opaque stays free for the program; its log and error callbacks are ours. */
bool kafka_is_up(rd_kafka_t *rk);

#endif
