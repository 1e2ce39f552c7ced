/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 10 /* refused pages of a portal in the table; --json gives all */

/* Each URL of kind page is published, waiting or refused. */
static const char portals_sql[] =
    "SELECT p.portal_id, p.name, p.config_version, p.active, p.paused, "
    "(SELECT count(*) FROM core.report r WHERE r.portal_id = p.portal_id AND r.merged_into IS "
    "NULL), "
    "count(*) FILTER (WHERE u.kind = 'page'), "
    "count(*) FILTER (WHERE u.kind = 'page' AND u.refused IS NULL AND u.published_at IS NOT NULL), "
    "count(*) FILTER (WHERE u.kind = 'page' AND u.refused IS NULL AND u.published_at IS NULL), "
    "count(*) FILTER (WHERE u.kind = 'page' AND u.refused IS NOT NULL), "
    "to_char(max(u.checked_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
    "to_char(max(u.published_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
    "FROM core.portal p LEFT JOIN crawl.url u USING (portal_id) "
    "GROUP BY p.portal_id ORDER BY p.portal_id";

/* What does not get through, and why: refused pages and failing lists by name, failing pages by
 * reason, with one of them. */
static const char trouble_sql[] =
    "SELECT * FROM ("
    "SELECT portal_id, 'refused' AS what, url, refused AS reason, refused_bytes AS number "
    "FROM crawl.url WHERE refused IS NOT NULL "
    "UNION ALL SELECT portal_id, 'failing_lists', url, failure, NULL "
    "FROM crawl.url WHERE kind = 'list' AND failures > 0 "
    "UNION ALL SELECT portal_id, 'failing_pages', min(url), failure, count(*) "
    "FROM crawl.url WHERE kind = 'page' AND failures > 0 GROUP BY portal_id, failure) t "
    "JOIN core.portal USING (portal_id) ORDER BY portal_id, what, url, reason";

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
text(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? json_null()
					     : json_string(PQgetvalue(res, row, column));
}

static json_t *
portal_json(const PGresult *res, int row)
{
	return json_pack(
	    "{s:o, s:o, s:o, s:b, s:b, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:[], s:[], s:[]}",
	    "id", text(res, row, 0), "name", text(res, row, 1), "version", number(res, row, 2),
	    "active", pg_bool_at(res, row, 3), "paused",
	    pg_bool_at(res, row, 4), "reports", number(res, row, 5), "urls", "known",
	    number(res, row, 6), "published", number(res, row, 7), "waiting", number(res, row, 8),
	    "refused", number(res, row, 9), "last_visit", text(res, row, 10), "last_publication",
	    text(res, row, 11), "refused", "failing_lists", "failing_pages");
}

static void
add_trouble(json_t *portal, const PGresult *res, int row)
{
	const char *what = PQgetvalue(res, row, 1);
	const char *key = strcmp(what, "failing_pages") == 0 ? "urls" : "bytes";

	(void)json_array_append_new(json_object_get(portal, what),
	    json_pack("{s:o, s:o, s:o}", "url", text(res, row, 2), "reason", text(res, row, 3),
		key, number(res, row, 4)));
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
		     t++)
			add_trouble(portal, trouble, t);
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

static long long
count_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
print_trouble(const json_t *portal, const char *key, const char *word)
{
	const json_t *items = json_object_get(portal, key);
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)items, i, item)
	{
		if (i == SHOWN_MAX) {
			(void)printf("  %s: %zu more (--json shows them)\n", word,
			    json_array_size(items) - i);
			break;
		}
		(void)printf("  %s: %s  %s", word, text_of(item, "reason"), text_of(item, "url"));
		if (json_is_integer(json_object_get(item, "bytes")))
			(void)printf("  (%lld bytes)", count_of(item, "bytes"));
		if (count_of(item, "urls") > 1)
			(void)printf("  (and %lld more)", count_of(item, "urls") - 1);
		(void)putchar('\n');
	}
}

static long long
failing(const json_t *portal)
{
	long long n = 0;
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(portal, "failing_pages"), i, item)
		n += count_of(item, "urls");
	return n + (long long)json_array_size(json_object_get(portal, "failing_lists"));
}

/* The name comes last: its characters have two widths. */
static void
print_table(const json_t *all)
{
	size_t i;
	json_t *portal;

	(void)printf("%-32s %8s %-8s %8s %8s %9s %8s %8s %8s  %-20s  %s\n", "PORTAL", "VERSION",
	    "STATE", "REPORTS", "URLS", "PUBLISHED", "WAITING", "REFUSED", "FAILING", "LAST VISIT",
	    "NAME");
	json_array_foreach((json_t *)all, i, portal)
	{
		const json_t *urls = json_object_get(portal, "urls");
		const char *last_visit = text_of(portal, "last_visit");

		(void)printf("%-32s %8lld %-8s %8lld %8lld %9lld %8lld %8lld %8lld  %-20s  %s\n",
		    text_of(portal, "id"), count_of(portal, "version"), state_of(portal),
		    count_of(portal, "reports"), count_of(urls, "known"),
		    count_of(urls, "published"), count_of(urls, "waiting"),
		    count_of(urls, "refused"), failing(portal),
		    last_visit != NULL ? last_visit : "never", text_of(portal, "name"));
		print_trouble(portal, "refused", "refused");
		print_trouble(portal, "failing_lists", "list fails");
		print_trouble(portal, "failing_pages", "page fails");
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
