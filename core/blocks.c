/* SPDX-License-Identifier: MIT */
#include <suoyin/html.h>
#include <suoyin/limits.h>

#include "fold.h"
#include "tag.h"

/* A walk over what is displayed below a node, in document order. */
struct walk {
	const struct html *h;
	uint32_t at, end;
	struct open {
		uint32_t node, end;
	} open[MAX_DEPTH + 1]; /* block elements around `at` */
	size_t depth;
};

enum step { STEP_DONE, STEP_TEXT, STEP_OPEN /* any element */, STEP_CLOSE /* of a block element */ };

static bool
is_block(const struct html *h, uint32_t node)
{
	return (tag_props(h->nodes[node].tag) & TAG_BLOCK) != 0;
}

bool
html_is_shown(const struct html *h, uint32_t node)
{
	return !h->nodes[node].hidden && (tag_props(h->nodes[node].tag) & TAG_SILENT) == 0;
}

static void
walk_init(struct walk *w, const struct html *h, uint32_t top)
{
	w->h = h;
	w->at = h->nodes[top].kind == HTML_TEXT ? top : top + 1;
	w->end = h->nodes[top].end;
	w->depth = 0;
}

static enum step
walk_next(struct walk *w, uint32_t *node)
{
	for (;;) {
		const struct html_node *n = &w->h->nodes[w->at];

		if (w->depth > 0 && w->open[w->depth - 1].end <= w->at) {
			w->depth--;
			return STEP_CLOSE;
		}
		if (w->at >= w->end)
			return STEP_DONE;
		*node = w->at;
		if (n->kind == HTML_ELEMENT && !html_is_shown(w->h, w->at)) {
			w->at = n->end;
			continue;
		}
		w->at++;
		if (n->kind == HTML_TEXT)
			return STEP_TEXT;
		if (n->kind != HTML_ELEMENT)
			continue;
		if (is_block(w->h, *node))
			w->open[w->depth++] = (struct open){*node, n->end};
		return STEP_OPEN;
	}
}

struct span
html_text(const struct html *h, struct arena *a, uint32_t node)
{
	struct walk w;
	struct fold f;
	struct span text;
	uint32_t i = node;
	enum step step;

	fold_init(&f, a->limit);
	walk_init(&w, h, node);
	while ((step = walk_next(&w, &i)) != STEP_DONE) {
		if (step == STEP_TEXT)
			fold_add(&f, h->nodes[i].text);
		else if (step == STEP_CLOSE || is_block(h, i))
			fold_break(&f, ' ');
	}
	text = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	return text;
}

bool
html_is_small(const struct html *h, uint32_t node, size_t bytes)
{
	size_t n = 0;

	for (uint32_t i = node; i < h->nodes[node].end; i++) {
		if (h->nodes[i].kind == HTML_TEXT)
			n += h->nodes[i].text.n;
		if (n > bytes || i - node > HTML_SMALL_NODES)
			return false;
	}
	return true;
}

/* The blocks found so far, and the one that is being gathered. */
struct gathering {
	struct arena *a;
	struct blocks blocks;
	size_t room;
	struct fold fold; /* the text of all blocks, in one piece */
	struct block now; /* its text and chars are in fold yet */
	/* inside such an element until this node */
	uint32_t link_end, cell_end, heading_end, pre_end;
	bool full;
};

static void
enter(struct gathering *g, const struct html *h, uint32_t node)
{
	const struct html_node *n = &h->nodes[node];
	unsigned props = tag_props(n->tag);

	if (n->tag == TAG_A && n->end > g->link_end)
		g->link_end = n->end;
	if ((props & TAG_CELL) != 0 && n->end > g->cell_end)
		g->cell_end = n->end;
	if ((props & TAG_HEADING) != 0 && n->end > g->heading_end)
		g->heading_end = n->end;
	if (n->tag == TAG_PRE && n->end > g->pre_end)
		g->pre_end = n->end;
}

/* Ends the block that is being gathered, if it has any text. */
static void
flush(struct gathering *g)
{
	struct blocks *b = &g->blocks;

	if (g->fold.out.n > g->fold.start && !g->full) {
		if (b->count == g->room) {
			size_t room = g->room + g->room / 2 + 64;
			struct block *items =
			    arena_grow(g->a, b->items, b->count, room, sizeof(*items));

			if (items == NULL) {
				g->full = true;
				return;
			}
			b->items = items;
			g->room = room;
		}
		g->now.text = (struct span){NULL, g->fold.out.n - g->fold.start};
		g->now.chars = (uint32_t)g->fold.chars;
		b->items[b->count++] = g->now;
	}
	fold_start(&g->fold);
}

static void
add_piece(struct gathering *g, const struct walk *w, uint32_t node, struct span text)
{
	size_t before = g->fold.out.n, chars = g->fold.chars;

	fold_add(&g->fold, text);
	if (g->fold.out.n == before)
		return;
	if (before == g->fold.start)
		g->now = (struct block){.node = w->depth > 0 ? w->open[w->depth - 1].node : 0,
		    .first = node, .cell = node < g->cell_end, .heading = node < g->heading_end,
		    .line = node < g->pre_end};
	g->now.last = node;
	if (node < g->link_end)
		g->now.link_chars += (uint32_t)(g->fold.chars - chars);
}

/* In <pre> every line is a paragraph. */
static void
add_text(struct gathering *g, const struct walk *w, uint32_t node)
{
	struct span text = w->h->nodes[node].text;

	for (size_t at = 0; node < g->pre_end && at < text.n;) {
		size_t end = span_find_byte(text, '\n', at);

		if (end == SIZE_MAX)
			end = text.n;
		add_piece(g, w, node, span_cut(text, at, end));
		if (end < text.n)
			flush(g);
		at = end + 1;
	}
	if (node >= g->pre_end)
		add_piece(g, w, node, text);
}

/* Copies the text of all blocks and gives each its own part. */
static void
settle(struct gathering *g)
{
	struct span all = arena_dup_buf(g->a, &g->fold.out);
	size_t at = 0;

	g->full = g->full || g->fold.out.failed || all.p == NULL;
	for (size_t k = 0; k < g->blocks.count && !g->full; k++) {
		g->blocks.items[k].text.p = all.p + at;
		at += g->blocks.items[k].text.n;
	}
}

int
html_blocks(struct blocks *out, const struct html *h, struct arena *a, struct err *err)
{
	struct gathering g = {.a = a};
	struct walk w;
	uint32_t i = 0;
	enum step step;

	fold_init(&g.fold, a->limit);
	fold_start(&g.fold);
	walk_init(&w, h, 0);
	while ((step = walk_next(&w, &i)) != STEP_DONE) {
		if (step == STEP_OPEN)
			enter(&g, h, i);
		if (step == STEP_TEXT)
			add_text(&g, &w, i);
		else if (step == STEP_CLOSE || is_block(h, i))
			flush(&g);
	}
	flush(&g);
	settle(&g);
	fold_fini(&g.fold);
	if (g.full)
		return err_set(err, ERR_REJECT, "too_large",
		    "html: paragraphs need more than %zu bytes of memory", a->limit);
	*out = g.blocks;
	return 0;
}
