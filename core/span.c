/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/span.h>

#include "bytes16.h"

struct span
span_of(const char *text)
{
	return text == NULL ? (struct span){NULL, 0} : (struct span){text, strlen(text)};
}

bool
span_is_empty(struct span s)
{
	return s.n == 0;
}

bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

bool
span_eq_ci(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

/* The last byte first: that of a Chinese word tells most of them apart, and lists of words are what
 * these two are asked for most. */
static bool
is_same(const char *a, const char *b, size_t n)
{
	return n == 0 || (a[n - 1] == b[n - 1] && memcmp(a, b, n) == 0);
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && is_same(s.p, prefix.p, prefix.n);
}

bool
span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && is_same(s.p + (s.n - suffix.n), suffix.p, suffix.n);
}

#define PAIR_BLOCK ((ptrdiff_t)(4 * sizeof(bytes16)))

/* Whether the two bytes stand next to each other in p[-1] … p[PAIR_BLOCK - 1]. */
static bool
has_pair(const char *p, char first, char second)
{
	bytes16 found = {0};

	for (ptrdiff_t i = 0; i < PAIR_BLOCK; i += (ptrdiff_t)sizeof(bytes16))
		found |= (bytes16)(bytes16_load(p + i - 1) == (unsigned char)first) &
		    (bytes16)(bytes16_load(p + i) == (unsigned char)second);
	return bytes16_any(found);
}

/* By its last two bytes: those of a Chinese character are rare, and each of them alone is not. */
static size_t
find_by_tail(struct span s, struct span needle, size_t from)
{
	const size_t rest = needle.n - 1;
	const char *end = s.p + s.n, *next;

	for (const char *p = s.p + from + rest; p < end; p = next) {
		next = end - p < PAIR_BLOCK ? end : p + PAIR_BLOCK;
		if (next - p == PAIR_BLOCK && !has_pair(p, needle.p[rest - 1], needle.p[rest]))
			continue;
		while (p < next && (p = memchr(p, needle.p[rest], (size_t)(next - p))) != NULL) {
			if (p[-1] == needle.p[rest - 1] && memcmp(p - rest, needle.p, rest) == 0)
				return (size_t)(p - rest - s.p);
			p++;
		}
	}
	return SIZE_MAX;
}

size_t
span_find(struct span s, struct span needle, size_t from)
{
	const char *at;

	if (from > s.n || needle.n > s.n - from)
		return SIZE_MAX;
	if (needle.n == 0)
		return from;
	if (needle.n > 1 && (needle.p[needle.n - 1] & 0x80) != 0)
		return find_by_tail(s, needle, from);
	at = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return at == NULL ? SIZE_MAX : (size_t)(at - s.p);
}

size_t
span_find_byte(struct span s, char byte, size_t from)
{
	const char *at;

	if (from >= s.n)
		return SIZE_MAX;
	at = memchr(s.p + from, byte, s.n - from);
	return at == NULL ? SIZE_MAX : (size_t)(at - s.p);
}

size_t
span_find_ci(struct span s, struct span needle, size_t from)
{
	const int bit = 'a' - 'A', first = needle.n == 0 ? 0 : needle.p[0] | bit;

	if (from > s.n || needle.n > s.n - from)
		return SIZE_MAX;
	if (needle.n == 0)
		return from;
	/* Letters differ from their capitals in one bit; some other characters too, as seen at once. */
	for (const char *p = s.p + from, *last = s.p + (s.n - needle.n); p <= last; p++)
		if ((*p | bit) == first && span_eq_ci((struct span){p, needle.n}, needle))
			return (size_t)(p - s.p);
	return SIZE_MAX;
}

struct span
span_cut(struct span s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct span){s.p == NULL ? NULL : s.p + from, to - from};
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

int
span_u64(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (s.p[i] < '0' || digit > 9 || v > (UINT64_MAX - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	if (v > max)
		return -1;
	*out = v;
	return 0;
}
