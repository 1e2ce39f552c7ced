/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "retry_after.h"

#define NOW 1767225600 /* Thu, 01 Jan 2026 00:00:00 GMT */
#define YEAR_MS INT64_C(31536000000)

static void
the_pause_that_is_meant(void **state)
{
	static const struct {
		const char *value, *date;
		int64_t ms;
	} cases[] = {
	    {"120", NULL, 120000},
	    {" 7 ", NULL, 7000},
	    {"0", NULL, 0},
	    {"", NULL, 0},
	    {"-5", NULL, 0},
	    {"soon", NULL, 0},
	    {"monday", NULL, 0},
	    {"1.5", NULL, 0},
	    {"120 seconds", NULL, 0},
	    {"99999999999", NULL, YEAR_MS},
	    {"99999999999999999999999999", NULL, 0},
	    {"Thu, 01 Jan 2026 00:01:00 GMT", NULL, 60000},
	    {"Thursday, 01-Jan-26 00:01:00 GMT", NULL, 60000},
	    {"Thu Jan  1 00:01:00 2026", NULL, 60000},
	    {"Wed, 31 Dec 2025 23:59:59 GMT", NULL, 0},
	    {"Thu, 01 Jan 2026 00:00:00 GMT", NULL, 0},
	    {"Fri, 01 Jan 2038 00:00:00 GMT", NULL, YEAR_MS},
	    /* a server whose clock is an hour behind, or says nothing that can be read */
	    {"Wed, 31 Dec 2025 23:01:00 GMT", "Wed, 31 Dec 2025 23:00:00 GMT", 60000},
	    {"Thu, 01 Jan 2026 00:01:00 GMT", "yesterday", 60000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ms = retry_after_ms(span_of(cases[i].value), span_of(cases[i].date), NOW);

		if (ms != cases[i].ms)
			fail_msg("\"%s\": %lld", cases[i].value, (long long)ms);
	}
	assert_int_equal(retry_after_ms((struct span){NULL, 0}, (struct span){NULL, 0}, NOW), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_pause_that_is_meant)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
