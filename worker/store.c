/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/pg.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "steps.h"
#include "store.h"

#define BACKOFF_MIN_MS 20
#define BACKOFF_MAX_MS 2000
#define CAREFUL_AFTER 3 /* times that a batch may fail on its content before it is taken apart */

struct store {
	struct pg *pg;
	const char *group;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int fd;
	struct batch *work, *finished; /* under lock, as all below */
	bool busy, cancelled, ended;
	struct phases spent; /* the thread's alone */
	char trouble[480];
};

/* -------- the transaction */

static const char fence_sql[] =
    "UPDATE core.ingest_offset SET next_offset = $5::bigint, last_ce_id = $6, updated_at = now()"
    " WHERE grp = $1 AND topic = $2 AND part = $3::integer AND epoch = $4::bigint"
    " AND next_offset = $7::bigint";

enum fence { FENCE_OURS, FENCE_LOST, FENCE_ERROR };

struct fence_params {
	char part[16], epoch[24], to[24], from[24];
	const char *values[7];
};

static void
fence_params(struct fence_params *p, const struct store *s, const struct batch *b,
    const struct share *share)
{
	(void)snprintf(p->part, sizeof(p->part), "%" PRId32, share->partition);
	(void)snprintf(p->epoch, sizeof(p->epoch), "%" PRId64, share->epoch);
	(void)snprintf(p->to, sizeof(p->to), "%" PRId64, share->to);
	(void)snprintf(p->from, sizeof(p->from), "%" PRId64, share->from);
	p->values[0] = s->group;
	p->values[1] = b->topic;
	p->values[2] = p->part;
	p->values[3] = p->epoch;
	p->values[4] = p->to;
	p->values[5] = share->last_ce_id;
	p->values[6] = p->from;
}

/* First of all: whoever bumps the epoch waits for us, and then reads the right offset. */
static enum fence
fence(struct store *s, const struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->share_count; i++) {
		struct fence_params p;
		int64_t rows;

		fence_params(&p, s, b, &b->shares[i]);
		rows = pg_do(s->pg, "fence", fence_sql, 7, p.values, err);
		if (rows != 1)
			return rows == 0 ? FENCE_LOST : FENCE_ERROR;
	}
	return FENCE_OURS;
}

/* 23505, 23503: somebody took a key between our look-up and our write, and a new look sees it; or
 * a sequence or a table is not what it should be.  The page is to blame in no case. */
static bool
is_race(const struct store *s)
{
	const char *state = pg_sqlstate(s->pg);

	return strcmp(state, "23505") == 0 || strcmp(state, "23503") == 0;
}

static int
run_group(struct store *s, const struct batch *b, const struct group *g, struct err *err)
{
	int64_t at = phases_now_us();
	struct world w;
	int rc;

	world_init(&w);
	rc = look_up(&w, s->pg, g, err);
	phases_end(&s->spent, PHASE_LOOK_UP, &at);
	for (size_t i = 0; rc == 0 && i < g->count; i++)
		rc = judge(&w, g->entries[i], err);
	phases_end(&s->spent, PHASE_JUDGE, &at);
	if (rc == 0 && w.arena.failed) /* something was taken for absent that only found no room */
		rc = err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	if (rc == 0)
		rc = write_out(&w, s->pg, b, g, err);
	world_fini(&w);
	phases_end(&s->spent, PHASE_WRITE, &at);
	return rc;
}

/* A message that PostgreSQL refuses for what it holds becomes a dead letter; its neighbours stay. */
static int
run_careful(struct store *s, const struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->count; i++) {
		struct group one = {&b->entries[i], 1};
		struct entry *e = b->entries[i];

		if (pg_do(s->pg, NULL, "SAVEPOINT message", 0, NULL, err) == -1)
			return -1;
		if (run_group(s, b, &one, err) == -1) {
			if (err->code != ERR_REJECT || e->dead || is_race(s))
				return -1;
			e->dead = true;
			e->outcome = OUTCOME_DEAD;
			e->why = *err;
			*err = (struct err){0};
			if (pg_do(s->pg, NULL, "ROLLBACK TO message", 0, NULL, err) == -1 ||
			    run_group(s, b, &one, err) == -1)
				return -1;
		}
		if (pg_do(s->pg, NULL, "RELEASE message", 0, NULL, err) == -1)
			return -1;
	}
	return 0;
}

/* 0: ready for COMMIT. 1: fenced. -1: err. */
static int
run(struct store *s, struct batch *b, bool careful, struct err *err)
{
	struct group all = {b->entries, b->count};

	if (pg_do(s->pg, NULL, "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL, err) == -1)
		return -1;
	switch (fence(s, b, err)) {
	case FENCE_OURS:
		break;
	case FENCE_LOST:
		return 1;
	case FENCE_ERROR:
		return -1;
	}
	if ((careful ? run_careful(s, b, err) : run_group(s, b, &all, err)) == -1)
		return -1;
	return write_outcomes(s->pg, b, err);
}

/* -------- after trouble */

/* Which of the three the offset rows say: everything is there, nothing is, or they are another's. */
static enum batch_result
read_offsets(struct store *s, const struct batch *b, struct err *err)
{
	size_t before = 0, after = 0;

	for (size_t i = 0; i < b->share_count; i++) {
		struct fence_params p;
		PGresult *res;

		fence_params(&p, s, b, &b->shares[i]);
		res = pg_query(s->pg, "read_offset",
		    "SELECT next_offset FROM core.ingest_offset WHERE grp = $1 AND topic = $2"
		    " AND part = $3::integer AND epoch = $4::bigint", 4, p.values, err);
		if (res == NULL)
			return BATCH_PENDING;
		if (PQntuples(res) == 1) {
			before += strcmp(PQgetvalue(res, 0, 0), p.from) == 0;
			after += strcmp(PQgetvalue(res, 0, 0), p.to) == 0;
		}
		PQclear(res);
	}
	if (after == b->share_count)
		return BATCH_STORED;
	return before == b->share_count ? BATCH_PENDING : BATCH_FENCED;
}

static bool
is_cancelled(struct store *s)
{
	bool cancelled;

	(void)pthread_mutex_lock(&s->lock);
	cancelled = s->cancelled || s->ended;
	(void)pthread_mutex_unlock(&s->lock);
	return cancelled;
}

static void
note_trouble(struct store *s, const char *text)
{
	(void)pthread_mutex_lock(&s->lock);
	(void)snprintf(s->trouble, sizeof(s->trouble), "%s", text);
	(void)pthread_mutex_unlock(&s->lock);
}

/* Sleeps with back-off and jitter; woken by a cancel. */
static void
back_off(struct store *s, int tries)
{
	int64_t ms = BACKOFF_MIN_MS << (tries < 7 ? tries : 7);
	struct timespec until;

	ms = ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : ms;
	until = clock_in(ms + clock_us(CLOCK_REALTIME) % (ms / 4 + 1));
	(void)pthread_mutex_lock(&s->lock);
	if (!s->cancelled && !s->ended)
		(void)pthread_cond_timedwait(&s->wake, &s->lock, &until);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
roll_back(struct store *s)
{
	if (pg_is_connected(s->pg) && PQtransactionStatus(pg_conn(s->pg)) == PQTRANS_IDLE)
		return;
	/* 25006: this is a standby; the same address may lead to the primary now */
	if (!pg_is_connected(s->pg) || strcmp(pg_sqlstate(s->pg), "25006") == 0 ||
	    pg_do(s->pg, NULL, "ROLLBACK", 0, NULL, NULL) == -1)
		pg_disconnect(s->pg);
}

/* One try. BATCH_PENDING with err: to be tried again, or over (err->code). */
static enum batch_result
try_once(struct store *s, struct batch *b, bool careful, bool *unsure, struct err *err)
{
	enum batch_result result;
	int64_t at, began_us;

	if (pg_connect(s->pg, err) == -1)
		return BATCH_PENDING;
	if (*unsure) {
		if ((result = read_offsets(s, b, err)) != BATCH_PENDING || err->code != ERR_NONE)
			return result;
		*unsure = false;
	}
	began_us = clock_us(CLOCK_MONOTONIC);
	switch (run(s, b, careful, err)) {
	case 0:
		break;
	case 1:
		roll_back(s);
		return BATCH_FENCED;
	default:
		roll_back(s);
		return BATCH_PENDING;
	}
	at = phases_now_us();
	if (pg_do(s->pg, NULL, "COMMIT", 0, NULL, err) != -1) {
		phases_end(&s->spent, PHASE_COMMIT, &at);
		metric_observe(M_TRANSACTION_SECONDS, NULL, (double)(clock_us(CLOCK_MONOTONIC) - began_us) / 1e6);
		return BATCH_STORED;
	}
	*unsure = true; /* it may have committed: the offset rows will tell */
	pg_disconnect(s->pg);
	return BATCH_PENDING;
}

static enum batch_result
store_batch(struct store *s, struct batch *b)
{
	bool careful = false, unsure = false;
	int rejects = 0;

	for (int tries = 0;; tries++) {
		struct err err = {0};
		enum batch_result result = try_once(s, b, careful, &unsure, &err);

		if (result != BATCH_PENDING) {
			note_trouble(s, "");
			return result;
		}
		if (err.code == ERR_FATAL) {
			b->err = err;
			return BATCH_FATAL;
		}
		if (err.code == ERR_REJECT && (!is_race(s) || ++rejects >= CAREFUL_AFTER)) {
			if (careful) {
				b->err = err;
				return BATCH_FATAL;
			}
			careful = true;
		}
		metric_add(M_PG_RETRIES, pg_sqlstate(s->pg), 1);
		log_event(LEVEL_WARN, "store_retry", F_INT("try", tries + 1), F_INT("careful", careful),
		    F_STR("sqlstate", pg_sqlstate(s->pg)), F_ERR(&err));
		if (err.code == ERR_RETRY)
			note_trouble(s, err.text);
		if (is_cancelled(s)) {
			note_trouble(s, "");
			return BATCH_CANCELLED;
		}
		back_off(s, tries);
	}
}

/* -------- the thread */

static void
count(const struct batch *b, int64_t took_us)
{
	int64_t now_us = clock_us(CLOCK_REALTIME);

	metric_observe(M_BATCH_SECONDS, "store", (double)took_us / 1e6);
	for (size_t i = 0; i < b->count; i++) {
		const struct entry *e = b->entries[i];
		int64_t at_ms;

		metric_add(M_MESSAGES, outcome_names[e->outcome], 1);
		metric_add(M_MERGED, NULL, e->merges ? 1 : 0);
		if ((at_ms = batch_published_ms(e->msg)) > 0)
			metric_observe(M_PUBLISH_TO_ROW, NULL, (double)(now_us - at_ms * 1000) / 1e6);
		if (e->dead)
			metric_add(M_DEAD, e->why.reason, 1);
		else
			metric_observe(M_AGE_SECONDS, NULL,
			    now_us > e->page.time_us ? (double)(now_us - e->page.time_us) / 1e6 : 0);
	}
}

/* With the batch to the main thread, which tells them. */
static void
give_phases(struct store *s, struct batch *b)
{
	for (int i = 0; i < PHASES; i++)
		b->spent.us[i] += s->spent.us[i];
	s->spent = (struct phases){{0}};
	b->store_cpu_us = phases_now_us();
}

static void *
serve(void *arg)
{
	struct store *s = arg;
	const uint64_t one = 1;

	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		struct batch *b;
		int64_t began_us;

		while (s->work == NULL && !s->ended)
			(void)pthread_cond_wait(&s->wake, &s->lock);
		if (s->work == NULL)
			break;
		b = s->work;
		s->work = NULL;
		(void)pthread_mutex_unlock(&s->lock);
		began_us = clock_us(CLOCK_MONOTONIC);
		b->result = store_batch(s, b);
		if (b->result == BATCH_STORED)
			count(b, clock_us(CLOCK_MONOTONIC) - began_us);
		give_phases(s, b);
		(void)pthread_mutex_lock(&s->lock);
		s->finished = b;
		s->cancelled = false;
		(void)!write(s->fd, &one, sizeof(one));
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct store *
store_new(const char *database_url, const char *group, struct err *err)
{
	struct store *s = calloc(1, sizeof(*s));
	pthread_condattr_t by;

	if (s == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "store: out of memory");
		return NULL;
	}
	s->group = group;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&by);
	(void)pthread_condattr_setclock(&by, CLOCK_MONOTONIC); /* a clock set back must not stop us */
	(void)pthread_cond_init(&s->wake, &by);
	(void)pthread_condattr_destroy(&by);
	if (s->fd != -1 && (s->pg = pg_new(database_url, "suoyin-worker store", err)) != NULL &&
	    pthread_create(&s->thread, NULL, serve, s) == 0)
		return s;
	(void)err_set(err, ERR_FATAL, "thread", "store: no thread could be started");
	pg_free(s->pg);
	if (s->fd != -1)
		(void)close(s->fd);
	free(s);
	return NULL;
}

int
store_free(struct store *s, int timeout_ms)
{
	struct timespec until;

	if (s == NULL)
		return 0;
	(void)pthread_mutex_lock(&s->lock);
	s->ended = true;
	(void)pthread_cond_broadcast(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	until = clock_in(timeout_ms);
	if (pthread_clockjoin_np(s->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return -1;
	batch_free(s->finished);
	pg_free(s->pg);
	(void)close(s->fd);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	return 0;
}

bool
store_is_idle(struct store *s)
{
	bool idle;

	(void)pthread_mutex_lock(&s->lock);
	idle = !s->busy;
	(void)pthread_mutex_unlock(&s->lock);
	return idle;
}

void
store_submit(struct store *s, struct batch *b)
{
	(void)pthread_mutex_lock(&s->lock);
	s->work = b;
	s->busy = true;
	(void)pthread_cond_broadcast(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

struct batch *
store_take(struct store *s)
{
	struct batch *b;
	uint64_t n;

	(void)!read(s->fd, &n, sizeof(n));
	(void)pthread_mutex_lock(&s->lock);
	b = s->finished;
	s->finished = NULL;
	if (b != NULL)
		s->busy = false;
	(void)pthread_mutex_unlock(&s->lock);
	return b;
}

void
store_cancel(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->cancelled = s->busy && s->finished == NULL;
	(void)pthread_cond_broadcast(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
}

int
store_fd(const struct store *s)
{
	return s->fd;
}

const char *
store_trouble(struct store *s, char *text, size_t size)
{
	bool any;

	(void)pthread_mutex_lock(&s->lock);
	any = s->trouble[0] != '\0';
	(void)snprintf(text, size, "%s", s->trouble);
	(void)pthread_mutex_unlock(&s->lock);
	return any ? text : NULL;
}
