/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <suoyin/page.h>
#include <suoyin/text.h>

#include "pipe.h"

int
pipe_open(struct pipe *p, struct pg *pg, struct arena *arena, const struct statement *statements,
    size_t count, struct err *err)
{
	*p = (struct pipe){.pg = pg, .arena = arena, .err = err};
	for (size_t i = 0; i < count; i++)
		if (pg_prepare(pg, statements[i].name, statements[i].sql, statements[i].count, err) == -1)
			return -1;
	if (PQenterPipelineMode(pg_conn(pg)) == 1)
		return 0;
	return pg_fail(pg, NULL, "pipeline", err);
}

/* One result; the first error tells: what follows it in a failed transaction is refused. */
static void
note(struct pipe *p, PGresult *res, ExecStatusType wanted, const char *what)
{
	if (PQresultStatus(res) != wanted && !p->failed) {
		p->failed = true;
		(void)pg_fail(p->pg, res, what, p->err);
	}
	PQclear(res);
}

/* The results of all that was sent, and of the sync behind each. */
static int
drain(struct pipe *p)
{
	PGconn *conn = pg_conn(p->pg);
	PGresult *res;

	for (int i = 0; i < p->pending; i++) {
		while ((res = PQgetResult(conn)) != NULL)
			note(p, res, PGRES_COMMAND_OK, p->sent[i]->name);
		note(p, PQgetResult(conn), PGRES_PIPELINE_SYNC, "pipeline sync");
		if (PQstatus(conn) != CONNECTION_OK)
			break;
	}
	p->pending = 0;
	return p->failed ? -1 : 0;
}

int
pipe_send(struct pipe *p, const struct statement *s, const char *const *values)
{
	if (p->failed || p->full)
		return -1;
	if (PQsendQueryPrepared(pg_conn(p->pg), s->name, s->count, values, NULL, NULL, 0) != 1 ||
	    PQpipelineSync(pg_conn(p->pg)) != 1) {
		p->failed = true;
		return pg_fail(p->pg, NULL, s->name, p->err);
	}
	p->sent[p->pending++] = s;
	return p->pending == PIPE_DEPTH ? drain(p) : 0;
}

int
pipe_columns(struct pipe *p, const struct statement *s, struct columns *c, const char *last)
{
	int rc;

	p->full |= columns_end(c) == NULL;
	c->values[c->count] = last;
	rc = pipe_send(p, s, c->values);
	columns_fini(c);
	return rc;
}

int
pipe_close(struct pipe *p)
{
	int rc = PQstatus(pg_conn(p->pg)) == CONNECTION_OK && p->pending > 0 ? drain(p) : 0;

	(void)PQexitPipelineMode(pg_conn(p->pg));
	if (p->full)
		return err_set(p->err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	return p->failed ? -1 : rc;
}

const char *
pipe_keep(struct pipe *p, const char *made)
{
	p->full |= made == NULL;
	return made;
}

const char *
pipe_text(struct pipe *p, struct span s)
{
	return s.p == NULL ? NULL : pipe_keep(p, arena_dup(p->arena, s).p);
}

const char *
pipe_foreign(struct pipe *p, struct span s)
{
	bool is_text = text_is_utf8(s) && span_find_byte(s, '\0', 0) == SIZE_MAX;

	return pipe_text(p, is_text ? s : (struct span){NULL, 0});
}

const char *
pipe_int(struct pipe *p, int64_t v)
{
	return pipe_keep(p, arena_fmt(p->arena, "%" PRId64, v).p);
}

const char *
pipe_time(struct pipe *p, int64_t us)
{
	char text[32];

	page_time_format(us, text);
	return pipe_keep(p, arena_fmt(p->arena, "%s", text).p);
}
