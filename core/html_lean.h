/* SPDX-License-Identifier: MIT */
/*
 * html_lean.h - a page without what html.c would not keep anyway, for libxml2, to which each byte
 * costs more than all that we do with it: most attributes (half of a page that a word processor
 * wrote is `style`), the inside of comments, the text of styles.  For plain text, for leaves
 * (html_open.h) with nothing else in them, and for the values of attributes that are kept, it gives
 * marks (html_marks.h) to who can read them.
 *
 * It follows the markup the way libxml2 reads it, as far as that is plain.  At the first thing
 * that is not (a quote that never ends, letters where an attribute should be), the rest of the page
 * is left as it is: a page may cost more, but never becomes another tree.  Comments stay, empty,
 * because white space on both sides of one is not the same as white space in one piece.
 *
 * Called by html_input.c; fuzz_html.c and test_html.c hold that the tree stays the same.
 */
#ifndef CORE_HTML_LEAN_H
#define CORE_HTML_LEAN_H

#include <suoyin/html.h>

#include "html_marks.h"

#define HTML_GAPS_MAX 48 /* of one element and the text before it; what is more is not left out */

struct html_gap {
	size_t from, to;
	struct span run; /* a mark for it stands in its place; empty: nothing does */
	enum html_leaf leaf;
};

/* Begins as {.page = decoded text, .marks = marks of that page or NULL}. */
struct html_lean {
	struct span page;
	struct html_marks *marks;
	size_t given, looked; /* bytes that next() has been through; that it has looked at */
	struct html_gap gaps[HTML_GAPS_MAX]; /* behind `given` */
	size_t gap, gap_count;
	char mark[HTML_MARK_BYTES];
	bool mark_due;
	struct html_open open; /* where `looked` is */
};

/* The next piece to be read, a part of the page or, until the next call, a mark; empty: there is none. */
struct span html_lean_next(struct html_lean *lean);

/* An attribute whose value html.c keeps, in any case. */
bool html_lean_keeps(struct span name);

enum html_input { HTML_INPUT_WHOLE, HTML_INPUT_LEAN };

/* html_parse(), which is lean, by choice: both give the same tree. */
int html_parse_as(struct html *out, struct arena *a, struct span utf8, enum html_input input,
    struct err *err);

#endif
