/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "dead.h"
#include "events.h"

enum {
	REPORT_INSERT, REPORT_UPDATE, REVISION_INSERT, REVISION_UPDATE, PAST_INSERT, ATTACHMENT_INSERT,
	STATEMENTS,
};

#define REVISION_COLUMNS \
	"title, title_folded, index_number, index_number_raw, document_number, document_number_raw," \
	" agency, document_type, report_year, published_on, published_at, signed_on, body, record," \
	" content_sha256, page_sha256, extraction_version, config_version, topic, part, \"offset\", fetched_at"

static const struct statement statements[STATEMENTS] = {
	[REPORT_INSERT] = {"report_insert", 10,
		"INSERT INTO core.report (report_id, portal_id, site, conflict, baseline, title_folded,"
		" document_number, titles, index_numbers, current_revision)"
		" VALUES ($1::bigint, $2, $3, $4::boolean, $5::boolean, $6, $7, $8::text[], $9::text[], $10::bigint)"},
	[REPORT_UPDATE] = {"report_update", 10,
		"UPDATE core.report SET merged_into = $2::bigint, conflict = $3::boolean,"
		" conflict_with = coalesce($4::bigint, conflict_with), title_folded = $5, document_number = $6,"
		" titles = $7::text[], index_numbers = $8::text[], current_revision = $9::bigint,"
		" changed_at = CASE WHEN $10::boolean THEN now() ELSE changed_at END WHERE report_id = $1::bigint"},
	[REVISION_INSERT] = {"revision_insert", 27,
		"INSERT INTO core.revision (revision_id, report_id, ce_time, ce_id, url, " REVISION_COLUMNS ")"
		" VALUES ($1::bigint, $2::bigint, $3::timestamptz, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		" $14::integer, $15::date, $16::timestamptz, $17::date, $18, $19::jsonb, $20, $21, $22::integer,"
		" $23::bigint, $24, $25::integer, $26::bigint, $27::timestamptz)"},
	[REVISION_UPDATE] = {"revision_update", 27,
		"UPDATE core.revision SET (url, " REVISION_COLUMNS ") = ($5, $6, $7, $8, $9, $10, $11, $12, $13,"
		" $14::integer, $15::date, $16::timestamptz, $17::date, $18, $19::jsonb, $20, $21, $22::integer,"
		" $23::bigint, $24, $25::integer, $26::bigint, $27::timestamptz)"
		" WHERE revision_id = $1::bigint AND report_id = $2::bigint AND ce_time = $3::timestamptz"
		" AND ce_id = $4"},
	[PAST_INSERT] = {"past_insert", 5,
		"INSERT INTO core.sighting_past (site, url, report_id, first_seen, left_at)"
		" VALUES ($1, $2, $3::bigint, $4::timestamptz, $5::timestamptz)"},
	[ATTACHMENT_INSERT] = {"attachment_insert", 12,
		"INSERT INTO core.attachment (site, portal_id, parent_url, url, sha256, filename, content_type,"
		" bytes, topic, part, \"offset\", fetched_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::bigint, $9,"
		" $10::integer, $11::bigint, $12::timestamptz) ON CONFLICT DO NOTHING"},
};

/* -------- parameters */

static const char *
texts_param(struct pipe *p, const struct texts *set)
{
	struct buf out;
	struct span copy;

	buf_init(&out, 64u << 20);
	pg_array(&out, set->items, set->count);
	copy = arena_dup_buf(p->arena, &out);
	buf_fini(&out);
	return pipe_keep(p, copy.p);
}

static const char *
id_param(struct pipe *p, int64_t id)
{
	return id == 0 ? NULL : pipe_int(p, id);
}

/* -------- reports */

static int
insert_report(struct pipe *p, const struct report *r)
{
	const char *v[] = {pipe_int(p, r->id), pipe_text(p, r->portal), pipe_text(p, r->site),
	    r->conflict ? "t" : "f", r->baseline ? "t" : "f", pipe_text(p, r->title),
	    pipe_text(p, r->docno), texts_param(p, &r->titles), texts_param(p, &r->indexes),
	    id_param(p, r->current != NULL ? r->current->id : 0)};

	return pipe_send(p, &statements[REPORT_INSERT], v);
}

static int
update_report(struct pipe *p, const struct report *r)
{
	const char *v[] = {pipe_int(p, r->id),
	    id_param(p, r->merged_into != NULL ? r->merged_into->id : 0), r->conflict ? "t" : "f",
	    id_param(p, r->conflict_with != NULL ? r->conflict_with->id : 0), pipe_text(p, r->title),
	    pipe_text(p, r->docno), texts_param(p, &r->titles), texts_param(p, &r->indexes),
	    id_param(p, r->current != NULL ? r->current->id : r->current_id), r->event ? "t" : "f"};

	return pipe_send(p, &statements[REPORT_UPDATE], v);
}

/* -------- revisions */

static int
write_revision(struct pipe *p, const struct revision *rev)
{
	const struct entry *e = rev->source;
	const struct fields *f = &e->fields;
	const char *v[] = {pipe_int(p, rev->id), pipe_int(p, rev->report->id),
	    pipe_time(p, rev->at.time_us), pipe_text(p, rev->at.id), pipe_text(p, e->page.url),
	    pipe_text(p, f->title), pipe_text(p, f->title_folded), pipe_text(p, f->index_number),
	    pipe_text(p, f->index_raw), pipe_text(p, f->document_number), pipe_text(p, f->document_raw),
	    pipe_text(p, f->agency), pipe_text(p, f->document_type),
	    f->report_year == 0 ? NULL : pipe_int(p, f->report_year), pipe_text(p, f->published_on),
	    pipe_text(p, f->published_at), pipe_text(p, f->signed_on), f->body.p, f->record.p,
	    pipe_text(p, f->content_sha256), pipe_text(p, e->page.sha256),
	    pipe_int(p, f->extraction_version), pipe_int(p, e->page.config_version), e->topic,
	    pipe_int(p, e->partition), pipe_int(p, e->offset), pipe_time(p, e->page.time_us)};

	return pipe_send(p, &statements[rev->is_new ? REVISION_INSERT : REVISION_UPDATE], v);
}

/* -------- URLs that moved, attachments */

static int
insert_past(struct pipe *p, const struct past *past)
{
	const char *v[] = {pipe_text(p, past->sighting->site), pipe_text(p, past->sighting->url),
	    pipe_int(p, past->report->id), pipe_time(p, past->first_seen_us), pipe_time(p, past->left_us)};

	return pipe_send(p, &statements[PAST_INSERT], v);
}

static int
insert_attachment(struct pipe *p, const struct entry *e, const char *topic)
{
	const struct page *page = &e->page;
	const char *v[] = {pipe_text(p, page->site), pipe_text(p, page->portal),
	    pipe_text(p, page->parent_url), pipe_text(p, page->url), pipe_text(p, page->sha256),
	    pipe_foreign(p, page->filename), pipe_foreign(p, page->content_type),
	    pipe_int(p, (int64_t)page->body.n), topic, pipe_int(p, e->msg->partition),
	    pipe_int(p, e->msg->offset), pipe_time(p, page->time_us)};

	return pipe_send(p, &statements[ATTACHMENT_INSERT], v);
}

/* -------- all of it */

/* New reports and revisions get their numbers, in order of their making. */
static int
number(struct pg *pg, const char *sequence, size_t count, int64_t *out, struct err *err)
{
	char text[24];
	const char *values[] = {sequence, text};
	PGresult *res;

	(void)snprintf(text, sizeof(text), "%zu", count);
	res = pg_query(pg, "next_ids",
	    "SELECT nextval($1::regclass) FROM generate_series(1, $2::bigint)", 2, values, err);
	if (res == NULL)
		return -1;
	for (int row = 0; row < PQntuples(res); row++)
		out[row] = pg_int_at(res, row, 0);
	PQclear(res);
	return 0;
}

static int
number_new(struct world *w, struct pg *pg, struct err *err)
{
	int64_t *ids = arena_array(&w->arena, w->report_count + w->revision_count + 1, sizeof(*ids));
	size_t n = 0;

	if (ids == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	for (size_t i = 0; i < w->report_count; i++)
		n += w->reports[i]->is_new;
	if (n > 0 && number(pg, "core.report_report_id_seq", n, ids, err) == -1)
		return -1;
	for (size_t i = w->report_count; i-- > 0;)
		if (w->reports[i]->is_new)
			w->reports[i]->id = ids[--n];
	for (size_t i = 0; i < w->revision_count; i++)
		n += w->revisions[i]->is_new;
	if (n > 0 && number(pg, "core.revision_revision_id_seq", n, ids, err) == -1)
		return -1;
	for (size_t i = w->revision_count; i-- > 0;)
		if (w->revisions[i]->is_new)
			w->revisions[i]->id = ids[--n];
	return 0;
}

/* A new one is, unless it speaks of another, which may come behind it. */
static bool
is_complete(const struct report *r)
{
	return r->is_new && r->merged_into == NULL && r->conflict_with == NULL;
}

static int
send_world(struct pipe *p, const struct world *w)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->report_count; i++)
		if (w->reports[i]->is_new)
			rc = insert_report(p, w->reports[i]);
	for (size_t i = 0; rc == 0 && i < w->revision_count; i++)
		if (w->revisions[i]->is_new || w->revisions[i]->rewritten)
			rc = write_revision(p, w->revisions[i]);
	for (size_t i = 0; rc == 0 && i < w->report_count; i++)
		if (w->reports[i]->changed && !is_complete(w->reports[i]))
			rc = update_report(p, w->reports[i]);
	for (const struct past *past = w->pasts; rc == 0 && past != NULL; past = past->next)
		rc = insert_past(p, past);
	return rc;
}

static int
send_entries(struct pipe *p, const struct group *g, const char *topic)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->count; i++) {
		const struct entry *e = g->entries[i];

		if (e->dead)
			rc = dead_insert(p, e, topic);
		else if (e->page.type == PAGE_ATTACHMENT)
			rc = insert_attachment(p, e, topic);
	}
	return rc;
}

static int
prepare(struct pg *pg, const struct statement *list, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (pg_prepare(pg, list[i].name, list[i].sql, list[i].count, err) == -1)
			return -1;
	return 0;
}

int
write_out(struct world *w, struct pg *pg, const struct batch *batch, const struct group *g,
	struct err *err)
{
	struct pipe p;
	int rc;

	if (number_new(w, pg, err) == -1)
		return -1;
	if (prepare(pg, dead_statements, DEAD_STATEMENTS, err) == -1 ||
	    prepare(pg, &event_statement, 1, err) == -1 ||
	    pipe_open(&p, pg, &w->arena, statements, STATEMENTS, err) == -1)
		return -1;
	rc = send_world(&p, w);
	if (rc == 0)
		rc = send_entries(&p, g, batch->topic);
	if (rc == 0)
		rc = dead_heal(&p, g);
	if (rc == 0)
		rc = event_send(&p, w, batch->topic);
	if (pipe_close(&p) == -1 || rc == -1)
		return -1;
	return write_rows(w, pg, err) == -1 || write_keys(w, pg, err) == -1 ? -1 : write_sightings(w, pg, err);
}

/* The portals of all messages with this outcome, as an array; their number. */
static size_t
portals_with(const struct batch *batch, enum outcome outcome, struct buf *out)
{
	struct span *list = calloc(batch->count + 1, sizeof(*list));
	size_t n = 0;

	if (list == NULL)
		return 0;
	for (size_t i = 0; i < batch->count; i++) {
		struct span portal = batch->entries[i]->page.portal;
		bool usable = portal.n > 0 && portal.n <= PORTAL_ID_MAX && text_is_utf8(portal) &&
		    span_find_byte(portal, '\0', 0) == SIZE_MAX;

		if (batch->entries[i]->outcome == outcome)
			list[n++] = usable ? portal : SPAN("?");
	}
	pg_array(out, list, n);
	free(list);
	return n;
}

int
write_outcomes(struct pg *pg, const struct batch *batch, struct err *err)
{
	for (int outcome = 0; outcome < OUTCOMES; outcome++) {
		const char *values[2] = {NULL, outcome_names[outcome]};
		struct buf portals;
		int64_t rows = 0;

		buf_init(&portals, 64u << 20);
		if (portals_with(batch, (enum outcome)outcome, &portals) > 0) {
			values[0] = portals.p;
			rows = pg_do(pg, "outcomes",
			    "INSERT INTO core.outcome (portal_id, outcome, messages)"
			    " SELECT p, $2, count(*) FROM unnest($1::text[]) AS p GROUP BY p",
			    2, values, err);
		}
		buf_fini(&portals);
		if (rows == -1)
			return -1;
	}
	return 0;
}
