/* SPDX-License-Identifier: MIT */
#include <suoyin/xpath.h>

#include "page_kinds.h"

/* Names of the portal's "extract" (docs/PORTALS.md). */
static const char *const names[FIELD_COUNT] = {
	[FIELD_TITLE] = "title",
	[FIELD_INDEX] = "index_number",
	[FIELD_NUMBER] = "document_number",
	[FIELD_AGENCY] = "agency",
	[FIELD_SOURCE] = "source",
	[FIELD_PUBLISHED] = "published_on",
	[FIELD_SIGNED] = "signed_on",
	[FIELD_BODY] = "body",
};

static const char *
expression(const struct extract_input *in, enum field field)
{
	const char *s = json_string_value(json_object_get(json_object_get(in->portal, "extract"),
	    names[field]));

	return s != NULL && *s != '\0' ? s : NULL;
}

/* Paragraphs of a text, by \n. */
static int
split(struct lines *out, struct arena *a, struct span s)
{
	size_t n = 1;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	*out = (struct lines){arena_array(a, n, sizeof(struct span)), 0};
	if (out->items == NULL)
		return -1;
	for (size_t at = 0, end; at < s.n; at = end + 1) {
		if ((end = span_find_byte(s, '\n', at)) == SIZE_MAX)
			end = s.n;
		if (end > at)
			out->items[out->count++] = span_cut(s, at, end);
	}
	return 0;
}

static int
set_body(struct facts *facts, struct record *out, struct arena *a, struct xpath *x,
    const char *expr, struct err *err)
{
	const struct xpath_node *node;
	struct span text;
	int n = xpath_nodes(x, NULL, expr, &node, 1, err);

	if (n <= 0)
		return n;
	text = xpath_paragraphs(node, a);
	if (text.p == NULL || (text.n > 0 && split(&facts->lines, a, text) == -1))
		return err_set(err, ERR_REJECT, "too_large",
		    "body: needs more than %zu bytes of memory", a->limit);
	if (text.n == 0)
		return 0;
	out->method = SPAN("xpath");
	out->confidence = 1.0;
	return field_note(out, a, "body", SPAN("xpath"));
}

int
page_xpaths(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err)
{
	struct xpath *x = NULL;
	int rc = 0;

	for (int f = 0; f < FIELD_COUNT && rc == 0; f++) {
		const char *expr = expression(in, (enum field)f);

		if (expr == NULL)
			continue;
		if (x == NULL && (x = xpath_new(text, err)) == NULL)
			return -1;
		if (f == FIELD_BODY) {
			rc = set_body(facts, out, a, x, expr, err);
			continue;
		}
		facts->given[f].where = SPAN("xpath");
		rc = xpath_text(x, NULL, expr, a, &facts->given[f].text, err);
	}
	xpath_free(x);
	return rc;
}
