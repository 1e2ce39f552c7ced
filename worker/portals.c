/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portals.h"

#define KEPT_MAX 4096 /* versions; beyond it the cache begins anew */

struct version {
	char *portal;
	int64_t version;
	json_t *config;
};

struct portals {
	struct pg *pg;
	struct version *kept;
	size_t count;
};

struct portals *
portals_new(struct pg *pg)
{
	struct portals *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->pg = pg;
	if ((p->kept = calloc(KEPT_MAX, sizeof(*p->kept))) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

static void
forget(struct portals *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->kept[i].portal);
		json_decref(p->kept[i].config);
	}
	p->count = 0;
}

void
portals_free(struct portals *p)
{
	if (p == NULL)
		return;
	forget(p);
	free(p->kept);
	free(p);
}

static json_t *
keep(struct portals *p, const char *portal, int64_t version, const char *text)
{
	struct version *v;

	if (p->count == KEPT_MAX)
		forget(p);
	v = &p->kept[p->count];
	*v = (struct version){strdup(portal), version, json_loads(text, 0, NULL)};
	if (v->portal == NULL || v->config == NULL) {
		free(v->portal);
		json_decref(v->config);
		return NULL;
	}
	p->count++;
	return v->config;
}

/* The configuration (borrowed), or NULL with *err set or, if unknown, not set. */
static json_t *
find(struct portals *p, const char *portal, int64_t version, struct err *err)
{
	char number[24];
	const char *values[] = {portal, number};
	json_t *config = NULL;
	PGresult *res;

	for (size_t i = 0; i < p->count; i++)
		if (p->kept[i].version == version && strcmp(p->kept[i].portal, portal) == 0)
			return p->kept[i].config;
	(void)snprintf(number, sizeof(number), "%" PRId64, version);
	if (pg_connect(p->pg, err) == -1)
		return NULL;
	res = pg_query(p->pg, "portal_version",
	    "SELECT config FROM core.portal_version WHERE portal_id = $1 AND version = $2::bigint", 2,
	    values, err);
	if (res == NULL)
		return NULL;
	if (PQntuples(res) == 1)
		config = keep(p, portal, version, PQgetvalue(res, 0, 0));
	PQclear(res);
	return config;
}

int
portals_current(struct portals *p, struct entry *e, struct err *err)
{
	const char *values[] = {arena_dup(&e->arena, e->page.portal).p};
	PGresult *res;

	if (values[0] == NULL)
		return err_set(err, ERR_RETRY, "memory", "out of memory");
	if (pg_connect(p->pg, err) == -1 ||
	    (res = pg_query(p->pg, "portal_current",
	         "SELECT config_version FROM core.portal WHERE portal_id = $1", 1, values, err)) == NULL)
		return -1;
	if (PQntuples(res) == 1)
		e->page.config_version = pg_int_at(res, 0, 0);
	PQclear(res);
	return 0;
}

/* Header bytes are as the portal sent them: what is no text is left out. */
static void
put(json_t *object, const char *name, struct span s)
{
	json_t *v = s.p == NULL ? NULL : json_stringn(s.p, s.n);

	if (v != NULL)
		(void)json_object_set_new(object, name, v);
}

int
portals_request(struct portals *p, struct entry *e, struct err *err)
{
	struct span id = arena_dup(&e->arena, e->page.portal);
	struct err why = {0};
	json_t *config, *request;

	if (id.p == NULL)
		return err_set(err, ERR_RETRY, "memory", "out of memory");
	config = find(p, id.p, e->page.config_version, &why);
	if (why.code != ERR_NONE) {
		*err = why;
		return -1;
	}
	e->portal_unknown = config == NULL;
	request = json_object();
	put(request, "url", e->page.url);
	put(request, "sha256", e->page.sha256); /* held against the bytes by page_decode() or origin.c */
	put(request, "content_type", e->page.content_type);
	put(request, "list_title", e->page.list_title);
	put(request, "list_date", e->page.list_date);
	if (config != NULL)
		(void)json_object_set(request, "portal", config);
	else
		(void)json_object_set_new(request, "portal_unknown", json_true());
	e->meta = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	return e->meta != NULL ? 0 : err_set(err, ERR_RETRY, "memory", "out of memory");
}
