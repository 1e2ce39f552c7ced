/* SPDX-License-Identifier: MIT */
#include "reprocess.h"
#include <stdio.h>
#include <suoyin/buf.h>
#include <suoyin/record.h>

#define SQL_MAX ((size_t)16384)
#define FILTERS 6

/* What both kinds have: v revision, r report, s the address whose partition the message goes to. */
#define FILTER(versions) \
	" WHERE ($1::text IS NULL OR s.portal_id = $1)" \
	" AND ($2::timestamptz IS NULL OR v.fetched_at >= $2::timestamptz)" \
	" AND ($3::bigint IS NULL OR r.report_id = $3::bigint) AND ($4::text IS NULL OR s.url = $4)" \
	" AND ($5::integer IS NULL OR " versions ".extraction_version < $5::integer)" \
	" AND ($6::integer IS NULL OR " versions ".extraction_version < $6::integer" \
	" OR " versions ".config_version <> p.config_version)"

static const struct {
	const char *columns, *from, *order;
} kinds[REPROCESS_KINDS] = {
	[REPROCESS_REVISIONS] = {
		"v.revision_id::text, v.revision_id, v.topic, v.part, v.\"offset\", v.page_sha256, s.portal_id, r.site,"
		" v.url, p.home",
		" FROM core.revision v JOIN core.report r USING (report_id)"
		" JOIN core.sighting s ON s.site = r.site AND s.url = v.url"
		" LEFT JOIN core.portal p ON p.portal_id = s.portal_id" FILTER("v"),
		" AND ($7::text IS NULL OR v.revision_id > $7::bigint) ORDER BY v.revision_id LIMIT 1000"},
	/* bytes that no revision was read from, or that one at another address was */
	[REPROCESS_ADDRESSES] = {
		"s.site || E'\\n' || s.url, NULL, s.topic, s.part, s.\"offset\", s.page_sha256, s.portal_id, s.site,"
		" s.url, p.home",
		" FROM core.sighting s JOIN core.revision v ON v.revision_id = s.revision_id"
		" JOIN core.report r ON r.report_id = s.report_id"
		" LEFT JOIN core.portal p ON p.portal_id = s.portal_id" FILTER("s")
		" AND s.gone_at IS NULL AND (s.page_sha256 <> v.page_sha256 OR s.url <> v.url)",
		" AND ($7::text IS NULL OR (s.site, s.url) > (split_part($7, E'\\n', 1), split_part($7, E'\\n', 2)))"
		" ORDER BY s.site, s.url LIMIT 1000"},
};

static PGresult *
run(struct pg *pg, const char *what, enum reprocess_kind kind, const char *order,
    const struct reprocess_filter *f, const char *after, struct err *err)
{
	char version[16];
	const char *values[FILTERS + 1] = {f->portal, f->since, f->report, f->url, f->below,
	    f->outdated ? version : NULL, after};
	struct buf sql;
	PGresult *res = NULL;

	(void)snprintf(version, sizeof(version), "%d", EXTRACTION_VERSION);
	buf_init(&sql, SQL_MAX);
	if (buf_add_fmt(&sql, "SELECT %s%s%s", what, kinds[kind].from, order) == 0)
		res = pg_query(pg, NULL, sql.p, order[0] == '\0' ? FILTERS : FILTERS + 1, values, err);
	else
		(void)err_set(err, ERR_RETRY, "memory", "out of memory");
	buf_fini(&sql);
	return res;
}

int
reprocess_count(struct pg *pg, const struct reprocess_filter *filter, struct reprocess_count *out,
    struct err *err)
{
	int64_t counts[REPROCESS_KINDS];

	for (int kind = 0; kind < REPROCESS_KINDS; kind++) {
		PGresult *res = run(pg, "count(*)", (enum reprocess_kind)kind, "", filter, NULL, err);

		if (res == NULL)
			return -1;
		counts[kind] = pg_int_at(res, 0, 0);
		PQclear(res);
	}
	*out = (struct reprocess_count){counts[REPROCESS_REVISIONS], counts[REPROCESS_ADDRESSES]};
	return 0;
}

PGresult *
reprocess_rows(struct pg *pg, const struct reprocess_filter *filter, enum reprocess_kind kind,
    const char *after, struct err *err)
{
	return run(pg, kinds[kind].columns, kind, kinds[kind].order, filter, after, err);
}
