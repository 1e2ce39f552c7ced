/* SPDX-License-Identifier: MIT */
/*
 * suoyin-worker - pages from the topic to rows in PostgreSQL.
 *
 * main thread: consume.c → batch.c → children (extract) → store.c's thread: lookup.c → judge.c →
 * write.c, one transaction per batch with the offsets in it.  Another thread, relay.c, sends what
 * those left for Kafka.  docs/ARCHITECTURE.md tells the way.
 */
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/admin.h>
#include <suoyin/clock.h>
#include <suoyin/extract_child.h>
#include <suoyin/kafka.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/stop.h>
#include <time.h>
#include <unistd.h>

#include "index.h"
#include "relay.h"
#include "work.h"

#define CHECK_EVERY_MS 2000
#define START_RETRY_MS 1000
#define KEPT_PIECE_MAX (32 << 20) /* glibc's own limit for what is no mapping of its own */
#define KEPT_MAX (128 << 20)
#define LEAVE_MIN_MS 2000 /* so that the others need not wait for the session timeout */

static void
start_counters(bool ingests)
{
	static const enum metric plain[] = {M_FENCED, M_MERGED, M_REPEATS};
	static const char *const kinds[] = {"assign", "revoke"}, *const ends[] = {"opened", "failed"},
	                  *const sent[] = {"dead", "new", "revised", "merged", "conflict", "withdrawn", "returned"};

	metric_start(M_PG_CONNECTIONS, ends, 2);
	if (!ingests)
		return;
	metric_start(M_MESSAGES, outcome_names, OUTCOMES);
	metric_start(M_REBALANCES, kinds, 2);
	metric_start(M_OUTBOX_SENT, sent, sizeof(sent) / sizeof(sent[0]));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		metric_add(plain[i], NULL, 0);
}

/* Pages come in pieces of megabytes and leave in the order they came in: given back to the kernel and asked for anew,
 * each 4 KiB of them would cost a page fault. */
static void
keep_memory(void)
{
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_PIECE_MAX);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
}

static void
nap(int64_t ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

/* 0: the database answers and its schema fits. 1: not yet. -1: it never will. */
static int
database_ready(struct pg *pg, struct admin *admin, struct err *err)
{
	struct err now = {0};

	if (pg_connect(pg, &now) == -1) {
		admin_condition(admin, "database", now.text);
	} else {
		admin_condition(admin, "database", NULL);
		if (pg_check_schema(pg, "worker", &now) == 0) {
			admin_condition(admin, "schema", NULL);
			return 0;
		}
		admin_condition(admin, "schema", now.text);
	}
	pg_disconnect(pg);
	log_event(LEVEL_WARN, "start_waits", F_ERR(&now));
	*err = now;
	return now.code == ERR_FATAL && strcmp(now.reason, "schema") != 0 ? -1 : 1;
}

static int
topic_ready(const struct settings *settings, struct admin *admin, struct err *err)
{
	struct err now = {0};

	if (kafka_ensure_topic(&settings->common.kafka, settings->common.topic,
	        (int)settings->partitions, (int)settings->replication, &now) == 0) {
		admin_condition(admin, "kafka", NULL);
		return 0;
	}
	admin_condition(admin, "kafka", now.text);
	log_event(LEVEL_WARN, "start_waits", F_ERR(&now));
	*err = now;
	return now.code == ERR_FATAL ? -1 : 1;
}

/* Waits until the database and the broker are there. -1: fatal, 1: asked to stop first. */
static int
start(const struct settings *settings, struct pg *pg, struct admin *admin, struct err *err)
{
	int database = 1, topic = settings->mode == MODE_INGEST ? 1 : 0;

	if (topic == 1)
		admin_condition(admin, "kafka", "not asked yet");
	while (!stop_asked()) {
		*err = (struct err){0};
		admin_tick(admin);
		if (database == 1)
			database = database_ready(pg, admin, err);
		if (database == 0 && topic == 1)
			topic = topic_ready(settings, admin, err);
		if (database == -1 || topic == -1)
			return -1;
		if (database == 0 && topic == 0)
			return 0;
		nap(START_RETRY_MS);
	}
	return 1;
}

static void
tell_conditions(struct work *w, struct admin *admin)
{
	char text[480];
	const char *why = store_trouble(w->store, text, sizeof(text));
	struct err err = {0};
	PGresult *res;

	if (why == NULL && pg_connect(w->pg, &err) == 0 &&
	    (res = pg_query(w->pg, NULL, "SELECT 1", 0, NULL, &err)) != NULL)
		PQclear(res);
	if (err.code != ERR_NONE) {
		pg_disconnect(w->pg);
		why = err.text;
	}
	admin_condition(admin, "database", why);
	admin_condition(admin, "kafka", consume_trouble(w->consume));
}

/* Takes and stores until asked to stop. */
static int
run(struct work *w, struct admin *admin)
{
	int64_t check_at_ms = 0;

	while (!stop_asked()) {
		admin_tick(admin);
		if (clock_ms() >= check_at_ms) {
			tell_conditions(w, admin);
			check_at_ms = clock_ms() + CHECK_EVERY_MS;
		}
		work_wait(w, 100);
		if (work_turn(w, true) == -1)
			return -1;
	}
	return 0;
}

/* What has been taken is stored, within the deadline. */
static int
drain(struct work *w, struct admin *admin, int64_t until_ms)
{
	admin_condition(admin, "running", "draining: asked to stop");
	while (!work_is_empty(w) && !stop_now() && clock_ms() < until_ms) {
		admin_tick(admin);
		work_wait(w, 50);
		if (work_turn(w, false) == -1)
			return -1;
	}
	return 0;
}

/* Takes, stores, drains. The exit code; *closed is unset when a part of it could not be ended. */
static int
work(const struct settings *settings, struct pg *pg, struct admin *admin, bool *closed, struct err *err)
{
	struct work w = {.pg = pg};
	struct relay *relay = NULL;
	int64_t until_ms;
	int rc = work_open(&w, settings, err);

	if (rc == 0 && (relay = relay_new(settings, err)) == NULL)
		rc = -1;
	if (rc == 0) {
		log_event(LEVEL_INFO, "started", F_STR("topic", settings->common.topic),
		    F_STR("group", settings->group), F_INT("admin_port", admin_port(admin)));
		rc = run(&w, admin);
	}
	until_ms = clock_ms() + settings->drain_ms;
	if (rc == 0)
		rc = drain(&w, admin, until_ms);
	if (w.fatal.code != ERR_NONE)
		*err = w.fatal;
	until_ms -= clock_ms();
	*closed = work_close(&w, until_ms > LEAVE_MIN_MS ? until_ms : LEAVE_MIN_MS) == 0;
	*closed = relay_free(relay, 0) == 0 && *closed;
	return rc;
}

static int
serve(const struct settings *settings, struct admin *admin)
{
	struct err err = {0};
	struct pg *pg = pg_new(settings->common.database_url, "suoyin-worker", &err);
	bool closed = true;
	int rc = pg == NULL ? -1 : start(settings, pg, admin, &err);

	if (rc == 0 && settings->mode == MODE_INDEX)
		rc = index_run(settings, pg, admin, &err);
	else if (rc == 0)
		rc = work(settings, pg, admin, &closed, &err);
	if (rc == -1)
		log_event(LEVEL_ERROR, "fatal", F_ERR(&err));
	log_event(LEVEL_INFO, "stopped", F_INT("ok", rc != -1));
	if (!closed)
		_exit(rc == -1 ? 1 : 0); /* its thread waits for PostgreSQL, which knows what is true */
	pg_free(pg);
	return rc == -1 ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct settings settings = {0};
	struct config_errors errors = {0};
	struct admin *admin;
	struct err err = {0};
	int code = child_main(argc, argv, &extract_role, 1);

	if (code != -1)
		return code;
	keep_memory();
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	switch (config_load(&settings, &worker_program, argc, argv, &code, &errors)) {
	case -1:
		config_errors_print(&errors, stderr);
		config_errors_fini(&errors);
		return code;
	case 1:
		config_fini(&settings, &worker_program);
		return code;
	default:
		break;
	}
	log_setup("suoyin-worker", (enum log_level)settings.common.log_level,
	    (enum log_format)settings.common.log_format);
	stop_install();
	metric_set(M_BUILD_INFO, SUOYIN_VERSION, 1);
	start_counters(settings.mode == MODE_INGEST);
	if ((admin = admin_new(settings.common.admin_listen, settings.common.admin_stale_ms, &err)) ==
	    NULL) {
		log_event(LEVEL_ERROR, "fatal", F_ERR(&err));
		return 1;
	}
	code = serve(&settings, admin);
	admin_free(admin);
	config_fini(&settings, &worker_program);
	return code;
}
