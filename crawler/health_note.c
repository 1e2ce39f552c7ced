/* SPDX-License-Identifier: MIT */
/* crawl.health and crawl.soft_page: changes written with their evidence, and read again. */
#include "health_note.h"

#include "column.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    "UPDATE crawl.health SET state = $3, since = now(), bad = $4::int, seen = $5::int, evidence_url = $6,"
    " evidence_status = $7::int, evidence_why = $8, evidence_body = decode($9, 'hex')"
    " WHERE portal_id = $1 AND scope = $2 AND state <> $3";

static void
hex_of(const struct visit *v, char out[2 * SAMPLE_MAX + 1])
{
	out[0] = '\0';
	for (size_t i = 0; i < v->sample_bytes; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", (unsigned char)v->sample[i]);
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
	if (h->to == HEALTH_OK)
		written = pg_do(pg, "health_well", well_sql, 9, values, err);
	else
		written = pg_do(pg, "health_keep", keep_sql, 9, values, err);
	if (written <= 0)
		return written == -1 ? -1 : 0;
	metric_add(M_PORTAL_CHANGES, health_names[h->to], 1);
	log_event(h->to == HEALTH_OK ? LEVEL_INFO : LEVEL_WARN, "portal_state",
	    F_STR("portal", v->watch->portal->id), F_STR("scope", h->scope),
	    F_STR("state", health_names[h->to]), F_STR("was", health_names[h->from]),
	    F_STR("reason", v->ending.reason), F_INT("status", v->answer.status),
	    F_INT("bad", h->bad), F_INT("of", h->seen));
	return 0;
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

int
health_keep(struct pg *pg, struct visit_queue *ended, struct err *err)
{
	for (struct visit *v = ended->head; v != NULL; v = v->next) {
		if (v->health.scope != NULL && !v->lost && keep_one(pg, v, err) == -1)
			return -1;
		v->health.scope = NULL; /* once, should a later statement fail */
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
