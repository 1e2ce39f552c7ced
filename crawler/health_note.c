/* SPDX-License-Identifier: MIT */
/* crawl.health and crawl.soft_page: changes written with their evidence, and read again. */
#include "health_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

static const char keep_sql[] =
    "INSERT INTO crawl.health AS h (portal_id, scope, state, bad, seen, evidence_url, evidence_status,"
    "  evidence_why, evidence_body)"
    " VALUES ($1, $2, $3, $4::int, $5::int, $6, $7::int, $8, decode($9, 'hex'))"
    " ON CONFLICT (portal_id, scope) DO UPDATE SET state = excluded.state, since = now(),"
    "  bad = excluded.bad, seen = excluded.seen, evidence_url = excluded.evidence_url,"
    "  evidence_status = excluded.evidence_status, evidence_why = excluded.evidence_why,"
    "  evidence_body = excluded.evidence_body"
    " WHERE h.state <> excluded.state";

/* A scope that was never unwell has no row. */
static const char well_sql[] =
    "UPDATE crawl.health h SET state = 'ok', since = now(), bad = t.bad, seen = t.seen,"
    "  evidence_url = t.url, evidence_status = t.status, evidence_why = t.why,"
    "  evidence_body = decode(t.body, 'hex')"
    " FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::int[], $7::text[], $8::text[])"
    "  AS t(portal_id, scope, bad, seen, url, status, why, body)"
    " WHERE h.portal_id = t.portal_id AND h.scope = t.scope AND h.state <> 'ok'"
    " RETURNING h.portal_id, h.scope";

static void
hex_of(const struct visit *v, char out[2 * SAMPLE_MAX + 1])
{
	out[0] = '\0';
	for (size_t i = 0; i < v->sample_bytes; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", (unsigned char)v->sample[i]);
}

static void
report(const struct visit *v)
{
	const struct health_change *h = &v->health;

	metric_add(M_PORTAL_CHANGES, health_names[h->to], 1);
	log_event(h->to == HEALTH_OK ? LEVEL_INFO : LEVEL_WARN, "portal_state",
	    F_STR("portal", v->watch->portal->id), F_STR("scope", h->scope),
	    F_STR("state", health_names[h->to]), F_STR("was", health_names[h->from]),
	    F_STR("reason", v->ending.reason), F_INT("status", v->answer.status),
	    F_INT("bad", h->bad), F_INT("of", h->seen));
}

static int
keep_one(struct pg *pg, const struct visit *v, struct err *err)
{
	const struct health_change *h = &v->health;
	char bad[16], seen[16], status[16], body[2 * SAMPLE_MAX + 1];
	const char *values[] = {v->watch->portal->id, h->scope, health_names[h->to], bad, seen,
	    v->at, status, v->ending.reason, body};
	int64_t written;

	(void)snprintf(bad, sizeof(bad), "%d", h->bad);
	(void)snprintf(seen, sizeof(seen), "%d", h->seen);
	(void)snprintf(status, sizeof(status), "%d", v->answer.status);
	hex_of(v, body);
	if ((written = pg_do(pg, "health_keep", keep_sql, 9, values, err)) == -1)
		return -1;
	if (written > 0)
		report(v);
	return 0;
}

static void
add_well(struct columns *c, const struct visit *v)
{
	char body[2 * SAMPLE_MAX + 1];

	hex_of(v, body);
	columns_text(c, 0, v->watch->portal->id);
	columns_text(c, 1, v->health.scope);
	columns_int(c, 2, v->health.bad);
	columns_int(c, 3, v->health.seen);
	columns_text(c, 4, v->at);
	columns_int(c, 5, v->answer.status);
	columns_text(c, 6, v->ending.reason);
	columns_text(c, 7, body);
}

static void
report_well(const PGresult *res, const struct visit *from, const struct visit *until)
{
	for (int i = 0; i < PQntuples(res); i++)
		for (const struct visit *v = from; v != until; v = v->next)
			if (v->health.scope != NULL && strcmp(v->health.scope, PQgetvalue(res, i, 1)) == 0 &&
			    strcmp(v->watch->portal->id, PQgetvalue(res, i, 0)) == 0) {
				report(v);
				break;
			}
}

static bool
is_well(const struct visit *v)
{
	return v->health.scope != NULL && !v->lost && v->health.to == HEALTH_OK;
}

static bool
is_unwell(const struct visit *v)
{
	return v->health.scope != NULL && !v->lost && v->health.to != HEALTH_OK;
}

/* Those that are well, most often nothing new: one statement for the visits up to `until`. */
static int
keep_well(struct pg *pg, struct visit *from, const struct visit *until, struct err *err)
{
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, 8);
	for (const struct visit *v = from; v != until; v = v->next)
		if (is_well(v))
			add_well(&c, v);
	if (columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "health: out of memory");
	else if (c.at[0].count > 0 && (res = pg_query(pg, "health_well", well_sql, 8, c.values, err)) == NULL)
		rc = -1;
	if (res != NULL)
		report_well(res, from, until);
	PQclear(res);
	columns_fini(&c);
	return rc;
}

static const char soft_sql[] =
    "WITH s AS (INSERT INTO crawl.soft_page (portal_id, sha256, url) VALUES ($1, $2, $3)"
    "  ON CONFLICT DO NOTHING RETURNING 1)"
    " UPDATE crawl.url SET due_at = now() WHERE portal_id = $1 AND sha256 = $2 AND kind <> 'list'"
    " AND EXISTS (SELECT FROM s) AND url <> $3";

/* What was published before it was known is looked at again now. */
static int
keep_soft(struct pg *pg, const struct visit *v, struct err *err)
{
	const char *const values[] = {v->watch->portal->id, v->new_sha256, v->url};
	int64_t again = pg_do(pg, "soft_keep", soft_sql, 3, values, err);

	if (again == -1)
		return -1;
	log_event(LEVEL_WARN, "soft_page", F_STR("portal", v->watch->portal->id),
	    F_STR("url", v->url), F_STR("sha256", v->new_sha256), F_INT("again", again));
	return 0;
}

/* In the order of the visits: what is well now may be unwell with the next. */
int
health_keep(struct pg *pg, struct visit_queue *ended, struct err *err)
{
	struct visit *from = ended->head, *unwell;

	while (from != NULL) {
		for (unwell = from; unwell != NULL && !is_unwell(unwell); unwell = unwell->next)
			;
		if (keep_well(pg, from, unwell, err) == -1)
			return -1;
		for (; from != unwell; from = from->next)
			from->health.scope = NULL; /* once, should a later statement fail */
		if (unwell == NULL)
			break;
		if (keep_one(pg, unwell, err) == -1)
			return -1;
		unwell->health.scope = NULL;
		from = unwell->next;
	}
	for (struct visit *v = ended->head; v != NULL; v = v->next) {
		if (v->soft_fresh && keep_soft(pg, v, err) == -1)
			return -1;
		v->soft_fresh = false;
	}
	return 0;
}

static const char recall_sql[] =
    "SELECT p.n - 1, h.state, s.sha256 FROM unnest($1::text[]) WITH ORDINALITY AS p(portal_id, n)"
    " LEFT JOIN crawl.health h ON h.portal_id = p.portal_id AND h.scope = 'pages'"
    " LEFT JOIN crawl.soft_page s ON s.portal_id = p.portal_id";

int
health_recall(struct pg *pg, struct watch *const *fresh, size_t count, struct err *err)
{
	struct columns c;
	PGresult *res = NULL;
	int rc = 0;

	columns_init(&c, 1);
	for (size_t i = 0; i < count; i++)
		columns_text(&c, 0, fresh[i]->portal->id);
	if (columns_end(&c) == NULL)
		rc = err_set(err, ERR_RETRY, "memory", "portals: out of memory");
	else if ((res = pg_query(pg, NULL, recall_sql, 1, c.values, err)) == NULL)
		rc = -1;
	for (int i = 0; res != NULL && i < PQntuples(res); i++) {
		size_t at = (size_t)strtoul(PQgetvalue(res, i, 0), NULL, 10);
		struct pages_health *p = &fresh[at < count ? at : 0]->pages;

		p->state = health_of_name(PQgetvalue(res, i, 1));
		/* a fence stands for the next crawler, too: it must not call the first pages gone */
		for (int k = 0; k < FENCE_PAGES && p->state == HEALTH_FENCE; k++)
			fence_note(&p->fence, &"0123456789abcdef"[k], true);
		if (PQgetlength(res, i, 2) == DIGEST_HEX)
			soft_learn(&p->soft, PQgetvalue(res, i, 2));
	}
	PQclear(res);
	columns_fini(&c);
	return rc;
}
