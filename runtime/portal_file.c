/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include "portal_private.h"
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define FILE_ARENA_MAX ((size_t)64 << 20) /* URLs of one file, canonical; a file has 4 MiB */

static const char *const top_keys[] = {"portals", NULL};
static const char *const portal_keys[] = {"id", "name", "home", "site", "level", "region", "hosts",
    "delay", "revisit", "lists", "extract", "platform", "quiet", "budget", "tls",
    "attachments", NULL};
static const char *const list_keys[] = {"url", "rows", "link", "title", "date", "next", "every",
    "kind", "column", "paging", "from", "size", "total", "pages", "category", "include", "exclude",
    "pace", "sweep", "backfill", "may_be_empty", NULL};
static const char *const region_keys[] = {"province", "city", "county", NULL};
#define FIELD_KEYS                                                                             \
	"title", "body", "index_number", "document_number", "agency", "source",                \
	    "published_on", "signed_on"
static const char *const field_keys[] = {FIELD_KEYS, NULL};
static const char *const extract_keys[] = {FIELD_KEYS, "json", NULL};

struct reader {
	struct portal_set *set;
	struct yaml_tree tree;
	struct arena arena;
	const struct list_rules *platform; /* of the portal that is read; NULL: none */
};

static void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		(void)config_must(NULL);
}

static void
append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == -1)
		(void)config_must(NULL);
}

static json_t *
text_json(struct span text)
{
	return config_must(json_stringn(text.p, text.n));
}

static json_t *
read_region(struct reader *r, const struct portal_node *portal)
{
	const struct yaml_pair *pair = yaml_map_find(&portal->map, "region");
	json_t *region = config_must(json_object());
	char path[PORTAL_PATH_MAX];
	struct portal_node n;

	for (size_t i = 0; region_keys[i] != NULL; i++)
		put(region, region_keys[i], json_null());
	if (pair == NULL)
		return region;
	yaml_path_join(portal->path, "region", path, sizeof(path));
	if (portal_node_open(&n, &r->tree, pair->value, path, region_keys) == -1)
		return region;
	for (size_t i = 0; region_keys[i] != NULL; i++)
		put(region, region_keys[i],
		    portal_text(&n, region_keys[i], false, PORTAL_TEXT_MAX));
	portal_node_close(&n);
	return region;
}

/* Only the fields that are given, as with XPaths; NULL: none is. */
static json_t *
read_pointers(struct reader *r, const struct portal_node *extract)
{
	const struct yaml_pair *pair = yaml_map_find(&extract->map, "json");
	json_t *pointers;
	char path[PORTAL_PATH_MAX];
	struct portal_node n;

	if (pair == NULL)
		return NULL;
	yaml_path_join(extract->path, "json", path, sizeof(path));
	if (portal_node_open(&n, &r->tree, pair->value, path, field_keys) == -1)
		return NULL;
	pointers = config_must(json_object());
	for (size_t i = 0; field_keys[i] != NULL; i++)
		if (yaml_map_find(&n.map, field_keys[i]) != NULL)
			put(pointers, field_keys[i], portal_pointer(&n, field_keys[i]));
	portal_node_close(&n);
	if (json_object_size(pointers) > 0)
		return pointers;
	json_decref(pointers);
	return NULL;
}

/* Only the keys that are given: absent ones leave the extractor its own judgement. */
static json_t *
read_extract(struct reader *r, const struct portal_node *portal)
{
	const struct yaml_pair *pair = yaml_map_find(&portal->map, "extract");
	json_t *extract = config_must(json_object()), *pointers;
	char path[PORTAL_PATH_MAX];
	struct portal_node n;

	if (pair == NULL)
		return extract;
	yaml_path_join(portal->path, "extract", path, sizeof(path));
	if (portal_node_open(&n, &r->tree, pair->value, path, extract_keys) == -1)
		return extract;
	for (size_t i = 0; field_keys[i] != NULL; i++)
		if (yaml_map_find(&n.map, field_keys[i]) != NULL)
			put(extract, field_keys[i], portal_xpath(&n, field_keys[i], false, NULL));
	/* no key where nothing is pointed at: versions of files without pointers stay */
	if ((pointers = read_pointers(r, &n)) != NULL)
		put(extract, "json", pointers);
	portal_node_close(&n);
	return extract;
}

static bool
has_text(const json_t *array, struct span text)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)array, i,
	    item) if (span_eq((struct span){json_string_value(item), json_string_length(item)},
			  text)) return true;
	return false;
}

/* The host of home comes first, named or not. */
static json_t *
read_hosts(struct reader *r, const struct portal_node *portal, struct span home)
{
	const struct yaml_pair *pair = yaml_map_find(&portal->map, "hosts");
	json_t *hosts = config_must(json_array());
	const yaml_node_item_t *item;

	if (home.n > 0)
		append(hosts, text_json(home));
	if (pair == NULL)
		return hosts;
	if (pair->value->type != YAML_SEQUENCE_NODE) {
		portal_error(
		    portal, "hosts", pair->value, "write [host, host]", "must be a list of hosts");
		return hosts;
	}
	for (item = pair->value->data.sequence.items.start;
	     item < pair->value->data.sequence.items.top; item++) {
		const yaml_node_t *node = yaml_document_get_node(&r->tree.doc, *item);
		struct span host = portal_host(portal, "hosts", node, &r->arena);

		if (host.n == 0 || has_text(hosts, host))
			continue;
		if (json_array_size(hosts) == PORTAL_HOSTS_MAX) {
			portal_error(
			    portal, "hosts", node, NULL, "more than %d hosts", PORTAL_HOSTS_MAX);
			break;
		}
		append(hosts, text_json(host));
	}
	return hosts;
}

/* The address of a list must be one that the crawler may visit, and stand once. */
static json_t *
read_list_url(struct reader *r, const struct portal_node *n, const json_t *hosts, json_t *seen)
{
	struct url url;
	json_t *json = portal_url(n, "url", &r->arena, &url);
	const yaml_node_t *at = portal_scalar(n, "url", false);
	char suggestion[160];

	if (url.text.p == NULL)
		return json;
	if (!has_text(hosts, url.host)) {
		(void)snprintf(suggestion, sizeof(suggestion), "add %.*s to hosts",
		    url.host.n > 120 ? 120 : (int)url.host.n, url.host.p);
		portal_error(n, "url", at, suggestion, "is on a host that is not the portal's");
	}
	if (json_object_get(seen, json_string_value(json)) != NULL)
		portal_error(n, "url", at, NULL, "stands twice, first in line %d",
		    (int)json_integer_value(json_object_get(seen, json_string_value(json))));
	else
		put(seen, json_string_value(json), config_must(json_integer(yaml_line(at))));
	return json;
}

static json_t *
read_list(
    struct reader *r, const yaml_node_t *node, const char *path, const json_t *hosts, json_t *seen)
{
	json_t *list = config_must(json_object());
	struct portal_node n;

	if (portal_node_open(&n, &r->tree, node, path, list_keys) == -1)
		return list;
	put(list, "url", read_list_url(r, &n, hosts, seen));
	portal_list_rules(&n, list, r->platform);
	put(list, "every_ms", portal_duration(&n, "every", 30 * MINUTE, SECOND, 30 * DAY));
	portal_schedule_list(&n, list);
	portal_node_close(&n);
	return list;
}

static json_t *
read_lists(struct reader *r, const struct portal_node *portal, const json_t *hosts)
{
	const struct yaml_pair *pair = yaml_map_find(&portal->map, "lists");
	json_t *lists = config_must(json_array()), *seen;
	char path[PORTAL_PATH_MAX];
	size_t count;

	if (pair == NULL) {
		portal_error(portal, "lists", portal->node, NULL,
		    "is missing: a portal needs a list to watch");
		return lists;
	}
	if (pair->value->type != YAML_SEQUENCE_NODE) {
		portal_error(
		    portal, "lists", pair->value, "begin each with \"- url:\"", "must be a list");
		return lists;
	}
	count =
	    (size_t)(pair->value->data.sequence.items.top - pair->value->data.sequence.items.start);
	if (count == 0 || count > PORTAL_LISTS_MAX) {
		portal_error(portal, "lists", pair->value, NULL, "holds %zu lists, not 1 … %d",
		    count, PORTAL_LISTS_MAX);
		return lists;
	}
	seen = config_must(json_object());
	for (size_t i = 0; i < count; i++) {
		yaml_node_t *node =
		    yaml_document_get_node(&r->tree.doc, pair->value->data.sequence.items.start[i]);

		(void)snprintf(path, sizeof(path), "%.200s.lists[%zu]", portal->path, i);
		append(lists, read_list(r, node, path, hosts, seen));
	}
	json_decref(seen);
	return lists;
}

static json_t *
read_config(struct reader *r, const struct portal_node *n)
{
	json_t *config = config_must(json_object()), *id, *site, *hosts;
	struct url home;

	id = portal_word(n, "id", true, PORTAL_ID_MAX);
	site = yaml_map_find(&n->map, "site") != NULL ? portal_word(n, "site", false, SITE_MAX)
						      : json_incref(id);
	put(config, "id", id);
	put(config, "site", site);
	put(config, "name", portal_text(n, "name", true, PORTAL_TEXT_MAX));
	put(config, "home", portal_url(n, "home", &r->arena, &home));
	hosts = read_hosts(r, n, home.host);
	put(config, "hosts", hosts);
	put(config, "level", portal_level(n));
	put(config, "region", read_region(r, n));
	put(config, "delay_ms", portal_duration(n, "delay", 2 * SECOND, 50, HOUR));
	put(config, "revisit_ms", portal_duration(n, "revisit", DAY, SECOND, 365 * DAY));
	r->platform = portal_platform(n, config);
	put(config, "lists", read_lists(r, n, hosts));
	put(config, "extract", read_extract(r, n));
	portal_manners_read(n, config);
	portal_attachments_read(n, config);
	return config;
}

/* Whether the id is new to the set; a twin is reported. */
static bool
claim_id(struct reader *r, const struct portal_node *n, const char *id)
{
	const yaml_node_t *at = portal_scalar(n, "id", false);
	const json_t *first = json_object_get(r->set->places, id);
	char place[512];

	if (first != NULL) {
		portal_error(n, "id", at, NULL, "%s stands twice, first at %s", id,
		    json_string_value(first));
		return false;
	}
	(void)snprintf(place, sizeof(place), "%.400s:%d", r->tree.path, yaml_line(at));
	/* a path may be no UTF-8 */
	put(r->set->places, id, config_must(json_string_nocheck(place)));
	return true;
}

static void
keep(struct portal_set *set, json_t *config)
{
	struct portal_file_entry *entry;

	/* doubled whenever full: a power of two that is reached */
	if ((set->count & (set->count - 1)) == 0)
		set->items = config_must(realloc(
		    set->items, (set->count == 0 ? 1 : set->count * 2) * sizeof(*set->items)));
	entry = &set->items[set->count++];
	entry->id = config_dup(span_of(json_string_value(json_object_get(config, "id"))));
	entry->site = config_dup(span_of(json_string_value(json_object_get(config, "site"))));
	entry->config = config;
}

/* Nothing was told since; a full list takes no more, so that it vouches for nothing. */
static bool
is_fine(const struct config_errors *errors, size_t before)
{
	return errors->count == before && before <= CONFIG_ERRORS_MAX;
}

static void
read_portal(struct reader *r, const yaml_node_t *node, size_t index)
{
	size_t before = r->tree.errors->count;
	char path[64];
	struct portal_node n;
	json_t *config;
	const char *id;

	(void)snprintf(path, sizeof(path), "portals[%zu]", index);
	if (portal_node_open(&n, &r->tree, node, path, portal_keys) == -1)
		return;
	config = read_config(r, &n);
	id = json_string_value(json_object_get(config, "id"));
	if (id != NULL && claim_id(r, &n, id) && is_fine(r->tree.errors, before))
		keep(r->set, config);
	else
		json_decref(config);
	portal_node_close(&n);
}

static void
read_portals(struct reader *r, const struct portal_node *top, const yaml_node_t *list)
{
	size_t count;

	if (list->type != YAML_SEQUENCE_NODE) {
		portal_error(
		    top, "portals", list, "begin each with \"- id:\"", "must be a list of portals");
		return;
	}
	count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
	if (count > PORTALS_MAX - r->set->count) {
		portal_error(top, "portals", list, NULL, "more than %d portals", PORTALS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_portal(
		    r, yaml_document_get_node(&r->tree.doc, list->data.sequence.items.start[i]), i);
}

/* Another kind of file: one error says so, instead of one for each of its keys. */
static void
not_a_portal_file(struct reader *r, const struct yaml_map *map)
{
	char suggestion[PORTAL_PATH_MAX] = "";

	for (size_t i = 0; i < map->count; i++) {
		struct config_guess guess;

		config_guess_init(&guess, map->pairs[i].key);
		config_guess_try(&guess, top_keys[0]);
		if (guess.best != NULL)
			(void)snprintf(suggestion, sizeof(suggestion), "rename %.60s in line %d",
			    map->pairs[i].key, yaml_line(map->pairs[i].key_node));
	}
	yaml_tree_error(
	    &r->tree, r->tree.root, top_keys[0], suggestion, "is missing: this is no portal file");
}

static void
read_top(struct reader *r)
{
	const struct yaml_pair *pair;
	struct portal_node top;
	struct yaml_map map;

	if (r->tree.root == NULL) {
		config_errors_add(r->tree.errors, r->tree.path, 1, 1, top_keys[0], NULL,
		    "is missing: the file is empty");
		return;
	}
	if (r->tree.root->type == YAML_MAPPING_NODE) {
		yaml_map_open(&map, &r->tree, r->tree.root, "");
		if ((pair = yaml_map_find(&map, top_keys[0])) == NULL)
			not_a_portal_file(r, &map);
		yaml_map_close(&map);
		if (pair == NULL)
			return;
	}
	if (portal_node_open(&top, &r->tree, r->tree.root, "", top_keys) == -1)
		return;
	read_portals(r, &top, yaml_map_find(&top.map, top_keys[0])->value);
	portal_node_close(&top);
}

/* libxml2 2.9 prints some of what is wrong with an XPath besides reporting it. */
static void
silent(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

int
portal_file_load(struct portal_set *set, const char *path, struct config_errors *errors)
{
	struct reader r = {.set = set};
	size_t before = errors->count;

	if (set->places == NULL)
		set->places = config_must(json_object());
	if (yaml_tree_load(&r.tree, path, errors) == -1)
		return -1;
	arena_init(&r.arena, FILE_ARENA_MAX);
	xmlSetGenericErrorFunc(NULL, silent);
	read_top(&r);
	xmlSetGenericErrorFunc(NULL, NULL);
	config_errors_sort(errors, before);
	arena_fini(&r.arena);
	yaml_tree_fini(&r.tree);
	return is_fine(errors, before) ? 0 : -1;
}

void
portal_set_fini(struct portal_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->items[i].id);
		free(set->items[i].site);
		json_decref(set->items[i].config);
	}
	free(set->items);
	json_decref(set->places);
	*set = (struct portal_set){0};
}
