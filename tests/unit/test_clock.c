/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock_private.h"

#define LEASE 60000
#define DELAY 100
#define KEPT (DELAY + DELAY / 16) /* a little longer, as our clock is not the server's */

static struct clocks *clocks;
static struct portal portal;
static struct watch watch = {.portal = &portal, .active = true};
static struct visit visits[4];

static int
setup(void **state)
{
	const struct clock_options options = {LEASE, 1000, 10000};

	(void)state;
	portal = (struct portal){0};
	memset(visits, 0, sizeof(visits));
	clocks = clocks_new(&options);
	return clocks == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	clocks_free(clocks);
	return 0;
}

static struct visit *
wait_at(int n, const char *host, const char *address)
{
	struct visit *v = &visits[n];

	v->watch = &watch;
	v->host = (char *)host;
	(void)snprintf(v->address, sizeof(v->address), "%s", address);
	v->address_until_ms = INT64_MAX;
	assert_int_equal(clocks_add(clocks, v, DELAY), 0);
	return v;
}

/* As clocks_take() does when the table gives the slots. */
static struct visit *
take(const char *host, int64_t now)
{
	struct clock *k = clock_find(&clocks->hosts, host);
	struct visit *v = clock_peek(k);

	k->slot_no = 7;
	v->place->slot_no = 8;
	k->until_ms = now + LEASE;
	assert_ptr_equal(clock_go(k), v);
	return v;
}

static struct visit *
next(size_t room, int64_t now)
{
	struct visit_queue ready = {0};

	clocks_next(clocks, room, now, &ready);
	assert_true(ready.count <= room);
	return visit_pop(&ready);
}

static void
the_next_visit_has_the_slots_after_the_delay(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4"), *second = wait_at(1, "a.cn", "1.2.3.4");

	(void)state;
	assert_ptr_equal(take("a.cn", 1000), first);
	clocks_done(clocks, first, 2000, CLOCK_FINE, 0);
	assert_false(clocks_owes(clocks));
	assert_int_equal(clocks_kept_wait_ms(clocks, 2000, 500), KEPT);
	assert_null(next(1, 2000 + KEPT - 1));
	assert_ptr_equal(next(1, 2000 + KEPT), second);
	assert_int_equal(second->slot_no, 7);
	assert_int_equal(second->address_slot_no, 8);
	assert_int_equal(second->slot_until_ms, 1000 + LEASE);
	assert_null(next(1, 9000)); /* it is under way */
	clocks_done(clocks, second, 3000, CLOCK_FINE, 0);
	assert_true(clocks_owes(clocks)); /* nobody waits any more */
}

static void
a_kept_slot_waits_for_room(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4"), *second = wait_at(1, "a.cn", "1.2.3.4");

	(void)state;
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1000, CLOCK_FINE, 0);
	assert_null(next(0, 2000));
	assert_ptr_equal(next(1, 2000), second);
}

static void
it_is_given_back_where_another_host_waits_for_the_address(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4");

	(void)state;
	(void)wait_at(1, "a.cn", "1.2.3.4");
	(void)take("a.cn", 1000);
	(void)wait_at(2, "b.cn", "1.2.3.4");
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	assert_true(clocks_owes(clocks));
	assert_null(next(1, 5000));
}

static void
it_is_given_back_when_another_host_comes_to_the_address_later(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4");

	(void)state;
	(void)wait_at(1, "a.cn", "1.2.3.4");
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	assert_false(clocks_owes(clocks));
	(void)wait_at(2, "b.cn", "1.2.3.4");
	assert_null(next(1, 5000));
	assert_true(clocks_owes(clocks));
}

static void
it_is_given_back_where_the_server_asks_for_a_pause_or_says_nothing(void **state)
{
	static const enum clock_news news[] = {CLOCK_SLOWER, CLOCK_NONE};

	for (int i = 0; i < 2; i++) {
		struct visit *first;

		(void)setup(state);
		first = wait_at(0, "a.cn", "1.2.3.4");
		(void)wait_at(1, "a.cn", "1.2.3.4");
		(void)take("a.cn", 1000);
		clocks_done(clocks, first, 1100, news[i], 5000);
		assert_true(clocks_owes(clocks));
		assert_int_equal(clock_find(&clocks->hosts, "a.cn")->news, news[i]);
		if (i == 0)
			clocks_free(clocks);
	}
}

static void
plain_answers_before_a_pause_that_is_asked_for_are_not_forgotten(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4"), *second = wait_at(1, "a.cn", "1.2.3.4");
	struct clock *host = clock_find(&clocks->hosts, "a.cn");

	(void)state;
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	assert_ptr_equal(next(1, 2000), second);
	clocks_done(clocks, second, 2100, CLOCK_SLOWER, 700);
	assert_int_equal(host->news, CLOCK_SLOWER);
	assert_true(host->was_fine);
	assert_int_equal(host->asked_ms, 700);
}

static void
it_is_kept_for_half_a_lease_at_most(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4");

	(void)state;
	(void)wait_at(1, "a.cn", "1.2.3.4");
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1000 + LEASE / 2 - DELAY, CLOCK_FINE, 0);
	assert_true(clocks_owes(clocks));
}

static void
requests_of_a_budget_are_counted_each(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4");

	(void)state;
	portal.manners.budget = 10;
	(void)wait_at(1, "a.cn", "1.2.3.4");
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	assert_true(clocks_owes(clocks));
}

static void
an_address_that_has_grown_old_is_asked_for_again(void **state)
{
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4"), *second = wait_at(1, "a.cn", "1.2.3.4");

	(void)state;
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	second->address_until_ms = 1500;
	assert_null(next(1, 2000));
	assert_true(clocks_owes(clocks));
}

static void
it_is_given_back_when_its_visits_are_taken_away(void **state)
{
	struct visit_queue out = {0};
	struct visit *first = wait_at(0, "a.cn", "1.2.3.4");

	(void)state;
	(void)wait_at(1, "a.cn", "1.2.3.4");
	(void)take("a.cn", 1000);
	clocks_done(clocks, first, 1100, CLOCK_FINE, 0);
	clocks_take_all(clocks, false, &out);
	assert_int_equal(out.count, 1);
	assert_true(clocks_owes(clocks));
	assert_null(next(1, 5000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_next_visit_has_the_slots_after_the_delay, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_kept_slot_waits_for_room, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		it_is_given_back_where_another_host_waits_for_the_address, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		it_is_given_back_when_another_host_comes_to_the_address_later, setup, teardown),
	    cmocka_unit_test_teardown(
		it_is_given_back_where_the_server_asks_for_a_pause_or_says_nothing, teardown),
	    cmocka_unit_test_setup_teardown(
		plain_answers_before_a_pause_that_is_asked_for_are_not_forgotten, setup, teardown),
	    cmocka_unit_test_setup_teardown(it_is_kept_for_half_a_lease_at_most, setup, teardown),
	    cmocka_unit_test_setup_teardown(requests_of_a_budget_are_counted_each, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		an_address_that_has_grown_old_is_asked_for_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		it_is_given_back_when_its_visits_are_taken_away, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
