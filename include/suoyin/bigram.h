/* SPDX-License-Identifier: MIT */
/*
 * bigram.h - text as search sees it: folded, and as the set of its pairs of neighbours.
 *
 * Chinese has no blanks between words, so the index is over pairs of characters (docs/SEARCH.md).
 * Folding is text_fold_title(): NFKC, lower case, neither white space nor punctuation; what a line
 * break divides stands together.  A query is folded and coded by SQL (core.search_fold,
 * core.search_parse), with the table that search_chars.c of the worker fills from
 * text_fold_char(): a change of either shows in bigram_rules(), and all is indexed anew.
 */
#ifndef SUOYIN_BIGRAM_H
#define SUOYIN_BIGRAM_H

#include <suoyin/arena.h>
#include <suoyin/span.h>

#define BIGRAM_RULES_MAX 96

/* Distinct and ascending after bigrams_end(). */
struct bigrams {
	int32_t *codes;
	size_t count, room;
};

/* The text without what search does not see; {NULL, 0} for absent text or at the arena's limit. */
struct span bigram_fold(struct arena *a, struct span text);

/* One pair as a number: exact for characters of the BMP, the others share 2,048 values. */
int32_t bigram_code(uint32_t first, uint32_t second);

/* Adds the pairs of one folded text; none reaches from one text into the next. -1: arena full. */
int bigrams_add(struct bigrams *b, struct arena *a, struct span folded);
void bigrams_end(struct bigrams *b);

/* Names what folding depends on. */
void bigram_rules(char out[BIGRAM_RULES_MAX]);

#endif
