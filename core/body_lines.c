/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/text.h>

#include "attachment.h"
#include "body.h"
#include "chrome.h"
#include "tag.h"

#define ROW_CELLS_MAX ((size_t)64) /* wider rows are no data but layout */
#define CELL_BLOCKS_MAX 3          /* paragraphs of a cell, on average: more are text in a frame */
#define ROW_CLIMB_MAX 16           /* elements between a paragraph and its row */
#define TWICE_CHARS_MIN 20

struct writer {
	struct arena *a;
	const struct html *h;
	const struct blocks *blocks;
	const struct body *body;
	struct lines *out, *noise;
	bool *file; /* line is a link to a file */
	struct buf buf;
	uint32_t layout; /* row that turned out to be no data: its blocks stay apart */
};

static bool
is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

int
lines_cut(struct lines *out, struct arena *a, struct span text)
{
	struct lines lines = {0};
	size_t room = 1;

	for (size_t i = 0; i < text.n; i++)
		room += is_line_end(text.p[i]);
	if ((lines.items = arena_array(a, room, sizeof(*lines.items))) == NULL)
		return -1;
	for (size_t at = 0, end; at < text.n; at = end + 1) {
		for (end = at; end < text.n && !is_line_end(text.p[end]);)
			end++;
		lines.items[lines.count++] = span_cut(text, at, end);
		if (end + 1 < text.n && text.p[end] == '\r' && text.p[end + 1] == '\n')
			end++;
	}
	*out = lines;
	return 0;
}

/* The table row around a block, or 0. */
static uint32_t
row_around(const struct writer *w, const struct block *b)
{
	uint32_t i = b->node;

	for (int up = 0; up < ROW_CLIMB_MAX && i != 0 && i != w->body->node; up++) {
		if (w->h->nodes[i].tag == TAG_TR)
			return i;
		i = w->h->nodes[i].parent;
	}
	return 0;
}

/* Several cells, not too many. */
static bool
is_data_row(const struct html *h, uint32_t row)
{
	size_t cells = 0, children = 0;

	for (uint32_t i = h->nodes[row].child; i != 0; i = h->nodes[i].next) {
		cells += (tag_props(h->nodes[i].tag) & TAG_CELL) != 0;
		if (++children > 4 * ROW_CELLS_MAX)
			return false;
	}
	return cells >= 2 && cells <= ROW_CELLS_MAX;
}

static uint32_t
cell_of(const struct html *h, uint32_t node, uint32_t row)
{
	while (node != 0 && h->nodes[node].parent != row)
		node = h->nodes[node].parent;
	return node;
}

/* Joins the blocks of the row from k on. Returns the one behind them, or k: that is no data. */
static size_t
join_blocks(struct writer *w, size_t k, uint32_t row)
{
	const struct block *items = w->blocks->items;
	uint32_t end = w->h->nodes[row].end, cell = 0;
	size_t cells = 0, i;

	buf_clear(&w->buf);
	for (i = k; i < w->body->end && items[i].first < end; i++) {
		uint32_t here = cell_of(w->h, items[i].node, row);

		if (i - k == ROW_CELLS_MAX * CELL_BLOCKS_MAX)
			return k;
		if (i > k)
			(void)buf_add_byte(&w->buf, here == cell ? ' ' : '\t');
		cells += here != cell;
		cell = here;
		(void)buf_add_span(&w->buf, items[i].text);
	}
	return i - k > cells * CELL_BLOCKS_MAX ? k : i;
}

/* The row that begins at k as one line; returns the block behind it, or k when it is none. */
static size_t
join_row(struct writer *w, size_t k, struct span *line)
{
	uint32_t row = row_around(w, &w->blocks->items[k]);
	size_t end = k;

	if (row == 0 || row == w->layout)
		return k;
	if (is_data_row(w->h, row))
		end = join_blocks(w, k, row);
	if (end == k)
		w->layout = row;
	else if (end > k + 1)
		*line = arena_dup_buf(w->a, &w->buf);
	return end;
}

/* A block that is one link to a file: it is kept as an attachment. */
static bool
is_file_link(const struct writer *w, const struct block *b)
{
	uint32_t i = w->h->nodes[b->first].parent;

	if (b->link_chars != b->chars)
		return false;
	for (int up = 0; up < 8 && i != 0 && i != w->body->node; up++, i = w->h->nodes[i].parent)
		if (w->h->nodes[i].tag == TAG_A)
			return attachment_is_link(html_attr(w->h, i, "href"), b->text);
	return false;
}

static int
collect(struct writer *w, const bool *taken)
{
	const struct block *items = w->blocks->items;
	bool opening = true;

	for (size_t k = w->body->begin; k < w->body->end;) {
		struct span line = items[k].text;
		size_t next = items[k].cell && !(opening && taken[k]) ? join_row(w, k, &line) : k;
		bool skip = opening && (taken[k] || chrome_is(line));

		if (line.p == NULL || w->buf.failed)
			return -1;
		if (next == k)
			next = k + 1;
		opening = opening && (skip || items[k].chars <= 40);
		if (!skip) {
			w->file[w->out->count] = is_file_link(w, &items[k]);
			w->out->items[w->out->count++] = line;
		} else if (!taken[k]) {
			w->noise->items[w->noise->count++] = line;
		}
		k = next;
	}
	return 0;
}

/* The whole article again behind itself (a copy for phones in the same container). */
static void
drop_copy(struct lines *lines)
{
	size_t first = 0, again, same = 0, compared = 0;

	while (first < lines->count && text_length(text_first(lines->items[first],
	    TWICE_CHARS_MIN)) < TWICE_CHARS_MIN)
		first++;
	for (again = first + 1; again < lines->count; again++)
		if (span_eq(lines->items[again], lines->items[first]))
			break;
	if (again >= lines->count)
		return;
	for (size_t i = first; i < again && again + (i - first) < lines->count; i++) {
		compared++;
		same += span_eq(lines->items[i], lines->items[again + (i - first)]);
	}
	if (compared >= 2 && same * 10 >= compared * 9 &&
	    (lines->count - again) * 10 >= (again - first) * 9)
		lines->count = again;
}

/* What stands behind the article; links to files are kept as attachments. */
static void
cut_tail(struct writer *w)
{
	size_t end = chrome_tail(w->out, w->file);

	for (size_t i = end; i < w->out->count; i++)
		if (!w->file[i])
			w->noise->items[w->noise->count++] = w->out->items[i];
	w->out->count = end;
}

int
body_lines(struct body_text *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, const struct body *body, const bool *taken, struct err *err)
{
	size_t room = body->end - body->begin + 1;
	struct lines found = {arena_array(a, room, sizeof(struct span)), 0};
	struct lines chrome = {arena_array(a, room, sizeof(struct span)), 0};
	struct writer w = {.a = a, .h = h, .blocks = blocks, .body = body, .out = &found,
	    .noise = &chrome, .file = arena_array(a, room, sizeof(bool))};
	int rc = -1;

	buf_init(&w.buf, a->limit);
	if (found.items != NULL && chrome.items != NULL && w.file != NULL)
		rc = collect(&w, taken);
	buf_fini(&w.buf);
	if (rc == -1)
		return err_set(err, ERR_REJECT, "too_large",
		    "body: needs more than %zu bytes of memory", a->limit);
	cut_tail(&w);
	drop_copy(&found);
	*out = (struct body_text){found, chrome};
	return 0;
}
