/* SPDX-License-Identifier: MIT */
/*
 * record_rows.h - what a record says as rows, for COPY … FROM STDIN into the tables of schema core.
 *
 * The rows are those that the function core.expand() of the schema takes from the record's JSON;
 * tests hold both against each other.  Made where the record is at hand, they cost a fraction of
 * that, and PostgreSQL takes them by COPY.
 */
#ifndef SUOYIN_RECORD_ROWS_H
#define SUOYIN_RECORD_ROWS_H

#include <suoyin/record.h>

enum record_rows { ROWS_SECTION, ROWS_CITATION, ROWS_QUANTITY, ROWS_REQUIRED_PART, RECORD_ROWS };

/* Lines of COPY's text format, each ended by a line feed: the columns of the table in its order,
 * without the first, the revision.  -1: the buffer has failed. */
int record_rows_write(struct buf *out, const struct record *r, enum record_rows which);

/* Whether each line is whole: it ends with a line feed that no backslash takes for text. */
bool record_rows_are_lines(struct span text);

#endif
