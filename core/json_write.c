/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/json_write.h>
#include <suoyin/text.h>

#include "json_plain.h"

static bool
is_good(struct span s)
{
	return memchr(s.p, '\0', s.n) == NULL && text_is_utf8(s);
}

void
text_mended(struct buf *out, struct span s)
{
	if (s.n == 0 || is_good(s)) {
		(void)buf_add_span(out, s);
		return;
	}
	for (size_t at = 0; at < s.n && !out->failed;) {
		size_t begin = at;
		uint32_t c = text_next(s, &at);

		if (c == TEXT_BAD || c == 0)
			(void)buf_add_str(out, "\xEF\xBF\xBD");
		else
			(void)buf_add(out, s.p + begin, at - begin);
	}
}

void
json_write_item(struct buf *out)
{
	char last = out->n == 0 ? '[' : out->p[out->n - 1];

	if (last != '[' && last != '{')
		(void)buf_add_byte(out, ',');
}

void
json_write_name(struct buf *out, const char *name)
{
	size_t n = strlen(name);
	char *to;

	json_write_item(out);
	if ((to = buf_take(out, n + 3)) == NULL)
		return;
	to[0] = '"';
	memcpy(to + 1, name, n);
	memcpy(to + 1 + n, "\":", 2);
}

static void
add_escape(struct buf *out, unsigned char c)
{
	static const char short_names[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	char name = c < sizeof(short_names) ? short_names[c] : (char)c;

	if (name == '\0')
		(void)buf_add_fmt(out, "\\u%04x", c);
	else
		(void)buf_add(out, (const char[]){'\\', name}, 2);
}

/* How many bytes from `from` on stand for themselves in a string. */
static size_t
plain_run(struct span s, size_t from)
{
	return (size_t)(json_plain_end(s.p + from, s.p + s.n) - s.p) - from;
}

/* Good text between quotes. */
static void
add_quoted(struct buf *out, struct span s)
{
	size_t run = plain_run(s, 0), at = run;
	char *to = buf_take(out, run + (run == s.n ? 2 : 1));

	if (to == NULL)
		return;
	*to = '"';
	memcpy(to + 1, s.p, run);
	if (run == s.n) {
		to[run + 1] = '"';
		return;
	}
	while (at < s.n) {
		add_escape(out, (unsigned char)s.p[at++]);
		run = plain_run(s, at);
		(void)buf_add(out, s.p + at, run);
		at += run;
	}
	(void)buf_add_byte(out, '"');
}

void
json_write_text(struct buf *out, struct span s)
{
	struct buf mended;

	if (s.n == 0) {
		(void)buf_add(out, "\"\"", 2);
		return;
	}
	if (is_good(s)) {
		add_quoted(out, s);
		return;
	}
	buf_init(&mended, out->limit);
	text_mended(&mended, s);
	add_quoted(out, buf_span(&mended));
	out->failed |= mended.failed;
	buf_fini(&mended);
}

void
json_write_text_or_null(struct buf *out, struct span s)
{
	if (s.n == 0)
		(void)buf_add(out, "null", 4);
	else
		json_write_text(out, s);
}

void
json_write_int(struct buf *out, int64_t v)
{
	char text[24], *at = text + sizeof(text);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (v < 0)
		*--at = '-';
	(void)buf_add(out, at, (size_t)(text + sizeof(text) - at));
}

bool
json_write_decimal(struct buf *out, double v)
{
	const int64_t million = 1000000;
	char digits[] = ".000000";
	int64_t n, rest;
	size_t used = sizeof(digits) - 1;

	if (!(v >= 0 && v < 1e9))
		return false;
	n = llround(v * 1e6);
	if ((double)n / 1e6 != v)
		return false;
	json_write_int(out, n / million);
	rest = n % million;
	for (size_t i = used; i-- > 1; rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	while (used > 1 && digits[used - 1] == '0')
		used--;
	if (used > 1)
		(void)buf_add(out, digits, used);
	return true;
}

void
json_write_real(struct buf *out, double v)
{
	char text[40];

	if (!isfinite(v)) {
		(void)buf_add(out, "null", 4);
		return;
	}
	if (v != floor(v) && json_write_decimal(out, v))
		return;
	(void)snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		(void)snprintf(text, sizeof(text), "%.17g", v);
	(void)buf_add_str(out, text);
	if (strpbrk(text, ".e") == NULL)
		(void)buf_add(out, ".0", 2);
}
