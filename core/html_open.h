/* SPDX-License-Identifier: MIT */
/*
 * html_open.h - the innermost elements that libxml2 has open, as far as the tags alone can tell.
 *
 * libxml2 opens and closes elements that no tag names.  But behind the start tag of a <p> it is inside of that; text,
 * comments, <br> and elements in it that are closed again leave it there.  Leaves are the elements that often hold
 * nothing but text and that close nothing where they begin inside of an element that this knows (htmlStartClose of
 * libxml2: an inline element closes a <head> alone, a cell no row): there a leaf is its start, its text and its end,
 * and nothing else.  Called by html_lean.c.
 */
#ifndef CORE_HTML_OPEN_H
#define CORE_HTML_OPEN_H

#include <suoyin/span.h>

enum html_leaf {
	LEAF_NONE,
	LEAF_B, LEAF_EM, LEAF_FONT, LEAF_I, LEAF_SPAN, LEAF_STRONG, LEAF_U,
	LEAF_TD, LEAF_TH, /* of a row */
	LEAVES
};

#define HTML_OPEN_MAX 8

struct html_open {
	enum html_leaf elements[HTML_OPEN_MAX]; /* LEAF_NONE: another element, only as the first */
	size_t count;                           /* 0: nothing is known */
	bool row;                               /* the first is a <tr> */
};

/* A name of at most eight bytes, as a number, in lower case; a longer one: 0. */
uint64_t html_name_key(struct span name);

struct span html_leaf_name(enum html_leaf leaf); /* lower case */
enum html_leaf html_leaf_of(uint64_t name);

/* Whether a leaf may begin here. */
bool html_open_holds(const struct html_open *o, enum html_leaf leaf);

/* A start tag of this name, one that ends with "/>", an end tag; something else that is no text. */
void html_open_start(struct html_open *o, uint64_t name, enum html_leaf leaf);
void html_open_empty(struct html_open *o, uint64_t name);
void html_open_end(struct html_open *o, uint64_t name);
void html_open_forget(struct html_open *o);

#endif
