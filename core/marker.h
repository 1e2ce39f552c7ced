/* SPDX-License-Identifier: MIT */
/*
 * marker.h - the ordinal that opens a numbered paragraph (GB/T 9704-2012, 7.3.3).
 *
 * 一、 is level 1, （一） 2, 1. 3, （1） 4; chapters (第一章) are level 1, their sections
 * (第一节) 2; 1.1 has as many levels as numbers.  Dates and quantities that open a paragraph are
 * none.
 */
#ifndef CORE_MARKER_H
#define CORE_MARKER_H

#include <suoyin/span.h>

struct marker {
	int level; /* 0: the paragraph is not numbered */
	struct span ordinal, rest;
	int decimals; /* of 1.1: how many numbers; else 0 */
};

struct marker marker_parse(struct span paragraph);
/* How many 一是, 二是 … stand in the text, at its beginning or behind a mark. */
int marker_enumerations(struct span text);

#endif
