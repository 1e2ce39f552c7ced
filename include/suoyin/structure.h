/* SPDX-License-Identifier: MIT */
/*
 * structure.h - the parts of an official document (GB/T 9704-2012) in its paragraphs.
 *
 * In: the body's paragraphs, in order, title and metadata already taken off.  Out:
 * addressee, preamble, numbered section tree (一、（一） 1. （1）), signature, date, printed-by
 * line, and noise.  Every numbered paragraph is a section; its heading ends at the first 。
 * or at the end of the line.  一是/二是 are counted, never split.
 */
#ifndef SUOYIN_STRUCTURE_H
#define SUOYIN_STRUCTURE_H

#include <suoyin/arena.h>
#include <suoyin/cn_date.h>
#include <suoyin/err.h>

struct section {
	int level;            /* 1 一、 2 （一） 3 1. 4 （1） */
	struct span ordinal;  /* as printed: "一、" "(二)" "1." */
	struct span heading;  /* as printed, without the 。 */
	bool inline_text;     /* text follows the heading on the same line */
	struct span role;     /* level 1 only: achievements … ; absent otherwise */
	struct span text;     /* own text, up to the next heading of any level; absent: none */
	int enumerations;     /* 一是, 二是 … in the own text */
	size_t parent;        /* index of the parent section, SIZE_MAX: top */
};

struct structure {
	struct span title;     /* found among the paragraphs; absent: none */
	struct span addressee; /* without the colon */
	struct span preamble;  /* text before the first heading, paragraphs by \n */
	struct span body;      /* all that is body, paragraphs by \n, PDF line breaks repaired */
	struct section *sections; /* in document order */
	size_t section_count;
	struct span *signed_by;
	size_t signed_by_count;
	struct cn_date signed_on;
	struct span printed_by;
	struct cn_date printed_on;
	struct span document_number; /* printed at the head of the body; absent: none */
	struct span *noise;
	size_t noise_count;
};

/* lines: paragraphs of valid UTF-8.  `title`: the title if known from elsewhere (absent:
 * look for it).  -1: REJECT "too_large" at the arena's limit. */
int structure_parse(struct structure *out, struct arena *a, const struct span *lines,
    size_t count, struct span title, struct err *err);

#endif
