/* SPDX-License-Identifier: MIT */
/*
 * The next page by what a script is told: createPageHTML(…) and its like.  The arguments are read,
 * the script is never run.  Two shapes are known, and both may count from 0 or from 1:
 *
 *   createPageHTML(pages, current, "index", "html", …)               TRS; createPage, too
 *   createPageHTML('element', pages, current, 'index', 'html', rows)
 *   nsetpage(pages, current, "index")
 *
 * An argument is a number, a text, or a name that `var name = …` gives one of these to.
 */
#include "list.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <suoyin/limits.h>

#define ARGUMENTS_MAX 8
#define CALLS_MAX 20  /* of one name that are looked at */

struct argument {
	bool is_number;
	int64_t number;
	struct span text;
};

struct call {
	struct argument at[ARGUMENTS_MAX];
	size_t count;
};

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t
skip_blank(struct span s, size_t at)
{
	while (at < s.n && isspace((unsigned char)s.p[at]))
		at++;
	return at;
}

/* A number or a text at *at; -1: something else stands there. */
static int
read_literal(struct span s, size_t *at, struct argument *out)
{
	size_t from = *at, end;
	uint64_t n;

	if (from >= s.n)
		return -1;
	if (s.p[from] == '"' || s.p[from] == '\'') {
		if ((end = span_find_byte(s, s.p[from], from + 1)) == SIZE_MAX ||
		    end - from > URL_MAX)
			return -1;
		*out = (struct argument){.text = span_cut(s, from + 1, end)};
		*at = end + 1;
		/* numbers are often written as texts */
		out->is_number = span_u64(out->text, 100000000, &n) == 0;
		out->number = out->is_number ? (int64_t)n : 0;
		return 0;
	}
	for (end = from; end < s.n && isdigit((unsigned char)s.p[end]);)
		end++;
	if (span_u64(span_cut(s, from, end), 100000000, &n) == -1)
		return -1;
	*out = (struct argument){.is_number = true, .number = (int64_t)n};
	if (end + 1 < s.n && s.p[end] == '.' && isdigit((unsigned char)s.p[end + 1]))
		for (end++; end < s.n && isdigit((unsigned char)s.p[end]);)
			end++; /* 27.0 */
	*at = end;
	return 0;
}

/* What `var name = …` says, the first one. */
static int
read_variable(struct span page, struct span name, struct argument *out)
{
	for (size_t at = 0; (at = span_find(page, name, at)) != SIZE_MAX; at += name.n) {
		size_t behind = skip_blank(page, at + name.n);

		if ((at > 0 && is_name_byte(page.p[at - 1])) || behind >= page.n ||
		    page.p[behind] != '=')
			continue;
		behind = skip_blank(page, behind + 1);
		if (read_literal(page, &behind, out) == 0)
			return 0;
	}
	return -1;
}

static int
read_argument(struct span page, size_t *at, struct argument *out)
{
	size_t end = *at;

	if (read_literal(page, at, out) == 0)
		return 0;
	while (end < page.n && is_name_byte(page.p[end]))
		end++;
	if (end == *at || end - *at > 64)
		return -1;
	if (read_variable(page, span_cut(page, *at, end), out) == -1)
		return -1;
	*at = end;
	return 0;
}

/* The arguments behind "name("; -1: not all of them are what we can read. */
static int
read_arguments(struct span page, size_t at, struct call *out)
{
	out->count = 0;
	for (;;) {
		at = skip_blank(page, at);
		if (out->count == ARGUMENTS_MAX ||
		    read_argument(page, &at, &out->at[out->count]) == -1)
			return -1;
		out->count++;
		at = skip_blank(page, at);
		if (at >= page.n)
			return -1;
		if (page.p[at] == ')')
			return 0;
		if (page.p[at] != ',')
			return -1;
		at++;
	}
}

static bool
find_call(struct span page, const char *name, struct call *out)
{
	size_t n = strlen(name), calls = 0;

	for (size_t at = 0;
	     (at = span_find(page, span_of(name), at)) != SIZE_MAX && calls < CALLS_MAX;
	     at += n, calls++) {
		size_t open = skip_blank(page, at + n);

		if ((at == 0 || !is_name_byte(page.p[at - 1])) && open < page.n &&
		    page.p[open] == '(' && read_arguments(page, open + 1, out) == 0)
			return true;
	}
	return false;
}

struct pager {
	int64_t pages, current, rows; /* rows -1: not said */
	struct span prefix, ending;
};

static struct span
without_dot(struct span ending)
{
	return ending.n > 0 && ending.p[0] == '.' ? span_cut(ending, 1, ending.n) : ending;
}

static bool
understand(const struct call *c, struct span ending, struct pager *out)
{
	const struct argument *a = c->at;

	*out = (struct pager){.rows = -1, .ending = ending};
	if (c->count >= 5 && !a[0].is_number && a[1].is_number && a[2].is_number) {
		*out = (struct pager){a[1].number, a[2].number, -1, a[3].text, a[4].text};
		if (c->count >= 6 && a[5].is_number)
			out->rows = a[5].number;
	} else if (c->count >= 4 && a[0].is_number && a[1].is_number && !a[3].is_number) {
		*out = (struct pager){a[0].number, a[1].number, -1, a[2].text, a[3].text};
	} else if (c->count == 3 && a[0].is_number && a[1].is_number) {
		out->pages = a[0].number;
		out->current = a[1].number;
		out->prefix = a[2].text;
	} else {
		return false;
	}
	out->ending = without_dot(out->ending);
	return out->prefix.n > 0 && out->ending.n > 0;
}

/* The ending of the list's own name: what a call without one means. */
static struct span
own_ending(const struct list_reader *r)
{
	struct span url = r->in->url;
	size_t cut = span_find_byte(url, '?', 0), dot;

	url = span_cut(url, 0, cut == SIZE_MAX ? url.n : cut);
	for (dot = url.n; dot > 0 && url.p[dot - 1] != '.' && url.p[dot - 1] != '/';)
		dot--;
	return dot > 0 && url.p[dot - 1] == '.' ? span_cut(url, dot, url.n) : SPAN("html");
}

bool
list_script_next(struct list_reader *r)
{
	static const char *const names[] = {"createPageHTML", "createPage", "nsetpage"};
	int64_t page = list_page_number(r), suffix;
	struct span href;
	struct pager p = {0};
	struct call call;
	bool found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++)
		found = find_call(r->text, names[i], &call) &&
			understand(&call, own_ending(r), &p);
	if (!found)
		return false;
	r->out->pages = p.pages;
	if (p.rows >= 0)
		r->out->total = p.rows;
	if (page >= p.pages)
		return true;
	/* counted from 0, the second page is _1; counted from 1, it is _2. Where the script says
	 * neither of this page, its own number is what it counts by. */
	suffix = p.current == page - 1 ? page : p.current == page ? page + 1 : p.current + 1;
	href = arena_fmt(r->a, "%.*s_%" PRId64 ".%.*s", SPAN_ARG(p.prefix), suffix,
	    SPAN_ARG(p.ending));
	list_take_next(r, href);
	return true;
}

/* The greatest N of links to STEM/N.ext, or 0. */
static int64_t
greatest_linked(const struct list_reader *r, struct span folder, struct span ending)
{
	int64_t most = 0;

	for (size_t at = 0; (at = span_find(r->text, folder, at)) != SIZE_MAX; at += folder.n) {
		size_t from = at + folder.n, end = from;
		uint64_t n;

		while (end < r->text.n && isdigit((unsigned char)r->text.p[end]))
			end++;
		if (span_u64(span_cut(r->text, from, end), 1000000, &n) == 0 &&
		    span_starts(span_cut(r->text, end, r->text.n), ending) && (int64_t)n > most)
			most = (int64_t)n;
	}
	return most;
}

/* STEM and ".ext" of the list's address. */
static void
stem_of(const struct list_reader *r, struct span *stem, struct span *ending)
{
	struct span url = r->in->list.p != NULL ? r->in->list : r->in->url;
	size_t slash = 0, dot;

	for (size_t at = 0; (at = span_find_byte(url, '/', at)) != SIZE_MAX;)
		slash = ++at;
	url = span_cut(url, slash, url.n);
	dot = span_find_byte(url, '.', 0);
	*stem = span_cut(url, 0, dot == SIZE_MAX ? url.n : dot);
	*ending = span_cut(url, dot == SIZE_MAX ? url.n : dot, url.n);
}

bool
list_countdown_next(struct list_reader *r)
{
	struct span stem, ending, folder, list = r->in->list.p != NULL ? r->in->list : r->in->url;
	int64_t page = list_page_number(r), next;
	struct url url;

	stem_of(r, &stem, &ending);
	folder = arena_fmt(r->a, "%.*s/", SPAN_ARG(stem));
	if (stem.n == 0 || ending.n == 0 || folder.p == NULL)
		return false;
	if (page == 1) {
		/* the second page has the greatest number: as many pages as there are, less one */
		if ((next = greatest_linked(r, folder, ending)) == 0)
			return false;
		r->out->pages = next + 1;
	} else {
		struct span url_now = r->in->url;
		size_t at = url_now.n - (url_now.n >= ending.n ? ending.n : 0), from = at;
		uint64_t n;

		while (from > 0 && isdigit((unsigned char)url_now.p[from - 1]))
			from--;
		if (span_u64(span_cut(url_now, from, at), 1000000, &n) == -1)
			return false;
		next = (int64_t)n - 1;
		r->out->pages = page + next;
	}
	if (next > 0 && url_resolve(&url, r->a, list,
			    arena_fmt(r->a, "%.*s/%" PRId64 "%.*s", SPAN_ARG(stem), next,
				SPAN_ARG(ending)),
			    NULL) == 0)
		r->out->next = url.text;
	return true;
}
