/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <suoyin/buf.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/pg.h>

#define OPTIONS_MAX 4096 /* startup options, ours and those of the URL */
#define COPY_PIECE ((size_t)1 << 20) /* sent at once */
#define SETTINGS_MAX 64  /* keywords that libpq knows: about 40 */
/* The server's side of the keepalives below: who was killed or cut off keeps no locks. */
#define GONE_CLIENT \
	"-c client_connection_check_interval=5s -c tcp_keepalives_idle=15 " \
	"-c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30s "

struct pg {
	char *url, *application;
	PGconn *conn;
	char **prepared; /* names that this connection knows */
	size_t prepared_count;
	char sqlstate[6];
};

static const struct {
	const char *prefix; /* of an SQLSTATE: a class, or one code */
	enum err_code code;
} fates[] = {
	{"08", ERR_RETRY}, {"40", ERR_RETRY}, {"53", ERR_RETRY}, {"55", ERR_RETRY},
	{"57", ERR_RETRY}, {"58", ERR_RETRY}, /* the server, or the way to it */
	{"25006", ERR_RETRY},                 /* read only: a standby took the address */
	{"25P03", ERR_RETRY},                 /* we were too slow within a transaction */
	{"22", ERR_REJECT}, {"23", ERR_REJECT}, {"54", ERR_REJECT}, /* this page */
};

enum err_code
pg_fate(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (strncmp(sqlstate, fates[i].prefix, strlen(fates[i].prefix)) == 0)
			return fates[i].code;
	return ERR_FATAL;
}

/* libpq quotes the whole text in some messages, password and all; these two name a key only. */
static const char *
harmless(const char *text)
{
	static const char *const known[] = {
		"invalid connection option", "invalid URI query parameter"};

	for (size_t i = 0; text != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(text, known[i], strlen(known[i])) == 0)
			return text;
	return "expected postgresql://USER@HOST:PORT/DATABASE";
}

/* Copies a message of several lines into one. */
static void
one_line(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++)
		if (!isspace((unsigned char)*text))
			out[n++] = *text;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

struct pg *
pg_new(const char *url, const char *application, struct err *err)
{
	char text[200], *why = NULL;
	PQconninfoOption *parsed = PQconninfoParse(url, &why);
	struct pg *pg;

	if (parsed == NULL) {
		one_line(text, sizeof(text), harmless(why));
		(void)err_set(err, ERR_FATAL, "config", "database.url: not understood: %s", text);
		PQfreemem(why);
		return NULL;
	}
	PQconninfoFree(parsed);
	if ((pg = calloc(1, sizeof(*pg))) == NULL || (pg->url = strdup(url)) == NULL ||
	    (pg->application = strdup(application)) == NULL) {
		pg_free(pg);
		(void)err_set(err, ERR_RETRY, "database", "out of memory");
		return NULL;
	}
	return pg;
}

void
pg_free(struct pg *pg)
{
	if (pg == NULL)
		return;
	pg_disconnect(pg);
	free(pg->url);
	free(pg->application);
	free(pg);
}

/* Notices quote what pages hold, and can be many: for those who debug. */
static void
on_notice(void *ctx, const char *message)
{
	char text[500];

	(void)ctx;
	one_line(text, sizeof(text), message);
	log_event(LEVEL_DEBUG, "database_notice", F_STR("text", text));
}

struct settings {
	const char *keys[SETTINGS_MAX + 1], *values[SETTINGS_MAX + 1];
	size_t count;
};

/* A later value of the same key replaces the earlier one. */
static void
put(struct settings *s, const char *key, const char *value)
{
	size_t i = 0;

	while (i < s->count && strcmp(s->keys[i], key) != 0)
		i++;
	if (i == SETTINGS_MAX)
		return;
	s->keys[i] = key;
	s->values[i] = value;
	if (i == s->count)
		s->count++;
}

/* The URL's own timeouts win over ours; what we read dates and text by does not change. */
static PGconn *
open_connection(struct pg *pg, const PQconninfoOption *url)
{
	struct settings s = {.count = 0};
	const char *extra = "";
	char options[OPTIONS_MAX];
	int n;

	put(&s, "connect_timeout", "5");
	put(&s, "tcp_user_timeout", "30000");
	put(&s, "keepalives", "1");
	put(&s, "keepalives_idle", "15");
	put(&s, "keepalives_interval", "5");
	put(&s, "keepalives_count", "3");
	put(&s, "application_name", pg->application);
	for (; url->keyword != NULL; url++)
		if (url->val == NULL)
			continue;
		else if (strcmp(url->keyword, "options") == 0)
			extra = url->val;
		else
			put(&s, url->keyword, url->val);
	n = snprintf(options, sizeof(options),
	    "-c statement_timeout=60s -c lock_timeout=10s "
	    "-c idle_in_transaction_session_timeout=15s " GONE_CLIENT
	    "%s -c timezone=UTC -c datestyle=ISO",
	    extra);
	if (n < 0 || (size_t)n >= sizeof(options))
		return NULL;
	put(&s, "options", options);
	put(&s, "client_encoding", "UTF8");
	return PQconnectdbParams(s.keys, s.values, 0);
}

int
pg_connect(struct pg *pg, struct err *err)
{
	PQconninfoOption *parsed;
	char text[400];

	if (pg_is_connected(pg))
		return 0;
	pg_disconnect(pg);
	if ((parsed = PQconninfoParse(pg->url, NULL)) != NULL) {
		pg->conn = open_connection(pg, parsed);
		PQconninfoFree(parsed);
	}
	if (PQstatus(pg->conn) == CONNECTION_OK) {
		(void)PQsetNoticeProcessor(pg->conn, on_notice, NULL);
		pg->sqlstate[0] = '\0';
		metric_add(M_PG_CONNECTIONS, "opened", 1);
		return 0;
	}
	metric_add(M_PG_CONNECTIONS, "failed", 1);
	one_line(text, sizeof(text),
	    pg->conn != NULL ? PQerrorMessage(pg->conn) : "out of memory, or options too long");
	pg_disconnect(pg);
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "08001");
	return err_set(err, ERR_RETRY, "database", "cannot connect: %s", text);
}

void
pg_disconnect(struct pg *pg)
{
	for (size_t i = 0; i < pg->prepared_count; i++)
		free(pg->prepared[i]);
	free(pg->prepared);
	pg->prepared = NULL;
	pg->prepared_count = 0;
	PQfinish(pg->conn);
	pg->conn = NULL;
}

bool
pg_is_connected(const struct pg *pg)
{
	return PQstatus(pg->conn) == CONNECTION_OK;
}

PGconn *
pg_conn(struct pg *pg)
{
	return pg->conn;
}

const char *
pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

/* libpq keeps calling a connection fine on which it could not write, as there may be something to
 * read. What has an error of libpq's own is read to its end, so that it is known to be lost. */
static void
give_up(PGconn *conn)
{
	if (PQsocket(conn) >= 0)
		(void)shutdown(PQsocket(conn), SHUT_RDWR);
	while (PQstatus(conn) == CONNECTION_OK && PQconsumeInput(conn) == 1)
		;
}

int
pg_fail(struct pg *pg, const PGresult *res, const char *what, struct err *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorMessage(res);
	bool lost = !pg_is_connected(pg) || state == NULL;
	char text[400];

	/* What follows an error in a pipeline tells nothing new. */
	if (PQresultStatus(res) == PGRES_PIPELINE_ABORTED)
		return err_set(err, ERR_RETRY, "database", "%s: after an error in the pipeline",
		    what);
	/* A connection that broke off says so in words only. */
	if (state == NULL)
		state = "08006";
	if (message == NULL || message[0] == '\0')
		message = pg->conn == NULL ? "not connected" : PQerrorMessage(pg->conn);
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", state);
	one_line(text, sizeof(text), message);
	if (lost && pg->conn != NULL)
		give_up(pg->conn);
	return err_set(err, lost ? ERR_RETRY : pg_fate(state), "database", "%s: %s (SQLSTATE %s)",
	    what, text, state);
}

static bool
is_prepared(const struct pg *pg, const char *name)
{
	for (size_t i = 0; i < pg->prepared_count; i++)
		if (strcmp(pg->prepared[i], name) == 0)
			return true;
	return false;
}

static int
remember(struct pg *pg, const char *name)
{
	char **grown = realloc(pg->prepared, (pg->prepared_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	pg->prepared = grown;
	if ((grown[pg->prepared_count] = strdup(name)) == NULL)
		return -1;
	pg->prepared_count++;
	return 0;
}

int
pg_prepare(struct pg *pg, const char *name, const char *sql, int count, struct err *err)
{
	PGresult *res;
	int rc = 0;

	if (is_prepared(pg, name))
		return 0;
	res = PQprepare(pg->conn, name, sql, count, NULL);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_fail(pg, res, name, err);
	PQclear(res);
	if (rc == 0 && remember(pg, name) == -1) {
		/* The server knows a name that we do not: only a new connection is right again. */
		pg_disconnect(pg);
		rc = err_set(err, ERR_RETRY, "database", "out of memory");
	}
	return rc;
}

/* What an error calls an unnamed statement: its beginning. */
static const char *
label(const char *name, const char *sql, char *room, size_t size)
{
	if (name != NULL)
		return name;
	one_line(room, size, sql);
	return room;
}

/* PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and calls that no error. */
static bool
was_rolled_back(const char *sql, PGresult *res)
{
	return strncasecmp(sql, "COMMIT", 6) == 0 &&
	    strcmp(PQcmdStatus(res), "ROLLBACK") == 0;
}

PGresult *
pg_query(struct pg *pg, const char *name, const char *sql, int count, const char *const *values,
    struct err *err)
{
	PGresult *res;
	char what[48];

	if (name != NULL && pg_prepare(pg, name, sql, count, err) == -1)
		return NULL;
	res = name == NULL ?
	    PQexecParams(pg->conn, sql, count, NULL, values, NULL, NULL, 0) :
	    PQexecPrepared(pg->conn, name, count, values, NULL, NULL, 0);
	switch ((int)PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
		if (!was_rolled_back(sql, res))
			return res;
		(void)err_set(err, ERR_FATAL, "database",
		    "COMMIT stored nothing: an error before it was overlooked");
		PQclear(res);
		return NULL;
	case PGRES_TUPLES_OK:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_EMPTY_QUERY:
		return res;
	default:
		(void)pg_fail(pg, res, label(name, sql, what, sizeof(what)), err);
		PQclear(res);
		return NULL;
	}
}

int64_t
pg_do(struct pg *pg, const char *name, const char *sql, int count, const char *const *values,
    struct err *err)
{
	PGresult *res = pg_query(pg, name, sql, count, values, err);
	uint64_t rows = 0;

	if (res == NULL)
		return -1;
	(void)span_u64(span_of(PQcmdTuples(res)), INT64_MAX, &rows);
	PQclear(res);
	return (int64_t)rows;
}

/* What the server said to the whole of it: it is told once it has an end. */
static int
end_copy(struct pg *pg, const char *sql, bool sent, struct err *err)
{
	bool ended = PQputCopyEnd(pg->conn, sent ? NULL : "not all could be sent") == 1;
	PGresult *res = ended ? PQgetResult(pg->conn) : NULL, *rest;
	char what[48];
	int rc = 0;

	if (!sent || PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = pg_fail(pg, res, label(NULL, sql, what, sizeof(what)), err);
	PQclear(res);
	while (ended && (rest = PQgetResult(pg->conn)) != NULL)
		PQclear(rest);
	return rc;
}

int
pg_copy(struct pg *pg, const char *sql, struct span data, struct err *err)
{
	PGresult *res = pg_query(pg, NULL, sql, 0, NULL, err);
	bool sent = res != NULL;

	if (res == NULL)
		return -1;
	PQclear(res);
	for (size_t at = 0; sent && at < data.n; at += COPY_PIECE) {
		struct span piece = span_cut(data, at, at + COPY_PIECE);

		sent = PQputCopyData(pg->conn, piece.p, (int)piece.n) == 1;
	}
	return end_copy(pg, sql, sent, err);
}

int
pg_notifications(struct pg *pg)
{
	PGnotify *note;
	int count = 0;

	if (pg->conn == NULL || PQconsumeInput(pg->conn) == 0)
		return -1;
	while ((note = PQnotifies(pg->conn)) != NULL) {
		count++;
		PQfreemem(note);
	}
	return count;
}

static bool
is_special(char c)
{
	return c == '"' || c == '\\' || c == '\0';
}

void
pg_array_item(struct buf *out, struct span s)
{
	if (s.p == NULL) {
		(void)buf_add_str(out, "NULL");
		return;
	}
	(void)buf_add_byte(out, '"');
	for (size_t at = 0, from = 0; at < s.n; from = at) {
		while (at < s.n && !is_special(s.p[at]))
			at++;
		(void)buf_add(out, s.p + from, at - from);
		if (at == s.n)
			break;
		/* A parameter ends at a NUL: the array would be cut short. */
		if (s.p[at] == '\0') {
			(void)buf_add_utf8(out, 0xFFFD);
		} else {
			(void)buf_add_byte(out, '\\');
			(void)buf_add_byte(out, s.p[at]);
		}
		at++;
	}
	(void)buf_add_byte(out, '"');
}

void
pg_array(struct buf *out, const struct span *items, size_t count)
{
	(void)buf_add_byte(out, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			(void)buf_add_byte(out, ',');
		pg_array_item(out, items[i]);
	}
	(void)buf_add_byte(out, '}');
}
