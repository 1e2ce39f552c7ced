/* SPDX-License-Identifier: MIT */
#include "lag.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/kafka_read.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <time.h>

#include "batch.h"

#define EVERY_MS 2000
#define ASK_MS 3000
#define SHOWN_MAX 250       /* partitions with gauges of their own: a metric has so many values */
#define OTHERS "other"

/* The message that comes next in a partition, where none of it is in hand. */
struct known {
	int64_t offset;
	int64_t ms; /* its timestamp; while it cannot be read: when it was first waited for */
	bool read;
};

struct ours {
	struct lag_position *items;
	size_t count;
	uint64_t serial; /* another number: other partitions */
};

struct lag {
	const struct config_pairs *kafka;
	const char *topic;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct ours ours; /* under lock */
	bool ended;
	/* the thread's own */
	struct kafka_reader *reader;
	int64_t ends[LAG_PARTITIONS_MAX];
	struct known known[LAG_PARTITIONS_MAX];
};

/* -------- the gauges */

struct shown {
	char names[SHOWN_MAX + 1][16];
	const char *values[SHOWN_MAX + 1];
	size_t count;
};

static void
name_all(struct shown *out, const struct ours *o)
{
	out->count = o->count > SHOWN_MAX ? SHOWN_MAX + 1 : o->count;
	for (size_t i = 0; i < out->count; i++) {
		out->values[i] = out->names[i];
		if (i < SHOWN_MAX)
			(void)snprintf(out->names[i], sizeof(out->names[i]), "%" PRId32, o->items[i].partition);
		else
			(void)snprintf(out->names[i], sizeof(out->names[i]), OTHERS);
	}
}

static void
keep(const struct ours *o)
{
	struct shown shown;

	name_all(&shown, o);
	metric_keep(M_LAG_MESSAGES, shown.values, shown.count);
	metric_keep(M_LAG_SECONDS, shown.values, shown.count);
}

static int64_t
behind(const struct lag *l, const struct lag_position *p)
{
	int64_t end = p->partition < LAG_PARTITIONS_MAX ? l->ends[p->partition] : -1;

	return end > p->stored ? end - p->stored : 0;
}

static double
waited_s(const struct lag *l, const struct lag_position *p, int64_t now)
{
	int64_t since = p->oldest_ms;
	const struct known *k;

	if (behind(l, p) == 0)
		return 0;
	k = &l->known[p->partition];
	if (since == 0)
		since = k->offset == p->stored && k->ms != 0 ? k->ms : now;
	return now > since ? (double)(now - since) / 1000 : 0;
}

/* Under lock, so that a partition that is lost meanwhile does not come back. */
static void
show(const struct lag *l, const struct ours *o)
{
	int64_t now = clock_day_ms(), others = 0;
	double longest_s = 0;
	struct shown shown;

	name_all(&shown, o);
	for (size_t i = 0; i < o->count; i++) {
		const struct lag_position *p = &o->items[i];

		if (p->partition >= LAG_PARTITIONS_MAX || l->ends[p->partition] == -1)
			continue;
		if (i < SHOWN_MAX) {
			metric_set(M_LAG_MESSAGES, shown.values[i], (double)behind(l, p));
			metric_set(M_LAG_SECONDS, shown.values[i], waited_s(l, p, now));
			continue;
		}
		others += behind(l, p);
		longest_s = waited_s(l, p, now) > longest_s ? waited_s(l, p, now) : longest_s;
	}
	if (o->count > SHOWN_MAX) {
		metric_set(M_LAG_MESSAGES, OTHERS, (double)others);
		metric_set(M_LAG_SECONDS, OTHERS, longest_s);
	}
}

/* -------- questions to Kafka */

static int
ask_ends(struct lag *l, struct err *err)
{
	int64_t ends[LAG_PARTITIONS_MAX];
	int n;

	if (l->reader == NULL && (l->reader = kafka_reader_open(l->kafka, err)) == NULL)
		return -1;
	if ((n = kafka_read_ends(l->reader, l->topic, ends, LAG_PARTITIONS_MAX, ASK_MS, err)) == -1)
		return -1;
	metric_set(M_TOPIC_PARTITIONS, NULL, n);
	for (int p = 0; p < n && p < LAG_PARTITIONS_MAX; p++)
		if (ends[p] >= 0)
			l->ends[p] = ends[p];
	return 0;
}

/* A message that waits and is not in hand. */
static struct known *
wait_for(struct lag *l, const struct lag_position *p)
{
	struct known *k;

	if (p->oldest_ms != 0 || behind(l, p) == 0)
		return NULL;
	k = &l->known[p->partition]; /* there is one, since its end is known */
	if (k->ms == 0 || k->offset != p->stored)
		*k = (struct known){.offset = p->stored, .ms = clock_day_ms()};
	return k;
}

/* Its time, once it could be read; an offset that is missing keeps the time at which it was first waited for. */
static void
read_time(struct lag *l, const struct lag_position *p, struct known *k)
{
	struct err err = {0};
	rd_kafka_message_t *msg =
	    k->read ? NULL : kafka_read_at(l->reader, l->topic, p->partition, p->stored, ASK_MS, &err);

	k->read = k->read || msg != NULL || err.code == ERR_REJECT;
	if (msg == NULL)
		return;
	if (batch_published_ms(msg) > 0)
		k->ms = batch_published_ms(msg);
	rd_kafka_message_destroy(msg);
}

/* -------- the thread */

static bool
is_ended(struct lag *l)
{
	bool ended;

	(void)pthread_mutex_lock(&l->lock);
	ended = l->ended;
	(void)pthread_mutex_unlock(&l->lock);
	return ended;
}

/* False: out of memory. */
static bool
copy(struct ours *out, const struct lag_position *items, size_t count)
{
	struct lag_position *mine = calloc(count + 1, sizeof(*mine));

	if (mine == NULL)
		return false;
	if (count > 0)
		memcpy(mine, items, count * sizeof(*mine));
	free(out->items);
	out->items = mine;
	out->count = count;
	return true;
}

static void
look(struct lag *l, struct ours *o)
{
	struct err err = {0};

	if (ask_ends(l, &err) == -1)
		log_event(LEVEL_DEBUG, "lag_unknown", F_ERR(&err));
	for (size_t i = 0; i < o->count && !is_ended(l); i++) {
		struct known *k = wait_for(l, &o->items[i]);

		if (k != NULL && err.code == ERR_NONE)
			read_time(l, &o->items[i], k);
	}
	if (l->reader != NULL)
		kafka_reader_rest(l->reader);
}

static void *
serve(void *arg)
{
	struct lag *l = arg;
	struct ours mine = {0};
	struct timespec until;

	(void)pthread_mutex_lock(&l->lock);
	while (!l->ended) {
		bool copied = copy(&mine, l->ours.items, l->ours.count);

		mine.serial = l->ours.serial;
		(void)pthread_mutex_unlock(&l->lock);
		if (copied)
			look(l, &mine);
		(void)pthread_mutex_lock(&l->lock);
		if (copied && mine.serial == l->ours.serial)
			show(l, &mine);
		until = clock_in(EVERY_MS);
		while (!l->ended && pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
			;
	}
	(void)pthread_mutex_unlock(&l->lock);
	kafka_reader_close(l->reader);
	free(mine.items);
	return NULL;
}

static bool
are_others(const struct ours *o, const struct lag_position *positions, size_t count)
{
	for (size_t i = 0; i < count && o->count == count; i++)
		if (o->items[i].partition != positions[i].partition)
			return true;
	return o->count != count;
}

void
lag_note(struct lag *l, const struct lag_position *positions, size_t count)
{
	bool others;

	(void)pthread_mutex_lock(&l->lock);
	others = are_others(&l->ours, positions, count);
	if (copy(&l->ours, positions, count) && others) {
		l->ours.serial++;
		keep(&l->ours);
	}
	(void)pthread_mutex_unlock(&l->lock);
}

struct lag *
lag_new(const struct config_pairs *kafka, const char *topic, struct err *err)
{
	struct lag *l = calloc(1, sizeof(*l));
	pthread_condattr_t by;

	if (l == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "lag: out of memory");
		return NULL;
	}
	l->kafka = kafka;
	l->topic = topic;
	for (int p = 0; p < LAG_PARTITIONS_MAX; p++)
		l->ends[p] = -1;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_condattr_init(&by);
	(void)pthread_condattr_setclock(&by, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->wake, &by);
	(void)pthread_condattr_destroy(&by);
	if (pthread_create(&l->thread, NULL, serve, l) == 0)
		return l;
	(void)err_set(err, ERR_FATAL, "thread", "lag: no thread could be started");
	free(l);
	return NULL;
}

int
lag_free(struct lag *l, int timeout_ms)
{
	struct timespec until = clock_in(timeout_ms);

	if (l == NULL)
		return 0;
	(void)pthread_mutex_lock(&l->lock);
	l->ended = true;
	(void)pthread_cond_broadcast(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
	if (pthread_clockjoin_np(l->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return -1;
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l->ours.items);
	free(l);
	return 0;
}
