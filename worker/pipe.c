/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <suoyin/page.h>

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

/* Results up to the last sync. */
static int
drain(struct pipe *p)
{
	PGconn *conn = pg_conn(p->pg);
	PGresult *res;

	if (PQpipelineSync(conn) != 1) {
		p->failed = true;
		return pg_fail(p->pg, NULL, "pipeline sync", p->err);
	}
	for (int i = 0; i < p->pending; i++) {
		while ((res = PQgetResult(conn)) != NULL) {
			ExecStatusType status = PQresultStatus(res);

			/* after an error the rest of the pipeline is only "aborted": the first one tells */
			if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !p->failed) {
				p->failed = true;
				(void)pg_fail(p->pg, res, p->sent[i]->name, p->err);
			}
			PQclear(res);
		}
		if (PQstatus(conn) == CONNECTION_BAD)
			break;
	}
	p->pending = 0;
	res = PQgetResult(conn);
	if (PQresultStatus(res) != PGRES_PIPELINE_SYNC && !p->failed) {
		p->failed = true;
		(void)pg_fail(p->pg, res, "pipeline sync", p->err);
	}
	PQclear(res);
	return p->failed ? -1 : 0;
}

int
pipe_send(struct pipe *p, const struct statement *s, const char *const *values)
{
	if (p->failed || p->full)
		return -1;
	if (PQsendQueryPrepared(pg_conn(p->pg), s->name, s->count, values, NULL, NULL, 0) != 1) {
		p->failed = true;
		return pg_fail(p->pg, NULL, s->name, p->err);
	}
	p->sent[p->pending++] = s;
	return p->pending == PIPE_DEPTH ? drain(p) : 0;
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
