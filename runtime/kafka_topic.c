/* SPDX-License-Identifier: MIT */
#include "kafka_client.h"
#include <stdio.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>

#define ASK_MS 10000  /* one request to a broker */
#define WAIT_MS 15000 /* one admin request with all that librdkafka does around it */
#define CHECK_MS 5000 /* the start of a program does not wait longer for a warning */
#define TEXT_OF(number) #number
#define NUMBER(macro) TEXT_OF(macro)

struct wanted {
	const char *name, *value;
};

/* The topic is the archive of what portals served: it forgets nothing. Nor do the others, which can
 * be followed from their beginning. */
#define SETTINGS 3
static const struct wanted wanted_of[][SETTINGS] = {
	[KAFKA_TOPIC_PAGES] = {{"max.message.bytes", NUMBER(PAGE_MESSAGE_MAX)}, {"retention.ms", "-1"},
		{"compression.type", "zstd"}},
	[KAFKA_TOPIC_DEAD_LETTERS] = {{"max.message.bytes", NUMBER(DEAD_MESSAGE_MAX)}, {"retention.ms", "-1"},
		{"compression.type", "zstd"}},
	[KAFKA_TOPIC_REPORTS] = {{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"compression.type", "zstd"}},
};

static int
fail(rd_kafka_resp_err_t code, const char *topic, const char *what, const char *text,
    struct err *err)
{
	return err_set(err, kafka_fate(code), "kafka", "topic %s: %s: %s", topic, what,
	    text != NULL ? text : rd_kafka_err2str(code));
}

static void
differs(void *unused, const char *topic, const char *what, const char *found, const char *want)
{
	(void)unused;
	if (what == NULL)
		log_event(LEVEL_INFO, "topic_not_checked", F_STR("topic", topic), F_STR("error", found));
	else
		log_event(LEVEL_WARN, "topic_differs", F_STR("topic", topic), F_STR("setting", what),
		    F_STR("found", found), F_STR("wanted", want));
}

int
kafka_topic_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms, struct err *err)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
	const struct rd_kafka_metadata *found = NULL;
	rd_kafka_resp_err_t code;
	int count = 0;

	if (rkt == NULL)
		return fail(rd_kafka_last_error(), topic, "name", NULL, err);
	code = rd_kafka_metadata(rk, 0, rkt, &found, timeout_ms);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR && found->topic_cnt == 1) {
		code = found->topics[0].err;
		count = found->topics[0].partition_cnt;
	}
	if (found != NULL)
		rd_kafka_metadata_destroy(found);
	rd_kafka_topic_destroy(rkt);
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return 0;
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return fail(code, topic, "metadata", NULL, err);
	return count;
}

static rd_kafka_AdminOptions_t *
admin_options(rd_kafka_t *rk, rd_kafka_admin_op_t op, int timeout_ms)
{
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, op);
	char why[200];

	(void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, why, sizeof(why));
	return options;
}

static int
created(rd_kafka_event_t *event, const char *topic, struct err *err)
{
	const rd_kafka_topic_result_t **results;
	rd_kafka_resp_err_t code;
	size_t count = 0;

	if (event == NULL)
		return fail(RD_KAFKA_RESP_ERR__TIMED_OUT, topic, "create", NULL, err);
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return fail(rd_kafka_event_error(event), topic, "create",
		    rd_kafka_event_error_string(event), err);
	results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
	    &count);
	if (count == 0)
		return fail(RD_KAFKA_RESP_ERR__BAD_MSG, topic, "create", NULL, err);
	code = rd_kafka_topic_result_error(results[0]);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		log_event(LEVEL_INFO, "topic_created", F_STR("topic", topic));
	else if (code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) /* another instance was first */
		return fail(code, topic, "create", rd_kafka_topic_result_error_string(results[0]),
		    err);
	return 0;
}

static int
create(rd_kafka_t *rk, const struct wanted *wanted, const char *topic, int partitions, int replication,
    struct err *err)
{
	char why[200] = "";
	rd_kafka_NewTopic_t *new = rd_kafka_NewTopic_new(topic, partitions > 0 ? partitions : -1,
	    replication > 0 ? replication : -1, why, sizeof(why));
	rd_kafka_AdminOptions_t *options;
	rd_kafka_queue_t *queue;
	rd_kafka_event_t *event;
	int rc;

	if (new == NULL)
		return fail(RD_KAFKA_RESP_ERR__INVALID_ARG, topic, "create", why, err);
	for (size_t i = 0; i < SETTINGS; i++)
		(void)rd_kafka_NewTopic_set_config(new, wanted[i].name, wanted[i].value);
	queue = rd_kafka_queue_new(rk);
	options = admin_options(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS, ASK_MS);
	rd_kafka_CreateTopics(rk, &new, 1, options, queue);
	event = rd_kafka_queue_poll(queue, WAIT_MS);
	rc = created(event, topic, err);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(new);
	return rc;
}

static void
compare(const struct wanted *wanted, const char *topic, const rd_kafka_ConfigResource_t *resource,
    kafka_differs *tell, void *to)
{
	size_t count = 0;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < SETTINGS; j++) {
			const char *value = rd_kafka_ConfigEntry_value(entries[i]);

			if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), wanted[j].name) == 0 &&
			    value != NULL && strcmp(value, wanted[j].value) != 0)
				tell(to, topic, wanted[j].name, value, wanted[j].value);
		}
}

/* What the event says went wrong, NULL when it holds the settings of the topic. */
static const char *
no_settings(rd_kafka_event_t *event, const rd_kafka_ConfigResource_t **resource)
{
	const rd_kafka_ConfigResource_t **resources;
	size_t count = 0;

	if (event == NULL)
		return "no answer in time";
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return rd_kafka_event_error_string(event);
	resources = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &count);
	if (count == 0)
		return "an empty answer";
	*resource = resources[0];
	return rd_kafka_ConfigResource_error(resources[0]) == RD_KAFKA_RESP_ERR_NO_ERROR ?
	    NULL :
	    rd_kafka_ConfigResource_error_string(resources[0]);
}

/* A broker that does not let us read settings may still be the right one: it is only told. */
void
kafka_topic_compare(rd_kafka_t *rk, enum kafka_topic_kind kind, const char *topic, kafka_differs *tell, void *to)
{
	rd_kafka_ConfigResource_t *ask =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	const rd_kafka_ConfigResource_t *answer = NULL;
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_AdminOptions_t *options =
	    admin_options(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, CHECK_MS);
	rd_kafka_event_t *event;
	const char *why;

	rd_kafka_DescribeConfigs(rk, &ask, 1, options, queue);
	event = rd_kafka_queue_poll(queue, WAIT_MS);
	if ((why = no_settings(event, &answer)) == NULL)
		compare(wanted_of[kind], topic, answer, tell, to);
	else
		tell(to, topic, NULL, why, NULL);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_queue_destroy(queue);
	rd_kafka_ConfigResource_destroy(ask);
}

static int
ensure(rd_kafka_t *rk, enum kafka_topic_kind kind, const char *topic, int partitions, int replication,
    struct err *err)
{
	char found[16], want[16];
	int count = kafka_topic_partitions(rk, topic, ASK_MS, err);

	if (count == -1)
		return -1;
	if (count == 0)
		return create(rk, wanted_of[kind], topic, partitions, replication, err);
	if (partitions > 0 && count != partitions) {
		(void)snprintf(found, sizeof(found), "%d", count);
		(void)snprintf(want, sizeof(want), "%d", partitions);
		differs(NULL, topic, "partitions", found, want);
	}
	kafka_topic_compare(rk, kind, topic, differs, NULL);
	return 0;
}

int
kafka_ensure_topic_of(const struct config_pairs *kafka, enum kafka_topic_kind kind, const char *topic,
    int partitions, int replication, struct err *err)
{
	rd_kafka_conf_t *conf = kafka_admin_conf(kafka, err);
	rd_kafka_t *rk;
	char why[300];
	int rc;

	if (conf == NULL)
		return -1;
	if ((rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why))) == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_FATAL, "config", "kafka: %s", why);
	}
	rc = ensure(rk, kind, topic, partitions, replication, err);
	rd_kafka_destroy(rk);
	return rc;
}

int
kafka_ensure_topic(const struct config_pairs *kafka, const char *topic, int partitions,
    int replication, struct err *err)
{
	return kafka_ensure_topic_of(kafka, KAFKA_TOPIC_PAGES, topic, partitions, replication, err);
}
