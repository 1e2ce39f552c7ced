/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/pg.h>
#include <suoyin/stop.h>
#include <time.h>
#include <unistd.h>

#include "outbox.h"

#define STEP_BYTES ((size_t)16 << 20) /* of pages that wait for their delivery reports */
#define POLL_MS 50
#define STUCK_MS 60000     /* no delivery report for so long: a new producer, perhaps another worker */
#define STOP_MS 1000       /* at a stop, what is on its way may arrive for so long */
#define DEAD_EVERY_MS 5000 /* the open dead letters are counted */
#define SLICE_MS 200
#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 30000

struct item {
	struct relay *relay;
	struct outbox_message message;
	const char *type;
	int64_t id;
	bool sent, confirmed, too_large;
};

struct relay {
	const struct settings *settings;
	struct pg *pg;
	char owner[320];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ended; /* under lock */
	/* the thread's own */
	rd_kafka_t *rk;
	struct kafka_reader *reader;
	bool topic_ready[2]; /* reports, dead letters */
	bool broken;         /* the producer, and so all that it holds */
	bool holds;
	int64_t renew_at_ms, count_at_ms, backoff_ms, heard_ms, oldest_ms;
	size_t in_flight, bytes;
};

static bool
is_ended(struct relay *r)
{
	bool ended;

	(void)pthread_mutex_lock(&r->lock);
	ended = r->ended;
	(void)pthread_mutex_unlock(&r->lock);
	return ended || stop_asked();
}

/* -------- the lease */

static void
note_holding(struct relay *r, bool holds)
{
	if (holds != r->holds)
		log_event(LEVEL_INFO, holds ? "relay_begins" : "relay_ends", F_STR("owner", r->owner));
	r->holds = holds;
	metric_set(M_OUTBOX_RELAYING, NULL, holds);
	if (holds)
		return;
	metric_set(M_OUTBOX_AGE, NULL, 0);
	metric_keep(M_DEAD_OPEN, NULL, 0); /* another one counts them now */
	r->count_at_ms = 0;
}

/* 1: ours. 0: another's. -1: err. The row is written three times a lease, not at each look. */
static int
renew(struct relay *r, struct err *err)
{
	char length[24];
	const char *values[] = {r->owner, length};
	int64_t rows;

	if (clock_ms() < r->renew_at_ms)
		return r->holds;
	(void)snprintf(length, sizeof(length), "%" PRId64, r->settings->outbox_lease_ms);
	rows = pg_do(r->pg, "relay_lease",
	    "UPDATE core.relay_lease SET owner = $1, until = now() + $2::bigint * interval '1 millisecond'"
	    " WHERE name = 'outbox' AND (owner = $1 OR until < now())", 2, values, err);
	if (rows == -1)
		return -1;
	r->renew_at_ms = clock_ms() + r->settings->outbox_lease_ms / 3;
	note_holding(r, rows == 1);
	return rows == 1;
}

static void
release(struct relay *r)
{
	const char *values[] = {r->owner};

	if (r->holds && pg_is_connected(r->pg))
		(void)pg_do(r->pg, "relay_release",
		    "UPDATE core.relay_lease SET until = now() WHERE name = 'outbox' AND owner = $1", 1, values, NULL);
	note_holding(r, false);
	r->renew_at_ms = 0;
}

/* -------- Kafka */

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	struct relay *r = opaque;
	struct item *item = msg->_private;
	char word[64];

	(void)rk;
	r->in_flight--;
	r->heard_ms = clock_ms();
	r->bytes -= msg->len;
	outbox_free(&item->message, false);
	item->message = (struct outbox_message){0};
	if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		item->confirmed = true;
		metric_add(M_OUTBOX_SENT, item->type, 1);
		return;
	}
	item->too_large = kafka_fate(msg->err) == ERR_REJECT;
	kafka_word(msg->err, word, sizeof(word));
	if (msg->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && msg->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
		metric_add(M_PUBLISH_FAILED, word, 1);
		log_event(LEVEL_WARN, "relay_failed", F_INT("outbox_id", item->id), F_STR("reason", word));
	}
	/* what comes behind it must not overtake it */
	r->broken = r->broken || !item->too_large;
}

static void
close_producer(struct relay *r)
{
	kafka_producer_close(r->rk, &r->in_flight);
	r->rk = NULL;
	r->in_flight = r->bytes = 0;
	r->broken = false;
	r->topic_ready[0] = r->topic_ready[1] = false;
}

static int
open_producer(struct relay *r, struct err *err)
{
	const struct kafka_producer_options options = {.kafka = &r->settings->common.kafka, .delivered = on_delivery,
	    .opaque = r, .wake = -1, .linger = "5", .relay = true};

	if (r->rk == NULL && (r->rk = kafka_producer_open(&options, err)) == NULL)
		return -1;
	/* to ask for a topic would block for long while no broker answers */
	for (int i = 0; i < 20 && !kafka_is_up(r->rk); i++) {
		if (is_ended(r))
			return err_set(err, ERR_RETRY, "stop", "asked to stop");
		(void)rd_kafka_poll(r->rk, POLL_MS);
	}
	if (kafka_is_up(r->rk))
		return 0;
	return err_set(err, ERR_RETRY, "kafka", "no broker answers");
}

static const char *
topic_of(const struct relay *r, bool dead)
{
	return dead ? r->settings->outbox_dead : r->settings->outbox_reports;
}

static int
make_ready(struct relay *r, bool dead, struct err *err)
{
	/* a broker that goes away later is waited for with the messages it has not confirmed */
	if (!r->topic_ready[dead] && open_producer(r, err) == -1)
		return -1;
	if (dead && r->reader == NULL &&
	    (r->reader = kafka_reader_open(&r->settings->common.kafka, err)) == NULL)
		return -1;
	if (r->topic_ready[dead])
		return 0;
	if (kafka_ensure_topic_of(&r->settings->common.kafka,
	        dead ? KAFKA_TOPIC_DEAD_LETTERS : KAFKA_TOPIC_REPORTS, topic_of(r, dead),
	        (int)r->settings->outbox_partitions, (int)r->settings->replication, err) == -1)
		return -1;
	r->topic_ready[dead] = true;
	return 0;
}

/* -------- a step: rows out, confirmed ones deleted */

static void
tell_age(const struct relay *r)
{
	metric_set(M_OUTBOX_AGE, NULL, (double)(clock_ms() - r->oldest_ms) / 1000);
}

/* Serves deliveries until no more than `most` bytes (0: no message) are on their way. */
static int
wait_for_deliveries(struct relay *r, size_t most, struct err *err)
{
	int64_t stop_at_ms = 0;

	r->heard_ms = clock_ms();
	while (r->in_flight > 0 && (most == 0 || r->bytes > most) && !r->broken) {
		(void)rd_kafka_poll(r->rk, POLL_MS);
		tell_age(r);
		if (rd_kafka_fatal_error(r->rk, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
			r->broken = true;
		if (is_ended(r) && stop_at_ms == 0)
			stop_at_ms = clock_ms() + STOP_MS;
		if (stop_at_ms != 0 && clock_ms() > stop_at_ms)
			return err_set(err, ERR_RETRY, "stop", "asked to stop");
		if (clock_ms() - r->heard_ms > STUCK_MS)
			r->broken = true;
		if (renew(r, err) != 1)
			return err_set(err, ERR_RETRY, "lease", "another worker relays now");
	}
	return r->broken ? err_set(err, ERR_RETRY, "kafka", "messages were not confirmed") : 0;
}

/* A dead letter that no topic takes goes without its value, which stands in the page topic. */
static int
make(struct relay *r, struct item *item, const PGresult *res, int row, bool with_value, struct err *err)
{
	return outbox_is_dead(res, row)
	    ? outbox_dead_letter(&item->message, res, row, r->reader, r->settings->group, with_value, err)
	    : outbox_event(&item->message, res, row, err);
}

static int
send_row(struct relay *r, struct item *item, const PGresult *res, int row, bool with_value, struct err *err)
{
	bool dead = outbox_is_dead(res, row);
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	struct err why = {0};
	size_t bytes;

	if (make(r, item, res, row, with_value, err) == -1)
		return -1;
	item->message.kafka.topic = topic_of(r, dead);
	item->message.kafka.private = item;
	bytes = item->message.kafka.value.n;
	for (;;) {
		why = (struct err){0};
		if (kafka_produce(r->rk, &item->message.kafka, &code, &why) == 0) {
			r->in_flight++;
			r->bytes += bytes;
			item->sent = true;
			return 0;
		}
		if (strcmp(why.reason, "queue_full") != 0 || r->in_flight == 0 || /* it would not fit alone */
		    wait_for_deliveries(r, 0, err) == -1)
			break;
	}
	outbox_free(&item->message, true);
	item->message = (struct outbox_message){0};
	item->too_large = why.code == ERR_REJECT;
	r->broken = r->broken || kafka_breaks_producer(code);
	return item->too_large ? 0 : err_set(err, why.code, why.reason, "%s", why.text);
}

/* What is too large for the topic would be so for ever, and all else waits behind it. */
static int
send_rest(struct relay *r, struct item *items, const PGresult *res, struct err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		if (!items[row].too_large)
			continue;
		items[row].too_large = false;
		if (outbox_is_dead(res, row) && send_row(r, &items[row], res, row, false, err) == -1)
			return -1;
		if (!items[row].sent || items[row].too_large) {
			log_event(LEVEL_ERROR, "relay_dropped", F_INT("outbox_id", items[row].id));
			items[row].confirmed = true;
		}
	}
	return wait_for_deliveries(r, 0, err);
}

static int
send_all(struct relay *r, struct item *items, const PGresult *res, struct err *err)
{
	for (int row = 0; row < PQntuples(res); row++) {
		bool dead = outbox_is_dead(res, row);

		items[row] = (struct item){.relay = r, .id = outbox_id(res, row), .type = outbox_type(res, row)};
		if (topic_of(r, dead)[0] == '\0') { /* nobody wants it */
			items[row].confirmed = true;
			continue;
		}
		if (is_ended(r))
			return err_set(err, ERR_RETRY, "stop", "asked to stop");
		if (make_ready(r, dead, err) == -1 || send_row(r, &items[row], res, row, true, err) == -1)
			return -1;
		if (r->bytes > STEP_BYTES && wait_for_deliveries(r, STEP_BYTES / 2, err) == -1)
			return -1;
	}
	if (wait_for_deliveries(r, 0, err) == -1)
		return -1;
	return send_rest(r, items, res, err);
}

/* In order, up to the first that Kafka has not: what is behind it will come after it again. */
static int
delete_confirmed(struct relay *r, const struct item *items, int count, struct err *err)
{
	const char *values[1];
	struct buf ids;
	int64_t rows;

	buf_init(&ids, 1 << 20);
	(void)buf_add_byte(&ids, '{');
	for (int i = 0; i < count && items[i].confirmed; i++)
		(void)buf_add_fmt(&ids, "%s%" PRId64, i == 0 ? "" : ",", items[i].id);
	(void)buf_add_byte(&ids, '}');
	values[0] = ids.p;
	rows = ids.n == 2 ? 0 : pg_do(r->pg, "outbox_delete",
	    "DELETE FROM core.outbox WHERE outbox_id = ANY ($1::bigint[])", 1, values, err);
	buf_fini(&ids);
	return rows == -1 ? -1 : 0;
}

static int
relay_rows(struct relay *r, const PGresult *res, struct err *err)
{
	struct item *items = calloc((size_t)PQntuples(res), sizeof(*items));
	int rc;

	if (items == NULL)
		return err_set(err, ERR_RETRY, "memory", "relay: out of memory");
	rc = send_all(r, items, res, err);
	if (r->in_flight > 0 || r->broken)
		close_producer(r); /* the items go: nothing may point to them */
	if (delete_confirmed(r, items, PQntuples(res), rc == -1 ? NULL : err) == -1)
		rc = -1;
	free(items);
	return rc;
}

/* All workers would count the same: who holds the lease does. */
static int
count_dead(struct relay *r, struct err *err)
{
	PGresult *res;

	if (clock_ms() < r->count_at_ms)
		return 0;
	if ((res = pg_query(r->pg, "dead_open", "SELECT count(*) FROM core.dead_letter WHERE resolved_at IS NULL",
		 0, NULL, err)) == NULL)
		return -1;
	metric_set(M_DEAD_OPEN, NULL, strtod(PQgetvalue(res, 0, 0), NULL));
	r->count_at_ms = clock_ms() + DEAD_EVERY_MS;
	PQclear(res);
	return 0;
}

/* A plan of the time when the tables were empty would read them from end to end as they grow, four
 * times a second, until somebody analyzes them; the outbox nobody does. */
static int
connect_to_tables(struct relay *r, struct err *err)
{
	if (pg_is_connected(r->pg))
		return 0;
	if (pg_connect(r->pg, err) == 0 &&
	    pg_do(r->pg, NULL, "SET enable_seqscan = off", 0, NULL, err) != -1 &&
	    pg_do(r->pg, NULL, "SET enable_hashjoin = off", 0, NULL, err) != -1 &&
	    pg_do(r->pg, NULL, "SET enable_mergejoin = off", 0, NULL, err) != -1)
		return 0;
	pg_disconnect(r->pg); /* all of it or nothing */
	return -1;
}

/* Rows relayed, or -1. */
static int
step(struct relay *r, struct err *err)
{
	PGresult *res;
	int rows, rc = 0;

	if (connect_to_tables(r, err) == -1)
		return -1;
	if ((rc = renew(r, err)) != 1)
		return rc;
	if (count_dead(r, err) == -1)
		return -1;
	if ((res = pg_query(r->pg, "outbox", outbox_sql, 0, NULL, err)) == NULL)
		return -1;
	rows = PQntuples(res);
	r->oldest_ms = clock_ms() - (rows == 0 ? 0 : (int64_t)(outbox_age_s(res, 0) * 1000));
	tell_age(r);
	if (rows > 0)
		rc = relay_rows(r, res, err);
	else if (r->reader != NULL) {
		kafka_reader_close(r->reader); /* dead letters are rare */
		r->reader = NULL;
	}
	PQclear(res);
	return rc == -1 ? -1 : rows;
}

/* -------- the thread */

static void
pause_for(struct relay *r, int64_t ms)
{
	const int64_t until = clock_ms() + ms;
	int64_t left;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->ended && !stop_asked() && (left = until - clock_ms()) > 0) {
		/* a signal sets a flag and wakes nobody */
		const struct timespec slice = clock_in(left < SLICE_MS ? left : SLICE_MS);

		(void)pthread_cond_timedwait(&r->wake, &r->lock, &slice);
	}
	(void)pthread_mutex_unlock(&r->lock);
}

static void
after_failure(struct relay *r, const struct err *why)
{
	if (strcmp(why->reason, "stop") == 0)
		return;
	r->backoff_ms = r->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * r->backoff_ms;
	if (r->backoff_ms > BACKOFF_MAX_MS)
		r->backoff_ms = BACKOFF_MAX_MS;
	log_event(LEVEL_WARN, "relay_waits", F_INT("ms", r->backoff_ms), F_ERR(why));
	if (pg_is_connected(r->pg) && PQtransactionStatus(pg_conn(r->pg)) != PQTRANS_IDLE)
		pg_disconnect(r->pg);
}

static void *
serve(void *arg)
{
	struct relay *r = arg;

	while (!is_ended(r)) {
		struct err err = {0};
		int rows = step(r, &err);

		if (rows == -1)
			after_failure(r, &err);
		else
			r->backoff_ms = 0;
		if (rows == -1)
			pause_for(r, r->backoff_ms);
		else if (rows < OUTBOX_STEP)
			pause_for(r, r->holds ? r->settings->outbox_poll_ms : r->settings->outbox_lease_ms / 3);
	}
	close_producer(r);
	kafka_reader_close(r->reader);
	release(r);
	pg_disconnect(r->pg);
	return NULL;
}

struct relay *
relay_new(const struct settings *settings, struct err *err)
{
	struct relay *r = calloc(1, sizeof(*r));
	pthread_condattr_t by;
	char host[256] = "";

	if (r == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "relay: out of memory");
		return NULL;
	}
	r->settings = settings;
	(void)gethostname(host, sizeof(host) - 1);
	/* not the process id alone: in containers it is often the same */
	(void)snprintf(r->owner, sizeof(r->owner), "%s:%ld:%" PRId64, host, (long)getpid(), clock_ms());
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_condattr_init(&by);
	(void)pthread_condattr_setclock(&by, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->wake, &by);
	(void)pthread_condattr_destroy(&by);
	if ((r->pg = pg_new(settings->common.database_url, "suoyin-worker relay", err)) != NULL &&
	    pthread_create(&r->thread, NULL, serve, r) == 0)
		return r;
	(void)err_set(err, ERR_FATAL, "thread", "relay: no thread could be started");
	pg_free(r->pg);
	free(r);
	return NULL;
}

int
relay_free(struct relay *r, int64_t timeout_ms)
{
	struct timespec until;

	if (r == NULL)
		return 0;
	(void)pthread_mutex_lock(&r->lock);
	r->ended = true;
	(void)pthread_cond_broadcast(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	until = clock_in(timeout_ms + 1000);
	if (pthread_clockjoin_np(r->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return -1;
	pg_free(r->pg);
	(void)pthread_cond_destroy(&r->wake);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
	return 0;
}
