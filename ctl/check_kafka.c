/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/kafka_look.h>
#include <suoyin/kafka_read.h>

#define MEMBERS_MAX 256

static const char *
advice(const char *text)
{
	if (strstr(text, "uthoriz") != NULL)
		return "Give this user Describe and Read on topic and group (kafka-acls.sh).";
	if (strstr(text, "uthentic") != NULL || strstr(text, "SASL") != NULL)
		return "Look at kafka.security.protocol, kafka.sasl.* and the password.";
	return "Do the brokers run, and can this machine reach the addresses that they advertise?";
}

static void
tell_setting(
    void *to, const char *topic, const char *setting, const char *found, const char *wanted)
{
	struct check *c = to;

	if (setting == NULL) {
		check_add(c, FINDING_WARN, "topic settings",
		    "Give this user DescribeConfigs on the topic, or look there by hand.", "%s: %s",
		    topic, found);
		return;
	}
	check_add(c, FINDING_WARN, "topic settings",
	    strcmp(setting, "retention.ms") == 0
		? "The topic is the archive: kafka-configs.sh --alter --add-config retention.ms=-1"
		: "kafka-configs.sh --alter --add-config, on this topic",
	    "%s: %s is %s, wanted %s", topic, setting, found, wanted);
}

/* One message where there is one: the right to read. */
static void
try_reading(struct check *c, int partition, int64_t low, int64_t high)
{
	struct err err = {0};
	struct kafka_reader *reader = kafka_reader_open(&c->common->kafka, &err);
	rd_kafka_message_t *msg = reader == NULL ? NULL
						 : kafka_read_at(reader, c->common->topic,
						       partition, high - 1, c->timeout_ms, &err);

	if (msg != NULL) {
		check_add(c, FINDING_OK, "topic read", NULL, "%s/%d/%" PRId64 ", %zu bytes",
		    c->common->topic, partition, msg->offset, msg->len);
		rd_kafka_message_destroy(msg);
	} else {
		check_add(c, FINDING_WRONG, "topic read", advice(err.text),
		    "%s (it has %" PRId64 " to %" PRId64 ")", err.text, low, high - 1);
	}
	kafka_reader_close(reader);
}

static int64_t
stored_offset(const PGresult *stored, int partition)
{
	for (int i = 0; stored != NULL && i < PQntuples(stored); i++)
		if (strtol(PQgetvalue(stored, i, 0), NULL, 10) == partition)
			return pg_int_at(stored, i, 1);
	return -1;
}

/* Whether what the workers will read next is still there. 1: it is not. */
static int
check_place(struct check *c, int partition, int64_t next, int64_t low, int64_t high)
{
	static const char what[] =
	    "The topic was made anew or lost messages: docs/OPERATIONS.md, Resume point.";

	if (next == -1 || (next >= low && next <= high))
		return 0;
	check_add(c, FINDING_WRONG, "resume point", what,
	    "partition %d: the workers go on at %" PRId64 ", the topic has %" PRId64 " to %" PRId64,
	    partition, next, low, high);
	return 1;
}

static void
check_partitions(struct check *c, struct kafka_look *look, int partitions, struct pg *pg)
{
	const char *values[] = {c->group, c->common->topic};
	struct err err = {0};
	PGresult *stored = pg == NULL ? NULL
				      : pg_query(pg, NULL,
					    "SELECT part, next_offset FROM core.ingest_offset "
					    "WHERE grp = $1 AND topic = $2",
					    2, values, &err);
	int64_t low, high, behind = 0;
	bool was_read = false;
	int wrong = 0;

	for (int i = 0; i < partitions; i++) {
		int64_t next = stored_offset(stored, i);

		if (kafka_look_offsets(look, c->common->topic, i, &low, &high, &err) == -1) {
			check_add(c, FINDING_WRONG, "topic", advice(err.text), "%s", err.text);
			break;
		}
		if (!was_read && high > low) {
			was_read = true;
			try_reading(c, i, low, high);
		}
		wrong += check_place(c, i, next, low, high);
		behind += next == -1 ? high - low : next < high ? high - next : 0;
	}
	if (stored == NULL)
		check_add(c, FINDING_SKIPPED, "resume point",
		    pg == NULL ? NULL : "Ask as suoyin_operator: it may read all.", "%s",
		    pg == NULL ? "the database does not tell" : err.text);
	else if (wrong == 0)
		check_add(c, FINDING_OK, "resume point", NULL,
		    "within the topic, %" PRId64 " messages behind its end", behind);
	PQclear(stored);
}

static void
check_group(struct check *c, struct kafka_look *look)
{
	struct kafka_member members[MEMBERS_MAX];
	struct err err = {0};
	char state[32];
	int n = kafka_look_members(look, c->group, members, MEMBERS_MAX, state, &err);

	if (n == -1)
		check_add(c, FINDING_WRONG, "group", advice(err.text), "%s", err.text);
	else if (n == 0)
		check_add(c, FINDING_WARN, "group",
		    "Start suoyin-worker; --group NAME if its group has another name.",
		    "%s has no member", c->group);
	else
		check_add(c, FINDING_OK, "group", NULL, "%s, %d members, %s", c->group, n, state);
}

void
check_kafka(struct check *c, struct pg *pg)
{
	struct err err = {0};
	struct kafka_look *look = kafka_look_open(&c->common->kafka, c->timeout_ms, &err);
	int partitions = look == NULL ? -1 : kafka_look_partitions(look, c->common->topic, &err);

	if (partitions == -1) {
		check_add(c, FINDING_WRONG, "kafka", advice(err.text), "%s", err.text);
	} else if (partitions == 0) {
		check_add(c, FINDING_OK, "kafka", NULL, "a broker answers");
		check_add(c, FINDING_WARN, "topic",
		    "A worker or crawler makes it when it starts, if it may.",
		    "%s does not exist, or this user may not see it", c->common->topic);
	} else {
		check_add(c, FINDING_OK, "kafka", NULL, "a broker answers");
		check_add(c, FINDING_OK, "topic", NULL, "%s, %d partitions", c->common->topic,
		    partitions);
		kafka_look_settings(look, c->common->topic, tell_setting, c);
		check_partitions(c, look, partitions, pg);
		check_group(c, look);
	}
	kafka_look_close(look);
}
