/* SPDX-License-Identifier: MIT */
/* When to look again, over simulated weeks: no clock, no I/O. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schedule.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define MONDAY (INT64_C(1767542400000)) /* 2026-01-05 00:00 in Shanghai */

static int64_t
at(int day, int hour)
{
	return MONDAY + day * DAY + hour * HOUR;
}

/* Visits every half hour; one news at 10 o'clock of each working day. */
static struct pace
taught(int weeks)
{
	struct pace p = {0};
	int64_t begin = at(-7 * weeks, 0), end = at(0, 0);

	for (int64_t t = begin; t < end; t += 30 * MINUTE) {
		int64_t day = (t - begin) / DAY, hour = (t - begin) % DAY / HOUR;

		pace_observe(&p, t, t + 30 * MINUTE,
		    day % 7 < 5 && hour == 10 && (t - begin) % HOUR == 0 ? 1 : 0);
	}
	return p;
}

static void
the_rate_is_learned_and_its_hours(void **state)
{
	struct pace p = taught(8);

	(void)state;
	assert_true(fabs(pace_per_day(&p) - 5.0 / 7) < 0.1);
	assert_true(pace_rate(&p, at(1, 10)) > 4 * pace_rate(&p, at(1, 15)));
	assert_true(pace_rate(&p, at(1, 10)) > 4 * pace_rate(&p, at(6, 10)));
	assert_true(pace_rate(&p, at(6, 3)) > 0);
}

static void
a_list_of_which_nothing_is_known_has_office_hours(void **state)
{
	struct pace p = {0};

	(void)state;
	assert_true(pace_rate(&p, at(0, 10)) > 5 * pace_rate(&p, at(0, 3)));
	assert_true(pace_rate(&p, at(0, 10)) > 2 * pace_rate(&p, at(6, 10)));
	assert_true(pace_next(&p, at(0, 10), 30 * MINUTE, 0) < 30 * MINUTE);
	assert_true(pace_next(&p, at(0, 1), 30 * MINUTE, 0) > 30 * MINUTE);
}

static void
old_news_are_forgotten(void **state)
{
	struct pace p = taught(8);

	(void)state;
	pace_observe(&p, at(0, 0), at(0, 0) + 26 * WEEK, 0);
	assert_true(pace_per_day(&p) < 0.05);
}

/* A week of visits as pace_next() orders them. */
static int
visits(const struct pace *p, int64_t every, double mean_weight, int64_t *shortest, int64_t *longest)
{
	int64_t t = at(0, 0);
	int n = 0;

	*shortest = INT64_MAX;
	*longest = 0;
	while (t < at(7, 0)) {
		int64_t wait = pace_next(p, t, every, mean_weight);

		*shortest = wait < *shortest ? wait : *shortest;
		*longest = wait > *longest ? wait : *longest;
		t += wait;
		n++;
	}
	return n;
}

static void
requests_are_spent_when_news_come_and_no_more_of_them(void **state)
{
	struct pace p = taught(8);
	int64_t shortest, longest;
	int n = visits(&p, 30 * MINUTE, 0, &shortest, &longest);

	(void)state;
	assert_in_range(n, 336 * 9 / 10, 336 * 11 / 10);
	assert_true(shortest >= 5 * MINUTE && shortest < 20 * MINUTE);
	assert_true(longest <= 3 * HOUR && longest > 40 * MINUTE);
}

static void
busy_lists_get_what_quiet_ones_save(void **state)
{
	struct pace busy = taught(8), quiet = {0};
	int64_t shortest, longest;
	double mean;
	int a, b;

	(void)state;
	pace_observe(&quiet, at(-60, 0), at(0, 0), 1);
	pace_observe(&busy, at(-7, 0), at(0, 0), 30);
	mean = (pace_weight(&busy) + pace_weight(&quiet)) / 2;
	a = visits(&busy, 30 * MINUTE, mean, &shortest, &longest);
	b = visits(&quiet, 30 * MINUTE, mean, &shortest, &longest);
	assert_true(a > 2 * b);
	assert_in_range(a + b, 672 * 85 / 100, 672 * 115 / 100);
}

static void
the_first_page_tells_the_pace(void **state)
{
	int64_t days[20];
	struct pace p = {0};

	(void)state;
	for (int i = 0; i < 20; i++)
		days[i] = at(-2 * i, 12);
	pace_seed(&p, at(1, 0), days, 20);
	assert_true(fabs(pace_per_day(&p) - 0.5) < 0.12);
	days[3] = at(400, 0); /* of the future, and of long ago: typing errors */
	days[4] = at(-4000, 0);
	p = (struct pace){0};
	pace_seed(&p, at(1, 0), days, 20);
	assert_true(fabs(pace_per_day(&p) - 0.45) < 0.12);
}

/* Silence for so many days, as visits see it. */
static double
expected_after(int days)
{
	struct pace p = taught(8);

	for (int hour = 0; hour < 24 * days; hour++)
		pace_observe(&p, at(0, hour), at(0, hour + 1), 0);
	return pace_expected(&p, at(0, 0), at(days, 0));
}

static void
what_is_expected_is_rather_too_little_and_silence_does_not_lessen_it(void **state)
{
	struct pace none = {0};

	(void)state;
	assert_true(expected_after(28) < 20 && expected_after(28) > 9);
	assert_true(fabs(expected_after(56) / expected_after(28) - 2) < 0.05);
	assert_true(expected_after(7) - expected_after(5) < 0.2 * expected_after(2));
	assert_true(pace_expected(&none, at(0, 0), at(3650, 0)) <= 0);
}

static void
pages_are_looked_at_less_and_less(void **state)
{
	(void)state;
	assert_int_equal(ladder_wait(0, false, 0, 0), HOUR);
	assert_int_equal(ladder_wait(HOUR, false, 0, 0), 23 * HOUR);
	assert_int_equal(ladder_wait(DAY + MINUTE, false, 0, 0), 6 * DAY - MINUTE);
	assert_int_equal(ladder_wait(7 * DAY, false, 0, 0), 23 * DAY);
	assert_int_equal(ladder_wait(31 * DAY, false, 0, 0), 30 * DAY);
	assert_int_equal(ladder_wait(5000 * DAY, false, 0, 0), 30 * DAY);
}

static void
a_look_that_came_a_little_early_counts(void **state)
{
	(void)state;
	assert_int_equal(ladder_wait(HOUR - MINUTE, false, 0, 0), 23 * HOUR + MINUTE);
}

static void
the_given_bound_holds_and_what_was_there_before_waits(void **state)
{
	(void)state;
	assert_int_equal(ladder_wait(0, false, 1000, 7), 1000);
	assert_int_equal(ladder_wait(DAY, false, 2 * DAY, 7), 2 * DAY);
	assert_int_equal(ladder_wait(0, true, 0, 0), 7 * DAY);
	for (uint64_t salt = 0; salt < 1000; salt++)
		assert_in_range(ladder_wait(0, true, 0, salt), 6 * DAY, 7 * DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rate_is_learned_and_its_hours),
	    cmocka_unit_test(a_list_of_which_nothing_is_known_has_office_hours),
	    cmocka_unit_test(old_news_are_forgotten),
	    cmocka_unit_test(requests_are_spent_when_news_come_and_no_more_of_them),
	    cmocka_unit_test(busy_lists_get_what_quiet_ones_save),
	    cmocka_unit_test(the_first_page_tells_the_pace),
	    cmocka_unit_test(what_is_expected_is_rather_too_little_and_silence_does_not_lessen_it),
	    cmocka_unit_test(pages_are_looked_at_less_and_less),
	    cmocka_unit_test(a_look_that_came_a_little_early_counts),
	    cmocka_unit_test(the_given_bound_holds_and_what_was_there_before_waits),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
