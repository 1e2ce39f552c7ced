/* SPDX-License-Identifier: MIT */
#include "column.h"

#include <inttypes.h>
#include <string.h>

#define COLUMN_MAX ((size_t)256 << 20) /* a batch holds at most thousands of URLs and titles */

void
columns_init(struct columns *c, int count)
{
	memset(c, 0, sizeof(*c));
	c->count = count;
	for (int i = 0; i < count; i++) {
		buf_init(&c->at[i].text, COLUMN_MAX);
		(void)buf_add_byte(&c->at[i].text, '{');
	}
}

void
columns_fini(struct columns *c)
{
	for (int i = 0; i < c->count; i++)
		buf_fini(&c->at[i].text);
}

static struct buf *
next(struct columns *c, int at)
{
	struct column *col = &c->at[at];

	if (col->count++ > 0)
		(void)buf_add_byte(&col->text, ',');
	return &col->text;
}

void
columns_span(struct columns *c, int at, struct span text)
{
	struct buf *out = next(c, at);

	if (text.p == NULL) {
		(void)buf_add_str(out, "NULL");
		return;
	}
	(void)buf_add_byte(out, '"');
	for (size_t from = 0, end; from < text.n; from = end) {
		if (text.p[from] == '"' || text.p[from] == '\\')
			(void)buf_add_byte(out, '\\');
		for (end = from + 1; end < text.n && text.p[end] != '"' && text.p[end] != '\\';)
			end++;
		(void)buf_add(out, text.p + from, end - from);
	}
	(void)buf_add_byte(out, '"');
}

void
columns_text(struct columns *c, int at, const char *text)
{
	columns_span(c, at, span_of(text));
}

void
columns_int(struct columns *c, int at, int64_t number)
{
	(void)buf_add_fmt(next(c, at), "%" PRId64, number);
}

const char *const *
columns_end(struct columns *c)
{
	for (int i = 0; i < c->count; i++) {
		(void)buf_add_byte(&c->at[i].text, '}');
		if (c->at[i].text.failed)
			return NULL;
		c->values[i] = c->at[i].text.p;
	}
	return c->values;
}
