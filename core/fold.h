/* SPDX-License-Identifier: MIT */
/*
 * fold.h - text gathered piece by piece, white space folded while it comes in.
 *
 * Runs of Unicode white space become one blank, zero-width characters go; a break asked for
 * by fold_break() is written before the next character, the strongest of those asked for.
 * Nothing stands at the begin or the end.  One allocation for all pieces (struct buf).
 */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include <suoyin/buf.h>

struct fold {
	struct buf out;
	char pending;     /* 0, ' ', '\t' or '\n': owed before the next character */
	size_t start;     /* nothing is owed at this offset */
	size_t chars;     /* code points written since fold_start(), blanks too */
};

void fold_init(struct fold *f, size_t limit);
void fold_fini(struct fold *f);
void fold_add(struct fold *f, struct span s);
void fold_break(struct fold *f, char c); /* ' ' < '\t' < '\n' */
void fold_start(struct fold *f);         /* a new text begins here: owes nothing */

#endif
