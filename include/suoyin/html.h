/* SPDX-License-Identifier: MIT */
/*
 * html.h - decoded HTML to a compact tree, and the tree to text.
 *
 * libxml2's HTML pull parser in SAX mode feeds our own arrays: one of nodes in document
 * order, one of attributes, all in one arena.  Node 0 is the root; several roots of the
 * page hang below it.  End events pop to the matching name; what is open at the end is
 * closed.  The text of scripts is kept as data (kind), never as text.  Not kept at all: the text
 * of styles, comments, and attributes but for class, content, href, id, name, property and title.
 * Deeper than MAX_DEPTH: REJECT "too_deep".
 */
#ifndef SUOYIN_HTML_H
#define SUOYIN_HTML_H

#include <suoyin/arena.h>
#include <suoyin/err.h>

enum html_kind { HTML_ELEMENT, HTML_TEXT, HTML_SCRIPT };

struct html_attr {
	struct span name, value; /* name lower case; value with entities decoded */
};

struct html_node {
	enum html_kind kind;
	uint16_t tag;      /* element: a number of core/tag.h, 0: none of those */
	bool hidden;       /* element: styled or marked as not displayed; not inherited */
	union {
		struct span name; /* element: lower-case tag */
		struct span text; /* text, script: the characters */
	};
	uint32_t parent;
	uint32_t next;     /* next sibling, 0: none */
	uint32_t child;    /* first child, 0: none */
	uint32_t end;      /* one behind the last descendant: i+1 … end-1 are inside */
	uint32_t attr, attr_count; /* into html.attrs */
};

struct html {
	struct html_node *nodes;
	uint32_t count;
	struct html_attr *attrs;
	uint32_t attr_count;
};

int html_parse(struct html *out, struct arena *a, struct span utf8, struct err *err);

struct span html_attr(const struct html *h, uint32_t node, const char *name); /* absent: none */
bool html_is(const struct html *h, uint32_t node, const char *tag);
/* Displayed itself: neither hidden nor an element whose text is never printed. */
bool html_is_shown(const struct html *h, uint32_t node);
/* All text below a node that is displayed, white space folded, <br> and block edges as one
 * blank.  Also used for a node that is itself hidden.  {NULL, 0} at the arena's limit. */
struct span html_text(const struct html *h, struct arena *a, uint32_t node);
/* Whether the text below a node has at most `bytes` bytes, in few nodes: titles, names, values.
 * What is not small need not be read. */
#define HTML_SMALL_NODES 500
bool html_is_small(const struct html *h, uint32_t node, size_t bytes);

/* A paragraph of text: what stands between two block edges or <br>. */
struct block {
	struct span text;    /* white space folded, trimmed, never empty */
	uint32_t node;       /* nearest block element around it */
	uint32_t first, last; /* its first and last text node */
	uint32_t link_chars; /* code points of it that are inside <a>, a blank before included */
	uint32_t chars;      /* code points */
	bool cell;           /* inside a table cell */
	bool heading;        /* inside h1…h6 */
	bool line;           /* of a <pre>: its text node may hold others too */
};

struct blocks {
	struct block *items;
	size_t count;
};

/* All blocks that the page displays, in order; each cell of a table is blocks of its own. */
int html_blocks(struct blocks *out, const struct html *h, struct arena *a, struct err *err);

#endif
