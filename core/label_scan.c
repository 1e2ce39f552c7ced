/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "chrome.h"
#include "label_line.h"
#include "label_place.h"
#include "label_scan.h"
#include "tag.h"

#define LINE_CHARS_MAX 400   /* longer blocks are running text */
#define VALUE_CHARS_MAX 400  /* longer neighbours of a label are no values */
#define OPENING_CHARS_MAX 40 /* a longer line without labels begins the text */
#define AFTER_LINES_MAX 20   /* lines behind the body that may still hold labels */
#define UNKNOWN_CHARS_MAX 10 /* of a label that is not in our table */
#define TAIL_LINES_MAX 6     /* last lines of the body's element that may be furniture */
#define PAIR_MARKS_MAX 8     /* pieces of markup in a box of label and value */

enum where { BEFORE, INSIDE, AFTER }; /* of the article */

static struct span
copy(struct scan *s, struct span text)
{
	struct span dup = arena_dup(s->a, text.p == NULL ? SPAN("") : text);

	s->full = s->full || dup.p == NULL;
	return dup;
}

static void
keep(struct scan *s, struct span name, struct span value, enum label_field field, size_t line,
    bool block)
{
	struct labels *l = s->out;

	if (l->count == METADATA_MAX || field == LABEL_CHROME)
		return;
	if (l->count == l->room) {
		struct labelled *items =
		    arena_grow(s->a, l->items, l->count, l->room + 32, sizeof(*items));

		if (items == NULL) {
			s->full = true;
			return;
		}
		l->items = items;
		l->room += 32;
	}
	l->items[l->count] = (struct labelled){.name = copy(s, label_trim(name)),
	    .value = copy(s, value), .field = field, .line = line, .block = block};
	l->count += s->full ? 0 : 1;
}

/* The block's text again, this time with the places where its text nodes begin. */
static void
load(struct scan *s, struct label_line *line, const struct block *b)
{
	const struct html *h = s->h;

	line->mark_count = 0;
	line->text = b->text;
	if (b->line)
		return;
	buf_clear(&s->fold.out);
	fold_start(&s->fold);
	for (uint32_t i = b->first; i <= b->last; i++) {
		const struct html_node *n = &h->nodes[i];

		if (n->kind == HTML_ELEMENT && !html_is_shown(h, i))
			i = n->end - 1;
		if (n->kind != HTML_TEXT)
			continue;
		if (line->mark_count < LABEL_MARKS_MAX && s->fold.out.n > 0)
			line->marks[line->mark_count++] =
			    s->fold.out.n + (s->fold.pending != 0 ? 1 : 0);
		fold_add(&s->fold, n->text);
	}
	s->full = s->full || s->fold.out.failed;
	line->text = buf_span(&s->fold.out);
}

/* A line of spans: label, value, label, value, without colons. */
static bool
is_bare_line(const struct label_hit *hits, size_t count)
{
	size_t strong = 0, bare = 0;

	for (size_t i = 0; i < count; i++) {
		bare += !hits[i].colon && hits[i].field != LABEL_CHROME;
		strong += hits[i].field == LABEL_INDEX || hits[i].field == LABEL_NUMBER ||
		    hits[i].field == LABEL_AGENCY;
	}
	return bare >= 2 && strong >= 1;
}

/* A box of two elements, label and value, without a colon: surely one where the value fits, and
 * where a box beside it was one. */
static bool
is_bare_pair(struct scan *s, const struct block *b, const struct label_line *line,
    const struct label_hit *hits, size_t count)
{
	uint32_t around = s->h->nodes[b->node].parent;

	if (count != 1 || hits[0].begin > 0 || hits[0].value >= line->text.n ||
	    line->mark_count > PAIR_MARKS_MAX || hits[0].field == LABEL_CHROME)
		return false;
	if (around != s->pairs_in &&
	    !label_value_fits(s, hits[0].field, label_value(line, hits, count, 0)))
		return false;
	s->pairs_in = around;
	return true;
}

/* The same where label and value are boxes, or lines of one box. */
static bool
is_pair_apart(struct scan *s, size_t k, enum label_field field)
{
	const struct html *h = s->h;
	uint32_t around = h->nodes[s->blocks->items[k].node].parent;
	struct span value;

	if (field == LABEL_CHROME)
		return false;
	value = label_value_near(s, k, field);
	if (value.n == 0 || label_opens(value))
		return false;
	if (around != s->pairs_in && h->nodes[around].parent != s->pairs_over &&
	    !label_value_fits(s, field, value))
		return false;
	s->pairs_in = around;
	s->pairs_over = h->nodes[around].parent;
	return true;
}

static bool
is_worth_a_look(const struct block *b)
{
	if (b->chars > LINE_CHARS_MAX || b->link_chars == b->chars || b->chars < 2)
		return false;
	return b->chars <= 12 || span_find(b->text, SPAN("："), 0) != SIZE_MAX ||
	    span_find_byte(b->text, ':', 0) != SIZE_MAX ||
	    span_find(b->text, SPAN("∶"), 0) != SIZE_MAX ||
	    span_find_byte(b->text, ']', 0) != SIZE_MAX ||
	    span_find(b->text, SPAN("】"), 0) != SIZE_MAX || b->first != b->last;
}

/* Block k is all that its cell shows. */
static bool
fills_cell(const struct scan *s, size_t k)
{
	const struct block *items = s->blocks->items;
	uint32_t cell = place_cell(s->h, items[k].node);

	return cell != 0 && (k == 0 || items[k - 1].last < cell) &&
	    (k + 1 == s->blocks->count || items[k + 1].first >= s->h->nodes[cell].end);
}

static bool
is_label_box(const struct scan *s, size_t k)
{
	const struct html *h = s->h;
	const struct block *b = &s->blocks->items[k];
	unsigned tag = h->nodes[b->node].tag;

	return (b->cell && fills_cell(s, k)) || tag == TAG_DT || tag == TAG_TH ||
	    span_eq(h->nodes[h->nodes[b->first].parent].name, SPAN("label"));
}

/* The known label above or below the cell, in a row beside its own. */
static bool
is_in_column(struct scan *s, uint32_t cell)
{
	const struct html *h = s->h;
	uint32_t row = h->nodes[cell].parent, before = 0, i = h->nodes[row].child;
	size_t column = 0, seen = 0;

	for (; i != 0 && i != cell && column < PLACE_SIBLINGS_MAX; i = h->nodes[i].next)
		column += (tag_props(h->nodes[i].tag) & TAG_CELL) != 0;
	for (i = h->nodes[h->nodes[row].parent].child; i != 0 && i != row; i = h->nodes[i].next) {
		if (h->nodes[i].tag == TAG_TR)
			before = i;
		if (++seen > PLACE_SIBLINGS_MAX)
			return false;
	}
	return (before != 0 && label_node_is(s, place_cell_at(h, before, column))) ||
	    ((i = place_next_row(h, row)) != 0 && label_node_is(s, place_cell_at(h, i, column)));
}

/* The dt before or behind this one in its list. */
static bool
is_in_list_of_labels(struct scan *s, uint32_t dt)
{
	const struct html *h = s->h;
	uint32_t before = 0, i = h->nodes[h->nodes[dt].parent].child;
	size_t seen = 0;

	for (; i != 0 && i != dt && seen < PLACE_SIBLINGS_MAX; i = h->nodes[i].next, seen++)
		if (h->nodes[i].tag == TAG_DT)
			before = i;
	for (i = h->nodes[dt].next; i != 0 && h->nodes[i].tag != TAG_DT;)
		i = h->nodes[i].next;
	return label_node_is(s, before) || label_node_is(s, i);
}

static bool
is_han_only(struct span text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t c = text_next(text, &at);

		if (!text_is_han(c) && !text_is_space(c) && c != '/')
			return false;
	}
	return true;
}

/* A few characters where the neighbours are labels: another label, that we do not know. */
static bool
is_among_labels(struct scan *s, size_t k)
{
	const struct block *b = &s->blocks->items[k];
	uint32_t cell;

	if (b->chars < 2 || b->chars > UNKNOWN_CHARS_MAX || b->link_chars > 0 ||
	    !is_han_only(b->text))
		return false;
	if (s->h->nodes[b->node].tag == TAG_DT)
		return is_in_list_of_labels(s, b->node);
	cell = b->cell && fills_cell(s, k) ? place_cell(s->h, b->node) : 0;
	return cell != 0 && place_next(s->h, cell) != 0 && is_in_column(s, cell);
}

/* dt, th, label: what stands in one before a colon is a label, known or not. */
static bool
is_unknown_label(const struct scan *s, size_t k)
{
	const struct block *b = &s->blocks->items[k];

	return b->chars >= 2 && b->chars <= UNKNOWN_CHARS_MAX && is_label_box(s, k) &&
	    (span_ends(b->text, SPAN("：")) || span_ends(b->text, SPAN(":")));
}

static struct span
without_colon(struct span s)
{
	s.n -= span_ends(s, SPAN(":")) ? 1 : span_ends(s, SPAN("：")) ? 3 : 0;
	return s;
}

/* The label's field has its value already; 时间 below 发布时间 is when something takes place. */
static bool
is_known(const struct scan *s, enum label_field field)
{
	return labels_find(s->out, field) != NULL ||
	    (field == LABEL_DATED && labels_find(s->out, LABEL_PUBLISHED) != NULL);
}

/* Every label of the line has its value already: a line that repeats them is text. */
static bool
is_news(const struct scan *s, const struct label_hit *hits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hits[i].field == LABEL_CHROME || hits[i].field == LABEL_OTHER ||
		    !is_known(s, hits[i].field))
			return true;
	return false;
}

/* The labels in the line of block k. */
static size_t
hits_of(struct scan *s, size_t k, const struct label_line *line, bool whole,
    struct label_hit *hits)
{
	struct label_hit bare[LABEL_HITS_MAX];
	size_t count = label_hits(hits, line, false), n;

	if (count > 0 && hits[0].colon)
		return count;
	n = label_hits(bare, line, true);
	if (!(whole && n > 0 && (is_label_box(s, k) || is_pair_apart(s, k, bare[0].field))) &&
	    !is_bare_line(bare, n) &&
	    !is_bare_pair(s, &s->blocks->items[k], line, bare, n))
		return count;
	memcpy(hits, bare, n * sizeof(*bare));
	return n;
}

static bool
is_in_list(const struct html *h, const struct block *b)
{
	unsigned tag = h->nodes[b->node].tag;

	return b->cell || tag == TAG_LI || tag == TAG_DT || tag == TAG_DD;
}

/* The metadata block may stand behind the article: an index number opens it, which no list of
 * other documents (a row of labels above their values) is taken for. */
static bool
opens_block_behind(struct scan *s, const struct block *b, const struct label_hit *hit,
    struct span value)
{
	uint32_t cell = b->cell ? place_cell(s->h, b->node) : 0;

	return hit->field == LABEL_INDEX && labels_find(s->out, LABEL_INDEX) == NULL &&
	    label_value_fits(s, LABEL_INDEX, value) &&
	    (cell == 0 || !label_node_is(s, place_next(s->h, cell)));
}

/* Whether a label behind the article is one of it. */
static bool
is_of_article(struct scan *s, const struct block *b, const struct label_hit *hit,
    struct span value)
{
	s->behind = s->behind || opens_block_behind(s, b, hit, value);
	return value.n > 0 &&
	    (s->behind || hit->field == LABEL_SOURCE || hit->field == LABEL_OTHER);
}

/* Keeps the labels of block k. Returns how many. */
static size_t
keep_hits(struct scan *s, size_t k, const struct label_line *line, const struct label_hit *hits,
    size_t count, bool after)
{
	const struct block *b = &s->blocks->items[k];
	enum label_field field;
	bool whole = label_is(line->text, &field);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct span name = span_cut(line->text, hits[i].begin, hits[i].name_end);
		struct span value = label_value(line, hits, count, i);

		field = hits[i].field;
		if (field == LABEL_CHROME ||
		    (after && value.n == 0 && field != LABEL_INDEX && !s->behind))
			continue;
		if (value.n == 0 && i + 1 == count && (whole || b->cell))
			value = label_value_take(s, k, field);
		if (after && !is_of_article(s, b, &hits[i], value))
			continue;
		keep(s, name, value, field, k, whole || is_in_list(s->h, b));
		kept++;
	}
	return kept;
}

/* Returns whether the block holds a label. */
static bool
scan_block(struct scan *s, size_t k, enum where where)
{
	const struct block *b = &s->blocks->items[k];
	struct label_line line;
	struct label_hit hits[LABEL_HITS_MAX];
	size_t count, kept;
	enum label_field field;
	bool whole;

	if (s->out->taken[k])
		return true;
	if (!is_worth_a_look(b))
		return false;
	load(s, &line, b);
	whole = label_is(line.text, &field);
	count = hits_of(s, k, &line, whole, hits);
	if (count == 0 && where != AFTER && (is_unknown_label(s, k) || is_among_labels(s, k))) {
		keep(s, without_colon(b->text), label_value_take(s, k, LABEL_OTHER), LABEL_OTHER, k,
		    true);
		s->out->taken[k] = true;
		return true;
	}
	if (count > 0 && where == INSIDE && !whole && !is_news(s, hits, count))
		return false;
	kept = keep_hits(s, k, &line, hits, count, where == AFTER);
	if (count > 0 && hits[0].begin <= 3 && (kept > 0 || whole) && where != AFTER)
		s->out->taken[k] = true;
	return count > 0;
}

static bool
has_room(const struct scan *s)
{
	return !s->full && s->out->count < METADATA_MAX;
}

int
labels_of_html(struct labels *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, size_t body, size_t body_end, struct err *err)
{
	struct labels found = {.taken = arena_array(a, blocks->count + 1, sizeof(bool))};
	struct scan s = {.out = &found, .a = a, .h = h, .blocks = blocks, .stop = body,
	    .pairs_in = UINT32_MAX, .pairs_over = UINT32_MAX};
	size_t k;

	fold_init(&s.fold, a->limit);
	s.full = found.taken == NULL;
	for (k = 0; k < body && has_room(&s); k++)
		(void)scan_block(&s, k, BEFORE);
	s.stop = SIZE_MAX;
	for (k = body; k < body_end && has_room(&s); k++)
		if (!scan_block(&s, k, INSIDE) && blocks->items[k].chars > OPENING_CHARS_MAX)
			break;
	for (k = body_end - body > TAIL_LINES_MAX ? body_end - TAIL_LINES_MAX : body_end;
	    k < body_end && has_room(&s); k++)
		if (chrome_is(blocks->items[k].text))
			(void)scan_block(&s, k, AFTER);
	for (k = body_end; k < blocks->count && k < body_end + AFTER_LINES_MAX && has_room(&s); k++)
		(void)scan_block(&s, k, AFTER);
	fold_fini(&s.fold);
	if (s.full)
		return err_set(err, ERR_REJECT, "too_large",
		    "labels: need more than %zu bytes of memory", a->limit);
	*out = found;
	return 0;
}

static struct span
value_below(struct scan *s, const struct span *lines, size_t count, size_t k,
    enum label_field field)
{
	if (k + 1 >= count || lines[k + 1].n == 0 || label_opens(lines[k + 1]) ||
	    text_length(lines[k + 1]) > VALUE_CHARS_MAX || label_value_runs_on(lines[k + 1], field))
		return SPAN("");
	s->out->taken[k + 1] = true;
	return lines[k + 1];
}

static bool
scan_line(struct scan *s, const struct span *lines, size_t count, size_t k)
{
	struct label_line line = {.text = lines[k]};
	struct label_hit hits[LABEL_HITS_MAX];
	enum label_field field;
	bool whole = label_is(line.text, &field) && field != LABEL_CHROME;
	size_t n = label_hits(hits, &line, whole);

	for (size_t i = 0; i < n; i++) {
		struct span value = label_value(&line, hits, n, i);

		if (value.n == 0 && i + 1 == n && whole)
			value = value_below(s, lines, count, k, hits[i].field);
		keep(s, span_cut(line.text, hits[i].begin, hits[i].name_end), value, hits[i].field,
		    k, n == 1);
	}
	if (n > 0 && hits[0].begin <= 3)
		s->out->taken[k] = true;
	return n > 0;
}

int
labels_of_lines(struct labels *out, struct arena *a, const struct span *lines, size_t count,
    struct err *err)
{
	struct labels found = {.taken = arena_array(a, count + 1, sizeof(bool))};
	struct scan s = {.out = &found, .a = a};

	s.full = found.taken == NULL;
	for (size_t k = 0; k < count && !s.full; k++) {
		size_t chars = text_length(text_first(lines[k], LINE_CHARS_MAX + 1));

		if (found.taken[k])
			continue;
		if (chars > LINE_CHARS_MAX)
			break;
		if (!scan_line(&s, lines, count, k) && chars > OPENING_CHARS_MAX + 20)
			break;
	}
	if (s.full)
		return err_set(err, ERR_REJECT, "too_large",
		    "labels: need more than %zu bytes of memory", a->limit);
	*out = found;
	return 0;
}
