/* SPDX-License-Identifier: MIT */
/*
 * How a portal fares, by a simulated clock: each trouble is seen within the stated number of
 * visits, and quiet ones alarm nobody: 10,000 visits to lists with Poisson arrivals in the hours of
 * an office, holidays, and failures that pass.
 */
#include <locale.h>
#include <math.h>
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

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MONDAY INT64_C(1767542400000) /* 2026-01-05 00:00 in Shanghai */
#define EVERY (30 * MINUTE)
#define CYCLES 10000

static const char config[] =
    "{\"delay_ms\":50,\"home\":\"http://a.cn/\",\"hosts\":[\"a.cn\"],\"id\":\"p\","
    "\"lists\":[{\"every_ms\":1800000,\"link\":\"a\",\"rows\":\"b\",\"url\":\"http://a.cn/list\"}],"
    "\"name\":\"n\",\"revisit_ms\":86400000,\"site\":\"p\"}";
static const struct retry_policy retry = {1000, 3600000};

static struct visit *v;
static int64_t now;
static uint64_t dice = 1;

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
	v->conditional_list = true;
	v->memory.total = v->memory.pages = -1;
	assert_non_null(v->url = strdup(url));
	arena_init(&a, 65536);
	assert_int_equal(url_parse(&parsed, &a, span_of(url), NULL), 0);
	assert_int_equal(visit_aim(v, &parsed), 0);
	arena_fini(&a);
}

static int
a_list(void **state)
{
	(void)state;
	now = MONDAY;
	dice = 1;
	start("http://a.cn/list", true);
	return 0;
}

static int
a_page(void **state)
{
	(void)state;
	start("http://a.cn/page", false);
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

static double
random_unit(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (double)(dice >> 11) / 9007199254740992.0;
}

static int
poisson(double mean)
{
	double limit = exp(-mean), p = random_unit();
	int n = 0;

	for (; p > limit; n++)
		p *= random_unit();
	return n;
}

/* What the next visit would read back from the database. */
static const char *
settle(void)
{
	const char *entered = NULL;

	health_note(v);
	if (v->health.scope != NULL) {
		if (v->is_list)
			(void)snprintf(v->memory.state, sizeof(v->memory.state), "%s",
			    health_names[v->health.to]);
		entered = health_names[v->health.to];
	}
	v->health.scope = NULL;
	return entered;
}

/* A visit that ends now: with rows (news of them new), or failed for a reason. The state entered.
 */
static const char *
visit(size_t rows, int news, const char *failure)
{
	v->memory.now_ms = now;
	v->memory.read_at_ms = v->answer.ended_ms = now;
	v->overlap.rows = rows;
	v->overlap.fresh = (size_t)news;
	v->found.complete_before = true;
	v->answer.status = failure == NULL ? 200 : 0;
	v->paging.pages = 1;
	if (failure == NULL)
		visit_end_list(v);
	else
		(void)visit_fail(v, failure, &retry);
	return settle();
}

/* Arrivals a millisecond of an office that publishes `per_day` on a working day. */
static double
office(double per_day, int64_t at)
{
	int64_t hour = (at + 8 * HOUR) / HOUR % 24, day = (at - MONDAY) / DAY;

	if (day % 7 >= 5 || hour < 8 || hour >= 18)
		return per_day / 200 / (double)HOUR;
	if (day % 365 >= 40 && day % 365 < 49) /* the Spring Festival */
		return 0;
	if (day % 365 >= 269 && day % 365 < 277) /* the National Day */
		return 0;
	return per_day / 10 / (double)HOUR;
}

static int
news_until(double per_day, int64_t from, int64_t to)
{
	double mass = 0;

	for (int64_t t = from; t < to; t += 10 * MINUTE)
		mass += office(per_day, t) * (double)(10 * MINUTE);
	return poisson(mass);
}

/* Quiet life; how many alarms it gave. */
static int
live(double per_day, int cycles, bool failing)
{
	static const char *const passing[] = {
	    "timeout", "dns", "connect", "server_error", "broken"};
	int64_t seen = now;
	int alarms = 0;

	for (int i = 0; i < cycles; i++) {
		double d = random_unit();
		const char *state, *why = NULL;
		size_t rows = 20 - (random_unit() < 0.05); /* one was taken down */

		now += EVERY;
		if (failing && d < 0.02)
			why = passing[(int)(d * 250) % 5];
		else if (failing && d < 0.025)
			why = "layout"; /* half a page, an error in the clothes of a list */
		state = visit(rows, why == NULL ? news_until(per_day, seen, now) : 0, why);
		if (why == NULL)
			seen = now;
		alarms += state != NULL && strcmp(state, "ok") != 0;
	}
	return alarms;
}

static void
ten_thousand_quiet_visits_alarm_nobody(void **state)
{
	static const double rates[] = {0.05, 0.3, 1, 4, 15};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (uint64_t seed = 1; seed <= 4; seed++) {
			int alarms;

			(void)teardown(NULL);
			(void)a_list(NULL);
			dice = seed * UINT64_C(0x9e3779b97f4a7c15);
			alarms = live(rates[i], 2 * CYCLES, true); /* over a year */
			if (alarms != 0)
				fail_msg("%d alarms at %g a day, seed %d: %s", alarms, rates[i],
				    (int)seed, v->memory.recent);
		}
}

/* Visits until the state is entered; 99: never. */
static int
visits_until(const char *want, size_t rows, const char *failure)
{
	for (int i = 1; i < 99; i++) {
		const char *state;

		now += EVERY;
		state = visit(rows, 0, failure);
		if (state != NULL) {
			assert_string_equal(state, want);
			return i;
		}
	}
	return 99;
}

static void
troubles_are_seen_within_three_or_four_visits(void **state)
{
	static const struct {
		const char *failure, *state;
		int visits;
	} cases[] = {
	    {"layout", "layout", 3},
	    {"empty", "layout", 3},
	    {"challenge", "blocked:challenge", 3},
	    {"off_site", "moved", 3},
	    {"robots", "robots", 3},
	    {"dns", "dns", 4},
	    {"tls", "tls", 4},
	    {"connect", "refused", 4},
	    {"timeout", "slow", 4},
	    {"server_error", "http_error", 4},
	    {"not_found", "http_error", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)teardown(NULL);
		(void)a_list(NULL);
		assert_int_equal(live(4, 500, false), 0);
		assert_int_equal(
		    visits_until(cases[i].state, 20, cases[i].failure), cases[i].visits);
	}
}

static void
half_the_rows_are_a_shrunk_list(void **state)
{
	(void)state;
	assert_int_equal(live(4, 500, false), 0);
	assert_int_equal(visits_until("shrunk", 8, NULL), 3);
	assert_int_equal(visits_until("ok", 20, NULL), 2);
	assert_int_equal(visits_until("shrunk", 11, NULL), 99); /* more than half is not */
}

static void
two_fine_visits_end_a_state_and_one_does_not(void **state)
{
	(void)state;
	(void)live(4, 500, false);
	assert_int_equal(visits_until("layout", 20, "layout"), 3);
	now += EVERY;
	assert_null(visit(20, 0, NULL));
	now += EVERY;
	assert_null(visit(20, 0, "layout"));
	assert_int_equal(visits_until("ok", 20, NULL), 2);
}

static void
failures_within_a_minute_are_one_incident(void **state)
{
	(void)state;
	(void)live(4, 500, false);
	for (int i = 0; i < 6; i++) {
		now += 10000;
		assert_null(visit(20, 0, "connect"));
	}
	now += EVERY;
	assert_string_equal(visit(20, 0, "connect"), "refused");
}

/* Days without news until the list is called stale; no failure in between. */
static int
days_until_stale(double per_day)
{
	int64_t last;

	(void)teardown(NULL);
	(void)a_list(NULL);
	assert_int_equal(live(per_day, 48 * 120, false), 0);
	for (last = now; now < last + 400 * DAY;) {
		const char *state;

		now += EVERY;
		if ((state = visit(20, 0, NULL)) != NULL) {
			assert_string_equal(state, "stale");
			return (int)((now - last) / DAY);
		}
	}
	return 400;
}

static void
a_list_without_news_is_stale_when_chance_does_not_explain_it(void **state)
{
	int days;

	(void)state;
	assert_in_range(days_until_stale(15), 11, 16);
	assert_in_range(days_until_stale(4), 11, 16);
	days = days_until_stale(1);
	assert_in_range(days, 14, 45);
	assert_in_range(days_until_stale(0.3), 35, 200);
}

static void
news_after_it_was_stale_make_it_fine(void **state)
{
	(void)state;
	(void)days_until_stale(4);
	now += EVERY;
	(void)visit(20, 3, NULL);
	now += EVERY;
	(void)visit(20, 0, NULL);
	assert_string_equal(v->memory.state, "ok");
}

/* -------- pages */

static void
challenges_are_recognised(void **state)
{
	static const char ruishu[] =
	    "<html><head><meta http-equiv=Content-Type content=\"text/html\">"
	    "<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script>"
	    "<script src=\"/a/b.js\"></script></head><body></body></html>";
	static const char cookie[] = "<script>document.cookie='x='+f();location.reload()</script>";
	static const char page[] = "<html><script>document.cookie='seen=1'</"
				   "script><body><p>\xe5\x85\xb3\xe4\xba\x8e\xe6\xb3\x95"
				   "\xe6\xb2\xbb\xe6\x94\xbf\xe5\xba\x9c\xe5\xbb\xba\xe8\xae\xbe"
				   "\xe5\xb9\xb4\xe5\xba\xa6\xe6"
				   "\x8a\xa5\xe5\x91\x8a\xef\xbc\x8c\xe5\x85\xac\xe5\xbc\x80\xe5"
				   "\xa6\x82\xe4\xb8\x8b\xe3\x80"
				   "\x82\xe7\x89\xb9\xe6\xad\xa4\xe5\x85\xac\xe5\x91\x8a\xe3\x80"
				   "\x82\xe8\xaf\xb7\xe5\x90\x84"
				   "\xe5\x8d\x95\xe4\xbd\x8d\xe8\xae\xa4\xe7\x9c\x9f\xe8\xb4\xaf"
				   "\xe5\xbd\xbb\xe3\x80\x82</p>";

	(void)state;
	assert_true(impostor_is_challenge(412, SPAN(""), false));
	assert_true(impostor_is_challenge(521, SPAN(""), false));
	assert_true(impostor_is_challenge(488, SPAN(""), false));
	assert_true(impostor_is_challenge(405, SPAN(""), false));
	assert_true(impostor_is_challenge(200, SPAN(ruishu), false));
	assert_true(impostor_is_challenge(202, SPAN(ruishu), true));
	assert_true(impostor_is_challenge(200, SPAN(cookie), false));
	assert_true(impostor_is_challenge(403, SPAN(cookie), false));
	assert_false(impostor_is_challenge(200, SPAN(page), true));
	assert_false(impostor_is_challenge(404, SPAN(ruishu), true));
	assert_false(impostor_is_challenge(200, SPAN("<p>short</p>"), true));
	assert_false(impostor_is_challenge(200, SPAN("{\"a\":1}"), true));
	assert_false(impostor_is_challenge(403, SPAN("<h1>Forbidden</h1>"), false));
	assert_false(impostor_is_challenge(200, (struct span){NULL, 0}, true));
}

static void
a_challenge_is_no_page(void **state)
{
	(void)state;
	v->answer.status = 200;
	buf_init(&v->answer.body, PAGE_BODY_MAX);
	assert_int_equal(
	    buf_add_str(&v->answer.body, "<html><script>document.cookie='a'</script></html>"), 0);
	assert_int_equal(visit_judge(v, &retry), JUDGED_END);
	assert_int_equal(v->ending.kind, END_FAILED);
	assert_string_equal(v->ending.reason, "challenge");
}

#define SHA_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
the_same_bytes_for_four_titles_are_a_soft_404(void **state)
{
	struct soft_pages s = {0};
	struct span home = SPAN("<h1>home</h1>");

	(void)state;
	assert_false(soft_note(&s, SHA_A, home, "http://a.cn/1", "first title"));
	assert_false(soft_note(&s, SHA_A, home, "http://a.cn/1", "first title"));
	assert_false(soft_note(&s, SHA_A, home, "http://a.cn/2", "second title"));
	assert_false(soft_note(&s, SHA_A, home, "http://a.cn/3", "third title"));
	assert_false(soft_is_known(&s, SHA_A));
	assert_true(soft_note(&s, SHA_A, home, "http://a.cn/4", "fourth title"));
	assert_true(soft_is_known(&s, SHA_A));
}

static void
the_same_report_in_many_columns_is_none(void **state)
{
	struct soft_pages s = {0};
	struct span page = SPAN("<h1>a report of the year</h1>");

	(void)state;
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/1", "a report of the year"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/2", "a report of the year"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/3", "a report of the year"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/4", "a report of the"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/5", "a report"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/6", "a report of"));
	assert_false(soft_is_known(&s, SHA_A));
}

static void
a_title_is_looked_for_in_gb18030_too(void **state)
{
	struct soft_pages s = {0};
	struct span page = SPAN("<h1>\xb7\xa8\xd6\xce</h1>"); /* 法治 */

	(void)state;
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/1", "x"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/2", "y"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/0", "z"));
	assert_false(soft_note(&s, SHA_A, page, "http://a.cn/3", "\xe6\xb3\x95\xe6\xb2\xbb"));
	assert_true(soft_note(&s, SHA_A, page, "http://a.cn/4", "\xe6\x94\xbf\xe5\xba\x9c"));
}

/* One look at a published page that the portal says it has not; what is made of it. */
static const char *
miss(bool fenced_before)
{
	assert_int_equal(fence_stands(&v->watch->pages.fence), fenced_before);
	answer_clear(&v->answer);
	v->answer.status = 404;
	if (visit_judge(v, &retry) == JUDGED_PUBLISH)
		return "gone";
	return v->ending.kind == END_FAILED ? v->ending.reason : end_names[v->ending.kind];
}

static void
all_published_pages_404_at_once_are_a_fence_and_no_withdrawals(void **state)
{
	static const char *const others[] = {"http://a.cn/1", "http://a.cn/2", "http://a.cn/3",
	    "http://a.cn/4", "http://a.cn/5", "http://a.cn/6"};
	struct fence *f = &v->watch->pages.fence;

	(void)state;
	assert_non_null(v->sha256 = strdup(SHA_A));
	for (int i = 0; i < 20; i++) /* one page, however often it is looked at, is no fence */
		assert_string_equal(miss(false), "missed");
	for (size_t i = 0; i < 4; i++)
		fence_note(f, others[i], true);
	v->misses = 20;
	v->missed_ago_ms = 400 * DAY;
	assert_string_equal(miss(true), "fence");
	fence_note(f, others[4], false);
	assert_string_equal(miss(true), "fence"); /* five of six */
	fence_note(f, others[5], false);          /* the portal is back, this page is not */
	assert_string_equal(miss(false), "gone");
}

#define LIST(f) cmocka_unit_test_setup_teardown(f, a_list, teardown)
#define PAGE(f) cmocka_unit_test_setup_teardown(f, a_page, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LIST(ten_thousand_quiet_visits_alarm_nobody),
	    LIST(troubles_are_seen_within_three_or_four_visits),
	    LIST(half_the_rows_are_a_shrunk_list),
	    LIST(two_fine_visits_end_a_state_and_one_does_not),
	    LIST(failures_within_a_minute_are_one_incident),
	    LIST(a_list_without_news_is_stale_when_chance_does_not_explain_it),
	    LIST(news_after_it_was_stale_make_it_fine),
	    PAGE(challenges_are_recognised),
	    PAGE(a_challenge_is_no_page),
	    PAGE(the_same_bytes_for_four_titles_are_a_soft_404),
	    PAGE(the_same_report_in_many_columns_is_none),
	    PAGE(a_title_is_looked_for_in_gb18030_too),
	    PAGE(all_published_pages_404_at_once_are_a_fence_and_no_withdrawals),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
