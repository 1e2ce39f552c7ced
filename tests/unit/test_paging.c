/* SPDX-License-Identifier: MIT */
/* From page to page of a list: pages that only lead to rows, servers that count no pages, sitemaps. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/limits.h>

#include "visit.h"

static struct visit *v;
static char host[] = "a.cn", *hosts[] = {host};
static struct portal portal = {.hosts = hosts, .host_count = 1};
static struct watch watch = {.portal = &portal, .active = true};

static int
setup(void **state)
{
	struct arena a;
	struct url url;

	(void)state;
	watch.refs = 2; /* the test's own, so that visit_free() leaves it */
	assert_non_null(v = calloc(1, sizeof(*v)));
	v->watch = &watch;
	v->is_list = true;
	assert_non_null(v->url = strdup("http://a.cn/list"));
	arena_init(&a, 65536);
	assert_int_equal(url_parse(&url, &a, span_of(v->url), NULL), 0);
	assert_int_equal(visit_aim(v, &url), 0);
	arena_fini(&a);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	visit_free(v);
	return 0;
}

/* A page with rows nobody knows. */
static enum paging_step
page(const char *print, const char *next)
{
	v->found.count = v->found.distinct = v->found.seen = 10;
	v->found.print = span_of(print);
	v->found.next = span_of(next);
	return paging_step(v);
}

static void
a_page_that_leads_to_the_rows_is_followed_and_is_none_itself(void **state)
{
	(void)state;
	v->found = (struct found){.shell = true, .next = SPAN("http://a.cn/api?page=1")};
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	assert_string_equal(v->at, "http://a.cn/api?page=1");
	assert_int_equal(v->paging.pages, 0);
	v->found = (struct found){0};
	assert_int_equal(page("a", NULL), PAGING_COMPLETE);
}

static void
one_that_leads_to_another_of_its_kind_or_nowhere_is_a_layout(void **state)
{
	(void)state;
	v->found = (struct found){.shell = true, .next = SPAN("http://a.cn/api")};
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	v->found.next = SPAN("http://a.cn/api2");
	assert_int_equal(paging_step(v), PAGING_LAYOUT);
	v->found.next = SPAN("http://b.cn/api3");
	assert_int_equal(paging_step(v), PAGING_LAYOUT);
}

static void
a_server_that_answers_the_same_page_for_ever_is_left(void **state)
{
	(void)state;
	assert_int_equal(page("a", "http://a.cn/l?2"), PAGING_FOLLOW);
	assert_int_equal(page("a", "http://a.cn/l?3"), PAGING_FOLLOW); /* may be a burst of one page */
	assert_int_equal(page("a", "http://a.cn/l?4"), PAGING_COMPLETE);
	assert_int_equal(v->paging.repeats, REPEATS_MOST);
}

static void
pages_that_differ_now_and_then_go_on(void **state)
{
	(void)state;
	for (int i = 1; i < 9; i++) {
		char next[32];

		(void)snprintf(next, sizeof(next), "http://a.cn/l?%d", i);
		assert_int_equal(page(i % 3 == 0 ? "b" : "a", next), PAGING_FOLLOW);
	}
}

static void
an_end_that_the_list_tells_is_believed_at_once_but_not_of_the_first_page(void **state)
{
	(void)state;
	v->found = (struct found){.end = true};
	assert_int_equal(paging_step(v), PAGING_LAYOUT);
	assert_int_equal(page("a", "http://a.cn/l?2"), PAGING_FOLLOW);
	v->found = (struct found){.end = true};
	assert_int_equal(paging_step(v), PAGING_COMPLETE);
}

static void
rows_left_out_are_rows_but_known_by_nobody(void **state)
{
	(void)state;
	v->found = (struct found){.filtered = 10, .seen = 10, .complete_before = true};
	v->found.next = SPAN("http://a.cn/l?2");
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	v->found.count = v->found.distinct = v->found.known = 1;
	v->found.next = SPAN("http://a.cn/l?3");
	assert_int_equal(paging_step(v), PAGING_COMPLETE);
}

static void
all_sitemaps_of_an_index_are_read_whatever_is_known(void **state)
{
	struct span more[] = {SPAN_INIT("http://a.cn/1.xml"), SPAN_INIT("http://b.cn/2.xml"),
	    SPAN_INIT("http://a.cn/3.xml"), SPAN_INIT("http://a.cn/1.xml")};

	(void)state;
	v->found = (struct found){
	    .shell = true, .unordered = true, .more = more, .more_count = 4};
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	assert_string_equal(v->at, "http://a.cn/1.xml");
	v->found = (struct found){
	    .unordered = true, .count = 2, .distinct = 2, .known = 2, .complete_before = true};
	assert_int_equal(paging_step(v), PAGING_FOLLOW);
	assert_string_equal(v->at, "http://a.cn/3.xml"); /* the other host is not ours */
	v->found = (struct found){.unordered = true};
	assert_int_equal(paging_step(v), PAGING_COMPLETE); /* an empty one is no fault */
}

#define PAGING_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGING_TEST(a_page_that_leads_to_the_rows_is_followed_and_is_none_itself),
	    PAGING_TEST(one_that_leads_to_another_of_its_kind_or_nowhere_is_a_layout),
	    PAGING_TEST(a_server_that_answers_the_same_page_for_ever_is_left),
	    PAGING_TEST(pages_that_differ_now_and_then_go_on),
	    PAGING_TEST(an_end_that_the_list_tells_is_believed_at_once_but_not_of_the_first_page),
	    PAGING_TEST(rows_left_out_are_rows_but_known_by_nobody),
	    PAGING_TEST(all_sitemaps_of_an_index_are_read_whatever_is_known),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
