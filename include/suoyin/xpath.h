/* SPDX-License-Identifier: MIT */
/*
 * xpath.h - XPath 1.0 over libxml2's own tree, for portals that configure it.
 *
 * Costs 1.3-2.6 times the compact tree (html.h), so it is built only when a rule asks.  The
 * text is decoded UTF-8 (charset_decode).  Expressions are the operator's, pages are not:
 * the number of nodes and the depth are bounded.
 */
#ifndef SUOYIN_XPATH_H
#define SUOYIN_XPATH_H

#include <suoyin/arena.h>
#include <suoyin/err.h>

struct xpath;      /* a parsed page */
struct xpath_node; /* a node of it (an element, text or attribute); lives as long as the page */

/* NULL: REJECT too_deep, too_large. */
struct xpath *xpath_new(struct span utf8, struct err *err);
void xpath_free(struct xpath *x);

/* The nodes that expr gives, from `context` (NULL: the document), at most `room` into out.
 * Returns the count, or -1: FATAL "bad_xpath" (an operator's mistake). */
int xpath_nodes(struct xpath *x, const struct xpath_node *context, const char *expr,
    const struct xpath_node **out, size_t room, struct err *err);
/* The text of the first node that has any (or of the string, number), white space folded;
 * absent: nothing there. -1 as above. */
int xpath_text(struct xpath *x, const struct xpath_node *context, const char *expr,
    struct arena *a, struct span *out, struct err *err);
/* The markup-free text of a node as paragraphs by \n (block elements and <br> break). */
struct span xpath_paragraphs(const struct xpath_node *node, struct arena *a);

/* Whether expr compiles; -1: REJECT "bad_xpath" with libxml2's reason. For validation. */
int xpath_check(const char *expr, struct err *err);

#endif
