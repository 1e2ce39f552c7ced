/* SPDX-License-Identifier: MIT */
/*
 * label.h - the labelled values that a page prints around its article: 索引号: …, 来源: ….
 *
 * A label is known by its letters alone: white space, zero-width characters, brackets and the
 * colon are no part of it, and it may be cut up by markup.  Its value stands behind it in the
 * same line, or in the next element (cell, dd, div), or below it when a whole row of cells are
 * labels.  Values drawn by scripts or kept in comments and hidden elements are not printed.
 */
#ifndef CORE_LABEL_H
#define CORE_LABEL_H

#include <suoyin/html.h>
#include <suoyin/record.h>

enum label_field {
	LABEL_OTHER,     /* kept as metadata, no field of the record */
	LABEL_INDEX,
	LABEL_AGENCY,
	LABEL_SOURCE,
	LABEL_PUBLISHED, /* 发布日期 */
	LABEL_DATED,     /* 日期, 时间: published, where nothing better stands */
	LABEL_ISSUED,    /* 发文日期 */
	LABEL_ENTERED,   /* 生成日期: of the catalogue's entry */
	LABEL_SIGNED,    /* 成文日期 */
	LABEL_TITLE,
	LABEL_NUMBER,    /* 文号 */
	LABEL_CHROME,    /* 字体, 打印: ends a value, is none itself */
};

struct labelled {
	struct span name;  /* as printed, white space folded, brackets and colon gone */
	struct span value; /* as printed, folded; empty: printed without a value */
	enum label_field field;
	size_t line;       /* block or line that it begins in */
	bool block;        /* in a cell or list of labels, not in a line of running text */
};

struct labels {
	struct labelled *items;
	size_t count, room;
	bool *taken; /* one for each line given: nothing but labels and their values */
};

/* The known labels one after the other; absent: there are no more. */
struct span label_nth(size_t i);
/* A known label at the begin of s: its end, before any bracket or colon; 0: none. */
size_t label_match(struct span s, enum label_field *field);
/* The whole of s is one known label, colon and brackets allowed. */
bool label_is(struct span s, enum label_field *field);

/* s begins with what is surely a label, not only with its letters: a colon, a bracket or nothing
 * follows.  部门预算 begins with no label. */
bool label_opens(struct span s);

/* Its values are dates. */
bool label_is_date(enum label_field field);

/* Placeholders such as 无, 暂无, —, / mean that there is no value. */
bool label_is_placeholder(struct span value);

/* A page: all blocks of it; those in [body, body_end) only as far as they open the body. */
int labels_of_html(struct labels *out, struct arena *a, const struct html *h,
    const struct blocks *blocks, size_t body, size_t body_end, struct err *err);
/* Plain text: lines, empty ones too, up to the first that is running text. */
int labels_of_lines(struct labels *out, struct arena *a, const struct span *lines, size_t count,
    struct err *err);

/* The labels of this field one after the other, in the order in which their values count: those of
 * the block, then those of info lines.  after: NULL for the first. NULL: no more. */
const struct labelled *labels_next(const struct labels *l, enum label_field field,
    const struct labelled *after);
/* The first of them that has a value (placeholders have none), or NULL. */
const struct labelled *labels_find(const struct labels *l, enum label_field field);

/* Line `line` holds labels, whichever. */
bool labels_stand(const struct labels *l, size_t line);
/* The date in line `line` is the value of one of its labels, whichever. */
bool labels_date(const struct labels *l, size_t line);

/* As the record has them: a label once, its first non-empty value. -1: arena full. */
int labels_to_pairs(struct pairs *out, struct arena *a, const struct labels *l);

#endif
