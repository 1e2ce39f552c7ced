/* SPDX-License-Identifier: MIT */
#include "kafka_client.h"
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <syslog.h>

#define BROKERS_MAX 64   /* brokers whose state is followed; a cluster beyond has others up */
#define TOPICS_OF_LOG 32 /* facilities of librdkafka whose lines are counted */
#define LINES_PER_WINDOW 5
#define WINDOW_S 30

struct facility {
	char name[24];
	int64_t since; /* s */
	unsigned lines, dropped;
};

struct broker {
	char name[256];
	int port;
	bool up;
};

/* One note for each living client. librdkafka calls from threads of its own. */
struct client {
	struct client *next;
	const rd_kafka_t *rk;
	size_t broker_count, facility_count;
	struct broker brokers[BROKERS_MAX];
	struct facility facilities[TOPICS_OF_LOG];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct client *clients;

static struct client *
find(const rd_kafka_t *rk)
{
	struct client *c = clients;

	while (c != NULL && c->rk != rk)
		c = c->next;
	return c;
}

static struct facility *
facility(struct client *c, const char *name)
{
	for (size_t i = 0; i < c->facility_count; i++)
		if (strncmp(c->facilities[i].name, name, sizeof(c->facilities[i].name) - 1) == 0)
			return &c->facilities[i];
	if (c->facility_count == TOPICS_OF_LOG)
		return &c->facilities[TOPICS_OF_LOG - 1];
	(void)snprintf(c->facilities[c->facility_count].name, sizeof(c->facilities[0].name), "%s",
	    name);
	return &c->facilities[c->facility_count++];
}

/* Whether a line may be written; *dropped tells how many before it could not. */
static bool
may_log(const rd_kafka_t *rk, const char *name, unsigned *dropped)
{
	struct client *c;
	bool may = true;

	*dropped = 0;
	(void)pthread_mutex_lock(&lock);
	if ((c = find(rk)) != NULL) {
		struct facility *f = facility(c, name);
		int64_t now = clock_ms() / 1000;

		if (now - f->since >= WINDOW_S) {
			*dropped = f->dropped;
			f->since = now;
			f->lines = f->dropped = 0;
		}
		if ((may = f->lines < LINES_PER_WINDOW))
			f->lines++;
		else
			f->dropped++;
	}
	(void)pthread_mutex_unlock(&lock);
	return may;
}

static void
on_log(const rd_kafka_t *rk, int level, const char *name, const char *text)
{
	enum log_level ours = level <= LOG_ERR ? LEVEL_ERROR :
	    level == LOG_WARNING               ? LEVEL_WARN :
	    level < LOG_DEBUG                  ? LEVEL_INFO :
	                                         LEVEL_DEBUG;
	unsigned dropped = 0;

	if (ours == LEVEL_DEBUG || may_log(rk, name, &dropped))
		log_event(ours, "kafka_log", F_STR("facility", name), F_STR("text", text),
		    F_INT("dropped", dropped));
}

void
kafka_word(rd_kafka_resp_err_t code, char *out, size_t size)
{
	const char *name = rd_kafka_err2name(code);
	size_t n = 0;

	while (*name == '_')
		name++;
	for (; *name != '\0' && n + 1 < size; name++)
		out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

static void
on_error(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
	rd_kafka_resp_err_t error = (rd_kafka_resp_err_t)code;
	char word[64], fatal[300];
	unsigned dropped;

	(void)opaque;
	/* A fatal error hides the one that caused it. */
	if (error == RD_KAFKA_RESP_ERR__FATAL) {
		error = rd_kafka_fatal_error(rk, fatal, sizeof(fatal));
		text = fatal;
	}
	kafka_word(error, word, sizeof(word));
	metric_add(M_KAFKA_ERRORS, word, 1);
	if (may_log(rk, word, &dropped))
		log_event(code == RD_KAFKA_RESP_ERR__FATAL ? LEVEL_ERROR : LEVEL_WARN,
		    "kafka_error", F_STR("reason", word), F_STR("error", text),
		    F_INT("dropped", dropped));
}

static struct broker *
broker(struct client *c, const char *name, int port)
{
	struct broker *b;

	for (size_t i = 0; i < c->broker_count; i++)
		if (c->brokers[i].port == port && strcmp(c->brokers[i].name, name) == 0)
			return &c->brokers[i];
	if (c->broker_count == BROKERS_MAX || strlen(name) >= sizeof(b->name))
		return NULL;
	b = &c->brokers[c->broker_count++];
	(void)snprintf(b->name, sizeof(b->name), "%s", name);
	b->port = port;
	return b;
}

/* The id is no key: a bootstrap broker (-1) gets its own once it has answered. */
static rd_kafka_resp_err_t
on_broker_state(rd_kafka_t *rk, int32_t id, const char *protocol, const char *name, int port,
    const char *state, void *opaque)
{
	struct client *c;
	struct broker *b;

	(void)id;
	(void)protocol;
	(void)opaque;
	(void)pthread_mutex_lock(&lock);
	if ((c = find(rk)) != NULL && (b = broker(c, name, port)) != NULL)
		b->up = strcmp(state, "UP") == 0 || strcmp(state, "UPDATE") == 0;
	(void)pthread_mutex_unlock(&lock);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_destroy(rd_kafka_t *rk, void *opaque)
{
	struct client **at = &clients, *gone;

	(void)opaque;
	(void)pthread_mutex_lock(&lock);
	while (*at != NULL && (*at)->rk != rk)
		at = &(*at)->next;
	if ((gone = *at) != NULL)
		*at = gone->next;
	(void)pthread_mutex_unlock(&lock);
	free(gone);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text, size_t size)
{
	struct client *c = calloc(1, sizeof(*c));

	(void)conf;
	(void)opaque;
	if (c == NULL) {
		(void)snprintf(text, size, "out of memory");
		return RD_KAFKA_RESP_ERR__FAIL;
	}
	c->rk = rk;
	(void)pthread_mutex_lock(&lock);
	c->next = clients;
	clients = c;
	(void)pthread_mutex_unlock(&lock);
	(void)rd_kafka_interceptor_add_on_destroy(rk, "suoyin", on_destroy, NULL);
	(void)rd_kafka_interceptor_add_on_broker_state_change(rk, "suoyin", on_broker_state, NULL);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
kafka_client_watch(rd_kafka_conf_t *conf)
{
	rd_kafka_conf_set_log_cb(conf, on_log);
	rd_kafka_conf_set_error_cb(conf, on_error);
	(void)rd_kafka_conf_interceptor_add_on_new(conf, "suoyin", on_new, NULL);
}

bool
kafka_is_up(rd_kafka_t *rk)
{
	struct client *c;
	bool up = false;

	if (rd_kafka_fatal_error(rk, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	(void)pthread_mutex_lock(&lock);
	if ((c = find(rk)) != NULL)
		for (size_t i = 0; i < c->broker_count; i++)
			up = up || c->brokers[i].up;
	(void)pthread_mutex_unlock(&lock);
	return up;
}
