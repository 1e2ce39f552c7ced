/* SPDX-License-Identifier: MIT */
/*
 * index_number.h - 索引号, the number that a disclosed government document carries.
 *
 * Composition differs by place (organisation code GB 11714 or credit code GB 32100, then
 * year and serial; or groups joined by '-').  We fold width, dashes and slashes, upper-case,
 * and classify; zero padding is never changed, nothing is ever unescaped.  A normal form
 * is a key only when index_number_usable().
 */
#ifndef SUOYIN_INDEX_NUMBER_H
#define SUOYIN_INDEX_NUMBER_H

#include <suoyin/arena.h>

struct number {
	struct span raw;        /* as printed, trimmed; absent: there is none */
	struct span normalized; /* absent for placeholders */
	struct span class_;     /* org9 uscc prefix_year_serial prefix_serial dashed other partial
	                           [+zero_prefix]; or canonical order announcement suspect absent */
	struct span flags[8];   /* e.g. check_character; soft, never a rejection */
	size_t flag_count;
};

/* Never fails on input: what is not a number has class "absent".  -1: arena full. */
int index_number_parse(struct number *out, struct arena *a, struct span text);
bool index_number_usable(const struct number *n); /* may serve as a key (design 5) */

#endif
