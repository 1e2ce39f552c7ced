/* SPDX-License-Identifier: MIT */
#include "where.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/arena.h>
#include <suoyin/limits.h>
#include <suoyin/url.h>

/* Columns of all of these: topic, part, offset, sha256, what. */
static const char report_sql[] =
    "SELECT v.topic, v.part, v.\"offset\", v.page_sha256,"
    " format('revision %s of report %s, %s', v.revision_id, v.report_id, v.url)"
    " FROM core.report r JOIN core.revision v ON v.report_id = r.report_id"
    " AND v.revision_id = coalesce(nullif($2::bigint, 0), r.current_revision) WHERE r.report_id = $1::bigint";

/* A URL that is gone has its last message there; the page is where its revision was read. */
static const char url_sql[] =
    "SELECT coalesce(w.topic, v.topic), coalesce(w.part, v.part), coalesce(w.\"offset\", v.\"offset\"),"
    " coalesce(w.page_sha256, v.page_sha256), format('%s of portal %s, report %s%s', s.url, s.portal_id,"
    " s.report_id, CASE WHEN s.gone_at IS NULL THEN '' ELSE ', gone since ' || s.gone_at END)"
    " FROM core.sighting s LEFT JOIN core.sighting w ON w.site = s.site AND w.url = s.url"
    " AND w.gone_at IS NULL AND $2::bigint = 0"
    " LEFT JOIN core.revision v ON v.revision_id = coalesce(nullif($2::bigint, 0), s.revision_id)"
    " AND v.report_id = s.report_id"
    " WHERE s.url = $1 AND ($3::text IS NULL OR s.portal_id = $3) AND s.report_id IS NOT NULL"
    " AND (w.topic IS NOT NULL OR v.topic IS NOT NULL)";

static const char attachment_sql[] =
    "SELECT topic, part, \"offset\", sha256, format('attachment %s, %s of portal %s', attachment_id, url, portal_id)"
    " FROM core.attachment WHERE url = $1 AND $2::bigint = 0 AND ($3::text IS NULL OR portal_id = $3)"
    " ORDER BY fetched_at DESC, attachment_id DESC LIMIT 1";

static const char dead_sql[] =
    "SELECT topic, part, \"offset\", page_sha256, format('dead letter %s/%s/%s (%s)%s', topic, part, \"offset\", reason,"
    " ', ' || url) FROM core.dead_letter WHERE topic = $1 AND part = $2::integer AND \"offset\" = $3::bigint";

static const char revisions_sql[] =
    "SELECT string_agg(revision_id::text, ', ' ORDER BY ce_time, ce_id) FROM core.revision WHERE report_id ="
    " coalesce($1::bigint, (SELECT report_id FROM core.sighting WHERE url = $2 AND report_id IS NOT NULL LIMIT 1))";

/* 1: one row. 0: none. -1: err, also where there are several. */
static int
ask(struct where *out, struct pg *pg, const char *sql, int count, const char *const *values, struct err *err)
{
	PGresult *res = pg_query(pg, NULL, sql, count, values, err);
	int rows;

	if (res == NULL)
		return -1;
	rows = PQntuples(res);
	if (rows == 1) {
		(void)snprintf(out->topic, sizeof(out->topic), "%s", PQgetvalue(res, 0, 0));
		out->partition = (int32_t)strtol(PQgetvalue(res, 0, 1), NULL, 10);
		out->offset = pg_int_at(res, 0, 2);
		(void)snprintf(out->sha256, sizeof(out->sha256), "%s", PQgetvalue(res, 0, 3));
		(void)snprintf(out->what, sizeof(out->what), "%s", PQgetvalue(res, 0, 4));
	} else if (rows > 1) {
		(void)err_set(err, ERR_REJECT, "not_found", "%d portals have this URL: name one by --portal: %s; %s",
		    rows, PQgetvalue(res, 0, 4), PQgetvalue(res, 1, 4));
	}
	PQclear(res);
	return rows > 1 ? -1 : rows;
}

/* Which revisions there are, where one was asked for that is not. */
static int
no_revision(struct pg *pg, const char *report, const char *url, int64_t revision, struct err *err)
{
	const char *values[] = {report, url};
	PGresult *res = pg_query(pg, NULL, revisions_sql, 2, values, err);

	if (res == NULL)
		return -1;
	(void)err_set(err, ERR_REJECT, "not_found", "%s has no revision %" PRId64 "; it has: %s",
	    report != NULL ? report : url, revision,
	    PQgetisnull(res, 0, 0) ? "none, or there is no such report" : PQgetvalue(res, 0, 0));
	PQclear(res);
	return -1;
}

static int
report(struct where *out, struct pg *pg, const char *what, int64_t revision, struct err *err)
{
	char number[24];
	const char *values[] = {what, number};
	int rc;

	(void)snprintf(number, sizeof(number), "%" PRId64, revision);
	if ((rc = ask(out, pg, report_sql, 2, values, err)) != 0)
		return rc == 1 ? 0 : -1;
	if (revision != 0)
		return no_revision(pg, what, NULL, revision, err);
	return err_set(err, ERR_REJECT, "not_found", "there is no report %s", what);
}

static int
by_url(struct where *out, struct pg *pg, const char *url, int64_t revision, const char *portal, struct err *err)
{
	char number[24];
	const char *values[] = {url, number, portal};
	int rc;

	(void)snprintf(number, sizeof(number), "%" PRId64, revision);
	if ((rc = ask(out, pg, url_sql, 3, values, err)) == 0)
		rc = ask(out, pg, attachment_sql, 3, values, err);
	return rc;
}

/* As it was given, else in canonical form. */
static int
url(struct where *out, struct pg *pg, const char *what, int64_t revision, const char *portal, struct err *err)
{
	struct arena a;
	struct url canonical;
	int rc = by_url(out, pg, what, revision, portal, err);

	arena_init(&a, (size_t)1 << 20);
	if (rc == 0 && url_parse(&canonical, &a, span_of(what), NULL) == 0)
		rc = by_url(out, pg, arena_dup(&a, canonical.text).p, revision, portal, err);
	if (rc == 0 && revision != 0)
		rc = no_revision(pg, NULL, what, revision, err);
	else if (rc == 0)
		rc = err_set(err, ERR_REJECT, "not_found", "no page and no attachment of %s is stored", what);
	arena_fini(&a);
	return rc == 1 ? 0 : -1;
}

/* TOPIC/PARTITION/OFFSET; a topic's name holds no slash. */
static int
dead_letter(struct where *out, struct pg *pg, const char *what, struct err *err)
{
	char topic[256], part[16], offset[24], end;
	const char *values[] = {topic, part, offset};
	int rc;

	if (sscanf(what, "%255[^/]/%15[0-9]/%23[0-9]%c", topic, part, offset, &end) != 3)
		return err_set(err, ERR_REJECT, "usage",
		    "\"%s\" is no report number, no URL and no TOPIC/PARTITION/OFFSET", what);
	if ((rc = ask(out, pg, dead_sql, 3, values, err)) == 0)
		rc = err_set(err, ERR_REJECT, "not_found", "there is no dead letter %s", what);
	return rc == 1 ? 0 : -1;
}

int
where_is(struct where *out, struct pg *pg, const char *what, int64_t revision, const char *portal, struct err *err)
{
	uint64_t number;

	*out = (struct where){0};
	if (span_u64(span_of(what), INT64_MAX, &number) == 0)
		return report(out, pg, what, revision, err);
	if (strstr(what, "://") != NULL)
		return url(out, pg, what, revision, portal, err);
	if (revision != 0)
		return err_set(err, ERR_REJECT, "usage", "a dead letter has no revisions");
	return dead_letter(out, pg, what, err);
}
