/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <suoyin/metrics.h>

/* Metrics are of the process: each test has one to itself. */

static void
expect(const char *text)
{
	struct buf out;

	buf_init(&out, 1 << 22);
	metrics_write(&out);
	assert_false(out.failed);
	if (strstr(out.p, text) == NULL)
		fail_msg("no\n%sin\n%s", text, out.p);
	buf_fini(&out);
}

static size_t
occurrences(const char *text)
{
	struct buf out;
	size_t n = 0, at;

	buf_init(&out, 1 << 22);
	metrics_write(&out);
	for (at = 0; (at = span_find(buf_span(&out), span_of(text), at)) != SIZE_MAX; at++)
		n++;
	buf_fini(&out);
	return n;
}

static void
the_version_is_always_there(void **state)
{
	(void)state;
	expect("# HELP suoyin_build_info Always 1; the version is the label.\n"
	       "# TYPE suoyin_build_info gauge\n"
	       "suoyin_build_info{version=\"" SUOYIN_VERSION "\"} 1\n");
}

static void
what_was_never_set_is_not_shown(void **state)
{
	(void)state;
	assert_int_equal(occurrences("suoyin_discovered_total"), 0);
	metric_add(M_DISCOVERED, NULL, 0);
	expect("\n# TYPE suoyin_discovered_total counter\nsuoyin_discovered_total 0\n");
}

static void
a_counter_only_grows_and_a_gauge_is_set(void **state)
{
	(void)state;
	metric_add(M_MESSAGES, "new", 2);
	metric_add(M_MESSAGES, "new", 0.5);
	metric_add(M_MESSAGES, "new", -1);
	metric_set(M_MESSAGES, "new", 100);
	metric_add(M_MESSAGES, "same", 1);
	metric_set(M_PARTITIONS, NULL, 12);
	metric_add(M_PARTITIONS, NULL, -5);
	assert_true(metric_get(M_MESSAGES, "new") > 2.4 && metric_get(M_MESSAGES, "new") < 2.6);
	assert_true(metric_get(M_MESSAGES, "revised") < 0.5);
	expect("# TYPE suoyin_messages_total counter\n"
	       "suoyin_messages_total{outcome=\"new\"} 2.5\n"
	       "suoyin_messages_total{outcome=\"same\"} 1\n");
	expect("\nsuoyin_assigned_partitions 7\n");
}

static void
a_label_value_is_escaped_and_never_spoils_the_page(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	metric_add(M_DEAD, "a\\b\"c\nd", 1);
	metric_add(M_DEAD, "\xff", 1);
	metric_add(M_DEAD, longer, 1);
	metric_add(M_DEAD, NULL, 1);
	expect("\nsuoyin_dead_letters_total{reason=\"a\\\\b\\\"c\\nd\"} 1\n"
	       "suoyin_dead_letters_total{reason=\"other\"} 2\n"
	       "suoyin_dead_letters_total{reason=\"\"} 1\n");
}

static void
a_histogram_counts_from_a_millisecond_to_an_hour(void **state)
{
	(void)state;
	metric_observe(M_BATCH_SECONDS, "store", 0.0005);
	metric_observe(M_BATCH_SECONDS, "store", 0.001);
	metric_observe(M_BATCH_SECONDS, "store", 3000);
	metric_observe(M_BATCH_SECONDS, "store", 9000);
	metric_observe(M_BATCH_SECONDS, "store", -4);
	metric_observe(M_BATCH_SECONDS, "extract", 0.25);
	expect("# TYPE suoyin_batch_seconds histogram\n"
	       "suoyin_batch_seconds_bucket{phase=\"store\",le=\"0.001\"} 3\n"
	       "suoyin_batch_seconds_bucket{phase=\"store\",le=\"0.0025\"} 3\n");
	expect("suoyin_batch_seconds_bucket{phase=\"store\",le=\"1800\"} 3\n"
	       "suoyin_batch_seconds_bucket{phase=\"store\",le=\"3600\"} 4\n"
	       "suoyin_batch_seconds_bucket{phase=\"store\",le=\"+Inf\"} 5\n"
	       "suoyin_batch_seconds_sum{phase=\"store\"} 12000.0015\n"
	       "suoyin_batch_seconds_count{phase=\"store\"} 5\n");
	expect("{phase=\"extract\",le=\"0.1\"} 0\n"
	       "suoyin_batch_seconds_bucket{phase=\"extract\",le=\"0.25\"} 1\n");
	assert_int_equal((int)metric_get(M_BATCH_SECONDS, "store"), 5);
	metric_observe(M_AGE_SECONDS, NULL, 1);
	expect("\nsuoyin_message_age_seconds_bucket{le=\"1\"} 1\n");
	expect("\nsuoyin_message_age_seconds_sum 1\nsuoyin_message_age_seconds_count 1\n");
}

static void
too_many_label_values_become_other(void **state)
{
	char value[16];

	(void)state;
	for (int i = 0; i < METRIC_VALUES_MAX + 50; i++) {
		(void)snprintf(value, sizeof(value), "v%d", i);
		metric_add(M_REFUSED, value, 1);
	}
	assert_int_equal(occurrences("suoyin_refused_total{"), METRIC_VALUES_MAX + 1);
	assert_int_equal((int)metric_get(M_REFUSED, "other"), 50);
	assert_int_equal((int)metric_get(M_REFUSED, "v0"), 1);
}

static void *
count(void *arg)
{
	char value[2] = {'a', '\0'};

	for (int i = 0; i < 5000; i++) {
		value[0] = (char)('a' + i % 10);
		metric_add(M_PUBLISHED, value, 1);
		metric_observe(M_FETCH_SECONDS, NULL, 1);
	}
	return arg;
}

static void
threads_lose_no_count(void **state)
{
	pthread_t threads[4];
	double sum = 0;
	char value[2] = {'a', '\0'};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (; value[0] < 'k'; value[0]++)
		sum += metric_get(M_PUBLISHED, value);
	assert_int_equal((int)sum, 20000);
	assert_int_equal((int)metric_get(M_FETCH_SECONDS, NULL), 20000);
}

/* Names as Prometheus wants them; the table is checked whole. */
static void
every_name_tells_its_type_and_unit(void **state)
{
	static const struct {
		const char *type, *name, *help;
	} all[] = {
#define METRIC(id, kind, text, label, about) {#kind, text, about},
#include <suoyin/metrics.def>
#undef METRIC
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct span name = span_of(all[i].name);

		assert_true(span_starts(name, SPAN("suoyin_")));
		assert_int_equal(strspn(all[i].name, "abcdefghijklmnopqrstuvwxyz_"), name.n);
		assert_int_equal(
		    span_ends(name, SPAN("_total")), strcmp(all[i].type, "COUNTER") == 0);
		if (strcmp(all[i].type, "GAUGE") != 0) /* an age is one, too */
			assert_int_equal(
			    span_ends(name, SPAN("_seconds")), strcmp(all[i].type, "HISTOGRAM") == 0);
		assert_true(span_ends(span_of(all[i].help), SPAN(".")));
	}
}

static void
a_gauge_is_cleared_and_a_counter_is_not(void **state)
{
	(void)state;
	metric_set(M_PORTALS, "ok", 3);
	metric_set(M_PORTALS, "layout", 2);
	metric_clear(M_PORTALS);
	assert_int_equal((int)metric_get(M_PORTALS, "ok") + (int)metric_get(M_PORTALS, "layout"), 0);
	metric_add(M_LIST_GAPS, NULL, 1);
	metric_clear(M_LIST_GAPS);
	assert_int_equal((int)metric_get(M_LIST_GAPS, NULL), 1);
}

static void
a_gauge_keeps_the_values_that_are_named(void **state)
{
	const char *const ours[] = {"1", "3"};

	(void)state;
	for (int i = 0; i < 5; i++)
		metric_set(M_LAG_MESSAGES, (const char[]){(char)('0' + i), '\0'}, i + 1);
	metric_keep(M_LAG_MESSAGES, ours, 2);
	expect("# TYPE suoyin_lag_messages gauge\n"
	       "suoyin_lag_messages{partition=\"1\"} 2\n"
	       "suoyin_lag_messages{partition=\"3\"} 4\n");
	assert_int_equal(occurrences("suoyin_lag_messages{"), 2);
	metric_set(M_LAG_MESSAGES, "0", 9); /* it is ours again */
	assert_int_equal(occurrences("suoyin_lag_messages{"), 3);
	metric_keep(M_LAG_MESSAGES, NULL, 0);
	assert_int_equal(occurrences("suoyin_lag_messages"), 0);
	metric_add(M_LIST_GAPS, NULL, 1);
	metric_keep(M_LIST_GAPS, NULL, 0); /* a counter stays */
	assert_true(metric_get(M_LIST_GAPS, NULL) > 0.5);
}

static void
a_counter_is_shown_before_its_first_event(void **state)
{
	const char *const types[] = {"x", "y"};

	(void)state;
	metric_add(M_ROBOTS, "y", 2);
	metric_start(M_ROBOTS, types, 2);
	expect("# TYPE suoyin_robots_total counter\n"
	       "suoyin_robots_total{outcome=\"y\"} 2\n"
	       "suoyin_robots_total{outcome=\"x\"} 0\n");
}

static double
value_of(const char *name)
{
	struct buf out;
	char line[96];
	double v = -1;
	size_t at;

	buf_init(&out, 1 << 22);
	metrics_write(&out);
	(void)snprintf(line, sizeof(line), "\n%s ", name);
	if ((at = span_find(buf_span(&out), span_of(line), 0)) != SIZE_MAX)
		v = strtod(out.p + at + strlen(line), NULL);
	buf_fini(&out);
	return v;
}

/* tests/integration/test_metrics.py compares them with what the system says of a daemon. */
static void
the_process_is_told_by_the_names_that_all_programs_use(void **state)
{
	double fds = value_of("process_open_fds"), began = value_of("process_start_time_seconds");
	FILE *file;

	(void)state;
	expect("# HELP process_cpu_seconds_total CPU time of the process, user and system, in seconds.\n"
	       "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total ");
	assert_true(fds >= 3 && fds <= value_of("process_max_fds"));
	assert_non_null(file = fopen("/dev/null", "re"));
	assert_int_equal((int)value_of("process_open_fds"), (int)fds + 1);
	(void)fclose(file);
	assert_true(began > (double)time(NULL) - 3600 && began < (double)time(NULL) + 2);
	assert_true(value_of("process_resident_memory_bytes") > 1 << 19);
	assert_true(value_of("process_virtual_memory_bytes") > value_of("process_resident_memory_bytes"));
	assert_true(value_of("process_threads") > 0.5);
	for (began = value_of("process_cpu_seconds_total"); value_of("process_cpu_seconds_total") < began + 0.02;)
		for (volatile int i = 0; i < 1000000;)
			i = i + 1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_always_there),
		cmocka_unit_test(what_was_never_set_is_not_shown),
		cmocka_unit_test(a_counter_only_grows_and_a_gauge_is_set),
		cmocka_unit_test(a_label_value_is_escaped_and_never_spoils_the_page),
		cmocka_unit_test(a_histogram_counts_from_a_millisecond_to_an_hour),
		cmocka_unit_test(a_gauge_is_cleared_and_a_counter_is_not),
		cmocka_unit_test(a_gauge_keeps_the_values_that_are_named),
		cmocka_unit_test(a_counter_is_shown_before_its_first_event),
		cmocka_unit_test(the_process_is_told_by_the_names_that_all_programs_use),
		cmocka_unit_test(too_many_label_values_become_other),
		cmocka_unit_test(threads_lose_no_count),
		cmocka_unit_test(every_name_tells_its_type_and_unit),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
