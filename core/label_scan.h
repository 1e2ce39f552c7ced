/* SPDX-License-Identifier: MIT */
/*
 * label_scan.h - the search for labels in a page, as its parts share it, and the values of labels that
 * stand alone in their box.
 */
#ifndef CORE_LABEL_SCAN_H
#define CORE_LABEL_SCAN_H

#include "fold.h"
#include "label.h"

struct scan {
	struct labels *out;
	struct arena *a;
	const struct html *h;
	const struct blocks *blocks;
	struct fold fold;
	size_t stop; /* first block that is no value: the article's */
	uint32_t pairs_in, pairs_over; /* around boxes of label and value without colon; around it */
	bool behind; /* the metadata block stands behind the article */
	bool full;   /* the arena is */
};

/* What an element shows, if that can be a value; else absent. */
struct span label_node_text(struct scan *s, uint32_t node);
/* It shows a label and nothing else; 0: it does not. */
bool label_node_is(struct scan *s, uint32_t node);

/* The value of the label alone in block k: in the next cell, below it, in the box beside it, in
 * the next line of its box. Absent: none. */
struct span label_value_near(struct scan *s, size_t k, enum label_field field);
/* The same; its blocks are taken. Empty: none. */
struct span label_value_take(struct scan *s, size_t k, enum label_field field);
/* Only a value of this field looks like that: a number, a date. */
bool label_value_fits(struct scan *s, enum label_field field, struct span value);
/* A sentence behind a label without a value begins the text; only summaries are sentences. */
bool label_value_runs_on(struct span text, enum label_field field);

#endif
