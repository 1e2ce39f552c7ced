/* SPDX-License-Identifier: MIT */
/* The next page by a template of addresses, a parameter of the query, or a parameter inside one. */
#include "list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define ADDRESS_MAX ((size_t)8 * URL_MAX)

int64_t
list_page_number(const struct list_reader *r)
{
	return r->in->page > 1 ? r->in->page : 1;
}

int64_t
list_number_in(struct span text)
{
	size_t from = 0, to;
	uint64_t n;

	while (from < text.n && (text.p[from] < '0' || text.p[from] > '9'))
		from++;
	for (to = from; to < text.n && text.p[to] >= '0' && text.p[to] <= '9';)
		to++;
	return span_u64(span_cut(text, from, to), 1000000000, &n) == 0 ? (int64_t)n : -1;
}

static struct span
list_address(const struct list_reader *r)
{
	return r->in->list.p != NULL ? r->in->list : r->in->url;
}

void
list_take_next(struct list_reader *r, struct span href)
{
	struct url url;

	if (!span_is_empty(href) && url_resolve(&url, r->a, r->base, href, NULL) == 0)
		r->out->next = url.text;
}

/* Whether page p is behind what the list says it has. */
static bool
is_beyond(const struct list_reader *r, int64_t page)
{
	const struct list_page *p = r->out;
	int64_t size = r->rules->size;

	if (size == 0) /* the last page may have fewer: then one page too many is asked for */
		size = (int64_t)p->seen;
	return (p->pages >= 0 && page > p->pages) ||
	       (p->total >= 0 && size > 0 && (page - 1) * size >= p->total);
}

struct span
list_escape(struct arena *a, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = arena_raw(a, s.n * 3 + 1);
	size_t n = 0;

	if (out == NULL)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c != 0 && strchr("-._~", c) != NULL)) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return (struct span){out, n};
}

static int
digit_of(char c)
{
	const char *at = c != '\0' ? strchr("0123456789abcdef", c | 0x20) : NULL;

	return at == NULL ? -1 : (int)(at - "0123456789abcdef");
}

struct span
list_unescape(struct arena *a, struct span s)
{
	char *out = arena_raw(a, s.n + 1);
	size_t n = 0;

	if (out == NULL)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? digit_of(s.p[i + 1]) : -1;
		int low = high >= 0 ? digit_of(s.p[i + 2]) : -1;

		if (low >= 0) {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	out[n] = '\0';
	return (struct span){out, n};
}

/* The parameter at `from` of a query: its end, and whether it has the name. */
static size_t
parameter(struct span query, size_t from, struct span name, bool *is_it, struct span *value)
{
	size_t end = span_find_byte(query, '&', from), equals;
	struct span whole;

	if (end == SIZE_MAX)
		end = query.n;
	whole = span_cut(query, from, end);
	equals = span_find_byte(whole, '=', 0);
	*is_it = span_eq(span_cut(whole, 0, equals == SIZE_MAX ? whole.n : equals), name);
	*value = equals == SIZE_MAX ? (struct span){"", 0} : span_cut(whole, equals + 1, whole.n);
	return end;
}

struct span
list_query_value(struct arena *a, struct span address, const char *name)
{
	size_t question = span_find_byte(address, '?', 0);
	struct span query, value;
	bool is_it;

	if (question == SIZE_MAX)
		return (struct span){NULL, 0};
	query = span_cut(address, question + 1, address.n);
	for (size_t at = 0; at < query.n; at++) {
		at = parameter(query, at, span_of(name), &is_it, &value);
		if (is_it)
			return list_unescape(a, value);
	}
	return (struct span){NULL, 0};
}

int
list_set_query(
    struct url *out, struct arena *a, struct span address, const char *name, struct span value)
{
	size_t question = span_find_byte(address, '?', 0);
	struct span query = {"", 0}, old;
	struct buf b;
	bool is_it, done = false;
	int rc;

	buf_init(&b, ADDRESS_MAX);
	(void)buf_add_span(&b, span_cut(address, 0, question == SIZE_MAX ? address.n : question));
	(void)buf_add_byte(&b, '?');
	if (question != SIZE_MAX)
		query = span_cut(address, question + 1, address.n);
	for (size_t at = 0, end; at < query.n; at = end + 1) {
		end = parameter(query, at, span_of(name), &is_it, &old);
		if (at > 0)
			(void)buf_add_byte(&b, '&');
		if (is_it)
			(void)buf_add_fmt(&b, "%s=%.*s", name, SPAN_ARG(value));
		else
			(void)buf_add_span(&b, span_cut(query, at, end));
		done = done || is_it;
	}
	if (!done)
		(void)buf_add_fmt(
		    &b, "%s%s=%.*s", query.n > 0 ? "&" : "", name, SPAN_ARG(value));
	rc = b.failed ? -1 : url_parse(out, a, buf_span(&b), NULL);
	buf_fini(&b);
	return rc;
}

static void
by_query(struct list_reader *r, const char *name)
{
	int64_t page = list_page_number(r) + 1;
	struct span number = arena_fmt(r->a, "%" PRId64, r->rules->from + page - 2);
	struct url url;

	if (!is_beyond(r, page) && number.p != NULL &&
	    list_set_query(&url, r->a, r->in->url, name, number) == 0)
		r->out->next = url.text;
}

/* jpaas looks at the page's number only where it stands inside paramJson: anywhere else the first
 * page is answered for ever. */
static void
inside_parameter(struct list_reader *r)
{
	struct span old = list_query_value(r->a, r->in->url, "paramJson");
	json_t *json = old.p != NULL ? json_loadb(old.p, old.n, 0, NULL) : NULL;
	int64_t page = list_page_number(r) + 1;
	struct url url;
	char *text;

	if (!json_is_object(json)) {
		json_decref(json);
		json = json_object();
	}
	(void)json_object_set_new(json, "pageNo", json_integer(page));
	if (r->rules->size > 0)
		(void)json_object_set_new(json, "pageSize", json_integer(r->rules->size));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!is_beyond(r, page) && text != NULL &&
	    list_set_query(&url, r->a, r->in->url, "paramJson",
		list_escape(r->a, span_of(text))) == 0)
		r->out->next = url.text;
	free(text);
}

/* A name between braces of a template; absent: none that we know. */
static struct span
piece(const struct list_reader *r, struct span name)
{
	int64_t page = list_page_number(r) + 1, from = r->rules->from, size = r->rules->size;
	struct span path = list_address(r);
	size_t slash = 0, dot, cut = span_find_byte(path, '?', 0);

	path = span_cut(path, 0, cut == SIZE_MAX ? path.n : cut);
	for (size_t at = 0; (at = span_find_byte(path, '/', at)) != SIZE_MAX;)
		slash = ++at;
	path = span_cut(path, slash, path.n);
	for (dot = path.n; dot > 0 && path.p[dot - 1] != '.';)
		dot--;
	dot = dot == 0 ? path.n : dot - 1;
	if (size == 0)
		size = (int64_t)r->out->seen;
	if (span_eq(name, SPAN("page")))
		return arena_fmt(r->a, "%" PRId64, from + page - 2);
	if (span_eq(name, SPAN("start")))
		return arena_fmt(r->a, "%" PRId64, (page - 1) * size + 1);
	if (span_eq(name, SPAN("offset")))
		return arena_fmt(r->a, "%" PRId64, (page - 1) * size);
	if (span_eq(name, SPAN("end")))
		return arena_fmt(r->a, "%" PRId64, page * size);
	if (span_eq(name, SPAN("size")))
		return arena_fmt(r->a, "%" PRId64, size);
	if (span_eq(name, SPAN("stem")))
		return span_cut(path, 0, dot);
	if (span_eq(name, SPAN("ext")))
		return dot < path.n ? span_cut(path, dot, path.n) : (struct span){"", 0};
	return (struct span){NULL, 0};
}

static void
by_template(struct list_reader *r, struct span template)
{
	struct url url;
	struct buf b;

	if (is_beyond(r, list_page_number(r) + 1))
		return;
	if (r->out->seen == 0) { /* where a template has no end, this is it */
		r->out->end = true;
		return;
	}
	buf_init(&b, ADDRESS_MAX);
	for (size_t i = 0; i < template.n; i++) {
		size_t close =
		    template.p[i] == '{' ? span_find_byte(template, '}', i) : SIZE_MAX;

		if (close == SIZE_MAX) {
			(void)buf_add_byte(&b, template.p[i]);
			continue;
		}
		(void)buf_add_span(&b, piece(r, span_cut(template, i + 1, close)));
		i = close;
	}
	if (!b.failed && url_resolve(&url, r->a, list_address(r), buf_span(&b), NULL) == 0)
		r->out->next = url.text;
	buf_fini(&b);
}

void
list_page_next(struct list_reader *r)
{
	struct span paging = span_of(r->rules->paging);

	if (paging.n == 0 || span_eq(paging, SPAN("none")))
		return;
	if (span_eq(paging, SPAN("script")))
		(void)list_script_next(r);
	else if (span_eq(paging, SPAN("countdown")))
		(void)list_countdown_next(r);
	else if (span_eq(paging, SPAN("paramjson")))
		inside_parameter(r);
	else if (span_starts(paging, SPAN("query:")))
		by_query(r, r->rules->paging + strlen("query:"));
	else
		by_template(r, paging);
}

static bool
is_known_piece(struct span name)
{
	static const char *const names[] = {
	    "page", "start", "offset", "end", "size", "stem", "ext"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq(name, span_of(names[i])))
			return true;
	return false;
}

int
list_paging_check(struct span paging, struct err *err)
{
	static const char *const words[] = {"none", "script", "countdown", "paramjson"};
	bool moves = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq(paging, span_of(words[i])))
			return 0;
	if (span_starts(paging, SPAN("query:"))) {
		for (size_t i = strlen("query:"); i < paging.n; i++)
			if (strchr("&=?#% ", paging.p[i]) != NULL)
				return err_set(err, ERR_REJECT, "bad_paging",
				    "query: is followed by the name of one parameter");
		return paging.n > strlen("query:")
			   ? 0
			   : err_set(err, ERR_REJECT, "bad_paging", "query: names no parameter");
	}
	for (size_t at = 0, close; (at = span_find_byte(paging, '{', at)) != SIZE_MAX; at = close) {
		struct span name;

		if ((close = span_find_byte(paging, '}', at)) == SIZE_MAX)
			return err_set(err, ERR_REJECT, "bad_paging", "{ without }");
		name = span_cut(paging, at + 1, close);
		if (!is_known_piece(name))
			return err_set(err, ERR_REJECT, "bad_paging",
			    "{%.*s} is none of {page} {start} {offset} {end} {size} {stem} {ext}",
			    SPAN_ARG(span_cut(name, 0, 40)));
		moves = moves || span_eq(name, SPAN("page")) || span_eq(name, SPAN("start")) ||
			span_eq(name, SPAN("offset"));
	}
	return moves ? 0
		     : err_set(err, ERR_REJECT, "bad_paging",
			   "a template of addresses needs {page}, {start} or {offset}");
}
