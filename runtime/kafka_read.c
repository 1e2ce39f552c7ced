/* SPDX-License-Identifier: MIT */
#include "kafka_client.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/kafka_read.h>
#include <time.h>

#define SKIP_MAX 64 /* messages read over on the way to a later one: cheaper than asking anew */
#define POLL_MS 100
#define ASK_MS 3000
#define ASK_AGAIN_MS 1000

struct kafka_reader {
	rd_kafka_t *rk;
	rd_kafka_topic_t *rkt; /* NULL: nothing is being read */
	char topic[250];
	int partitions; /* of topic, as a broker said; 0: not asked yet */
	int32_t partition;
	int64_t next;
};

/* The simple consumer: it needs no group. */
static const struct {
	const char *name, *value;
} settings[] = {
	{"auto.offset.reset", "error"},
	{"check.crcs", "true"},
	{"isolation.level", "read_uncommitted"}, /* coordinates are of messages that were read once */
	{"queued.min.messages", "64"}, /* a full queue costs 2.0.2 a second (fetch.queue.backoff.ms) */
	{"queued.max.messages.kbytes", "8192"},
	{"fetch.message.max.bytes", "1048576"}, /* a larger message comes all the same, alone */
	{"fetch.wait.max.ms", "50"},
	{"receive.message.max.bytes", "100000000"},
	{"enable.partition.eof", "true"},
};

struct kafka_reader *
kafka_reader_open(const struct config_pairs *kafka, struct err *err)
{
	struct kafka_reader *r = calloc(1, sizeof(*r));
	rd_kafka_conf_t *conf = r == NULL ? NULL : kafka_admin_conf(kafka, err);
	char why[256] = "out of memory";

	for (size_t i = 0; conf != NULL && i < sizeof(settings) / sizeof(settings[0]); i++)
		if (rd_kafka_conf_set(conf, settings[i].name, settings[i].value, why, sizeof(why)) !=
		    RD_KAFKA_CONF_OK) {
			rd_kafka_conf_destroy(conf);
			conf = NULL;
			(void)err_set(err, ERR_FATAL, "config", "kafka.%s: %s", settings[i].name, why);
		}
	if (conf != NULL && (r->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why))) == NULL)
		rd_kafka_conf_destroy(conf);
	if (r != NULL && r->rk != NULL)
		return r;
	(void)err_set(err, ERR_FATAL, "kafka", "reader: %s", why);
	free(r);
	return NULL;
}

static void
leave(struct kafka_reader *r)
{
	if (r->rkt == NULL)
		return;
	(void)rd_kafka_consume_stop(r->rkt, r->partition);
	rd_kafka_topic_destroy(r->rkt);
	r->rkt = NULL;
}

void
kafka_reader_rest(struct kafka_reader *r)
{
	leave(r);
}

void
kafka_reader_close(struct kafka_reader *r)
{
	if (r == NULL)
		return;
	leave(r);
	rd_kafka_destroy(r->rk);
	free(r);
}

static int
not_there(struct err *err, const char *topic, int32_t partition, int64_t offset, const char *why)
{
	return err_set(err, ERR_REJECT, "not_in_topic", "%s/%" PRId32 "/%" PRId64 ": %s", topic, partition, offset,
	    why);
}

/* librdkafka tells of a topic that is not there after half a minute, or never. */
static rd_kafka_resp_err_t
ask_for_topic(struct kafka_reader *r)
{
	const struct rd_kafka_metadata *found = NULL;
	rd_kafka_resp_err_t code = rd_kafka_metadata(r->rk, 0, r->rkt, &found, ASK_MS);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR && found->topic_cnt == 1) {
		code = found->topics[0].err;
		r->partitions = found->topics[0].partition_cnt;
	}
	if (found != NULL)
		rd_kafka_metadata_destroy(found);
	return code;
}

/* Asked twice: a broker that has just come up may not know yet. */
static int
check_topic(struct kafka_reader *r, int64_t offset, struct err *err)
{
	const struct timespec nap = {ASK_AGAIN_MS / 1000, ASK_AGAIN_MS % 1000 * 1000000L};
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	for (int times = 0; r->partitions == 0 && times < 2; times++) {
		if (times > 0)
			(void)nanosleep(&nap, NULL);
		code = ask_for_topic(r);
		if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
			break;
	}
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return not_there(err, r->topic, r->partition, offset, rd_kafka_err2str(code));
	if (r->partitions > 0 && r->partition >= r->partitions)
		return not_there(err, r->topic, r->partition, offset, "there is no such partition");
	return 0; /* anything else is told by the reading itself */
}

static int
go_to(struct kafka_reader *r, const char *topic, int32_t partition, int64_t offset, struct err *err)
{
	if (r->rkt != NULL && strcmp(r->topic, topic) == 0 && r->partition == partition && offset >= r->next &&
	    offset - r->next <= SKIP_MAX)
		return 0;
	leave(r);
	r->partitions = strcmp(r->topic, topic) == 0 ? r->partitions : 0;
	(void)snprintf(r->topic, sizeof(r->topic), "%s", topic);
	r->partition = partition;
	r->next = offset;
	if ((r->rkt = rd_kafka_topic_new(r->rk, topic, NULL)) == NULL)
		return not_there(err, topic, partition, offset, rd_kafka_err2str(rd_kafka_last_error()));
	if (check_topic(r, offset, err) == 0 && rd_kafka_consume_start(r->rkt, partition, offset) == 0)
		return 0;
	(void)err_set(err, kafka_fate(rd_kafka_last_error()), "kafka", "read %s: %s", topic,
	    rd_kafka_err2str(rd_kafka_last_error()));
	rd_kafka_topic_destroy(r->rkt);
	r->rkt = NULL;
	return -1;
}

/* What an error means for the message that is wanted. -1: err. 0: wait on. */
static int
judge_error(struct kafka_reader *r, const rd_kafka_message_t *msg, int64_t offset, struct err *err)
{
	switch ((int)msg->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF: /* an offset beyond the end is told as out of range */
		return msg->offset > offset ? 0 :
		    not_there(err, r->topic, r->partition, offset, "the topic ends before it");
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		return not_there(err, r->topic, r->partition, offset, rd_kafka_err2str(msg->err));
	default:
		if (kafka_fate(msg->err) == ERR_RETRY)
			return 0; /* librdkafka tries again by itself */
		return err_set(err, kafka_fate(msg->err), "kafka", "read %s: %s", r->topic,
		    rd_kafka_err2str(msg->err));
	}
}

rd_kafka_message_t *
kafka_read_at(struct kafka_reader *r, const char *topic, int32_t partition, int64_t offset, int timeout_ms,
    struct err *err)
{
	int64_t until_ms = clock_ms() + timeout_ms;
	int rc = go_to(r, topic, partition, offset, err);

	while (rc == 0 && clock_ms() < until_ms) {
		rd_kafka_message_t *msg = rd_kafka_consume(r->rkt, partition, POLL_MS);

		(void)rd_kafka_poll(r->rk, 0); /* its log and error callbacks */
		if (msg == NULL)
			continue;
		if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			r->next = msg->offset + 1;
			if (msg->offset == offset)
				return msg;
			if (msg->offset > offset)
				rc = not_there(err, topic, partition, offset, "the topic no longer holds it");
		} else {
			rc = judge_error(r, msg, offset, err);
		}
		rd_kafka_message_destroy(msg);
	}
	leave(r); /* where it stands now is not known */
	if (rc == 0)
		(void)err_set(err, ERR_RETRY, "kafka",
		    "read %s/%" PRId32 "/%" PRId64 ": no broker gave it within %d ms", topic, partition, offset,
		    timeout_ms);
	return NULL;
}

static int
no_answer(struct err *err, const char *topic, rd_kafka_resp_err_t code)
{
	return err_set(err, ERR_RETRY, "kafka", "where %s ends: %s", topic, rd_kafka_err2str(code));
}

static int
count_partitions(struct kafka_reader *r, const char *topic, int timeout_ms, struct err *err)
{
	const struct rd_kafka_metadata *found = NULL;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(r->rk, topic, NULL);
	rd_kafka_resp_err_t code;
	int n = 0;

	if (rkt == NULL)
		return no_answer(err, topic, rd_kafka_last_error());
	if ((code = rd_kafka_metadata(r->rk, 0, rkt, &found, timeout_ms)) != RD_KAFKA_RESP_ERR_NO_ERROR)
		n = no_answer(err, topic, code);
	else if (found->topic_cnt == 1)
		n = found->topics[0].partition_cnt;
	if (found != NULL)
		rd_kafka_metadata_destroy(found);
	rd_kafka_topic_destroy(rkt);
	return n;
}

int
kafka_read_ends(struct kafka_reader *r, const char *topic, int64_t *ends, int max, int timeout_ms,
    struct err *err)
{
	int n = count_partitions(r, topic, timeout_ms, err), asked = n < max ? n : max;
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t code;

	(void)rd_kafka_poll(r->rk, 0);
	if (n <= 0)
		return n;
	list = rd_kafka_topic_partition_list_new(asked);
	for (int p = 0; p < asked; p++) /* the time -1 stands for the end */
		rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_END;
	code = rd_kafka_offsets_for_times(r->rk, list, timeout_ms);
	for (int p = 0; p < asked; p++) {
		const rd_kafka_topic_partition_t *e = rd_kafka_topic_partition_list_find(list, topic, p);

		ends[p] = code == RD_KAFKA_RESP_ERR_NO_ERROR && e->err == RD_KAFKA_RESP_ERR_NO_ERROR ? e->offset : -1;
	}
	rd_kafka_topic_partition_list_destroy(list);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR ? n : no_answer(err, topic, code);
}
