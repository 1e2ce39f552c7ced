/* SPDX-License-Identifier: MIT */
/*
 * jcms' <datastore>: records as markup in CDATA, inside a page's script or as the reply of
 * dataproxy.jsp.  It is read with a scanner of our own, for it is no document: no entity of it is
 * expanded, nothing it names is opened.  A third form is a script's assignments:
 * totalRecord=714.0;totalPage = 27;dataStore = ['<li>…</li>', …].
 */
#include "list.h"

#include <ctype.h>
#include <string.h>
#include <suoyin/limits.h>

/* What stands between <name> and </name> from `at` on; *end behind it. Absent: no such element. */
static struct span
element(struct span s, const char *name, size_t at, size_t *end)
{
	struct span open, close;
	char tags[2][40];
	size_t from, to;

	(void)snprintf(tags[0], sizeof(tags[0]), "<%.30s>", name);
	(void)snprintf(tags[1], sizeof(tags[1]), "</%.30s>", name);
	open = span_of(tags[0]);
	close = span_of(tags[1]);
	if ((from = span_find_ci(s, open, at)) == SIZE_MAX ||
	    (to = span_find_ci(s, close, from + open.n)) == SIZE_MAX)
		return (struct span){NULL, 0};
	*end = to + close.n;
	return span_cut(s, from + open.n, to);
}

static struct span
without_cdata(struct span s)
{
	s = span_trim(s);
	if (span_starts(s, SPAN("<![CDATA["))) {
		s = span_cut(s, strlen("<![CDATA["), s.n);
		if (span_ends(s, SPAN("]]>")))
			s.n -= strlen("]]>");
	}
	return span_trim(s);
}

/* One record's markup: its rows by the rules. A record that is no markup is a row without link. */
static int
read_record(struct list_reader *r, struct span markup, struct err *err)
{
	struct xpath *x;
	struct err why = {0};
	int rc;

	if (r->out->seen >= r->most) {
		r->out->cut = true;
		return 0;
	}
	if ((x = xpath_new(markup, &why)) == NULL)
		return list_add(r, &(struct list_cells){0}, err) == -1 ? -1 : 0;
	rc = list_rows_xpath(r, x, r->rules, err);
	xpath_free(x);
	return rc;
}

/* The address in <nextgroup>'s <a href="…">. */
static struct span
href_in(struct span markup)
{
	size_t at = span_find_ci(markup, SPAN("href="), 0), end;
	char quote;

	if (at == SIZE_MAX || at + 6 > markup.n)
		return (struct span){NULL, 0};
	quote = markup.p[at + 5];
	if (quote != '"' && quote != '\'')
		return (struct span){NULL, 0};
	end = span_find_byte(markup, quote, at + 6);
	return span_cut(markup, at + 6, end == SIZE_MAX ? markup.n : end);
}

/* Some sites encrypt what dataproxy is asked with: then no column and no unit is named in the
 * open. We do not build such addresses, and do not follow them. */
static bool
is_encrypted(struct list_reader *r, struct span address)
{
	static const char *const names[] = {"columnid", "col", "unitid", "channelid", "catalogid"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (list_query_value(r->a, address, names[i]).n > 0)
			return false;
	return true;
}

static void
next_group(struct list_reader *r, struct span store)
{
	size_t end;
	struct span href = without_cdata(element(store, "nextgroup", 0, &end));

	if (href.n == 0)
		return;
	if ((href = href_in(href)).n == 0 || is_encrypted(r, href))
		r->out->stopped = SPAN("encrypted_paging");
	else
		list_take_next(r, href);
}

static int64_t
number_in(struct span store, const char *name)
{
	size_t end;

	return list_number_in(without_cdata(element(store, name, 0, &end)));
}

static int
read_store(struct list_reader *r, struct span store, struct err *err)
{
	struct span record;
	size_t at = 0;

	r->out->total = number_in(store, "totalrecord");
	r->out->pages = -1; /* totalpage counts by the pages that the script shows, not by groups */
	while ((record = element(store, "record", at, &at)).p != NULL)
		if (read_record(r, without_cdata(record), err) == -1)
			return -1;
	next_group(r, store);
	return 0;
}

/* The number behind "name =" in a script. */
static int64_t
assigned(struct span s, const char *name, size_t *at)
{
	size_t from = span_find_ci(s, span_of(name), 0);

	if (from == SIZE_MAX)
		return -1;
	from += strlen(name);
	while (from < s.n && (s.p[from] == ' ' || s.p[from] == '=' || s.p[from] == '\t'))
		from++;
	*at = from;
	return list_number_in(span_cut(s, from, from + 16));
}

/* A JavaScript string at *at, its escapes undone; absent: none stands there. */
static struct span
script_string(struct arena *a, struct span s, size_t *at)
{
	char quote = *at < s.n ? s.p[*at] : '\0', *out;
	size_t i = *at + 1, n = 0;

	if ((quote != '"' && quote != '\'') || (out = arena_raw(a, s.n - *at + 1)) == NULL)
		return (struct span){NULL, 0};
	for (; i < s.n && s.p[i] != quote; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n) {
			c = s.p[++i];
			c = c == 'n' || c == 'r' || c == 't' ? ' ' : c;
		}
		out[n++] = c;
	}
	*at = i + 1;
	return i < s.n ? (struct span){out, n} : (struct span){NULL, 0};
}

static int
read_script(struct list_reader *r, struct err *err)
{
	struct span s = r->text, record;
	struct arena a;
	size_t at = SIZE_MAX, other;
	int rc = 0;

	(void)assigned(s, "dataStore", &at);
	if (at == SIZE_MAX || at >= s.n || s.p[at] != '[')
		return 0;
	r->out->total = assigned(s, "totalRecord", &other);
	arena_init(&a, (size_t)64 << 20);
	for (at++; rc == 0; at++) {
		while (at < s.n && isspace((unsigned char)s.p[at]))
			at++;
		arena_reset(&a);
		if ((record = script_string(&a, span_cut(s, 0, s.n), &at)).p == NULL)
			break;
		rc = read_record(r, record, err);
		while (at < s.n && isspace((unsigned char)s.p[at]))
			at++;
		if (at >= s.n || s.p[at] != ',')
			break;
	}
	arena_fini(&a);
	return rc;
}

int
list_read_datastore(struct list_reader *r, struct err *err)
{
	size_t end;
	struct span store = element(r->text, "datastore", 0, &end);

	if ((store.p != NULL ? read_store(r, store, err) : read_script(r, err)) == -1)
		return -1;
	/* a reply without records ends the list; a page without any has another layout */
	r->out->end = r->out->seen == 0 && store.p != NULL;
	if (r->out->next.p == NULL && r->out->stopped.p == NULL && r->out->seen > 0)
		list_page_next(r);
	return 0;
}
