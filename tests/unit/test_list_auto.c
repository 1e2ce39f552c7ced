/* SPDX-License-Identifier: MIT */
/* Lists that nobody has described. */
#include "list_support.h"

#define AUTO "{'url':'http://a.cn/zwgk/index.html','kind':'auto'}"

static void
links_of_a_known_habit_that_stand_alike_are_the_list(void **state)
{
	json_t *r = read_list(AUTO,
	    "<html><body><div class='nav'><ul><li><a href='/'>首页</a></li><li><a href='/zwgk/'>政务公开</a></li></ul>"
	    "</div><div class='hot'><ul><li><a href='./202301/t20230101_1.html'>热点</a></li></ul></div>"
	    "<div class='list'><ul>"
	    "<li class='odd'><a href='./202403/t20240308_3.html' title='Three whole'>Thr...</a><span>2024-03-08</span></li>"
	    "<li><a href='./202403/t20240307_2.html'>Two</a><span>2024-03-07</span></li></ul><ul>"
	    "<li><a href='./202403/t20240306_1.html'><img></a><a href='./202403/t20240306_1.html'>One</a>"
	    "<span>[2024-03-06]</span></li></ul></div>"
	    "<script>createPageHTML(5, 0, 'index', 'html')</script></body></html>");

	(void)state;
	assert_int_equal(rows(r), 3);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/zwgk/202403/t20240308_3.html");
	assert_string_equal(field(r, 0, "title"), "Three whole");
	assert_string_equal(field(r, 0, "date"), "2024-03-08");
	assert_string_equal(field(r, 2, "date"), "2024-03-06");
	assert_string_equal(text(r, "next"), "http://a.cn/zwgk/index_1.html");
	assert_string_equal(
	    text(r, "decided"), "html: 3 links that stand alike, 3 with a date, addresses: trs");
	json_decref(r);
}

static void
the_last_page_may_have_one_row_beside_a_longer_column(void **state)
{
	static const char page[] =
	    "<div class='hot'><ul><li><a href='/info/1/7.htm'>热点一</a></li><li><a href='/info/1/8.htm'>热点二</a></li>"
	    "<li><a href='/info/1/9.htm'>热点三</a></li><li><a href='/info/1/6.htm'>热点四</a></li></ul></div>"
	    "<ul class='list'><li><a href='/info/1/2.htm'>报告</a><i>2024-03-06</i></li></ul>";
	json_t *r = read_list("{'url':'http://a.cn/l/2.htm','kind':'auto','page':9}", page);

	(void)state;
	assert_int_equal(rows(r), 5);
	assert_string_equal(field(r, 4, "url"), "http://a.cn/info/1/2.htm");
	json_decref(r);
	r = read_list(AUTO, "<ul class='list'><li><a href='/info/1/2.htm'>报告</a><i>2024-03-06</i></li></ul>");
	assert_int_equal(rows(r), 1);
	json_decref(r);
}

static void
rows_of_a_table_with_dates_are_a_list_on_any_platform(void **state)
{
	json_t *r = read_list(AUTO,
	    "<table><tr><td><a href='x?id=1'>某局二〇二三年工作报告</a></td><td>2024-03-08</td></tr>"
	    "<tr><td><a href='x?id=2'>某局二〇二二年工作报告</a></td><td>2023-03-08</td></tr>"
	    "<tr><td><a href='x?id=3'>某局二〇二一年工作报告</a></td><td>2022-03-08</td></tr></table>"
	    "<a href='/y'>联系我们和网站地图</a> <a href='?page=2'>下一页</a>");

	(void)state;
	assert_int_equal(rows(r), 3);
	assert_string_equal(field(r, 1, "url"), "http://a.cn/zwgk/x?id=2");
	assert_string_equal(text(r, "next"), "http://a.cn/zwgk/index.html?page=2");
	json_decref(r);
}

static void
addresses_of_every_platform_are_known(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
	    {"/zwgk/202403/t20240308_%d.html", "trs"},
	    {"/xxgk/202403/t20240308_%d.shtml", "trs"},
	    {"/art/2024/1/22/art_1229_%d.html", "jcms"},
	    {"/art/2024/art_0f3c%d.html", "jcms"},
	    {"/col/col1/art/2024/art_1b2c-%d.html", "jcms"},
	    {"/n1/2024-03/08/content_%d.shtml", "content"},
	    {"/2024-03/08/c_%d.htm", "content"},
	    {"/20240308/0123456789abcdef%d/c.html", "hex-c"},
	    {"/kjt/gkml/2024022015020426%d/index.shtml", "id-index"},
	    {"/2024/03/08/ARTI17098%d.shtml", "12371"},
	    {"/zwgk/12345%d/index.html", "id-index"},
	    {"/xjhc/c113413/202212/0123456789abcdef0123456789abcde%d.shtml", "ucap"},
	    {"/zfxxgk/pnidpv%d.html", "pnidpv"},
	    {"/n2588035/c%d/content.html", "c-content"},
	    {"/portal/article/2/%d", "article"},
	    {"/fabu/xiangqing/%d.html", "xiangqing"},
	    {"/bgs/2024-03-08/%d.html", "day"},
	    {"/safe/2024/0308/%d.html", "safe"},
	    {"/main/20240308/%d.html", "day"},
	    {"/nw12344/20240308/0123456789abcdef0123456789abcde%d.html", "day"},
	    {"/10462/2024/3/8/0123456789abcdef0123456789abcde%d.shtml", "day-hex"},
	    {"/columns/a-b/202403/08/c-%d.html", "columns"},
	    {"/info/1042/%d.htm", "vsb"},
	    {"/xxgk_content.jsp?urltype=news.NewsContentUrl&wbtreeid=1&wbnewsid=%d", "vsb"},
	    {"/content/post_%d.html", "post"},
	    {"/gongkai/site_x/channel_c_1/doc_69781869d5d7dd1d65e0489%d.html", "doc"},
	    {"/xxgk/01527918X/info/2020-%d.html", "year-number"},
	    {"/zwgk-view/%d.html", "view"},
	    {"/D48Y/%d.jhtml", "jhtml"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *rest = strstr(cases[i].path, "%d") + 2;
		char page[2048] = "<ul>", want[96];
		json_t *r;

		for (int k = 1; k <= 3; k++) {
			size_t used = strlen(page);

			(void)snprintf(page + used, sizeof(page) - used, "<li><a href=\"%.*s%d%s\">x</a></li>",
			    (int)(rest - 2 - cases[i].path), cases[i].path, k, rest);
		}
		assert_non_null(r = read_list(AUTO, page));
		(void)snprintf(want, sizeof(want), "html: 3 links that stand alike, 0 with a date, addresses: %s",
		    cases[i].name);
		if (rows(r) != 3 || strcmp(text(r, "decided"), want) != 0)
			fail_msg("%s: %s", cases[i].path, text(r, "decided"));
		json_decref(r);
	}
}

static void
formats_that_say_what_they_are_are_believed(void **state)
{
	static const struct {
		const char *body, *decided;
		size_t rows;
	} cases[] = {
	    {"<?xml version='1.0'?><rss><channel><item><link>/1</link></item></channel></rss>", "feed", 1},
	    {"<urlset><url><loc>/1</loc></url></urlset>", "sitemap", 1},
	    {"<html><script type='text/xml'><datastore><record><![CDATA[<a href='/a'>x</a>]]></record></datastore>"
	     "</script>",
		"datastore", 1},
	    {"{\"data\":{\"html\":\"<li><a href='/a'>x</a></li>\"}}", "jpaas", 1},
	    {"{\"data\":{\"results\":[{\"url\":\"/a\"}]}}", "ucap", 1},
	    {"{\"articles\":[{\"url\":\"/a\"}]}", "gkmlpt", 1},
	    {"{\"other\":[]}", "json: of no known platform: kind json with pointers is needed", 0},
	    {"<html><p>nothing</p></html>", "html: no links that stand alike", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *r = read_list(AUTO, cases[i].body);

		assert_string_equal(text(r, "decided"), cases[i].decided);
		assert_int_equal(rows(r), cases[i].rows);
		json_decref(r);
	}
}

static void
patterns_hold_for_it_too(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/','kind':'auto','include':['报告']}",
	    "<ul><li><a href='/info/1/1.htm'>年度报告</a></li><li><a href='/info/1/2.htm'>招聘</a></li>"
	    "<li><a href='/info/1/3.htm'>月度报告</a></li></ul>");

	(void)state;
	assert_int_equal(rows(r), 2);
	assert_int_equal(number(r, "filtered"), 1);
	json_decref(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(links_of_a_known_habit_that_stand_alike_are_the_list),
	    cmocka_unit_test(the_last_page_may_have_one_row_beside_a_longer_column),
	    cmocka_unit_test(rows_of_a_table_with_dates_are_a_list_on_any_platform),
	    cmocka_unit_test(addresses_of_every_platform_are_known),
	    cmocka_unit_test(formats_that_say_what_they_are_are_believed),
	    cmocka_unit_test(patterns_hold_for_it_too),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_kit, close_kit);
}
