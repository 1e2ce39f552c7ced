/* SPDX-License-Identifier: MIT */
#include "list_dialect.h"

#include <ctype.h>
#include <string.h>

/* In a pattern: 9 one digit, N digits, L at least twelve of them, M five to nine of them, H at least
 * sixteen hexadecimal digits, W a word, E the ending of a page at the very end. */
static const struct {
	const char *name, *pattern;
} dialects[] = {
    {"trs", "/999999/t99999999_N.E"},
    {"jcms", "/art/9999/N/N/art_W.E"},
    {"jcms", "/art/9999/art_W.E"},
    {"content", "/9999-99/99/content_N.E"},
    {"content", "/9999-99/99/c_N.E"},
    {"hex-c", "/99999999/H/c.E"},
    {"12371", "/9999/99/99/ARTIW.E"},
    {"ucap", "/cN/999999/H.E"},
    {"pnidpv", "/pnidpvN.E"},
    {"c-content", "/cN/content.E"},
    {"article", "/portal/article/N/N"},
    {"xiangqing", "/fabu/xiangqing/N.E"},
    {"day", "/9999-99-99/N.E"},
    {"safe", "/safe/9999/9999/N.E"},
    {"day", "/99999999/N.E"},
    {"day", "/99999999/H.E"},
    {"day-hex", "/9999/N/N/H.E"},
    {"columns", "/columns/W/999999/99/W.E"},
    {"vsb", "/info/N/N.E"},
    {"year-number", "/info/9999-N.E"},
    {"post", "/post_N.E"},
    {"post", "/mpost_N.E"},
    {"doc", "/doc_H.E"},
    {"id-index", "/L/index.E"},
    {"id-index", "/M/index.E"},
    {"view", "/zwgk-view/N.E"},
    {"view", "/reportlast_N.E"},
    {"view", "/xxgk-show-N.E"},
    {"view", "/zwgknr-N-N.E"},
    {"jhtml", "/N.jhtml"},
    {"content", "/content_N.E"},
    {"lonsun", "/content/article/N"},
};

static bool
is_hex(char c)
{
	return isxdigit((unsigned char)c) != 0;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool
is_number(char c)
{
	return isdigit((unsigned char)c) != 0;
}

/* Takes as many as there are; whether that is from least to most. */
static bool
run_of(struct span s, size_t *at, bool (*in)(char), size_t least, size_t most)
{
	size_t from = *at;

	while (*at < s.n && in(s.p[*at]))
		++*at;
	return *at - from >= least && *at - from <= most;
}

static bool
is_ending(struct span s)
{
	static const char *const endings[] = {"html", "shtml", "htm", "jhtml", "jsp", "shtm"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (span_eq(s, span_of(endings[i])))
			return true;
	return false;
}

static bool
fits(struct span s, const char *pattern)
{
	size_t at = 0;

	for (; *pattern != '\0'; pattern++) {
		bool good;

		switch (*pattern) {
		case '9':
			good = at < s.n && is_number(s.p[at]);
			at++;
			break;
		case 'N':
			good = run_of(s, &at, is_number, 1, 40);
			break;
		case 'L':
			good = run_of(s, &at, is_number, 12, 40);
			break;
		case 'M':
			good = run_of(s, &at, is_number, 5, 9);
			break;
		case 'H':
			good = run_of(s, &at, is_hex, 16, 64);
			break;
		case 'W':
			good = run_of(s, &at, is_word, 1, 80);
			break;
		case 'E':
			return is_ending(span_cut(s, at, s.n));
		default:
			good = at < s.n && s.p[at] == *pattern;
			at++;
			break;
		}
		if (!good)
			return false;
	}
	return at == s.n;
}

const char *
list_dialect(struct span path)
{
	size_t question = span_find_byte(path, '?', 0);
	struct span only = span_cut(path, 0, question == SIZE_MAX ? path.n : question);

	if (span_find(path, SPAN("wbnewsid="), 0) != SIZE_MAX)
		return "vsb";
	for (size_t at = 0; (at = span_find_byte(only, '/', at)) != SIZE_MAX; at++)
		for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
			if (fits(span_cut(only, at, only.n), dialects[i].pattern))
				return dialects[i].name;
	return NULL;
}
