/* SPDX-License-Identifier: MIT */
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

static const char config[] =
    "{\"delay_ms\":50,\"extract\":{},\"home\":\"http://a.cn/\",\"hosts\":[\"a.cn\",\"b.cn\"],"
    "\"id\":\"p\",\"level\":null,\"lists\":[{\"date\":null,\"every_ms\":60000,\"link\":\".//a/"
    "@href\","
    "\"next\":\"//a/@href\",\"rows\":\"//li\",\"title\":\".//a\",\"url\":\"http://a.cn/list\"}],"
    "\"name\":\"n\",\"region\":{\"city\":null,\"county\":null,\"province\":null},"
    "\"revisit_ms\":80000,\"site\":\"p\"}";

static const struct retry_policy retry = {1000, 3600000};
static struct visit *v;

static char *
copy(const char *s)
{
	char *p = strdup(s);

	assert_non_null(p);
	return p;
}

static void
start(const char *url, bool is_list)
{
	struct watch *w = calloc(1, sizeof(*w));
	json_t *json = json_loads(config, 0, NULL);
	struct err err = {0};
	struct arena a;
	struct url parsed;

	assert_non_null(w);
	w->refs = 1;
	w->active = true;
	if ((w->portal = portal_from_json(json, 1, &err)) == NULL)
		fail_msg("%s", err.text);
	json_decref(json);
	assert_non_null(v = calloc(1, sizeof(*v)));
	v->watch = w;
	v->is_list = is_list;
	v->url = copy(url);
	arena_init(&a, 65536);
	assert_int_equal(url_parse(&parsed, &a, span_of(url), NULL), 0);
	assert_int_equal(visit_aim(v, &parsed), 0);
	arena_fini(&a);
}

static int
a_page(void **state)
{
	(void)state;
	start("http://a.cn/page", false);
	return 0;
}

static int
a_list(void **state)
{
	(void)state;
	start("http://a.cn/list", true);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	visit_free(v);
	v = NULL;
	return 0;
}

static void
answer(int status, const char *body)
{
	answer_clear(&v->answer);
	v->answer.status = status;
	buf_init(&v->answer.body, PAGE_BODY_MAX);
	assert_int_equal(buf_add_str(&v->answer.body, body), 0);
}

static void
redirected(int status, const char *to)
{
	answer(status, "moved");
	v->answer.location = to == NULL ? NULL : copy(to);
}

static void
ends(enum end_kind kind, const char *reason)
{
	assert_int_equal(visit_judge(v, &retry), JUDGED_END);
	assert_string_equal(end_names[v->ending.kind], end_names[kind]);
	if (reason == NULL)
		assert_null(v->ending.reason);
	else
		assert_string_equal(v->ending.reason, reason);
}

static void
published_before(const char *body)
{
	assert_non_null(v->sha256 = calloc(1, DIGEST_HEX + 1));
	digest_hex(span_of(body), v->sha256);
}

/* -------- pages */

static void
new_bytes_are_published(void **state)
{
	(void)state;
	answer(200, "text");
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	assert_false(v->gone);
	assert_int_equal(strlen(v->new_sha256), DIGEST_HEX);
	published_before("other text");
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
}

static void
the_bytes_of_the_last_publication_are_not_repeated(void **state)
{
	(void)state;
	published_before("text");
	answer(200, "text");
	ends(END_UNCHANGED, NULL);
	assert_int_equal(v->ending.wait_ms, 80000);
}

static void
in_doubt_the_same_bytes_are_published_again(void **state)
{
	(void)state;
	published_before("text");
	answer(200, "text");
	v->must_publish = true;
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	v->must_publish = false;
	v->was_gone = true;
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	assert_false(v->gone);
}

static void
a_304_counts_only_when_it_was_asked_for(void **state)
{
	(void)state;
	answer(304, "");
	ends(END_FAILED, "unasked_304");
	v->conditional = true;
	ends(END_UNCHANGED, NULL);
}

static void
only_the_third_miss_in_a_row_and_over_time_is_gone(void **state)
{
	(void)state;
	answer(404, "no");
	ends(END_MISSED, NULL);
	assert_true(v->ending.wait_ms < 80000);
	v->misses = 1;
	v->missed_ago_ms = 500000;
	ends(END_MISSED, NULL);
	v->misses = 2;
	v->missed_ago_ms = 30000; /* three within half a `revisit` */
	ends(END_MISSED, NULL);
	v->missed_ago_ms = 50000;
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	assert_true(v->gone);
	answer(410, "no");
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
}

static void
gone_is_said_once_unless_in_doubt(void **state)
{
	(void)state;
	v->misses = 3;
	v->missed_ago_ms = 500000;
	v->was_gone = true;
	answer(404, "no");
	ends(END_MISSED, NULL);
	assert_true(v->ending.wait_ms > 80000);
	v->must_publish = true;
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	assert_true(v->gone);
}

static void
errors_of_the_server_never_make_gone(void **state)
{
	static const int statuses[] = {500, 502, 503, 504, 403, 412, 429, 204, 206};

	(void)state;
	v->misses = 5;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		answer(statuses[i], "x");
		assert_int_equal(visit_judge(v, &retry), JUDGED_END);
		assert_int_equal(v->ending.kind, END_FAILED);
	}
	answer(0, "");
	v->answer.failure = "timeout";
	ends(END_FAILED, "timeout");
}

static void
pauses_double_up_to_a_limit(void **state)
{
	(void)state;
	answer(500, "x");
	ends(END_FAILED, "server_error");
	assert_int_equal(v->ending.wait_ms, 1000);
	v->failures = 3;
	ends(END_FAILED, "server_error");
	assert_int_equal(v->ending.wait_ms, 8000);
	v->failures = INT32_MAX;
	ends(END_FAILED, "server_error");
	assert_int_equal(v->ending.wait_ms, 3600000);
}

static void
too_large_a_body_is_refused_with_its_size(void **state)
{
	(void)state;
	answer(200, "begin");
	v->answer.too_large = true;
	v->answer.failure = "broken"; /* the transfer was broken off by us */
	v->answer.bytes = 52428800;
	ends(END_REFUSED, "too_large");
	assert_int_equal(v->ending.bytes, 52428800);
}

static void
an_empty_page_is_published_like_any_other(void **state)
{
	(void)state;
	answer(200, "");
	assert_int_equal(visit_judge(v, &retry), JUDGED_PUBLISH);
	assert_false(v->gone);
}

static void
a_redirect_within_the_portal_is_followed(void **state)
{
	(void)state;
	redirected(302, "//B.cn/x y");
	assert_int_equal(visit_judge(v, &retry), JUDGED_REDIRECT);
	assert_string_equal(v->at, "http://b.cn/x%20y");
	assert_string_equal(v->host, "b.cn");
	assert_string_equal(v->url, "http://a.cn/page");
}

static void
a_redirect_out_of_the_portal_is_refused(void **state)
{
	(void)state;
	redirected(301, "http://elsewhere.cn/");
	ends(END_REFUSED, "off_site");
	assert_string_equal(v->at, "http://a.cn/page");
	redirected(301, "http://169.254.169.254/");
	ends(END_REFUSED, "off_site");
}

static void
redirects_are_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < REDIRECTS_MAX; i++) {
		redirected(307, "/again");
		assert_int_equal(visit_judge(v, &retry), JUDGED_REDIRECT);
	}
	redirected(307, "/again");
	ends(END_FAILED, "too_many_redirects");
}

static void
a_redirect_to_nowhere_fails(void **state)
{
	(void)state;
	redirected(302, NULL);
	ends(END_FAILED, "redirect_without_target");
	redirected(302, "javascript:alert(1)");
	ends(END_FAILED, "redirect_bad_url");
	redirected(302, "file:///etc/passwd");
	ends(END_FAILED, "redirect_bad_url");
}

/* -------- lists */

static void
a_list_page_is_read(void **state)
{
	(void)state;
	answer(200, "<ul>");
	assert_int_equal(visit_judge(v, &retry), JUDGED_READ);
}

static void
a_missing_list_fails_and_is_asked_at_its_own_pace(void **state)
{
	(void)state;
	answer(404, "no");
	v->misses = 7;
	v->failures = 20;
	ends(END_FAILED, "not_found");
	assert_int_equal(v->ending.wait_ms, 60000);
}

static void
a_missing_later_page_ends_the_list_on_the_third_visit_in_a_row(void **state)
{
	(void)state;
	v->paging.pages = 3;
	answer(404, "no");
	ends(END_FAILED, "not_found");
	v->failures = 2;
	ends(END_LISTED, NULL);
	assert_int_equal(v->ending.wait_ms, 60000);
}

/* One page of a list with `rows` rows, of which `known` are known. */
static enum paging_step
page_of(size_t rows, size_t known, bool complete_before, const char *next)
{
	v->found.count = rows;
	v->found.distinct = rows;
	v->found.known = known;
	v->found.complete_before = complete_before;
	v->found.next = span_of(next);
	return paging_step(v);
}

static void
paging_goes_on_until_a_whole_page_is_known(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 0, true, "http://a.cn/list2"), PAGING_FOLLOW);
	assert_string_equal(v->at, "http://a.cn/list2");
	assert_int_equal(page_of(10, 9, true, "http://a.cn/list3"), PAGING_FOLLOW);
	assert_int_equal(page_of(10, 10, true, "http://a.cn/list4"), PAGING_COMPLETE);
}

static void
a_list_that_was_never_complete_is_read_to_its_end(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 10, false, "http://a.cn/list2"), PAGING_FOLLOW);
	assert_int_equal(page_of(10, 10, false, "http://a.cn/list3"), PAGING_FOLLOW);
	assert_int_equal(page_of(10, 10, false, NULL), PAGING_COMPLETE);
}

static void
a_list_that_leads_back_ends(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 0, false, "http://a.cn/list"), PAGING_COMPLETE); /* itself */
	assert_int_equal(page_of(10, 0, false, "http://a.cn/list2"), PAGING_FOLLOW);
	assert_int_equal(
	    page_of(10, 0, false, "http://a.cn/list"), PAGING_COMPLETE); /* the first */
}

static void
a_link_whose_redirect_leads_back_is_followed_once(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 0, false, "http://a.cn/list2"), PAGING_FOLLOW);
	redirected(302, "/list");
	assert_int_equal(visit_judge(v, &retry), JUDGED_REDIRECT);
	assert_string_equal(v->at, "http://a.cn/list");
	assert_int_equal(page_of(10, 0, false, "http://a.cn/list2"), PAGING_COMPLETE);
}

static void
paging_does_not_leave_the_portal(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 0, false, "http://elsewhere.cn/2"), PAGING_COMPLETE);
	assert_string_equal(v->at, "http://a.cn/list");
}

static void
paging_is_bounded(void **state)
{
	char next[64];

	(void)state;
	for (int i = 1; i < LIST_PAGES_MAX; i++) {
		(void)snprintf(next, sizeof(next), "http://a.cn/list?%d", i);
		assert_int_equal(page_of(1, 0, false, next), PAGING_FOLLOW);
	}
	assert_int_equal(page_of(1, 0, false, "http://a.cn/more"), PAGING_COMPLETE);
}

static void
a_list_without_rows_has_another_layout(void **state)
{
	(void)state;
	assert_int_equal(page_of(0, 0, true, "http://a.cn/list2"), PAGING_LAYOUT);
}

static void
a_later_page_without_rows_is_the_end_on_the_third_visit_in_a_row(void **state)
{
	(void)state;
	assert_int_equal(page_of(10, 0, false, "http://a.cn/list2"), PAGING_FOLLOW);
	assert_int_equal(page_of(0, 0, false, "http://a.cn/list3"), PAGING_LAYOUT);
	v->failures = 2;
	assert_int_equal(page_of(0, 0, false, "http://a.cn/list3"), PAGING_COMPLETE);
}

static void
rows_that_all_lead_elsewhere_are_no_other_layout(void **state)
{
	(void)state;
	v->found.off_site = 10;
	assert_int_equal(page_of(0, 0, true, NULL), PAGING_COMPLETE);
}

#define PAGE_TEST(f) cmocka_unit_test_setup_teardown(f, a_page, teardown)
#define LIST_TEST(f) cmocka_unit_test_setup_teardown(f, a_list, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(new_bytes_are_published),
	    PAGE_TEST(the_bytes_of_the_last_publication_are_not_repeated),
	    PAGE_TEST(in_doubt_the_same_bytes_are_published_again),
	    PAGE_TEST(a_304_counts_only_when_it_was_asked_for),
	    PAGE_TEST(only_the_third_miss_in_a_row_and_over_time_is_gone),
	    PAGE_TEST(gone_is_said_once_unless_in_doubt),
	    PAGE_TEST(errors_of_the_server_never_make_gone),
	    PAGE_TEST(pauses_double_up_to_a_limit),
	    PAGE_TEST(too_large_a_body_is_refused_with_its_size),
	    PAGE_TEST(an_empty_page_is_published_like_any_other),
	    PAGE_TEST(a_redirect_within_the_portal_is_followed),
	    PAGE_TEST(a_redirect_out_of_the_portal_is_refused),
	    PAGE_TEST(redirects_are_bounded),
	    PAGE_TEST(a_redirect_to_nowhere_fails),
	    LIST_TEST(a_list_page_is_read),
	    LIST_TEST(a_missing_list_fails_and_is_asked_at_its_own_pace),
	    LIST_TEST(a_missing_later_page_ends_the_list_on_the_third_visit_in_a_row),
	    LIST_TEST(paging_goes_on_until_a_whole_page_is_known),
	    LIST_TEST(a_list_that_was_never_complete_is_read_to_its_end),
	    LIST_TEST(a_list_that_leads_back_ends),
	    LIST_TEST(a_link_whose_redirect_leads_back_is_followed_once),
	    LIST_TEST(paging_does_not_leave_the_portal),
	    LIST_TEST(paging_is_bounded),
	    LIST_TEST(a_list_without_rows_has_another_layout),
	    LIST_TEST(a_later_page_without_rows_is_the_end_on_the_third_visit_in_a_row),
	    LIST_TEST(rows_that_all_lead_elsewhere_are_no_other_layout),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
