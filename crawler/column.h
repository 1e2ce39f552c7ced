/* SPDX-License-Identifier: MIT */
/*
 * column.h - one column of a batch on its way to PostgreSQL: an array literal that grows by
 * values, so that a statement works on many rows at once (unnest).
 */
#ifndef CRAWLER_COLUMN_H
#define CRAWLER_COLUMN_H

#include <suoyin/buf.h>

struct column {
	struct buf text;
	size_t count;
};

#define COLUMNS_MAX 24

struct columns {
	struct column at[COLUMNS_MAX];
	const char *values[COLUMNS_MAX];
	int count;
};

void columns_init(struct columns *c, int count);
void columns_fini(struct columns *c);
void columns_text(struct columns *c, int at, const char *text); /* NULL: SQL NULL */
void columns_span(struct columns *c, int at, struct span text); /* absent: SQL NULL */
void columns_int(struct columns *c, int at, int64_t number);
/* The literals, to be used as parameters; NULL when memory is out. */
const char *const *columns_end(struct columns *c);

#endif
