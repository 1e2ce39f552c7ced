/* SPDX-License-Identifier: MIT */
/* The next page of a list: what scripts are told, files that count down, templates, parameters. */
#include "list_support.h"

#define ROW "<li><a href='/a.html'>x</a></li>"

static const char *
next_of(const char *rules, const char *body)
{
	static char kept[2100];
	char meta[4096];
	json_t *r;

	(void)snprintf(meta, sizeof(meta), "{'rows':'//li','link':'.//a/@href',%s}", rules);
	assert_non_null(r = read_list(meta, body));
	(void)snprintf(kept, sizeof(kept), "%s", text(r, "next") != NULL ? text(r, "next") : "none");
	json_decref(r);
	return kept;
}

static void
the_arguments_of_both_shapes_give_the_next_page(void **state)
{
	static const struct {
		const char *rules, *body, *want;
	} cases[] = {
	    {"'url':'http://a.cn/d/index.html','paging':'script'",
		ROW "<script>createPageHTML(25, 0, \"index\", \"html\");</script>", "http://a.cn/d/index_1.html"},
	    {"'url':'http://a.cn/d/index_1.html','page':2,'paging':'script'",
		ROW "<script>createPageHTML(25,1,'index','html')</script>", "http://a.cn/d/index_2.html"},
	    {"'url':'http://a.cn/d/index_24.html','page':25,'paging':'script'",
		ROW "<script>createPageHTML(25,24,'index','html')</script>", "none"},
	    {"'url':'http://a.cn/d/list.shtml','paging':'script'",
		ROW "<script>createPageHTML('page_div',57, 1,'list','shtml',1132);</script>",
		"http://a.cn/d/list_2.shtml"},
	    {"'url':'http://a.cn/d/list_2.shtml','page':2,'paging':'script'",
		ROW "<script>createPageHTML('page_div',57,2,'list','shtml',1132);</script>",
		"http://a.cn/d/list_3.shtml"},
	    {"'url':'http://a.cn/d/','paging':'script'",
		ROW "<script>function createPageHTML(_n,_c,_p,_e){ return _n(1); }\n"
		    "var countPage = 3 //pages\nvar currentPage = 0;\n"
		    "createPageHTML(countPage, currentPage, \"index\", \"html\");</script>",
		"http://a.cn/d/index_1.html"},
	    {"'url':'http://a.cn/d/index.htm','paging':'script'",
		ROW "<script>createPage( 4 ,0,'index', '.htm')</script>", "http://a.cn/d/index_1.htm"},
	    {"'url':'http://a.cn/d/index.html','paging':'script'",
		ROW "<script>nsetpage(9,1,'index')</script>", "http://a.cn/d/index_2.html"},
	    {"'url':'http://a.cn/d/index.html','paging':'script'",
		ROW "<script>createPageHTML(evil(), 0, 'index', 'html'); mycreatePage(9,0,'x','html')</script>",
		"none"},
	    {"'url':'http://a.cn/d/index.html','paging':'script'",
		ROW "<script>createPageHTML(9, 0, 'http://b.cn:x/\\u0000', 'html'</script>", "none"},
	    {"'url':'http://a.cn/d/index.html','paging':'script'", ROW, "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(next_of(cases[i].rules, cases[i].body), cases[i].want);
}

static void
what_a_script_says_of_the_whole_list_is_told(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/d/l.shtml','rows':'//li','link':'.//a/@href','paging':'script'}",
	    ROW "<script>createPageHTML('p',57,1,'l','shtml',1132)</script>");

	(void)state;
	assert_int_equal(number(r, "pages"), 57);
	assert_int_equal(number(r, "total"), 1132);
	json_decref(r);
	r = read_list("{'url':'http://a.cn/d/l.shtml','rows':'//li','link':'.//a/@href',"
		      "'total':'//b','pages':'//i'}",
	    ROW "<p>共 <b>1132 条</b> <i>57页</i>");
	assert_int_equal(number(r, "pages"), 57);
	assert_int_equal(number(r, "total"), 1132);
	json_decref(r);
}

static void
files_that_count_down_are_followed_to_the_first(void **state)
{
	(void)state;
	assert_string_equal(next_of("'url':'http://a.cn/tzgg.htm','paging':'countdown'",
				ROW "<a href='tzgg/12.htm'>2</a><a href='tzgg/1.htm'>13</a>"),
	    "http://a.cn/tzgg/12.htm");
	assert_string_equal(next_of("'url':'http://a.cn/tzgg/12.htm','list':'http://a.cn/tzgg.htm','page':2,"
				    "'paging':'countdown'",
				ROW),
	    "http://a.cn/tzgg/11.htm");
	assert_string_equal(next_of("'url':'http://a.cn/tzgg/1.htm','list':'http://a.cn/tzgg.htm','page':13,"
				    "'paging':'countdown'",
				ROW),
	    "none");
	assert_string_equal(
	    next_of("'url':'http://a.cn/tzgg.htm','paging':'countdown'", ROW), "none");
}

static void
templates_are_filled_from_the_pages_number(void **state)
{
	static const struct {
		const char *rules, *want;
	} cases[] = {
	    {"'url':'http://a.cn/d/list.shtml','paging':'{stem}_{page}{ext}'", "http://a.cn/d/list_2.shtml"},
	    {"'url':'http://a.cn/d/list_2.shtml','list':'http://a.cn/d/list.shtml','page':2,'paging':"
	     "'{stem}_{page}{ext}'",
		"http://a.cn/d/list_3.shtml"},
	    {"'url':'http://a.cn/d/index.html','paging':'index_{page}.html','from':1",
		"http://a.cn/d/index_1.html"},
	    {"'url':'http://a.cn/d/l?x=1','paging':'?x=1&offset={offset}','size':20", "http://a.cn/d/l?x=1&offset=20"},
	    {"'url':'http://a.cn/l?a=1&p=1&b=2','paging':'query:p'", "http://a.cn/l?a=1&p=2&b=2"},
	    {"'url':'http://a.cn/l','page':4,'paging':'query:p','from':1", "http://a.cn/l?p=4"},
	    {"'url':'http://a.cn/l','paging':'query:p','total':'//q','size':1", "none"},
	    {"'url':'http://a.cn/l','paging':'query:p','pages':'//q'", "none"},
	    {"'url':'http://a.cn/l','paging':'none'", "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(next_of(cases[i].rules, ROW "<q>1</q>"), cases[i].want);
}

static void
a_template_ends_at_a_page_without_rows(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/l_9.html','page':9,'rows':'//li','link':'.//a/@href',"
			      "'paging':'l_{page}.html'}",
	    "<p>nothing more");

	(void)state;
	assert_true(is_true(r, "end"));
	assert_null(text(r, "next"));
	json_decref(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_arguments_of_both_shapes_give_the_next_page),
	    cmocka_unit_test(what_a_script_says_of_the_whole_list_is_told),
	    cmocka_unit_test(files_that_count_down_are_followed_to_the_first),
	    cmocka_unit_test(templates_are_filled_from_the_pages_number),
	    cmocka_unit_test(a_template_ends_at_a_page_without_rows),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_kit, close_kit);
}
