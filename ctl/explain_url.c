/* SPDX-License-Identifier: MIT */
/* explain URL: what the crawlers know of an address, and why it is (not) fetched. */
#include "ctl.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/arena.h>
#include <suoyin/url.h>

#define UTC(expression) "to_char(" expression " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* `why` is the first reason that holds, in the order in which a crawler meets them. */
static const char url_sql[] =
    "SELECT u.url, CASE"
    " WHEN NOT p.active THEN 'its portal stands in no portal file any more'"
    " WHEN p.paused THEN 'its portal is paused'"
    " WHEN u.due_at = 'infinity' THEN 'no portal names this list any more'"
    " WHEN u.lease_until > now() THEN 'a crawler is at it'"
    " WHEN u.due_at > now() AND u.failures > 0 THEN 'it failed (' || coalesce(u.failure, '?') || '), ' ||"
    "  u.failures || ' times in a row: waits for its next try'"
    " WHEN u.due_at > now() AND u.refused IS NOT NULL THEN 'refused: ' || u.refused"
    " WHEN u.due_at > now() AND u.gone_at IS NOT NULL THEN 'it is gone; looked at again should it return'"
    " WHEN u.due_at > now() AND u.misses > 0 THEN 'it is missing: to be confirmed'"
    " WHEN u.due_at > now() AND u.published_at IS NULL AND u.kind <> 'list'"
    "  THEN 'not published yet, and waits'"
    " WHEN u.due_at > now() THEN 'it is not due yet'"
    " WHEN c.next_at > now() THEN 'it is due, and waits for its host'"
    " ELSE 'it is due; ' || (SELECT count(*) FROM crawl.url a WHERE a.portal_id = u.portal_id"
    "  AND a.due_at <= now() AND (a.rank, a.due_at) < (u.rank, u.due_at)) || ' of its portal come first'"
    " END AS why,"
    " u.portal_id AS portal, u.kind, CASE WHEN NOT p.active THEN 'inactive' WHEN p.paused THEN 'paused'"
    "  ELSE coalesce(s.state, 'ok') END AS portal_state,"
    " u.list_url AS list, u.list_title AS title, u.list_date AS date, nullif(u.baseline, false) AS baseline,"
    " " UTC("u.discovered_at") " AS discovered, " UTC("CASE WHEN u.due_at < 'infinity' THEN u.due_at END")
    " AS next_visit, " UTC("u.checked_at") " AS last_answer, u.http_status AS status,"
    " " UTC("u.published_at") " AS published, " UTC("u.gone_at") " AS gone,"
    " nullif(u.failures, 0) AS failures, u.failure, u.refused, u.refused_bytes,"
    " nullif(u.misses, 0) AS misses, " UTC("u.missed_since") " AS missing_since,"
    " CASE WHEN u.lease_until > now() THEN u.lease_owner END AS lease_of,"
    " " UTC("CASE WHEN u.lease_until > now() THEN u.lease_until END") " AS lease_until,"
    " " UTC("CASE WHEN c.next_at > now() THEN c.next_at END") " AS host_may_be_asked,"
    " CASE WHEN u.publishing_id IS NOT NULL THEN 'begun and not confirmed' END AS publication,"
    " u.final_url AS redirects_to, u.sha256"
    " FROM crawl.url u JOIN core.portal p USING (portal_id)"
    " LEFT JOIN crawl.portal_state s USING (portal_id) LEFT JOIN crawl.clock c ON c.host = $2"
    " WHERE u.url = $1 ORDER BY u.portal_id";

static const char host_sql[] =
    "SELECT portal_id FROM core.portal WHERE config->'hosts' ? $1 ORDER BY portal_id LIMIT 5";

/* Nobody has seen it: is it at least on a portal of ours? */
static int
unknown(struct pg *pg, const char *url, const char *host, struct err *err)
{
	PGresult *res = pg_query(pg, NULL, host_sql, 1, &host, err);

	if (res == NULL)
		return ctl_fail(err);
	if (PQntuples(res) == 0)
		(void)printf("%s\n  why: unknown; %s is a host of no portal\n", url, host);
	else
		(void)printf("%s\n  why: unknown; no list of portal %s has named it\n", url,
		    PQgetvalue(res, 0, 0));
	PQclear(res);
	return CTL_FAILED;
}

static int
explain(struct pg *pg, const char *url, const char *host, bool json)
{
	const char *const values[] = {url, host};
	struct err err = {0};
	PGresult *res = NULL;
	int rc = 0;

	if (pg_check_schema(pg, "ctl", &err) == -1 ||
	    (res = pg_query(pg, NULL, url_sql, 2, values, &err)) == NULL)
		rc = ctl_fail(&err);
	else if (PQntuples(res) == 0)
		rc = unknown(pg, url, host, &err);
	else
		ctl_print_records(res, json);
	PQclear(res);
	return rc;
}

int
cmd_explain(int argc, char **argv)
{
	const char *database;
	char text[2100], host[300];
	struct err err = {0};
	bool json = false;
	struct arena a;
	struct url url;
	struct pg *pg;
	int rc;

	if ((rc = ctl_options(argc, argv, &database, &json)) != 0)
		return rc;
	if (optind + 1 != argc)
		return ctl_usage("explain needs one URL");
	arena_init(&a, 1 << 20);
	if ((rc = url_parse(&url, &a, span_of(argv[optind]), &err)) == -1)
		url = (struct url){0};
	(void)snprintf(text, sizeof(text), "%.*s", SPAN_ARG(url.text));
	(void)snprintf(host, sizeof(host), "%.*s", SPAN_ARG(url.host));
	arena_fini(&a);
	if (rc == -1)
		return ctl_usage("%s is no URL: %s", argv[optind], err.text);
	if ((pg = ctl_connect(database, &err)) == NULL)
		return ctl_fail(&err);
	rc = explain(pg, text, host, json);
	pg_free(pg);
	return rc;
}
