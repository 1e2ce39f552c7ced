/* SPDX-License-Identifier: MIT */
/* Against librdkafka's own mock brokers, which listen on loopback within this process. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <suoyin/kafka.h>
#include <suoyin/kafka_read.h>
/* wants rdkafka.h first */
#include <librdkafka/rdkafka_mock.h>

#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define PAIRS(...) \
	((struct config_pairs){.items = (struct config_pair[]){__VA_ARGS__}, \
	    .count = sizeof((struct config_pair[]){__VA_ARGS__}) / sizeof(struct config_pair)})

static char bootstrap[] = "bootstrap.servers";
static char nowhere[] = "127.0.0.1:1";

static struct config_pair
pair(const char *name, const char *value)
{
	return (struct config_pair){(char *)(uintptr_t)name, (char *)(uintptr_t)value};
}

static void
expect(const rd_kafka_conf_t *conf, const char *name, const char *want)
{
	char value[256] = "";
	size_t n = sizeof(value);

	assert_int_equal(rd_kafka_conf_get(conf, name, value, &n), RD_KAFKA_CONF_OK);
	if (strcmp(value, want) != 0)
		fail_msg("%s is %s, wanted %s", name, value, want);
}

static void
a_producer_loses_and_doubles_nothing(void **state)
{
	struct config_pairs kafka = PAIRS({bootstrap, nowhere});
	rd_kafka_conf_t *conf = kafka_producer_conf(&kafka, NULL);

	(void)state;
	assert_non_null(conf);
	expect(conf, "enable.idempotence", "true");
	expect(conf, "acks", "-1");
	expect(conf, "compression.type", "zstd");
	expect(conf, "message.max.bytes", "8388608");
	expect(conf, "linger.ms", "50");
	expect(conf, "statistics.interval.ms", "0");
	rd_kafka_conf_destroy(conf);
}

static void
a_consumer_never_acknowledges_or_skips_by_itself(void **state)
{
	struct config_pairs kafka = PAIRS({bootstrap, nowhere});
	rd_kafka_conf_t *conf = kafka_consumer_conf(&kafka, "suoyin-worker", NULL);

	(void)state;
	assert_non_null(conf);
	expect(conf, "group.id", "suoyin-worker");
	expect(conf, "enable.auto.commit", "false");
	expect(conf, "enable.auto.offset.store", "false");
	expect(conf, "auto.offset.reset", "error");
	expect(conf, "check.crcs", "true");
	expect(conf, "partition.assignment.strategy", "range");
	expect(conf, "session.timeout.ms", "45000");
	expect(conf, "socket.nagle.disable", "true");
	expect(conf, "max.partition.fetch.bytes", "8388608");
	rd_kafka_conf_destroy(conf);
}

static void
the_file_changes_a_default(void **state)
{
	struct config_pairs kafka =
	    PAIRS(pair(bootstrap, nowhere), pair("linger.ms", "5"), pair("client.id", "here"));
	rd_kafka_conf_t *conf = kafka_producer_conf(&kafka, NULL);

	(void)state;
	assert_non_null(conf);
	expect(conf, "linger.ms", "5");
	expect(conf, "client.id", "here");
	rd_kafka_conf_destroy(conf);
}

static void
expect_refused(rd_kafka_conf_t *conf, const struct err *err, const char *name)
{
	assert_null(conf);
	assert_int_equal(err->code, ERR_FATAL);
	assert_string_equal(err->reason, "config");
	if (strstr(err->text, name) == NULL)
		fail_msg("\"%s\" does not name %s", err->text, name);
}

static void
what_our_promises_need_cannot_be_set(void **state)
{
	static const char *const producer[] = {"enable.idempotence", "acks",
		"request.required.acks", "message.max.bytes", "transactional.id"};
	static const char *const consumer[] = {"enable.auto.commit", "auto.commit.enable",
		"enable.auto.offset.store", "auto.offset.reset", "check.crcs", "group.id",
		"partition.assignment.strategy", "isolation.level"};

	(void)state;
	for (size_t i = 0; i < sizeof(producer) / sizeof(producer[0]); i++) {
		struct config_pairs kafka = PAIRS(pair(bootstrap, nowhere), pair(producer[i], "1"));
		struct err err = {0};

		expect_refused(kafka_producer_conf(&kafka, &err), &err, producer[i]);
	}
	for (size_t i = 0; i < sizeof(consumer) / sizeof(consumer[0]); i++) {
		struct config_pairs kafka = PAIRS(pair(bootstrap, nowhere), pair(consumer[i], "1"));
		struct err err = {0};

		expect_refused(kafka_consumer_conf(&kafka, "g", &err), &err, consumer[i]);
	}
}

static void
what_librdkafka_does_not_know_is_named_with_its_words(void **state)
{
	struct config_pairs unknown = PAIRS(pair(bootstrap, nowhere), pair("lingr.ms", "5"));
	struct config_pairs bad = PAIRS(pair(bootstrap, nowhere), pair("linger.ms", "soon"));
	struct config_pairs none = {NULL, 0};
	struct err err = {0};

	(void)state;
	expect_refused(kafka_producer_conf(&unknown, &err), &err, "kafka.lingr.ms");
	assert_non_null(strstr(err.text, "No such configuration property"));
	err = (struct err){0};
	expect_refused(kafka_consumer_conf(&bad, "g", &err), &err, "kafka.linger.ms");
	err = (struct err){0};
	expect_refused(kafka_producer_conf(&none, &err), &err, "kafka.bootstrap.servers");
}

static void
an_error_says_what_to_do_next(void **state)
{
	(void)state;
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_NO_ERROR), ERR_NONE);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR__TRANSPORT), ERR_RETRY);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), ERR_RETRY);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION), ERR_RETRY);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), ERR_RETRY);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), ERR_RETRY);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), ERR_FATAL);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR__FATAL), ERR_FATAL);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET), ERR_FATAL);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID), ERR_FATAL);
	assert_int_equal(kafka_fate(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), ERR_REJECT);
}

/* ---- a mock cluster; librdkafka gives it a client of its own */

struct cluster {
	rd_kafka_t *host;
	rd_kafka_mock_cluster_t *mock;
	struct config_pair items[3];
	struct config_pairs kafka;
};

static int
set_up(void **state)
{
	struct cluster *c = calloc(1, sizeof(*c));

	c->host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), NULL, 0);
	c->mock = rd_kafka_mock_cluster_new(c->host, 1);
	c->items[0] = pair(bootstrap, rd_kafka_mock_cluster_bootstraps(c->mock));
	c->items[1] = pair("reconnect.backoff.ms", "20");
	c->items[2] = pair("reconnect.backoff.max.ms", "50");
	c->kafka = (struct config_pairs){c->items, 3};
	*state = c;
	return 0;
}

static int
tear_down(void **state)
{
	struct cluster *c = *state;

	rd_kafka_mock_cluster_destroy(c->mock);
	rd_kafka_destroy(c->host);
	free(c);
	return 0;
}

static rd_kafka_t *
client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[300];
	rd_kafka_t *rk;

	assert_non_null(conf);
	if ((rk = rd_kafka_new(type, conf, why, sizeof(why))) == NULL)
		fail_msg("%s", why);
	return rk;
}

/* Without polling: the answer must not depend on what the program has read yet. */
static void
wait_until(rd_kafka_t *rk, bool up)
{
	const struct timespec pause = {.tv_nsec = 5000000};

	for (int i = 0; i < 2000 && kafka_is_up(rk) != up; i++)
		(void)nanosleep(&pause, NULL);
	assert_int_equal(kafka_is_up(rk), up);
}

static void
an_idle_client_knows_when_its_brokers_go_and_come_back(void **state)
{
	struct cluster *c = *state;
	double before = metric_get(M_KAFKA_ERRORS, "all_brokers_down");
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, kafka_producer_conf(&c->kafka, NULL));

	wait_until(rk, true);
	assert_int_equal(rd_kafka_mock_broker_set_down(c->mock, 1), 0);
	wait_until(rk, false);
	for (int i = 0; i < 100 && metric_get(M_KAFKA_ERRORS, "all_brokers_down") <= before; i++)
		(void)rd_kafka_poll(rk, 20);
	assert_true(metric_get(M_KAFKA_ERRORS, "all_brokers_down") > before);
	assert_int_equal(rd_kafka_mock_broker_set_up(c->mock, 1), 0);
	wait_until(rk, true);
	rd_kafka_destroy(rk);
}

static void
a_client_that_never_reached_a_broker_is_not_up(void **state)
{
	struct config_pairs kafka = PAIRS({bootstrap, nowhere});
	rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, kafka_producer_conf(&kafka, NULL));

	(void)state;
	(void)rd_kafka_poll(rk, 100);
	assert_false(kafka_is_up(rk));
	rd_kafka_destroy(rk);
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	(void)rk;
	*(int *)opaque = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : -1;
}

static char *
noise(size_t n)
{
	uint32_t x = 2463534242U;
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (char)(x & 0xFF);
	}
	return p;
}

static rd_kafka_resp_err_t
produce(rd_kafka_t *rk, const char *body, size_t n)
{
	rd_kafka_vu_t fields[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "suoyin.pages"},
		{.vtype = RD_KAFKA_VTYPE_VALUE,
		    .u.mem = {.ptr = (void *)(uintptr_t)body, .size = n}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(rk, fields, 3);
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);

	rd_kafka_error_destroy(error);
	return code;
}

static rd_kafka_message_t *
first_message(rd_kafka_t *rk)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_message_t *message = NULL;

	rd_kafka_topic_partition_list_add(list, "suoyin.pages", 0)->offset = 0;
	assert_int_equal(rd_kafka_assign(rk, list), RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_topic_partition_list_destroy(list);
	for (int i = 0; i < 100 && message == NULL; i++)
		message = rd_kafka_consumer_poll(rk, 100);
	return message;
}

static void
the_largest_page_passes_and_the_opaque_is_the_programs_own(void **state)
{
	struct cluster *c = *state;
	rd_kafka_conf_t *conf = kafka_producer_conf(&c->kafka, NULL);
	char *body = noise(PAGE_MESSAGE_MAX + 1);
	rd_kafka_message_t *message;
	rd_kafka_t *rk;
	int delivered = 0;

	assert_int_equal(rd_kafka_mock_topic_create(c->mock, "suoyin.pages", 1, 1), 0);
	rd_kafka_conf_set_opaque(conf, &delivered);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rk = client(RD_KAFKA_PRODUCER, conf);
	assert_int_equal(produce(rk, body, PAGE_MESSAGE_MAX + 1),
	    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	assert_int_equal(produce(rk, body, PAGE_BODY_MAX), RD_KAFKA_RESP_ERR_NO_ERROR);
	for (int i = 0; i < 100 && delivered == 0; i++)
		(void)rd_kafka_poll(rk, 100);
	assert_int_equal(delivered, 1);
	assert_true(kafka_is_up(rk));
	rd_kafka_destroy(rk);

	rk = client(RD_KAFKA_CONSUMER, kafka_consumer_conf(&c->kafka, "g", NULL));
	message = first_message(rk);
	assert_non_null(message);
	assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
	assert_int_equal(message->len, PAGE_BODY_MAX);
	assert_memory_equal(message->payload, body, PAGE_BODY_MAX);
	rd_kafka_message_destroy(message);
	rd_kafka_destroy(rk);
	free(body);
}

static void
a_topic_that_we_may_not_see_is_fatal(void **state)
{
	struct cluster *c = *state;
	struct err err = {0};

	rd_kafka_mock_topic_set_error(c->mock, "secret",
	    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	assert_int_equal(kafka_ensure_topic(&c->kafka, "secret", 12, 1, &err), -1);
	assert_int_equal(err.code, ERR_FATAL);
	assert_string_equal(err.reason, "kafka");
	assert_non_null(strstr(err.text, "secret"));
}

static void
the_end_of_each_partition_is_told(void **state)
{
	struct cluster *c = *state;
	int64_t ends[4] = {-7, -7, -7, -7};
	struct err err = {0};
	rd_kafka_conf_t *conf = kafka_producer_conf(&c->kafka, NULL);
	const rd_kafka_vu_t fields[] = {
	    {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = "suoyin.pages"},
	    {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 1},
	    {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = 1700000000123},
	    {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {bootstrap, 1}},
	};
	struct kafka_reader *reader;
	rd_kafka_message_t *msg;
	rd_kafka_t *rk;
	int delivered = 0;

	assert_int_equal(rd_kafka_mock_topic_create(c->mock, "suoyin.pages", 3, 1), 0);
	rd_kafka_conf_set_opaque(conf, &delivered);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	rk = client(RD_KAFKA_PRODUCER, conf);
	assert_null(rd_kafka_produceva(rk, fields, sizeof(fields) / sizeof(fields[0])));
	for (int i = 0; i < 100 && delivered == 0; i++)
		(void)rd_kafka_poll(rk, 100);
	assert_int_equal(delivered, 1);
	rd_kafka_destroy(rk);

	assert_non_null(reader = kafka_reader_open(&c->kafka, &err));
	assert_int_equal(kafka_read_ends(reader, "suoyin.pages", ends, 2, 5000, &err), 3);
	assert_int_equal(ends[0], 0);
	assert_int_equal(ends[1], 1);
	assert_int_equal(ends[2], -7); /* no more were wanted */
	/* reading and asking do not get in each other's way */
	assert_non_null(msg = kafka_read_at(reader, "suoyin.pages", 1, 0, 5000, &err));
	rd_kafka_message_destroy(msg);
	kafka_reader_rest(reader);
	assert_int_equal(kafka_read_ends(reader, "suoyin.pages", ends, 4, 5000, &err), 3);
	assert_int_equal(ends[2], 0);
	assert_non_null(msg = kafka_read_at(reader, "suoyin.pages", 1, 0, 5000, &err));
	rd_kafka_message_destroy(msg);

	assert_int_equal(rd_kafka_mock_broker_set_down(c->mock, 1), 0);
	assert_int_equal(kafka_read_ends(reader, "suoyin.pages", ends, 4, 300, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	kafka_reader_close(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_producer_loses_and_doubles_nothing),
		cmocka_unit_test(a_consumer_never_acknowledges_or_skips_by_itself),
		cmocka_unit_test(the_file_changes_a_default),
		cmocka_unit_test(what_our_promises_need_cannot_be_set),
		cmocka_unit_test(what_librdkafka_does_not_know_is_named_with_its_words),
		cmocka_unit_test(an_error_says_what_to_do_next),
		cmocka_unit_test_setup_teardown(
		    an_idle_client_knows_when_its_brokers_go_and_come_back, set_up, tear_down),
		cmocka_unit_test(a_client_that_never_reached_a_broker_is_not_up),
		cmocka_unit_test_setup_teardown(
		    the_largest_page_passes_and_the_opaque_is_the_programs_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_of_each_partition_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_topic_that_we_may_not_see_is_fatal, set_up, tear_down),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	log_setup("test_kafka", LEVEL_ERROR, FORMAT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
