/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/list_page.h>
#include <suoyin/text.h>

const char *const list_kind_names[LIST_KINDS] = {
    [LIST_HTML] = "html",
    [LIST_DATASTORE] = "datastore",
    [LIST_JSON] = "json",
    [LIST_JPAAS] = "jpaas",
    [LIST_GKMLPT] = "gkmlpt",
    [LIST_UCAP] = "ucap",
    [LIST_FEED] = "feed",
    [LIST_SITEMAP] = "sitemap",
    [LIST_AUTO] = "auto",
};

const char *const list_rule_keys[] = {"kind", "rows", "link", "title", "date", "next", "column",
    "paging", "from", "size", "total", "pages", "category", "include", "exclude", NULL};

/* Sources: reference of the dialects; each is overruled key by key by a portal file. */
static const struct list_rules defaults[LIST_KINDS] = {
    [LIST_HTML] = {.link = ".//a/@href", .title = ".//a"},
    /* the text of <a> is cut by many templates, its title attribute is not */
    [LIST_DATASTORE] = {.rows = "//body",
	.link = ".//a/@href",
	.title = ".//a/@title|.//a[not(string(@title))]",
	.date = ".//span|.//i|.//td[last()]"},
    [LIST_JSON] = {.link = "/url", .title = "/title"},
    [LIST_JPAAS] = {.rows = "//li[.//a]",
	.link = ".//a/@href",
	.title = ".//a/@title|.//a[not(string(@title))]",
	.date = ".//span",
	.paging = "paramjson",
	.total = "//*[contains(@class,'pagination')]/@count"},
    [LIST_GKMLPT] = {.rows = "/articles",
	.link = "/url",
	.title = "/title",
	.date = "/display_publish_time",
	.paging = "query:page",
	.total = "/classify/post_count",
	.category = "0"},
    [LIST_UCAP] = {.rows = "/data/results",
	.link = "/url",
	.title = "/title",
	.date = "/publishedTimeStr",
	.paging = "query:page",
	.total = "/data/total"},
};

const struct list_rules *
list_kind_defaults(enum list_kind kind)
{
	return &defaults[kind];
}

enum list_kind
list_kind_find(struct span name)
{
	int kind = 0;

	while (kind < LIST_KINDS && !span_eq(name, span_of(list_kind_names[kind])))
		kind++;
	return (enum list_kind)kind;
}

/* Text without NUL; absent for null. */
static int
text_of(const char **out, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	*out = NULL;
	if (value == NULL || json_is_null(value))
		return 0;
	*out = json_string_value(value);
	return *out != NULL && strlen(*out) == json_string_length(value) ? 0 : -1;
}

static int
number_of(int64_t *out, const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	*out = json_is_integer(value) ? (int64_t)json_integer_value(value) : fallback;
	return value == NULL || (json_is_integer(value) && *out >= 0 && *out <= 1000000000) ? 0
											   : -1;
}

static int
patterns_of(const json_t **out, const json_t *object, const char *key)
{
	size_t i;
	json_t *item;

	*out = json_object_get(object, key);
	if (*out == NULL)
		return 0;
	json_array_foreach((json_t *)*out, i, item)
	{
		if (!json_is_string(item))
			return -1;
	}
	return json_is_array(*out) ? 0 : -1;
}

int
list_rules_read(struct list_rules *out, const json_t *object, struct err *err)
{
	const char *kind;
	bool bad = text_of(&kind, object, "kind") == -1;

	*out = (struct list_rules){.kind = LIST_HTML};
	if (kind != NULL && (out->kind = list_kind_find(span_of(kind))) == LIST_KINDS)
		bad = true;
	bad = text_of(&out->rows, object, "rows") == -1 || bad;
	bad = text_of(&out->link, object, "link") == -1 || bad;
	bad = text_of(&out->title, object, "title") == -1 || bad;
	bad = text_of(&out->date, object, "date") == -1 || bad;
	bad = text_of(&out->next, object, "next") == -1 || bad;
	bad = text_of(&out->column, object, "column") == -1 || bad;
	bad = text_of(&out->paging, object, "paging") == -1 || bad;
	bad = text_of(&out->total, object, "total") == -1 || bad;
	bad = text_of(&out->pages, object, "pages") == -1 || bad;
	bad = text_of(&out->category, object, "category") == -1 || bad;
	bad = number_of(&out->from, object, "from", 2) == -1 || bad;
	bad = number_of(&out->size, object, "size", 0) == -1 || bad;
	bad = patterns_of(&out->include, object, "include") == -1 || bad;
	bad = patterns_of(&out->exclude, object, "exclude") == -1 || bad;
	/* kinds of markup need to know where a row is; the others find it themselves */
	if (!bad && (out->kind == LIST_HTML || out->kind == LIST_JPAAS ||
			out->kind == LIST_DATASTORE))
		bad = out->rows == NULL || out->link == NULL;
	if (!bad && (out->kind == LIST_JSON || out->kind == LIST_UCAP || out->kind == LIST_GKMLPT))
		bad = out->link == NULL;
	return bad ? err_set(err, ERR_REJECT, "bad_request", "list: these are no rules of a list")
		   : 0;
}

static uint32_t
lower(uint32_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* The next character that counts, or 0 at the end. */
static uint32_t
next_of(struct span s, size_t *at)
{
	while (*at < s.n) {
		uint32_t c = text_next(s, at);

		if (!text_is_space(c) && !text_is_zero_width(c))
			return lower(c);
	}
	return 0;
}

/* Two pointers and one way back, to the last star: never more than text × pattern steps. */
bool
list_matches(struct span text, struct span pattern)
{
	size_t t = 0, p = 0, star_t = 0, star_p = 0;

	/* as if a star stood before it and behind it */
	for (;;) {
		size_t at = p, to = t;
		uint32_t want = next_of(pattern, &at), have;

		if (want == 0)
			return true;
		if (want == '*') {
			star_p = p = at;
			star_t = t;
			continue;
		}
		have = next_of(text, &to);
		if (have != 0 && (want == '?' || want == have)) {
			p = at;
			t = to;
			continue;
		}
		if (next_of(text, &star_t) == 0)
			return false;
		t = star_t;
		p = star_p;
	}
}
