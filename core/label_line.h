/* SPDX-License-Identifier: MIT */
/*
 * label_line.h - the labels within one line of text, and what stands behind each.
 *
 * A line may know where its pieces of markup begin (marks): a label may start there although
 * no blank stands before it.
 */
#ifndef CORE_LABEL_LINE_H
#define CORE_LABEL_LINE_H

#include "label.h"

#define LABEL_HITS_MAX 24  /* labels in one line */
#define LABEL_MARKS_MAX 64 /* pieces of markup in one line */

struct label_line {
	struct span text;
	size_t marks[LABEL_MARKS_MAX];
	size_t mark_count;
};

struct label_hit {
	size_t begin, name_end, value; /* the value reaches to the next hit */
	enum label_field field;
	bool colon; /* or brackets: surely a label */
};

/* Returns the count of hits. Labels without colon only where `bare` allows them, that is
 * between two marks. */
size_t label_hits(struct label_hit *out, const struct label_line *line, bool bare);

/* The value of hit i, cut to what a value of its field can be. */
struct span label_value(const struct label_line *line, const struct label_hit *hits, size_t count,
    size_t i);

/* Blanks, brackets, bars at both ends off. */
struct span label_trim(struct span s);

#endif
