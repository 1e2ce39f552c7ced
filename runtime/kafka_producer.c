/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/limits.h>

#define PURGE_POLLS 300
#define PURGE_POLL_MS 100

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	return err_set(err, ERR_FATAL, "config", "kafka.%s: %s", name, why);
}

static int
adapt(rd_kafka_conf_t *conf, const struct kafka_producer_options *options, struct err *err)
{
	char most[16];

	if (options->linger != NULL && set(conf, "linger.ms", options->linger, err) == -1)
		return -1;
	if (!options->relay)
		return 0;
	(void)snprintf(most, sizeof(most), "%d", DEAD_MESSAGE_MAX);
	return set(conf, "message.max.bytes", most, err) == -1 ? -1 : set(conf, "message.timeout.ms", "0", err);
}

rd_kafka_t *
kafka_producer_open(const struct kafka_producer_options *options, struct err *err)
{
	rd_kafka_conf_t *conf = kafka_producer_conf(options->kafka, err);
	uint64_t one = 1;
	char why[256];
	rd_kafka_t *rk;

	if (conf == NULL)
		return NULL;
	if (adapt(conf, options, err) == -1) {
		rd_kafka_conf_destroy(conf);
		return NULL;
	}
	rd_kafka_conf_set_dr_msg_cb(conf, options->delivered);
	rd_kafka_conf_set_opaque(conf, options->opaque);
	if ((rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why))) == NULL) {
		rd_kafka_conf_destroy(conf);
		(void)err_set(err, ERR_FATAL, "kafka", "producer: %s", why);
		return NULL;
	}
	if (options->wake != -1) {
		rd_kafka_queue_t *queue = rd_kafka_queue_get_main(rk);

		rd_kafka_queue_io_event_enable(queue, options->wake, &one, sizeof(one));
		rd_kafka_queue_destroy(queue);
	}
	return rk;
}

void
kafka_producer_close(rd_kafka_t *rk, const size_t *in_flight)
{
	if (rk == NULL)
		return;
	(void)rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	for (int i = 0; i < PURGE_POLLS && *in_flight > 0; i++)
		(void)rd_kafka_poll(rk, PURGE_POLL_MS);
	rd_kafka_destroy(rk);
}

bool
kafka_is_topic_missing(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	       code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

bool
kafka_breaks_producer(rd_kafka_resp_err_t code)
{
	return kafka_is_topic_missing(code) || code == RD_KAFKA_RESP_ERR__FATAL;
}

static void
memory_field(rd_kafka_vu_t *field, rd_kafka_vtype_t type, struct span bytes)
{
	field->vtype = type;
	field->u.mem.ptr = (void *)(uintptr_t)bytes.p;
	field->u.mem.size = bytes.n;
}

int
kafka_produce(rd_kafka_t *rk, const struct kafka_message *m, rd_kafka_resp_err_t *code, struct err *err)
{
	rd_kafka_vu_t fields[7];
	rd_kafka_error_t *error;
	rd_kafka_resp_err_t why;

	memset(fields, 0, sizeof(fields));
	fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
	fields[0].u.cstr = m->topic;
	memory_field(&fields[1], RD_KAFKA_VTYPE_KEY, m->key);
	memory_field(&fields[2], RD_KAFKA_VTYPE_VALUE, m->value);
	fields[3].vtype = RD_KAFKA_VTYPE_HEADERS;
	fields[3].u.headers = m->headers;
	fields[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
	fields[4].u.ptr = m->private;
	fields[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
	fields[5].u.i = 0;
	fields[6].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
	fields[6].u.i64 = m->timestamp_ms;
	if ((error = rd_kafka_produceva(rk, fields, 7)) == NULL)
		return 0;
	why = rd_kafka_error_code(error);
	if (code != NULL)
		*code = why;
	(void)err_set(err, kafka_fate(why), why == RD_KAFKA_RESP_ERR__QUEUE_FULL ? "queue_full" : "kafka", "%s",
	    rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return -1;
}
