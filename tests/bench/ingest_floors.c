/* SPDX-License-Identifier: MIT */
/*
 * ingest_floors - what the worker's messages cost at least: librdkafka giving them, with the worker's
 * own settings and no work; libxml2 reading their bytes without keeping anything.
 *
 * usage: ingest_floors BOOTSTRAP TOPIC COUNT
 *
 * Reads the topic's first COUNT messages twice.  Prints CPU milliseconds a message:
 *     drain_ms=… tokens_ms=… bytes=…
 */
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/kafka.h>
#include <time.h>

#define SILENT_MS 30000 /* a topic that gives nothing for so long holds no more */
#define PARSE_OPTIONS (HTML_PARSE_RECOVER | XML_PARSE_HUGE | HTML_PARSE_NOERROR | \
	HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET)

struct sums {
	double bytes, token_seconds;
};

static double
clock_of(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
read_tokens(const rd_kafka_message_t *msg)
{
	htmlParserCtxtPtr ctxt = htmlNewParserCtxt();

	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	xmlFreeDoc(htmlCtxtReadMemory(ctxt, msg->payload, (int)msg->len, NULL, "UTF-8", PARSE_OPTIONS));
	htmlFreeParserCtxt(ctxt);
}

static void
take(struct sums *sums, const rd_kafka_message_t *msg, bool tokens)
{
	double began = clock_of(CLOCK_THREAD_CPUTIME_ID);

	sums->bytes += (double)msg->len;
	if (!tokens || msg->len == 0)
		return;
	read_tokens(msg);
	sums->token_seconds += clock_of(CLOCK_THREAD_CPUTIME_ID) - began;
}

static int
assign_all(rd_kafka_t *rk, const char *topic, int partitions)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
	rd_kafka_resp_err_t code;

	for (int i = 0; i < partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
	code = rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static int
partitions_of(rd_kafka_t *rk, const char *topic)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
	int n = 0;

	if (rd_kafka_metadata(rk, 0, t, &metadata, SILENT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		n = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
		rd_kafka_metadata_destroy(metadata);
	}
	rd_kafka_topic_destroy(t);
	return n;
}

/* One pass over the topic. */
static int
pass(const struct config_pairs *kafka, const char *topic, unsigned long count, bool tokens, struct sums *sums)
{
	struct err err = {0};
	char text[256] = "";
	rd_kafka_conf_t *conf = kafka_consumer_conf(kafka, "floors", &err);
	rd_kafka_t *rk = conf == NULL ? NULL : rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	unsigned long taken = 0;

	if (rk == NULL) {
		(void)fprintf(stderr, "ingest_floors: %s%s\n", err.text, text);
		return -1;
	}
	(void)rd_kafka_poll_set_consumer(rk);
	if (assign_all(rk, topic, partitions_of(rk, topic)) == 0)
		while (taken < count) {
			rd_kafka_message_t *msg = rd_kafka_consumer_poll(rk, SILENT_MS);

			if (msg == NULL)
				break;
			if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
				take(sums, msg, tokens);
				taken++;
			}
			rd_kafka_message_destroy(msg);
		}
	(void)rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	if (taken < count)
		(void)fprintf(stderr, "ingest_floors: %s gave %lu of %lu messages\n", topic, taken, count);
	return taken < count ? -1 : 0;
}

int
main(int argc, char **argv)
{
	char name[] = "bootstrap.servers";
	struct config_pair pair = {name, argc > 1 ? argv[1] : NULL};
	const struct config_pairs kafka = {&pair, 1};
	struct sums drained = {0}, read = {0};
	unsigned long count;
	double cpu;

	if (argc != 4 || (count = strtoul(argv[3], NULL, 10)) == 0) {
		(void)fprintf(stderr, "usage: ingest_floors BOOTSTRAP TOPIC COUNT\n");
		return 2;
	}
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	if (pass(&kafka, argv[2], count, false, &drained) == -1)
		return 1;
	cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (pass(&kafka, argv[2], count, true, &read) == -1)
		return 1;
	(void)printf("drain_ms=%.4f tokens_ms=%.4f bytes=%.0f\n", cpu * 1000 / (double)count,
	    read.token_seconds * 1000 / (double)count, drained.bytes);
	return 0;
}
