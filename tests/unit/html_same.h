/* SPDX-License-Identifier: MIT */
/* html_same.h - whether two trees are the same, for the test and the fuzz target of html_lean. */
#ifndef UNIT_HTML_SAME_H
#define UNIT_HTML_SAME_H

#include <suoyin/html.h>

static inline bool
html_same_node(const struct html *a, const struct html *b, uint32_t i)
{
	const struct html_node *n = &a->nodes[i], *m = &b->nodes[i];

	if (n->kind != m->kind || n->tag != m->tag || n->hidden != m->hidden ||
	    n->parent != m->parent || n->next != m->next || n->child != m->child ||
	    n->end != m->end || n->attr != m->attr || n->attr_count != m->attr_count)
		return false;
	return n->kind == HTML_ELEMENT ? span_eq(n->name, m->name) : span_eq(n->text, m->text);
}

static inline bool
html_same(const struct html *a, const struct html *b)
{
	if (a->count != b->count || a->attr_count != b->attr_count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!html_same_node(a, b, i))
			return false;
	for (uint32_t i = 0; i < a->attr_count; i++)
		if (!span_eq(a->attrs[i].name, b->attrs[i].name) ||
		    !span_eq(a->attrs[i].value, b->attrs[i].value))
			return false;
	return true;
}

#endif
