/* SPDX-License-Identifier: MIT */
#include "kafka_client.h"
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/kafka_look.h>

struct kafka_look {
	rd_kafka_t *rk;
	int timeout_ms;
};

struct kafka_look *
kafka_look_open(const struct config_pairs *kafka, int timeout_ms, struct err *err)
{
	struct kafka_look *look = calloc(1, sizeof(*look));
	rd_kafka_conf_t *conf = look == NULL ? NULL : kafka_admin_conf(kafka, err);
	char why[300] = "out of memory";

	if (conf != NULL &&
	    (look->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why))) != NULL) {
		look->timeout_ms = timeout_ms;
		return look;
	}
	if (conf != NULL)
		rd_kafka_conf_destroy(conf);
	(void)err_set(err, ERR_FATAL, "config", "kafka: %s", why);
	free(look);
	return NULL;
}

void
kafka_look_close(struct kafka_look *look)
{
	if (look == NULL)
		return;
	rd_kafka_destroy(look->rk);
	free(look);
}

int
kafka_look_partitions(struct kafka_look *look, const char *topic, struct err *err)
{
	return kafka_topic_partitions(look->rk, topic, look->timeout_ms, err);
}

int
kafka_look_offsets(struct kafka_look *look, const char *topic, int partition, int64_t *low,
    int64_t *high, struct err *err)
{
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
	    look->rk, topic, partition, low, high, look->timeout_ms);

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return err_set(err, kafka_fate(code), "kafka", "topic %s: offsets of partition %d: %s",
	    topic, partition, rd_kafka_err2str(code));
}

void
kafka_look_settings(struct kafka_look *look, const char *topic, kafka_differs *tell, void *to)
{
	kafka_topic_compare(look->rk, KAFKA_TOPIC_PAGES, topic, tell, to);
}

static int
members_of(const struct rd_kafka_group_info *group, struct kafka_member *out, size_t max)
{
	int n = 0;

	for (; n < group->member_cnt && (size_t)n < max; n++) {
		(void)snprintf(
		    out[n].client, sizeof(out[n].client), "%s", group->members[n].client_id);
		(void)snprintf(
		    out[n].host, sizeof(out[n].host), "%s", group->members[n].client_host);
	}
	return n;
}

int
kafka_look_members(struct kafka_look *look, const char *group, struct kafka_member *out, size_t max,
    char state[32], struct err *err)
{
	const struct rd_kafka_group_list *list = NULL;
	rd_kafka_resp_err_t code = rd_kafka_list_groups(look->rk, group, &list, look->timeout_ms);
	int n = 0;

	state[0] = '\0';
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR && list->group_cnt > 0) {
		code = list->groups[0].err;
		(void)snprintf(state, 32, "%s", list->groups[0].state);
		n = members_of(&list->groups[0], out, max);
	}
	if (list != NULL)
		rd_kafka_group_list_destroy(list);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return n;
	return err_set(
	    err, kafka_fate(code), "kafka", "group %s: %s", group, rd_kafka_err2str(code));
}
