/* SPDX-License-Identifier: MIT */
#include <suoyin/xpath.h>

#include "page_kinds.h"

static const char *
expression(const struct extract_input *in, enum field field)
{
	const char *s = json_string_value(json_object_get(json_object_get(in->portal, "extract"),
	    field_names[field]));

	return s != NULL && *s != '\0' ? s : NULL;
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
	if (text.p == NULL || (text.n > 0 && lines_cut(&facts->lines, a, text) == -1))
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
		struct value found = {.where = SPAN("xpath")};

		if (expr == NULL)
			continue;
		if (x == NULL && (x = xpath_new(text, err)) == NULL)
			return -1;
		if (f == FIELD_BODY) {
			rc = set_body(facts, out, a, x, expr, err);
			continue;
		}
		rc = xpath_text(x, NULL, expr, a, &found.text, err);
		if (found.text.n > 0)
			facts->given[f] = found;
	}
	xpath_free(x);
	return rc;
}
