/* SPDX-License-Identifier: MIT */
#include "robots_gate.h"

#include "names.h"
#include "robots_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define COMPILE_MAX ((size_t)64 << 20) /* 500 KiB of rules, each a few times its text */

struct robots_gate *
robots_new(const struct robots_options *options)
{
	struct robots_gate *g = calloc(1, sizeof(*g));

	if (g != NULL)
		g->options = *options;
	return g;
}

void
robots_forget_answer(struct robots_gate *g, struct robots_origin *o)
{
	if (o->answered)
		g->answered--;
	o->answered = o->asking = false;
	buf_fini(&o->body);
	free(o->etag);
	free(o->last_modified);
	o->etag = o->last_modified = NULL;
}

static void
origin_free(struct robots_gate *g, struct robots_origin *o)
{
	named_remove(&g->by_name, o);
	robots_forget_answer(g, o);
	free(o->rules);
	free(o->name);
	free(o);
}

void
robots_free(struct robots_gate *g, struct visit_queue *out)
{
	if (g == NULL)
		return;
	for (struct robots_origin *o = g->origins, *next; o != NULL; o = next) {
		next = o->next;
		visit_move_all(&o->waiting, out);
		origin_free(g, o);
	}
	free(g);
}

static struct robots_origin *
origin_of(struct robots_gate *g, const char *url)
{
	struct robots_origin *o;
	char name[URL_MAX + 1];
	const char *host = strstr(url, "://"), *path;
	size_t n;

	path = host == NULL ? NULL : strchr(host + 3, '/');
	n = path == NULL ? strlen(url) : (size_t)(path - url);
	if (n > URL_MAX)
		return NULL;
	memcpy(name, url, n);
	name[n] = '\0';
	if ((o = named_find(&g->by_name, name)) != NULL)
		return o;
	if ((o = calloc(1, sizeof(*o))) == NULL || (o->name = strdup(name)) == NULL ||
	    named_add(&g->by_name, o) == -1) {
		if (o != NULL)
			free(o->name);
		free(o);
		return NULL;
	}
	buf_init(&o->body, ROBOTS_BYTES_MAX);
	o->next = g->origins;
	g->origins = o;
	return o;
}

struct robots *
robots_compile(const struct robots_gate *g, struct span body)
{
	struct robots *copy = NULL, r;
	struct arena a;

	arena_init(&a, COMPILE_MAX);
	if (robots_parse(&r, &a, body, span_of(g->options.agent)) == 0)
		copy = robots_dup(&r);
	arena_fini(&a);
	return copy;
}

static enum permit
judge(const struct robots_origin *o, const struct visit *v, const struct robots_rule **rule)
{
	const char *path = v->at + strlen(o->name);
	bool failed;

	*rule = robots_decide(o->rules, span_of(path), &failed);
	if (failed)
		return PERMIT_UNREACHABLE;
	return *rule == NULL || (*rule)->allow ? PERMIT_YES : PERMIT_NO;
}

enum permit
robots_ask(struct robots_gate *g, struct visit *v, int64_t now_ms, const struct robots_rule **rule,
    const char **why, int64_t *delay_ms)
{
	struct robots_origin *o = origin_of(g, v->at);

	*why = "memory";
	*delay_ms = 0;
	v->ending.wait_ms = 0;
	if (o == NULL)
		return PERMIT_UNREACHABLE;
	if (o->state == ROBOTS_UNKNOWN || now_ms >= o->until_ms) {
		if (o->waiting.head == NULL)
			g->wanted++;
		visit_push(&o->waiting, v);
		return PERMIT_WAIT;
	}
	if (o->rules != NULL) {
		*delay_ms = o->rules->delay_ms;
		return judge(o, v, rule);
	}
	if (o->state != ROBOTS_UNREACHABLE)
		return PERMIT_YES;
	*why = o->failure;
	v->ending.wait_ms = o->until_ms - now_ms;
	return PERMIT_UNREACHABLE;
}

struct visit *
robots_visit(struct robots_origin *o, const char *etag, const char *last_modified)
{
	struct visit *v = calloc(1, sizeof(*v));
	struct url url;
	struct span text;
	struct arena a;
	int rc = -1;

	if (v == NULL)
		return NULL;
	arena_init(&a, 1 << 20);
	text = arena_fmt(&a, "%s/robots.txt", o->name);
	v->watch = portals_hold(o->waiting.head->watch);
	v->robots = o;
	v->is_list = true; /* before all pages */
	v->rank = -1;      /* and before all lists */
	v->conditional = etag != NULL || last_modified != NULL;
	v->etag = etag == NULL ? NULL : strdup(etag);
	v->last_modified = last_modified == NULL ? NULL : strdup(last_modified);
	if (text.p != NULL && url_parse(&url, &a, text, NULL) == 0 && visit_aim(v, &url) == 0 &&
	    (v->url = strdup(v->at)) != NULL)
		rc = 0;
	arena_fini(&a);
	if (rc == 0)
		return v;
	visit_free(v);
	return NULL;
}

/* ---- answers */

static void
answer(struct robots_gate *g, struct visit *v, enum robots_outcome outcome, const char *why)
{
	struct robots_origin *o = v->robots;

	o->outcome = outcome;
	o->status = v->answer.status;
	(void)snprintf(o->failure, sizeof(o->failure), "%s", why == NULL ? "" : why);
	buf_fini(&o->body);
	o->body = v->answer.body;
	v->answer.body = (struct buf){0};
	o->etag = v->answer.etag;
	o->last_modified = v->answer.just_modified ? NULL : v->answer.last_modified;
	v->answer.etag = NULL;
	if (!v->answer.just_modified)
		v->answer.last_modified = NULL;
	o->answered = true;
	g->answered++;
	visit_free(v);
}

/* A redirect is followed wherever it leads: the guard and that host's clock hold as for any other. */
static bool
follow(struct robots_gate *g, struct visit *v)
{
	struct arena arena;
	struct url to;
	bool moved;

	if (++v->hops > REDIRECTS_MAX) { /* §2.3.1.2: as if there were none */
		answer(g, v, ROBOTS_ABSENT, NULL);
		return false;
	}
	arena_init(&arena, 1 << 20);
	moved = v->answer.location != NULL &&
		url_resolve(&to, &arena, span_of(v->at), span_of(v->answer.location), NULL) == 0 &&
		visit_aim(v, &to) == 0;
	arena_fini(&arena);
	v->conditional = false;
	if (!moved)
		answer(g, v, ROBOTS_FAILED, "robots_unreachable");
	return moved;
}

bool
robots_answered(struct robots_gate *g, struct visit *v)
{
	int status = v->answer.status;

	if (v->answer.failure != NULL) {
		answer(g, v, ROBOTS_FAILED, v->answer.failure);
		return false;
	}
	switch (status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return follow(g, v);
	case 304:
		answer(g, v, v->conditional ? ROBOTS_SAME : ROBOTS_FAILED, "robots_unreachable");
		return false;
	case 412: /* challenges, and "not now" */
	case 429:
		answer(g, v, ROBOTS_FAILED, "robots_unreachable");
		return false;
	default:
		if (status >= 200 && status < 300)
			answer(g, v, ROBOTS_GOOD, NULL);
		else if (status >= 400 && status < 500)
			answer(g, v, ROBOTS_ABSENT, NULL);
		else
			answer(g, v, ROBOTS_FAILED, "robots_unreachable");
		return false;
	}
}

void
robots_failed(struct robots_gate *g, struct visit *v, const char *why)
{
	answer_clear(&v->answer);
	answer(g, v, ROBOTS_FAILED, why);
}

void
robots_given_up(struct visit *v, struct visit_queue *out)
{
	struct robots_origin *o = v->robots;
	struct visit *waits;

	o->asking = false;
	while ((waits = visit_pop(&o->waiting)) != NULL) {
		waits->ending.wait_ms = v->ending.wait_ms;
		visit_push(out, waits);
	}
	visit_free(v);
}

/* ---- rounds */

/* Once an hour: what nobody asked for since it grew old. */
static void
sweep(struct robots_gate *g, int64_t now_ms)
{
	struct robots_origin **at = &g->origins;

	if (now_ms < g->sweep_ms)
		return;
	g->sweep_ms = now_ms + INT64_C(3600000);
	while (*at != NULL) {
		struct robots_origin *o = *at;

		if (o->asking || o->answered || o->waiting.head != NULL || o->until_ms > now_ms) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		origin_free(g, o);
	}
}

int
robots_step(struct robots_gate *g, struct pg *pg, int64_t now_ms, struct visit_queue *asks,
    struct visit_queue *out, struct err *err)
{
	sweep(g, now_ms);
	if (g->answered > 0 && robots_write(g, pg, err) == -1)
		return -1;
	if (g->wanted == 0)
		return 0;
	if (robots_read(g, pg, now_ms, asks, err) == -1)
		return -1;
	g->wanted = 0;
	for (struct robots_origin *o = g->origins; o != NULL; o = o->next) {
		if (o->waiting.head == NULL || o->asking)
			continue;
		if (o->state != ROBOTS_UNKNOWN && now_ms < o->until_ms)
			visit_move_all(&o->waiting, out);
		else
			g->wanted++;
	}
	return 0;
}

int64_t
robots_wait_ms(const struct robots_gate *g, int64_t now_ms, int64_t most)
{
	if (g->answered > 0)
		return 0;
	if (g->wanted == 0)
		return most;
	for (const struct robots_origin *o = g->origins; o != NULL; o = o->next)
		if (o->waiting.head != NULL && !o->asking && o->read_ms - now_ms < most)
			most = o->read_ms - now_ms;
	return most < 0 ? 0 : most;
}

void
robots_take_all(struct robots_gate *g, bool inactive_only, struct visit_queue *out)
{
	for (struct robots_origin *o = g->origins; o != NULL; o = o->next) {
		struct visit_queue keep = {0};
		struct visit *v;

		while ((v = visit_pop(&o->waiting)) != NULL)
			visit_push(
			    inactive_only && v->watch->active && !v->lost ? &keep : out, v);
		o->waiting = keep;
	}
}
