/* SPDX-License-Identifier: MIT */
/*
 * html_marks.h - marks that stand for plain text, or for an element with nothing else in it, while libxml2 reads a
 * page.
 *
 * libxml2 goes through text character by character, and through tags several times; html.c copies text in one piece.
 * So html_lean.c gives libxml2 a mark, one character of plane 15 (private use), for each run of text that nothing can
 * be inside of, and html.c puts the run in its place again, within its leaf (html_open.h) where it was all of one.
 * To libxml2 all are text that is not blank.  A page that might itself say such a character, as bytes or by a
 * reference, gets no marks.
 */
#ifndef CORE_HTML_MARKS_H
#define CORE_HTML_MARKS_H

#include <stdint.h>
#include <suoyin/arena.h>

#include "html_open.h"

#define HTML_MARK_BYTES 4
#define HTML_MARKED_MIN 12 /* bytes; a shorter run costs less than its mark */

struct html_run {
	uint32_t from, n;
	enum html_leaf leaf; /* that it is all of, without attributes */
};

struct html_marks {
	struct span page;
	struct html_run *runs;
	uint32_t count, room; /* room 0: no marks in this page */
};

/* For decoded text of at most INT32_MAX bytes.  -1: the arena is full. */
int html_marks_init(struct html_marks *m, struct arena *a, struct span page);

/* Where the plain text that begins at `from`, not with a blank, ends, at most at `to`: before '&', a control character
 * or one that libxml2 would drop. */
size_t html_marks_run_end(struct span page, size_t from, size_t to);

/* The mark of a run of the page; false: no more marks, the run stays. */
bool html_marks_add(struct html_marks *m, struct span run, enum html_leaf leaf, char mark[HTML_MARK_BYTES]);

/* What libxml2 gave, piece by piece: text as it is, or the run of a mark and its leaf. *rest is not empty. */
struct span html_marks_next(const struct html_marks *m, struct span *rest, enum html_leaf *leaf);

#endif
