/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/html.h>

#include "fold.h"
#include "tag.h"

/* A walk over the displayed nodes below one, in document order.  Ends of elements matter, so
 * those that are open are remembered; the tree is never deeper than MAX_DEPTH. */
struct walk {
	const struct html *h;
	struct fold fold;
	struct arena *a;
	struct blocks *out;
	size_t room;
	bool rows;
	uint32_t link_end, heading_end; /* inside <a>, h1…: until this node */
	size_t link_chars;
	uint32_t owner;                 /* nearest block element around the current text */
	uint32_t first, last;           /* text nodes of the current block */
	bool failed;
};

static bool
is_shown(const struct html *h, uint32_t i)
{
	return !h->nodes[i].hidden && (tag_props(h->nodes[i].tag) & TAG_SILENT) == 0;
}

struct span
html_text(const struct html *h, struct arena *a, uint32_t node)
{
	struct fold f;
	struct span text;
	uint32_t block_ends[8] = {0}; /* enough to see an edge soon: an edge is only a blank */
	size_t depth = 0;

	if (h->nodes[node].kind == HTML_TEXT) {
		fold_init(&f, a->limit);
		fold_add(&f, h->nodes[node].text);
	} else {
		fold_init(&f, a->limit);
		for (uint32_t i = node + 1; i < h->nodes[node].end; i++) {
			const struct html_node *n = &h->nodes[i];

			while (depth > 0 && block_ends[depth - 1] <= i) {
				depth--;
				fold_break(&f, ' ');
			}
			if (n->kind == HTML_TEXT) {
				fold_add(&f, n->text);
			} else if (n->kind == HTML_ELEMENT && !is_shown(h, i)) {
				i = n->end - 1;
			} else if (n->kind == HTML_ELEMENT && tag_props(n->tag) & TAG_BLOCK) {
				fold_break(&f, ' ');
				if (depth < 8)
					block_ends[depth++] = n->end;
				else
					block_ends[7] = block_ends[7] < n->end ? block_ends[7] : n->end;
			}
		}
	}
	text = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	return text;
}

/* Ends the block that is being written, if it has any text. */
static void
flush(struct walk *w)
{
	struct block *b;
	size_t begin = w->fold.start;

	if (w->fold.out.n > begin && !w->failed) {
		if (w->out->count == w->room) {
			size_t room = w->room * 2 + 64;

			b = arena_grow(w->a, w->out->items, w->out->count, room, sizeof(*b));
			if (b == NULL) {
				w->failed = true;
				return;
			}
			w->out->items = b;
			w->room = room;
		}
		b = &w->out->items[w->out->count++];
		b->text = (struct span){NULL, w->fold.out.n - begin}; /* placed by settle() */
		b->node = w->owner;
		b->first = w->first;
		b->last = w->last;
		b->link_chars = (uint32_t)w->link_chars;
		b->chars = (uint32_t)w->fold.chars;
	}
	fold_start(&w->fold);
	w->link_chars = 0;
}

static uint32_t
block_around(const struct html *h, uint32_t i, uint32_t stop)
{
	while (i != stop && i != 0 && (tag_props(h->nodes[i].tag) & TAG_BLOCK) == 0)
		i = h->nodes[i].parent;
	return i;
}

static void
add_text(struct walk *w, uint32_t i, uint32_t top)
{
	const struct html_node *n = &w->h->nodes[i];
	size_t before = w->fold.chars, n_before = w->fold.out.n;

	fold_add(&w->fold, n->text);
	if (w->fold.out.n == n_before)
		return;
	if (n_before == w->fold.start) {
		w->owner = block_around(w->h, n->parent, top);
		w->first = i;
	}
	w->last = i;
	if (i < w->link_end)
		w->link_chars += w->fold.chars - before;
}

/* Does the edge of this element end a block?  Inside a row only the row's own edges do. */
static void
edge(struct walk *w, const struct html_node *n, uint32_t row_end, uint32_t i)
{
	if (w->rows && i < row_end)
		fold_break(&w->fold, tag_props(n->tag) & TAG_CELL ? '\t' : ' ');
	else
		flush(w);
}

struct open_block {
	uint32_t end;
	uint32_t node;
};

static void
walk_nodes(struct walk *w, uint32_t top)
{
	const struct html *h = w->h;
	struct open_block open[520]; /* MAX_DEPTH and some */
	size_t depth = 0;
	uint32_t row_end = 0;

	for (uint32_t i = top + 1; i <= h->nodes[top].end; i++) {
		const struct html_node *n = &h->nodes[i];

		while (depth > 0 && open[depth - 1].end <= i) {
			const struct html_node *closed = &h->nodes[open[--depth].node];

			edge(w, closed, closed->end == row_end && closed->tag == TAG_TR ? 0 : row_end,
			    i - 1);
		}
		if (i == h->nodes[top].end)
			break;
		if (n->kind == HTML_TEXT) {
			add_text(w, i, top);
		} else if (n->kind == HTML_ELEMENT && !is_shown(h, i)) {
			i = n->end - 1;
		} else if (n->kind == HTML_ELEMENT) {
			if (n->tag == TAG_A && n->end > w->link_end)
				w->link_end = n->end;
			if ((tag_props(n->tag) & TAG_BLOCK) == 0)
				continue;
			edge(w, n, row_end, i);
			if (w->rows && n->tag == TAG_TR && i >= row_end)
				row_end = n->end;
			open[depth++] = (struct open_block){n->end, i};
		}
	}
	flush(w);
}

/* The text of all blocks was written in one piece: copies it and gives each its own part. */
static int
settle(struct walk *w)
{
	const struct html *h = w->h;
	struct span all = arena_dup_buf(w->a, &w->fold.out);
	size_t at = 0;

	if (all.p == NULL)
		return -1;
	for (size_t k = 0; k < w->out->count; k++) {
		struct block *b = &w->out->items[k];

		b->text.p = all.p + at;
		at += b->text.n;
		for (uint32_t i = b->node, up = 0; i != 0 && up < 12; i = h->nodes[i].parent, up++) {
			b->cell = b->cell || (tag_props(h->nodes[i].tag) & TAG_CELL) != 0;
			b->heading = b->heading || (tag_props(h->nodes[i].tag) & TAG_HEADING) != 0;
		}
	}
	return 0;
}

int
html_blocks(struct blocks *out, const struct html *h, struct arena *a, uint32_t node, bool rows,
    struct err *err)
{
	struct blocks found = {0};
	struct walk w = {.h = h, .a = a, .out = &found, .rows = rows};
	int rc;

	fold_init(&w.fold, a->limit);
	fold_start(&w.fold);
	walk_nodes(&w, node);
	rc = w.failed || w.fold.out.failed ? -1 : settle(&w);
	fold_fini(&w.fold);
	if (rc == -1)
		return err_set(err, ERR_REJECT, "too_large",
		    "html: paragraphs need more than %zu bytes of memory", a->limit);
	*out = found;
	return 0;
}
