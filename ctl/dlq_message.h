/* SPDX-License-Identifier: MIT */
/* dlq_message.h - the message of a dead letter, read from the topic by its coordinates. */
#ifndef CTL_DLQ_MESSAGE_H
#define CTL_DLQ_MESSAGE_H

#include "dlq.h"
#include <suoyin/kafka_read.h>

#define DLQ_READ_MS 15000

/* The caller destroys it. NULL: REJECT "not_in_topic", or "topic_changed" where other bytes stand there
 * now; RETRY or FATAL as kafka_read_at(). */
rd_kafka_message_t *dlq_message(struct kafka_reader *reader, const PGresult *page, int row, struct err *err);

#endif
