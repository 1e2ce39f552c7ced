/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/html.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "html_input.h"
#include "tag.h"

#define NAMES_CACHED 256
#define BYTES_A_NODE 24 /* of a page, for each node of its tree: more than most pages have */

struct open {
	const xmlChar *name; /* of libxml2's; elements that it adds itself have names elsewhere */
	uint32_t node, last; /* last child so far, 0: none */
};

/* Element and attribute names by their place in libxml2's dictionary. */
struct name {
	const xmlChar *key;
	struct span copy;
	uint16_t tag;
	bool kept; /* as an attribute */
};

struct builder {
	struct html *h;
	struct arena *a;
	htmlParserCtxtPtr ctxt;
	size_t node_room, attr_room;
	char *pool; /* text as it comes: never longer than the page, but for odd entities */
	size_t pool_used, pool_room;
	struct open stack[MAX_DEPTH + 1];
	size_t depth; /* stack[0] is the root */
	struct name names[NAMES_CACHED];
	struct html_marks marks;
	const xmlChar *leaves[LEAVES]; /* names in libxml2's dictionary, of those that marks stood for */
	const char *failed; /* reason */
};

static void
fail(struct builder *b, const char *reason)
{
	if (b->failed == NULL)
		b->failed = reason;
	xmlStopParser(b->ctxt);
}

static bool
ready(struct builder *b)
{
	return b->failed == NULL;
}

static const struct name *
name_of(struct builder *b, const xmlChar *key)
{
	struct name *n = &b->names[((uintptr_t)key >> 3) % NAMES_CACHED];
	struct span text;

	if (n->key == key)
		return n;
	text = arena_dup(b->a, span_of((const char *)key));
	if (text.p == NULL)
		return NULL;
	*n = (struct name){key, text, (uint16_t)tag_by_name(text), html_lean_keeps(text)};
	return n;
}

/* Room for n more bytes of text, or NULL. */
static char *
pool_take(struct builder *b, size_t n)
{
	char *p;

	if (n > b->pool_room - b->pool_used) {
		size_t room = n > 65536 ? n : 65536;

		if ((b->pool = arena_raw(b->a, room)) == NULL)
			return NULL;
		b->pool_used = 0;
		b->pool_room = room;
	}
	p = b->pool + b->pool_used;
	b->pool_used += n;
	return p;
}

static bool
copy_text(struct builder *b, struct span *out, const void *s, size_t n)
{
	char *p = pool_take(b, n);

	if (p == NULL)
		return false;
	if (n > 0)
		memcpy(p, s, n);
	*out = (struct span){p, n};
	return true;
}

static struct html_node *
add_node(struct builder *b, enum html_kind kind)
{
	struct html *h = b->h;
	struct open *top = &b->stack[b->depth];
	struct html_node *node;
	uint32_t id = h->count;

	if (id == b->node_room) {
		size_t room = b->node_room + b->node_room / 2 + 64;

		if (id >= HTML_NODES_MAX)
			return NULL;
		node = arena_grow(b->a, h->nodes, id, room, sizeof(*node));
		if (node == NULL)
			return NULL;
		h->nodes = node;
		b->node_room = room;
	}
	node = &h->nodes[id];
	h->count++;
	*node = (struct html_node){.kind = kind, .parent = top->node, .end = id + 1};
	if (top->last != 0)
		h->nodes[top->last].next = id;
	else if (id != 0)
		h->nodes[top->node].child = id;
	top->last = id;
	return node;
}

static size_t
skip_blank(struct span s, size_t at)
{
	while (at < s.n && (s.p[at] == ' ' || (s.p[at] >= '\t' && s.p[at] <= '\r')))
		at++;
	return at;
}

/* style="display : none" in any spelling. */
static bool
style_hides(struct span style)
{
	const struct span word = SPAN("display");

	for (size_t at = 0; (at = span_find_ci(style, word, at)) != SIZE_MAX;) {
		at = skip_blank(style, at + word.n);
		if (at == style.n || style.p[at] != ':')
			continue;
		at = skip_blank(style, at + 1);
		if (span_eq_ci(span_cut(style, at, at + 4), SPAN("none")))
			return true;
	}
	return false;
}

static bool
attr_hides(struct span name, struct span value)
{
	if (span_eq(name, SPAN("style")))
		return style_hides(value);
	if (span_eq(name, SPAN("class")))
		return span_find_byte(value, '-', 0) != SIZE_MAX && span_find(value, SPAN("ng-hide"), 0) != SIZE_MAX;
	return span_eq(name, SPAN("hidden"));
}

/* A value is a mark, or has none in it. */
static struct span
value_of(const struct builder *b, const xmlChar *value)
{
	struct span text = span_of((const char *)value);
	enum html_leaf none;

	return text.n == HTML_MARK_BYTES ? html_marks_next(&b->marks, &text, &none) : text;
}

static bool
add_attr(struct builder *b, struct html_node *node, const xmlChar *name, const xmlChar *value)
{
	struct html *h = b->h;
	const struct name *n = name_of(b, name);
	struct span text = value_of(b, value);
	struct html_attr *attr;

	if (n == NULL)
		return false;
	node->hidden = node->hidden || attr_hides(n->copy, text);
	if (!n->kept)
		return true;
	if (h->attr_count == b->attr_room) {
		size_t room = b->attr_room + b->attr_room / 2 + 64;

		attr = arena_grow(b->a, h->attrs, h->attr_count, room, sizeof(*attr));
		if (attr == NULL)
			return false;
		h->attrs = attr;
		b->attr_room = room;
	}
	attr = &h->attrs[h->attr_count];
	attr->name = n->copy;
	if (!copy_text(b, &attr->value, text.p, text.n))
		return false;
	h->attr_count++;
	node->attr_count++;
	return true;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	struct builder *b = ctx;
	const struct name *n;
	struct html_node *node;

	if (!ready(b))
		return;
	if (b->depth == MAX_DEPTH) {
		fail(b, "too_deep");
		return;
	}
	if (html_input_is_crowded(atts) || (node = add_node(b, HTML_ELEMENT)) == NULL ||
	    (n = name_of(b, name)) == NULL) {
		fail(b, "too_large");
		return;
	}
	node->name = n->copy;
	node->tag = n->tag;
	node->attr = b->h->attr_count;
	for (size_t i = 0; atts != NULL && atts[i] != NULL; i += 2) {
		if (!add_attr(b, node, atts[i], atts[i + 1])) {
			fail(b, "too_large");
			return;
		}
	}
	b->stack[++b->depth] = (struct open){name, (uint32_t)(node - b->h->nodes), 0};
}

static void
close_to(struct builder *b, size_t depth)
{
	for (; b->depth > depth; b->depth--)
		b->h->nodes[b->stack[b->depth].node].end = b->h->count;
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct builder *b = ctx;

	if (!ready(b))
		return;
	for (size_t i = b->depth; i > 0; i--) {
		if (xmlStrEqual(b->stack[i].name, name)) {
			close_to(b, i - 1);
			return;
		}
	}
}

/* Text and scripts come in pieces: what directly continues a node of its kind is appended to it. */
static bool
append(struct builder *b, enum html_kind kind, const void *s, size_t n)
{
	uint32_t last = b->stack[b->depth].last;
	struct html_node *node = &b->h->nodes[last];

	if (last == 0 || node->kind != kind || n > b->pool_room - b->pool_used ||
	    node->text.p + node->text.n != b->pool + b->pool_used)
		return false;
	memcpy(b->pool + b->pool_used, s, n);
	b->pool_used += n;
	node->text.n += n;
	return true;
}

static void
add_text(struct builder *b, enum html_kind kind, const void *s, size_t n)
{
	struct html_node *node;

	if (!ready(b) || n == 0 || append(b, kind, s, n))
		return;
	if ((node = add_node(b, kind)) == NULL || !copy_text(b, &node->text, s, n))
		fail(b, "too_large");
}

/* A leaf with no attributes and nothing but text. */
static void
add_leaf(struct builder *b, enum html_leaf leaf, struct span text)
{
	const struct span name = html_leaf_name(leaf);
	const xmlChar **key = &b->leaves[leaf];

	if (*key == NULL && (*key = xmlDictLookup(b->ctxt->dict, (const xmlChar *)name.p, (int)name.n)) == NULL) {
		fail(b, "too_large");
		return;
	}
	on_start(b, *key, NULL);
	add_text(b, HTML_TEXT, text.p, text.n);
	on_end(b, *key);
}

static void
on_text(void *ctx, const xmlChar *s, int n)
{
	struct builder *b = ctx;
	struct span rest = {(const char *)s, (size_t)n};

	while (rest.n > 0) {
		enum html_leaf leaf;
		struct span piece = html_marks_next(&b->marks, &rest, &leaf);

		if (leaf == LEAF_NONE)
			add_text(b, HTML_TEXT, piece.p, piece.n);
		else
			add_leaf(b, leaf, piece);
	}
}

/* The text of script and style. */
static void
on_raw_text(void *ctx, const xmlChar *s, int n)
{
	struct builder *b = ctx;

	if (b->h->nodes[b->stack[b->depth].node].tag != TAG_STYLE)
		add_text(b, HTML_SCRIPT, s, (size_t)n);
}

static bool
prepare(struct builder *b, struct span utf8)
{
	b->node_room = utf8.n / BYTES_A_NODE + 64;
	if (b->node_room > HTML_NODES_MAX)
		b->node_room = HTML_NODES_MAX;
	b->attr_room = b->node_room / 2;
	b->pool_room = utf8.n + 64;
	b->h->nodes = arena_raw(b->a, b->node_room * sizeof(*b->h->nodes));
	b->h->attrs = arena_raw(b->a, b->attr_room * sizeof(*b->h->attrs));
	b->pool = arena_raw(b->a, b->pool_room);
	return b->h->nodes != NULL && b->h->attrs != NULL && b->pool != NULL &&
	    html_marks_init(&b->marks, b->a, utf8) == 0 && add_node(b, HTML_ELEMENT) != NULL;
}

static void
run(struct builder *b, struct span utf8, enum html_input input)
{
	htmlParserCtxtPtr ctxt = b->ctxt;

	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	ctxt->sax->startElement = on_start;
	ctxt->sax->endElement = on_end;
	ctxt->sax->characters = on_text;
	ctxt->sax->ignorableWhitespace = on_text;
	ctxt->sax->cdataBlock = on_raw_text;
	ctxt->userData = b;
	xmlFreeDoc(html_input_parse(ctxt, utf8, input, &b->marks, 0));
}

/* Portals escape twice: what is still an entity in the text is meant as one. */
static bool
decode_again(struct html *h, struct arena *a)
{
	for (uint32_t i = 0; i < h->count; i++) {
		struct span *text = &h->nodes[i].text;

		if (h->nodes[i].kind != HTML_TEXT || span_find_byte(*text, '&', 0) == SIZE_MAX)
			continue;
		*text = text_unescape(a, *text);
		if (text->p == NULL)
			return false;
	}
	return true;
}

int
html_parse_as(struct html *out, struct arena *a, struct span utf8, enum html_input input,
    struct err *err)
{
	struct html h = {0};
	struct builder b = {.h = &h, .a = a};

	if (utf8.n > INT32_MAX)
		return err_set(err, ERR_REJECT, "too_large", "html: %zu bytes", utf8.n);
	if ((b.ctxt = htmlNewParserCtxt()) == NULL || !prepare(&b, utf8))
		b.failed = "too_large";
	else if (utf8.n > 0)
		run(&b, utf8, input);
	htmlFreeParserCtxt(b.ctxt);
	if (b.failed == NULL && !decode_again(&h, a))
		b.failed = "too_large";
	if (b.failed != NULL && strcmp(b.failed, "too_deep") == 0)
		return err_set(err, ERR_REJECT, b.failed,
		    "html: elements nested deeper than %d", MAX_DEPTH);
	if (b.failed != NULL)
		return err_set(err, ERR_REJECT, b.failed,
		    "html: more than %zu bytes of memory, %d nodes or %d attributes of one element",
		    a->limit, HTML_NODES_MAX, HTML_ATTRIBUTES_MAX);
	close_to(&b, 0);
	h.nodes[0].end = h.count;
	*out = h;
	return 0;
}

int
html_parse(struct html *out, struct arena *a, struct span utf8, struct err *err)
{
	return html_parse_as(out, a, utf8, HTML_INPUT_LEAN, err);
}

struct span
html_attr(const struct html *h, uint32_t node, const char *name)
{
	const struct html_node *n = &h->nodes[node];
	struct span want = span_of(name);

	for (uint32_t i = n->attr; i < n->attr + n->attr_count; i++)
		if (span_eq(h->attrs[i].name, want))
			return h->attrs[i].value;
	return (struct span){NULL, 0};
}

bool
html_is(const struct html *h, uint32_t node, const char *tag)
{
	return h->nodes[node].kind == HTML_ELEMENT && span_eq(h->nodes[node].name, span_of(tag));
}
