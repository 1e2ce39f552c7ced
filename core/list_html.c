/* SPDX-License-Identifier: MIT */
/* Rows and counts by XPaths; lists of kind html. */
#include "list.h"

#include <suoyin/limits.h>

static int
text_at(struct list_reader *r, struct xpath *x, const struct xpath_node *node, const char *expr,
    struct span *out, struct err *err)
{
	*out = (struct span){NULL, 0};
	return expr == NULL ? 0 : xpath_text(x, node, expr, &r->row, out, err);
}

static int
read_row(struct list_reader *r, struct xpath *x, const struct list_rules *rules,
    const struct xpath_node *node, struct err *err)
{
	struct list_cells c;

	arena_reset(&r->row);
	if (text_at(r, x, node, rules->link, &c.link, err) == -1 ||
	    text_at(r, x, node, rules->title, &c.title, err) == -1 ||
	    text_at(r, x, node, rules->date, &c.date, err) == -1 ||
	    text_at(r, x, node, rules->column, &c.column, err) == -1)
		return -1;
	return list_add(r, &c, err);
}

int
list_rows_xpath(
    struct list_reader *r, struct xpath *x, const struct list_rules *rules, struct err *err)
{
	int count, rc = 0;

	if (r->nodes == NULL)
		r->nodes = arena_array(r->a, LIST_ROWS_MAX + 1, sizeof(const struct xpath_node *));
	if (r->nodes == NULL)
		return list_too_large(err);
	if ((count = xpath_nodes(x, NULL, rules->rows, r->nodes, LIST_ROWS_MAX + 1, err)) == -1)
		return -1;
	for (int i = 0; i < count && rc == 0; i++)
		rc = read_row(r, x, rules, r->nodes[i], err);
	return rc == -1 ? -1 : 0;
}

void
list_base(struct list_reader *r, struct xpath *x)
{
	struct span href;
	struct url base;

	if (xpath_text(x, NULL, "//base/@href", r->a, &href, NULL) == 0 && !span_is_empty(href) &&
	    url_resolve(&base, r->a, r->in->url, href, NULL) == 0)
		r->base = base.text;
}

static int
count_at(
    struct list_reader *r, struct xpath *x, const char *expr, int64_t *out, struct err *err)
{
	struct span text;

	if (expr == NULL)
		return 0;
	if (xpath_text(x, NULL, expr, r->a, &text, err) == -1)
		return -1;
	*out = list_number_in(text);
	return 0;
}

int
list_counts_xpath(struct list_reader *r, struct xpath *x, struct err *err)
{
	return count_at(r, x, r->rules->total, &r->out->total, err) == 0 &&
		       count_at(r, x, r->rules->pages, &r->out->pages, err) == 0
		   ? 0
		   : -1;
}

static int
read_page(struct list_reader *r, struct xpath *x, struct err *err)
{
	struct span href;

	list_base(r, x);
	if (list_rows_xpath(r, x, r->rules, err) == -1 || list_counts_xpath(r, x, err) == -1)
		return -1;
	if (r->rules->next != NULL) {
		if (xpath_text(x, NULL, r->rules->next, r->a, &href, err) == -1)
			return -1;
		list_take_next(r, href);
	}
	if (r->out->next.p == NULL)
		list_page_next(r);
	return 0;
}

int
list_read_html(struct list_reader *r, struct err *err)
{
	struct xpath *x = xpath_new(r->text, err);
	int rc = x == NULL ? -1 : read_page(r, x, err);

	xpath_free(x);
	return rc;
}
