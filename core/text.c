/* SPDX-License-Identifier: MIT */
#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/text.h>
#include <utf8proc.h>

#include "cjk_run.h"
#include "utf8_block.h"

#define ENTITY_NAME_MAX 16 /* "thetasym" is the longest of HTML 4 */

/* Length of the sequence that the lead byte begins, with the smallest code point it may hold. */
static size_t
lead(unsigned char c, uint32_t *bits, uint32_t *least)
{
	if (c >= 0xC2 && c <= 0xDF) {
		*bits = c & 0x1FU;
		*least = 0x80;
		return 2;
	}
	if (c >= 0xE0 && c <= 0xEF) {
		*bits = c & 0x0FU;
		*least = 0x800;
		return 3;
	}
	if (c >= 0xF0 && c <= 0xF4) {
		*bits = c & 0x07U;
		*least = 0x10000;
		return 4;
	}
	return 0;
}

uint32_t
text_next(struct span s, size_t *at)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = *at, n;
	uint32_t c, least;

	if (i >= s.n)
		return TEXT_BAD;
	*at = i + 1;
	if (p[i] < 0x80)
		return p[i];
	/* Nearly all of Chinese; the other lead bytes of three have exceptions. */
	if (cjk_one(p + i, s.n - i)) {
		*at = i + 3;
		return (p[i] & 0x0FU) << 12 | (p[i + 1] & 0x3FU) << 6 | (p[i + 2] & 0x3FU);
	}
	n = lead(p[i], &c, &least);
	if (n == 0 || n > s.n - i)
		return TEXT_BAD;
	for (size_t k = 1; k < n; k++) {
		if ((p[i + k] & 0xC0) != 0x80)
			return TEXT_BAD;
		c = c << 6 | (p[i + k] & 0x3FU);
	}
	if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return TEXT_BAD;
	*at = i + n;
	return c;
}

/* Eight bytes of ASCII. */
static bool
is_ascii_word(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return (w & UINT64_C(0x8080808080808080)) == 0;
}

/* Behind the good characters from `at` on, at least up to `to`; SIZE_MAX: one is bad. */
static size_t
good_characters(struct span s, size_t at, size_t to)
{
	const unsigned char *p = (const unsigned char *)s.p;

	while (at < s.n && at < to) {
		size_t run = cjk_run(s, at);

		at += run;
		if (run > 0)
			continue;
		if (p[at] < 0x80)
			at += s.n - at >= 8 && is_ascii_word(s.p + at) ? 8 : 1;
		else if (cjk_one(p + at, s.n - at))
			at += 3;
		else if (text_next(s, &at) == TEXT_BAD)
			return SIZE_MAX;
	}
	return at;
}

bool
text_is_utf8(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t at = good_characters(s, 0, UTF8_BEFORE);

	while (at < s.n) {
		const size_t from = at;

		while (s.n - at >= UTF8_BLOCK && utf8_block(p + at) != UTF8_UNSURE)
			at += UTF8_BLOCK;
		if (at > from) /* the last character of a block may go on */
			at = utf8_before(s.p, at);
		at = good_characters(s, at, at + UTF8_BLOCK);
	}
	return at != SIZE_MAX;
}

bool
text_has_multibyte(struct span s)
{
	for (size_t at = 0; at < s.n;) {
		size_t before = at;

		if (text_next(s, &at) != TEXT_BAD && at > before + 1)
			return true;
	}
	return false;
}

size_t
text_length(struct span s)
{
	size_t count = 0, i = 0;

	for (; s.n - i >= sizeof(bytes16); i += sizeof(bytes16))
		count += bytes16_count((bytes16)((bytes16_load(s.p + i) & 0xC0) != 0x80));
	for (; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return count;
}

bool
text_is_longer(struct span s, size_t codepoints)
{
	if (s.n <= codepoints || s.n / 4 > codepoints) /* a code point has one to four bytes */
		return s.n > codepoints;
	return text_length(s) > codepoints;
}

struct span
text_first(struct span s, size_t codepoints)
{
	size_t at = 0;

	while (codepoints-- > 0 && at < s.n) {
		if (cjk_one((const unsigned char *)s.p + at, s.n - at))
			at += 3;
		else
			(void)text_next(s, &at);
	}
	return span_cut(s, 0, at);
}

struct span
text_last(struct span s, size_t codepoints)
{
	size_t from = s.n;

	while (codepoints-- > 0 && from > 0)
		from = from >= 3 && cjk_one((const unsigned char *)s.p + from - 3, 3) ? from - 3 :
		    utf8_before(s.p, from);
	return span_cut(s, from, s.n);
}

bool
text_is_space(uint32_t c)
{
	if (c < 0x85)
		return c == 0x20 || (c >= 0x09 && c <= 0x0D);
	if (c >= 0x3000)
		return c == 0x3000;
	return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F;
}

bool
text_is_zero_width(uint32_t c)
{
	return (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF || c == 0xAD;
}

bool
text_may_be_blank(unsigned char byte)
{
	if (byte < 0xC2)
		return byte <= 0x20;
	return byte == 0xC2 || (byte >= 0xE1 && byte <= 0xE3) || byte == 0xEF;
}

bool
text_is_han(uint32_t c)
{
	return c == 0x3007 || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
	    (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

bool
text_is_digit(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
}

static bool
is_nothing(uint32_t c)
{
	return text_is_space(c) || text_is_zero_width(c);
}

/* Whether nothing that is seen stands at `at`, which moves behind it. */
static bool
skip_nothing(struct span s, size_t *at)
{
	return text_may_be_blank((unsigned char)s.p[*at]) && is_nothing(text_next(s, at));
}

struct span
text_trim(struct span s)
{
	size_t from = 0, to = s.n;

	for (size_t at = 0; at < s.n && skip_nothing(s, &at);)
		from = at;
	while (to > from) {
		size_t start = utf8_before(s.p, to), at = start;

		if (!skip_nothing(s, &at))
			break;
		to = start;
	}
	return span_cut(s, from, to);
}

/* Room for what cannot be longer than the input; NULL at the arena's limit. */
static char *
room(struct arena *a, struct span s)
{
	return s.p == NULL ? NULL : arena_alloc(a, s.n + 1);
}

static size_t
put(char *out, size_t n, struct span s, size_t from, size_t to)
{
	memcpy(out + n, s.p + from, to - from);
	return n + (to - from);
}

struct span
text_fold_space(struct arena *a, struct span s)
{
	char *out = room(a, s);
	size_t n = 0;
	bool gap = false;

	if (out == NULL)
		return (struct span){NULL, 0};
	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = text_next(s, &at);

		if (text_is_zero_width(c))
			continue;
		if (text_is_space(c)) {
			gap = true;
			continue;
		}
		if (gap && n > 0)
			out[n++] = ' ';
		gap = false;
		n = put(out, n, s, from, at);
	}
	return (struct span){out, n};
}

struct span
text_strip_space(struct arena *a, struct span s)
{
	char *out = room(a, s);
	size_t n = 0;

	if (out == NULL)
		return (struct span){NULL, 0};
	for (size_t at = 0, run = 0; run < s.n;) {
		size_t from = at = cjk_to_blank(s, at);

		if (at < s.n && !is_nothing(text_next(s, &at)))
			continue;
		n = put(out, n, s, run, from);
		run = at;
	}
	return (struct span){out, n};
}

struct span
text_fold_width(struct arena *a, struct span s)
{
	char *out = room(a, s);
	size_t n = 0;

	if (out == NULL)
		return (struct span){NULL, 0};
	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = text_next(s, &at);

		if (text_is_zero_width(c))
			continue;
		if (c >= 0xFF01 && c <= 0xFF5E)
			out[n++] = (char)(c - 0xFF01 + 0x21);
		else if (text_is_space(c))
			out[n++] = ' ';
		else
			n = put(out, n, s, from, at);
	}
	return (struct span){out, n};
}

/* White space, punctuation, symbols, controls: what never tells two titles apart. */
static bool
is_mark(uint32_t c)
{
	utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);

	return is_nothing(c) || (g >= UTF8PROC_CATEGORY_PC && g <= UTF8PROC_CATEGORY_CF);
}

uint32_t
text_fold_char(uint32_t nfkc)
{
	return is_mark(nfkc) ? 0 : (uint32_t)utf8proc_tolower((utf8proc_int32_t)nfkc);
}

static struct span
fold_title(struct arena *a, struct span nfkc)
{
	struct buf b;
	struct span out;

	buf_init(&b, nfkc.n * 2 + 16);
	for (size_t at = 0; at < nfkc.n;) {
		uint32_t c = text_next(nfkc, &at);

		if (c != TEXT_BAD && (c = text_fold_char(c)) != 0)
			(void)buf_add_utf8(&b, c);
	}
	out = arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}

/* Marks of Chinese text that compatibility does not change, or changes into other marks. */
static bool
is_plain_mark(uint32_t c)
{
	return c == 0x2014 || c == 0x2018 || c == 0x2019 || c == 0x201C || c == 0x201D ||
	    (c >= 0x3000 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3011) || (c >= 0x3014 && c <= 0x301B);
}

/* What nearly all titles consist of, without utf8proc: the common ideographs, ASCII narrow and
 * wide, and those marks.  False: something else is in it. */
static bool
fold_plain_title(char *out, size_t *n, struct span s)
{
	for (size_t at = 0, from = 0; at < s.n; from = at) {
		uint32_t c = text_next(s, &at);

		if (c >= 0x4E00 && c <= 0x9FFF) {
			*n = put(out, *n, s, from, at);
			continue;
		}
		if (c >= 0xFF01 && c <= 0xFF5E)
			c = c - 0xFF01 + 0x21;
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
			out[(*n)++] = (char)c;
		else if (c >= 'A' && c <= 'Z')
			out[(*n)++] = (char)(c - 'A' + 'a');
		else if (c >= 0x80 && !is_plain_mark(c))
			return false;
	}
	return true;
}

struct span
text_fold_title(struct arena *a, struct span s)
{
	utf8proc_uint8_t *nfkc = NULL;
	utf8proc_ssize_t n;
	size_t plain = 0;
	char *copy = room(a, s);
	struct span out;

	if (copy == NULL)
		return (struct span){NULL, 0};
	if (fold_plain_title(copy, &plain, s))
		return (struct span){copy, plain};
	n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &nfkc,
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
	if (n < 0)
		return (struct span){NULL, 0};
	out = fold_title(a, (struct span){(const char *)nfkc, (size_t)n});
	free(nfkc);
	return out;
}

/* Windows-1252 is what a page means by &#128; … &#159; (WHATWG HTML, 13.2.5.80). */
static uint32_t
numeric(uint32_t c)
{
	static const uint16_t win[32] = {0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020,
	    0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019,
	    0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D,
	    0x17E, 0x178};

	if (c >= 0x80 && c <= 0x9F)
		return win[c - 0x80];
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0xFFFD;
	return c;
}

static int
digit_of(char c, unsigned base)
{
	int v = c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f'     ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F'     ? c - 'A' + 10 :
				       99;

	return v < (int)base ? v : -1;
}

/* "#12288;" or "#x3000;" at i: the code point, *end behind it; TEXT_BAD: no reference. */
static uint32_t
numeric_reference(struct span s, size_t i, size_t *end)
{
	unsigned base = 10;
	uint32_t c = 0;
	size_t digits = 0;

	i++;
	if (i < s.n && (s.p[i] == 'x' || s.p[i] == 'X')) {
		base = 16;
		i++;
	}
	for (; i < s.n && digit_of(s.p[i], base) >= 0; i++, digits++)
		if (c <= 0x10FFFF)
			c = c * base + (uint32_t)digit_of(s.p[i], base);
	if (digits == 0)
		return TEXT_BAD;
	*end = i < s.n && s.p[i] == ';' ? i + 1 : i;
	return numeric(c);
}

/* "amp;" at i. */
static uint32_t
named_reference(struct span s, size_t i, size_t *end)
{
	char name[ENTITY_NAME_MAX] = "";
	const htmlEntityDesc *e;
	size_t n = 0;

	for (; i + n < s.n && n + 1 < sizeof(name) && s.p[i + n] != ';'; n++)
		name[n] = s.p[i + n];
	if (n == 0 || i + n >= s.n || s.p[i + n] != ';' ||
	    (e = htmlEntityLookup((const xmlChar *)name)) == NULL)
		return TEXT_BAD;
	*end = i + n + 1;
	return e->value;
}

struct span
text_unescape(struct arena *a, struct span s)
{
	struct buf b;
	struct span out;

	if (s.p == NULL)
		return s;
	buf_init(&b, s.n * 2 + 16);
	for (size_t i = 0; i < s.n;) {
		size_t next = span_find_byte(s, '&', i), end = 0;
		uint32_t c = TEXT_BAD;

		if (next == SIZE_MAX)
			next = s.n;
		(void)buf_add(&b, s.p + i, next - i);
		if ((i = next) == s.n)
			break;
		if (i + 1 < s.n)
			c = s.p[i + 1] == '#' ? numeric_reference(s, i + 1, &end) :
						named_reference(s, i + 1, &end);
		if (c == TEXT_BAD) {
			(void)buf_add_byte(&b, '&');
			i++;
		} else {
			(void)buf_add_utf8(&b, c);
			i = end;
		}
	}
	out = arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}
