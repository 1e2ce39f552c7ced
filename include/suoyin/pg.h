/* SPDX-License-Identifier: MIT */
/*
 * pg.h - PostgreSQL through libpq: one connection, text parameters, SQLSTATE to verdict.
 *
 * Blocking; each program decides which thread may block.  A lost connection is ERR_RETRY:
 * the caller rolls back its memory, calls pg_connect() again (with its own back-off) and
 * starts the transaction anew.  connect_timeout 5 s, TCP user timeout, statement, lock and
 * idle-in-transaction timeouts are set on every connection.
 */
#ifndef SUOYIN_PG_H
#define SUOYIN_PG_H

#include <libpq-fe.h>
#include <suoyin/err.h>
#include <suoyin/span.h>

struct pg; /* URL, application name, connection, prepared statements known to it */

struct pg *pg_new(const char *url, const char *application, struct err *err); /* no I/O */
void pg_free(struct pg *pg);
/* Connects if not connected. RETRY "database" when it cannot. */
int pg_connect(struct pg *pg, struct err *err);
void pg_disconnect(struct pg *pg);
bool pg_is_connected(const struct pg *pg);
PGconn *pg_conn(struct pg *pg);

/* A statement that is prepared on first use under `name` (NULL: not prepared).  values may
 * hold NULL for SQL NULL.  Returns the result (caller: PQclear) or NULL with err by SQLSTATE.
 * A COMMIT that PostgreSQL answered with ROLLBACK is an error too. */
PGresult *pg_query(struct pg *pg, const char *name, const char *sql, int count,
    const char *const *values, struct err *err);
/* The same where no rows are wanted; returns the affected rows, or -1. */
int64_t pg_do(struct pg *pg, const char *name, const char *sql, int count,
    const char *const *values, struct err *err);
/* COPY … FROM STDIN of these bytes. */
int pg_copy(struct pg *pg, const char *sql, struct span data, struct err *err);
/* Prepares if this connection has not yet; for PQsendQueryPrepared in pipeline mode. */
int pg_prepare(struct pg *pg, const char *name, const char *sql, int count, struct err *err);

/* Error of a result or of the connection into err; -1. err->reason is "database" and the
 * SQLSTATE stands in text; pg_sqlstate() gives the last one. */
int pg_fail(struct pg *pg, const PGresult *res, const char *what, struct err *err);
const char *pg_sqlstate(const struct pg *pg);
enum err_code pg_fate(const char *sqlstate); /* 22 23 54: REJECT; 08 40 53 55 57 58: RETRY; else FATAL */

/* Looks for NOTIFY on this (otherwise idle) connection without blocking: number received, or -1
 * when the connection is lost (notifications may have been missed). */
int pg_notifications(struct pg *pg);

/* A PostgreSQL array literal {"a","b",NULL} appended to `out`, or one item of it; absent spans are NULL.  For several
 * columns: columns.h. */
struct buf;
void pg_array(struct buf *out, const struct span *items, size_t count);
void pg_array_item(struct buf *out, struct span item);

/* A value of a result: the text, which the result owns, NULL for NULL; a number, 0 for NULL; whether it is true. */
const char *pg_text_at(const PGresult *res, int row, int column);
int64_t pg_int_at(const PGresult *res, int row, int column);
bool pg_bool_at(const PGresult *res, int row, int column);

/* The schema version this program was built for (sql_migrations) against the database's:
 * table public.suoyin_migration (number integer primary key, name text, sha256 text, breaks text
 * "worker" | "crawler" | "none", applied_at timestamptz), written by `suoyinctl migrate up`.
 * 0 fine; FATAL "schema" with what to do (suoyinctl migrate up). role: "worker" or "crawler". */
int pg_check_schema(struct pg *pg, const char *role, struct err *err);

#endif
