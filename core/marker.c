/* SPDX-License-Identifier: MIT */
#include "marker.h"
#include "cn_number.h"
#include <suoyin/text.h>

#define ORDINAL_MAX 4        /* characters of a Chinese ordinal: 二十一 */
#define CHAPTER_CHARS_MAX 14 /* of the words right behind 第一章 */
#define DECIMAL_CHARS_MAX 40 /* of a heading numbered 1.1 */

static bool
is_numeral(uint32_t c)
{
	return cn_digit(c) >= 0 || cn_is_ten(c) || c == 0x767E; /* 百 */
}

/* A Chinese ordinal at *at; *at moves behind it. */
static bool
take_chinese(struct span s, size_t *at)
{
	size_t i = *at, n = 0;

	while (i < s.n && n < ORDINAL_MAX) {
		size_t ahead = i;

		if (!is_numeral(text_next(s, &ahead)))
			break;
		i = ahead;
		n++;
	}
	*at = i;
	return n > 0;
}

static bool
take_digits(struct span s, size_t *at, size_t most)
{
	size_t i = *at, n = 0;

	while (i < s.n) {
		size_t ahead = i;

		if (!text_is_digit(text_next(s, &ahead)))
			break;
		i = ahead;
		n++;
	}
	*at = i;
	return n > 0 && n <= most;
}

static uint32_t
peek(struct span s, size_t at)
{
	return at < s.n ? cn_fold(text_next(s, &at)) : 0;
}

static bool
take(struct span s, size_t *at, uint32_t c)
{
	size_t i = *at;

	if (i >= s.n || cn_fold(text_next(s, &i)) != c)
		return false;
	*at = i;
	return true;
}

static void
skip_space(struct span s, size_t *at)
{
	while (*at < s.n) {
		size_t i = *at;

		if (!text_is_space(text_next(s, &i)))
			break;
		*at = i;
	}
}

static struct marker
made(struct span s, int level, size_t end)
{
	return (struct marker){level, span_cut(s, 0, end), text_trim(span_cut(s, end, s.n)), 0};
}

/* （一） （1） */
static struct marker
bracketed(struct span s)
{
	size_t at = 0, end;
	int level = 0;

	if (!take(s, &at, '('))
		return (struct marker){0};
	skip_space(s, &at);
	end = at;
	if (take_chinese(s, &end))
		level = 2;
	else if (take_digits(s, &end, 3))
		level = 4;
	skip_space(s, &end);
	if (level == 0 || !take(s, &end, ')'))
		return (struct marker){0};
	(void)take(s, &end, 0x3001); /* （一）、 */
	return made(s, level, end);
}

/* 1. 1． 1、 */
static struct marker
numbered(struct span s)
{
	size_t at = 0;

	if (!take_digits(s, &at, 3))
		return (struct marker){0};
	if (!take(s, &at, '.') && !take(s, &at, 0x3001))
		return (struct marker){0};
	if (text_is_digit(peek(s, at))) /* 12.4, 1.5亿 */
		return (struct marker){0};
	return made(s, 3, at);
}

/* "1 总则", "2.1 机构", "2.1.1 职责", as emergency plans and standards are numbered
 * (GB/T 1.1): a blank, and a few words that are no measure and no sentence. */
static struct marker
decimal(struct span s)
{
	static const struct span measures = SPAN_INIT("年月日时分秒点万亿千百十个项次元倍度名人家件条份");
	size_t at = 0, end, next;
	int parts = 0;
	struct marker m;

	do {
		if (!take_digits(s, &at, 2))
			return (struct marker){0};
		parts++;
		end = at;
	} while (parts < 4 && take(s, &at, '.'));
	if (!text_is_space(peek(s, end)))
		return (struct marker){0};
	m = made(s, parts, end);
	m.decimals = parts;
	next = 0;
	if (!text_is_han(peek(m.rest, 0)) || text_length(m.rest) > DECIMAL_CHARS_MAX ||
	    span_find(m.rest, SPAN("。"), 0) != SIZE_MAX)
		return (struct marker){0};
	(void)text_next(m.rest, &next);
	return span_find(measures, span_cut(m.rest, 0, next), 0) == SIZE_MAX ? m
									     : (struct marker){0};
}

/* A blank behind 第一章, or a few words that are no sentence: 第一章总则. */
static bool
is_apart(struct span s, size_t at)
{
	struct span rest = span_cut(s, at, s.n);

	if (text_is_space(peek(s, at)))
		return true;
	if (rest.n == 0 || text_length(text_first(rest, CHAPTER_CHARS_MAX + 1)) > CHAPTER_CHARS_MAX)
		return false;
	for (size_t i = 0; i < rest.n;)
		if (!text_is_han(text_next(rest, &i)))
			return false;
	return true;
}

static struct marker
chapter(struct span s)
{
	size_t at = 0, end;

	if (!take(s, &at, 0x7B2C)) /* 第 */
		return (struct marker){0};
	skip_space(s, &at);
	end = at;
	if (!take_chinese(s, &end))
		return (struct marker){0};
	skip_space(s, &end);
	at = end;
	if (take(s, &at, 0x7AE0)) /* 章 */
		return is_apart(s, at) ? made(s, 1, at) : (struct marker){0};
	if (take(s, &at, 0x8282)) /* 节 */
		return is_apart(s, at) ? made(s, 2, at) : (struct marker){0};
	return (struct marker){0};
}

struct marker
marker_parse(struct span paragraph)
{
	struct span s = text_trim(paragraph);
	uint32_t c = peek(s, 0);
	struct marker m = {0};
	size_t at = 0;

	if (c == '(') {
		m = bracketed(s);
	} else if (text_is_digit(c) && (m = numbered(s)).level == 0) {
		m = decimal(s);
	} else if (c == 0x7B2C) {
		m = chapter(s);
	} else if (take_chinese(s, &at)) {
		skip_space(s, &at);
		if (take(s, &at, 0x3001) || take(s, &at, '.'))
			m = made(s, 1, at);
	}
	return m.rest.n > 0 ? m : (struct marker){0};
}

static bool
opens(uint32_t before)
{
	return before == 0 || text_is_space(before) ||
	    (!text_is_han(before) && before > 0x7F && !text_is_digit(before)) || before == ',' ||
	    before == ';' || before == ':' || before == '.' || before == '(' || before == '"';
}

/* The character before `at`, 0: none. */
static uint32_t
peek_back(struct span s, size_t at)
{
	return peek(text_last(span_cut(s, 0, at), 1), 0);
}

int
marker_enumerations(struct span text)
{
	const struct span is = SPAN("是");
	int count = 0;

	for (size_t at = 0; (at = span_find(text, is, at)) != SIZE_MAX; at += is.n) {
		size_t from = at, end;

		for (int n = 0; n < ORDINAL_MAX && is_numeral(peek_back(text, from)); n++)
			from -= text_last(span_cut(text, 0, from), 1).n;
		end = from;
		count += from < at && opens(peek_back(text, from)) && take_chinese(text, &end) && end == at;
	}
	return count;
}
