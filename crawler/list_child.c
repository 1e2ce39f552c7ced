/* SPDX-License-Identifier: MIT */
#include "list_child.h"

#include <jansson.h>
#include <stdlib.h>
#include <suoyin/charset.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>
#include <suoyin/url.h>
#include <suoyin/xpath.h>

#define LIST_ARENA_MAX ((size_t)128 << 20) /* a page decoded, and the text of 5,000 rows */
#define ROW_ARENA_MAX ((size_t)16 << 20)   /* one row; forgotten before the next */
#define DATE_MAX 256                       /* a longer "date" is text of the page */

struct rules {
	struct span url, content_type;
	const char *rows, *link, *title, *date, *next;
};

static int
read_rules(struct rules *r, const json_t *meta, struct err *err)
{
	const char *url = json_string_value(json_object_get(meta, "url"));

	*r = (struct rules){
	    .url = span_of(url),
	    .content_type = span_of(json_string_value(json_object_get(meta, "content_type"))),
	    .rows = json_string_value(json_object_get(meta, "rows")),
	    .link = json_string_value(json_object_get(meta, "link")),
	    .title = json_string_value(json_object_get(meta, "title")),
	    .date = json_string_value(json_object_get(meta, "date")),
	    .next = json_string_value(json_object_get(meta, "next")),
	};
	if (url == NULL || r->rows == NULL || r->link == NULL)
		return err_set(
		    err, ERR_REJECT, "bad_request", "list: url, rows and link are needed");
	return 0;
}

/* At most `max` bytes, no code point cut in two. */
static struct span
shorten(struct span s, size_t max)
{
	if (s.n <= max)
		return s;
	s.n = max;
	while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
		s.n--;
	return s;
}

static void
set_text(json_t *object, const char *key, struct span s)
{
	(void)json_object_set_new(object, key, s.p == NULL ? json_null() : json_stringn(s.p, s.n));
}

struct page {
	struct xpath *x;
	struct rules rules;
	struct span base; /* that links are relative to */
	json_t *rows;
	json_int_t bad;
};

/* 1: a row. 0: it has no usable link. -1: err. */
static int
read_row(struct page *p, const struct xpath_node *node, struct arena *a, struct err *err)
{
	struct span link, title = {NULL, 0}, date = {NULL, 0};
	struct url url;
	json_t *row;

	if (xpath_text(p->x, node, p->rules.link, a, &link, err) == -1)
		return -1;
	if (span_is_empty(link) || url_resolve(&url, a, p->base, link, NULL) == -1)
		return 0;
	if (p->rules.title != NULL && xpath_text(p->x, node, p->rules.title, a, &title, err) == -1)
		return -1;
	if (p->rules.date != NULL && xpath_text(p->x, node, p->rules.date, a, &date, err) == -1)
		return -1;
	if ((row = json_object()) == NULL)
		return err_set(err, ERR_REJECT, "too_large", "list: out of memory");
	set_text(row, "url", url.text);
	set_text(row, "title", shorten(title, TITLE_MAX));
	set_text(row, "date", shorten(date, DATE_MAX));
	return json_array_append_new(p->rows, row) == 0
		   ? 1
		   : err_set(err, ERR_REJECT, "too_large", "list: out of memory");
}

static int
read_rows(struct page *p, const struct xpath_node **nodes, int count, struct err *err)
{
	struct arena a;
	int rc = 0;

	arena_init(&a, ROW_ARENA_MAX);
	for (int i = 0; i < count && rc != -1; i++) {
		arena_reset(&a);
		if ((rc = read_row(p, nodes[i], &a, err)) == 0)
			p->bad++;
	}
	arena_fini(&a);
	return rc == -1 ? -1 : 0;
}

/* <base href>, as browsers obey it: the first one that there is. */
static struct span
base_of(struct xpath *x, struct arena *a, struct span url)
{
	struct span href;
	struct url base;

	if (xpath_text(x, NULL, "//base/@href", a, &href, NULL) == 0 && !span_is_empty(href) &&
	    url_resolve(&base, a, url, href, NULL) == 0)
		return base.text;
	return url;
}

static int
next_of(struct page *p, struct arena *a, struct span *next, struct err *err)
{
	struct span href;
	struct url url;

	*next = (struct span){NULL, 0};
	if (p->rules.next == NULL)
		return 0;
	if (xpath_text(p->x, NULL, p->rules.next, a, &href, err) == -1)
		return -1;
	if (!span_is_empty(href) && url_resolve(&url, a, p->base, href, NULL) == 0)
		*next = url.text;
	return 0;
}

static int
write_reply(struct buf *reply, struct page *p, int seen, struct span next, struct err *err)
{
	json_t *out = json_object();
	char *text;
	int rc;

	(void)json_object_set(out, "rows", p->rows);
	set_text(out, "next", next);
	(void)json_object_set_new(out, "seen", json_integer(seen));
	(void)json_object_set_new(out, "bad", json_integer(p->bad));
	(void)json_object_set_new(out, "cut", json_boolean(seen == LIST_ROWS_MAX));
	text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	rc = text == NULL || buf_add_str(reply, text) == -1
		 ? err_set(err, ERR_REJECT, "too_large",
		       "list: the rows are larger than a reply may be")
		 : 0;
	free(text);
	return rc;
}

static int
read_page(struct page *p, struct arena *a, struct buf *reply, struct err *err)
{
	const struct xpath_node **nodes =
	    arena_array(a, LIST_ROWS_MAX, sizeof(const struct xpath_node *));
	struct span next;
	int count;

	if (nodes == NULL || (p->rows = json_array()) == NULL)
		return err_set(err, ERR_REJECT, "too_large", "list: out of memory");
	p->base = base_of(p->x, a, p->rules.url);
	if ((count = xpath_nodes(p->x, NULL, p->rules.rows, nodes, LIST_ROWS_MAX, err)) == -1 ||
	    read_rows(p, nodes, count, err) == -1 || next_of(p, a, &next, err) == -1)
		return -1;
	return write_reply(reply, p, count, next, err);
}

static int
handle(void *kit, struct span meta, struct span body, struct buf *reply, struct err *err)
{
	json_error_t why;
	json_t *request = json_loadb(meta.p, meta.n, 0, &why);
	struct page p = {0};
	struct charset how;
	struct arena a;
	struct span text;
	int rc = -1;

	arena_init(&a, LIST_ARENA_MAX);
	if (request == NULL)
		(void)err_set(err, ERR_REJECT, "bad_request", "list: %s", why.text);
	else if (read_rules(&p.rules, request, err) == 0 &&
		 charset_decode(kit, &how, &text, &a, body, p.rules.content_type, err) == 0 &&
		 (p.x = xpath_new(text, err)) != NULL)
		rc = read_page(&p, &a, reply, err);
	xpath_free(p.x);
	json_decref(p.rows);
	json_decref(request);
	arena_fini(&a);
	return rc;
}

/* Reads a list once, so that libraries have opened what they open before the child is locked in. */
static void *
warm_up(void)
{
	struct charset_kit *kit = charset_kit_new();
	struct buf reply;

	buf_init(&reply, LIST_JSON_MAX);
	if (kit != NULL)
		(void)handle(kit,
		    SPAN("{\"url\":\"http://\xE6\x94\xBF.cn/\",\"rows\":\"//li\",\"link\":\".//a/"
			 "@href\","
			 "\"title\":\".//a\",\"next\":\"//a[.='x']/@href\"}"),
		    SPAN("<ul><li><a href=\"http://\xE6\x94\xBF.cn/a\">\xE6\x94\xBF</a></ul>"),
		    &reply, NULL);
	buf_fini(&reply);
	return kit;
}

const struct child_role list_role = {.name = "list", .warm_up = warm_up, .handle = handle};
