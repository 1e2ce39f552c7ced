/* SPDX-License-Identifier: MIT */
/*
 * html_input.h - decoded text through libxml2's HTML parser, for those who have set its
 * callbacks: the compact tree (html.c) and libxml2's own (xpath.c).
 *
 * libxml2 compares each attribute of an element with all before it, and asks nobody in
 * between: one element of a page could keep it busy for minutes.  So the text is handed over
 * piece by piece, and no further once an element has too many of them.  The start callback
 * then sees that element, and must refuse it.  NUL, which libxml2 takes for the end of what it
 * reads, becomes a blank.  What a caller does not keep may be left out (html_lean.h).
 */
#ifndef CORE_HTML_INPUT_H
#define CORE_HTML_INPUT_H

#include <libxml/HTMLparser.h>
#include <suoyin/span.h>

#include "html_lean.h"

/* What the callbacks have built, or NULL. Options beyond those that every page needs.  `marks` are those
 * that text callbacks can read, for input that is lean; NULL: none. */
xmlDocPtr html_input_parse(htmlParserCtxtPtr ctxt, struct span utf8, enum html_input input,
    struct html_marks *marks, int options);

/* More attributes than an element may have, as a start callback is given them. */
bool html_input_is_crowded(const xmlChar *const *attributes);

#endif
