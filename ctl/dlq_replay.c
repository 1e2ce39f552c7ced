/* SPDX-License-Identifier: MIT */
/*
 * dlq replay: the original message back onto its topic - key, value, headers as they were, and one
 * header that names the letter.
 *
 * ce_time and ce_id stay, so that the worker's rule 0 gives the page its place in time: it is the
 * URL's newest where nothing newer came meanwhile, else a late revision.  A letter is noted as sent
 * again once Kafka has confirmed its message; it is settled by the worker (worker/dead.c).
 */
#include "audit.h"
#include "broker.h"
#include "dlq_message.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/limits.h>
#include <suoyin/stop.h>
#include <time.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)32 << 20) /* on their way to the broker */
#define DELIVERY_MS 60000

struct sent {
	struct replay *replay;
	rd_kafka_message_t *msg;
	int row;
	bool confirmed;
};

struct replay {
	struct pg *pg;
	const struct dlq_options *options;
	struct kafka_reader *reader;
	rd_kafka_t *rk;
	struct sent *sent; /* of this page of the walk */
	size_t in_flight, bytes;
	uint64_t selected, tried, replayed, missing, failed;
	int64_t began_us;
	double told_s;
};

static double
elapsed_s(const struct replay *r)
{
	return (double)(clock_us(CLOCK_MONOTONIC) - r->began_us) / 1e6;
}

/* Each second for a person, each minute for a log. */
static void
tell(struct replay *r)
{
	bool person = isatty(STDERR_FILENO) == 1;
	double now = elapsed_s(r), rate = now > 0 ? (double)r->tried / now : 0;

	if (now - r->told_s < (person ? 1 : 60))
		return;
	r->told_s = now;
	(void)fprintf(stderr, "%s%" PRIu64 " of %" PRIu64 ", %.1f/s, %.0f s left%s", person ? "\r" : "", r->tried,
	    r->selected, rate, rate > 0 ? (double)(r->selected - r->tried) / rate : 0, person ? "  " : "\n");
	(void)fflush(stderr);
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	struct sent *s = msg->_private;
	struct replay *r = opaque;

	(void)rk;
	r->in_flight--;
	r->bytes -= msg->len;
	s->confirmed = msg->err == RD_KAFKA_RESP_ERR_NO_ERROR;
	r->replayed += s->confirmed;
	r->failed += !s->confirmed;
	if (!s->confirmed)
		(void)fprintf(stderr, "suoyinctl: %s\n", rd_kafka_err2str(msg->err));
	rd_kafka_message_destroy(s->msg);
	s->msg = NULL;
}

static void
wait_for(struct replay *r, size_t most)
{
	double until = elapsed_s(r) + DELIVERY_MS / 1000.0;

	while (r->in_flight > 0 && (most == 0 || r->bytes > most) && elapsed_s(r) < until) {
		(void)rd_kafka_poll(r->rk, 50);
		tell(r);
	}
}

/* The headers as they were; a replay of a replay names the nearer letter alone. */
static rd_kafka_headers_t *
headers_of(const rd_kafka_message_t *msg, const char *id)
{
	rd_kafka_headers_t *list = NULL, *copy;
	const char *name;
	const void *p;
	size_t n, count = 0;

	copy = rd_kafka_message_headers(msg, &list) == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_headers_copy(list)
	                                                                          : rd_kafka_headers_new(1);
	if (copy == NULL)
		return NULL;
	(void)rd_kafka_header_remove(copy, REPLAY_HEADER);
	while (rd_kafka_header_get_all(copy, count, &name, &p, &n) == RD_KAFKA_RESP_ERR_NO_ERROR)
		count++;
	if (count < PAGE_HEADERS_MAX) /* a message that is full stays a message */
		(void)rd_kafka_header_add(copy, REPLAY_HEADER, -1, id, (ssize_t)strlen(id));
	return copy;
}

static int
send_again(struct replay *r, const PGresult *page, int row, struct err *err)
{
	struct coordinates c;
	char id[COORDINATES_SIZE];
	struct err why = {0};
	struct sent *s = &r->sent[row];
	struct kafka_message m = {.topic = c.topic, .private = s};

	dlq_coordinates(page, row, &c);
	coordinates_format(&c, id);
	*s = (struct sent){.replay = r, .row = row, .msg = dlq_message(r->reader, page, row, &why)};
	if (s->msg == NULL && why.code != ERR_REJECT)
		return err_set(err, why.code, why.reason, "%s", why.text);
	if (s->msg == NULL) {
		r->missing++;
		(void)fprintf(stderr, "suoyinctl: %s\n", why.text);
		return 0;
	}
	m.key = (struct span){s->msg->key, s->msg->key_len};
	m.value = (struct span){s->msg->payload, s->msg->len};
	if ((m.headers = headers_of(s->msg, id)) != NULL && kafka_produce(r->rk, &m, NULL, &why) == 0) {
		r->in_flight++;
		r->bytes += m.value.n;
		return 0;
	}
	if (m.headers != NULL)
		rd_kafka_headers_destroy(m.headers);
	rd_kafka_message_destroy(s->msg);
	s->msg = NULL;
	r->failed++;
	(void)fprintf(stderr, "suoyinctl: %s: %s\n", id, why.text);
	return 0;
}

/* So that --rate holds over the whole run. */
static void
keep_rate(const struct replay *r)
{
	double due = r->options->rate == 0 ? 0 : (double)r->tried / (double)r->options->rate - elapsed_s(r);
	struct timespec pause = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};

	if (due > 0)
		(void)nanosleep(&pause, NULL);
}

/* What Kafka confirmed of this page, in the database. */
static int
note_page(struct replay *r, const PGresult *page, int rows, struct err *err)
{
	struct columns c;
	int64_t noted = 0;

	columns_init(&c, 3);
	for (int row = 0; row < rows; row++)
		if (r->sent[row].confirmed)
			dlq_add_row(&c, page, row);
	if (columns_end(&c) == NULL)
		noted = err_set(err, ERR_FATAL, "memory", "out of memory");
	else if (c.at[0].count > 0)
		noted = pg_do(r->pg, "dlq_replayed",
		    "UPDATE core.dead_letter d SET replayed_at = now(), replays = replays + 1 FROM " DLQ_ROWS
		    " WHERE d.topic = n.topic AND d.part = n.part AND d.\"offset\" = n.\"offset\"", c.count, c.values,
		    err);
	columns_fini(&c);
	return noted == -1 ? -1 : 0;
}

static int
replay_page(struct replay *r, const PGresult *page, int rows, struct err *err)
{
	int rc = 0;

	if ((r->sent = calloc((size_t)rows, sizeof(*r->sent))) == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	for (int row = 0; rc == 0 && row < rows && !stop_asked(); row++) {
		keep_rate(r);
		rc = send_again(r, page, row, err);
		r->tried++;
		wait_for(r, BYTES_MAX);
		tell(r);
	}
	wait_for(r, 0);
	if (r->in_flight > 0) { /* no broker answers: what may still arrive is noted as not sent */
		kafka_producer_close(r->rk, &r->in_flight);
		r->rk = NULL;
		rc = err_set(err, ERR_RETRY, "kafka", "Kafka confirmed nothing for a minute");
	}
	if (note_page(r, page, rows, rc == 0 ? err : NULL) == -1)
		rc = -1;
	free(r->sent);
	r->sent = NULL;
	return rc;
}

static int
audit(struct replay *r, const char *state, struct err *err)
{
	json_t *details = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "state", state, "asked",
	    dlq_options_json(r->options), "selected", (json_int_t)r->selected, "replayed", (json_int_t)r->replayed,
	    "missing", (json_int_t)r->missing, "failed", (json_int_t)r->failed);
	int rc = audit_write(r->pg, "dlq replay", details, err);

	json_decref(details);
	return rc;
}

static int
replay_all(struct replay *r, struct dlq_walk *walk, struct err *err)
{
	int rows, rc = 0;

	/* before the first message: also a run that is killed is told of */
	if (audit(r, "begun", err) == -1)
		return -1;
	while (rc == 0 && !stop_asked() && (rows = dlq_walk_next(walk, err)) != 0)
		rc = rows == -1 ? -1 : replay_page(r, walk->page, rows, err);
	if (audit(r, rc == -1 ? "failed" : stop_asked() ? "stopped" : "ended", rc == -1 ? NULL : err) == -1)
		rc = -1;
	return rc;
}

static void
print_result(const struct replay *r)
{
	json_t *counts = json_pack("{s:I, s:I, s:I, s:I, s:b}", "selected", (json_int_t)r->selected, "replayed",
	    (json_int_t)r->replayed, "missing", (json_int_t)r->missing, "failed", (json_int_t)r->failed, "dry_run",
	    r->options->dry_run);

	if (r->options->json) {
		(void)json_dumpf(counts, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else if (r->options->dry_run) {
		(void)printf("%" PRIu64 " dead letters would be sent again\n", r->selected);
	} else {
		(void)printf("%" PRIu64 " of %" PRIu64 " dead letters sent again, %" PRIu64
		             " no longer in the topic, %" PRIu64 " not taken\n",
		    r->replayed, r->selected, r->missing, r->failed);
	}
	json_decref(counts);
}

static int
replay(struct pg *pg, const struct dlq_options *o, const struct config_common *common, struct err *err)
{
	struct replay r = {.pg = pg, .options = o};
	const struct kafka_producer_options producer = {.kafka = &common->kafka, .delivered = on_delivery, .opaque = &r,
	    .wake = -1, .linger = "5"};
	struct dlq_walk walk = {0};
	int rc = dlq_walk_begin(&walk, pg, o, &r.selected, err);

	r.began_us = clock_us(CLOCK_MONOTONIC);
	if (rc == 0 && !o->dry_run && r.selected > 0) {
		if ((r.reader = kafka_reader_open(&common->kafka, err)) == NULL ||
		    (r.rk = kafka_producer_open(&producer, err)) == NULL)
			rc = -1;
		else
			rc = replay_all(&r, &walk, err);
	}
	dlq_walk_end(&walk);
	kafka_producer_close(r.rk, &r.in_flight);
	kafka_reader_close(r.reader);
	print_result(&r);
	if (rc == 0 && r.missing + r.failed > 0)
		return err_set(err, ERR_REJECT, "replay", "not all could be sent again");
	return rc;
}

int
cmd_dlq_replay(int argc, char **argv)
{
	struct config_common common = {0};
	struct dlq_options o;
	struct err err = {0};
	struct pg *pg = NULL;
	int rc = ctl_broker(&argc, argv, &common);

	if (rc == 0)
		rc = dlq_options(&o, argc, argv,
		    " portal reason url since unresolved all limit rate dry-run json note ");
	if (rc == 0)
		rc = dlq_options_choose(&o, "replay");
	if (rc == 0) {
		log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT); /* librdkafka's warnings come as our errors, too */
		stop_install();
		pg = ctl_connect(common.database_url, &err);
		if (pg == NULL || replay(pg, &o, &common, &err) == -1)
			rc = ctl_fail(&err);
	}
	pg_free(pg);
	ctl_broker_end(&common);
	return rc;
}
