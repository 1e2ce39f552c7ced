/* SPDX-License-Identifier: MIT */
/*
 * The cases of html5lib's encoding tests: what a browser takes a page for.  They are read from the
 * folder of other projects' test data; where our rules differ on purpose, the case is printed.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/charset.h>
#include <suoyin/limits.h>

struct cases {
	struct buf text;
	struct charset_kit *kit;
	int seen, differ;
};

static int
setup(void **state)
{
	const char *shared = getenv("SUOYIN_SHARED");
	struct cases *c = calloc(1, sizeof(*c));
	char path[4096], chunk[4096];
	FILE *in;
	size_t n;

	if (c == NULL)
		return -1;
	*state = c;
	if ((c->kit = charset_kit_new()) == NULL)
		return -1;
	buf_init(&c->text, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/foreign/html5lib-encoding/tests1.dat",
	    shared != NULL ? shared : "../shared");
	if ((in = fopen(path, "rb")) == NULL)
		return 0;
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		(void)buf_add(&c->text, chunk, n);
	(void)fclose(in);
	return 0;
}

static int
teardown(void **state)
{
	struct cases *c = *state;

	charset_kit_free(c->kit);
	buf_fini(&c->text);
	free(c);
	return 0;
}

/* Their default is Windows-1252; ours, for a page of ASCII that declares nothing, UTF-8: the same
 * text.  With other bytes we ask uchardet, and take what nobody knows for GB18030. */
static bool
is_our_default(const struct charset *how, struct span want)
{
	return span_eq_ci(want, SPAN("windows-1252")) &&
	    (span_eq(how->evidence, SPAN("default")) || span_eq(how->evidence, SPAN("uchardet")));
}

static void
check(struct cases *c, struct span data, struct span want)
{
	struct charset how;
	struct span text;
	struct arena a;
	struct err err = {0};

	arena_init(&a, EXTRACT_ARENA_MAX);
	assert_int_equal(charset_decode(c->kit, &how, &text, &a, data, SPAN(""), &err), 0);
	c->seen++;
	if (is_our_default(&how, want)) {
		c->differ++;
		print_message("default: %.*s, not %.*s, for: %.60s\n", SPAN_ARG(how.used),
		    SPAN_ARG(want), data.p);
	} else if (!span_eq_ci(how.used, want)) {
		fail_msg("%.*s by %.*s, not %.*s, for:\n%.*s", SPAN_ARG(how.used),
		    SPAN_ARG(how.evidence), SPAN_ARG(want), SPAN_ARG(data));
	}
	arena_fini(&a);
}

static void
pages_are_taken_for_what_browsers_take_them_for(void **state)
{
	const struct span begin = SPAN("#data\n"), middle = SPAN("\n#encoding\n"), stop = SPAN("\n");
	struct cases *c = *state;
	struct span all = buf_span(&c->text);
	size_t at = 0;

	if (all.n == 0) {
		print_message("SKIP: ../shared/foreign/html5lib-encoding not found\n");
		skip();
	}
	while ((at = span_find(all, begin, at)) != SIZE_MAX) {
		size_t data = at + begin.n, end = span_find(all, middle, data), next;

		assert_true(end != SIZE_MAX);
		if ((next = span_find(all, stop, end + middle.n)) == SIZE_MAX)
			next = all.n;
		check(c, span_cut(all, data, end), span_cut(all, end + middle.n, next));
		at = next;
	}
	print_message("RESULT cases=%d differ_on_purpose=%d\n", c->seen, c->differ);
	assert_true(c->seen >= 59);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_are_taken_for_what_browsers_take_them_for),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
