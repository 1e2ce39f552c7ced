/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/kafka.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consume.h"
#include "own.h"

#define ASSIGN_RETRY_MS 1000
#define SET_BACK_MS 500 /* a clock that is set back by more than this, and not slowed */

struct consume {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	const char *topic, *group;
	char owner[320];
	struct pg *pg;
	struct consume_callbacks call;
	int fd;
	struct owned *owned;
	size_t owned_count;
	rd_kafka_topic_partition_list_t *open; /* assigned by the group, not yet by us */
	int64_t retry_at_ms;
	int64_t day_ms; /* the time of day at clock_ms() 0, when it was last looked at */
	bool paused, revoking, closing;
	bool lost;   /* the group has forgotten us, until it assigns again */
	bool untold; /* offsets are stored that Kafka was not told of */
	bool left; /* there may be messages that were not wanted at the last poll */
	char trouble[480];
	struct err fatal;
};

/* -------- assignment */

/* The rows become ours; c->owned says so in memory. */
static int
take_over(struct consume *c, const rd_kafka_topic_partition_list_t *list, struct err *err)
{
	const struct own_claim claim = {c->group, c->topic, c->owner, list};
	struct owned *owned = NULL;
	size_t count = 0;

	if (own_take(c->pg, &claim, &owned, &count, err) == -1)
		return -1;
	free(c->owned);
	c->owned = owned;
	c->owned_count = count;
	return 0;
}

static struct owned *
find_owned(const struct consume *c, int32_t partition)
{
	for (size_t i = 0; i < c->owned_count; i++)
		if (c->owned[i].partition == partition)
			return &c->owned[i];
	return NULL;
}

static void
drop_owned(struct consume *c)
{
	free(c->owned);
	c->owned = NULL;
	c->owned_count = 0;
}

/* Where to fetch: the message before the resume point comes again, to be compared. */
static int64_t
position(const struct owned *o)
{
	return o->guard >= 0 ? o->guard : o->next == 0 ? RD_KAFKA_OFFSET_BEGINNING : o->next;
}

/* Completes the open assignment, or leaves it for later. */
static void
assign_open(struct consume *c)
{
	struct err err = {0};
	rd_kafka_resp_err_t code;

	if (take_over(c, c->open, &err) == -1) {
		(void)snprintf(c->trouble, sizeof(c->trouble), "partitions wait for the database: %.400s", err.text);
		log_event(LEVEL_WARN, "assign_waits", F_ERR(&err));
		if (err.code == ERR_FATAL)
			c->fatal = err;
		pg_disconnect(c->pg);
		c->retry_at_ms = clock_ms() + ASSIGN_RETRY_MS;
		return;
	}
	for (int i = 0; i < c->open->cnt; i++) {
		const struct owned *o = find_owned(c, c->open->elems[i].partition);

		c->open->elems[i].offset = o == NULL ? RD_KAFKA_OFFSET_BEGINNING : position(o);
	}
	if ((code = rd_kafka_assign(c->rk, c->open)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		(void)snprintf(c->trouble, sizeof(c->trouble), "assign: %s", rd_kafka_err2str(code));
		c->retry_at_ms = clock_ms() + ASSIGN_RETRY_MS;
		return;
	}
	log_event(LEVEL_INFO, "assigned", F_INT("partitions", c->open->cnt), F_STR("owner", c->owner));
	rd_kafka_topic_partition_list_destroy(c->open);
	c->open = NULL;
	c->trouble[0] = '\0';
	metric_set(M_PARTITIONS, NULL, (double)c->owned_count);
	/* whoever had them may have ended between its commit of the rows and that for lag tools */
	for (size_t i = 0; i < c->owned_count; i++)
		consume_commit(c, c->owned[i].partition, c->owned[i].next);
}

static void
on_assign(struct consume *c, const rd_kafka_topic_partition_list_t *partitions)
{
	metric_add(M_REBALANCES, "assign", 1);
	c->lost = false;
	if (c->open != NULL)
		rd_kafka_topic_partition_list_destroy(c->open);
	c->open = rd_kafka_topic_partition_list_copy(partitions);
	assign_open(c);
	if (c->open != NULL) {
		/* the group waits for an answer: an empty one, and the real one when PostgreSQL is back */
		rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);

		(void)rd_kafka_assign(c->rk, none);
		rd_kafka_topic_partition_list_destroy(none);
	}
}

/* librdkafka keeps a partition paused beyond its revocation, and when it is assigned again. */
static void
resume(struct consume *c)
{
	rd_kafka_topic_partition_list_t *list = NULL;

	if (!c->paused || rd_kafka_assignment(c->rk, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	c->paused = false;
	(void)rd_kafka_resume_partitions(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
}

static void
unassign(struct consume *c)
{
	resume(c);
	(void)rd_kafka_assign(c->rk, NULL);
}

static void
on_revoke(struct consume *c)
{
	metric_add(M_REBALANCES, "revoke", 1);
	if (c->open != NULL) {
		rd_kafka_topic_partition_list_destroy(c->open);
		c->open = NULL;
	}
	c->lost = rd_kafka_assignment_lost(c->rk);
	/* From a session timeout until it is unassigned, librdkafka 2.0.2 sends heartbeats without a member id: of a
	 * static member, the broker takes that for another one with its name, which is fatal. */
	if (c->lost)
		unassign(c);
	c->revoking = true;
	c->call.revoked(c->call.ctx);
	c->revoking = false;
	drop_owned(c);
	c->trouble[0] = '\0';
	if (!c->lost)
		unassign(c);
	metric_set(M_PARTITIONS, NULL, 0);
	log_event(LEVEL_INFO, "revoked", F_STR("lost", c->lost ? "yes" : "no"));
}

static void
on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *partitions,
    void *opaque)
{
	struct consume *c = opaque;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && !c->closing)
		on_assign(c, partitions);
	else
		on_revoke(c);
}

/* -------- messages */

static int
fatal(struct consume *c, const char *reason, int32_t partition, int64_t offset, const char *text)
{
	return err_set(&c->fatal, ERR_FATAL, reason, "%s [%" PRId32 "] at offset %" PRId64 ": %s", c->topic,
	    partition, offset, text);
}

/* The ce_id at the guard must be the one whose rows PostgreSQL holds. */
static int
check_guard(struct consume *c, struct owned *o, const rd_kafka_message_t *msg)
{
	char id[GUARD_ID_SIZE];

	if (msg->offset != o->guard)
		return fatal(c, "topic_changed", o->partition, msg->offset,
		    "the message before the resume point is no longer in the topic; if messages were deleted"
		    " by retention, set core.ingest_offset.last_ce_id to null for this partition to go on");
	batch_guard_id(msg, id);
	if (strcmp(id, o->guard_id) != 0)
		return fatal(c, "topic_changed", o->partition, msg->offset,
		    "another message stands where the last stored one was: the topic was made anew; give the"
		    " worker another topic or group");
	o->guard = -1;
	return 0;
}

/* Fetches again from where we are. */
static void
fetch_again(struct consume *c, rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++) {
		const struct owned *o = find_owned(c, list->elems[i].partition);

		list->elems[i].offset = o == NULL ? RD_KAFKA_OFFSET_INVALID : position(o);
	}
	(void)rd_kafka_assign(c->rk, list);
}

/* Offsets may be missing where a transaction ended or a topic is compacted: then they are missing
 * the second time too.  What librdkafka gave by mistake is not taken for that. */
static bool
is_gap(struct consume *c, struct owned *o, const rd_kafka_message_t *msg)
{
	rd_kafka_topic_partition_list_t *list = NULL;

	if (msg->offset == o->next || o->next == 0)
		return false;
	if (msg->offset == o->gap ||
	    rd_kafka_assignment(c->rk, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		log_event(LEVEL_WARN, "offset_gap", F_INT("partition", o->partition),
		    F_INT("expected", o->next), F_INT("offset", msg->offset));
		return false;
	}
	o->gap = msg->offset;
	fetch_again(c, list);
	rd_kafka_topic_partition_list_destroy(list);
	return true;
}

/* 1: taken. 0: not for us. -1: fatal. The message is the callee's only when taken. */
static int
take(struct consume *c, rd_kafka_message_t *msg)
{
	struct owned *o = find_owned(c, msg->partition);

	if (o == NULL)
		return 0;
	if (o->guard >= 0) {
		if (check_guard(c, o, msg) == -1)
			return -1;
		return 0;
	}
	if (msg->offset < o->next || is_gap(c, o, msg))
		return 0; /* 2.0.2 may fetch again what it has given already */
	if (c->call.message(c->call.ctx, msg, o->epoch, o->next) == -1)
		return fatal(c, "memory", msg->partition, msg->offset, "out of memory");
	o->next = msg->offset + 1;
	return 1;
}

static void
on_error(struct consume *c, const rd_kafka_message_t *msg)
{
	char text[256], word[64];

	kafka_word(msg->err, word, sizeof(word));
	metric_add(M_KAFKA_ERRORS, word, 1);
	if (msg->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
	    msg->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
		(void)fatal(c, "offset_out_of_range", msg->partition, msg->offset,
		    "the resume point of PostgreSQL is not in the topic (made anew, truncated, or deleted by"
		    " retention); nothing was skipped");
	} else if (msg->err == RD_KAFKA_RESP_ERR__FATAL) {
		(void)rd_kafka_fatal_error(c->rk, text, sizeof(text));
		(void)fatal(c, "kafka", msg->partition, msg->offset, text);
	} else if (kafka_fate(msg->err) == ERR_FATAL) {
		(void)fatal(c, "kafka", msg->partition, msg->offset, rd_kafka_message_errstr(msg));
	} else {
		log_event(LEVEL_WARN, "consume_error", F_STR("reason", word),
		    F_STR("error", rd_kafka_message_errstr(msg)));
	}
}

/* librdkafka 2.0.2 waits until a time of day (its issue 2145): when the clock is set back, its timers
 * and with them the heartbeats stand still for so long. A question to its main thread ends that wait. */
static void
follow_clock(struct consume *c)
{
	rd_kafka_topic_partition_list_t *list = NULL;
	int64_t day_ms, before_ms = c->day_ms;

	day_ms = clock_day_ms() - clock_ms();
	c->day_ms = day_ms;
	if (before_ms == 0 || day_ms > before_ms - SET_BACK_MS)
		return;
	log_event(LEVEL_WARN, "clock_set_back", F_INT("ms", before_ms - day_ms));
	if (rd_kafka_assignment(c->rk, &list) == RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_topic_partition_list_destroy(list);
}

/* What Kafka could not be told while it was away; what was lost is told by whoever gets it. */
static void
tell_again(struct consume *c)
{
	if (!c->untold || c->lost || !kafka_is_up(c->rk))
		return;
	c->untold = false;
	for (size_t i = 0; i < c->owned_count; i++)
		consume_commit(c, c->owned[i].partition, c->owned[i].stored);
}

int
consume_poll(struct consume *c, struct err *err)
{
	uint64_t n;

	(void)!read(c->fd, &n, sizeof(n));
	follow_clock(c);
	tell_again(c);
	if (c->open != NULL && clock_ms() >= c->retry_at_ms)
		assign_open(c);
	while (c->fatal.code == ERR_NONE) {
		rd_kafka_message_t *msg;
		bool wanted = c->call.wants(c->call.ctx);
		int taken = 0;

		/* a full batch is not polled for a moment; after that consume_pause() keeps us alive */
		c->left = !wanted && !c->paused;
		if (c->left)
			break;
		if ((msg = rd_kafka_consumer_poll(c->rk, 0)) == NULL)
			break;
		if (msg->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			on_error(c, msg);
		else if (wanted)
			taken = take(c, msg);
		if (taken != 1)
			rd_kafka_message_destroy(msg);
	}
	if (c->fatal.code == ERR_NONE)
		return 0;
	*err = c->fatal;
	return -1;
}

void
consume_pause(struct consume *c, bool pause)
{
	rd_kafka_topic_partition_list_t *list = NULL;

	if (pause == c->paused || rd_kafka_assignment(c->rk, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (pause) {
		c->paused = true;
		(void)rd_kafka_pause_partitions(c->rk, list);
	} else {
		fetch_again(c, list); /* what was polled while paused was dropped */
		resume(c);
	}
	rd_kafka_topic_partition_list_destroy(list);
}

/* librdkafka would keep the commit until there is a broker again, and send it without a member id if the session timed
 * out meanwhile: fatal, too.  So it waits here. */
void
consume_commit(struct consume *c, int32_t partition, int64_t next_offset)
{
	rd_kafka_topic_partition_list_t *list;
	struct owned *o = find_owned(c, partition);

	if (o == NULL)
		return;
	o->stored = next_offset > o->stored ? next_offset : o->stored;
	if (c->lost || !kafka_is_up(c->rk)) {
		c->untold = true;
		return;
	}
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, c->topic, partition)->offset = next_offset;
	(void)rd_kafka_commit(c->rk, list, 1);
	rd_kafka_topic_partition_list_destroy(list);
}

bool
consume_position(const struct consume *c, size_t i, int32_t *partition, int64_t *stored)
{
	if (i >= c->owned_count)
		return false;
	*partition = c->owned[i].partition;
	*stored = c->owned[i].stored;
	return true;
}

const char *
consume_trouble(const struct consume *c)
{
	if (c->trouble[0] != '\0')
		return c->trouble;
	return kafka_is_up(c->rk) ? NULL : "no broker answers";
}

bool
consume_has_left(const struct consume *c)
{
	return c->left;
}

int
consume_fd(const struct consume *c)
{
	return c->fd;
}

/* -------- life */

static int
subscribe(struct consume *c, struct err *err)
{
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	rd_kafka_topic_partition_list_add(topics, c->topic, RD_KAFKA_PARTITION_UA);
	code = rd_kafka_subscribe(c->rk, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return err_set(err, ERR_FATAL, "kafka", "subscribe to %s: %s", c->topic, rd_kafka_err2str(code));
}

static int
open_client(struct consume *c, const struct settings *settings, struct err *err)
{
	rd_kafka_conf_t *conf = kafka_consumer_conf(&settings->common.kafka, settings->group, err);
	char text[256];

	if (conf == NULL)
		return -1;
	if (settings->instance[0] != '\0' &&
	    rd_kafka_conf_set(conf, "group.instance.id", settings->instance, text, sizeof(text)) !=
	        RD_KAFKA_CONF_OK) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_FATAL, "config", "instance: %s", text);
	}
	rd_kafka_conf_set_opaque(conf, c);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	if ((c->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text))) == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_FATAL, "kafka", "consumer: %s", text);
	}
	(void)rd_kafka_poll_set_consumer(c->rk);
	c->queue = rd_kafka_queue_get_consumer(c->rk);
	rd_kafka_queue_io_event_enable(c->queue, c->fd, "\1\0\0\0\0\0\0\0", 8);
	return subscribe(c, err);
}

void
consume_rejoin(struct consume *c)
{
	struct err err = {0};

	if (c->revoking || c->closing)
		return; /* the group decides anew already */
	drop_owned(c);
	(void)rd_kafka_unsubscribe(c->rk);
	if (subscribe(c, &err) == -1)
		c->fatal = err;
}

bool
consume_owns(const struct consume *c, int32_t partition, int64_t epoch)
{
	const struct owned *o = find_owned(c, partition);

	return o != NULL && o->epoch == epoch;
}

struct consume *
consume_new(const struct settings *settings, struct pg *pg,
    const struct consume_callbacks *callbacks, struct err *err)
{
	struct consume *c = calloc(1, sizeof(*c));
	char host[256] = "";

	if (c == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	c->topic = settings->common.topic;
	c->group = settings->group;
	c->pg = pg;
	c->call = *callbacks;
	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(c->owner, sizeof(c->owner), "%s:%ld", host, (long)getpid());
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd != -1 && open_client(c, settings, err) == 0)
		return c;
	consume_leave(c, 0);
	consume_free(c);
	return NULL;
}

void
consume_leave(struct consume *c, int64_t deadline_ms)
{
	int64_t until = clock_ms() + deadline_ms;

	if (c == NULL || c->rk == NULL)
		return;
	c->closing = true;
	/* rd_kafka_consumer_close() of 2.0.2 may wait for ever (#4187): with a deadline instead */
	rd_kafka_error_destroy(rd_kafka_consumer_close_queue(c->rk, c->queue));
	while (!rd_kafka_consumer_closed(c->rk) && clock_ms() < until) {
		rd_kafka_message_t *msg = rd_kafka_consumer_poll(c->rk, 50);

		if (msg != NULL)
			rd_kafka_message_destroy(msg);
	}
}

void
consume_free(struct consume *c)
{
	if (c == NULL)
		return;
	if (c->rk != NULL) {
		if (!rd_kafka_consumer_closed(c->rk))
			return; /* the process ends; destroying would wait as well */
		rd_kafka_queue_destroy(c->queue);
		rd_kafka_destroy_flags(c->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	}
	if (c->open != NULL)
		rd_kafka_topic_partition_list_destroy(c->open);
	free(c->owned);
	(void)close(c->fd);
	free(c);
}
