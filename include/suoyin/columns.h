/* SPDX-License-Identifier: MIT */
/*
 * columns.h - many rows as parameters of one statement: an array literal for each column, for unnest().
 *
 * A statement for each row costs more than the row.  The caller adds the values of a row to the columns, from 0 on,
 * one to each; columns_end() gives the literals, which belong to the columns until columns_fini().  What does not fit
 * in memory, or in COLUMN_BYTES_MAX a column, is known then.  Called by crawler, worker and ctl.
 */
#ifndef SUOYIN_COLUMNS_H
#define SUOYIN_COLUMNS_H

#include <suoyin/buf.h>

#define COLUMNS_MAX 24
#define COLUMN_BYTES_MAX ((size_t)256 << 20) /* a batch holds at most thousands of URLs and titles */

struct column {
	struct buf text;
	size_t count;
};

struct columns {
	struct column at[COLUMNS_MAX];
	const char *values[COLUMNS_MAX + 1]; /* one is room for a parameter that is no array */
	int count;
};

void columns_init(struct columns *c, int count);
void columns_fini(struct columns *c);
void columns_text(struct columns *c, int at, const char *text); /* NULL: SQL NULL */
/* Absent: SQL NULL.  A NUL becomes U+FFFD: a parameter ends at one, the array would be cut short. */
void columns_span(struct columns *c, int at, struct span text);
void columns_int(struct columns *c, int at, int64_t number);
void columns_id(struct columns *c, int at, int64_t id); /* 0: SQL NULL */
void columns_bool(struct columns *c, int at, bool value);
void columns_time(struct columns *c, int at, int64_t us); /* as page_time_format() */
/* The literals, to be used as parameters; NULL when memory is out. */
const char *const *columns_end(struct columns *c);

#endif
