/* SPDX-License-Identifier: MIT */
/*
 * A list nobody has described: what the page is, and where in it the list stands.
 *
 * A format that says what it is (feed, sitemap, datastore, the platforms' JSON and the pages that
 * their scripts fill) is read as that.  In any other page each link whose address follows a
 * platform's habit is a candidate; candidates that stand alike in the page (same tags and classes up
 * to the root) are one list, whose rows are as large as they can be without holding two.  The list
 * with most rows wins, rows with a date counting three times.
 */
#include "list.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/html.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "list_dialect.h"

#define ROWS_LEAST 3       /* fewer links that look alike are no list */
#define CANDIDATES_MAX 20000
#define TITLE_LEAST 6      /* code points: shorter links are navigation */

struct entry {
	uint32_t anchor, row;
	uint64_t place; /* hash of where the row stands */
	const char *dialect;
	struct span date;
};

struct place {
	uint64_t place;
	size_t rows, dated;
	unsigned levels; /* the fewest of its rows: a list cut in pieces has rows that are alone */
};

struct search {
	struct list_reader *r;
	struct html h;
	struct arena a;
	struct entry *items;
	size_t count;
	uint32_t *before; /* candidates among the nodes before i */
	struct place *places;
	size_t place_count;
};

static bool
is_article(struct list_reader *r, struct arena *a, struct span href, const char **dialect)
{
	struct url url;

	*dialect = NULL;
	if (href.n == 0 || href.p[0] == '#' || url_resolve(&url, a, r->base, href, NULL) == -1)
		return false;
	*dialect = list_dialect(span_cut(url.text, url.scheme.n + 3 + url.host.n, url.text.n));
	return *dialect != NULL;
}

/* A link that is text: what a list of a platform that we do not know is made of. */
static bool
is_text_link(const struct search *s, struct arena *a, uint32_t i)
{
	struct span href = html_attr(&s->h, i, "href"), text;

	if (href.n == 0 || href.p[0] == '#' || span_starts(href, SPAN("javascript:")) ||
	    !html_is_small(&s->h, i, TITLE_MAX))
		return false;
	text = html_text(&s->h, a, i);
	return text_is_longer(text, TITLE_LEAST - 1);
}

static int
gather(struct search *s, bool any_link)
{
	struct arena scratch;
	struct span last = {NULL, 0};

	s->count = 0;
	s->items = arena_array(&s->a, CANDIDATES_MAX, sizeof(*s->items));
	s->before = arena_array(&s->a, (size_t)s->h.count + 1, sizeof(*s->before));
	if (s->items == NULL || s->before == NULL)
		return -1;
	arena_init(&scratch, (size_t)64 << 20);
	for (uint32_t i = 0; i < s->h.count; i++) {
		struct span href;
		const char *dialect;

		s->before[i] = (uint32_t)s->count;
		if (!html_is(&s->h, i, "a") || s->count == CANDIDATES_MAX)
			continue;
		arena_reset(&scratch);
		href = html_attr(&s->h, i, "href");
		if (href.n > 0 && span_eq(href, last)) {
			/* picture and title of one row lead to the same page */
			if (html_text(&s->h, &scratch, s->items[s->count - 1].anchor).n == 0)
				s->items[s->count - 1].anchor = i;
			continue;
		}
		if ((!is_article(s->r, &scratch, href, &dialect) &&
			!(any_link && is_text_link(s, &scratch, i))))
			continue;
		last = href;
		s->items[s->count++] = (struct entry){.anchor = i, .dialect = dialect};
	}
	s->before[s->h.count] = (uint32_t)s->count;
	arena_fini(&scratch);
	return 0;
}

static uint64_t
mix(uint64_t h, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h * UINT64_C(1099511628211);
}

/* Rows may have classes of their own: odd, even, last. */
static bool
is_row(const struct html *h, uint32_t i)
{
	return html_is(h, i, "li") || html_is(h, i, "tr") || html_is(h, i, "dl") ||
	       html_is(h, i, "dd");
}

static uint64_t
place_of(const struct search *s, uint32_t anchor)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (uint32_t i = anchor; i != 0; i = s->h.nodes[i].parent) {
		h = mix(h, s->h.nodes[i].name);
		if (i != anchor && !is_row(&s->h, i))
			h = mix(h, html_attr(&s->h, i, "class"));
	}
	return h;
}

/* Levels above an anchor that hold no other candidate. */
static unsigned
levels_above(const struct search *s, uint32_t anchor)
{
	unsigned levels = 0;

	for (uint32_t up = s->h.nodes[anchor].parent; up != 0; up = s->h.nodes[up].parent) {
		if (s->before[s->h.nodes[up].end] - s->before[up] != 1 || html_is(&s->h, up, "body"))
			break;
		levels++;
	}
	return levels;
}

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* All places, each once, in order; how many. */
static size_t
gather_places(struct search *s, struct place *all)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		s->items[i].place = place_of(s, s->items[i].anchor);
		all[i] = (struct place){
		    s->items[i].place, 1, 0, levels_above(s, s->items[i].anchor)};
	}
	qsort(all, s->count, sizeof(*all), by_place);
	for (size_t i = 0; i < s->count; i++) {
		if (n == 0 || all[n - 1].place != all[i].place) {
			all[n++] = all[i];
			continue;
		}
		all[n - 1].rows++;
		if (all[i].levels < all[n - 1].levels)
			all[n - 1].levels = all[i].levels;
	}
	return n;
}

/* The first date among the texts of a row: behind the link first, then inside it. */
static struct span
date_in(const struct search *s, uint32_t row, uint32_t anchor)
{
	const struct html_node *nodes = s->h.nodes;
	size_t begin, end;

	for (int inside = 0; inside < 2; inside++)
		for (uint32_t i = row + 1; i < nodes[row].end; i++) {
			bool in_anchor = i >= anchor && i < nodes[anchor].end;

			if (nodes[i].kind == HTML_TEXT && in_anchor == (inside == 1) &&
			    cn_date_find(nodes[i].text, 0, &begin, &end).precision >= CN_DAY)
				return span_cut(nodes[i].text, begin, end);
		}
	return (struct span){NULL, 0};
}

/* The row of each candidate, and the date in it. */
static void
find_dates(struct search *s, struct place *all, size_t n)
{
	for (size_t i = 0; i < s->count; i++) {
		struct entry *c = &s->items[i];
		struct place key = {.place = c->place}, *p;

		if ((p = bsearch(&key, all, n, sizeof(*all), by_place)) == NULL)
			continue;
		c->row = c->anchor;
		for (unsigned level = 0; level < p->levels; level++)
			c->row = s->h.nodes[c->row].parent;
		if (html_is_small(&s->h, c->row, TITLE_MAX))
			c->date = date_in(s, c->row, c->anchor);
		p->dated += c->date.n > 0 ? 1 : 0;
	}
}

static bool
all_are_dated(const struct place *p)
{
	return p->dated == p->rows;
}

/* The place with the best list; rows 0: there is none. */
static struct place
best_place(struct search *s, bool any_link)
{
	struct place *all = arena_array(&s->a, s->count + 1, sizeof(*all)), best = {0};

	if (all == NULL)
		return best;
	s->places = all;
	s->place_count = gather_places(s, all);
	find_dates(s, all, s->place_count);
	for (size_t i = 0; i < s->place_count; i++) {
		const struct place *p = &all[i];

		/* few rows are a list where each has a date and is surely an article */
		if (any_link ? p->rows < ROWS_LEAST || p->dated * 2 < p->rows
			     : p->rows < ROWS_LEAST && !all_are_dated(p))
			continue;
		if (p->rows + 2 * p->dated > best.rows + 2 * best.dated)
			best = *p;
	}
	return best;
}

/* The last page of a list may have fewer rows than what stands beside it: of a later page all that
 * has dates is taken. */
static bool
is_taken(const struct search *s, uint64_t place, const struct place *best)
{
	struct place key = {.place = place};
	const struct place *p;

	if (place == best->place)
		return true;
	if (list_page_number(s->r) < 2)
		return false;
	p = bsearch(&key, s->places, s->place_count, sizeof(key), by_place);
	return p != NULL && all_are_dated(p);
}

static int
take_rows(struct search *s, const struct place *best, struct err *err)
{
	const char *dialect = NULL;
	int rc = 0;

	for (size_t i = 0; i < s->count && rc == 0; i++) {
		const struct entry *c = &s->items[i];
		struct list_cells cells = {.date = c->date};

		if (!is_taken(s, c->place, best))
			continue;
		arena_reset(&s->r->row);
		cells.link = html_attr(&s->h, c->anchor, "href");
		cells.title = span_trim(html_attr(&s->h, c->anchor, "title"));
		if (cells.title.n == 0)
			cells.title = html_text(&s->h, &s->r->row, c->anchor);
		dialect = dialect != NULL ? dialect : c->dialect;
		rc = list_add(s->r, &cells, err);
	}
	s->r->out->decided = arena_fmt(s->r->a, "html: %zu links that stand alike, %zu with a date, addresses: %s",
	    best->rows, best->dated, dialect != NULL ? dialect : "of no known platform");
	return rc == -1 ? -1 : 0;
}

static bool
next_by_text(struct search *s)
{
	for (uint32_t i = 0; i < s->h.count; i++) {
		struct span text;

		if (!html_is(&s->h, i, "a") || !html_is_small(&s->h, i, 64))
			continue;
		text = html_text(&s->h, &s->a, i);
		if (span_find(text, SPAN("下一页"), 0) == SIZE_MAX &&
		    span_find(text, SPAN("下页"), 0) == SIZE_MAX)
			continue;
		list_take_next(s->r, html_attr(&s->h, i, "href"));
		if (s->r->out->next.p != NULL)
			return true;
	}
	return false;
}

static int
read_links(struct search *s, struct err *err)
{
	struct place best = {0};

	if (html_parse(&s->h, &s->a, s->r->text, err) == -1)
		return -1;
	for (int any = 0; any < 2 && best.rows == 0; any++) {
		if (gather(s, any == 1) == -1)
			return list_too_large(err);
		best = best_place(s, any == 1);
	}
	if (best.rows == 0) {
		s->r->out->decided = SPAN("html: no links that stand alike");
		return 0;
	}
	if (take_rows(s, &best, err) == -1)
		return -1;
	if (!list_script_next(s->r) && !next_by_text(s))
		(void)list_countdown_next(s->r);
	return 0;
}

static int
read_html(struct list_reader *r, struct err *err)
{
	struct search s = {.r = r};
	int rc;

	arena_init(&s.a, EXTRACT_ARENA_MAX);
	rc = read_links(&s, err);
	arena_fini(&s.a);
	return rc;
}

/* Reads on as if the file had said this kind. */
static int
read_as(struct list_reader *r, enum list_kind kind, struct err *err)
{
	struct list_rules rules = *list_kind_defaults(kind);
	const struct list_rules *given = r->rules;
	int rc;

	rules.kind = kind;
	rules.include = given->include;
	rules.exclude = given->exclude;
	rules.from = given->from;
	rules.size = given->size;
	if (given->category != NULL)
		rules.category = given->category;
	r->rules = &rules;
	if (kind == LIST_SITEMAP)
		r->most = SITEMAP_ROWS_MAX;
	rc = list_read_kind(r, err);
	r->rules = given;
	if (rc == 0 && r->out->decided.p == NULL)
		r->out->decided = span_of(list_kind_names[kind]);
	return rc;
}

static int
read_json(struct list_reader *r, struct err *err)
{
	json_t *root = list_json_load(r->text, err);
	const json_t *data = json_object_get(root, "data");
	enum list_kind kind = LIST_KINDS;

	if (root == NULL)
		return -1;
	if (json_is_string(json_object_get(data, "html")))
		kind = LIST_JPAAS;
	else if (json_is_array(json_object_get(data, "results")))
		kind = LIST_UCAP;
	else if (json_is_array(json_object_get(root, "articles")))
		kind = LIST_GKMLPT;
	json_decref(root);
	if (kind != LIST_KINDS)
		return read_as(r, kind, err);
	r->out->decided = SPAN("json: of no known platform: kind json with pointers is needed");
	return 0;
}

static bool
has(struct span text, const char *word)
{
	return span_find_ci(text, span_of(word), 0) != SIZE_MAX;
}

int
list_read_auto(struct list_reader *r, struct err *err)
{
	struct span text = span_trim(r->text), head = span_cut(text, 0, 2048);

	if (text.n > 0 && text.p[0] != '<' && !has(r->text, "dataStore"))
		return read_json(r, err);
	if (has(text, "<datastore>") || (text.n > 0 && text.p[0] != '<'))
		return read_as(r, LIST_DATASTORE, err);
	if (has(head, "<rss") || has(head, "<rdf:RDF") ||
	    (has(head, "<feed") && has(head, "Atom")))
		return read_as(r, LIST_FEED, err);
	if (has(head, "<urlset") || has(head, "<sitemapindex"))
		return read_as(r, LIST_SITEMAP, err);
	if (has(text, "querydata=") && has(text, "jpaas"))
		return read_as(r, LIST_JPAAS, err);
	if (has(text, "_CONFIG") && has(text, "SID") &&
	    span_find(r->in->url, SPAN("/gkmlpt/"), 0) != SIZE_MAX) {
		if (read_as(r, LIST_GKMLPT, err) == -1)
			return -1;
		if (r->out->shell)
			return 0;
		r->out->decided = (struct span){NULL, 0};
	}
	return read_html(r, err);
}
