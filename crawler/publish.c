/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include "backoff.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/kafka_producer.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/page.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct publisher {
	struct publish_options options;
	rd_kafka_t *rk;
	struct visit_queue waiting; /* not yet with the producer */
	struct visit_queue lost;    /* with a producer that failed them: to be sent again */
	size_t sent;                /* with the producer */
	bool topic_ready, broken;
	const char *trouble; /* why the last page failed; NULL: it did not */
	struct backoff topic_backoff, send_backoff, producer_backoff;
	int wake;
};

/* What the producer itself cannot get over: its fatal error, and a topic that was deleted, which it
 * would not look for again for minutes. */
static void
note_broken(struct publisher *p, rd_kafka_resp_err_t code)
{
	p->topic_ready = p->topic_ready && !kafka_is_topic_missing(code);
	p->broken = p->broken || kafka_breaks_producer(code);
}

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *msg, void *opaque)
{
	struct publisher *p = opaque;
	struct visit *v = msg->_private;
	const char *name = rd_kafka_err2name(msg->err);

	(void)rk;
	p->sent--;
	if (msg->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		metric_add(M_PUBLISHED, v->gone            ? "gone"
				: v->is_attachment ? "attachment"
						   : "fetched",
		    1);
		p->trouble = NULL;
		backoff_reset(&p->send_backoff);
		backoff_reset(&p->producer_backoff);
		p->options.done(p->options.ctx, v, NULL);
		return;
	}
	metric_add(M_PUBLISH_FAILED, name, 1);
	log_event(LEVEL_WARN, "publish_failed", F_STR("portal", v->watch->portal->id),
	    F_STR("url", v->url), F_STR("reason", name));
	if (kafka_fate(msg->err) == ERR_REJECT) {
		p->options.done(p->options.ctx, v, "message_rejected");
		return;
	}
	p->trouble = name;
	note_broken(p, msg->err);
	visit_push(&p->lost, v);
}

static int
producer_start(struct publisher *p, struct err *err)
{
	const struct kafka_producer_options options = {.kafka = p->options.kafka, .delivered = on_delivery,
	    .opaque = p, .wake = p->wake};

	return (p->rk = kafka_producer_open(&options, err)) == NULL ? -1 : 0;
}

/* Every message ends in on_delivery before its producer goes: bodies are ours, not copied. */
static void
producer_stop(struct publisher *p)
{
	kafka_producer_close(p->rk, &p->sent);
	p->rk = NULL;
}

struct publisher *
publisher_new(const struct publish_options *options, struct err *err)
{
	struct publisher *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	p->options = *options;
	p->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wake == -1)
		(void)err_set(err, ERR_FATAL, "kafka", "eventfd failed");
	if (p->wake == -1 || producer_start(p, err) == -1) {
		publisher_free(p, NULL);
		return NULL;
	}
	return p;
}

void
publisher_free(struct publisher *p, struct visit_queue *out)
{
	if (p == NULL)
		return;
	producer_stop(p);
	if (out != NULL) {
		visit_move_all(&p->lost, out);
		visit_move_all(&p->waiting, out);
	}
	if (p->wake != -1)
		(void)close(p->wake);
	free(p);
}

/* What a message says of a visit. */
static void
describe(struct page *page, const struct visit *v)
{
	const struct portal *portal = v->watch->portal;

	*page = (struct page){
	    .type = v->gone ? PAGE_GONE : v->is_attachment ? PAGE_ATTACHMENT : PAGE_FETCHED,
	    .id = span_of(v->ce_id),
	    .source = span_of(portal->home),
	    .time = span_of(v->ce_time),
	    .url = span_of(v->url),
	    .portal = span_of(portal->id),
	    .site = span_of(portal->site),
	    .final_url = span_of(v->at),
	    .http_status = v->answer.status,
	    .list_url = span_of(v->list_url),
	    .list_title = span_of(v->list_title),
	    .list_date = span_of(v->list_date),
	    .parent_url = span_of(v->parent_url),
	    .filename = span_of(v->filename),
	    .baseline = v->baseline,
	    .config_version = portal->version,
	};
	if (v->gone)
		return;
	page->sha256 = span_of(v->new_sha256);
	page->content_type = span_of(v->answer.content_type);
	page->etag = span_of(v->answer.etag);
	page->last_modified = span_of(v->answer.last_modified);
	/* an empty page is a page; without a value it would be read as one that is gone */
	page->body = v->answer.body.n > 0 ? buf_span(&v->answer.body) : SPAN("");
}

static rd_kafka_headers_t *
headers_of(const struct page *page, struct arena *a, struct err *err)
{
	struct page_header fields[PAGE_HEADERS_MAX];
	int n = page_encode(page, a, fields, err);
	rd_kafka_headers_t *headers;

	if (n == -1)
		return NULL;
	if ((headers = rd_kafka_headers_new((size_t)n)) == NULL) {
		(void)err_set(err, ERR_RETRY, "memory", "publish: out of memory");
		return NULL;
	}
	for (int i = 0; i < n; i++)
		(void)rd_kafka_header_add(headers, fields[i].name.p, (ssize_t)fields[i].name.n,
		    fields[i].value.p, (ssize_t)fields[i].value.n);
	return headers;
}

/* 0: with the producer. -1: err; v is still ours. */
static int
produce(struct publisher *p, struct visit *v, struct err *err)
{
	struct kafka_message m = {.topic = p->options.topic, .private = v};
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	struct arena a;
	struct page page;
	int64_t time_us;
	int rc = -1;

	describe(&page, v);
	/* PostgreSQL's clock: Kafka refuses what comes from a clock that is an hour ahead */
	if (page_time_parse(page.time, &time_us) == 0)
		m.timestamp_ms = time_us / 1000;
	arena_init(&a, 1 << 20);
	m.key = page_key(&a, page.portal, page.url);
	m.value = page.body; /* not copied: v lives until its delivery report */
	if ((m.headers = headers_of(&page, &a, err)) == NULL)
		goto out;
	if ((rc = kafka_produce(p->rk, &m, &code, err)) == 0) {
		p->sent++;
		goto out;
	}
	rd_kafka_headers_destroy(m.headers);
	note_broken(p, code);
out:
	arena_fini(&a);
	return rc;
}

void
publish_page(struct publisher *p, struct visit *v)
{
	visit_push(&p->waiting, v);
}

bool
publish_is_ready(const struct publisher *p)
{
	return p->topic_ready;
}

bool
publish_is_behind(const struct publisher *p)
{
	return p->waiting.head != NULL || p->lost.head != NULL || !p->topic_ready;
}

static void
send_waiting(struct publisher *p, int64_t now_ms)
{
	struct visit *v;

	while (p->waiting.head != NULL && backoff_is_over(&p->send_backoff, now_ms)) {
		struct err why = {0};

		v = visit_pop(&p->waiting);
		if (v->lost) { /* somebody else publishes this URL now */
			p->options.done(p->options.ctx, v, "lease_lost");
			continue;
		}
		if (produce(p, v, &why) == 0)
			continue;
		if (why.code == ERR_REJECT || strcmp(why.reason, "page_incomplete") == 0) {
			log_event(
			    LEVEL_ERROR, "publish_refused", F_STR("url", v->url), F_ERR(&why));
			p->options.done(p->options.ctx, v,
			    why.code == ERR_REJECT ? "message_rejected" : why.reason);
			continue;
		}
		visit_push_front(&p->waiting, v); /* waits, is never dropped */
		backoff_next(&p->send_backoff, now_ms, 20, 2000);
		if (strcmp(why.reason, "queue_full") != 0)
			log_event(LEVEL_WARN, "publish_waits", F_ERR(&why));
		break;
	}
}

static int
ensure_topic(struct publisher *p, int64_t now_ms, struct err *err)
{
	struct err why = {0};

	/* Asking would block the loop for as long as no broker answers. */
	if (p->topic_ready || !backoff_is_over(&p->topic_backoff, now_ms) || !kafka_is_up(p->rk))
		return 0;
	if (kafka_ensure_topic(p->options.kafka, p->options.topic, p->options.partitions,
		p->options.replication, &why) == 0) {
		p->topic_ready = true;
		return 0;
	}
	if (why.code == ERR_FATAL)
		return err_set(err, ERR_FATAL, why.reason, "%s", why.text);
	log_event(LEVEL_WARN, "topic_not_ready", F_STR("topic", p->options.topic), F_ERR(&why));
	backoff_next(&p->topic_backoff, now_ms, 500, 15000);
	return 0;
}

/* A broken producer ends, not we: what it had goes to a new one. */
static int
replace_producer(struct publisher *p, int64_t now_ms, struct err *err)
{
	char why[256] = "the topic is not there";

	if (rd_kafka_fatal_error(p->rk, why, sizeof(why)) != RD_KAFKA_RESP_ERR_NO_ERROR)
		p->broken = true;
	if (!p->broken || !backoff_is_over(&p->producer_backoff, now_ms))
		return 0;
	backoff_next(&p->producer_backoff, now_ms, 500, 60000);
	log_event(LEVEL_ERROR, "producer_replaced", F_STR("error", why));
	producer_stop(p);
	p->broken = false;
	return producer_start(p, err);
}

int
publish_poll(struct publisher *p, int64_t now_ms, struct err *err)
{
	uint64_t drain;

	(void)!read(p->wake, &drain, sizeof(drain));
	(void)rd_kafka_poll(p->rk, 0);
	if (replace_producer(p, now_ms, err) == -1 || ensure_topic(p, now_ms, err) == -1)
		return -1;
	/* In front: what failed was there before what waits, though no two are of one URL. */
	if (p->lost.head != NULL) {
		visit_move_all(&p->waiting, &p->lost);
		p->waiting = p->lost;
		p->lost = (struct visit_queue){0};
		backoff_next(&p->send_backoff, now_ms, 100, 5000);
	}
	if (p->topic_ready)
		send_waiting(p, now_ms);
	return 0;
}

const char *
publish_condition(const struct publisher *p)
{
	if (!kafka_is_up(p->rk))
		return "no broker answers";
	if (!p->topic_ready)
		return "the topic is not there yet";
	return publish_is_behind(p) || p->sent > 0 ? p->trouble : NULL;
}

int
publish_fd(const struct publisher *p)
{
	return p->wake;
}
