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

static const char overruled[] = "the portal file's XPath comes before it";

static void
nothing(const struct facts *facts, enum field field, const char *expr)
{
	explain_note(facts->explain, field, false, SPAN("xpath"), (struct span){NULL, 0},
	    "finds no text: %s", expr);
}

static int
set_body(struct facts *facts, struct record *out, struct arena *a, struct xpath *x,
    const char *expr, struct err *err)
{
	const struct xpath_node *node;
	struct span text;
	int n = xpath_nodes(x, NULL, expr, &node, 1, err);

	if (n <= 0) {
		nothing(facts, FIELD_BODY, expr);
		return n;
	}
	text = xpath_paragraphs(node, a);
	if (text.p == NULL || (text.n > 0 && lines_cut(&facts->text.lines, a, text) == -1))
		return err_set(err, ERR_REJECT, "too_large",
		    "body: needs more than %zu bytes of memory", a->limit);
	if (text.n == 0) {
		nothing(facts, FIELD_BODY, expr);
		return 0;
	}
	explain_overrule(facts->explain, FIELD_BODY, overruled);
	explain_note(facts->explain, FIELD_BODY, true, SPAN("xpath"), facts->text.lines.items[0],
	    "the portal file says so");
	facts->text.noise.count = 0; /* of the element chosen before */
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
		if (found.text.n == 0) {
			nothing(facts, (enum field)f, expr);
			continue;
		}
		explain_overrule(facts->explain, (enum field)f, overruled);
		explain_note(facts->explain, (enum field)f, true, found.where, found.text,
		    "the portal file says so");
		facts->given[f] = found;
	}
	xpath_free(x);
	return rc;
}
