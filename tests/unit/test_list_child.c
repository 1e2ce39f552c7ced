/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <suoyin/charset.h>
#include <suoyin/limits.h>
#include <suoyin/list_child.h>


static void *kit;
static struct err why;

static int
open_kit(void **state)
{
	(void)state;
	kit = list_role.warm_up();
	return kit == NULL ? -1 : 0;
}

static int
close_kit(void **state)
{
	(void)state;
	charset_kit_free(kit);
	return 0;
}

static const char plain[] =
    "{\"url\":\"http://a.cn/dir/list.html\",\"content_type\":\"text/html\",\"rows\":\"//li\","
    "\"link\":\".//a/@href\",\"title\":\".//a\",\"date\":\".//span\",\"next\":\"//a[.='next']/"
    "@href\"}";

/* The reply as JSON, or NULL with `why`. */
static json_t *
read_list(const char *meta, struct span body)
{
	json_t *reply = NULL;
	struct buf out;

	why = (struct err){0};
	buf_init(&out, LIST_JSON_MAX);
	if (list_role.handle(kit, span_of(meta), body, &out, &why) == 0)
		assert_non_null(reply = json_loadb(out.p, out.n, 0, NULL));
	buf_fini(&out);
	return reply;
}

static const char *
field(const json_t *reply, size_t row, const char *key)
{
	return json_string_value(
	    json_object_get(json_array_get(json_object_get(reply, "rows"), row), key));
}

static json_int_t
number(const json_t *reply, const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

static void
rows_give_url_title_and_date(void **state)
{
	json_t *r = read_list(plain,
	    SPAN("<ul><li><a href=\"../a.html\"> One\n title </a><span>2024-01-05</span></li>"
		 "<li><a href=\"/b.html#x\">Two</a></li></ul><a href=\"list_1.html\">next</a>"));

	(void)state;
	assert_int_equal(number(r, "seen"), 2);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/a.html");
	assert_string_equal(field(r, 0, "title"), "One title");
	assert_string_equal(field(r, 0, "date"), "2024-01-05");
	assert_string_equal(field(r, 1, "url"), "http://a.cn/b.html");
	assert_null(field(r, 1, "date"));
	assert_string_equal(
	    json_string_value(json_object_get(r, "next")), "http://a.cn/dir/list_1.html");
	assert_true(json_is_false(json_object_get(r, "cut")));
	json_decref(r);
}

static void
bytes_in_gb2312_become_utf8(void **state)
{
	json_t *r = read_list("{\"url\":\"http://a.cn/\",\"content_type\":\"text/html; "
			      "charset=gb2312\",\"rows\":\"//li\","
			      "\"link\":\"a/@href\",\"title\":\"a\",\"date\":null,\"next\":\"//"
			      "a[.='\xE4\xB8\x8B']/@href\"}",
	    SPAN("<li><a href='\xB9\xAB.html'>\xB9\xAB\xB8\xE6</a></li><a "
		 "href=n.html>\xCF\xC2</a>"));

	(void)state;
	assert_string_equal(field(r, 0, "title"), "\xE5\x85\xAC\xE5\x91\x8A");
	assert_string_equal(field(r, 0, "url"), "http://a.cn/%E5%85%AC.html");
	assert_string_equal(json_string_value(json_object_get(r, "next")), "http://a.cn/n.html");
	json_decref(r);
}

static void
rows_without_a_usable_link_are_counted(void **state)
{
	json_t *r =
	    read_list(plain, SPAN("<li>no link<li><a href=\"javascript:void(0)\">x</a><li><a "
				  "href=\"mailto:a@a.cn\">x</a>"
				  "<li><a href=\"ok.html\">ok</a>"));

	(void)state;
	assert_int_equal(number(r, "seen"), 4);
	assert_int_equal(number(r, "bad"), 3);
	assert_int_equal(json_array_size(json_object_get(r, "rows")), 1);
	json_decref(r);
}

static void
base_href_is_obeyed(void **state)
{
	json_t *r =
	    read_list(plain, SPAN("<base href=\"http://b.cn/x/\"><li><a href=\"a.html\">a</a>"));

	(void)state;
	assert_string_equal(field(r, 0, "url"), "http://b.cn/x/a.html");
	json_decref(r);
}

static void
a_page_without_rows_is_no_error_here(void **state)
{
	json_t *r = read_list(plain, SPAN("<p>nothing"));

	(void)state;
	assert_non_null(r);
	assert_int_equal(number(r, "seen"), 0);
	assert_true(json_is_null(json_object_get(r, "next")));
	json_decref(r);
}

static void
rows_are_bounded_and_it_is_told(void **state)
{
	struct buf body;
	json_t *r;

	(void)state;
	buf_init(&body, 1 << 20);
	for (int i = 0; i < LIST_ROWS_MAX + 10; i++)
		(void)buf_add_fmt(&body, "<li><a href=%d>%d</a>", i, i);
	r = read_list(plain, buf_span(&body));
	buf_fini(&body);
	assert_int_equal(json_array_size(json_object_get(r, "rows")), LIST_ROWS_MAX);
	assert_true(json_is_true(json_object_get(r, "cut")));
	json_decref(r);
}

static void
long_titles_are_cut_between_characters(void **state)
{
	struct buf body;
	const char *title;
	json_t *r;

	(void)state;
	buf_init(&body, 1 << 20);
	(void)buf_add_str(&body, "<li><a href=a>");
	for (int i = 0; i < TITLE_MAX; i++)
		(void)buf_add_str(&body, "\xE6\x94\xBF");
	r = read_list(plain, buf_span(&body));
	buf_fini(&body);
	assert_non_null(title = field(r, 0, "title"));
	assert_int_equal(strlen(title), TITLE_MAX - TITLE_MAX % 3);
	json_decref(r);
}

static void
a_wrong_expression_is_the_operators_mistake(void **state)
{
	(void)state;
	assert_null(read_list(
	    "{\"url\":\"http://a.cn/\",\"rows\":\"//li[\",\"link\":\"a/@href\"}", SPAN("<li>x")));
	assert_string_equal(why.reason, "bad_xpath");
}

static void
a_request_that_is_none_is_rejected(void **state)
{
	static const char *const metas[] = {"", "[]", "{}",
	    "{\"url\":1,\"rows\":\"//li\",\"link\":\"a\"}",
	    "{\"url\":\"http://a.cn/\",\"rows\":\"//li\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++) {
		assert_null(read_list(metas[i], SPAN("<li>x")));
		assert_int_equal(why.code, ERR_REJECT);
	}
}

static void
too_deep_a_page_is_rejected(void **state)
{
	struct buf body;

	(void)state;
	buf_init(&body, 4 << 20);
	for (int i = 0; i < 100000; i++)
		(void)buf_add_str(&body, "<div>");
	assert_null(read_list(plain, buf_span(&body)));
	assert_int_equal(why.code, ERR_REJECT);
	buf_fini(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_give_url_title_and_date),
	    cmocka_unit_test(bytes_in_gb2312_become_utf8),
	    cmocka_unit_test(rows_without_a_usable_link_are_counted),
	    cmocka_unit_test(base_href_is_obeyed),
	    cmocka_unit_test(a_page_without_rows_is_no_error_here),
	    cmocka_unit_test(rows_are_bounded_and_it_is_told),
	    cmocka_unit_test(long_titles_are_cut_between_characters),
	    cmocka_unit_test(a_wrong_expression_is_the_operators_mistake),
	    cmocka_unit_test(a_request_that_is_none_is_rejected),
	    cmocka_unit_test(too_deep_a_page_is_rejected),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_kit, close_kit);
}
