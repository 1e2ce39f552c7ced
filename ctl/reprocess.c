/* SPDX-License-Identifier: MIT */
/* reprocess: asks the workers to read stored pages again. */
#include "reprocess.h"
#include "audit.h"
#include "broker.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/log.h>
#include <suoyin/page.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PARTITIONS_MAX 10000
#define FLUSH_MS 30000
#define POLL_MS 500

struct options {
	struct reprocess_filter filter;
	int64_t rate; /* messages a second; 0: as fast as it goes */
	bool all, dry_run, json, wait;
};

struct run {
	const struct options *o;
	const char *topic;
	struct pg *pg;
	rd_kafka_t *rk;
	struct reprocess_count selected;
	int64_t sent, confirmed, failed, began_ms, told_ms;
	int64_t ends[PARTITIONS_MAX]; /* behind the last message of ours, by partition; 0: none */
};

/* -------- what is asked */

static int
wants_number(const char *text, const char *name, int64_t max, int64_t *out)
{
	uint64_t v;

	if (span_u64(span_of(text), (uint64_t)max, &v) == -1)
		return ctl_usage("--%s wants a number, not \"%s\"", name, text);
	*out = (int64_t)v;
	return 0;
}

static int
take_option(struct options *o, int c, const char *value)
{
	int64_t number;

	switch (c) {
	case 'p':
		o->filter.portal = value;
		return 0;
	case 's':
		o->filter.since = value;
		return 0;
	case 'r':
		o->filter.report = value;
		return wants_number(value, "report", INT64_MAX, &number);
	case 'u':
		o->filter.url = value;
		return 0;
	case 'b':
		o->filter.below = value;
		return wants_number(value, "extraction-below", 1000000, &number);
	case 'R':
		return wants_number(value, "rate", 1000000, &o->rate);
	case 'o':
		return o->filter.outdated = true, 0;
	case 'a':
		return o->all = true, 0;
	case 'd':
		return o->dry_run = true, 0;
	case 'j':
		return o->json = true, 0;
	case 'n':
		return o->wait = false, 0;
	default:
		return EXIT_USAGE;
	}
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"portal", required_argument, NULL, 'p'}, {"since", required_argument, NULL, 's'},
		{"report", required_argument, NULL, 'r'}, {"url", required_argument, NULL, 'u'},
		{"extraction-below", required_argument, NULL, 'b'}, {"outdated", no_argument, NULL, 'o'},
		{"all", no_argument, NULL, 'a'}, {"rate", required_argument, NULL, 'R'},
		{"dry-run", no_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'},
		{"no-wait", no_argument, NULL, 'n'}, {0},
	};
	const struct reprocess_filter *f = &o->filter;
	int c, rc;

	*o = (struct options){.rate = 100, .wait = true};
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if ((rc = take_option(o, c, optarg)) != 0)
			return rc;
	if (optind != argc)
		return ctl_usage("reprocess takes no operand: \"%s\"", argv[optind]);
	if (!o->all && !f->outdated && f->portal == NULL && f->since == NULL && f->report == NULL &&
	    f->url == NULL && f->below == NULL)
		return ctl_usage("reprocess needs a filter, or --all");
	return 0;
}

/* -------- progress */

/* A line a second on a terminal, one a minute elsewhere. */
static void
tell(struct run *r, const char *what, int64_t done, int64_t of)
{
	int64_t now = clock_ms(), took = now - r->began_ms;
	bool tty = isatty(STDERR_FILENO) != 0;

	if (now - r->told_ms < (tty ? 1000 : 60000))
		return;
	r->told_ms = now;
	(void)fprintf(stderr, "%s%s %" PRId64 " of %" PRId64 ", %.0f/s, %" PRId64 " s to go%s",
	    tty ? "\r\x1b[K" : "", what, done, of, took > 0 ? (double)done * 1000 / (double)took : 0,
	    done > 0 ? (of - done) * took / done / 1000 : 0, tty ? "" : "\n");
}

/* -------- messages */

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	struct run *r = opaque;

	(void)rk;
	if (msg->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		r->failed++;
		return;
	}
	r->confirmed++;
	if (msg->partition >= 0 && msg->partition < PARTITIONS_MAX && msg->offset >= r->ends[msg->partition])
		r->ends[msg->partition] = msg->offset + 1;
}

static void
random_id(char out[33])
{
	unsigned char bytes[16] = {0};

	(void)!getrandom(bytes, sizeof(bytes), 0);
	for (int i = 0; i < 16; i++)
		(void)snprintf(out + 2 * (ptrdiff_t)i, 3, "%02x", bytes[i]);
}

static int
produce(struct run *r, const struct page *page, struct arena *a, struct err *err)
{
	struct page_header headers[PAGE_HEADERS_MAX];
	struct span key = page_key(a, page->portal, page->url);
	int n = page_encode(page, a, headers, err);
	struct kafka_message message = {.topic = r->topic, .key = key};
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	if (n == -1 || a->failed)
		return n == -1 ? -1 : err_set(err, ERR_RETRY, "memory", "out of memory");
	for (;;) {
		message.headers = rd_kafka_headers_new((size_t)n);
		for (int i = 0; i < n; i++)
			(void)rd_kafka_header_add(message.headers, headers[i].name.p, (ssize_t)headers[i].name.n,
			    headers[i].value.p, (ssize_t)headers[i].value.n);
		if (kafka_produce(r->rk, &message, &code, err) == 0)
			break;
		rd_kafka_headers_destroy(message.headers);
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return -1;
		(void)rd_kafka_poll(r->rk, POLL_MS);
	}
	(void)rd_kafka_poll(r->rk, 0);
	r->sent++;
	return 0;
}

static int
send_row(struct run *r, const PGresult *res, int row, struct err *err)
{
	char id[33], time[32];
	struct page page = {.type = PAGE_REPROCESS, .id = {id, 32}, .url = span_of(pg_text_at(res, row, ROW_URL)),
	    .portal = span_of(pg_text_at(res, row, ROW_PORTAL)), .site = span_of(pg_text_at(res, row, ROW_SITE)),
	    .sha256 = span_of(pg_text_at(res, row, ROW_SHA256)),
	    .origin_topic = span_of(pg_text_at(res, row, ROW_TOPIC))};
	struct arena a;
	int rc;

	random_id(id);
	page_time_format(clock_us(CLOCK_REALTIME), time);
	page.time = span_of(time);
	page.source = PQgetisnull(res, row, ROW_HOME) ? page.url : span_of(pg_text_at(res, row, ROW_HOME));
	page.origin_partition = pg_int_at(res, row, ROW_PART);
	page.origin_offset = pg_int_at(res, row, ROW_OFFSET);
	if (!PQgetisnull(res, row, ROW_REVISION))
		page.revision = pg_int_at(res, row, ROW_REVISION);
	arena_init(&a, (size_t)1 << 20);
	rc = produce(r, &page, &a, err);
	arena_fini(&a);
	return rc;
}

static void
keep_rate(const struct run *r)
{
	int64_t due = r->o->rate == 0 ? 0 : r->sent * 1000 / r->o->rate;
	int64_t early = due - (clock_ms() - r->began_ms);

	if (early > 0)
		(void)rd_kafka_poll(r->rk, early > 60000 ? 60000 : (int)early);
}

static int
send_kind(struct run *r, enum reprocess_kind kind, struct err *err)
{
	int64_t of = r->selected.revisions + r->selected.addresses;
	char *after = NULL;
	int rows = 1, rc = 0;

	while (rc == 0 && rows > 0) {
		PGresult *res = reprocess_rows(r->pg, &r->o->filter, kind, after, err);

		rows = res == NULL ? 0 : PQntuples(res);
		rc = res == NULL ? -1 : 0;
		for (int row = 0; rc == 0 && row < rows; row++) {
			rc = send_row(r, res, row, err);
			keep_rate(r);
			tell(r, "sent", r->sent, of);
		}
		if (rows > 0) {
			free(after);
			after = strdup(PQgetvalue(res, rows - 1, ROW_KEY));
			rc = after == NULL ? err_set(err, ERR_RETRY, "memory", "out of memory") : rc;
		}
		PQclear(res);
	}
	free(after);
	return rc;
}

/* -------- until the workers have passed them */

static int64_t
behind(struct run *r, struct err *err)
{
	const char *values[] = {r->topic};
	PGresult *res = pg_query(r->pg, "passed",
	    "SELECT part, max(next_offset) FROM core.ingest_offset WHERE topic = $1 GROUP BY part", 1, values, err);
	int64_t left = 0, passed;

	if (res == NULL)
		return -1;
	for (int part = 0; part < PARTITIONS_MAX; part++) {
		passed = 0;
		for (int row = 0; r->ends[part] > 0 && row < PQntuples(res); row++)
			if (strtol(PQgetvalue(res, row, 0), NULL, 10) == part)
				passed = pg_int_at(res, row, 1);
		left += r->ends[part] > passed ? r->ends[part] - passed : 0;
	}
	PQclear(res);
	return left;
}

static int
wait_for_workers(struct run *r, struct err *err)
{
	const struct timespec nap = {0, POLL_MS * 1000000L};
	int64_t first = behind(r, err), left = first;

	r->began_ms = clock_ms();
	while (left > 0) {
		tell(r, "workers have passed", first - left, first);
		(void)nanosleep(&nap, NULL);
		left = behind(r, err);
	}
	return left == -1 ? -1 : 0;
}

/* -------- all of it */

static int
open_producer(struct run *r, const struct config_common *common, struct err *err)
{
	rd_kafka_conf_t *conf = kafka_producer_conf(&common->kafka, err);
	char why[256];

	if (conf == NULL)
		return -1;
	rd_kafka_conf_set_opaque(conf, r);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	if ((r->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why))) != NULL)
		return 0;
	rd_kafka_conf_destroy(conf);
	return err_set(err, ERR_FATAL, "config", "kafka: %s", why);
}

static void
put_text(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(object, name, json_string(text));
}

static int
audit(struct run *r, const char *state, struct err *err)
{
	const struct reprocess_filter *f = &r->o->filter;
	json_t *asked = json_pack("{s:b, s:b, s:I}", "all", r->o->all, "outdated", f->outdated, "rate",
	    (json_int_t)r->o->rate);
	json_t *details;
	int rc;

	put_text(asked, "portal", f->portal);
	put_text(asked, "since", f->since);
	put_text(asked, "report", f->report);
	put_text(asked, "url", f->url);
	put_text(asked, "extraction_below", f->below);
	details = json_pack("{s:s, s:o, s:I, s:I, s:I}", "state", state, "asked", asked, "revisions",
	    (json_int_t)r->selected.revisions, "addresses", (json_int_t)r->selected.addresses, "sent",
	    (json_int_t)r->confirmed);
	rc = audit_write(r->pg, "reprocess", details, err);
	json_decref(details);
	return rc;
}

static int
send_all(struct run *r, const struct config_common *common, struct err *err)
{
	/* before the first message: also a run that is killed is told of */
	int rc = open_producer(r, common, err) == -1 || audit(r, "begun", err) == -1 ? -1 : 0;

	r->began_ms = r->told_ms = clock_ms();
	for (int kind = 0; rc == 0 && kind < REPROCESS_KINDS; kind++)
		rc = send_kind(r, (enum reprocess_kind)kind, err);
	if (r->rk != NULL)
		(void)rd_kafka_flush(r->rk, FLUSH_MS);
	if (rc == 0 && r->confirmed < r->sent)
		rc = err_set(err, ERR_RETRY, "kafka", "Kafka confirmed %" PRId64 " of %" PRId64 " messages",
		    r->confirmed, r->sent);
	if (r->rk != NULL && audit(r, rc == 0 ? "sent" : "failed", rc == 0 ? err : NULL) == -1)
		rc = -1;
	if (rc == 0 && r->o->wait)
		rc = wait_for_workers(r, err);
	if (isatty(STDERR_FILENO) != 0)
		(void)fputs("\r\x1b[K", stderr);
	if (r->rk != NULL) {
		(void)rd_kafka_purge(r->rk, RD_KAFKA_PURGE_F_QUEUE);
		rd_kafka_destroy(r->rk);
	}
	return rc;
}

static int
run_all(struct run *r, const struct config_common *common, struct err *err)
{
	int rc;

	if ((r->pg = ctl_connect(common->database_url, err)) == NULL)
		return -1;
	rc = pg_check_schema(r->pg, "ctl", err) == -1 ||
	        reprocess_count(r->pg, &r->o->filter, &r->selected, err) == -1
	    ? -1 : 0;
	if (rc == 0 && !r->o->dry_run && r->selected.revisions + r->selected.addresses > 0)
		rc = send_all(r, common, err);
	(void)printf(r->o->json ? "{\"revisions\": %" PRId64 ", \"addresses\": %" PRId64 ", \"sent\": %" PRId64
	                          ", \"dry_run\": %s, \"done\": %s}\n"
	                        : "revisions=%" PRId64 " addresses=%" PRId64 " sent=%" PRId64 " dry_run=%s done=%s\n",
	    r->selected.revisions, r->selected.addresses, r->confirmed, r->o->dry_run ? "true" : "false",
	    rc == 0 && r->o->wait && !r->o->dry_run ? "true" : "false");
	pg_free(r->pg);
	return rc;
}

int
cmd_reprocess(int argc, char **argv)
{
	struct config_common common = {0};
	struct run *r = calloc(1, sizeof(*r));
	struct options o;
	struct err err = {0};
	int rc = r == NULL ? CTL_FAILED : ctl_broker(&argc, argv, &common);

	if (rc == 0) {
		log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT);
		r->o = &o;
		r->topic = common.topic;
		if ((rc = parse_options(&o, argc, argv)) == 0 && run_all(r, &common, &err) == -1)
			rc = ctl_fail(&err);
		ctl_broker_end(&common);
	}
	free(r);
	return rc;
}
