/* SPDX-License-Identifier: MIT */
/*
 * outbox.h - rows of core.outbox as Kafka messages (docs/EVENTS.md, docs/OPERATIONS.md).
 *
 * relay.c reads rows with outbox_sql and has each made into a message here.  A report event is JSON
 * made from the row; a dead letter is read back from the page topic by its coordinates.
 */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include <libpq-fe.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/kafka_read.h>

/* The oldest rows, OUTBOX_STEP at most. */
#define OUTBOX_STEP 500
extern const char outbox_sql[];

struct outbox_message {
	struct kafka_message kafka;   /* topic and private are the caller's */
	rd_kafka_message_t *original; /* of a dead letter; owned; key and value point into it */
	char *text;                   /* of an event; owned */
};

int64_t outbox_id(const PGresult *res, int row);
const char *outbox_type(const PGresult *res, int row);
bool outbox_is_dead(const PGresult *res, int row);
double outbox_age_s(const PGresult *res, int row);

/* -1: RETRY. */
int outbox_event(struct outbox_message *out, const PGresult *res, int row, struct err *err);
/* Without a value where the topic does not hold the message any more, or with_value is unset: a
 * header tells. -1: RETRY, or FATAL. */
int outbox_dead_letter(struct outbox_message *out, const PGresult *res, int row, struct kafka_reader *reader,
    const char *group, bool with_value, struct err *err);
/* Frees what the message owns; the headers only where the producer did not take them. */
void outbox_free(struct outbox_message *m, bool headers_too);

#endif
