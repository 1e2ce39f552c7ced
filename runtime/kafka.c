/* SPDX-License-Identifier: MIT */
#include "kafka_client.h"
#include <string.h>
#include <suoyin/limits.h>

#define TEXT_OF(number) #number
#define NUMBER(macro) TEXT_OF(macro)

struct kafka_setting {
	const char *name;
	const char *value; /* NULL: must not be set at all */
};

/* Ours, where the configuration file says nothing. */
static const struct kafka_setting common_defaults[] = {
	{"client.id", "suoyin"},
	{"socket.nagle.disable", "true"}, /* the default costs 40 ms a request (changed in 2.10) */
	{"socket.keepalive.enable", "true"},
	{"statistics.interval.ms", "0"},
	{0},
};
static const struct kafka_setting producer_defaults[] = {
	{"compression.type", "zstd"},
	{"linger.ms", "50"},
	{"queue.buffering.max.messages", "10000"},
	{"queue.buffering.max.kbytes", "65536"}, /* 1 GiB otherwise */
	{0},
};
static const struct kafka_setting consumer_defaults[] = {
	{"session.timeout.ms", "45000"},
	{"queued.min.messages", "1000"},
	/* 2.0.2 stops fetching for a second when the queue is full: not too small. */
	{"queued.max.messages.kbytes", "131072"},
	{"max.partition.fetch.bytes", NUMBER(PAGE_MESSAGE_MAX)},
	{"fetch.max.bytes", "4194304"}, /* one piece of memory; a larger message comes all the same, alone */
	{"receive.message.max.bytes", "100000000"},
	{0},
};

/* What our promises need; setting one is an error. Other names of the same come with them. */
static const struct kafka_setting producer_required[] = {
	{"enable.idempotence", "true"},
	{"acks", "all"},
	{"request.required.acks", NULL},
	{"message.max.bytes", NUMBER(PAGE_MESSAGE_MAX)},
	{"transactional.id", NULL},
	{0},
};
static const struct kafka_setting consumer_required[] = {
	{"enable.auto.commit", "false"},
	{"auto.commit.enable", NULL},
	{"enable.auto.offset.store", "false"},
	{"auto.offset.reset", "error"}, /* the default loses messages in silence */
	{"check.crcs", "true"},
	{"isolation.level", "read_committed"},
	{"partition.assignment.strategy", "range"}, /* cooperative ones hang or loop in 2.0.2 */
	{"allow.auto.create.topics", "false"},
	{"enable.partition.eof", "false"},
	{"group.id", NULL},
	{0},
};
static const struct kafka_setting admin_required[] = {
	{"allow.auto.create.topics", "false"},
	{0},
};

static const struct kafka_setting *
find(const struct kafka_setting *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
	char why[300];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	return err_set(err, ERR_FATAL, "config", "kafka.%s: %s", name, why);
}

static int
set_table(rd_kafka_conf_t *conf, const struct kafka_setting *table, struct err *err)
{
	for (; table->name != NULL; table++)
		if (table->value != NULL && set(conf, table->name, table->value, err) == -1)
			return -1;
	return 0;
}

static int
set_pairs(rd_kafka_conf_t *conf, const struct config_pairs *kafka, struct err *err)
{
	bool address = false;

	for (size_t i = 0; i < kafka->count; i++) {
		const char *name = kafka->items[i].name;

		address = address || strcmp(name, "bootstrap.servers") == 0 ||
		    strcmp(name, "metadata.broker.list") == 0 ||
		    strcmp(name, "test.mock.num.brokers") == 0;
		if (set(conf, name, kafka->items[i].value, err) == -1)
			return -1;
	}
	return address ? 0 :
	                 err_set(err, ERR_FATAL, "config",
	                     "kafka.bootstrap.servers: missing: HOST:PORT of one or more brokers");
}

static int
refuse(const struct config_pairs *kafka, const struct kafka_setting *required, struct err *err)
{
	for (size_t i = 0; i < kafka->count; i++) {
		const struct kafka_setting *r = find(required, kafka->items[i].name);

		if (r != NULL && r->value != NULL)
			return err_set(err, ERR_FATAL, "config",
			    "kafka.%s: always %s in suoyin: remove it", r->name, r->value);
		if (r != NULL)
			return err_set(err, ERR_FATAL, "config",
			    "kafka.%s: decided by suoyin: remove it", r->name);
	}
	return 0;
}

static rd_kafka_conf_t *
make(const struct config_pairs *kafka, const struct kafka_setting *defaults,
    const struct kafka_setting *required, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	if (set_table(conf, common_defaults, err) == -1 ||
	    (defaults != NULL && set_table(conf, defaults, err) == -1) ||
	    set_pairs(conf, kafka, err) == -1 || set_table(conf, required, err) == -1) {
		rd_kafka_conf_destroy(conf);
		return NULL;
	}
	kafka_client_watch(conf);
	return conf;
}

rd_kafka_conf_t *
kafka_producer_conf(const struct config_pairs *kafka, struct err *err)
{
	if (refuse(kafka, producer_required, err) == -1)
		return NULL;
	return make(kafka, producer_defaults, producer_required, err);
}

rd_kafka_conf_t *
kafka_consumer_conf(const struct config_pairs *kafka, const char *group, struct err *err)
{
	rd_kafka_conf_t *conf;

	if (refuse(kafka, consumer_required, err) == -1 ||
	    (conf = make(kafka, consumer_defaults, consumer_required, err)) == NULL)
		return NULL;
	if (set(conf, "group.id", group, err) == 0)
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}

rd_kafka_conf_t *
kafka_admin_conf(const struct config_pairs *kafka, struct err *err)
{
	return make(kafka, NULL, admin_required, err);
}

static const struct {
	rd_kafka_resp_err_t code;
	enum err_code fate;
} fates[] = {
	{RD_KAFKA_RESP_ERR_NO_ERROR, ERR_NONE},
	/* this message */
	{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, ERR_REJECT},
	{RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, ERR_REJECT},
	{RD_KAFKA_RESP_ERR_INVALID_RECORD, ERR_REJECT},
	/* our configuration, our rights, or a state that only a person can judge */
	{RD_KAFKA_RESP_ERR__FATAL, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__FENCED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__INVALID_ARG, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__NOT_CONFIGURED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, ERR_FATAL},
	{RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_REQUEST, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_CONFIG, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ERR_FATAL},
	{RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, ERR_FATAL},
};

enum err_code
kafka_fate(rd_kafka_resp_err_t code)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (fates[i].code == code)
			return fates[i].fate;
	return ERR_RETRY; /* brokers, leaders, the network, time */
}
