/* SPDX-License-Identifier: MIT */
#include "dlq_message.h"
#include <inttypes.h>
#include <string.h>
#include <suoyin/digest.h>

rd_kafka_message_t *
dlq_message(struct kafka_reader *reader, const PGresult *page, int row, struct err *err)
{
	struct coordinates c;
	rd_kafka_message_t *msg;
	char hex[DIGEST_HEX + 1];

	dlq_coordinates(page, row, &c);
	if ((msg = kafka_read_at(reader, c.topic, c.partition, c.offset, DLQ_READ_MS, err)) == NULL)
		return NULL;
	digest_hex((struct span){msg->payload, msg->len}, hex);
	if (strcmp(hex, PQgetvalue(page, row, DLQ_SHA256)) == 0)
		return msg;
	rd_kafka_message_destroy(msg);
	(void)err_set(err, ERR_REJECT, "topic_changed", "%s/%" PRId32 "/%" PRId64 ": other bytes stand there now",
	    c.topic, c.partition, c.offset);
	return NULL;
}
