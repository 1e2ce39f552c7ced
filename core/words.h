/* SPDX-License-Identifier: MIT */
/*
 * words.h - lists of words, and texts that begin with, end in or hold one of them.
 *
 * The rules of extraction are mostly such lists.  A list is searched in its order: where one word
 * is the beginning (or the end) of another, the longer one comes first.
 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <suoyin/span.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

bool words_has(struct span s, struct span word);
bool words_has_stop(struct span s); /* 。 ； ！: it is a sentence, or more */
bool words_any(struct span s, const struct span *list, size_t count);
/* The first of the list that s, which is short, holds anywhere; absent: none. */
struct span words_find(struct span s, const struct span *list, size_t count);

/* The first of the list that s begins with, or ends in; absent: none. */
struct span words_first(struct span s, const struct span *list, size_t count);
struct span words_last(struct span s, const struct span *list, size_t count);
bool words_begin(struct span s, const struct span *list, size_t count);
bool words_end(struct span s, const struct span *list, size_t count);

/* A long list that is looked into often, by how a word's first character ends. It is small, and lives with who asks. */
#define WORDS_INDEX_MAX 255
struct words_index {
	const struct span *list;
	unsigned char first[256], next[WORDS_INDEX_MAX]; /* number of a word, from 1; 0: none */
};
void words_index(struct words_index *index, const struct span *list, size_t count);
/* What words_first() finds, and words_find(). */
struct span words_first_of(const struct words_index *index, struct span s);
struct span words_find_of(const struct words_index *index, struct span s);

/* A title without the brackets behind it: （试行）, (2021—2025年). */
struct span words_without_note(struct span title);

#endif
