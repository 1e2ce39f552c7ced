/* SPDX-License-Identifier: MIT */
/*
 * kafka_producer.h - what crawler, worker and suoyinctl do alike with an idempotent producer.
 *
 * librdkafka 2.0.2 turns a producer fatal where a message may or may not have been persisted
 * (#4438), and does not look for a topic that was deleted for minutes: the producer is then closed
 * and another one opened, and what had no delivery report is produced again by the caller.
 */
#ifndef SUOYIN_KAFKA_PRODUCER_H
#define SUOYIN_KAFKA_PRODUCER_H

#include <suoyin/kafka.h>
#include <suoyin/span.h>

struct kafka_producer_options {
	const struct config_pairs *kafka;
	/* Called in kafka_producer_close() and rd_kafka_poll(), once for each message. */
	void (*delivered)(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque);
	void *opaque;
	int wake;           /* an eventfd that becomes readable when there is something to poll for; -1: none */
	const char *linger; /* linger.ms instead of what is configured; NULL: not */
	/* Dead letters are pages with more headers; and no message of them may time out and be overtaken
	 * by the next one. */
	bool relay;
};

rd_kafka_t *kafka_producer_open(const struct kafka_producer_options *options, struct err *err);
/* Ends every message in `delivered` before the producer goes: *in_flight is what the caller counts
 * by it. Accepts NULL. */
void kafka_producer_close(rd_kafka_t *rk, const size_t *in_flight);
/* Whether an error is one that the producer itself cannot get over: see above. */
bool kafka_is_topic_missing(rd_kafka_resp_err_t code);
bool kafka_breaks_producer(rd_kafka_resp_err_t code);

struct kafka_message {
	const char *topic;
	struct span key;              /* absent: null */
	struct span value;            /* not copied: it lives until the delivery report; absent: null */
	rd_kafka_headers_t *headers;  /* owned by the callee when it returns 0 */
	int64_t timestamp_ms;         /* 0: now */
	void *private;                /* msg->_private of the delivery report */
};
/* 0: there will be a delivery report. -1: by kafka_fate(), reason "queue_full" or "kafka"; *code
 * (NULL allowed) is librdkafka's. */
int kafka_produce(rd_kafka_t *rk, const struct kafka_message *m, rd_kafka_resp_err_t *code, struct err *err);

#endif
