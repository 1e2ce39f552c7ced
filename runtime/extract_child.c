/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <suoyin/extract.h>
#include <suoyin/extract_child.h>
#include <suoyin/limits.h>

struct kit {
	struct charset_kit *charsets;
	struct arena arena;
};

static struct span
member(const json_t *meta, const char *name)
{
	const json_t *value = json_object_get(meta, name);

	if (!json_is_string(value))
		return (struct span){NULL, 0};
	return (struct span){json_string_value(value), json_string_length(value)};
}

static int
add_chunk(const char *p, size_t n, void *reply)
{
	return buf_add(reply, p, n);
}

static int
reply_with(struct buf *reply, const struct record *record, struct err *err)
{
	json_t *json = record_to_json(record);
	int rc = json == NULL ? -1 : json_dump_callback(json, add_chunk, reply, JSON_COMPACT);

	json_decref(json);
	if (rc == -1)
		return err_set(err, ERR_REJECT, "too_large",
		    "extract: the record is longer than %zu bytes", reply->limit);
	return 0;
}

static int
handle(void *opaque, struct span meta_text, struct span body, struct buf *reply, struct err *err)
{
	struct kit *kit = opaque;
	json_t *meta = json_loadb(meta_text.p, meta_text.n, 0, NULL);
	struct extract_input in = {.bytes = body, .url = member(meta, "url"),
	    .content_type = member(meta, "content_type"),
	    .list_title = member(meta, "list_title"), .list_date = member(meta, "list_date")};
	const json_t *portal = json_object_get(meta, "portal");
	struct record record;
	int rc;

	if (!json_is_object(meta)) {
		json_decref(meta);
		return err_set(err, ERR_REJECT, "bad_request",
		    "extract: the meta of the request is no JSON object");
	}
	in.portal = json_is_object(portal) ? portal : NULL;
	rc = extract(&record, &kit->arena, kit->charsets, &in, err);
	if (rc == 0)
		rc = reply_with(reply, &record, err);
	arena_reset(&kit->arena);
	json_decref(meta);
	return rc;
}

/* Runs everything once: whatever libraries load or cache on first use is there before the
 * child locks itself in. */
static void *
warm_up(void)
{
	struct kit *kit = calloc(1, sizeof(*kit));
	struct buf reply;

	if (kit == NULL || (kit->charsets = charset_kit_new()) == NULL) {
		free(kit);
		return NULL;
	}
	arena_init(&kit->arena, EXTRACT_ARENA_MAX);
	buf_init(&reply, RECORD_JSON_MAX);
	(void)handle(kit,
	    SPAN("{\"url\":\"http://a.example/\",\"portal\":{\"extract\":{\"title\":\"//h1\"}}}"),
	    SPAN("<meta charset=gbk><h1>\xC4\xE3</h1><p>2024-01-02 <a href='1.pdf'>x</a></p>"),
	    &reply, NULL);
	buf_fini(&reply);
	return kit;
}

const struct child_role extract_role = {.name = "extract", .warm_up = warm_up, .handle = handle};
