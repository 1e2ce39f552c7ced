/* SPDX-License-Identifier: MIT */
/* The list child's second question: which files does a page link? */
#include "list_links.h"

#include <jansson.h>
#include <stdlib.h>
#include <suoyin/extract.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>
#include <suoyin/url.h>

#define NAME_MAX_CHARACTERS 250

static struct span
text_of(const json_t *meta, const char *key)
{
	const json_t *v = json_object_get(meta, key);

	return (struct span){json_string_value(v), json_string_length(v)};
}

/* NULL: a link whose address could not be resolved, which leads nowhere. */
static json_t *
row_of(struct arena *a, const struct pair *file)
{
	struct span name = text_first(file->name, NAME_MAX_CHARACTERS);
	bool is_text = name.n > 0 && text_is_utf8(name) && span_find_byte(name, '\0', 0) == SIZE_MAX;
	struct url url;

	if (url_parse(&url, a, file->value, NULL) == -1 || !span_eq(url.text, file->value))
		return NULL;
	return json_pack("{s:o, s:o, s:n}", "url", json_stringn(url.text.p, url.text.n), "title",
	    is_text ? json_stringn(name.p, name.n) : json_null(), "date");
}

static int
reply_with(struct buf *reply, struct arena *a, const struct pairs *files, struct err *err)
{
	json_t *rows = json_array(), *out;
	bool cut = false;
	char *text;
	int rc;

	for (size_t i = 0; i < files->count && !cut; i++) {
		json_t *row = row_of(a, &files->items[i]);

		cut = row != NULL && json_array_size(rows) == PAGE_FILES_MAX;
		if (row != NULL && !cut)
			(void)json_array_append(rows, row);
		json_decref(row);
	}
	out = json_pack("{s:o, s:b}", "rows", rows, "cut", cut);
	text = out == NULL ? NULL : json_dumps(out, JSON_COMPACT);
	rc = text == NULL || buf_add_str(reply, text) == -1
		 ? err_set(err, ERR_REJECT, "too_large", "links: larger than a reply may be")
		 : 0;
	free(text);
	json_decref(out);
	return rc;
}

int
list_links_read(struct charset_kit *kit, const json_t *meta, struct span body, struct buf *reply,
    struct err *err)
{
	struct extract_input in = {.bytes = body,
	    .url = text_of(meta, "url"),
	    .content_type = text_of(meta, "content_type"),
	    .portal = json_object_get(meta, "portal")};
	struct record record;
	struct arena a;
	int rc = -1;

	arena_init(&a, EXTRACT_ARENA_MAX);
	if (extract(&record, &a, kit, &in, err) == 0)
		rc = reply_with(reply, &a, &record.attachments, err);
	arena_fini(&a);
	return rc;
}
