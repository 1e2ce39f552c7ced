/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/json_pointer.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "attachment.h"
#include "page_kinds.h"

#define SCRIPTS_MAX 200 /* scripts of a page that are searched for a document */
#define WHOLE_MAX 9e15  /* larger numbers with a fraction are not exact */

/* The names that portals' JSON documents use, best first. */
static const struct key {
	enum field field;
	const char *name;
} keys[] = {
	{FIELD_TITLE, "title"},
	{FIELD_INDEX, "identifier"},
	{FIELD_INDEX, "index_number"},
	{FIELD_INDEX, "indexnumber"},
	{FIELD_NUMBER, "document_number"},
	{FIELD_NUMBER, "documentNumber"},
	{FIELD_AGENCY, "publisher"},
	{FIELD_SOURCE, "source"},
	{FIELD_PUBLISHED, "display_publish_time"},
	{FIELD_PUBLISHED, "publish_time"},
	{FIELD_PUBLISHED, "date"},
	{FIELD_PUBLISHED, "created_at"},
	{FIELD_SIGNED, "written_at"},
	{FIELD_BODY, "content"},
	{FIELD_BODY, "contentHtml"},
};

bool
portal_json_is(struct span text)
{
	text = span_trim(text);
	return text.n >= 2 && ((text.p[0] == '{' && text.p[text.n - 1] == '}') ||
	    (text.p[0] == '[' && text.p[text.n - 1] == ']'));
}

/* A string, or a whole number as its digits; absent for anything else. */
static struct span
text_of(struct arena *a, const json_t *value)
{
	if (json_is_string(value))
		return arena_dup(a, (struct span){json_string_value(value),
		    json_string_length(value)});
	if (json_is_integer(value))
		return arena_fmt(a, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_real(value) && fabs(json_real_value(value)) < WHOLE_MAX &&
	    floor(json_real_value(value)) == json_real_value(value)) /* 1.7041612E9 */
		return arena_fmt(a, "%.0f", json_real_value(value));
	return (struct span){NULL, 0};
}

/* NUL may stand in a JSON string, but in no text of ours. */
static bool
is_clean(struct span s)
{
	return span_find_byte(s, '\0', 0) == SIZE_MAX;
}

static bool
is_date(enum field field)
{
	return field == FIELD_PUBLISHED || field == FIELD_SIGNED;
}

/* Words are never written as a JSON number: that is the id of something. */
static bool
is_words(enum field field)
{
	return field == FIELD_TITLE || field == FIELD_AGENCY || field == FIELD_SOURCE ||
	    field == FIELD_BODY;
}

/* A value without the markup that searches put around the words found; absent: it is too long
 * for the value of a field. */
static struct span
without_markup(struct arena *a, struct span text)
{
	struct html h;

	if (text.n > TITLE_MAX)
		return (struct span){NULL, 0};
	text = text_unescape(a, text);
	if (!page_has_tag(text))
		return text_fold_space(a, text);
	if (html_parse(&h, a, text, NULL) == -1)
		return (struct span){NULL, 0};
	return html_text(&h, a, 0);
}

/* What a JSON value says for a field in *text; returns why that is no value of it, or NULL. */
static const char *
read_value(struct arena *a, enum field field, const json_t *value, struct span *text)
{
	struct cn_date date;

	*text = text_of(a, value);
	if (text->n == 0)
		return "no text";
	if (!is_clean(*text))
		return "it holds NUL";
	if (json_is_number(value) && is_words(field))
		return "a number, and no words";
	if (field != FIELD_BODY && (*text = without_markup(a, *text)).p == NULL)
		return "too long";
	if (label_is_placeholder(*text))
		return "a placeholder";
	return is_date(field) && !field_take_date(&date, *text) ? "no date of a day" : NULL;
}

/* The first value that is one of the field counts. */
static void
take(struct facts *facts, struct arena *a, enum field field, const json_t *value, const char *name)
{
	struct value *v = &facts->given[field];
	bool taken = v->text.n > 0;
	const char *refused;
	struct span text, where;

	if (value == NULL || (taken && facts->explain == NULL))
		return;
	refused = read_value(a, field, value, &text);
	if (refused != NULL && facts->explain == NULL)
		return;
	where = arena_fmt(a, "json:%s", name);
	if (refused == NULL && !taken)
		*v = (struct value){text, where};
	else if (refused == NULL)
		refused = "a name before it has a value";
	explain_note(facts->explain, field, refused == NULL, where, text, "%s",
	    refused != NULL ? refused : "the first name that has a value");
}

/* The values that the portal's pointers name. */
static void
read_pointers(struct facts *facts, struct arena *a, const json_t *root, const json_t *pointers)
{
	for (int f = 0; f < FIELD_COUNT; f++) {
		const char *pointer = json_string_value(json_object_get(pointers, field_names[f]));
		const json_t *value = json_pointer_get(root, span_of(pointer));

		if (pointer != NULL && value == NULL)
			explain_note(facts->explain, (enum field)f, false, SPAN("json pointer"),
			    (struct span){NULL, 0}, "names nothing: %s", pointer);
		take(facts, a, (enum field)f, value, pointer);
	}
}

/* The object that holds the title, else the body, that the pointers name; NULL: neither is
 * there, or an array holds it. */
static const json_t *
object_around(const struct facts *facts, const json_t *root, const json_t *pointers)
{
	enum field field = facts->given[FIELD_TITLE].text.n > 0 ? FIELD_TITLE : FIELD_BODY;
	struct span pointer =
	    span_of(json_string_value(json_object_get(pointers, field_names[field])));

	if (facts->given[field].text.n == 0)
		return NULL;
	while (pointer.p[pointer.n - 1] != '/')
		pointer.n--;
	pointer.n--;
	if (pointer.n > 0)
		root = json_pointer_get(root, pointer);
	return json_is_object(root) ? root : NULL;
}

static void
read_keys(struct facts *facts, struct arena *a, const json_t *doc)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		take(facts, a, keys[i].field, json_object_get(doc, keys[i].name), keys[i].name);
}

static int
read_attachments(const struct facts *facts, struct record *out, struct arena *a, const json_t *doc,
    const struct extract_input *in)
{
	const json_t *list = json_object_get(doc, "attachment");

	for (size_t i = 0; i < json_array_size(list) && i < ATTACHMENTS_MAX; i++) {
		const json_t *file = json_array_get(list, i);
		struct span name = text_of(a, json_object_get(file, "name"));
		struct span href = text_of(a, json_object_get(file, "url"));
		int added;

		if (href.n == 0 || href.n > URL_MAX || !is_clean(href) || !is_clean(name))
			continue;
		added = attachments_add(&out->attachments, a, name, href, in->url);
		if (added == -1)
			return -1;
		explain_note(facts->explain, FIELD_ATTACHMENTS, added == 1, SPAN("json:attachment"),
		    href, "%s", added == 1 ? "an address in the document's list" :
		    "listed already, or the list is full");
	}
	return 0;
}

static int
too_large(struct err *err, const struct arena *a)
{
	return err_set(err, ERR_REJECT, "too_large", "json: needs more than %zu bytes of memory",
	    a->limit);
}

/* Some portals serve a text without a line end: two wide blanks begin each paragraph. */
static struct span
with_line_ends(struct arena *a, struct span text)
{
	const struct span indent = SPAN("　　");
	size_t n = 0, at = 0;
	char *out;

	if (span_find_byte(text, '\n', 0) != SIZE_MAX || span_find_byte(text, '\r', 0) != SIZE_MAX)
		return text;
	if ((out = arena_raw(a, text.n + 1)) == NULL)
		return (struct span){NULL, 0};
	for (size_t end; at < text.n; at = end + indent.n) {
		if ((end = span_find(text, indent, at)) == SIZE_MAX)
			end = text.n;
		memcpy(out + n, text.p + at, end - at);
		n += end - at;
		out[n++] = '\n';
	}
	return (struct span){out, n};
}

/* The document's content is HTML of its own, or plain text. */
static int
read_content(struct facts *facts, struct record *out, struct arena *a,
    const struct extract_input *in, struct err *err)
{
	const struct attachment_hints hints = {.url = in->url, .explain = facts->explain};
	struct span text = facts->given[FIELD_BODY].text;
	struct html h;
	struct blocks blocks;
	struct body all = {0};
	bool *taken;

	if (!page_has_tag(text))
		text = text_unescape(a, text);
	if (!page_has_tag(text))
		return page_lines(&facts->text.lines, a, with_line_ends(a, text)) == -1 ? too_large(err, a) : 0;
	if (html_parse(&h, a, text, err) == -1 || html_blocks(&blocks, &h, a, err) == -1)
		return -1;
	all.end = blocks.count;
	if ((taken = arena_array(a, blocks.count + 1, sizeof(*taken))) == NULL)
		return too_large(err, a);
	if (attachments_find(&out->attachments, a, &h, 0, &hints, err) == -1)
		return -1;
	return body_lines(&facts->text, a, &h, &blocks, &all, taken, err);
}

/* The object that is the document: itself, or where portals put it. */
static const json_t *
document_in(const json_t *root)
{
	static const char *const wraps[] = {"DETAIL", "detail", "data", "article", "result"};
	const json_t *doc = root;

	if (json_is_string(json_object_get(doc, "title")) &&
	    json_is_string(json_object_get(doc, "content")))
		return doc;
	for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		doc = json_object_get(root, wraps[i]);
		if (json_is_string(json_object_get(doc, "title")))
			return doc;
	}
	return NULL;
}

static int
read_document(struct facts *facts, struct record *out, struct arena *a, const json_t *doc,
    const struct extract_input *in, struct err *err)
{
	const struct value *body = &facts->given[FIELD_BODY];

	read_keys(facts, a, doc);
	explain_overrule(facts->explain, FIELD_BODY, "the page's JSON is the document");
	if (body->text.n > 0)
		explain_note(facts->explain, FIELD_BODY, true, body->where, body->text,
		    "the first name that has a value");
	if (body->text.n > 0 &&
	    read_content(facts, out, a, in, err) == -1)
		return -1;
	if (read_attachments(facts, out, a, doc, in) == -1)
		return too_large(err, a);
	out->method = SPAN("json");
	out->confidence = facts->text.lines.count > 0 ? 0.95 : 0.5;
	return field_note(out, a, "body", facts->given[FIELD_BODY].where);
}

/* Without title and text it is none. */
static bool
has_document(const struct facts *facts)
{
	return facts->given[FIELD_TITLE].text.n > 0 || facts->given[FIELD_BODY].text.n > 0;
}

static void
forget(struct facts *facts)
{
	for (int f = 0; f < FIELD_COUNT; f++)
		if (facts->given[f].text.n > 0)
			explain_overrule(facts->explain, (enum field)f,
			    "the pointers name neither title nor text here");
	memset(facts->given, 0, sizeof(facts->given));
}

static int
read_json(struct facts *facts, struct record *out, struct arena *a, struct span text, size_t flags,
    const struct extract_input *in, struct err *err)
{
	const json_t *pointers = json_object_get(json_object_get(in->portal, "extract"), "json");
	json_error_t why;
	json_t *root = json_loadb(text.p, text.n, flags | JSON_ALLOW_NUL, &why);
	const json_t *doc;
	int rc = 0;

	read_pointers(facts, a, root, pointers);
	if ((doc = object_around(facts, root, pointers)) == NULL)
		doc = document_in(root);
	if (doc != NULL || has_document(facts))
		rc = read_document(facts, out, a, doc, in, err) == -1 ? -1 : 1;
	else
		forget(facts);
	json_decref(root);
	return rc;
}

int
portal_json_text(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err)
{
	return read_json(facts, out, a, span_trim(text), 0, in, err);
}

/* The object behind DETAIL in a script that sets _CONFIG; the rest of it need be no JSON. */
static struct span
object_in(struct span script)
{
	size_t at = span_find(script, SPAN("_CONFIG"), 0);

	if (at != SIZE_MAX)
		at = span_find(script, SPAN("DETAIL"), at);
	if (at != SIZE_MAX)
		at = span_find_byte(script, '{', at);
	return at == SIZE_MAX ? (struct span){NULL, 0} : span_cut(script, at, script.n);
}

int
portal_json_scripts(struct facts *facts, struct record *out, struct arena *a,
    const struct html *h, const struct extract_input *in, struct err *err)
{
	size_t seen = 0;

	for (uint32_t i = 1; i < h->count && seen < SCRIPTS_MAX; i++) {
		struct span object;
		int rc;

		if (h->nodes[i].kind != HTML_SCRIPT)
			continue;
		seen++;
		if ((object = object_in(h->nodes[i].text)).p == NULL)
			continue;
		rc = read_json(facts, out, a, object, JSON_DISABLE_EOF_CHECK, in, err);
		if (rc == 1)
			rc = head_read(&facts->head, a, h, err) == -1 ? -1 : 1;
		if (rc != 0)
			return rc;
	}
	return 0;
}
