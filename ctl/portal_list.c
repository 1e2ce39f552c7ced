/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each URL of kind page is published, waiting or refused. */
static const char portals_sql[] =
    "SELECT p.portal_id, p.name, p.config_version, p.active, p.paused, "
    "(SELECT count(*) FROM core.report r WHERE r.portal_id = p.portal_id AND r.merged_into IS "
    "NULL), "
    "count(u.url), count(u.url) FILTER (WHERE u.refused IS NULL AND u.published_at IS NOT NULL), "
    "count(u.url) FILTER (WHERE u.refused IS NULL AND u.published_at IS NULL), "
    "count(u.url) FILTER (WHERE u.refused IS NOT NULL) "
    "FROM core.portal p LEFT JOIN crawl.url u ON u.portal_id = p.portal_id AND u.kind = 'page' "
    "GROUP BY p.portal_id ORDER BY p.portal_id";

/* What does not get through, and why: refused URLs, and lists that gave nothing last time. */
static const char trouble_sql[] =
    "SELECT u.portal_id, u.url, coalesce(u.refused, u.failure), u.refused_bytes, u.refused IS NOT "
    "NULL, "
    "u.kind FROM crawl.url u JOIN core.portal p USING (portal_id) "
    "WHERE u.refused IS NOT NULL OR (u.kind = 'list' AND u.failure IS NOT NULL AND u.failures > 0) "
    "ORDER BY u.portal_id, u.refused IS NULL, u.url";

static json_t *
number(const PGresult *res, int row, int column)
{
	uint64_t n = 0;

	if (PQgetisnull(res, row, column))
		return json_null();
	(void)span_u64(span_of(PQgetvalue(res, row, column)), INT64_MAX, &n);
	return json_integer((json_int_t)n);
}

static json_t *
portal_json(const PGresult *res, int row)
{
	return json_pack("{s:s, s:s, s:o, s:b, s:b, s:o, s:{s:o, s:o, s:o, s:o}, s:[], s:[]}", "id",
	    PQgetvalue(res, row, 0), "name", PQgetvalue(res, row, 1), "version",
	    number(res, row, 2), "active", PQgetvalue(res, row, 3)[0] == 't', "paused",
	    PQgetvalue(res, row, 4)[0] == 't', "reports", number(res, row, 5), "urls", "known",
	    number(res, row, 6), "published", number(res, row, 7), "waiting", number(res, row, 8),
	    "refused", number(res, row, 9), "refused", "failing_lists");
}

/* Both results are in order of the portal's id. */
static json_t *
portals_json(const PGresult *portals, const PGresult *trouble)
{
	json_t *all = json_array();
	int t = 0;

	for (int i = 0; i < PQntuples(portals); i++) {
		json_t *portal = portal_json(portals, i);

		for (; t < PQntuples(trouble) &&
		       strcmp(PQgetvalue(trouble, t, 0), PQgetvalue(portals, i, 0)) == 0;
		     t++) {
			bool refused = PQgetvalue(trouble, t, 4)[0] == 't';

			(void)json_array_append_new(
			    json_object_get(portal, refused ? "refused" : "failing_lists"),
			    json_pack("{s:s, s:s, s:o}", "url", PQgetvalue(trouble, t, 1), "reason",
				PQgetvalue(trouble, t, 2), "bytes", number(trouble, t, 3)));
		}
		(void)json_array_append_new(all, portal);
	}
	return all;
}

static const char *
state_of(const json_t *portal)
{
	if (!json_is_true(json_object_get(portal, "active")))
		return "inactive";
	return json_is_true(json_object_get(portal, "paused")) ? "paused" : "active";
}

static void
print_trouble(const json_t *portal, const char *key, const char *word)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(portal, key), i, item)
	{
		const json_t *bytes = json_object_get(item, "bytes");

		(void)printf("  %s: %s  %s", word,
		    json_string_value(json_object_get(item, "reason")),
		    json_string_value(json_object_get(item, "url")));
		if (json_is_integer(bytes))
			(void)printf("  (%lld bytes)", (long long)json_integer_value(bytes));
		(void)putchar('\n');
	}
}

static long long
count_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* The name comes last: its characters have two widths. */
static void
print_table(const json_t *all)
{
	size_t i;
	json_t *portal;

	(void)printf("%-32s %8s %-8s %8s %8s %9s %8s %8s  %s\n", "PORTAL", "VERSION", "STATE",
	    "REPORTS", "URLS", "PUBLISHED", "WAITING", "REFUSED", "NAME");
	json_array_foreach((json_t *)all, i, portal)
	{
		const json_t *urls = json_object_get(portal, "urls");

		(void)printf("%-32s %8lld %-8s %8lld %8lld %9lld %8lld %8lld  %s\n",
		    json_string_value(json_object_get(portal, "id")), count_of(portal, "version"),
		    state_of(portal), count_of(portal, "reports"), count_of(urls, "known"),
		    count_of(urls, "published"), count_of(urls, "waiting"),
		    count_of(urls, "refused"), json_string_value(json_object_get(portal, "name")));
		print_trouble(portal, "refused", "refused");
		print_trouble(portal, "failing_lists", "list fails");
	}
}

static int
list(struct pg *pg, bool json, struct err *err)
{
	PGresult *portals = NULL, *trouble = NULL;
	json_t *all = NULL;
	int rc = -1;

	/* one snapshot, so that the counts and the URLs below them agree */
	if (pg_check_schema(pg, "ctl", err) == 0 &&
	    ctl_run(pg, "begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) == 0 &&
	    (portals = pg_query(pg, NULL, portals_sql, 0, NULL, err)) != NULL &&
	    (trouble = pg_query(pg, NULL, trouble_sql, 0, NULL, err)) != NULL) {
		all = portals_json(portals, trouble);
		if (json) {
			(void)json_dumpf(all, stdout, JSON_INDENT(2));
			(void)putchar('\n');
		} else {
			print_table(all);
		}
		rc = 0;
	}
	json_decref(all);
	PQclear(portals);
	PQclear(trouble);
	return rc;
}

int
cmd_portal_list(int argc, char **argv)
{
	struct err err = {0};
	bool json = false;
	const char *url;
	struct pg *pg;
	int rc;

	if ((rc = ctl_options(argc, argv, &url, &json)) != 0)
		return rc;
	if (optind < argc)
		return ctl_usage("portal list takes no %s", argv[optind]);
	if ((pg = ctl_connect(url, &err)) == NULL)
		return ctl_fail(&err);
	rc = list(pg, json, &err) == -1 ? ctl_fail(&err) : 0;
	pg_free(pg);
	return rc;
}
