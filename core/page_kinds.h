/* SPDX-License-Identifier: MIT */
/*
 * page_kinds.h - the three kinds of page that extract() reads, each to the same facts.
 *
 * HTML, plain text and portal JSON (a whole JSON page, or the object that gkmlpt pages carry
 * in a script and draw by it: what such a page prints is that object; of its values those that
 * the portal's pointers name come first, then those that are called what portals call them).
 */
#ifndef CORE_PAGE_KINDS_H
#define CORE_PAGE_KINDS_H

#include "field.h"

/* Whether there is markup in it. */
bool page_has_tag(struct span text);

/* Text to facts; method and confidence into the record. -1: REJECT, or the arena is full. */
int page_html(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err);
int page_plain(struct facts *facts, struct record *out, struct arena *a, struct span text,
    struct err *err);
/* The lines of a text, white space folded; empty ones too. -1: arena full. */
int page_lines(struct lines *out, struct arena *a, struct span text);

/* The text is one JSON value, or the page's scripts hold a document. False: neither. */
bool portal_json_is(struct span text);
/* 1: done; 0: no document in it; -1: REJECT, or the arena is full. */
int portal_json_text(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err);
int portal_json_scripts(struct facts *facts, struct record *out, struct arena *a,
    const struct html *h, const struct extract_input *in, struct err *err);

/* The XPaths of the portal's "extract", into facts->given. -1: FATAL bad_xpath, REJECT, or the
 * arena is full. */
int page_xpaths(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err);

#endif
