/* SPDX-License-Identifier: MIT */
/* What selectors mean is judged by what their XPath finds in a page. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/css.h>
#include <suoyin/limits.h>
#include <suoyin/xpath.h>

static const char page[] =
    "<div id='x'><ul class='list big'><li class='odd'><a href='/1.html' title='t'>one</a><span>s1</span></li>"
    "<li><b>no</b><a href='/2.htm'>two</a></li></ul></div><ul class='lists'><li><a href='/3.html'>three</a></li></ul>";

/* The texts found, apart by blanks. */
static void
found(const char *selector, char out[256])
{
	const struct xpath_node *nodes[16];
	struct xpath *x = xpath_new(span_of(page), NULL);
	struct err err = {0};
	struct arena a;
	struct buf b;
	int n;

	arena_init(&a, 1 << 20);
	buf_init(&b, XPATH_EXPRESSION_MAX);
	if (css_to_xpath(&b, span_of(selector), false, &err) == -1)
		fail_msg("%s: %s", selector, err.text);
	out[0] = '\0';
	n = xpath_nodes(x, NULL, b.p, nodes, 16, &err);
	if (n < 0)
		fail_msg("%s gives %s: %s", selector, b.p, err.text);
	for (int i = 0; i < n; i++) {
		struct span text = xpath_paragraphs(nodes[i], &a);
		size_t used = strlen(out);

		(void)snprintf(out + used, 256 - used, "%s%.*s", i > 0 ? " " : "", SPAN_ARG(text));
	}
	buf_fini(&b);
	arena_fini(&a);
	xpath_free(x);
}

static void
selectors_find_what_css_says(void **state)
{
	static const struct {
		const char *selector, *want;
	} cases[] = {
	    {"a", "one two three"},
	    {".list a", "one two"},
	    {"ul.list.big > li > a", "one two"},
	    {"#x a[href$='.html']", "one"},
	    {"a[href^='/2'] , .lists a", "two three"},
	    {"a[href*=3]", "three"},
	    {"ul[class~=big] span", "s1"},
	    {"a[title]", "one"},
	    {"li:nth-child(2) a", "two"},
	    {"li:first-child > a", "one three"},
	    {"li > :last-child", "s1 two three"},
	    {"a + span", "s1"},
	    {"b ~ a", "two"},
	    {"b + a", "two"},
	    {"a::attr(href)", "/1.html /2.htm /3.html"},
	    {"*.odd", "ones1"},
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		found(cases[i].selector, out);
		assert_string_equal(out, cases[i].want);
	}
}

static void
what_is_not_known_is_an_error(void **state)
{
	static const char *const bad[] = {"", ">", "a >", "a:hover", "a::text", "a[", "a[x", "a[x=", "a[x='y]",
	    "a:nth-child(odd)", "a:nth-child(0)", ".", "#", "a!b", "a, ", "a[x='\"'][y=\"'\"",
	    "a[x$='政']", "a{b}", "a::attr()", "//a"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = {0};
		struct buf b;

		buf_init(&b, XPATH_EXPRESSION_MAX);
		if (css_to_xpath(&b, span_of(bad[i]), false, &err) == 0)
			fail_msg("\"%s\" gives %s", bad[i], b.p);
		assert_string_equal(err.reason, "bad_css");
		buf_fini(&b);
	}
}

static void
a_row_rule_begins_at_the_row(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, XPATH_EXPRESSION_MAX);
	assert_int_equal(css_to_xpath(&b, SPAN(" a::attr(href) "), true, NULL), 0);
	assert_string_equal(b.p, ".//a/@href");
	buf_fini(&b);
	buf_init(&b, 8);
	assert_int_equal(css_to_xpath(&b, SPAN("div.long div.long"), true, NULL), -1);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(selectors_find_what_css_says),
	    cmocka_unit_test(what_is_not_known_is_an_error),
	    cmocka_unit_test(a_row_rule_begins_at_the_row),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
