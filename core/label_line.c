/* SPDX-License-Identifier: MIT */
#include <suoyin/cn_date.h>
#include <suoyin/text.h>

#include "label_line.h"

#define WHOLE_BYTES_MAX 120 /* of a line that is a label and nothing else */

static bool
is_colon(uint32_t c)
{
	return c == ':' || c == 0xFF1A || c == 0x2236 || c == 0xFE55;
}

static bool
is_opening(uint32_t c)
{
	return c == '[' || c == 0x3010 || c == '(' || c == 0xFF08 || c == 0x3016 ||
	    c == 0xFF3B;
}

static bool
is_closing(uint32_t c)
{
	return c == ']' || c == 0x3011 || c == ')' || c == 0xFF09 || c == 0x3017 ||
	    c == 0xFF3D;
}

static bool
is_separator(uint32_t c)
{
	return text_is_space(c) || is_opening(c) || is_closing(c) || c == '|' || c == 0xFF5C ||
	    c == 0x3000 || c == 0xFF1B || c == ';';
}

static bool
is_mark(const struct label_line *line, size_t at)
{
	if (at == 0 || at >= line->text.n)
		return true;
	for (size_t i = 0; i < line->mark_count; i++)
		if (line->marks[i] == at)
			return true;
	return false;
}

/* "label：value】": a bracket at the end that was opened before the label. */
static struct span
without_closing(struct span s)
{
	size_t last = 0, depth = 0;
	uint32_t c = 0;

	for (size_t at = 0; at < s.n;) {
		last = at;
		c = text_next(s, &at);
		depth += is_opening(c);
		if (at < s.n && is_closing(c) && depth > 0)
			depth--;
	}
	return s.n > 0 && depth == 0 && is_closing(c) ? text_trim(span_cut(s, 0, last)) : s;
}

struct span
label_trim(struct span s)
{
	size_t begin = 0, end = 0, at;
	bool seen = false;

	for (at = 0; at < s.n;) {
		size_t here = at;
		uint32_t c = text_next(s, &at);
		bool blank = text_is_space(c) || text_is_zero_width(c) || c == '|' || c == 0xFF5C ||
		    c == ',' || c == ';' || c == 0xFF0C || c == 0xFF1B;

		if (!seen && (blank || is_closing(c)))
			continue;
		if (!seen)
			begin = here;
		seen = true;
		if (!blank && !is_opening(c))
			end = at;
	}
	return without_closing(seen && end > begin ? span_cut(s, begin, end) : span_cut(s, 0, 0));
}

/* What follows a label's name: brackets and a colon are jumped over.  False: no label. */
static bool
finish(struct label_hit *hit, const struct label_line *line, bool opened, bool bare)
{
	size_t at = hit->name_end;
	bool closed = false;

	hit->colon = false;
	while (at < line->text.n) {
		size_t next = at;
		uint32_t c = text_next(line->text, &next);

		if (is_colon(c) && !hit->colon)
			hit->colon = true;
		else if (is_closing(c) && opened && !closed)
			closed = true;
		else if (!text_is_space(c))
			break;
		at = next;
	}
	hit->value = at;
	hit->colon = hit->colon || closed;
	if (hit->colon || at == line->text.n)
		return hit->colon || hit->field == LABEL_CHROME || bare;
	if (hit->field == LABEL_CHROME)
		return at > hit->name_end || is_mark(line, at);
	return bare && is_mark(line, at);
}

/* The first label that begins at `at` or behind, at most at `last`. */
static bool
next_hit(struct label_hit *out, const struct label_line *line, bool bare, size_t at, size_t last)
{
	struct span s = line->text;
	bool may = true, opened = false;

	while (at < s.n && at <= last) {
		struct label_hit hit = {.begin = at};
		size_t n = 0;
		uint32_t c;

		if (may || is_mark(line, at))
			n = label_match(span_cut(s, at, s.n), &hit.field);
		hit.name_end = at + n;
		if (n > 0 && finish(&hit, line, opened, bare)) {
			*out = hit;
			return true;
		}
		c = text_next(s, &at);
		may = is_separator(c);
		if (!text_is_space(c))
			opened = is_opening(c);
	}
	return false;
}

size_t
label_hits(struct label_hit *out, const struct label_line *line, bool bare)
{
	size_t count = 0, at = 0;

	while (count < LABEL_HITS_MAX && next_hit(&out[count], line, bare, at, SIZE_MAX))
		at = out[count++].value;
	return count;
}

bool
label_is(struct span s, enum label_field *field)
{
	size_t at = 0, end;

	for (size_t next = 0; next < s.n; at = next) {
		uint32_t c = text_next(s, &next);

		if (!is_opening(c) && !text_is_space(c))
			break;
	}
	s = span_cut(s, at, s.n);
	if (s.n > WHOLE_BYTES_MAX || (end = label_match(s, field)) == 0)
		return false;
	while (end < s.n) {
		uint32_t c = text_next(s, &end);

		if (!is_colon(c) && !is_closing(c) && !text_is_space(c))
			return false;
	}
	return true;
}

bool
label_opens(struct span s)
{
	struct label_line line = {.text = s};
	struct label_hit hit;
	enum label_field field;

	return label_is(s, &field) || next_hit(&hit, &line, false, 0, 3); /* behind a bracket, too */
}

struct span
label_value(const struct label_line *line, const struct label_hit *hits, size_t count, size_t i)
{
	size_t end = i + 1 < count ? hits[i + 1].begin : line->text.n, from, to;
	struct span value = label_trim(span_cut(line->text, hits[i].value, end));
	struct cn_date date;

	if (value.n == 0 || (!label_is_date(hits[i].field) && hits[i].field != LABEL_SOURCE))
		return value;
	date = cn_date_find(value, 0, &from, &to);
	if (date.precision < CN_DAY)
		return value;
	if (label_is_date(hits[i].field))
		return from <= 3 ? span_cut(value, from, to) : value;
	return label_trim(span_cut(value, 0, from)); /* 来源：X 2024-03-08: the date is no source */
}
