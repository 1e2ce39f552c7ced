/* SPDX-License-Identifier: MIT */
/*
 * html_marks.h - marks that stand for the plain text of a page while libxml2 reads it.
 *
 * libxml2 goes through text character by character; html.c copies it in one piece.  So html_lean.c
 * gives libxml2 a mark, one character of plane 15 (private use), for each run of text that nothing
 * can be inside of, and html.c puts the run in its place again.  To libxml2 both are text that is not
 * blank.  A page that might itself say such a character, as bytes or by a reference, gets no marks.
 */
#ifndef CORE_HTML_MARKS_H
#define CORE_HTML_MARKS_H

#include <stdint.h>
#include <suoyin/arena.h>

#define HTML_MARK_BYTES 4
#define HTML_MARKED_MIN 12 /* bytes; a shorter run costs less than its mark */

struct html_run {
	uint32_t from, n;
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
bool html_marks_add(struct html_marks *m, size_t from, size_t to, char mark[HTML_MARK_BYTES]);

/* What libxml2 gave, piece by piece: text as it is, or the run of a mark. *rest is not empty. */
struct span html_marks_next(const struct html_marks *m, struct span *rest);

#endif
