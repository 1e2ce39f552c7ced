/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/bigram.h>
#include <suoyin/buf.h>
#include <suoyin/clock.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/stop.h>
#include <suoyin/text.h>

#include "index.h"
#include "pipe.h"
#include "work.h"

#define CHUNK 25 /* reports whose texts are in memory at once */
#define STOPPED (-3)
#define PARAMETER_MAX (1u << 30)

/* -------- parameters */

struct ids {
	int64_t *items;
	size_t count;
};

static int
by_id(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* A column of numbers, sorted, each once. */
static int
take_ids(const PGresult *res, int column, struct ids *out, struct err *err)
{
	size_t n = (size_t)PQntuples(res), kept = 0;

	if ((out->items = calloc(n + 1, sizeof(*out->items))) == NULL)
		return err_set(err, ERR_RETRY, "memory", "out of memory");
	for (size_t i = 0; i < n; i++)
		out->items[i] = pg_int_at(res, (int)i, column);
	qsort(out->items, n, sizeof(*out->items), by_id);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || out->items[kept - 1] != out->items[i])
			out->items[kept++] = out->items[i];
	out->count = kept;
	return 0;
}

static void
put_ids(struct buf *out, const int64_t *items, size_t n)
{
	buf_init(out, PARAMETER_MAX);
	(void)buf_add_byte(out, '{');
	for (size_t i = 0; i < n; i++)
		(void)buf_add_fmt(out, "%s%" PRId64, i == 0 ? "" : ",", items[i]);
	(void)buf_add_byte(out, '}');
}

/* A statement with one array of numbers: its result, or NULL with err. */
static PGresult *
with_ids(struct pg *pg, const char *name, const char *sql, const int64_t *items, size_t n, struct err *err)
{
	struct buf out;
	PGresult *res = NULL;

	put_ids(&out, items, n);
	if (out.failed)
		(void)err_set(err, ERR_RETRY, "memory", "out of memory");
	else
		res = pg_query(pg, name, sql, 1, (const char *const[]){out.p}, err);
	buf_fini(&out);
	return res;
}

static int
do_ids(struct pg *pg, const char *name, const char *sql, const struct ids *ids, struct err *err)
{
	PGresult *res = with_ids(pg, name, sql, ids->items, ids->count, err);

	PQclear(res);
	return res == NULL ? -1 : 0;
}

/* -------- rows */

static const struct statement put_row = {"index_put", 9,
	"INSERT INTO core.search_report (report_id, revision_id, portal_id, document_type, report_year, published_on,"
	" title_folded, folded, pairs) VALUES ($1::bigint, $2::bigint, $3, $4, $5::integer, $6::date, $7, $8, $9::integer[])"
	" ON CONFLICT (report_id) DO UPDATE SET revision_id = excluded.revision_id, portal_id = excluded.portal_id,"
	" document_type = excluded.document_type, report_year = excluded.report_year,"
	" published_on = excluded.published_on, title_folded = excluded.title_folded, folded = excluded.folded,"
	" pairs = excluded.pairs, indexed_at = clock_timestamp()"};

static const char read_sql[] =
    "SELECT r.report_id, v.revision_id, r.portal_id, v.document_type, v.report_year, v.published_on,"
    " coalesce(v.title, ''), coalesce(v.body, '') FROM core.report r"
    " JOIN core.revision v ON v.revision_id = r.current_revision"
    " WHERE r.report_id = ANY ($1::bigint[]) AND r.merged_into IS NULL";

static const char *
pairs_param(struct pipe *p, struct span title, struct span body)
{
	struct bigrams pairs = {0};
	const char *kept = NULL;
	struct buf out;

	if (bigrams_add(&pairs, p->arena, title) == -1 || bigrams_add(&pairs, p->arena, body) == -1)
		return pipe_keep(p, NULL);
	bigrams_end(&pairs);
	buf_init(&out, PARAMETER_MAX);
	(void)buf_add_byte(&out, '{');
	for (size_t i = 0; i < pairs.count; i++)
		(void)buf_add_fmt(&out, "%s%" PRId32, i == 0 ? "" : ",", pairs.codes[i]);
	(void)buf_add_byte(&out, '}');
	kept = pipe_keep(p, arena_dup_buf(p->arena, &out).p);
	buf_fini(&out);
	return kept;
}

static int
send_row(struct pipe *p, const PGresult *res, int row)
{
	struct span title = bigram_fold(p->arena, span_of(PQgetvalue(res, row, 6)));
	struct span body = bigram_fold(p->arena, span_of(PQgetvalue(res, row, 7)));
	const char *values[9];

	if (title.p == NULL || body.p == NULL) {
		(void)pipe_keep(p, NULL);
		return -1;
	}
	for (int i = 0; i < 6; i++)
		values[i] = pg_text_at(res, row, i);
	values[6] = pipe_text(p, title);
	values[7] = pipe_keep(
	    p, arena_fmt(p->arena, "%s\n%s", values[6] == NULL ? "" : values[6], body.p).p);
	values[8] = pairs_param(p, title, body);
	return pipe_send(p, &put_row, values);
}

/* Reports of one chunk: read, folded, written. */
static int
index_chunk(struct pg *pg, const int64_t *ids, size_t n, struct err *err)
{
	PGresult *res = with_ids(pg, "index_read", read_sql, ids, n, err);
	struct arena arena;
	struct pipe p;
	int rc = res == NULL ? -1 : 0;

	arena_init(&arena, (size_t)CHUNK * RECORD_JSON_MAX);
	if (rc == 0 && (rc = pipe_open(&p, pg, &arena, &put_row, 1, err)) == 0) {
		for (int row = 0; rc == 0 && row < PQntuples(res); row++)
			rc = send_row(&p, res, row);
		rc = pipe_close(&p) == -1 ? -1 : rc;
	}
	arena_fini(&arena);
	PQclear(res);
	return rc;
}

/* -------- one flush */

static int
fence(struct pg *pg, int64_t lease_no, struct err *err)
{
	char lease[24];
	const char *values[] = {lease};
	int64_t rows;

	(void)snprintf(lease, sizeof(lease), "%" PRId64, lease_no);
	rows = pg_do(pg, "index_fence",
	    "UPDATE core.search_lease SET lease_until = clock_timestamp() + interval '" INDEX_LEASE "',"
	    " indexed_at = clock_timestamp() WHERE lease_no = $1::bigint", 1, values, err);
	return rows == 1 ? 0 : rows == 0 ? -2 : -1;
}

/* What is in the queue now, and all of these reports as they are now or newer. */
static int64_t
settle(struct pg *pg, int64_t most, struct admin *admin, struct err *err)
{
	char limit[24];
	const char *values[] = {limit};
	struct ids queue = {0}, reports = {0};
	PGresult *res;
	int rc;

	(void)snprintf(limit, sizeof(limit), "%" PRId64, most);
	if ((res = pg_query(pg, "index_queue",
		 "SELECT queue_id, report_id FROM core.search_queue ORDER BY queue_id LIMIT $1::bigint", 1,
		 values, err)) == NULL)
		return -1;
	rc = take_ids(res, 0, &queue, err) == -1 || take_ids(res, 1, &reports, err) == -1 ? -1 : 0;
	PQclear(res);
	for (size_t i = 0; rc == 0 && i < reports.count; i += CHUNK) {
		admin_tick(admin);
		if (stop_asked())
			rc = STOPPED;
		if (rc != 0)
			break;
		rc = index_chunk(pg, reports.items + i, reports.count - i < CHUNK ? reports.count - i : CHUNK, err);
	}
	if (rc == 0)
		rc = do_ids(pg, "index_drop",
		    "DELETE FROM core.search_report s USING core.report r WHERE s.report_id = ANY ($1::bigint[])"
		    " AND r.report_id = s.report_id AND (r.merged_into IS NOT NULL OR r.current_revision IS NULL)",
		    &reports, err);
	if (rc == 0)
		rc = do_ids(pg, "index_settled", "DELETE FROM core.search_queue WHERE queue_id = ANY ($1::bigint[])",
		    &queue, err);
	metric_add(M_INDEXED, NULL, rc == 0 ? (double)reports.count : 0);
	free(queue.items);
	free(reports.items);
	return rc != 0 ? rc : (int64_t)queue.count;
}

int64_t
index_flush(struct pg *pg, int64_t lease_no, int64_t most, struct admin *admin, struct err *err)
{
	int64_t n, began_ms = clock_ms();

	if (pg_do(pg, NULL, "BEGIN ISOLATION LEVEL READ COMMITTED", 0, NULL, err) == -1)
		return -1;
	if ((n = fence(pg, lease_no, err)) == 0)
		n = settle(pg, most, admin, err);
	if (n >= 0 && fence(pg, lease_no, err) == -1) /* the row is ours: a whole lease from now on */
		n = -1;
	if (n == -1)
		return -1; /* the caller gives up the connection, and with it the transaction */
	if (n < 0) /* what was begun is done again, by whoever has the lease then */
		return pg_do(pg, NULL, "ROLLBACK", 0, NULL, err) == -1 ? -1 : n == STOPPED ? 0 : n;
	if (pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1)
		return -1;
	metric_observe(M_TRANSACTION_SECONDS, NULL, (double)(clock_ms() - began_ms) / 1000);
	admin_tick(admin);
	if (n > 0 && pg_do(pg, "index_tidy", "SELECT core.search_tidy()", 0, NULL, err) == -1)
		return -1;
	log_event(LEVEL_INFO, "indexed", F_INT("changes", n));
	return n;
}

/* -------- rules */

static int
read_rules(struct pg *pg, const char *rules, bool *same, struct err *err)
{
	PGresult *res = pg_query(pg, NULL, "SELECT coalesce(rules, '') = $1 FROM core.search_lease", 1, &rules, err);

	if (res == NULL)
		return -1;
	*same = PQntuples(res) == 1 && pg_bool_at(res, 0, 0);
	PQclear(res);
	return 0;
}

/* {code,…} and {"text",…} of all characters that folding changes. */
static void
put_characters(struct buf *codes, struct buf *texts)
{
	buf_init(codes, PARAMETER_MAX);
	buf_init(texts, PARAMETER_MAX);
	for (uint32_t c = 1; c <= 0x10FFFF; c++) {
		uint32_t to = c >= 0xD800 && c <= 0xDFFF ? c : text_fold_char(c);

		if (to == c)
			continue;
		(void)buf_add_fmt(codes, "%c%" PRIu32, codes->n == 0 ? '{' : ',', c);
		(void)buf_add_str(texts, texts->n == 0 ? "{\"" : ",\"");
		if (to != 0)
			(void)buf_add_utf8(texts, to);
		(void)buf_add_byte(texts, '"');
	}
	(void)buf_add_byte(codes, '}');
	(void)buf_add_byte(texts, '}');
}

static int
write_rules(struct pg *pg, const char *rules, struct err *err)
{
	struct buf codes, texts;
	int rc;

	put_characters(&codes, &texts);
	rc = codes.failed || texts.failed ? err_set(err, ERR_RETRY, "memory", "out of memory") : 0;
	if (rc == 0 && (pg_do(pg, NULL, "DELETE FROM core.search_char", 0, NULL, err) == -1 ||
	    pg_do(pg, NULL, "INSERT INTO core.search_char SELECT * FROM unnest($1::integer[], $2::text[])", 2,
		(const char *const[]){codes.p, texts.p}, err) == -1 ||
	    pg_do(pg, NULL, "UPDATE core.search_lease SET rules = $1", 1, &rules, err) == -1 ||
	    pg_do(pg, NULL, "INSERT INTO core.search_queue (report_id) SELECT report_id FROM core.search_report", 0,
		NULL, err) == -1))
		rc = -1;
	buf_fini(&codes);
	buf_fini(&texts);
	return rc;
}

int
index_rules(struct pg *pg, int64_t lease_no, struct err *err)
{
	char rules[BIGRAM_RULES_MAX];
	bool same = true;

	bigram_rules(rules);
	if (read_rules(pg, rules, &same, err) == -1 || same)
		return same ? 0 : -1;
	log_event(LEVEL_INFO, "index_rules", F_STR("rules", rules));
	if (pg_do(pg, NULL, "BEGIN", 0, NULL, err) == -1 || fence(pg, lease_no, err) != 0 ||
	    write_rules(pg, rules, err) == -1 || pg_do(pg, NULL, "COMMIT", 0, NULL, err) == -1)
		return err->code == ERR_NONE ? err_set(err, ERR_RETRY, "lease", "the lease is another's") : -1;
	return 0;
}
