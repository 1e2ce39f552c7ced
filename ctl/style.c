/* SPDX-License-Identifier: MIT */
#include "style.h"
#include <stdlib.h>
#include <string.h>
#include <suoyin/text.h>
#include <unistd.h>

static bool coloured;

static const char *const marks[] = {
    [STYLE_PLAIN] = "",
    [STYLE_HEAD] = "1",
    [STYLE_GOOD] = "32",
    [STYLE_WARN] = "33",
    [STYLE_BAD] = "31",
};

void
style_setup(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	coloured = isatty(fileno(to)) == 1 && (no == NULL || no[0] == '\0') && term != NULL &&
		   strcmp(term, "dumb") != 0;
}

void
style_print(FILE *to, enum style style, int width, const char *text)
{
	if (coloured && style != STYLE_PLAIN)
		(void)fprintf(to, "\x1b[%sm%-*s\x1b[0m", marks[style], width, text);
	else
		(void)fprintf(to, "%-*s", width, text);
}

static bool
is_shown(uint32_t c)
{
	return c >= 0x20 && (c < 0x7F || c >= 0xA0) && !(c >= 0x202A && c <= 0x202E) &&
	       !(c >= 0x2066 && c <= 0x2069);
}

void
style_print_foreign(FILE *to, const char *text, int columns)
{
	struct span s = span_of(text);
	size_t at = 0;

	while (at < s.n) {
		size_t from = at;
		uint32_t c = text_next(s, &at);

		columns -= c >= 0x1100 ? 2 : 1;
		if (columns < 0) {
			(void)fputs("…", to);
			return;
		}
		if (is_shown(c))
			(void)fwrite(s.p + from, 1, at - from, to);
		else
			(void)fputc(' ', to);
	}
}

const char *
style_age(double seconds, char out[32])
{
	if (seconds < 120)
		(void)snprintf(out, 32, "%.0f s", seconds < 0 ? 0 : seconds);
	else if (seconds < 7200)
		(void)snprintf(out, 32, "%.0f min", seconds / 60);
	else if (seconds < 172800)
		(void)snprintf(out, 32, "%.0f h", seconds / 3600);
	else
		(void)snprintf(out, 32, "%.0f d", seconds / 86400);
	return out;
}

long long
json_count(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

const char *
json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}
