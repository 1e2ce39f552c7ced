/* SPDX-License-Identifier: MIT */
/* portal pause, resume, state: an operator's word to the crawlers, and what they say of a portal. */
#include "ctl.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char pause_sql[] =
    "UPDATE core.portal SET paused = $2::boolean WHERE portal_id = $1"
    " RETURNING paused, (SELECT o.paused FROM core.portal o WHERE o.portal_id = $1)";

/* 1: there is no such portal. */
static int
set_paused(struct pg *pg, const char *id, const char *paused, struct err *err)
{
	const char *const values[] = {id, paused};
	PGresult *res = NULL;
	int rc = -1;

	if (pg_check_schema(pg, "ctl", err) == 0 && ctl_run(pg, "begin", "BEGIN", err) == 0 &&
	    (res = pg_query(pg, NULL, pause_sql, 2, values, err)) != NULL &&
	    ctl_run(pg, "notify", "NOTIFY suoyin_portal", err) == 0 &&
	    ctl_run(pg, "commit", "COMMIT", err) == 0)
		rc = PQntuples(res) == 0;
	if (rc == 0)
		(void)printf("%s %s%s\n", id, paused[0] == 't' ? "paused" : "resumed",
		    strcmp(PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1)) == 0 ? " (it was already)"
									      : "");
	PQclear(res);
	return rc;
}

static int
no_such(const char *id)
{
	(void)fprintf(stderr, "suoyinctl: there is no portal %s\n", id);
	return CTL_FAILED;
}

static int
pause_or_resume(int argc, char **argv, const char *paused)
{
	struct err err = {0};
	const char *url;
	struct pg *pg;
	int rc;

	if ((rc = ctl_options(argc, argv, &url, NULL)) != 0)
		return rc;
	if (optind + 1 != argc)
		return ctl_usage("one portal's id is needed");
	if ((pg = ctl_connect(url, &err)) == NULL)
		return ctl_fail(&err);
	rc = set_paused(pg, argv[optind], paused, &err);
	rc = rc == -1 ? ctl_fail(&err) : rc == 1 ? no_such(argv[optind]) : 0;
	pg_free(pg);
	return rc;
}

int
cmd_portal_pause(int argc, char **argv)
{
	return pause_or_resume(argc, argv, "true");
}

int
cmd_portal_resume(int argc, char **argv)
{
	return pause_or_resume(argc, argv, "false");
}

#define UTC(expression) "to_char(" expression " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

/* One record a list, and one for the pages where anything was noted of them. */
static const char state_sql[] =
    "SELECT p.portal_id AS portal, CASE WHEN NOT p.active THEN 'inactive' WHEN p.paused THEN 'paused'"
    "  ELSE coalesce(h.state, 'ok') END AS state, t.scope,"
    " " UTC("h.since") " AS since, CASE WHEN h.state <> 'ok' THEN h.bad || ' of ' || h.seen END AS visits,"
    " CASE WHEN h.state <> 'ok' THEN h.evidence_url END AS evidence_url,"
    " CASE WHEN h.state <> 'ok' THEN nullif(h.evidence_status, 0) END AS evidence_status,"
    " CASE WHEN h.state <> 'ok' THEN h.evidence_why END AS evidence_why,"
    " CASE WHEN h.state <> 'ok' THEN encode(substr(h.evidence_body, 1, 160), 'escape') END AS evidence_body,"
    " " UTC("u.checked_at") " AS last_visit, " UTC("CASE WHEN u.due_at < 'infinity' THEN u.due_at END")
    " AS next_visit, round(((l.arrivals + 0.5) / (l.exposure_ms + 86400000) * 86400000)::numeric, 2)"
    "  AS news_a_day, " UTC("l.news_at") " AS last_news, " UTC("l.swept_at") " AS last_sweep,"
    " " UTC("l.gap_at") " AS last_gap, l.total AS rows_it_says, nullif(l.lies, false) AS validators_lie"
    " FROM core.portal p CROSS JOIN LATERAL (SELECT url AS scope, url_id FROM crawl.url u"
    "  WHERE u.portal_id = p.portal_id AND u.kind = 'list' AND u.due_at < 'infinity'"
    "  UNION SELECT scope, NULL FROM crawl.health x WHERE x.portal_id = p.portal_id AND x.scope = 'pages'"
    "  UNION SELECT '(no list yet)', NULL WHERE NOT EXISTS (SELECT FROM crawl.url v"
    "   WHERE v.portal_id = p.portal_id AND v.kind = 'list')) t"
    " LEFT JOIN crawl.health h ON h.portal_id = p.portal_id AND h.scope = t.scope"
    " LEFT JOIN crawl.url u ON u.url_id = t.url_id LEFT JOIN crawl.list l ON l.list_id = t.url_id"
    " WHERE p.portal_id = $1 ORDER BY coalesce(h.state, 'ok') = 'ok', t.scope";

int
cmd_portal_state(int argc, char **argv)
{
	const char *url, *values[1];
	struct err err = {0};
	PGresult *res = NULL;
	bool json = false;
	struct pg *pg;
	int rc;

	if ((rc = ctl_options(argc, argv, &url, &json)) != 0)
		return rc;
	if (optind + 1 != argc)
		return ctl_usage("portal state needs one portal's id");
	if ((pg = ctl_connect(url, &err)) == NULL)
		return ctl_fail(&err);
	values[0] = argv[optind];
	if (pg_check_schema(pg, "ctl", &err) == -1 ||
	    (res = pg_query(pg, NULL, state_sql, 1, values, &err)) == NULL)
		rc = ctl_fail(&err);
	else if (PQntuples(res) == 0)
		rc = no_such(values[0]);
	else
		ctl_print_records(res, json);
	PQclear(res);
	pg_free(pg);
	return rc;
}
