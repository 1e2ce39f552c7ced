/* SPDX-License-Identifier: MIT */
/*
 * structure_parts.h - the steps of structure_parse(), each of which marks lines.
 *
 * A line starts as LINE_BODY; the steps run in the order of their declarations and take
 * lines away from the body text.  What no step takes is what the sections are made of.
 */
#ifndef CORE_STRUCTURE_PARTS_H
#define CORE_STRUCTURE_PARTS_H

#include "marker.h"
#include <suoyin/structure.h>

enum line_kind {
	LINE_BODY,
	LINE_NOISE,     /* dropped, kept in the list of noise */
	LINE_META,      /* labelled value or date at the head: dropped */
	LINE_TITLE,     /* dropped */
	LINE_HEAD,      /* letterhead, document number: body, but no text */
	LINE_ADDRESSEE, /* from here on: body, closes the section before it */
	LINE_END,       /* closing formula, list of attachments, signature, imprint */
};

struct line {
	struct span text; /* trimmed, never empty */
	enum line_kind kind;
	struct marker marker;
};

struct lines {
	struct line *items;
	size_t count;
	size_t begin;      /* first line behind the head */
	struct span title; /* folded, known from elsewhere; empty: none is */
};

void structure_noise(struct lines *l);
/* -1: arena full. */
int structure_head(struct structure *out, struct arena *a, struct lines *l);
int structure_tail(struct structure *out, struct arena *a, struct lines *l);
/* Joins what page breaks have cut. */
int structure_repair(struct arena *a, struct lines *l);
int structure_sections(struct structure *out, struct arena *a, const struct lines *l);
/* Lines from..to of the given kind or nearer to the body, by \n; `first` stands before them. */
struct span structure_join(struct arena *a, struct span first, const struct lines *l, size_t from,
    size_t to);

#endif
