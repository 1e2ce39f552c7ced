/* SPDX-License-Identifier: MIT */
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#include "label_line.h"
#include "label_place.h"
#include "label_scan.h"
#include "tag.h"

#define VALUE_CHARS_MAX 400  /* longer neighbours of a label are no values */
#define VALUE_BYTES_MAX 8192 /* the same with all blanks */

static void
take_blocks(struct scan *s, uint32_t node)
{
	const struct block *items = s->blocks->items;
	size_t low = 0, high = s->blocks->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (items[mid].first < node)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->blocks->count && items[low].first < s->h->nodes[node].end; low++)
		s->out->taken[low] = true;
}

struct span
label_node_text(struct scan *s, uint32_t node)
{
	const struct span none = {NULL, 0};
	struct span text;

	if (s->h->nodes[node].hidden || !html_is_small(s->h, node, VALUE_BYTES_MAX))
		return none;
	text = html_text(s->h, s->a, node);
	s->full = s->full || text.p == NULL;
	return text_length(text) > VALUE_CHARS_MAX ? none : text;
}

/* The cell below, where the cell's whole row are labels; else 0. */
static uint32_t
cell_below(struct scan *s, uint32_t cell)
{
	const struct html *h = s->h;
	uint32_t row = h->nodes[cell].parent, below;
	size_t column = SIZE_MAX, count = 0;
	enum label_field field;

	for (uint32_t i = h->nodes[row].child; i != 0; i = h->nodes[i].next) {
		if ((tag_props(h->nodes[i].tag) & TAG_CELL) == 0)
			continue;
		if (count == PLACE_SIBLINGS_MAX || !label_is(label_node_text(s, i), &field))
			return 0;
		if (i == cell)
			column = count;
		count++;
	}
	below = count < 2 ? 0 : place_next_row(h, row);
	return below == 0 ? 0 : place_cell_at(h, below, column);
}

bool
label_value_runs_on(struct span text, enum label_field field)
{
	return field != LABEL_OTHER && span_find(text, SPAN("。"), 0) != SIZE_MAX;
}

/* The element that holds the value of a label alone in its cell, or 0; its text in *text. */
static uint32_t
value_of_cell(struct scan *s, uint32_t cell, struct span *text)
{
	uint32_t node = place_next(s->h, cell);
	enum label_field field;

	if (node != 0)
		*text = label_node_text(s, node);
	if (node == 0 || label_is(*text, &field)) {
		if ((node = cell_below(s, cell)) != 0)
			*text = label_node_text(s, node);
	}
	return node;
}

/* The article itself is no value. */
static bool
reaches_article(const struct scan *s, uint32_t node)
{
	return s->stop < s->blocks->count &&
	    s->h->nodes[node].end > s->blocks->items[s->stop].first;
}

/* The same of a label that is alone in its block. */
static uint32_t
value_of_box(struct scan *s, const struct block *b, enum label_field field, struct span *text)
{
	uint32_t node = place_beside(s->h, b->first);

	if (node == 0 || reaches_article(s, node))
		return 0;
	*text = label_node_text(s, node);
	return label_value_runs_on(*text, field) ? 0 : node;
}

/* The line below the label's in one box: <li>索引号<br>… */
static bool
is_line_below(const struct scan *s, size_t k, enum label_field field)
{
	const struct block *items = s->blocks->items;

	return k + 1 < s->blocks->count && k + 1 != s->stop && !items[k].cell &&
	    items[k + 1].node == items[k].node && items[k + 1].chars <= VALUE_CHARS_MAX &&
	    s->h->nodes[items[k].node].tag != TAG_BODY && !label_value_runs_on(items[k + 1].text, field);
}

/* The text of the value, and its element, or 0: it is the next block. */
static struct span
find(struct scan *s, size_t k, enum label_field field, uint32_t *node)
{
	const struct block *b = &s->blocks->items[k];
	uint32_t cell = b->cell ? place_cell(s->h, b->node) : 0;
	struct span text = {NULL, 0};

	*node = 0;
	if (is_line_below(s, k, field))
		return b[1].text;
	*node = cell != 0 ? value_of_cell(s, cell, &text) : value_of_box(s, b, field, &text);
	return *node == 0 ? (struct span){NULL, 0} : text;
}

struct span
label_value_near(struct scan *s, size_t k, enum label_field field)
{
	uint32_t node;

	return find(s, k, field, &node);
}

struct span
label_value_take(struct scan *s, size_t k, enum label_field field)
{
	uint32_t node;
	struct span text = find(s, k, field, &node);

	if (text.p == NULL || label_opens(text))
		return SPAN("");
	if (node == 0)
		s->out->taken[k + 1] = true;
	else
		take_blocks(s, node);
	return text;
}

bool
label_node_is(struct scan *s, uint32_t node)
{
	enum label_field field;

	return node != 0 && label_is(label_node_text(s, node), &field) && field != LABEL_CHROME;
}

bool
label_value_fits(struct scan *s, enum label_field field, struct span value)
{
	struct number n = {0};

	if (field == LABEL_INDEX)
		return index_number_parse(&n, s->a, value) == 0 && index_number_usable(&n);
	if (field == LABEL_NUMBER)
		return document_number_parse(&n, s->a, value) == 0 && document_number_is_own(&n);
	return label_is_date(field) && field != LABEL_DATED &&
	    cn_date_parse(value).precision >= CN_DAY;
}
