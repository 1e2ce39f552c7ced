/* SPDX-License-Identifier: MIT */
#include "portals.h"

#include "health_note.h"

#include <stdlib.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/digest.h>
#include <suoyin/log.h>

struct host_delay {
	const char *host; /* of an active portal */
	int64_t ms;
};

struct watch *
portals_hold(struct watch *w)
{
	w->refs++;
	return w;
}

void
portals_drop(struct watch *w)
{
	if (w == NULL || --w->refs > 0)
		return;
	portal_free(w->portal);
	free(w);
}

void
portals_fini(struct portals *ps)
{
	for (size_t i = 0; i < ps->count; i++)
		portals_drop(ps->items[i]);
	free(ps->items);
	free(ps->delays);
	*ps = (struct portals){0};
}

struct watch *
portals_find(const struct portals *ps, const char *id)
{
	size_t low = 0, high = ps->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(id, ps->items[mid]->portal->id);

		if (order == 0)
			return ps->items[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

bool
portal_has_host(const struct portal *p, struct span host)
{
	for (size_t i = 0; i < p->host_count; i++)
		if (span_eq(span_of(p->hosts[i]), host))
			return true;
	return false;
}

const struct portal_list *
portal_find_list(const struct portal *p, const char *url)
{
	for (size_t i = 0; i < p->list_count; i++)
		if (strcmp(p->lists[i].url, url) == 0)
			return &p->lists[i];
	return NULL;
}

static int
by_host_longest_first(const void *left, const void *right)
{
	const struct host_delay *a = left, *b = right;
	int order = strcmp(a->host, b->host);

	return order != 0 ? order : (a->ms < b->ms) - (a->ms > b->ms);
}

static int
index_delays(struct portals *ps)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < ps->count; i++)
		n += ps->items[i]->portal->host_count;
	free(ps->delays);
	ps->delay_count = 0;
	if ((ps->delays = calloc(n + 1, sizeof(*ps->delays))) == NULL)
		return -1;
	for (size_t i = 0; i < ps->count; i++)
		for (size_t k = 0; k < ps->items[i]->portal->host_count; k++)
			ps->delays[ps->delay_count++] = (struct host_delay){
			    ps->items[i]->portal->hosts[k], ps->items[i]->portal->delay_ms};
	qsort(ps->delays, ps->delay_count, sizeof(*ps->delays), by_host_longest_first);
	for (size_t i = 0; i < ps->delay_count; i++)
		if (kept == 0 || strcmp(ps->delays[kept - 1].host, ps->delays[i].host) != 0)
			ps->delays[kept++] = ps->delays[i];
	ps->delay_count = kept;
	return 0;
}

int64_t
portals_delay(const struct portals *ps, struct span host, int64_t fallback)
{
	size_t low = 0, high = ps->delay_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = span_cmp(host, span_of(ps->delays[mid].host));

		if (order == 0)
			return ps->delays[mid].ms > fallback ? ps->delays[mid].ms : fallback;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return fallback;
}

/* What decides which rows a list has; a change of it starts the list anew. */
static void
rules_digest(const struct portal_list *list, char hex[DIGEST_HEX + 1])
{
	const char *const rules[] = {list->rows, list->link, list->title, list->date, list->next};
	struct digest *d = digest_new();

	hex[0] = '\0';
	if (d == NULL)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		digest_add_field(d, span_of(rules[i]));
	if (!list->is_plain)
		digest_add_field(d, span_of(list->rules));
	digest_end(d, hex);
}

/* The lists of changed portals to crawl.url. A list under new rules is read as on its first day;
 * raising lease_no takes it from a visit under the old ones. */
static const char sync_sql[] =
    "INSERT INTO crawl.url AS u (portal_id, url, kind, rules, config_version)"
    " SELECT * FROM (SELECT n.portal_id, n.url, 'list', n.rules, n.version FROM unnest("
    "  $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
    "  AS n(portal_id, url, rules, every, version) ORDER BY 1, 2) s"
    " ON CONFLICT (portal_id, url) DO UPDATE SET kind = 'list', rules = excluded.rules,"
    " due_at = now(), etag = NULL, last_modified = NULL, open_since = NULL, complete_at = NULL,"
    " failures = 0, failure = NULL, lease_no = u.lease_no + 1, lease_owner = NULL,"
    " lease_until = NULL"
    " WHERE u.rules IS DISTINCT FROM excluded.rules OR u.due_at = 'infinity'";

/* What was remembered of a list under other rules is forgotten, but for its pace. */
static const char forget_sql[] =
    "UPDATE crawl.list s SET digest = NULL, total = NULL, pages = NULL, whole = false, usual_rows = 0,"
    " recent = '', bad_since = NULL, unmodified = 0, lies = false FROM crawl.url u"
    " WHERE u.url_id = s.list_id AND u.portal_id = ANY ($1::text[]) AND u.complete_at IS NULL";

static const char every_sql[] =
    "UPDATE crawl.url u SET due_at = now() + n.every * interval '1 ms'"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
    "  AS n(portal_id, url, rules, every, version)"
    " WHERE u.portal_id = n.portal_id AND u.url = n.url AND u.due_at <> 'infinity'"
    " AND u.due_at > now() + n.every * interval '1 ms' AND u.failures = 0";

static const char retire_sql[] =
    "UPDATE crawl.url u SET due_at = 'infinity' WHERE u.kind = 'list' AND u.due_at <> 'infinity'"
    " AND u.portal_id = ANY ($6::text[]) AND NOT EXISTS (SELECT FROM unnest("
    "  $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
    "  AS n(portal_id, url, rules, every, version)"
    "  WHERE n.portal_id = u.portal_id AND n.url = u.url)";

/* A shorter `revisit` counts from now on, not from each page's next visit: spread over one. */
static const char revisit_sql[] =
    "UPDATE crawl.url u SET due_at = now() + n.revisit * random() * interval '1 ms'"
    " FROM unnest($1::text[], $2::bigint[]) AS n(portal_id, revisit)"
    " WHERE u.portal_id = n.portal_id AND u.rank IN (1, 2, 3) AND u.failures = 0"
    " AND u.due_at > now() + 2 * n.revisit * interval '1 ms'";

static int
write_changed(struct pg *pg, struct watch *const *changed, size_t count, struct err *err)
{
	const char *const *values;
	struct columns c;
	int rc = -1;

	columns_init(&c, 7);
	for (size_t i = 0; i < count; i++) {
		const struct portal *p = changed[i]->portal;

		columns_text(&c, 5, p->id);
		columns_int(&c, 6, visit_longest_pause(p));
		for (size_t k = 0; k < p->list_count; k++) {
			char rules[DIGEST_HEX + 1];

			if (portal_find_list(p, p->lists[k].url) != &p->lists[k])
				continue; /* named twice: the first counts */
			rules_digest(&p->lists[k], rules);
			columns_text(&c, 0, p->id);
			columns_text(&c, 1, p->lists[k].url);
			columns_text(&c, 2, rules);
			columns_int(&c, 3, p->lists[k].every_ms * (p->lists[k].by_arrivals ? 6 : 1));
			columns_int(&c, 4, p->version);
		}
	}
	if ((values = columns_end(&c)) == NULL)
		(void)err_set(err, ERR_RETRY, "memory", "lists: out of memory");
	else if (pg_do(pg, NULL, sync_sql, 5, values, err) != -1 &&
		 pg_do(pg, NULL, forget_sql, 1, values + 5, err) != -1 &&
		 pg_do(pg, NULL, every_sql, 5, values, err) != -1 &&
		 pg_do(pg, NULL, retire_sql, 6, values, err) != -1 &&
		 pg_do(pg, NULL, revisit_sql, 2, values + 5, err) != -1)
		rc = 0;
	columns_fini(&c);
	return rc;
}

static struct watch *
watch_new(const char *id, const char *text, int64_t version, struct err *err)
{
	json_error_t why;
	json_t *config = json_loads(text, 0, &why);
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL || config == NULL) {
		(void)err_set(err, ERR_REJECT, "bad_portal", "portal %s: %s", id,
		    config == NULL ? why.text : "out of memory");
	} else if ((w->portal = portal_from_json(config, version, err)) != NULL &&
		   strcmp(w->portal->id, id) != 0) {
		(void)err_set(err, ERR_REJECT, "bad_portal", "portal %s: its id is another", id);
		portal_free(w->portal);
		w->portal = NULL;
	}
	json_decref(config);
	if (w == NULL || w->portal == NULL) {
		free(w);
		return NULL;
	}
	w->refs = 1;
	w->active = true;
	for (int i = 0; i < RANKS; i++)
		w->more[i] = true;
	return w;
}

static const char load_sql[] =
    "SELECT p.portal_id, p.config_version,"
    " CASE WHEN k.version IS DISTINCT FROM p.config_version THEN p.config::text END"
    " FROM core.portal p LEFT JOIN unnest($1::text[], $2::bigint[]) AS k(portal_id, version)"
    "  ON k.portal_id = p.portal_id"
    " WHERE p.active AND NOT p.paused ORDER BY p.portal_id";

static PGresult *
read_portals(const struct portals *ps, struct pg *pg, struct err *err)
{
	const char *const *values;
	PGresult *res = NULL;
	struct columns c;

	columns_init(&c, 2);
	for (size_t i = 0; i < ps->count; i++) {
		columns_text(&c, 0, ps->items[i]->portal->id);
		columns_int(&c, 1, ps->items[i]->portal->version);
	}
	if ((values = columns_end(&c)) == NULL)
		(void)err_set(err, ERR_RETRY, "memory", "portals: out of memory");
	else
		res = pg_query(pg, "portals", load_sql, 2, values, err);
	columns_fini(&c);
	return res;
}

/* One row to a portal: the one we have, or a new one. NULL: not understood, not visited. */
static struct watch *
take_row(const struct portals *ps, const PGresult *res, int row, bool *is_new)
{
	const char *id = PQgetvalue(res, row, 0);
	struct watch *known = portals_find(ps, id), *w;
	struct err why = {0};
	uint64_t version = 0;

	*is_new = false;
	if (PQgetisnull(res, row, 2) && known != NULL)
		return portals_hold(known);
	(void)span_u64(span_of(PQgetvalue(res, row, 1)), INT64_MAX, &version);
	if ((w = watch_new(id, PQgetvalue(res, row, 2), (int64_t)version, &why)) == NULL)
		log_event(LEVEL_ERROR, "portal_rejected", F_STR("portal", id), F_ERR(&why));
	*is_new = w != NULL;
	return w;
}

/* Puts the new set in place of the old one. */
static void
replace(struct portals *ps, struct watch **items, size_t count)
{
	for (size_t i = 0; i < ps->count; i++)
		ps->items[i]->active = false;
	for (size_t i = 0; i < count; i++)
		items[i]->active = true;
	for (size_t i = 0; i < ps->count; i++)
		portals_drop(ps->items[i]);
	free(ps->items);
	ps->items = items;
	ps->count = count;
}

int
portals_load(struct portals *ps, struct pg *pg, struct err *err)
{
	PGresult *res = read_portals(ps, pg, err);
	size_t rows, count = 0, changed = 0, before = ps->count;
	struct watch **items, **fresh, *w;
	bool is_new;
	int rc = -1;

	if (res == NULL)
		return -1;
	rows = (size_t)PQntuples(res);
	items = calloc(rows + 1, sizeof(struct watch *));
	fresh = calloc(rows + 1, sizeof(struct watch *));
	if (items == NULL || fresh == NULL) {
		(void)err_set(err, ERR_RETRY, "memory", "portals: out of memory");
		goto out;
	}
	for (size_t i = 0; i < rows; i++) {
		if ((w = take_row(ps, res, (int)i, &is_new)) == NULL)
			continue;
		items[count++] = w;
		if (is_new)
			fresh[changed++] = w;
	}
	if (changed == 0 || (write_changed(pg, fresh, changed, err) == 0 &&
				health_recall(pg, fresh, changed, err) == 0)) {
		replace(ps, items, count);
		items = NULL;
		rc = changed > 0 || count != before;
		if (index_delays(ps) == -1)
			rc = err_set(err, ERR_RETRY, "memory", "portals: out of memory");
		if (rc == 1)
			log_event(LEVEL_INFO, "portals_loaded", F_INT("portals", count),
			    F_INT("changed", changed));
	}
out:
	for (size_t i = 0; items != NULL && i < count; i++)
		portals_drop(items[i]);
	free(items);
	free(fresh);
	PQclear(res);
	return rc;
}
