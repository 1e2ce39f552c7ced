/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/json_write.h>
#include <suoyin/record_rows.h>
#include <suoyin/text.h>

#define DECIMALS 6 /* of a quantity */
#define MILLION 1000000

static const char null_mark[] = "\\N";

static void
next_column(struct buf *out)
{
	(void)buf_add_byte(out, '\t');
}

static void
end_row(struct buf *out)
{
	(void)buf_add_byte(out, '\n');
}

static void
integer(struct buf *out, int64_t v)
{
	json_write_int(out, v);
}

/* The letter that stands behind a backslash for c; NUL: c stands for itself. */
static char
in_line(char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	default:
		return '\0';
	}
}

static char
in_array(char c)
{
	return c == '"' || c == '\\' ? c : '\0';
}

/* Escapes what was added since `from`: mostly nothing. */
static void
escape_since(struct buf *out, size_t from, char (*escape)(char))
{
	struct buf plain;
	size_t at = from;

	while (at < out->n && escape(out->p[at]) == '\0')
		at++;
	if (at == out->n)
		return;
	buf_init(&plain, out->limit);
	(void)buf_add(&plain, out->p + at, out->n - at);
	out->n = at;
	out->failed |= plain.failed;
	for (size_t i = 0; i < plain.n; i++) {
		char name = escape(plain.p[i]);

		if (name == '\0')
			(void)buf_add_byte(out, plain.p[i]);
		else
			(void)buf_add(out, (const char[]){'\\', name}, 2);
	}
	buf_fini(&plain);
}

/* Good UTF-8 in any case, as in the record's JSON. */
static void
text(struct buf *out, struct span s)
{
	size_t from = out->n;

	if (s.n == 0) {
		(void)buf_add(out, null_mark, 2);
		return;
	}
	text_mended(out, s);
	escape_since(out, from, in_line);
}

/* A text[] within a line: quoted for the array, then escaped for the line. */
static void
texts(struct buf *out, const struct span *items, size_t count)
{
	size_t from = out->n;

	(void)buf_add_byte(out, '{');
	for (size_t i = 0; i < count; i++) {
		size_t item;

		(void)buf_add_str(out, i == 0 ? "\"" : ",\"");
		item = out->n;
		text_mended(out, items[i]);
		escape_since(out, item, in_array);
		(void)buf_add_byte(out, '"');
	}
	(void)buf_add_byte(out, '}');
	escape_since(out, from, in_line);
}

static void
sections(struct buf *out, const struct structure *s)
{
	for (size_t i = 0; i < s->section_count; i++) {
		const struct section *x = &s->sections[i];

		integer(out, (int64_t)i + 1);
		next_column(out);
		integer(out, x->level);
		next_column(out);
		text(out, x->ordinal);
		next_column(out);
		text(out, x->heading);
		next_column(out);
		(void)buf_add_byte(out, x->inline_text ? 't' : 'f');
		next_column(out);
		text(out, x->role);
		next_column(out);
		integer(out, x->enumerations);
		end_row(out);
	}
}

static void
citations(struct buf *out, const struct meaning *m)
{
	for (size_t i = 0; i < m->citation_count; i++) {
		const struct citation *c = &m->citations[i];

		integer(out, (int64_t)i + 1);
		next_column(out);
		text(out, c->title);
		next_column(out);
		text(out, c->kind);
		next_column(out);
		integer(out, c->count);
		next_column(out);
		texts(out, c->nested, c->nested_count);
		end_row(out);
	}
}

/* As numeric rounds it, half away from zero: by the digits that the record's JSON has. */
static void
rounded(struct buf *out, double v)
{
	char digits[32], fraction[24];
	int64_t n = 0;
	int places;

	(void)snprintf(digits, sizeof(digits), "%.14e", v);
	if (strtod(digits, NULL) != v)
		(void)snprintf(digits, sizeof(digits), "%.16e", v);
	places = (int)strtol(strchr(digits, 'e') + 1, NULL, 10) + 1 + DECIMALS; /* digits that stay */
	for (const char *p = digits; *p != 'e' && places >= 0; p++) {
		if (*p == '.')
			continue;
		n = places > 0 ? 10 * n + (*p - '0') : n + (*p >= '5');
		places--;
	}
	for (; places > 0; places--)
		n *= 10;
	(void)buf_add_fmt(out, "%" PRId64, n / MILLION);
	(void)snprintf(fraction, sizeof(fraction), "%0*" PRId64, DECIMALS, n % MILLION);
	n = (int64_t)strlen(fraction);
	while (n > 0 && fraction[n - 1] == '0')
		n--;
	if (n > 0)
		(void)buf_add_fmt(out, ".%.*s", (int)n, fraction);
}

static void
large(struct buf *out, double v)
{
	json_write_real(out, v);
	if (!out->failed && out->n > 2 && memcmp(out->p + out->n - 2, ".0", 2) == 0)
		out->n -= 2;
}

/* Amounts are never below zero. */
static void
amount(struct buf *out, double v)
{
	if (!isfinite(v))
		(void)buf_add(out, null_mark, 2);
	else if (v == floor(v) && v < 9e15)
		integer(out, (int64_t)v);
	else if (json_write_decimal(out, v))
		return;
	else if (v < 1e12) /* of those above, a double has fewer decimals anyway */
		rounded(out, v);
	else
		large(out, v);
}

static void
quantities(struct buf *out, const struct meaning *m)
{
	for (size_t i = 0; i < m->quantity_count; i++) {
		const struct quantity *q = &m->quantities[i];

		integer(out, (int64_t)i + 1);
		next_column(out);
		amount(out, q->value);
		next_column(out);
		text(out, q->unit);
		next_column(out);
		text(out, q->qualifier);
		end_row(out);
	}
}

static void
required_parts(struct buf *out, const struct meaning *m)
{
	if (!span_eq(m->document_type, SPAN(LAW_REPORT)))
		return;
	for (size_t i = 0; i < PART_COUNT; i++) {
		text(out, span_of(part_names[i]));
		next_column(out);
		text(out, m->parts[i].status.n == 0 ? SPAN("absent") : m->parts[i].status);
		end_row(out);
	}
}

int
record_rows_write(struct buf *out, const struct record *r, enum record_rows which)
{
	switch (which) {
	case ROWS_SECTION:
		sections(out, &r->structure);
		break;
	case ROWS_CITATION:
		citations(out, &r->meaning);
		break;
	case ROWS_QUANTITY:
		quantities(out, &r->meaning);
		break;
	case ROWS_REQUIRED_PART:
	case RECORD_ROWS:
		required_parts(out, &r->meaning);
		break;
	}
	return out->failed ? -1 : 0;
}

bool
record_rows_are_lines(struct span text)
{
	const char *p = text.p, *end = text.p + text.n;

	if (text.n > 0 && end[-1] != '\n')
		return false;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (p == text.p || p[-1] == '\\' || p[-1] == '\n')
			return false;
		p++;
	}
	return true;
}
