/* SPDX-License-Identifier: MIT */
#include "bytes16.h"
#include "cn_number.h"
#include "number.h"
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#define AGENCY_MAX 24 /* characters of an agency's mark before the year */
#define SERIAL_MAX 5  /* digits */
#define SPACES_MAX 8  /* blanks and line breaks inside a number in running text */

static bool
is_open(uint32_t c)
{
	return c == '[' || c == '(' || c == 0x3014 || c == 0x3010 || c == 0x3016 || c == 0xFF3B ||
	    c == 0xFF08 || c == 0xFE5D || c == 0x2772 || c == 0x3018;
}

static bool
is_close(uint32_t c)
{
	return c == ']' || c == ')' || c == 0x3015 || c == 0x3011 || c == 0x3017 || c == 0xFF3D ||
	    c == 0xFF09 || c == 0xFE5E || c == 0x2773 || c == 0x3019;
}

static uint32_t
next(struct span s, size_t *at)
{
	uint32_t c = 0;

	while (*at < s.n) {
		c = cn_fold(text_next(s, at));
		if (!text_is_space(c) && !text_is_zero_width(c))
			return c;
	}
	return 0;
}

/* Digits at *at, blanks between them ignored; *at moves behind them. */
static size_t
digits(struct span s, size_t *at, char *out, size_t most)
{
	size_t n = 0, ahead = *at;
	uint32_t c;

	while (n < most && (c = next(s, &ahead)) >= '0' && c <= '9') {
		out[n++] = (char)c;
		*at = ahead;
	}
	return n;
}

struct tail {
	char year[5], serial[SERIAL_MAX + 1];
};

/* "〔2023〕45号" with brackets of any kind at *at. */
static bool
take_tail(struct span s, size_t *at, struct tail *t)
{
	size_t i = *at, ahead, n;

	if (!is_open(next(s, &i)) || digits(s, &i, t->year, 5) != 4 || !is_close(next(s, &i)))
		return false;
	t->year[4] = '\0';
	if (t->year[0] != (t->year[1] == '9' ? '1' : '2') || (t->year[1] != '9' && t->year[1] != '0'))
		return false;
	ahead = i;
	if (next(s, &ahead) == 0x7B2C) /* 第: not part of the normal form */
		i = ahead;
	n = digits(s, &i, t->serial, SERIAL_MAX);
	t->serial[n] = '\0';
	if (n == 0 || next(s, &i) != 0x53F7) /* 号 */
		return false;
	*at = i;
	return true;
}

/* An agency's mark: letters and Chinese characters only. */
static bool
is_mark(struct span s)
{
	size_t n = 0;

	for (size_t at = 0; at < s.n; n++) {
		uint32_t c = text_next(s, &at);

		if (!text_is_han(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return n >= 1 && n <= AGENCY_MAX;
}

static int
canonical(struct number *out, struct arena *a, struct span mark, const struct tail *t)
{
	out->normalized = arena_fmt(a, "%.*s〔%s〕%s号", SPAN_ARG(mark), t->year, t->serial);
	out->class_ = is_mark(mark) ? SPAN("canonical") : SPAN("suspect");
	return out->normalized.p == NULL ? -1 : 0;
}

/* Digits, ASCII or Chinese, then 号 and the end. */
static bool
is_numbered(struct span s, size_t at)
{
	size_t n = 0;

	while (at < s.n) {
		uint32_t c = text_next(s, &at);

		if ((c >= '0' && c <= '9') || cn_digit(c) >= 0 || cn_is_ten(c) || c == 0x767E)
			n++; /* 百 */
		else
			return c == 0x53F7 && at == s.n && n > 0;
	}
	return false;
}

/* 政府令187号, 国令第845号, 第312号; 2024年第23号, 公告2024年第1号. */
static struct span
other_grammar(struct span s)
{
	size_t order = span_find(s, SPAN("令"), 0), nth = span_find(s, SPAN("第"), 0), i = 0;
	char year[4];

	if (nth != SIZE_MAX && is_numbered(s, nth + 3)) {
		struct span before = span_cut(s, 0, nth);

		if (nth == 0 || (span_ends(before, SPAN("令")) && is_mark(before)))
			return SPAN("order");
		if (span_ends(before, SPAN("年")) && before.n >= 7) {
			i = before.n - 7;
			if (digits(before, &i, year, 4) == 4 &&
			    (before.n == 7 || is_mark(span_cut(before, 0, before.n - 7))))
				return SPAN("announcement");
		}
	}
	for (; order != SIZE_MAX; order = span_find(s, SPAN("令"), order + 3))
		if (is_numbered(s, order + 3) && is_mark(span_cut(s, 0, order)))
			return SPAN("order");
	return (struct span){NULL, 0};
}

/* Round brackets around the whole value. */
static struct span
unwrap(struct span s)
{
	size_t depth = 0;

	if (s.n < 2 || s.p[0] != '(' || s.p[s.n - 1] != ')')
		return s;
	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '(';
		depth -= s.p[i] == ')' && depth > 0;
		if (depth == 0 && i + 1 < s.n)
			return s;
	}
	return span_cut(s, 1, s.n - 1);
}

static bool
has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

static int
classify(struct number *out, struct arena *a, struct span s)
{
	struct tail t;
	struct span class_;

	for (size_t at = 0; at < s.n && s.n <= NUMBER_MAX;) {
		size_t end = at, mark = at;

		if (take_tail(s, &end, &t) && end == s.n)
			return canonical(out, a, span_cut(s, 0, mark), &t);
		(void)text_next(s, &at);
	}
	class_ = s.n <= NUMBER_MAX ? other_grammar(s) : (struct span){NULL, 0};
	if (class_.p == NULL && !has_digit(s))
		return 0; /* 无, 无文号, 号, — */
	out->class_ = class_.p != NULL ? class_ : SPAN("suspect");
	out->normalized = s;
	return 0;
}

int
document_number_parse(struct number *out, struct arena *a, struct span text)
{
	static const struct span labels[] = {SPAN_INIT("发文字号"), SPAN_INIT("发文文号"),
	    SPAN_INIT("文件编号"), SPAN_INIT("文件文号"), SPAN_INIT("公文文号"), SPAN_INIT("文件号"),
	    SPAN_INIT("发文号"), SPAN_INIT("公文号"), SPAN_INIT("文号"), SPAN_INIT("字号")};
	struct number n = {.raw = text_trim(text), .class_ = SPAN("absent")};
	struct span s = number_fold(a, text);

	if (text.p == NULL || n.raw.n == 0) {
		*out = (struct number){.class_ = SPAN("absent")};
		return 0;
	}
	if (s.p == NULL)
		return -1;
	s = number_behind_label(s, labels, sizeof(labels) / sizeof(labels[0]));
	if ((s = text_strip_space(a, s)).p == NULL || classify(&n, a, unwrap(s)) == -1)
		return -1;
	*out = n;
	return 0;
}

bool
document_number_is_own(const struct number *n)
{
	return n->raw.n > 0 && (span_eq(n->class_, SPAN("canonical")) ||
	    span_eq(n->class_, SPAN("order")) || span_eq(n->class_, SPAN("announcement")));
}

bool
document_number_usable(const struct number *n)
{
	return n->normalized.n > 0 && n->normalized.n <= NUMBER_MAX &&
	    span_eq(n->class_, SPAN("canonical"));
}

/* Words of the sentence that stand before a number without a mark between. */
static struct span
without_words(struct span mark)
{
	static const struct span words[] = {SPAN_INIT("根据"), SPAN_INIT("按照"), SPAN_INIT("依据"),
	    SPAN_INIT("依照"), SPAN_INIT("参照"), SPAN_INIT("落实"), SPAN_INIT("执行"),
	    SPAN_INIT("贯彻"), SPAN_INIT("下发的"), SPAN_INIT("印发的"), SPAN_INIT("印发了"),
	    SPAN_INIT("下发了"), SPAN_INIT("以及"), SPAN_INIT("文件"), SPAN_INIT("文号为"),
	    SPAN_INIT("文号"), SPAN_INIT("编号"), SPAN_INIT("通知"), SPAN_INIT("意见"),
	    SPAN_INIT("规定"), SPAN_INIT("批复"), SPAN_INIT("废止"), SPAN_INIT("原文"),
	    SPAN_INIT("的"), SPAN_INIT("了"), SPAN_INIT("以下简称")};
	size_t from = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t at = 0; (at = span_find(mark, words[i], at)) != SIZE_MAX;) {
			at += words[i].n;
			if (at > from && at < mark.n)
				from = at;
		}
	return span_cut(mark, from, mark.n);
}

static size_t
step_back(struct span s, size_t end)
{
	while (end > 0 && ((unsigned char)s.p[--end] & 0xC0) == 0x80)
		;
	return end;
}

/* Where the agency's mark begins that ends at `end`, not before `from`. */
static size_t
mark_begin(struct span s, size_t from, size_t end)
{
	size_t begin = end, count = 0, blanks = 0;

	while (begin > from && count < AGENCY_MAX && blanks < SPACES_MAX) {
		size_t prev = step_back(s, begin), at = prev;
		uint32_t c = text_next(s, &at);

		if (text_is_space(c) || text_is_zero_width(c)) {
			if (count > 0) /* a mark has no blank inside, only behind it */
				break;
			blanks++;
		} else if (text_is_han(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
			count++;
		} else {
			break;
		}
		begin = prev;
	}
	return begin;
}

/* "令第711号" at i, the agency before it. */
static bool
take_order(struct span s, size_t *i)
{
	size_t at = *i, n;
	char serial[SERIAL_MAX];

	if (next(s, &at) != 0x4EE4) /* 令 */
		return false;
	if (next(s, &at) != 0x7B2C) /* 第 */
		return false;
	n = digits(s, &at, serial, SERIAL_MAX);
	if (n == 0 || next(s, &at) != 0x53F7)
		return false;
	*i = at;
	return true;
}

/* The number whose year or order stands at..end: 1; 0: it is none; -1: arena full. */
static int
found(struct number *out, struct arena *a, struct span text, size_t from, size_t at, size_t end)
{
	static const struct span joints[] = {SPAN_INIT("和"), SPAN_INIT("及"), SPAN_INIT("与")};
	struct span mark = span_cut(text, mark_begin(text, from, at), at), whole;
	struct number n;

	for (size_t i = 0; i < 3 && from > 0 && mark.p == text.p + from; i++)
		if (span_starts(mark, joints[i]) && mark.n > joints[i].n) /* …1号和…2号 */
			mark = span_cut(mark, joints[i].n, mark.n);
	mark = without_words(text_trim(mark));
	if (mark.n == 0)
		return 0;
	whole = (struct span){mark.p, (size_t)(text.p + end - mark.p)};
	if (document_number_parse(&n, a, whole) == -1)
		return -1;
	if (!span_eq(n.class_, SPAN("canonical")) && !span_eq(n.class_, SPAN("order")))
		return 0;
	*out = n;
	return 1;
}

/* Whether an opening bracket (is_open) or 令 (E4 BB A4) may stand at p, which has three bytes. */
static bool
may_open(const unsigned char *p)
{
	switch (p[0]) {
	case 0xE2:
		return p[1] == 0x9D;
	case 0xE3:
		return p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0x98;
	case 0xE4:
		return p[1] == 0xBB && p[2] == 0xA4;
	case 0xEF:
		return p[1] == 0xB9 || (p[1] == 0xBC && (p[2] == 0x88 || p[2] == 0xBB));
	default:
		return false;
	}
}

/* The same for sixteen characters that begin at p, at a glance; p has BYTES16_THREE. */
static bool
one_may_open(const unsigned char *p)
{
	const bytes16 v = bytes16_load(p), second = bytes16_load(p + 1);

	return bytes16_any((bytes16)(v == '[') | (bytes16)(v == '(') |
	    ((bytes16)(v == 0xE2) & (bytes16)(second == 0x9D)) |
	    ((bytes16)(v == 0xE3) & (bytes16)(second == 0x80) & (bytes16)(bytes16_load(p + 2) - 0x90 <= 8)) |
	    bytes16_three(p, 0xE4, 0xBB, 0xA4) | ((bytes16)(v == 0xEF) & (bytes16)(second == 0xB9)) |
	    bytes16_three(p, 0xEF, 0xBC, 0x88) | bytes16_three(p, 0xEF, 0xBC, 0xBB));
}

/* Where one of them may begin, from `at` on: most of a text is passed over. */
static size_t
next_opening(struct span s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p;

	while (s.n - at >= BYTES16_THREE && !one_may_open(p + at))
		at += sizeof(bytes16);
	while (at < s.n && p[at] != '[' && p[at] != '(' && (s.n - at < 3 || !may_open(p + at)))
		at++;
	return at;
}

int
document_number_scan(struct number *out, struct arena *a, struct span text, size_t *at)
{
	size_t from = *at;

	for (size_t i = from; (i = next_opening(text, i)) < text.n;) {
		size_t here = i, end = i;
		uint32_t c = text_next(text, &i);
		struct tail t;
		int r;

		if (!((is_open(c) && take_tail(text, &end, &t)) ||
		    (c == 0x4EE4 && take_order(text, &end))))
			continue;
		if ((r = found(out, a, text, from, here, end)) != 0) {
			*at = end;
			return r;
		}
		i = end;
		from = end;
	}
	*at = text.n;
	return 0;
}

bool
document_number_find(struct number *out, struct arena *a, struct span text, size_t *at)
{
	return document_number_scan(out, a, text, at) == 1;
}
