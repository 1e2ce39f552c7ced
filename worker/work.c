/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#include "work.h"

#define PAUSE_AFTER_MS 5000   /* what is pre-fetched is lost by a pause: not for a shorter wait */
#define STORE_ENDS_MS 500
#define ORIGIN_ENDS_MS 1000
#define LAG_ENDS_MS 1000
#define LAG_EVERY_MS 500
#define PORTALS_RETRY_MS 500
#define WAIT_MAX_MS 100
#define FDS_MAX 128

/* -------- messages into the batch */

static int
on_message(void *ctx, rd_kafka_message_t *msg, int64_t epoch, int64_t from)
{
	struct work *w = ctx;

	if (w->filling == NULL) {
		w->filling = batch_new(w->settings->common.topic, (size_t)w->settings->batch_messages);
		if (w->filling == NULL)
			return -1;
		w->filling->opened_ms = clock_ms();
	}
	return batch_add(w->filling, msg, epoch, from) == NULL ? -1 : 0;
}

static bool
has_lingered(const struct work *w)
{
	return w->filling != NULL && clock_ms() - w->filling->opened_ms >= w->settings->batch_linger_ms;
}

/* A batch that could go now but for pages that are being read takes no more: there would always be
 * some. */
static bool
has_room(void *ctx)
{
	const struct work *w = ctx;
	const struct batch *b = w->filling;

	return b == NULL || (b->count < b->room && b->bytes < (size_t)w->settings->batch_bytes &&
	    !(has_lingered(w) && store_is_idle(w->store)));
}

/* -------- what became of a page */

static void
verdict_error(enum child_verdict verdict, struct span reply, struct err *why)
{
	json_t *answer;

	switch (verdict) {
	case CHILD_REJECTED:
		answer = json_loadb(reply.p, reply.n, 0, NULL);
		(void)err_set(why, ERR_REJECT, json_string_value(json_object_get(answer, "reason")) != NULL
		        ? json_string_value(json_object_get(answer, "reason")) : "hostile_reply",
		    "%s", json_string_value(json_object_get(answer, "text")) != NULL
		        ? json_string_value(json_object_get(answer, "text")) : "(no reason was given)");
		json_decref(answer);
		break;
	case CHILD_TIMEOUT:
		(void)err_set(why, ERR_REJECT, "extract_timeout",
		    "reading the page took longer than child.deadline");
		break;
	case CHILD_CRASHED:
		(void)err_set(why, ERR_REJECT, "extract_crash",
		    "the child that read the page died (crash, memory limit or forbidden system call)");
		break;
	case CHILD_HOSTILE:
	case CHILD_STOPPED:
	case CHILD_OK:
		(void)err_set(why, ERR_REJECT, "hostile_reply", "the child answered nonsense");
		break;
	}
}

static void
unlink_given_up(struct work *w, struct batch *b)
{
	for (struct batch **p = &w->given_up; *p != NULL; p = &(*p)->next)
		if (*p == b) {
			*p = b->next;
			return;
		}
}

static bool
is_given_up(const struct work *w, const struct batch *b)
{
	for (const struct batch *x = w->given_up; x != NULL; x = x->next)
		if (x == b)
			return true;
	return false;
}

/* Whoever held an entry has let it go. False: its batch was given up meanwhile, and is forgotten. */
static bool
came_back(struct work *w, struct batch *b)
{
	b->in_flight--;
	if (!is_given_up(w, b))
		return true;
	if (b->in_flight == 0) {
		unlink_given_up(w, b);
		batch_free(b);
	}
	return false;
}

static void
log_rejected(const struct entry *e, const struct err *why)
{
	log_event(LEVEL_WARN, "page_rejected", F_SPAN("portal", e->page.portal),
	    F_SPAN("url", e->page.url), F_INT("partition", e->msg->partition),
	    F_INT("offset", e->msg->offset), F_ERR(why));
}

static void
on_extracted(void *ctx, void *request, enum child_verdict verdict, struct span reply)
{
	struct work *w = ctx;
	struct entry *e = request;
	struct batch *b = e->batch;
	struct err why = {0};

	free(e->meta);
	e->meta = NULL;
	if (!came_back(w, b))
		return;
	if (verdict == CHILD_STOPPED)
		return; /* the pool is being closed: the batch will not be stored */
	if (verdict == CHILD_OK) {
		int64_t at = phases_now_us();

		batch_extracted(b, e, reply, child_take_reply(w->children));
		phases_end(&w->spent, PHASE_CHECK, &at);
		return;
	}
	/* a machine that stands still or has no memory left is not the page's fault */
	if ((verdict == CHILD_TIMEOUT || verdict == CHILD_CRASHED) && !e->second_try) {
		e->second_try = true;
		e->state = ENTRY_DECODED;
		return;
	}
	verdict_error(verdict, reply, &why);
	batch_reject(b, e, &why);
	log_rejected(e, &why);
}

/* -------- pages that are read again */

static void
take_origin(struct work *w)
{
	struct err why = {0};
	struct entry *e = origin_take(w->origin, &why);
	struct batch *b;

	if (e == NULL)
		return;
	b = e->batch;
	if (!came_back(w, b))
		return;
	if (why.code == ERR_FATAL) {
		w->fatal = why;
	} else if (why.code != ERR_NONE) {
		batch_reject(b, e, &why);
		log_rejected(e, &why);
	} else {
		b->bytes += e->page.body.n;
		e->state = ENTRY_DECODED;
	}
}

static void
give_origin(struct work *w)
{
	struct batch *b = w->filling;

	for (size_t i = 0; b != NULL && i < b->count; i++) {
		struct entry *e = b->entries[i];

		if (e->state != ENTRY_WAITING)
			continue;
		if (origin_is_idle(w->origin)) {
			e->state = ENTRY_EXTRACTING;
			b->in_flight++;
			origin_give(w->origin, e);
		}
		return;
	}
}

/* -------- pages to the children */

static void
answer_twins(struct work *w)
{
	size_t known = w->filling == NULL ? 0 : batch_answer_twins(w->filling);

	if (known > 0)
		metric_add(M_REPEATS, NULL, (double)known);
}

static void
submit_pages(struct work *w)
{
	struct batch *b = w->filling;

	for (size_t i = 0; b != NULL && i < b->count && child_pool_has_room(w->children); i++) {
		struct entry *e = b->entries[i];
		struct err err = {0};

		if (e->state != ENTRY_DECODED || e->twin != NULL)
			continue;
		if (e->meta == NULL) {
			if (clock_ms() < w->portals_retry_ms)
				return;
			if ((e->again && portals_current(w->portals, e, &err) == -1) ||
			    portals_request(w->portals, e, &err) == -1) {
				log_event(LEVEL_WARN, "portal_waits", F_SPAN("portal", e->page.portal), F_ERR(&err));
				if (err.code == ERR_FATAL)
					w->fatal = err;
				pg_disconnect(w->pg);
				w->portals_retry_ms = clock_ms() + PORTALS_RETRY_MS;
				return;
			}
		}
		if (child_submit(w->children, e, span_of(e->meta), e->page.body, &err) == -1) {
			if (err.code == ERR_REJECT)
				batch_reject(b, e, &err);
			continue;
		}
		e->state = ENTRY_EXTRACTING;
		b->in_flight++;
	}
}

/* -------- batches to the store */

static void
give_up_filling(struct work *w)
{
	struct batch *b = w->filling;

	w->filling = NULL;
	if (b == NULL)
		return;
	if (b->in_flight == 0) {
		batch_free(b);
		return;
	}
	b->next = w->given_up;
	w->given_up = b;
}

static void
was_fenced(struct work *w, const struct batch *b)
{
	bool ours = false;

	metric_add(M_FENCED, NULL, 1);
	for (size_t i = 0; i < b->share_count; i++)
		ours |= consume_owns(w->consume, b->shares[i].partition, b->shares[i].epoch);
	log_event(LEVEL_WARN, "fenced", F_INT("messages", b->count), F_INT("owned", ours));
	if (!ours)
		return; /* the group has already given the partitions to somebody else */
	give_up_filling(w);
	consume_rejoin(w->consume);
}

/* What went into this batch, and what librdkafka's threads did meanwhile. */
static void
tell_phases(struct work *w, struct batch *b)
{
	int64_t others = phases_others_us(phases_now_us() + b->store_cpu_us);

	w->spent.us[PHASE_CONSUME] += others > w->others_us ? others - w->others_us : 0;
	w->others_us = others > w->others_us ? others : w->others_us;
	phases_flush(&b->spent);
	phases_flush(&w->spent);
}

static void
take_result(struct work *w)
{
	struct batch *b = store_take(w->store);

	if (b == NULL)
		return;
	w->storing = NULL;
	tell_phases(w, b);
	switch (b->result) {
	case BATCH_STORED:
		for (size_t i = 0; i < b->share_count; i++)
			if (w->consume != NULL)
				consume_commit(w->consume, b->shares[i].partition, b->shares[i].to);
		log_event(LEVEL_DEBUG, "batch_stored", F_INT("messages", b->count), F_INT("bytes", b->bytes));
		break;
	case BATCH_FENCED:
		was_fenced(w, b);
		break;
	case BATCH_FATAL:
		w->fatal = b->err;
		break;
	case BATCH_CANCELLED:
	case BATCH_PENDING:
		log_event(LEVEL_INFO, "batch_cancelled", F_INT("messages", b->count));
		break;
	}
	batch_free(b);
}

/* What is full goes as soon as it can; what is not waits for company, but not for long. */
static void
submit_batch(struct work *w, bool take)
{
	struct batch *b = w->filling;

	if (b == NULL || b->unready > 0 || !store_is_idle(w->store) || (has_room(w) && take))
		return;
	metric_observe(M_BATCH_SECONDS, "extract", (double)(clock_ms() - b->opened_ms) / 1000);
	w->filling = NULL;
	w->storing = b;
	store_submit(w->store, b);
}

/* Partitions are being taken away: the batch being stored may end, the one being filled is
 * dropped; the next owner reads its messages again. */
static void
on_revoked(void *ctx)
{
	struct work *w = ctx;
	int64_t until = clock_ms() + w->settings->drain_ms;

	give_up_filling(w);
	while (!w->closing && !store_is_idle(w->store)) {
		struct pollfd fd = {store_fd(w->store), POLLIN, 0};
		int64_t left = until - clock_ms();

		if (left <= 0) {
			store_cancel(w->store); /* the fence decides what becomes of it */
			return;
		}
		(void)poll(&fd, 1, (int)left);
		take_result(w);
	}
}

/* -------- how far we are */

static int64_t
oldest_in(const struct batch *b, int32_t partition)
{
	for (size_t i = 0; b != NULL && i < b->share_count; i++)
		if (b->shares[i].partition == partition)
			return b->shares[i].oldest_ms;
	return 0;
}

static void
tell_lag(struct work *w)
{
	struct lag_position all[LAG_PARTITIONS_MAX];
	size_t n = 0;

	if (clock_ms() < w->lag_at_ms)
		return;
	w->lag_at_ms = clock_ms() + LAG_EVERY_MS;
	while (n < LAG_PARTITIONS_MAX && consume_position(w->consume, n, &all[n].partition, &all[n].stored)) {
		/* a batch that is being stored came before the one that is being filled */
		if ((all[n].oldest_ms = oldest_in(w->storing, all[n].partition)) == 0)
			all[n].oldest_ms = oldest_in(w->filling, all[n].partition);
		n++;
	}
	lag_note(w->lag, all, n);
}

/* -------- turns */

static void
watch_fullness(struct work *w)
{
	if (has_room(w)) {
		w->full_since_ms = 0;
		consume_pause(w->consume, false);
	} else if (w->full_since_ms == 0) {
		w->full_since_ms = clock_ms();
	} else if (clock_ms() - w->full_since_ms > PAUSE_AFTER_MS) {
		consume_pause(w->consume, true);
	}
}

int
work_turn(struct work *w, bool take)
{
	int64_t at = phases_now_us(), checked = w->spent.us[PHASE_CHECK];

	child_pool_poll(w->children);
	phases_end(&w->spent, PHASE_PIPE, &at);
	w->spent.us[PHASE_PIPE] -= w->spent.us[PHASE_CHECK] - checked; /* counted as that */
	take_origin(w);
	take_result(w);
	at = phases_now_us();
	if (take && w->fatal.code == ERR_NONE) {
		watch_fullness(w);
		(void)consume_poll(w->consume, &w->fatal);
	}
	phases_end(&w->spent, PHASE_CONSUME, &at);
	if (w->fatal.code != ERR_NONE)
		return -1;
	if (w->filling != NULL)
		repeats_find(w->repeats, w->filling, w->storing);
	give_origin(w);
	phases_end(&w->spent, PHASE_LOOK_UP, &at);
	answer_twins(w);
	submit_pages(w);
	phases_end(&w->spent, PHASE_PIPE, &at);
	submit_batch(w, take);
	tell_lag(w);
	return 0;
}

void
work_wait(struct work *w, int timeout_ms)
{
	struct pollfd fds[FDS_MAX] = {
	    {store_fd(w->store), POLLIN, 0}, {consume_fd(w->consume), POLLIN, 0},
	    {origin_fd(w->origin), POLLIN, 0}};
	int child_ms = child_pool_wait_ms(w->children);
	size_t n = 3;

	n += child_pool_fds(w->children, fds + n, FDS_MAX - n);
	if (child_ms >= 0 && child_ms < timeout_ms)
		timeout_ms = child_ms;
	if (w->filling != NULL && w->settings->batch_linger_ms < timeout_ms)
		timeout_ms = w->settings->batch_linger_ms > 5 ? (int)w->settings->batch_linger_ms / 4 : 1;
	/* librdkafka tells only of a queue that was empty before */
	if (consume_has_left(w->consume) && has_room(w))
		timeout_ms = 0;
	(void)poll(fds, n, timeout_ms > WAIT_MAX_MS ? WAIT_MAX_MS : timeout_ms);
}

bool
work_is_empty(struct work *w)
{
	return w->filling == NULL && store_is_idle(w->store);
}

int
work_open(struct work *w, const struct settings *settings, struct err *err)
{
	const struct child_pool_options options = {
	    .role = "extract",
	    .children = (int)settings->children,
	    .deadline_ms = (int)settings->child_deadline_ms,
	    .memory_bytes = (size_t)settings->child_memory,
	    .reply_max = RECORD_JSON_MAX,
	    .done = on_extracted,
	    .ctx = w,
	};
	const struct consume_callbacks callbacks = {has_room, on_message, on_revoked, w};

	w->settings = settings;
	if ((w->portals = portals_new(w->pg)) == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	if ((w->children = child_pool_new(&options, err)) == NULL ||
	    (w->repeats = repeats_new(settings->common.database_url, err)) == NULL ||
	    (w->origin = origin_new(&settings->common.kafka, err)) == NULL ||
	    (w->lag = lag_new(&settings->common.kafka, settings->common.topic, err)) == NULL ||
	    (w->store = store_new(settings->common.database_url, settings->group, err)) == NULL ||
	    (w->consume = consume_new(settings, w->pg, &callbacks, err)) == NULL)
		return -1;
	return 0;
}

int
work_close(struct work *w, int64_t leave_ms)
{
	w->closing = true;
	consume_leave(w->consume, leave_ms);
	if (store_free(w->store, STORE_ENDS_MS) == -1 || origin_free(w->origin, ORIGIN_ENDS_MS) == -1 ||
	    lag_free(w->lag, LAG_ENDS_MS) == -1)
		return -1;
	child_pool_free(w->children); /* ends what is in flight as STOPPED */
	for (struct batch *b; (b = w->given_up) != NULL; batch_free(b))
		w->given_up = b->next; /* whose page origin had */
	batch_free(w->filling);
	portals_free(w->portals);
	repeats_free(w->repeats);
	consume_free(w->consume);
	return 0;
}
