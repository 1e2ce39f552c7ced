/* SPDX-License-Identifier: MIT */
/* Lists as JSON: pointers to the array and inside each row; jpaas' fragment; gkmlpt's start page. */
#include "list.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/html.h>
#include <suoyin/json_pointer.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "fold.h"

#define WHOLE_MAX 9e15 /* larger numbers with a fraction are not exact */

/* Behind a callback's name: name(…); nothing is run, the value is what stands in the brackets. */
static struct span
without_callback(struct span text)
{
	size_t open = 0;

	while (open < text.n && open < 128 &&
	       (isalnum((unsigned char)text.p[open]) || strchr("_$.", text.p[open]) != NULL) &&
	       text.p[open] != '\0')
		open++;
	if (open == 0 || open >= text.n || text.p[open] != '(')
		return text;
	while (text.n > 0 && text.p[text.n - 1] != ')')
		text.n--;
	return text.n > open ? span_trim(span_cut(text, open + 1, text.n - 1)) : text;
}

json_t *
list_json_load(struct span text, struct err *err)
{
	struct span whole = without_callback(span_trim(text));
	json_error_t why;
	json_t *json = json_loadb(whole.p, whole.n, JSON_ALLOW_NUL, &why);

	if (json == NULL)
		(void)err_set(err, ERR_REJECT, "not_json", "list: no JSON: line %d: %.100s",
		    why.line, why.text);
	return json;
}

static const json_t *
value_at(const json_t *root, const char *pointer)
{
	if (pointer == NULL)
		return NULL;
	return pointer[0] == '\0' ? root : json_pointer_get(root, span_of(pointer));
}

/* A string, or a whole number as its digits; absent for anything else, and with a NUL in it. */
static struct span
text_of(struct arena *a, const json_t *v)
{
	struct span s = {NULL, 0};

	if (json_is_string(v))
		s = (struct span){json_string_value(v), json_string_length(v)};
	else if (json_is_integer(v))
		return arena_fmt(a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v) && fabs(json_real_value(v)) < WHOLE_MAX &&
		 floor(json_real_value(v)) == json_real_value(v))
		return arena_fmt(a, "%.0f", json_real_value(v));
	return span_find_byte(s, '\0', 0) == SIZE_MAX ? s : (struct span){NULL, 0};
}

/* Without the tags that searches put around the words found, entities decoded. */
static struct span
plain(struct arena *a, struct span s)
{
	struct span out;
	struct fold f;

	if (s.n > (size_t)4 * TITLE_MAX)
		s.n = text_first(s, TITLE_MAX).n;
	s = text_unescape(a, s);
	fold_init(&f, a->limit);
	for (size_t i = 0; i < s.n;) {
		size_t open = span_find_byte(s, '<', i), close;

		if (open == SIZE_MAX || open + 1 >= s.n ||
		    (close = span_find_byte(s, '>', open)) == SIZE_MAX ||
		    (!isalpha((unsigned char)s.p[open + 1]) && s.p[open + 1] != '/')) {
			open = open == SIZE_MAX ? s.n : open + 1;
			fold_add(&f, span_cut(s, i, open));
			i = open;
			continue;
		}
		fold_add(&f, span_cut(s, i, open));
		i = close + 1;
	}
	out = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	return out;
}

/* An instant as China's clock shows it; other dates stay as they are printed. */
static struct span
date_of(struct arena *a, const json_t *v)
{
	struct span text = text_of(a, v);
	struct cn_date date;
	char iso[24];

	if (text.n == 0 || !json_is_number(v))
		return list_instant(a, text);
	date = cn_date_parse(text);
	cn_date_format(&date, iso);
	return iso[0] == '\0' ? text : arena_dup(a, span_of(iso));
}

/* "/art/{/id}.html": pointers between braces; any other link is one pointer. */
static struct span
link_of(struct arena *a, const json_t *row, const char *rule)
{
	struct span template = span_of(rule), out;
	struct buf b;

	if (span_find(template, SPAN("{/"), 0) == SIZE_MAX)
		return text_of(a, value_at(row, rule));
	buf_init(&b, (size_t)URL_MAX * 2);
	for (size_t i = 0, close; i < template.n; i = close + 1) {
		size_t open = span_find(template, SPAN("{/"), i);

		close = open == SIZE_MAX ? SIZE_MAX : span_find_byte(template, '}', open);
		(void)buf_add_span(&b, span_cut(template, i, open == SIZE_MAX ? template.n : open));
		if (close == SIZE_MAX)
			break;
		out = text_of(a, json_pointer_get(row, span_cut(template, open + 1, close)));
		if (out.n == 0)
			b.failed = true; /* an address with a hole leads elsewhere */
		else
			(void)buf_add_span(&b, list_escape(a, out));
	}
	out = b.failed ? (struct span){NULL, 0} : arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}

static int
read_rows(struct list_reader *r, const json_t *rows, const struct list_rules *rules,
    struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(rows) && rc == 0; i++) {
		const json_t *row = json_array_get(rows, i);
		struct list_cells c;

		arena_reset(&r->row);
		c.link = link_of(&r->row, row, rules->link);
		c.title = plain(&r->row, text_of(&r->row, value_at(row, rules->title)));
		c.date = date_of(&r->row, value_at(row, rules->date));
		c.column = plain(&r->row, text_of(&r->row, value_at(row, rules->column)));
		rc = list_add(r, &c, err);
	}
	return rc == -1 ? -1 : 0;
}

static int64_t
count_of(struct list_reader *r, const json_t *root, const char *pointer)
{
	return pointer == NULL ? -1 : list_number_in(text_of(r->a, value_at(root, pointer)));
}

static int
read_value(struct list_reader *r, const json_t *root, struct err *err)
{
	const struct list_rules *rules = r->rules;
	const json_t *rows = rules->rows == NULL ? root : value_at(root, rules->rows);

	if (!json_is_array(rows)) /* a layout that is not ours: no rows, and no end either */
		return 0;
	if (read_rows(r, rows, rules, err) == -1)
		return -1;
	r->out->total = count_of(r, root, rules->total);
	r->out->pages = count_of(r, root, rules->pages);
	/* an array that is there and empty: the list ends here */
	r->out->end = json_array_size(rows) == 0;
	if (rules->next != NULL)
		list_take_next(r, text_of(r->a, value_at(root, rules->next)));
	else if (!r->out->end)
		list_page_next(r);
	return 0;
}

int
list_read_json(struct list_reader *r, struct err *err)
{
	json_t *root = list_json_load(r->text, err);
	int rc = root == NULL ? -1 : read_value(r, root, err);

	json_decref(root);
	return rc;
}

/* The page that draws itself by jpaas' script says with what it asks: {'webId':'…',…}. */
static int
jpaas_shell(struct list_reader *r, struct err *err)
{
	struct xpath *x = xpath_new(r->text, err);
	struct span query, address;
	json_t *json = NULL;
	const char *key;
	json_t *value;
	struct buf b;
	char *quoted;

	if (x == NULL)
		return -1;
	if (xpath_text(x, NULL, "//*[@querydata]/@querydata", r->a, &query, err) == -1 ||
	    xpath_text(x, NULL, "//*[@querydata]/@url", r->a, &address, err) == -1) {
		xpath_free(x);
		return -1;
	}
	xpath_free(x);
	if (query.n > 0 && (quoted = arena_raw(r->a, query.n)) != NULL) {
		for (size_t i = 0; i < query.n; i++)
			quoted[i] = query.p[i] == '\'' ? '"' : query.p[i];
		json = json_loadb(quoted, query.n, 0, NULL);
	}
	if (!json_is_object(json)) {
		json_decref(json);
		return 0;
	}
	buf_init(&b, (size_t)4 * URL_MAX);
	(void)buf_add_span(&b,
	    address.n > 0 ? address
			  : SPAN("/api-gateway/jpaas-publish-server/front/page/build/unit"));
	(void)buf_add_str(&b, "?parseType=bulidstatic"); /* the platform's own spelling */
	json_object_foreach(json, key, value)
	{
		if (!json_is_string(value))
			continue;
		(void)buf_add_fmt(&b, "&%.*s=%.*s", SPAN_ARG(list_escape(r->a, span_of(key))),
		    SPAN_ARG(list_escape(r->a, text_of(r->a, value))));
	}
	json_decref(json);
	if (!b.failed)
		list_take_next(r, buf_span(&b));
	buf_fini(&b);
	r->out->shell = r->out->next.p != NULL;
	r->out->decided = SPAN("jpaas: a page that its script fills");
	return 0;
}

static int
read_fragment(struct list_reader *r, struct span html, struct err *err)
{
	struct xpath *x = xpath_new(html, err);
	int rc = -1;

	if (x == NULL)
		return -1;
	if (list_rows_xpath(r, x, r->rules, err) == 0 && list_counts_xpath(r, x, err) == 0)
		rc = 0;
	xpath_free(x);
	if (rc == 0)
		r->out->end = r->out->seen == 0;
	if (rc == 0 && r->out->seen > 0)
		list_page_next(r);
	return rc;
}

int
list_read_jpaas(struct list_reader *r, struct err *err)
{
	struct span text = span_trim(r->text), html;
	json_t *root;
	int rc = 0;

	if (text.n > 0 && text.p[0] == '<')
		return jpaas_shell(r, err);
	if ((root = list_json_load(text, err)) == NULL)
		return -1;
	html = text_of(r->a, value_at(root, "/data/html"));
	if (html.p != NULL)
		rc = read_fragment(r, html, err);
	json_decref(root);
	return rc;
}

/* SID of `_CONFIG = {… SID: '662001' …}`: the value behind the name, whatever stands around it. */
static struct span
site_of(struct span page)
{
	size_t at = span_find(page, SPAN("_CONFIG"), 0), end;

	while (at != SIZE_MAX && (at = span_find(page, SPAN("SID"), at + 1)) != SIZE_MAX) {
		size_t from = at + 3;

		if (isalnum((unsigned char)page.p[at - 1]) || page.p[at - 1] == '_')
			continue;
		while (from < page.n && from < at + 16 && strchr("'\" :=\t", page.p[from]) != NULL)
			from++;
		for (end = from; end < page.n && end < from + 20 && isalnum((unsigned char)page.p[end]);)
			end++;
		if (end > from && isdigit((unsigned char)page.p[from]))
			return span_cut(page, from, end);
	}
	return (struct span){NULL, 0};
}

static int
gkmlpt_shell(struct list_reader *r)
{
	struct span url = r->in->url, sid = site_of(r->text), folder = SPAN("/gkmlpt/");
	size_t at = span_find(url, folder, 0);
	const char *category = r->rules->category != NULL ? r->rules->category : "0";

	if (sid.p == NULL || at == SIZE_MAX)
		return 0;
	list_take_next(r,
	    arena_fmt(r->a, "%.*sapi/all/%s?page=1&sid=%.*s",
		SPAN_ARG(span_cut(url, 0, at + folder.n)), category, SPAN_ARG(sid)));
	r->out->shell = r->out->next.p != NULL;
	r->out->decided = SPAN("gkmlpt: a page that its script fills");
	return 0;
}

int
list_read_gkmlpt(struct list_reader *r, struct err *err)
{
	struct span text = span_trim(r->text);

	return text.n > 0 && text.p[0] == '<' ? gkmlpt_shell(r) : list_read_json(r, err);
}
