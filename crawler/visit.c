/* SPDX-License-Identifier: MIT */
#include "visit.h"

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
	free(v->url);
	free(v->list_url);
	free(v->list_title);
	free(v->list_date);
	free(v->sha256);
	free(v->final_url);
	free(v->etag);
	free(v->last_modified);
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
	return end(v, END_FAILED, reason, retry_wait(v, retry));
}

enum visit_verdict
visit_refuse(struct visit *v, const char *reason, int64_t bytes)
{
	(void)end(v, END_REFUSED, reason, v->watch->portal->revisit_ms);
	v->ending.bytes = bytes;
	return JUDGED_END;
}

bool
visit_is_off_site(const struct visit *v)
{
	return !portal_has_host(v->watch->portal, span_of(v->host));
}

void
visit_end_list(struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);

	(void)end(
	    v, END_LISTED, NULL, list != NULL ? list->every_ms : v->watch->portal->revisit_ms);
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
		visit_end_list(v);
		return JUDGED_END;
	}
	/* A gone page stays gone, unless the message that said so is in doubt. */
	if (v->misses + 1 < 2 || (v->was_gone && !v->must_publish))
		return end(v, END_MISSED, NULL, v->was_gone ? 2 * revisit : revisit / 4 + 1);
	v->gone = true;
	return JUDGED_PUBLISH;
}

static enum visit_verdict
arrived(struct visit *v, const struct retry_policy *retry)
{
	if (v->is_list)
		return v->answer.body.n > 0 ? JUDGED_READ : visit_fail(v, "empty", retry);
	digest_hex(buf_span(&v->answer.body), v->new_sha256);
	if (!v->must_publish && !v->was_gone && v->sha256 != NULL &&
	    strcmp(v->sha256, v->new_sha256) == 0)
		return end(v, END_UNCHANGED, NULL, v->watch->portal->revisit_ms);
	v->gone = false;
	return JUDGED_PUBLISH;
}

static enum visit_verdict
not_modified(struct visit *v, const struct retry_policy *retry)
{
	if (!v->conditional)
		return visit_fail(v, "unasked_304", retry);
	if (v->is_list)
		visit_end_list(v);
	else
		(void)end(v, END_UNCHANGED, NULL, v->watch->portal->revisit_ms);
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

static enum paging_step
follow(struct visit *v)
{
	struct arena arena;
	struct url to;
	enum paging_step step = PAGING_COMPLETE;

	arena_init(&arena, 1 << 20);
	if (url_parse(&to, &arena, v->found.next, NULL) == 0 &&
	    portal_has_host(v->watch->portal, to.host) && !was_seen(&v->paging, hash(to.text.p)))
		step = note_seen(&v->paging, hash(to.text.p)) == 0 && visit_aim(v, &to) == 0
			   ? PAGING_FOLLOW
			   : PAGING_FAILED;
	arena_fini(&arena);
	return step;
}

enum paging_step
paging_step(struct visit *v)
{
	const struct found *f = &v->found;

	if (f->count == 0 && f->off_site == 0)
		return is_end_of_list(v) ? PAGING_COMPLETE : PAGING_LAYOUT;
	if (note_seen(&v->paging, hash(v->at)) == -1)
		return PAGING_FAILED;
	v->paging.pages++;
	if (f->complete_before && f->known == f->distinct)
		return PAGING_COMPLETE; /* the overlap rule: a whole page is known */
	if (f->next.p == NULL || v->paging.pages >= LIST_PAGES_MAX)
		return PAGING_COMPLETE;
	v->hops = 0;
	return follow(v);
}
