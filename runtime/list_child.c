/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <suoyin/charset.h>
#include <suoyin/limits.h>
#include <suoyin/list_child.h>
#include <suoyin/list_page.h>

#include "gunzip.h"
#include "list_links.h"

#define LIST_ARENA_MAX ((size_t)128 << 20) /* a page decoded, and the text of its rows */
#define UNZIPPED_MAX 52428800              /* what the sitemap protocol allows a file */

static struct span
text_of(const json_t *meta, const char *key)
{
	const json_t *v = json_object_get(meta, key);

	return (struct span){json_string_value(v), json_string_length(v)};
}

static json_t *
text_json(struct span s)
{
	return s.p == NULL ? json_null() : json_stringn(s.p, s.n);
}

static json_t *
rows_json(const struct list_row *rows, size_t count, bool all)
{
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *row = json_object();

		(void)json_object_set_new(row, "url", text_json(rows[i].url));
		(void)json_object_set_new(row, "title", text_json(rows[i].title));
		(void)json_object_set_new(row, "date", text_json(rows[i].date));
		if (all)
			(void)json_object_set_new(row, "column", text_json(rows[i].column));
		if (json_array_append_new(out, row) == -1) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *
page_json(const struct list_page *p, bool show)
{
	json_t *out = json_object(), *more = json_array();
	size_t shown = p->filtered < LIST_FILTERED_SHOWN ? p->filtered : LIST_FILTERED_SHOWN;

	for (size_t i = 0; i < p->more_count; i++)
		(void)json_array_append_new(more, text_json(p->more[i]));
	(void)json_object_set_new(out, "rows", rows_json(p->rows, p->count, show));
	(void)json_object_set_new(out, "next", text_json(p->next));
	(void)json_object_set_new(out, "more", more);
	(void)json_object_set_new(out, "seen", json_integer((json_int_t)p->seen));
	(void)json_object_set_new(out, "bad", json_integer((json_int_t)p->bad));
	(void)json_object_set_new(out, "filtered", json_integer((json_int_t)p->filtered));
	(void)json_object_set_new(out, "cut", json_boolean(p->cut));
	(void)json_object_set_new(out, "total", json_integer(p->total));
	(void)json_object_set_new(out, "pages", json_integer(p->pages));
	(void)json_object_set_new(out, "shell", json_boolean(p->shell));
	(void)json_object_set_new(out, "end", json_boolean(p->end));
	(void)json_object_set_new(out, "unordered", json_boolean(p->unordered));
	/* as text: JSON's whole numbers have a sign */
	(void)json_object_set_new(out, "print", json_sprintf("%016" PRIx64, p->print));
	(void)json_object_set_new(out, "stopped", text_json(p->stopped));
	(void)json_object_set_new(out, "decided", text_json(p->decided));
	if (show)
		(void)json_object_set_new(out, "out", rows_json(p->out, shown, true));
	return out;
}

static int
reply_with(struct buf *reply, const struct list_page *p, bool show, struct err *err)
{
	json_t *out = page_json(p, show);
	/* of rows that could not be copied "rows" is missing */
	char *text =
	    json_object_get(out, "rows") != NULL ? json_dumps(out, JSON_COMPACT) : NULL;
	int rc = text == NULL || buf_add_str(reply, text) == -1
		     ? err_set(err, ERR_REJECT, "too_large",
			   "list: the rows are larger than a reply may be")
		     : 0;

	json_decref(out);
	free(text);
	return rc;
}

static int
read_page(void *kit, const json_t *meta, struct span body, struct buf *reply, struct err *err)
{
	struct list_rules rules;
	struct list_input in = {.bytes = body,
	    .url = text_of(meta, "url"),
	    .content_type = text_of(meta, "content_type"),
	    .list = text_of(meta, "list"),
	    .page = (int64_t)json_integer_value(json_object_get(meta, "page")),
	    .rules = &rules};
	struct list_page page;
	struct arena a;
	int rc = -1;

	if (in.url.p == NULL)
		return err_set(err, ERR_REJECT, "bad_request", "list: a URL is needed");
	if (list_rules_read(&rules, meta, err) == -1)
		return -1;
	arena_init(&a, LIST_ARENA_MAX);
	if (list_page_read(&page, &a, kit, &in, err) == 0)
		rc = reply_with(reply, &page, json_is_true(json_object_get(meta, "show")), err);
	arena_fini(&a);
	return rc;
}

static int
handle(void *kit, struct span meta, struct span body, struct buf *reply, struct err *err)
{
	json_error_t why;
	json_t *request = json_loadb(meta.p, meta.n, 0, &why);
	struct buf unzipped;
	int rc = 0;

	if (request == NULL)
		return err_set(err, ERR_REJECT, "bad_request", "list: %s", why.text);
	if (json_is_true(json_object_get(request, "attachments"))) {
		rc = list_links_read(kit, request, body, reply, err);
		json_decref(request);
		return rc;
	}
	buf_init(&unzipped, UNZIPPED_MAX);
	if (gunzip_is(body) && (rc = gunzip(&unzipped, body, err)) == 0)
		body = buf_span(&unzipped);
	if (rc == 0)
		rc = read_page(kit, request, body, reply, err);
	buf_fini(&unzipped);
	json_decref(request);
	return rc;
}

/* Reads lists once, so that libraries have opened what they open before the child is locked in. */
static void *
warm_up(void)
{
	static const struct span metas[] = {
	    SPAN_INIT("{\"url\":\"http://\xE6\x94\xBF.cn/\",\"rows\":\"//li\",\"link\":\".//a/@href\","
		      "\"title\":\".//a\",\"next\":\"//a[.='x']/@href\"}"),
	    SPAN_INIT("{\"url\":\"http://a.cn/\",\"kind\":\"feed\"}"),
	    SPAN_INIT("{\"url\":\"http://a.cn/\",\"attachments\":true}"),
	};
	struct charset_kit *kit = charset_kit_new();

	for (size_t i = 0; kit != NULL && i < sizeof(metas) / sizeof(metas[0]); i++) {
		struct buf reply;

		buf_init(&reply, LIST_JSON_MAX);
		(void)handle(kit, metas[i],
		    SPAN("<ul><li><a href=\"http://\xE6\x94\xBF.cn/a\">\xE6\x94\xBF</a></ul>"),
		    &reply, NULL);
		buf_fini(&reply);
	}
	return kit;
}

const struct child_role list_role = {.name = "list", .warm_up = warm_up, .handle = handle};
