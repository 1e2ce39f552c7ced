/* SPDX-License-Identifier: MIT */
/*
 * body.h - which part of a page is its article.
 *
 * First the containers that the common content systems use, by id or class; else the element
 * that most running text votes for.  The choice is one element, so an article that stands
 * twice on the page is taken once; `method` and `confidence` say how sure that is.
 */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <suoyin/explain.h>
#include <suoyin/html.h>

struct body {
	uint32_t node;      /* 0: the whole page */
	size_t begin, end;  /* its blocks */
	struct span method; /* container density page */
	struct span name;   /* the id or class that named it; absent otherwise */
	double confidence;
};

/* x: the elements that came into question are noted to it; NULL allowed. -1: REJECT "too_large". */
int body_choose(struct body *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, struct explain *x, struct err *err);

/* Provenance: "container:zoom", "density:div", "page". {NULL, 0} at the arena's limit. */
struct span body_where(const struct body *b, struct arena *a, const struct html *h);

struct lines {
	struct span *items;
	size_t count;
};

/* A text at its line ends (LF, CR, CR LF), empty lines too. -1: arena full. */
int lines_cut(struct lines *out, struct arena *a, struct span text);

struct body_text {
	struct lines lines;
	struct lines noise; /* chrome around the article, in its element */
};

/* The paragraphs of the article: rows of tables on one line, cells apart by a tab; without
 * the labels (taken) that open it, without what it repeats of itself, and without the chrome. */
int body_lines(struct body_text *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, const struct body *body, const bool *taken, struct err *err);

#endif
