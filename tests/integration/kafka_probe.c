/* SPDX-License-Identifier: MIT */
/*
 * kafka_probe - what we rely on in librdkafka, against a real broker, without our own code between.
 *
 * test_kafka.py runs it.  Each command prints facts as key=value and exits 0, or says what
 * failed and exits 1.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PARTITIONS 12
#define MESSAGE_MAX "8388608"
#define START_OFFSET 3 /* given at assign; each partition must begin there */
#define WAIT_MS 30000

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)fputs("kafka_probe: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static size_t
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n > 100000000)
		die("\"%s\" is not a number that fits", text);
	return n;
}

static void
set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[512];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK)
		die("%s: %s", name, text);
}

static rd_kafka_t *
client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char text[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof(text));

	if (rk == NULL)
		die("rd_kafka_new: %s", text);
	return rk;
}

/* Text that compresses, and differs from message to message. */
static void
fill(char *bytes, size_t n, size_t seq)
{
	char head[64];
	int len = snprintf(head, sizeof(head), "message %zu; ", seq);

	for (size_t i = 0; i < n; i++)
		bytes[i] = head[i % (size_t)len];
}

/* -- topic ------------------------------------------------------------------------------- */

static void
check_created(rd_kafka_event_t *event)
{
	size_t count;
	const rd_kafka_topic_result_t **topics;

	if (event == NULL)
		die("CreateTopics: no answer");
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("CreateTopics: %s", rd_kafka_event_error_string(event));
	topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
	if (count != 1 || rd_kafka_topic_result_error(topics[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("CreateTopics: %s", rd_kafka_topic_result_error_string(topics[0]));
}

static void
create(const char *bootstrap, const char *topic)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *event;
	rd_kafka_NewTopic_t *wanted;
	char text[512];

	set(conf, "bootstrap.servers", bootstrap);
	rk = client(RD_KAFKA_PRODUCER, conf);
	queue = rd_kafka_queue_new(rk);
	wanted = rd_kafka_NewTopic_new(topic, PARTITIONS, 1, text, sizeof(text));
	if (wanted == NULL)
		die("NewTopic: %s", text);
	(void)rd_kafka_NewTopic_set_config(wanted, "max.message.bytes", MESSAGE_MAX);
	rd_kafka_CreateTopics(rk, &wanted, 1, NULL, queue);
	event = rd_kafka_queue_poll(queue, WAIT_MS);
	check_created(event);
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(wanted);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
}

/* -- produce ----------------------------------------------------------------------------- */

struct tally {
	size_t ok, failed;
};

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct tally *tally = opaque;

	(void)rk;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		tally->ok++;
	else
		tally->failed++;
}

static void
produce_one(rd_kafka_t *rk, const char *topic, size_t seq, const char *bytes, size_t n)
{
	int32_t partition = (int32_t)(seq % PARTITIONS);
	rd_kafka_vu_t fields[4] = {
	    {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
	    {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
	    {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)bytes, n}},
	    {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(rk, fields, 4);

	if (error != NULL)
		die("produceva: %s", rd_kafka_error_string(error));
	(void)rd_kafka_poll(rk, 0);
}

static void
produce(const char *bootstrap, const char *topic, size_t count, size_t size)
{
	struct tally tally = {0, 0};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	int64_t began = now_ms();
	char *bytes = malloc(size + 1);

	if (bytes == NULL)
		die("out of memory");
	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "enable.idempotence", "true");
	set(conf, "acks", "all");
	set(conf, "compression.type", "zstd");
	set(conf, "message.max.bytes", MESSAGE_MAX);
	set(conf, "linger.ms", "5");
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rd_kafka_conf_set_opaque(conf, &tally);
	rk = client(RD_KAFKA_PRODUCER, conf);
	for (size_t i = 0; i < count; i++) {
		fill(bytes, size, i);
		produce_one(rk, topic, i, bytes, size);
	}
	(void)rd_kafka_flush(rk, WAIT_MS);
	free(bytes);
	rd_kafka_destroy(rk);
	printf("produced=%zu failed=%zu ms=%" PRId64 "\n", tally.ok, tally.failed, now_ms() - began);
	if (tally.ok != count)
		exit(1);
}

/* -- consume ----------------------------------------------------------------------------- */

static rd_kafka_conf_t *
consumer_conf(const char *bootstrap, const char *group)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", group);
	set(conf, "enable.auto.commit", "false");
	set(conf, "enable.auto.offset.store", "false");
	set(conf, "auto.offset.reset", "error");
	set(conf, "check.crcs", "true");
	set(conf, "fetch.message.max.bytes", MESSAGE_MAX);
	return conf;
}

static void
check_content(const rd_kafka_message_t *message)
{
	size_t seq = (size_t)message->offset * PARTITIONS + (size_t)message->partition;
	char *want = malloc(message->len + 1);

	if (want == NULL)
		die("out of memory");
	fill(want, message->len, seq);
	if (memcmp(want, message->payload, message->len) != 0)
		die("partition %" PRId32 " offset %" PRId64 " has other bytes", message->partition, message->offset);
	free(want);
}

static void
consume(const char *bootstrap, const char *topic, size_t count)
{
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, consumer_conf(bootstrap, topic));
	rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(PARTITIONS);
	int64_t began = now_ms();
	size_t got = 0;

	(void)rd_kafka_poll_set_consumer(rk);
	for (int32_t p = 0; p < PARTITIONS; p++)
		rd_kafka_topic_partition_list_add(parts, topic, p)->offset = 0;
	if (rd_kafka_assign(rk, parts) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("assign");
	while (got < count && now_ms() - began < WAIT_MS) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 100);

		if (message == NULL)
			continue;
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			check_content(message);
			got++;
		}
		rd_kafka_message_destroy(message);
	}
	rd_kafka_topic_partition_list_destroy(parts);
	(void)rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	printf("consumed=%zu ms=%" PRId64 "\n", got, now_ms() - began);
	if (got != count)
		exit(1);
}

/* -- two members of a group -------------------------------------------------------------- */

struct member {
	rd_kafka_t *rk;
	bool owns[PARTITIONS];
	int64_t first[PARTITIONS]; /* offset of the first message seen; -1: none yet */
	int assigned;
};

static void
on_assign(struct member *m, rd_kafka_topic_partition_list_t *parts)
{
	for (int i = 0; i < parts->cnt; i++) {
		parts->elems[i].offset = START_OFFSET;
		m->owns[parts->elems[i].partition] = true;
		m->first[parts->elems[i].partition] = -1;
	}
	m->assigned = parts->cnt;
	if (rd_kafka_assign(m->rk, parts) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("assign in a rebalance");
}

static void
on_rebalance(
    rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *parts, void *opaque)
{
	struct member *m = opaque;

	m->rk = rk;
	memset(m->owns, 0, sizeof(m->owns));
	m->assigned = 0;
	if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
		on_assign(m, parts);
	else
		(void)rd_kafka_assign(rk, NULL);
}

static void
join(struct member *m, const char *bootstrap, const char *topic, const char *instance)
{
	rd_kafka_conf_t *conf = consumer_conf(bootstrap, topic);
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

	*m = (struct member){0};
	set(conf, "group.instance.id", instance);
	set(conf, "partition.assignment.strategy", "range");
	set(conf, "session.timeout.ms", "6000");
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_opaque(conf, m);
	m->rk = client(RD_KAFKA_CONSUMER, conf);
	(void)rd_kafka_poll_set_consumer(m->rk);
	(void)rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
	if (rd_kafka_subscribe(m->rk, topics) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("subscribe");
	rd_kafka_topic_partition_list_destroy(topics);
}

static void
poll_member(struct member *m)
{
	rd_kafka_message_t *message = rd_kafka_consumer_poll(m->rk, 20);

	if (message == NULL)
		return;
	if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("consumer: %s", rd_kafka_message_errstr(message));
	if (!m->owns[message->partition])
		die("a message of partition %" PRId32 ", which is not ours", message->partition);
	if (m->first[message->partition] == -1)
		m->first[message->partition] = message->offset;
	rd_kafka_message_destroy(message);
}

static bool
has_begun(const struct member *m)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (m->owns[p] && m->first[p] == -1)
			return false;
	return true;
}

static void
check_first(const struct member *m)
{
	for (int p = 0; p < PARTITIONS; p++)
		if (m->owns[p] && m->first[p] != START_OFFSET)
			die("partition %d began at %" PRId64 ", not at %d", p, m->first[p], START_OFFSET);
}

static int64_t
leave(struct member *m)
{
	int64_t began = now_ms();

	if (rd_kafka_consumer_close(m->rk) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("close");
	rd_kafka_destroy(m->rk);
	return now_ms() - began;
}

/* One member has everything; a second comes, and each has half, from the offsets given. */
static void
group(const char *bootstrap, const char *topic)
{
	struct member a, b;
	int alone, shared_a, shared_b;
	int64_t began = now_ms();

	join(&a, bootstrap, topic, "a");
	while (a.assigned != PARTITIONS && now_ms() - began < WAIT_MS)
		poll_member(&a);
	alone = a.assigned;
	join(&b, bootstrap, topic, "b");
	while (now_ms() - began < WAIT_MS) {
		poll_member(&a);
		poll_member(&b);
		if (a.assigned + b.assigned == PARTITIONS && b.assigned > 0 && has_begun(&a) && has_begun(&b))
			break;
	}
	shared_a = a.assigned;
	shared_b = b.assigned;
	check_first(&a);
	check_first(&b);
	printf("alone=%d a=%d b=%d", alone, shared_a, shared_b);
	printf(" close_a=%" PRId64, leave(&a));
	printf(" close_b=%" PRId64 "\n", leave(&b));
}

int
main(int argc, char **argv)
{
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (argc == 2 && strcmp(argv[1], "version") == 0)
		printf("librdkafka=%s\n", rd_kafka_version_str());
	else if (argc == 4 && strcmp(argv[1], "create") == 0)
		create(argv[2], argv[3]);
	else if (argc == 6 && strcmp(argv[1], "produce") == 0)
		produce(argv[2], argv[3], number(argv[4]), number(argv[5]));
	else if (argc == 5 && strcmp(argv[1], "consume") == 0)
		consume(argv[2], argv[3], number(argv[4]));
	else if (argc == 4 && strcmp(argv[1], "group") == 0)
		group(argv[2], argv[3]);
	else
		die("version | create B T | produce B T COUNT BYTES | consume B T COUNT | group B T");
	return 0;
}
