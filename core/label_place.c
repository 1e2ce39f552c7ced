/* SPDX-License-Identifier: MIT */
#include "label_place.h"
#include "tag.h"

#define CLIMB_MAX 4 /* elements around a label that may be its box */

uint32_t
place_next(const struct html *h, uint32_t i)
{
	for (size_t n = 0; n < PLACE_SIBLINGS_MAX && (i = h->nodes[i].next) != 0; n++)
		if (h->nodes[i].kind == HTML_ELEMENT &&
		    (tag_props(h->nodes[i].tag) & TAG_SILENT) == 0 &&
		    h->nodes[i].tag != TAG_BR)
			return i;
	return 0;
}

uint32_t
place_beside(const struct html *h, uint32_t label_text)
{
	uint32_t i = h->nodes[label_text].parent;

	for (int up = 0; up < CLIMB_MAX && i != 0; up++, i = h->nodes[i].parent) {
		unsigned tag = h->nodes[i].tag;
		uint32_t next = place_next(h, i);

		if (next != 0 || (tag_props(tag) & TAG_CELL) != 0)
			return next;
		if (tag == TAG_TR || tag == TAG_TABLE || tag == TAG_UL || tag == TAG_DL ||
		    tag == TAG_BODY)
			return 0;
	}
	return 0;
}

uint32_t
place_cell(const struct html *h, uint32_t i)
{
	for (int up = 0; up < CLIMB_MAX + 2 && i != 0; up++, i = h->nodes[i].parent)
		if (tag_props(h->nodes[i].tag) & TAG_CELL)
			return i;
	return 0;
}

uint32_t
place_cell_at(const struct html *h, uint32_t row, size_t column)
{
	uint32_t i = h->nodes[row].child;

	while (i != 0 && ((tag_props(h->nodes[i].tag) & TAG_CELL) == 0 || column-- > 0))
		i = h->nodes[i].next;
	return i;
}

uint32_t
place_next_row(const struct html *h, uint32_t row)
{
	uint32_t end = h->nodes[row].end;

	for (uint32_t i = end; i < h->count && i - end < PLACE_SIBLINGS_MAX; i++) {
		if (h->nodes[i].tag == TAG_TR)
			return i;
		if (h->nodes[i].tag == TAG_TABLE)
			break;
	}
	return 0;
}
