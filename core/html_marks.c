/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bytes16.h"
#include "html_marks.h"

#define MARK_LEAD '\xF3'       /* of U+C0000 to U+FFFFF */
#define MARKS_MAX 0xFFFE       /* U+F0000 to U+FFFFD: the last two of a plane are no characters */
#define BYTES_A_RUN 32         /* of a page: there are fewer runs than that in most */
#define HEX_DIGITS_MAX 4       /* a reference with no more is below plane 15 */
#define DECIMAL_DIGITS_MAX 5

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Whether the numeric reference whose '#' stands at `at` might be a mark. */
static bool
is_far(struct span s, size_t at)
{
	size_t digits = 0, most = DECIMAL_DIGITS_MAX;

	at++;
	if (at < s.n && (s.p[at] | 0x20) == 'x') {
		most = HEX_DIGITS_MAX;
		at++;
	}
	while (at < s.n && s.p[at] == '0')
		at++;
	while (at < s.n && is_alnum(s.p[at]) && digits <= most) {
		at++;
		digits++;
	}
	return digits > most;
}

static bool
says_marks(struct span page)
{
	if (span_find_byte(page, MARK_LEAD, 0) != SIZE_MAX)
		return true;
	for (size_t at = 0; (at = span_find_byte(page, '&', at)) != SIZE_MAX; at++)
		if (at + 1 < page.n && page.p[at + 1] == '#' && is_far(page, at + 1))
			return true;
	return false;
}

int
html_marks_init(struct html_marks *m, struct arena *a, struct span page)
{
	size_t room = page.n / BYTES_A_RUN;

	*m = (struct html_marks){.page = page};
	if (room == 0 || says_marks(page))
		return 0;
	m->room = room < MARKS_MAX ? (uint32_t)room : MARKS_MAX;
	m->runs = arena_raw(a, m->room * sizeof(*m->runs));
	return m->runs == NULL ? -1 : 0;
}

static bool
is_plain(const unsigned char *p, size_t room)
{
	return p[0] >= 0x20 && p[0] != '&' && !(p[0] == 0xEF && room >= 2 && p[1] == 0xBF);
}

/* EF BF BE and EF BF BF are no characters; their like need no mark either. */
size_t
html_marks_run_end(struct span page, size_t from, size_t to)
{
	const unsigned char *p = (const unsigned char *)page.p;
	size_t at = from;

	while (to - at > sizeof(bytes16)) {
		const bytes16 v = bytes16_load(p + at), next = bytes16_load(p + at + 1);

		if (bytes16_any((bytes16)(v < 0x20) | (bytes16)(v == '&') |
			((bytes16)(v == 0xEF) & (bytes16)(next == 0xBF))))
			break;
		at += sizeof(bytes16);
	}
	while (at < to && is_plain(p + at, to - at))
		at++;
	return at;
}

bool
html_marks_add(struct html_marks *m, struct span run, enum html_leaf leaf, char mark[HTML_MARK_BYTES])
{
	uint32_t i = m->count;

	if (i == m->room)
		return false;
	m->runs[m->count++] = (struct html_run){(uint32_t)(run.p - m->page.p), (uint32_t)run.n, leaf};
	mark[0] = MARK_LEAD;
	mark[1] = (char)(0xB0 | i >> 12);
	mark[2] = (char)(0x80 | (i >> 6 & 0x3F));
	mark[3] = (char)(0x80 | (i & 0x3F));
	return true;
}

struct span
html_marks_next(const struct html_marks *m, struct span *rest, enum html_leaf *leaf)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t at = m->count == 0 ? SIZE_MAX : span_find_byte(*rest, MARK_LEAD, 0);
	struct span piece = *rest;
	uint32_t i;

	*leaf = LEAF_NONE;
	if (at != 0 || rest->n < HTML_MARK_BYTES) {
		piece = span_cut(*rest, 0, at);
		*rest = span_cut(*rest, at, rest->n);
		return piece;
	}
	i = (p[1] & 0x0FU) << 12 | (p[2] & 0x3FU) << 6 | (p[3] & 0x3FU);
	*rest = span_cut(*rest, HTML_MARK_BYTES, rest->n);
	if (i >= m->count)
		return (struct span){piece.p, HTML_MARK_BYTES};
	*leaf = m->runs[i].leaf;
	return (struct span){m->page.p + m->runs[i].from, m->runs[i].n};
}
