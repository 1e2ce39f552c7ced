/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define WORLD_ARENA_MAX ((size_t)512 << 20) /* thousands of reports with hundreds of titles */

const char *const key_kind_names[KEY_KINDS] = {
    [KEY_CONTENT] = "content",
    [KEY_DOCNO] = "docno",
    [KEY_INDEX] = "index",
};

int
moment_cmp(struct moment a, struct moment b)
{
	if (a.time_us != b.time_us)
		return a.time_us < b.time_us ? -1 : 1;
	return span_cmp(a.id, b.id);
}

void
world_init(struct world *w)
{
	*w = (struct world){.next_temporary = -1};
	arena_init(&w->arena, WORLD_ARENA_MAX);
}

void
world_fini(struct world *w)
{
	arena_fini(&w->arena);
}

static int
key_cmp(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int order = span_cmp(a->site, b->site);

	if (order != 0)
		return order;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return span_cmp(a->value, b->value);
}

struct key *
world_key(const struct world *w, struct span site, enum key_kind kind, struct span value)
{
	const struct key want = {.site = site, .kind = kind, .value = value};

	if (value.p == NULL || w->key_count == 0)
		return NULL;
	return bsearch(&want, w->keys, w->key_count, sizeof(want), key_cmp);
}

static int
sighting_cmp(const void *pa, const void *pb)
{
	const struct sighting *a = pa, *b = pb;
	int order = span_cmp(a->site, b->site);

	return order != 0 ? order : span_cmp(a->url, b->url);
}

struct sighting *
world_sighting(const struct world *w, struct span site, struct span url)
{
	const struct sighting want = {.site = site, .url = url};

	if (w->sighting_count == 0)
		return NULL;
	return bsearch(&want, w->sightings, w->sighting_count, sizeof(want), sighting_cmp);
}

struct report *
world_report(const struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->report_count; i++)
		if (w->reports[i]->id == id)
			return w->reports[i];
	return NULL;
}

struct revision *
world_revision(const struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->revision_count; i++)
		if (w->revisions[i]->id == id)
			return w->revisions[i];
	return NULL;
}

struct revision *
world_same_revision(const struct world *w, const struct report *r, struct span content_sha256,
    struct moment at)
{
	for (size_t i = 0; i < w->revision_count; i++) {
		struct revision *v = w->revisions[i];

		if (v->report == r &&
		    (span_eq(v->content_sha256, content_sha256) || moment_cmp(v->at, at) == 0))
			return v;
	}
	return NULL;
}

struct report *
world_follow(struct report *r)
{
	while (r != NULL && r->merged_into != NULL)
		r = r->merged_into;
	return r;
}

/* Appends to an array of pointers in the arena. */
static int
push(struct world *w, void ***items, size_t *count, size_t *room, void *item)
{
	if (*count == *room) {
		size_t more = *room == 0 ? 64 : 2 * *room;
		void **grown = arena_grow(&w->arena, *items, *count, more, sizeof(void *));

		if (grown == NULL)
			return -1;
		*items = grown;
		*room = more;
	}
	(*items)[(*count)++] = item;
	return 0;
}

struct report *
world_add_report(struct world *w, int64_t id)
{
	struct report *r = arena_alloc(&w->arena, sizeof(*r));
	void **items = (void **)w->reports;

	if (r == NULL || push(w, &items, &w->report_count, &w->report_room, r) == -1)
		return NULL;
	w->reports = (struct report **)items;
	r->id = id;
	return r;
}

struct revision *
world_add_revision(struct world *w, int64_t id)
{
	struct revision *v = arena_alloc(&w->arena, sizeof(*v));
	void **items = (void **)w->revisions;

	if (v == NULL || push(w, &items, &w->revision_count, &w->revision_room, v) == -1)
		return NULL;
	w->revisions = (struct revision **)items;
	v->id = id;
	return v;
}

int
texts_add(struct world *w, struct texts *set, struct span text)
{
	for (size_t i = 0; i < set->count; i++)
		if (span_eq(set->items[i], text))
			return 0;
	if (set->count == set->room) {
		size_t more = set->room == 0 ? 4 : 2 * set->room;
		struct span *grown =
		    arena_grow(&w->arena, set->items, set->count, more, sizeof(*grown));

		if (grown == NULL)
			return -1;
		set->items = grown;
		set->room = more;
	}
	if ((text = arena_dup(&w->arena, text)).p == NULL)
		return -1;
	set->items[set->count++] = text;
	return 1;
}
