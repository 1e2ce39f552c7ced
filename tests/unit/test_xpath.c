/* SPDX-License-Identifier: MIT */
/* xpath: the operator's expressions over the portal's pages. */
#include "pages_support.h"

#include <suoyin/xpath.h>
#include <time.h>

static const char page[] =
    "<html><body><ul class='list'><li><a href='/a.html'>甲 <b>乙</b></a><span>2024-01-02</span></li>"
    "<li><a href='/b.html'>丙</a></li></ul><div id='zoom'><script>var x;</script>"
    "<p>第一段</p>第二段<br>第三段<table><tr><td>丁</td><td>戊</td></tr></table></div></body></html>";

static struct xpath *
open_page(void **state, struct span text)
{
	struct pages *p = *state;
	struct xpath *x = xpath_new(text, &p->err);

	if (x == NULL)
		fail_msg("%s: %s", p->err.reason, p->err.text);
	return x;
}

static void
assert_value(void **state, const char *expr, const char *want)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	struct span got = SPAN("untouched");

	assert_int_equal(xpath_text(x, NULL, expr, &p->a, &got, &p->err), 0);
	assert_span(got, want);
	xpath_free(x);
}

static void
the_first_node_with_text_gives_the_value(void **state)
{
	assert_value(state, "//li/a", "甲 乙");
	assert_value(state, "//li[2]/a/@href", "/b.html");
	assert_value(state, "//ul | //li", "甲 乙2024-01-02 丙");
	assert_value(state, "//div[@id='zoom']//p/text()", "第一段");
	assert_value(state, "//br | //td[2]", "戊");
	assert_value(state, "string(//li[2])", "丙");
	assert_value(state, "count(//li)", "2");
	assert_value(state, "substring-after('索引号：甲', '：')", "甲");
}

static void
what_is_not_there_is_absent(void **state)
{
	assert_value(state, "//h1", NULL);
	assert_value(state, "//br", NULL);
	assert_value(state, "//li/@class", NULL);
	assert_value(state, "string(//h1)", NULL);
}

static void
expressions_are_relative_to_a_row(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	const struct xpath_node *rows[8];
	struct span text;

	assert_int_equal(xpath_nodes(x, NULL, "//ul/li", rows, 8, &p->err), 2);
	assert_int_equal(xpath_text(x, rows[1], ".//a/@href", &p->a, &text, &p->err), 0);
	assert_span(text, "/b.html");
	assert_int_equal(xpath_text(x, rows[1], "./span", &p->a, &text, &p->err), 0);
	assert_span(text, NULL);
	assert_int_equal(xpath_text(x, rows[0], "//li[2]", &p->a, &text, &p->err), 0);
	assert_span(text, "丙");
	xpath_free(x);
}

static void
nodes_come_in_document_order_and_no_more_than_asked_for(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	const struct xpath_node *nodes[2];
	struct span text;

	assert_int_equal(xpath_nodes(x, NULL, "//td | //li/a | //p", nodes, 2, &p->err), 2);
	assert_int_equal(xpath_text(x, nodes[1], ".", &p->a, &text, &p->err), 0);
	assert_span(text, "丙");
	assert_int_equal(xpath_nodes(x, NULL, "//h1", nodes, 2, &p->err), 0);
	assert_int_equal(xpath_nodes(x, NULL, "1 + 1", nodes, 2, &p->err), 0);
	xpath_free(x);
}

static void
paragraphs_break_at_block_edges(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	const struct xpath_node *node;

	assert_int_equal(xpath_nodes(x, NULL, "//div[@id='zoom']", &node, 1, &p->err), 1);
	assert_span(xpath_paragraphs(node, &p->a), "第一段\n第二段\n第三段\n丁\n戊");
	assert_int_equal(xpath_nodes(x, NULL, "//li/a/@href", &node, 1, &p->err), 1);
	assert_span(xpath_paragraphs(node, &p->a), "/a.html");
	xpath_free(x);
}

static void
a_bad_expression_is_the_operators_mistake(void **state)
{
	static const char *const bad[] = {
	    "//p[", "", "nonsense(1)", "//p[@id=", "count()", "$x", "a:b"};
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	struct span text = {NULL, 0};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		p->err = (struct err){0};
		assert_int_equal(xpath_text(x, NULL, bad[i], &p->a, &text, &p->err), -1);
		assert_int_equal(p->err.code, ERR_FATAL);
		assert_string_equal(p->err.reason, "bad_xpath");
		p->err = (struct err){0};
		assert_refused(p, xpath_check(bad[i], &p->err), "bad_xpath");
	}
	assert_null(text.p);
	xpath_free(x);
}

static void
the_error_says_what_is_wrong(void **state)
{
	struct pages *p = *state;

	assert_int_equal(xpath_check("nonsense(1)", &p->err), -1);
	assert_string_equal(p->err.text, "xpath: \"nonsense(1)\": there is no such function");
	p->err = (struct err){0};
	assert_int_equal(xpath_check("//p[", &p->err), -1);
	assert_string_equal(p->err.text, "xpath: \"//p[\": byte 5: no XPath 1.0 expression");
}

static void
a_good_expression_passes_the_check(void **state)
{
	static const char *const good[] = {"//p", "//div[@id='x']//a[1]/@href", "string(//h1)",
	    "//li[contains(., '索引号')]", "//a[.='下一页']/@href"};
	struct pages *p = *state;

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(xpath_check(good[i], &p->err), 0);
}

static void
an_endless_expression_is_refused(void **state)
{
	struct pages *p = *state;
	struct span expr = repeated(p, "//p", "[1]", XPATH_EXPRESSION_MAX / 3, "");

	assert_refused(p, xpath_check(expr.p, &p->err), "bad_xpath");
}

static void
pages_without_end_are_refused(void **state)
{
	struct pages *p = *state;

	assert_null(xpath_new(repeated(p, "", "<div>", 100000, ""), &p->err));
	assert_refused(p, -1, "too_deep");
	p->err = (struct err){0};
	assert_null(xpath_new(repeated(p, "", "<p></p>", XPATH_NODES_MAX + 1, ""), &p->err));
	assert_refused(p, -1, "too_large");
	p->err = (struct err){0};
	assert_null(xpath_new(repeated(p, "<p>", "<!--c-->", XPATH_NODES_MAX + 1, ""), &p->err));
	assert_refused(p, -1, "too_large");
}

static void
an_expression_that_visits_too_much_is_refused(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, repeated(p, "<ul>", "<li>甲</li>", 5000, "</ul>"));
	struct span text;

	assert_refused(
	    p, xpath_text(x, NULL, "//*[not(//li//li)]", &p->a, &text, &p->err), "too_large");
	p->err = (struct err){0};
	assert_int_equal(xpath_text(x, NULL, "count(//li)", &p->a, &text, &p->err), 0);
	assert_span(text, "5000");
	xpath_free(x);
}

/* libxml2 alone walks from sibling to sibling to order what it has found. */
static void
many_siblings_are_ordered_in_linear_time(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, repeated(p, "<ul>", "<li>甲</li>", 90000, "</ul>"));
	const struct xpath_node *node;
	clock_t begin = clock();

	assert_int_equal(xpath_nodes(x, NULL, "//li", &node, 1, &p->err), 1);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < 3);
	xpath_free(x);
}

static void
an_empty_page_has_no_nodes(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(""));
	struct span text = {NULL, 0};

	assert_int_equal(xpath_text(x, NULL, "//p", &p->a, &text, &p->err), 0);
	assert_null(text.p);
	xpath_free(x);
	xpath_free(NULL);
}

static void
a_full_arena_refuses(void **state)
{
	struct pages *p = *state;
	struct xpath *x = open_page(state, SPAN(page));
	struct span text = SPAN("untouched");
	struct arena small;

	arena_init(&small, 4);
	assert_refused(p, xpath_text(x, NULL, "//li", &small, &text, &p->err), "too_large");
	assert_span(text, "untouched");
	arena_fini(&small);
	xpath_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(the_first_node_with_text_gives_the_value),
	    PAGE_TEST(what_is_not_there_is_absent),
	    PAGE_TEST(expressions_are_relative_to_a_row),
	    PAGE_TEST(nodes_come_in_document_order_and_no_more_than_asked_for),
	    PAGE_TEST(paragraphs_break_at_block_edges),
	    PAGE_TEST(a_bad_expression_is_the_operators_mistake),
	    PAGE_TEST(the_error_says_what_is_wrong),
	    PAGE_TEST(a_good_expression_passes_the_check),
	    PAGE_TEST(an_endless_expression_is_refused),
	    PAGE_TEST(pages_without_end_are_refused),
	    PAGE_TEST(an_expression_that_visits_too_much_is_refused),
	    PAGE_TEST(many_siblings_are_ordered_in_linear_time),
	    PAGE_TEST(an_empty_page_has_no_nodes),
	    PAGE_TEST(a_full_arena_refuses),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
