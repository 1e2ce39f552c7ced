/* SPDX-License-Identifier: MIT */
/* The lists of a portal, page by page as the crawler would read them, and one report. */
#include "portal_test.h"

#include "child_ask.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/url.h>

struct reading {
	json_t *result, *pages;
	struct page_source *source;
	const struct portal *portal;
	const struct portal_list *list;
	json_t *more; /* pages besides, of a sitemap index */
	size_t more_done;
	json_int_t number; /* of the next page with rows */
};

static void
set_new(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value);
}

static void
set_text(json_t *object, const char *key, const char *text)
{
	set_new(object, key, text == NULL ? json_null() : json_string(text));
}

static bool
is_own(const struct portal *portal, const char *url)
{
	struct arena a;
	struct url parsed;
	bool own;

	arena_init(&a, 1 << 16);
	own = url_parse(&parsed, &a, span_of(url), NULL) == 0 &&
	      page_source_has_host(portal, parsed.host);
	arena_fini(&a);
	return own;
}

/* Rows on the portal's hosts, each once over all lists; how many are elsewhere. */
static size_t
keep_rows(const struct reading *r, const json_t *rows)
{
	json_t *all = json_object_get(r->result, "rows");
	size_t off_site = 0;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		const char *url = json_string_value(json_object_get(row, "url"));

		if (!is_own(r->portal, url))
			off_site++;
		else if (json_object_get(all, url) == NULL)
			(void)json_object_set(all, url, json_object_get(row, "title"));
	}
	return off_site;
}

/* The question that the crawler would ask its child, with the rows left out. */
static json_t *
ask(const struct reading *r, const struct source_page *page, struct err *err)
{
	json_t *meta = json_loads(r->list->rules, 0, NULL), *reply;

	set_text(meta, "url", page->at);
	set_text(meta, "list", r->list->url);
	set_text(meta, "content_type", page->content_type);
	set_new(meta, "page", json_integer(r->number));
	set_new(meta, "show", json_true());
	reply = child_ask("list", meta, buf_span(&page->body), err);
	json_decref(meta);
	return reply;
}

/* What a page gave, appended to the list's pages. Borrowed; NULL: FATAL. */
static json_t *
read_page(struct reading *r, const char *url, struct err *err)
{
	const struct source_page *page = page_source_get(r->source, r->portal, url, err);
	struct err why = {0};
	json_t *out, *reply = NULL;

	if (page == NULL)
		return NULL;
	out = json_object();
	if (page->failure == NULL && page->status == 200 &&
	    (reply = ask(r, page, &why)) != NULL) {
		(void)json_object_update(out, reply);
		set_new(out, "off_site",
		    json_integer((json_int_t)keep_rows(r, json_object_get(reply, "rows"))));
	} else if (page->failure != NULL) {
		set_text(out, "failure", page->failure);
	} else {
		set_text(out, "failure", page->status != 200 ? "bad_status" : why.reason);
		if (why.text[0] != '\0')
			set_text(out, "why", why.text);
	}
	json_decref(reply);
	set_new(out, "page", json_integer(r->number));
	set_text(out, "url", page->at);
	set_new(out, "status", json_integer(page->status));
	set_new(out, "bytes", json_integer((json_int_t)page->body.n));
	(void)json_array_append_new(r->pages, out);
	return out;
}

/* The page to read after this one; NULL: none. */
static const char *
next_of(struct reading *r, const json_t *page)
{
	const char *next = json_string_value(json_object_get(page, "next"));
	const json_t *more = json_object_get(page, "more");

	for (size_t i = 0; i < json_array_size(more); i++)
		(void)json_array_append(r->more, json_array_get(more, i));
	if (next == NULL && r->more_done < json_array_size(r->more))
		next = json_string_value(json_array_get(r->more, r->more_done++));
	return next != NULL && is_own(r->portal, next) ? next : NULL;
}

static int
read_list(struct reading *r, const struct test_limits *limits, struct err *err)
{
	const char *url = r->list->url;
	int shells = 0;

	r->number = 1;
	while (url != NULL && r->number <= limits->pages) {
		json_t *page = read_page(r, url, err);

		if (page == NULL)
			return -1;
		if (!json_is_true(json_object_get(page, "shell")))
			r->number++;
		else if (shells++ > 0)
			break; /* a page that only says where rows are leads to rows, or nowhere */
		url = next_of(r, page);
	}
	return 0;
}

int
portal_test_lists(json_t *result, struct page_source *source, const struct portal *portal,
    const struct test_limits *limits, struct err *err)
{
	json_t *lists = json_array();
	int rc = 0;

	set_text(result, "portal", portal->id);
	set_new(result, "rows", json_object());
	set_new(result, "lists", lists);
	for (size_t i = 0; i < portal->list_count && rc == 0; i++) {
		struct reading r = {.result = result,
		    .source = source,
		    .portal = portal,
		    .list = &portal->lists[i],
		    .pages = json_array(),
		    .more = json_array()};
		json_t *list = json_object();

		set_text(list, "url", r.list->url);
		set_new(list, "pages", r.pages);
		if (limits->only_list == NULL || strcmp(limits->only_list, r.list->url) == 0) {
			(void)json_array_append(lists, list);
			rc = read_list(&r, limits, err);
		}
		json_decref(list);
		json_decref(r.more);
	}
	return rc;
}

static json_t *
extract_page(const struct source_page *page, const json_t *config, const char *title,
    struct err *err)
{
	json_t *meta = json_object(), *record;

	set_text(meta, "url", page->at);
	set_text(meta, "content_type", page->content_type);
	set_text(meta, "list_title", title);
	set_text(meta, "list_date", NULL);
	(void)json_object_set(meta, "portal", (json_t *)config);
	record = child_ask("extract", meta, buf_span(&page->body), err);
	json_decref(meta);
	return record;
}

/* What a person looks at first; all of the record is suoyinctl extract's to print. */
static void
summarize(json_t *report, const json_t *record)
{
	static const char *const keys[] = {"title", "agency", "published_on", "document_type"};
	const json_t *number = json_object_get(record, "index_number");
	const json_t *extraction = json_object_get(record, "extraction");
	const char *body = json_string_value(json_object_get(record, "body"));

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set_new(report, keys[i], json_incref(json_object_get(record, keys[i])));
	set_text(report, "index_number", json_string_value(json_object_get(number, "raw")));
	number = json_object_get(record, "document_number");
	set_text(report, "document_number", json_string_value(json_object_get(number, "raw")));
	set_new(report, "body_bytes", json_integer(body == NULL ? 0 : (json_int_t)strlen(body)));
	set_new(report, "attachments",
	    json_integer((json_int_t)json_array_size(json_object_get(record, "attachments"))));
	set_new(report, "method", json_incref(json_object_get(extraction, "method")));
	set_new(report, "confidence", json_incref(json_object_get(extraction, "confidence")));
}

int
portal_test_report(json_t *result, struct page_source *source, const struct portal *portal,
    const json_t *config, struct err *err)
{
	json_t *rows = json_object_get(result, "rows"), *report, *record;
	const struct source_page *page = NULL;
	const char *url = NULL;
	struct err why = {0};

	/* of what was recorded, the first page that is there */
	for (void *at = json_object_iter(rows); at != NULL; at = json_object_iter_next(rows, at)) {
		url = json_object_iter_key(at);
		if ((page = page_source_get(source, portal, url, err)) == NULL)
			return -1;
		if (page->failure == NULL || strcmp(page->failure, "not_recorded") != 0)
			break;
		page = NULL;
	}
	if (page == NULL)
		return 0;
	report = json_object();
	set_text(report, "url", url);
	set_new(report, "status", json_integer(page->status));
	if (page->failure != NULL || page->status != 200) {
		set_text(report, "failure", page->failure != NULL ? page->failure : "bad_status");
	} else if ((record = extract_page(page, config,
			json_string_value(json_object_get(rows, url)), &why)) == NULL) {
		set_text(report, "failure", why.reason);
		set_text(report, "why", why.text);
	} else {
		summarize(report, record);
		json_decref(record);
	}
	set_new(result, "report", report);
	return 0;
}
