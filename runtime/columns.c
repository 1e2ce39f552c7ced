/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>
#include <suoyin/columns.h>
#include <suoyin/page.h>
#include <suoyin/pg.h>

void
columns_init(struct columns *c, int count)
{
	memset(c, 0, sizeof(*c));
	c->count = count;
	for (int i = 0; i < count; i++) {
		buf_init(&c->at[i].text, COLUMN_BYTES_MAX);
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
	pg_array_item(next(c, at), text);
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

void
columns_id(struct columns *c, int at, int64_t id)
{
	if (id == 0)
		columns_text(c, at, NULL);
	else
		columns_int(c, at, id);
}

void
columns_bool(struct columns *c, int at, bool value)
{
	(void)buf_add_byte(next(c, at), value ? 't' : 'f');
}

void
columns_time(struct columns *c, int at, int64_t us)
{
	char text[32];

	page_time_format(us, text);
	columns_text(c, at, text);
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
