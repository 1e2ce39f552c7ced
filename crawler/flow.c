/* SPDX-License-Identifier: MIT */
#include "crawler.h"

#include "attach.h"

#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/text.h>
#include <time.h>

bool
flow_may_fetch(const struct crawler *c)
{
	return !c->draining && publish_is_ready(c->publisher) &&
	       c->held_bytes < (size_t)c->settings->publish_memory;
}

static void
report(const struct visit *v)
{
	const struct ending *e = &v->ending;
	const char *portal = v->watch->portal->id;

	metric_add(M_FETCHES, end_names[e->kind], 1);
	if (e->kind == END_FAILED) {
		log_event(LEVEL_WARN, "visit_failed", F_STR("portal", portal), F_STR("url", v->at),
		    F_STR("reason", e->reason), F_INT("status", v->answer.status),
		    F_INT("failures", v->failures + 1), F_INT("wait_ms", e->wait_ms));
	} else if (e->kind == END_REFUSED) {
		metric_add(M_REFUSED, e->reason, 1);
		log_event(LEVEL_WARN, "page_refused", F_STR("portal", portal), F_STR("url", v->url),
		    F_STR("reason", e->reason), F_INT("bytes", e->bytes));
	} else if (e->kind == END_PUBLISHED || e->kind == END_GONE) {
		log_event(LEVEL_INFO, e->kind == END_GONE ? "page_gone" : "page_published",
		    F_STR("portal", portal), F_STR("url", v->url), F_STR("id", v->ce_id),
		    F_INT("bytes", v->answer.body.n));
	} else {
		log_event(LEVEL_DEBUG, "visit_ended", F_STR("portal", portal), F_STR("url", v->url),
		    F_STR("outcome", end_names[e->kind]));
	}
}

static void
hold_body(struct crawler *c, struct visit *v)
{
	v->held_bytes = v->answer.body.n;
	c->held_bytes += v->held_bytes;
}

static void
drop_body(struct crawler *c, struct visit *v)
{
	c->held_bytes -= v->held_bytes;
	v->held_bytes = 0;
	buf_fini(&v->answer.body);
}

static void
end_released(struct crawler *c, struct visit *v)
{
	v->ending = (struct ending){.kind = END_RELEASED, .wait_ms = v->ending.wait_ms};
	flow_end(c, v);
}

/* One that asked for robots.txt takes those with it that waited for that. */
static void
give_up_robots(struct crawler *c, struct visit *v)
{
	struct visit_queue out = {0};

	drop_body(c, v);
	robots_given_up(v, &out);
	while ((v = visit_pop(&out)) != NULL)
		end_released(c, v);
}

static void
give_up(struct crawler *c, struct visit *v)
{
	if (v->robots != NULL)
		give_up_robots(c, v);
	else
		end_released(c, v);
}

void
flow_end(struct crawler *c, struct visit *v)
{
	report(v);
	drop_body(c, v);
	health_note(v);
	visit_push(&c->ended, v);
}

void
flow_release(struct crawler *c, struct visit *v)
{
	v->ending.wait_ms = 0;
	give_up(c, v);
}

void
flow_postpone(struct crawler *c, struct visit *v, const char *reason)
{
	metric_add(M_POSTPONED, reason, 1);
	log_event(LEVEL_DEBUG, "visit_postponed", F_STR("url", v->at), F_STR("reason", reason),
	    F_INT("wait_ms", v->ending.wait_ms));
	give_up(c, v);
}

static void
fail(struct crawler *c, struct visit *v, const char *reason)
{
	if (v->robots != NULL) {
		robots_failed(c->robots, v, reason);
		return;
	}
	(void)visit_fail(v, reason, &c->retry);
	flow_end(c, v);
}

/* Whether the server may answer "not modified": only where we would do nothing with the page, and
 * only the address that gave the validators. */
static bool
is_conditional(const struct visit *v)
{
	const char *known = v->final_url != NULL ? v->final_url : v->url;

	if (v->must_publish || v->was_gone || strcmp(v->at, known) != 0 ||
	    (v->etag == NULL && v->last_modified == NULL))
		return false;
	return v->is_list ? overlap_may_ask_briefly(v) : v->sha256 != NULL;
}

/* Who may not: refused, and judged again when robots.txt changes; the line is the evidence. */
static void
refuse_by_robots(struct crawler *c, struct visit *v, const struct robots_rule *rule)
{
	struct span line = span_cut(rule->text, 0, PAGE_HEADER_VALUE_MAX);

	if (v->is_list && v->paging.pages > 0) { /* it ends where we may not go on; its news stand first */
		log_event(LEVEL_INFO, "list_cut_by_robots", F_STR("url", v->at));
		overlap_end(v, false);
		visit_end_list(v);
		flow_end(c, v);
		return;
	}
	(void)visit_refuse(v, "robots", 0);
	v->refused_by = text_is_utf8(line) && memchr(line.p, '\0', line.n) == NULL
			    ? strndup(line.p, line.n)
			    : strdup("(a line that is no UTF-8)");
	flow_end(c, v);
}

static void
fail_by_robots(struct crawler *c, struct visit *v, const char *why)
{
	int64_t until = v->ending.wait_ms;

	(void)visit_fail(v, why, &c->retry);
	if (v->ending.wait_ms < until)
		v->ending.wait_ms = until;
	flow_end(c, v);
}

/* True: v may go on. Else it is taken care of. */
static bool
robots_let(struct crawler *c, struct visit *v, int64_t *crawl_delay)
{
	const struct robots_rule *rule;
	const char *why;

	*crawl_delay = 0;
	if (v->robots != NULL) /* robots.txt itself may always be asked for */
		return true;
	switch (robots_ask(c->robots, v, clock_ms(), &rule, &why, crawl_delay)) {
	case PERMIT_YES:
		return true;
	case PERMIT_NO:
		refuse_by_robots(c, v, rule);
		return false;
	case PERMIT_UNREACHABLE:
		fail_by_robots(c, v, why);
		return false;
	case PERMIT_WAIT:
	default:
		return false;
	}
}

static bool
is_found(struct crawler *c, struct visit *v)
{
	const char *why;

	switch (resolver_ask(c->resolver, v, clock_ms(), &why)) {
	case RESOLVED:
		return true;
	case RESOLVE_FAILED:
		fail(c, v, why);
		return false;
	case RESOLVE_WAIT:
	default:
		return false;
	}
}

/* Quiet hours are the portal's, by the clock of China. */
static bool
is_quiet(struct visit *v)
{
	v->ending.wait_ms = portal_quiet_ms(&v->watch->portal->manners, clock_day_ms());
	return v->ending.wait_ms > 0;
}

/* Whether it may be asked at all; then it waits for its host and its address. */
void
flow_wait_for_slot(struct crawler *c, struct visit *v)
{
	int64_t delay = portals_delay(&c->portals, span_of(v->host), v->watch->portal->delay_ms);
	int64_t crawl_delay;

	if (c->draining || v->lost || !v->watch->active) {
		flow_release(c, v);
		return;
	}
	if (v->robots == NULL && visit_is_off_site(v)) { /* a host that the portal's file names no more */
		(void)visit_refuse(v, "off_site", 0);
		flow_end(c, v);
		return;
	}
	if (v->is_attachment && !v->watch->portal->attachments) {
		(void)visit_refuse(v, "attachments_off", 0);
		flow_end(c, v);
		return;
	}
	if (is_quiet(v)) {
		flow_postpone(c, v, "quiet");
		return;
	}
	if (!robots_let(c, v, &crawl_delay) || !is_found(c, v))
		return;
	if (v->robots == NULL)
		v->conditional = is_conditional(v);
	if (clocks_add(c->clocks, v, crawl_delay > delay ? crawl_delay : delay) == -1)
		fail(c, v, "memory");
}

void
flow_wait_again(struct crawler *c, struct visit_queue *q)
{
	struct visit *v;

	while ((v = visit_pop(q)) != NULL)
		flow_wait_for_slot(c, v);
}

void
flow_start(struct crawler *c)
{
	size_t room = fetch_room(c->fetcher);
	struct visit *v;

	room = !flow_may_fetch(c) || room <= c->ready.count ? 0 : room - c->ready.count;
	clocks_next(c->clocks, room, clock_ms(), &c->ready);
	while ((v = visit_pop(&c->ready)) != NULL) {
		bool is_ours = clock_ms() < v->slot_until_ms; /* else we slept, and another one may ask */

		if (is_quiet(v)) {
			clocks_done(c->clocks, v, clock_ms(), CLOCK_NONE, 0);
			flow_postpone(c, v, "quiet");
			continue;
		}
		if (is_ours && !c->draining && !v->lost && fetch_start(c->fetcher, v, NULL) == 0)
			continue;
		clocks_done(c->clocks, v, clock_ms(), CLOCK_NONE, 0);
		flow_release(c, v);
	}
}

/* The answer's first bytes, should it become evidence: its body is gone by then. */
static void
keep_sample(struct visit *v)
{
	struct span body = span_cut(buf_span(&v->answer.body), 0, SAMPLE_MAX);

	v->sample_bytes = body.n;
	if (body.n > 0)
		memcpy(v->sample, body.p, body.n);
}

void
flow_fetched(void *ctx, struct visit *v)
{
	struct crawler *c = ctx;
	const struct answer *a = &v->answer;

	/* The slots are of the host that was asked; a redirect moves v on. */
	clocks_done(c->clocks, v, a->ended_ms,
	    a->status == 429 || a->status == 503 ? CLOCK_SLOWER
	    : a->status > 0                      ? CLOCK_FINE
						 : CLOCK_NONE,
	    a->retry_after_ms);
	if (a->failure != NULL && strcmp(a->failure, "connect") == 0)
		resolver_failed(c->resolver, v);
	if (v->answer.failure != NULL && strcmp(v->answer.failure, "stopped") == 0) {
		flow_release(c, v);
		return;
	}
	if (v->robots != NULL) {
		if (robots_answered(c->robots, v))
			flow_wait_for_slot(c, v);
		return;
	}
	keep_sample(v);
	switch (visit_judge(v, &c->retry)) {
	case JUDGED_REDIRECT:
		flow_wait_for_slot(c, v);
		break;
	case JUDGED_READ:
		hold_body(c, v);
		list_read(c->lists, v);
		break;
	case JUDGED_PUBLISH:
		hold_body(c, v);
		if (attach_is_wanted(v))
			list_read_links(c->lists, v);
		else
			visit_push(&c->begin, v);
		break;
	case JUDGED_END:
	default:
		flow_end(c, v);
		break;
	}
}

void
flow_listed(void *ctx, struct visit *v, const char *failure)
{
	struct crawler *c = ctx;

	if (!v->is_list && (failure == NULL || strcmp(failure, "stopped") != 0)) {
		attach_report(v, failure); /* the page is published, whatever became of its links */
		visit_push(&c->begin, v);
		return;
	}
	drop_body(c, v);
	if (failure == NULL && overlap_is_same(v)) {
		visit_end_list(v);
		flow_end(c, v);
	} else if (failure == NULL)
		visit_push(&c->found, v);
	else if (strcmp(failure, "stopped") == 0)
		flow_release(c, v);
	else
		fail(c, v, failure);
}

/* What the overlap rule found odd, and that a list is read to its end although all is known. */
static void
report_paging(const struct visit *v)
{
	const struct overlap *o = &v->overlap;

	if (o->gap && v->paging.pages == 0) {
		metric_add(M_LIST_GAPS, NULL, 1);
		log_event(LEVEL_WARN, "list_gap", F_STR("portal", v->watch->portal->id),
		    F_STR("url", v->url), F_INT("rows", v->found.seen));
	}
	if (o->gap && o->overlapped && v->found.known > 0)
		log_event(LEVEL_INFO, "list_gap_closed", F_STR("portal", v->watch->portal->id),
		    F_STR("url", v->url), F_INT("pages", v->paging.pages + 1));
}

static void
report_sweep(const struct visit *v)
{
	if (!v->overlap.sweep)
		return;
	metric_add(M_LIST_SWEEPS, v->overlap.sweep_why, 1);
	log_event(LEVEL_INFO, "list_swept", F_STR("portal", v->watch->portal->id),
	    F_STR("url", v->url), F_STR("why", v->overlap.sweep_why),
	    F_INT("pages", v->paging.pages), F_INT("fresh", v->overlap.fresh));
}

void
flow_rows_written(struct crawler *c, struct visit *v)
{
	const struct found *f = &v->found;

	metric_add(M_DISCOVERED, NULL, (double)f->fresh);
	if (f->fresh > 0)
		v->watch->more[f->complete_before ? 1 : 2] = true;
	log_event(f->fresh > 0 ? LEVEL_INFO : LEVEL_DEBUG, "list_read",
	    F_STR("portal", v->watch->portal->id), F_STR("url", v->at), F_INT("rows", f->seen),
	    F_INT("fresh", f->fresh), F_INT("known", f->known), F_INT("off_site", f->off_site),
	    F_INT("bad", f->bad), F_INT("filtered", f->filtered), F_INT("total", f->total),
	    F_SPAN("decided", f->decided));
	metric_add(M_LIST_FILTERED, NULL, (double)f->filtered);
	if (f->stopped.p != NULL)
		log_event(LEVEL_WARN, "list_paging_stopped",
		    F_STR("portal", v->watch->portal->id), F_STR("url", v->at),
		    F_SPAN("reason", f->stopped));
	report_paging(v);
	if (f->cut || f->bad > 0 || f->off_site > 0)
		log_event(LEVEL_WARN, "list_rows_skipped", F_STR("portal", v->watch->portal->id),
		    F_STR("url", v->at), F_INT("off_site", f->off_site), F_INT("bad", f->bad),
		    F_STR("cut", f->cut ? "yes" : "no"));
	switch (paging_step(v)) {
	case PAGING_FOLLOW:
		flow_wait_for_slot(c, v);
		break;
	case PAGING_COMPLETE:
		if (v->paging.repeats >= REPEATS_MOST)
			log_event(LEVEL_WARN, "list_paging_stopped",
			    F_STR("portal", v->watch->portal->id), F_STR("url", v->at),
			    F_STR("reason", "repeats"));
		report_sweep(v);
		visit_end_list(v);
		flow_end(c, v);
		break;
	case PAGING_LAYOUT:
		fail(c, v, "layout");
		break;
	case PAGING_FAILED:
	default:
		fail(c, v, "memory");
		break;
	}
}

void
flow_published(void *ctx, struct visit *v, const char *why)
{
	struct crawler *c = ctx;
	int64_t revisit = v->watch->portal->revisit_ms;

	if (why != NULL && v->lost) {
		flow_release(c, v);
		return;
	}
	if (why != NULL)
		v->ending = (struct ending){.kind = END_REFUSED,
		    .reason = why,
		    .wait_ms = revisit,
		    .bytes = (int64_t)v->answer.body.n};
	else if (v->gone) /* looked at again, so that its return is seen, but less often */
		v->ending = (struct ending){.kind = END_GONE, .wait_ms = 2 * revisit};
	else
		v->ending = (struct ending){.kind = END_PUBLISHED, .wait_ms = visit_pause(v, 0)};
	flow_end(c, v);
}

void
flow_release_waiting(struct crawler *c, bool inactive_only)
{
	struct visit_queue out = {0};
	struct visit *v;

	robots_take_all(c->robots, inactive_only, &out);
	resolver_take_all(c->resolver, inactive_only, &out);
	clocks_take_all(c->clocks, inactive_only, &out);
	while ((v = visit_pop(&out)) != NULL)
		flow_release(c, v);
}

void
flow_poll_names(struct crawler *c)
{
	struct visit_queue out = {0};

	resolver_poll(c->resolver, clock_ms(), &out);
	flow_wait_again(c, &out);
}
