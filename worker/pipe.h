/* SPDX-License-Identifier: MIT */
/*
 * pipe.h - many small statements in one go: libpq's pipeline mode with prepared statements.
 *
 * Statements are sent without waiting, each with a sync of its own; their results are taken every
 * PIPE_DEPTH statements, so that neither side ever waits for the other with full buffers.  Between
 * two syncs no timeout of PostgreSQL would run: a worker that is stopped there would keep its locks
 * for ever.  The first error ends it.  All
 * parameters are text; the makers below keep them in the transaction's arena and remember when it
 * is full (pipe_close() then fails).
 */
#ifndef WORKER_PIPE_H
#define WORKER_PIPE_H

#include <stdio.h>
#include <stdlib.h>
#include <suoyin/arena.h>
#include <suoyin/columns.h>
#include <suoyin/pg.h>

#define PIPE_DEPTH 64

struct statement {
	const char *name;
	int count; /* of parameters */
	const char *sql;
};

struct pipe {
	struct pg *pg;
	struct arena *arena;
	struct err *err;
	const struct statement *sent[PIPE_DEPTH];
	int pending;
	bool full, failed;
};

/* Prepares what this connection has not yet, and enters pipeline mode. */
int pipe_open(struct pipe *p, struct pg *pg, struct arena *arena, const struct statement *statements,
    size_t count, struct err *err);
int pipe_send(struct pipe *p, const struct statement *statement, const char *const *values);
/* The same of columns, which end here, and of one more parameter or NULL. */
int pipe_columns(struct pipe *p, const struct statement *statement, struct columns *c, const char *last);
/* Takes the remaining results and leaves pipeline mode. */
int pipe_close(struct pipe *p);

const char *pipe_text(struct pipe *p, struct span s); /* NULL for absent */
/* Bytes that we did not make ourselves: NULL, too, for what is no text. */
const char *pipe_foreign(struct pipe *p, struct span s);
const char *pipe_int(struct pipe *p, int64_t v);
const char *pipe_time(struct pipe *p, int64_t us);
const char *pipe_keep(struct pipe *p, const char *made); /* notes NULL as a full arena */

#endif
