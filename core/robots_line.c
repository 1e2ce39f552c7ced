/* SPDX-License-Identifier: MIT */
#include "robots_line.h"

#include <string.h>
#include <suoyin/limits.h>

#define DAY_S UINT64_C(86400)

void
robots_lines_init(struct robots_lines *l, struct span text)
{
	static const char mark[] = "\xEF\xBB\xBF";
	size_t n = 0;

	while (n < 3 && n < text.n && text.p[n] == mark[n])
		n++;
	*l = (struct robots_lines){.rest = span_cut(text, n, ROBOTS_BYTES_MAX),
	    .cut = text.n > ROBOTS_BYTES_MAX};
}

/* As they are written, and as they are often miswritten. */
static const struct {
	struct span name;
	enum robots_key key;
} keys[] = {
    {SPAN_INIT("user-agent"), ROBOTS_USER_AGENT},
    {SPAN_INIT("useragent"), ROBOTS_USER_AGENT},
    {SPAN_INIT("user agent"), ROBOTS_USER_AGENT},
    {SPAN_INIT("disallow"), ROBOTS_DISALLOW},
    {SPAN_INIT("dissallow"), ROBOTS_DISALLOW},
    {SPAN_INIT("dissalow"), ROBOTS_DISALLOW},
    {SPAN_INIT("disalow"), ROBOTS_DISALLOW},
    {SPAN_INIT("diasllow"), ROBOTS_DISALLOW},
    {SPAN_INIT("disallaw"), ROBOTS_DISALLOW},
    {SPAN_INIT("allow"), ROBOTS_ALLOW},
    {SPAN_INIT("crawl-delay"), ROBOTS_CRAWL_DELAY},
    {SPAN_INIT("crawldelay"), ROBOTS_CRAWL_DELAY},
    {SPAN_INIT("crawl delay"), ROBOTS_CRAWL_DELAY},
};

/* What a name begins with decides, as "disallow-all" is meant as "disallow". */
static enum robots_key
key_of(struct span name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_eq_ci(span_cut(name, 0, keys[i].name.n), keys[i].name))
			return keys[i].key;
	return ROBOTS_OTHER;
}

static size_t
blank(struct span s, size_t from)
{
	while (from < s.n && s.p[from] != ' ' && s.p[from] != '\t')
		from++;
	return from;
}

/* Key and value at the colon; without one at the blank, if that leaves two words. */
static void
split(struct robots_line *line)
{
	size_t at = span_find_byte(line->text, ':', 0);

	line->key = ROBOTS_OTHER;
	line->value = span_cut(line->text, 0, 0);
	if (at == SIZE_MAX) {
		at = blank(line->text, 0);
		if (at == line->text.n)
			return;
		line->value = span_trim(span_cut(line->text, at, line->text.n));
		if (blank(line->value, 0) != line->value.n)
			return;
	} else {
		line->value = span_trim(span_cut(line->text, at + 1, line->text.n));
	}
	line->key = key_of(span_trim(span_cut(line->text, 0, at)));
}

bool
robots_lines_next(struct robots_lines *l, struct robots_line *line)
{
	size_t end = 0, next, comment;
	struct span text;

	while (end < l->rest.n && l->rest.p[end] != '\n' && l->rest.p[end] != '\r')
		end++;
	if (end == l->rest.n && (l->cut || end == 0))
		return false;
	next = end < l->rest.n ? end + 1 : end;
	if (next < l->rest.n && l->rest.p[end] == '\r' && l->rest.p[next] == '\n')
		next++;
	text = span_cut(l->rest, 0, end < ROBOTS_LINE_MAX ? end : ROBOTS_LINE_MAX);
	l->rest = span_cut(l->rest, next, l->rest.n);
	if ((comment = span_find_byte(text, '#', 0)) != SIZE_MAX)
		text = span_cut(text, 0, comment);
	text = span_cut(text, 0, span_find_byte(text, '\0', 0));
	line->text = span_trim(text);
	line->number = ++l->number;
	split(line);
	return true;
}

struct span
robots_token_prefix(struct span s)
{
	size_t n = 0;

	while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (s.p[n] >= 'A' && s.p[n] <= 'Z') ||
			      s.p[n] == '-' || s.p[n] == '_'))
		n++;
	return span_cut(s, 0, n);
}

int
robots_delay(struct span value, int64_t *ms)
{
	size_t dot = span_find_byte(value, '.', 0), places = 0;
	uint64_t whole = 0, part = 0;
	struct span fraction = {"", 0};

	if (dot != SIZE_MAX) {
		fraction = span_cut(value, dot + 1, dot + 4);
		if (span_cut(value, dot + 1, value.n).n == 0)
			return -1;
		value = span_cut(value, 0, dot);
	}
	if (span_u64(value, UINT64_MAX, &whole) == -1 && (dot == SIZE_MAX || value.n > 0))
		return -1;
	if (fraction.n > 0 && span_u64(fraction, 999, &part) == -1)
		return -1;
	for (places = fraction.n; places < 3; places++)
		part *= 10;
	*ms = whole >= DAY_S ? (int64_t)DAY_S * 1000 : (int64_t)(whole * 1000 + part);
	return 0;
}
