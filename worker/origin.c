/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <suoyin/clock.h>
#include <suoyin/kafka_read.h>
#include <suoyin/log.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "origin.h"

#define TRY_MS 5000 /* one try: long enough to be told that there is no such topic */

struct origin {
	const struct config_pairs *kafka;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int fd;
	struct entry *given, *done; /* under lock, as all below */
	struct err err;             /* of done */
	bool busy, ended;
};

static bool
is_ended(struct origin *o)
{
	bool ended;

	(void)pthread_mutex_lock(&o->lock);
	ended = o->ended;
	(void)pthread_mutex_unlock(&o->lock);
	return ended;
}

/* Tries until it is there, or can never be. */
static rd_kafka_message_t *
read_message(struct origin *o, struct kafka_reader **reader, const struct entry *e, struct err *err)
{
	while (!is_ended(o)) {
		rd_kafka_message_t *msg = NULL;

		*err = (struct err){0};
		if (*reader != NULL || (*reader = kafka_reader_open(o->kafka, err)) != NULL)
			msg = kafka_read_at(*reader, e->topic, e->partition, e->offset, TRY_MS, err);
		if (msg != NULL || err->code != ERR_RETRY)
			return msg;
		log_event(LEVEL_WARN, "origin_waits", F_ERR(err));
	}
	return NULL;
}

/* The message's page, with all of it in the entry's arena. */
static int
decode(struct entry *e, const rd_kafka_message_t *msg, struct page *out, struct err *err)
{
	struct page_header headers[PAGE_HEADERS_MAX + 1];
	rd_kafka_headers_t *list = NULL;
	struct arena *a = &e->arena;
	size_t n = 0, size;
	const char *name;
	const void *value;

	if (rd_kafka_message_headers(msg, &list) == RD_KAFKA_RESP_ERR_NO_ERROR)
		while (n <= PAGE_HEADERS_MAX &&
		    rd_kafka_header_get_all(list, n, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
			headers[n++] = (struct page_header){
			    arena_dup(a, span_of(name)), arena_dup(a, (struct span){value, size})};
	return page_decode(out, headers, n, arena_dup(a, (struct span){msg->key, msg->key_len}),
	    arena_dup(a, (struct span){msg->payload, msg->len}), err);
}

static int
take_page(struct entry *e, const rd_kafka_message_t *msg, struct err *err)
{
	struct page page;

	if (decode(e, msg, &page, err) == -1)
		return e->arena.failed ? err_set(err, ERR_REJECT, "too_large", "the page does not fit")
		                       : err_prefix(err, "the page to be read again");
	if (page.type != PAGE_FETCHED || !span_eq(page.site, e->page.site) || !span_eq(page.url, e->page.url) ||
	    !span_eq(page.portal, e->page.portal) || !span_eq(page.sha256, e->page.sha256))
		return err_set(err, ERR_REJECT, "origin_mismatch",
		    "%s/%" PRId32 "/%" PRId64
		    " holds another page than the one to be read again: was the topic made anew?",
		    e->topic, e->partition, e->offset);
	e->page = page;
	return 0;
}

static void *
serve(void *arg)
{
	struct origin *o = arg;
	struct kafka_reader *reader = NULL;
	const uint64_t one = 1;

	(void)pthread_mutex_lock(&o->lock);
	for (;;) {
		rd_kafka_message_t *msg;
		struct err err = {0};
		struct entry *e;

		while (!o->ended && o->given == NULL)
			(void)pthread_cond_wait(&o->wake, &o->lock);
		if (o->ended)
			break;
		e = o->given;
		o->given = NULL;
		(void)pthread_mutex_unlock(&o->lock);
		if ((msg = read_message(o, &reader, e, &err)) != NULL) {
			(void)take_page(e, msg, &err);
			rd_kafka_message_destroy(msg);
		}
		(void)pthread_mutex_lock(&o->lock);
		o->done = e;
		o->err = err;
		(void)!write(o->fd, &one, sizeof(one));
	}
	(void)pthread_mutex_unlock(&o->lock);
	kafka_reader_close(reader);
	return NULL;
}

struct origin *
origin_new(const struct config_pairs *kafka, struct err *err)
{
	struct origin *o = calloc(1, sizeof(*o));

	if (o != NULL && (o->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) != -1) {
		o->kafka = kafka;
		(void)pthread_mutex_init(&o->lock, NULL);
		(void)pthread_cond_init(&o->wake, NULL);
		if (pthread_create(&o->thread, NULL, serve, o) == 0)
			return o;
		(void)close(o->fd);
	}
	free(o);
	(void)err_set(err, ERR_FATAL, "thread", "no thread for reprocess messages could be started");
	return NULL;
}

int
origin_free(struct origin *o, int timeout_ms)
{
	struct timespec until;

	if (o == NULL)
		return 0;
	(void)pthread_mutex_lock(&o->lock);
	o->ended = true;
	(void)pthread_cond_broadcast(&o->wake);
	(void)pthread_mutex_unlock(&o->lock);
	until = clock_in(timeout_ms);
	if (pthread_clockjoin_np(o->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return -1;
	(void)close(o->fd);
	(void)pthread_cond_destroy(&o->wake);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
	return 0;
}

bool
origin_is_idle(struct origin *o)
{
	bool idle;

	(void)pthread_mutex_lock(&o->lock);
	idle = !o->busy;
	(void)pthread_mutex_unlock(&o->lock);
	return idle;
}

void
origin_give(struct origin *o, struct entry *e)
{
	(void)pthread_mutex_lock(&o->lock);
	o->given = e;
	o->busy = true;
	(void)pthread_cond_broadcast(&o->wake);
	(void)pthread_mutex_unlock(&o->lock);
}

struct entry *
origin_take(struct origin *o, struct err *err)
{
	struct entry *e;
	uint64_t n;

	(void)!read(o->fd, &n, sizeof(n));
	(void)pthread_mutex_lock(&o->lock);
	if ((e = o->done) != NULL) {
		*err = o->err;
		o->done = NULL;
		o->busy = false;
	}
	(void)pthread_mutex_unlock(&o->lock);
	return e;
}

int
origin_fd(const struct origin *o)
{
	return o->fd;
}
