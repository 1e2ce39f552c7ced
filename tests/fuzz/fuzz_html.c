/* SPDX-License-Identifier: MIT */
/*
 * Pages to text: decoding, the tree, its blocks.
 *
 * An input is a page, maybe behind "#TR" (fuzz.h).
 */
#include <string.h>
#include <suoyin/html.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "../../core/html_lean.h"
#include "../unit/html_same.h"
#include "fuzz.h"

/* What was decoded is valid, and needs no decoding. */
static void
check_text(struct arena *a, struct span text)
{
	struct charset again;
	struct span same;

	must(text_is_utf8(text) && span_find_byte(text, '\0', 0) == SIZE_MAX,
	    "decoded text is no UTF-8, or has a NUL");
	if (!text_has_multibyte(text) || span_starts(text, SPAN("\xEF\xBB\xBF")))
		return;
	if (charset_decode(fuzz_kit(), &again, &same, a, text, SPAN("a/b; charset=big5"), NULL) == 0)
		must(span_eq(same, text) && again.replacements == 0, "decoding again changes text");
}

/* A line break behind the page is one behind its text: no letter is held back. */
static void
check_end(struct arena *a, struct span bytes, struct span type, struct span text, struct span used)
{
	struct span longer = arena_fmt(a, "%*s", (int)bytes.n + 1, "\n"), more;
	struct charset again;

	if (longer.p == NULL || span_starts(used, SPAN("UTF-16")))
		return;
	if (bytes.n > 0)
		memcpy((char *)(uintptr_t)longer.p, bytes.p, bytes.n);
	if (charset_decode(fuzz_kit(), &again, &more, a, longer, type, NULL) == -1 ||
	    !span_eq(again.used, used))
		return;
	must(more.n == text.n + 1 && span_starts(more, text), "a line break changes the text");
}

/* A node's parent and siblings are where its place in the document says. */
static void
check_node(const struct html *h, uint32_t i)
{
	const struct html_node *n = &h->nodes[i], *up = &h->nodes[n->parent];
	bool is_last = i > 0 && n->end == up->end;

	must(n->end > i && n->end <= h->count, "a node ends outside the document");
	must(n->child == (n->end > i + 1 ? i + 1 : 0), "a node's first child is another");
	must(n->attr_count <= h->attr_count && n->attr <= h->attr_count - n->attr_count,
	    "attributes are outside the document");
	must(n->kind == HTML_ELEMENT || n->child == 0, "a text has children");
	must(n->kind != HTML_TEXT || (n->text.n > 0 && text_is_utf8(n->text)), "a text is no text");
	if (i == 0)
		return;
	must(n->parent < i && up->kind == HTML_ELEMENT && n->end <= up->end, "ends do not nest");
	must(n->next == (is_last ? 0 : n->end), "a node's next sibling is another");
	must(n->next == 0 || h->nodes[n->next].parent == n->parent, "siblings have two parents");
}

/* Blocks follow one another, in the tree and in memory. */
static void
check_block(const struct html *h, const struct block *b, const struct block *before)
{
	const struct html_node *n = &h->nodes[b->node];

	must(b->text.n > 0 && text_is_utf8(b->text) && b->chars == text_length(b->text),
	    "a block's text is empty, bad or counted wrong");
	must(b->link_chars <= b->chars, "more of a block is linked than it has");
	must(b->first <= b->last && b->node < b->first && b->last < n->end,
	    "a block is outside its element");
	must(n->kind == HTML_ELEMENT && h->nodes[b->first].kind == HTML_TEXT &&
		h->nodes[b->last].kind == HTML_TEXT,
	    "a block's nodes are of another kind");
	must(before == NULL || (before->text.p + before->text.n <= b->text.p &&
		(before->last < b->first ||
		    (before->last == b->first && before->line && b->line))),
	    "blocks are out of order");
}

/* What is left out of a page makes no difference. */
static void
check_lean(const struct html *h, struct arena *a, struct span text)
{
	struct html whole;

	if (html_parse_as(&whole, a, text, HTML_INPUT_WHOLE, NULL) == 0)
		must(html_same(h, &whole), "without what is left out, the tree is another");
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	struct span type = span_of(fuzz_pick(&input).content_type), text, whole, folded;
	struct charset how;
	struct html h;
	struct blocks blocks;

	if (charset_decode(fuzz_kit(), &how, &text, a, input, type, err) == -1)
		return -1;
	check_text(a, text);
	check_end(a, input, type, text, how.used);
	if (html_parse(&h, a, text, err) == -1)
		return -1;
	for (uint32_t i = 0; i < h.count; i++)
		check_node(&h, i);
	check_lean(&h, a, text);
	if (html_blocks(&blocks, &h, a, err) == -1)
		return -1;
	for (size_t i = 0; i < blocks.count; i++) {
		check_block(&h, &blocks.items[i], i > 0 ? &blocks.items[i - 1] : NULL);
		if (i > 0)
			(void)buf_add_byte(out, ' ');
		(void)buf_add_span(out, blocks.items[i].text);
	}
	whole = html_text(&h, a, 0);
	folded = text_fold_space(a, whole);
	if (whole.p == NULL || folded.p == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the page's text");
	must(span_eq(buf_span(out), whole), "a page's text is not that of its blocks");
	must(span_eq(folded, whole), "a page's text has white space of two kinds");
	fuzz_tell(out, how.used);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
