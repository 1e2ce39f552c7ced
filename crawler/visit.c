/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

const char *const end_names[END_KINDS] = {
    [END_RELEASED] = "released",
    [END_UNCHANGED] = "unchanged",
    [END_PUBLISHED] = "published",
    [END_GONE] = "gone",
    [END_MISSED] = "missed",
    [END_FAILED] = "failed",
    [END_REFUSED] = "refused",
    [END_LISTED] = "listed",
};

void
visit_push(struct visit_queue *q, struct visit *v)
{
	v->next = NULL;
	if (q->tail == NULL)
		q->head = v;
	else
		q->tail->next = v;
	q->tail = v;
	q->count++;
}

void
visit_push_front(struct visit_queue *q, struct visit *v)
{
	v->next = q->head;
	q->head = v;
	if (q->tail == NULL)
		q->tail = v;
	q->count++;
}

struct visit *
visit_pop(struct visit_queue *q)
{
	struct visit *v = q->head;

	if (v == NULL)
		return NULL;
	q->head = v->next;
	if (q->head == NULL)
		q->tail = NULL;
	q->count--;
	v->next = NULL;
	return v;
}

void
visit_move_all(struct visit_queue *from, struct visit_queue *to)
{
	struct visit *v;

	while ((v = visit_pop(from)) != NULL)
		visit_push(to, v);
}

void
answer_clear(struct answer *a)
{
	buf_fini(&a->body);
	free(a->content_type);
	free(a->etag);
	free(a->last_modified);
	free(a->location);
	*a = (struct answer){0};
}

void
visit_free(struct visit *v)
{
	if (v == NULL)
		return;
	answer_clear(&v->answer);
	arena_fini(&v->found.arena);
	buf_fini(&v->request);
	free(v->paging.seen);
	for (size_t i = 0; i < v->paging.more_count; i++)
		free(v->paging.more[i]);
	free(v->paging.more);
	overlap_fini(&v->overlap);
	free(v->url);
	free(v->list_url);
	free(v->list_title);
	free(v->list_date);
	free(v->sha256);
	free(v->final_url);
	free(v->etag);
	free(v->last_modified);
	free(v->parent_url);
	free(v->filename);
	free(v->at);
	free(v->host);
	free(v->refused_by);
	portals_drop(v->watch);
	free(v);
}

int
visit_aim(struct visit *v, const struct url *url)
{
	char *at = strndup(url->text.p, url->text.n), *host = strndup(url->host.p, url->host.n);

	if (at == NULL || host == NULL) {
		free(at);
		free(host);
		return -1;
	}
	free(v->at);
	free(v->host);
	v->at = at;
	v->host = host;
	v->address[0] = '\0';
	return 0;
}

/* first · 2^failures, at most `most`; a list is asked no later than its own pace, so that its
 * news are not hours late after a short fault. */
static int64_t
retry_wait(const struct visit *v, const struct retry_policy *retry)
{
	const struct portal_list *list =
	    v->is_list ? portal_find_list(v->watch->portal, v->url) : NULL;
	int64_t most = retry->most_ms, wait = retry->first_ms;

	if (list != NULL && list->every_ms < most)
		most = list->every_ms > retry->first_ms ? list->every_ms : retry->first_ms;
	for (int i = 0; i < v->failures && wait < most; i++)
		wait *= 2;
	return wait < most ? wait : most;
}

static enum visit_verdict
end(struct visit *v, enum end_kind kind, const char *reason, int64_t wait_ms)
{
	v->ending = (struct ending){.kind = kind, .reason = reason, .wait_ms = wait_ms};
	return JUDGED_END;
}

enum visit_verdict
visit_fail(struct visit *v, const char *reason, const struct retry_policy *retry)
{
	v->memory.sweep_failed = v->overlap.sweep;
	return end(v, END_FAILED, reason, retry_wait(v, retry));
}

enum visit_verdict
visit_refuse(struct visit *v, const char *reason, int64_t bytes)
{
	(void)end(v, END_REFUSED, reason, v->watch->portal->revisit_ms);
	v->ending.bytes = bytes;
	return JUDGED_END;
}

#define DAY_MS INT64_C(86400000)
#define MISSES_MIN 3 /* in a row, before a page is gone */

/* revisit is a bound where the file gives another one than the default. */
static int64_t
given_bound(const struct portal *portal)
{
	return portal->revisit_ms == PORTAL_REVISIT_MS ? 0 : portal->revisit_ms;
}

int64_t
visit_longest_pause(const struct portal *portal)
{
	return given_bound(portal) > 0 ? portal->revisit_ms : 30 * DAY_MS;
}

int64_t
visit_pause(const struct visit *v, int64_t age_ms)
{
	return ladder_wait(age_ms, v->baseline, given_bound(v->watch->portal), (uint64_t)v->id);
}

bool
visit_is_off_site(const struct visit *v)
{
	return !portal_has_host(v->watch->portal, span_of(v->host));
}

/* What a complete visit teaches of a list's pace. */
static void
learn_pace(struct visit *v, int64_t now)
{
	struct list_memory *m = &v->memory;
	double news = v->found.complete_before ? (double)v->overlap.fresh : 0;

	if (m->visited_ms > 0)
		pace_observe(&m->pace, m->visited_ms, now, news);
	else
		overlap_seed_pace(v, now);
	if (news > 0) {
		if (m->news_ms > 0 && now - m->news_ms > m->longest_gap_ms)
			m->longest_gap_ms = now - m->news_ms;
		m->news_ms = now;
	} else if (m->news_ms == 0) {
		m->news_ms = now; /* staleness counts from here */
	}
	m->visited_ms = now;
}

void
visit_end_list(struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	int64_t now = list_now(&v->memory, v->answer.ended_ms);
	int64_t wait = list != NULL ? list->every_ms : v->watch->portal->revisit_ms;

	if (v->memory.now_ms > 0) {
		learn_pace(v, now);
		if (list != NULL && list->by_arrivals)
			wait = pace_next(&v->memory.pace, now, wait, v->memory.mean_weight);
	}
	(void)end(v, END_LISTED, NULL, wait);
}

/* A redirect is a new decision: allowed host, not too many, then that host's clock. */
static enum visit_verdict
redirect(struct visit *v, const struct retry_policy *retry)
{
	struct arena arena;
	struct url to;
	enum visit_verdict verdict = JUDGED_REDIRECT;

	if (v->answer.location == NULL)
		return visit_fail(v, "redirect_without_target", retry);
	if (++v->hops > REDIRECTS_MAX)
		return visit_fail(v, "too_many_redirects", retry);
	arena_init(&arena, 1 << 20);
	if (url_resolve(&to, &arena, span_of(v->at), span_of(v->answer.location), NULL) == -1)
		verdict = visit_fail(v, "redirect_bad_url", retry);
	else if (!portal_has_host(v->watch->portal, to.host))
		verdict = v->is_list ? visit_fail(v, "off_site", retry)
				     : visit_refuse(v, "off_site", 0);
	else if (visit_aim(v, &to) == -1)
		verdict = visit_fail(v, "memory", retry);
	arena_fini(&arena);
	return verdict;
}

/* A later page of a list that is missing or has no rows may be the portal's bad moment, and what
 * stands behind it would never be found: believed only when visits in a row ended so. */
static bool
is_end_of_list(const struct visit *v)
{
	return v->paging.pages > 0 && v->failures >= 2;
}

static enum visit_verdict
missing(struct visit *v, const struct retry_policy *retry)
{
	int64_t revisit = v->watch->portal->revisit_ms;

	if (v->is_list && !is_end_of_list(v))
		return visit_fail(v, "not_found", retry);
	if (v->is_list) {
		overlap_end(v, true);
		visit_end_list(v);
		return JUDGED_END;
	}
	/* A file is not withdrawn: its page says what it has. */
	if (v->is_attachment)
		return end(v, END_MISSED, NULL, v->misses + 1 < MISSES_MIN ? revisit / 2 + 1 : 2 * revisit);
	/* A gone page stays gone, unless the message that said so is in doubt. */
	if (v->was_gone && !v->must_publish)
		return end(v, END_MISSED, NULL, 2 * revisit);
	if (v->sha256 != NULL && !v->was_gone) {
		fence_note(&v->watch->pages.fence, v->url, true);
		if (fence_stands(&v->watch->pages.fence))
			return visit_fail(v, "fence", retry);
	}
	/* withdrawal is confirmed over time: never by one moment of the portal */
	if (v->misses + 1 < MISSES_MIN || v->missed_ago_ms < revisit / 2)
		return end(v, END_MISSED, NULL, revisit / 2 + 1);
	v->gone = true;
	return JUDGED_PUBLISH;
}

/* A page that a portal serves in a file's place: an error, or a login. Files whose type is wrong are files. */
static bool
is_page_for_file(const struct answer *a)
{
	struct span type = span_cut(span_of(a->content_type), 0, 9);
	struct span body = span_trim(span_cut(buf_span(&a->body), 0, SAMPLE_MAX));

	if (span_starts(body, SPAN("\xEF\xBB\xBF")))
		body = span_trim(span_cut(body, 3, body.n));
	return span_eq_ci(type, SPAN("text/html")) && body.n > 0 && body.p[0] == '<';
}

/* The same file under many addresses is no soft 404, so that files say nothing of the portal's pages. */
static enum visit_verdict
file_arrived(struct visit *v)
{
	if (is_page_for_file(&v->answer))
		return visit_refuse(v, "not_the_file", (int64_t)v->answer.body.n);
	digest_hex(buf_span(&v->answer.body), v->new_sha256);
	if (!v->must_publish && v->sha256 != NULL && strcmp(v->sha256, v->new_sha256) == 0)
		return end(v, END_UNCHANGED, NULL, visit_pause(v, v->published_ago_ms));
	v->gone = false;
	return JUDGED_PUBLISH;
}

static enum visit_verdict
arrived(struct visit *v, const struct retry_policy *retry)
{
	struct pages_health *pages = &v->watch->pages;
	struct span body = buf_span(&v->answer.body);

	if (impostor_is_challenge(200, body, v->answer.set_cookie))
		return visit_fail(v, "challenge", retry);
	if (v->is_list)
		return body.n > 0 ? JUDGED_READ : visit_fail(v, "empty", retry);
	if (v->is_attachment)
		return file_arrived(v);
	digest_hex(body, v->new_sha256);
	v->soft_fresh = soft_note(&pages->soft, v->new_sha256, body, v->url, v->list_title);
	v->is_soft = soft_is_known(&pages->soft, v->new_sha256);
	if (v->is_soft)
		return missing(v, retry);
	fence_note(&pages->fence, v->url, false);
	if (!v->must_publish && !v->was_gone && v->sha256 != NULL &&
	    strcmp(v->sha256, v->new_sha256) == 0)
		return end(v, END_UNCHANGED, NULL, visit_pause(v, v->published_ago_ms));
	v->gone = false;
	return JUDGED_PUBLISH;
}

static enum visit_verdict
not_modified(struct visit *v, const struct retry_policy *retry)
{
	if (!v->conditional)
		return visit_fail(v, "unasked_304", retry);
	if (v->is_list) {
		v->memory.unmodified++;
		visit_end_list(v);
	} else {
		fence_note(&v->watch->pages.fence, v->url, false);
		(void)end(v, END_UNCHANGED, NULL, visit_pause(v, v->published_ago_ms));
	}
	return JUDGED_END;
}

enum visit_verdict
visit_judge(struct visit *v, const struct retry_policy *retry)
{
	int status = v->answer.status;

	if (v->answer.too_large)
		return v->is_list ? visit_fail(v, "too_large", retry)
				  : visit_refuse(v, "too_large", v->answer.bytes);
	if (v->answer.failure != NULL)
		return visit_fail(v, v->answer.failure, retry);
	if (status != 200 &&
	    impostor_is_challenge(status, buf_span(&v->answer.body), v->answer.set_cookie))
		return visit_fail(v, "challenge", retry);
	switch (status) {
	case 200:
		return arrived(v, retry);
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return redirect(v, retry);
	case 304:
		return not_modified(v, retry);
	case 404:
	case 410:
		return missing(v, retry);
	default:
		return visit_fail(v,
		    status >= 500   ? "server_error"
		    : status >= 400 ? "client_error"
				    : "bad_status",
		    retry);
	}
}

/* FNV-1a: only to see that a list leads back to a page of this visit. */
static uint64_t
hash(const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

static bool
was_seen(const struct paging *p, uint64_t h)
{
	for (size_t i = 0; i < p->seen_count; i++)
		if (p->seen[i] == h)
			return true;
	return false;
}

static int
note_seen(struct paging *p, uint64_t h)
{
	uint64_t *grown = realloc(p->seen, (p->seen_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	p->seen = grown;
	p->seen[p->seen_count++] = h;
	return 0;
}

/* On to a page, unless it is not ours or was read. */
static enum paging_step
follow(struct visit *v, struct span next)
{
	struct arena arena;
	struct url to;
	enum paging_step step = PAGING_COMPLETE;

	arena_init(&arena, 1 << 20);
	if (url_parse(&to, &arena, next, NULL) == 0 &&
	    portal_has_host(v->watch->portal, to.host) && !was_seen(&v->paging, hash(to.text.p)))
		step = note_seen(&v->paging, hash(to.text.p)) == 0 && visit_aim(v, &to) == 0
			   ? PAGING_FOLLOW
			   : PAGING_FAILED;
	arena_fini(&arena);
	return step;
}

/* A sitemap index names pages that do not follow each other. */
static int
keep_more(struct paging *p, const struct found *f)
{
	size_t room = SITEMAP_PAGES_MAX - p->more_count;
	size_t n = f->more_count < room ? f->more_count : room;
	char **grown = realloc(p->more, (p->more_count + n + 1) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	p->more = grown;
	for (size_t i = 0; i < n; i++) {
		if ((grown[p->more_count] = strndup(f->more[i].p, f->more[i].n)) == NULL)
			return -1;
		p->more_count++;
	}
	return 0;
}

static enum paging_step
follow_any(struct visit *v)
{
	struct paging *p = &v->paging;
	enum paging_step step = PAGING_COMPLETE;

	if (p->pages >= LIST_PAGES_MAX)
		return PAGING_COMPLETE;
	v->hops = 0;
	if (v->found.next.p != NULL)
		step = follow(v, v->found.next);
	while (step == PAGING_COMPLETE && p->more_done < p->more_count)
		step = follow(v, span_of(p->more[p->more_done++]));
	return step;
}

/* Some servers answer whatever page is asked for with the first one.  One repeat may also be a
 * burst of just a page's rows between two requests, so it takes two. */
static bool
is_repeated(struct visit *v)
{
	struct paging *p = &v->paging;
	bool same = p->pages > 0 && v->found.seen > 0 && v->found.print.p != NULL &&
		    span_eq(v->found.print, span_of(p->print));

	p->repeats = same ? p->repeats + 1 : 0;
	if (v->found.print.p != NULL)
		(void)snprintf(p->print, sizeof(p->print), "%.*s", SPAN_ARG(v->found.print));
	return p->repeats >= REPEATS_MOST;
}

/* A page that only says where the rows are; only a list's first one is believed. */
static enum paging_step
follow_shell(struct visit *v)
{
	if (v->paging.pages > 0 || v->paging.seen_count > 1 || keep_more(&v->paging, &v->found) == -1)
		return PAGING_LAYOUT;
	if (note_seen(&v->paging, hash(v->at)) == -1)
		return PAGING_FAILED;
	return follow_any(v) == PAGING_FOLLOW ? PAGING_FOLLOW : PAGING_LAYOUT;
}

/* As deep as the portal's file wants a first visit, and so each sweep, to go. */
static bool
is_deep_enough(const struct visit *v, const struct portal_list *list)
{
	const struct found *f = &v->found;
	size_t dated = 0;

	if (list == NULL || (f->complete_before && !v->overlap.sweep))
		return false;
	if (list->backfill_pages > 0)
		return v->paging.pages >= list->backfill_pages;
	if (list->backfill_since == NULL)
		return false;
	for (size_t i = 0; i < f->count; i++) {
		if (f->rows[i].pinned || f->rows[i].repeated || overlap_date(&f->rows[i]) == 0)
			continue;
		if (overlap_date(&f->rows[i]) >= overlap_day(list->backfill_since))
			return false;
		dated++;
	}
	return dated > 0;
}

static enum paging_step
complete(struct visit *v, bool at_end)
{
	overlap_end(v, at_end);
	return PAGING_COMPLETE;
}

/* A list that may be empty is, when its first page has no row. */
static bool
may_be_empty(const struct visit *v, const struct portal_list *list)
{
	return list != NULL && list->may_be_empty && v->paging.pages == 0;
}

enum paging_step
paging_step(struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	const struct found *f = &v->found;
	bool empty = f->count == 0 && f->off_site == 0 && f->filtered == 0;
	enum paging_step step;

	if (f->shell)
		return follow_shell(v);
	if (empty && v->paging.more_count == 0 && !(f->end && v->paging.pages > 0))
		return may_be_empty(v, list) || is_end_of_list(v) ? complete(v, true)
								  : PAGING_LAYOUT;
	if (is_repeated(v))
		return complete(v, false);
	if (note_seen(&v->paging, hash(v->at)) == -1 || keep_more(&v->paging, f) == -1)
		return PAGING_FAILED;
	v->paging.pages++;
	if (!overlap_goes_on(v))
		return complete(v, false); /* the overlap rule: a whole page is known */
	if (is_deep_enough(v, list))
		return complete(v, false);
	step = follow_any(v);
	return step == PAGING_COMPLETE
		   ? complete(v, v->paging.pages < LIST_PAGES_MAX && f->stopped.p == NULL)
		   : step;
}
