/* SPDX-License-Identifier: MIT */
/* What the tests of values share: the tables of ../shared/corpus, and texts cut into lines. */
#ifndef UNIT_VALUES_SUPPORT_H
#define UNIT_VALUES_SUPPORT_H

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/arena.h>
#include <suoyin/buf.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define FIELDS_MAX 8

#define assert_span(got, want) assert_span_at(got, want, __FILE__, __LINE__)

static inline void
assert_span_at(struct span got, const char *want, const char *file, int line)
{
	if (want == NULL ? got.p == NULL : got.p != NULL && span_eq(got, span_of(want)))
		return;
	print_error("got [%.*s], want [%s]\n", SPAN_ARG(got), want == NULL ? "absent" : want);
	_fail(file, line);
}

/* A file below ../shared (or $SUOYIN_SHARED); NULL when it is absent, after saying so. */
static inline FILE *
shared_open(const char *name)
{
	const char *root = getenv("SUOYIN_SHARED");
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", root != NULL ? root : "../shared", name);
	if ((f = fopen(path, "r")) == NULL)
		print_message("SKIP: %s not found\n", path);
	return f;
}

/* The next row of a table, cut at tabs; the number of fields, 0 at the end. */
static inline size_t
shared_row(FILE *f, char line[8192], struct span fields[FIELDS_MAX])
{
	size_t n = 0, from = 0, to;
	struct span all;

	if (fgets(line, 8192, f) == NULL)
		return 0;
	all = span_of(line);
	if (span_ends(all, SPAN("\n")))
		all.n--;
	while (n < FIELDS_MAX && (to = span_find_byte(all, '\t', from)) != SIZE_MAX) {
		fields[n++] = span_cut(all, from, to);
		from = to + 1;
	}
	if (n < FIELDS_MAX)
		fields[n++] = span_cut(all, from, all.n);
	return n;
}

/* \uXXXX and \n, as the table of document numbers writes what cannot be printed. */
static inline struct span
unescape(struct arena *a, struct span s)
{
	struct buf b;
	struct span out;

	buf_init(&b, 65536);
	for (size_t i = 0; i < s.n; i++) {
		char hex[5] = "";

		if (s.p[i] == '\\' && i + 5 < s.n && s.p[i + 1] == 'u') {
			memcpy(hex, s.p + i + 2, 4);
			(void)buf_add_utf8(&b, (uint32_t)strtoul(hex, NULL, 16));
			i += 5;
		} else if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n') {
			(void)buf_add_byte(&b, '\n');
			i++;
		} else {
			(void)buf_add_byte(&b, s.p[i]);
		}
	}
	out = arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}

/* The lines of a text, cut at \n. */
static inline size_t
cut_lines(struct span text, struct span *lines, size_t room)
{
	size_t n = 0, from = 0, to;

	while (n + 1 < room && (to = span_find_byte(text, '\n', from)) != SIZE_MAX) {
		lines[n++] = span_cut(text, from, to);
		from = to + 1;
	}
	lines[n++] = span_cut(text, from, text.n);
	return n;
}

#endif
