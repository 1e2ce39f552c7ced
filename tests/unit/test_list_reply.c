/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/limits.h>

#include "list.h"

static char *hosts[] = {(char[]){"a.cn"}, (char[]){"b.cn"}};
static const struct portal portal = {.hosts = hosts, .host_count = 2};
static struct found found;
static struct err why;

static int
take(struct span reply)
{
	why = (struct err){0};
	return list_take_reply(&found, &portal, reply, &why);
}

static int
teardown(void **state)
{
	(void)state;
	arena_fini(&found.arena);
	return 0;
}

static void
rows_of_the_portals_hosts_are_taken_others_counted(void **state)
{
	(void)state;
	assert_int_equal(
	    take(SPAN("{\"rows\":["
		      "{\"url\":\"http://a.cn/1\",\"title\":\"one\",\"date\":\"2024-01-05\"},"
		      "{\"url\":\"http://c.cn/2\",\"title\":null,\"date\":null},"
		      "{\"url\":\"http://b.cn:81/3\",\"title\":null,\"date\":null}],"
		      "\"next\":\"http://a.cn/n\",\"seen\":4,\"bad\":1,\"cut\":true}")),
	    0);
	assert_int_equal(found.count, 2);
	assert_int_equal(found.off_site, 1);
	assert_int_equal(found.seen, 4);
	assert_int_equal(found.bad, 1);
	assert_true(found.cut);
	assert_string_equal(found.rows[0].url.p, "http://a.cn/1");
	assert_string_equal(found.rows[0].title.p, "one");
	assert_string_equal(found.rows[0].date.p, "2024-01-05");
	assert_null(found.rows[1].title.p);
	assert_string_equal(found.next.p, "http://a.cn/n");
}

static void
what_no_honest_child_says_is_refused(void **state)
{
	static const struct span replies[] = {
	    SPAN_INIT(""),
	    SPAN_INIT("[]"),
	    SPAN_INIT("{\"rows\":{}}"),
	    SPAN_INIT("{\"rows\":[1]}"),
	    SPAN_INIT("{\"rows\":[{\"title\":\"no url\"}]}"),
	    SPAN_INIT("{\"rows\":[{\"url\":\"HTTP://A.cn/\"}]}"), /* not canonical */
	    SPAN_INIT("{\"rows\":[{\"url\":\"file:///etc/passwd\"}]}"),
	    SPAN_INIT("{\"rows\":[{\"url\":\"http://u:p@a.cn/\"}]}"),
	    SPAN_INIT("{\"rows\":[{\"url\":\"http://a.cn/\",\"title\":7}]}"),
	    SPAN_INIT("{\"rows\":[{\"url\":\"http://a.cn/\",\"title\":\"a\\u0000b\"}]}"),
	    SPAN_INIT("{\"rows\":[{\"url\":\"http://a.cn/\",\"url\":\"http://b.cn/\"}]}"),
	    SPAN_INIT("{\"rows\":[],\"next\":\"javascript:1\"}"),
	    SPAN_INIT("{\"rows\":[],\"next\":7}"),
	    SPAN_INIT("{\"rows\":[],\"seen\":-1}"),
	    SPAN_INIT("{\"rows\":[],\"bad\":5001}"),
	    SPAN_INIT("{\"rows\":[]} trailing"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		if (take(replies[i]) == 0)
			fail_msg("%s must be refused", replies[i].p);
		assert_string_equal(why.reason, "list_hostile");
	}
}

static void
more_rows_than_allowed_are_refused(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	(void)buf_add_str(&text, "{\"rows\":[");
	for (int i = 0; i <= LIST_ROWS_MAX; i++)
		(void)buf_add_fmt(&text, "%s{\"url\":\"http://a.cn/%d\"}", i > 0 ? "," : "", i);
	(void)buf_add_str(&text, "]}");
	assert_int_equal(take(buf_span(&text)), -1);
	buf_fini(&text);
}

static void
a_title_longer_than_allowed_is_refused(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	(void)buf_add_str(&text, "{\"rows\":[{\"url\":\"http://a.cn/\",\"title\":\"");
	for (int i = 0; i <= TITLE_MAX; i++)
		(void)buf_add_byte(&text, 'x');
	(void)buf_add_str(&text, "\"}]}");
	assert_int_equal(take(buf_span(&text)), -1);
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(rows_of_the_portals_hosts_are_taken_others_counted, teardown),
	    cmocka_unit_test_teardown(what_no_honest_child_says_is_refused, teardown),
	    cmocka_unit_test_teardown(more_rows_than_allowed_are_refused, teardown),
	    cmocka_unit_test_teardown(a_title_longer_than_allowed_is_refused, teardown),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
