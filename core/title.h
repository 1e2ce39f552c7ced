/* SPDX-License-Identifier: MIT */
/*
 * title.h - the heading that a page shows above its article.
 *
 * Every short text near the article's begin, and every heading, is a candidate; what META
 * ArticleTitle, <title> and a 标题 label say speaks for it, as do its element and place.  The
 * printed form counts; ArticleTitle only where the heading is missing or cut short.
 */
#ifndef CORE_TITLE_H
#define CORE_TITLE_H

#include "body.h"

struct title {
	struct span text;  /* absent: none found */
	struct span where; /* provenance */
	size_t block;      /* the heading's first block, SIZE_MAX: it is none of the page's */
	size_t block_end;  /* one behind its last */
};

/* What else says a title; absent where nothing does. */
struct title_hints {
	struct span article;  /* META ArticleTitle */
	struct span page;     /* <title> */
	struct span site;     /* META SiteName */
	struct span labelled; /* behind 标题 in the metadata block */
	struct explain *explain; /* candidates are noted to it; NULL: nobody asks */
};

int title_find(struct title *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, const struct body *body, const struct title_hints *hints,
    struct err *err);

#endif
