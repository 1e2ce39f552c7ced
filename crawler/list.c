/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/child.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/text.h>

struct list_reader {
	struct list_options options;
	struct child_pool *pool;
	struct visit_queue waiting;
};

static int
hostile(struct err *err, const char *why)
{
	return err_set(err, ERR_REJECT, "list_hostile", "reply of a list child: %s", why);
}

/* Text of an object in the arena; absent for null. */
static int
text_of(struct span *out, struct arena *a, const json_t *object, const char *key, size_t max)
{
	const json_t *v = json_object_get(object, key);
	struct span s;

	*out = (struct span){NULL, 0};
	if (v == NULL || json_is_null(v))
		return 0;
	s = (struct span){json_string_value(v), json_string_length(v)};
	if (s.p == NULL || s.n > max || span_find_byte(s, '\0', 0) != SIZE_MAX || !text_is_utf8(s))
		return -1;
	*out = arena_dup(a, s);
	return out->p == NULL ? -1 : 0;
}

/* A URL that is canonical already, as the child says it is. */
static int
url_of(struct url *out, struct arena *a, const json_t *object, const char *key)
{
	struct span text;

	*out = (struct url){0};
	if (text_of(&text, a, object, key, URL_MAX) == -1)
		return -1;
	if (text.p == NULL)
		return 0;
	return url_parse(out, a, text, NULL) == 0 && span_eq(out->text, text) ? 0 : -1;
}

/* Sitemaps alone may have more, and they are never in order. */
static size_t
most_rows(const struct found *f)
{
	return f->unordered ? SITEMAP_ROWS_MAX : LIST_ROWS_MAX;
}

/* Rows of one page. */
static int
count_of(size_t *out, const struct found *found, const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	*out = (size_t)n;
	return n < 0 || n > (json_int_t)most_rows(found) ? -1 : 0;
}

/* What the list says of its own size; -1 where it does not. */
static int64_t
said(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_integer(v) && json_integer_value(v) >= 0 ? (int64_t)json_integer_value(v)
								: -1;
}

static int
take_more(struct found *out, const json_t *more, struct err *err)
{
	size_t n = json_array_size(more);

	if (n > SITEMAP_PAGES_MAX ||
	    (out->more = arena_array(&out->arena, n + 1, sizeof(*out->more))) == NULL)
		return hostile(err, "too many pages besides");
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(more, i);
		struct span text = {json_string_value(item), json_string_length(item)};
		struct url url;

		if (text.p == NULL || url_parse(&url, &out->arena, text, NULL) == -1 ||
		    !span_eq(url.text, text))
			return hostile(err, "a page besides is no url");
		out->more[out->more_count++] = url.text;
	}
	return 0;
}

static int
take_rest(struct found *out, const json_t *from, struct err *err)
{
	out->total = said(from, "total");
	out->pages = said(from, "pages");
	out->shell = json_is_true(json_object_get(from, "shell"));
	out->end = json_is_true(json_object_get(from, "end"));
	if (text_of(&out->print, &out->arena, from, "print", 16) == -1 ||
	    text_of(&out->stopped, &out->arena, from, "stopped", 64) == -1 ||
	    text_of(&out->decided, &out->arena, from, "decided", TITLE_MAX) == -1)
		return hostile(err, "print, stopped or decided is no text");
	return take_more(out, json_object_get(from, "more"), err);
}

static int
take_row(struct found *out, const struct portal *portal, const json_t *from, struct err *err)
{
	struct found_row row = {0};
	struct url url;

	if (url_of(&url, &out->arena, from, "url") == -1 || url.text.p == NULL)
		return hostile(err, "a row's url is none");
	if (text_of(&row.title, &out->arena, from, "title", TITLE_MAX) == -1 ||
	    text_of(&row.date, &out->arena, from, "date", TITLE_MAX) == -1)
		return hostile(err, "a row's title or date is no text");
	row.url = url.text;
	if (portal_has_host(portal, url.host))
		out->rows[out->count++] = row;
	else
		out->off_site++;
	return 0;
}

static int
take_json(struct found *out, const struct portal *portal, const json_t *from, struct err *err)
{
	const json_t *rows = json_object_get(from, "rows");
	size_t n = json_array_size(rows);
	struct url next;

	out->unordered = json_is_true(json_object_get(from, "unordered"));
	if (!json_is_array(rows) || n > most_rows(out))
		return hostile(err, "no rows, or too many");
	if ((out->rows = arena_array(&out->arena, n + 1, sizeof(*out->rows))) == NULL)
		return hostile(err, "too large");
	for (size_t i = 0; i < n; i++)
		if (take_row(out, portal, json_array_get(rows, i), err) == -1)
			return -1;
	if (url_of(&next, &out->arena, from, "next") == -1)
		return hostile(err, "next is no url");
	out->next = next.text;
	if (count_of(&out->seen, out, from, "seen") == -1 ||
	    count_of(&out->bad, out, from, "bad") == -1 ||
	    count_of(&out->filtered, out, from, "filtered") == -1)
		return hostile(err, "seen, bad or filtered is no number of rows");
	out->cut = json_is_true(json_object_get(from, "cut"));
	return take_rest(out, from, err);
}

int
list_take_reply(struct found *out, const struct portal *portal, struct span reply, struct err *err)
{
	json_error_t why;
	json_t *json = json_loadb(reply.p, reply.n, JSON_REJECT_DUPLICATES, &why);
	int rc;

	arena_fini(&out->arena);
	*out = (struct found){0};
	arena_init(&out->arena, (size_t)4 * LIST_JSON_MAX);
	rc = json == NULL ? hostile(err, why.text) : take_json(out, portal, json, err);
	json_decref(json);
	return rc;
}

/* The child's own reason word, if it is one; a word of ours else. */
static const char *
rejected_reason(struct span reply)
{
	static const char *const words[] = {"bad_xpath", "too_large", "too_deep", "bad_request",
	    "not_json", "not_xml", "hostile_xml", "encoding", "empty", "binary"};
	json_t *json = json_loadb(reply.p, reply.n, 0, NULL);
	const char *said = json_string_value(json_object_get(json, "reason"));
	const char *word = "list_rejected";

	for (size_t i = 0; said != NULL && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(said, words[i]) == 0)
			word = words[i];
	json_decref(json);
	return word;
}

static void
on_reply(void *ctx, void *request, enum child_verdict verdict, struct span reply)
{
	struct list_reader *r = ctx;
	struct visit *v = request;
	struct err why = {0};
	const char *failure = NULL;

	buf_fini(&v->request);
	switch (verdict) {
	case CHILD_OK:
		if (list_take_reply(&v->found, v->watch->portal, reply, &why) == -1) {
			log_event(LEVEL_ERROR, "list_hostile", F_STR("url", v->at), F_ERR(&why));
			failure = "list_hostile";
		}
		break;
	case CHILD_REJECTED:
		failure = rejected_reason(reply);
		break;
	case CHILD_CRASHED:
		failure = "list_crash";
		break;
	case CHILD_TIMEOUT:
		failure = "list_timeout";
		break;
	case CHILD_HOSTILE:
		failure = "list_hostile";
		break;
	case CHILD_STOPPED:
	default:
		failure = "stopped";
		break;
	}
	r->options.done(r->options.ctx, v, failure);
}

struct list_reader *
list_reader_new(const struct list_options *options, struct err *err)
{
	struct list_reader *r = calloc(1, sizeof(*r));
	struct child_pool_options pool = {
	    .role = "list",
	    .children = options->children,
	    .deadline_ms = options->deadline_ms,
	    .memory_bytes = options->memory_bytes,
	    .reply_max = LIST_JSON_MAX,
	    .done = on_reply,
	    .ctx = r,
	};

	if (r == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	r->options = *options;
	if ((r->pool = child_pool_new(&pool, err)) == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
list_reader_free(struct list_reader *r)
{
	struct visit *v;

	if (r == NULL)
		return;
	child_pool_free(r->pool);
	while ((v = visit_pop(&r->waiting)) != NULL)
		r->options.done(r->options.ctx, v, "stopped");
	free(r);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	(void)json_object_set_new(object, key, text == NULL ? json_null() : json_string(text));
}

/* `meta` is ours. */
static int
put_request(struct visit *v, json_t *meta)
{
	char *text = json_dumps(meta, JSON_COMPACT);
	int rc;

	json_decref(meta);
	buf_init(&v->request, CHILD_REQUEST_MAX);
	rc = text == NULL ? -1 : buf_add_str(&v->request, text);
	free(text);
	return rc;
}

/* The question to the child, with the rules it needs. */
static int
ask(struct visit *v, const struct portal_list *list)
{
	json_t *meta = json_loads(list->rules, 0, NULL);

	set_text(meta, "url", v->at);
	set_text(meta, "list", v->url);
	set_text(meta, "content_type", v->answer.content_type);
	(void)json_object_set_new(meta, "page", json_integer(v->paging.pages + 1));
	return put_request(v, meta);
}

void
list_read(struct list_reader *r, struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);

	if (list == NULL)
		r->options.done(r->options.ctx, v, "stopped"); /* the portal names it no more */
	else if (ask(v, list) == -1)
		r->options.done(r->options.ctx, v, "memory");
	else
		visit_push(&r->waiting, v);
}

static json_t *
extract_rules(const struct portal *portal)
{
	json_t *rules = portal->extract == NULL ? NULL : json_loads(portal->extract, 0, NULL);

	return rules != NULL ? rules : json_object();
}

static int
ask_links(struct visit *v)
{
	json_t *meta = json_object(), *portal = json_object();

	set_text(meta, "url", v->at);
	set_text(meta, "content_type", v->answer.content_type);
	(void)json_object_set_new(meta, "attachments", json_true());
	(void)json_object_set_new(portal, "extract", extract_rules(v->watch->portal));
	(void)json_object_set_new(meta, "portal", portal);
	return put_request(v, meta);
}

void
list_read_links(struct list_reader *r, struct visit *v)
{
	if (ask_links(v) == -1)
		r->options.done(r->options.ctx, v, "memory");
	else
		visit_push(&r->waiting, v);
}

void
list_poll(struct list_reader *r)
{
	struct visit *v;
	struct err why = {0};

	child_pool_poll(r->pool);
	while (r->waiting.head != NULL && child_pool_has_room(r->pool)) {
		v = visit_pop(&r->waiting);
		if (child_submit(
			r->pool, v, buf_span(&v->request), buf_span(&v->answer.body), &why) == 0)
			continue;
		if (why.code == ERR_REJECT) {
			r->options.done(r->options.ctx, v, "too_large");
			continue;
		}
		visit_push_front(&r->waiting, v);
		break;
	}
}

size_t
list_fds(const struct list_reader *r, struct pollfd *out, size_t room)
{
	return child_pool_fds(r->pool, out, room);
}

int64_t
list_wait_ms(const struct list_reader *r, int64_t most)
{
	int wait = child_pool_wait_ms(r->pool);

	return wait >= 0 && wait < most ? wait : most;
}
