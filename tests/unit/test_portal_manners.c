/* SPDX-License-Identifier: MIT */
/* Keys quiet, budget and tls of a portal: as written, as kept, as used. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <suoyin/portal.h>

#include "yaml_mutate.h"

static const char head[] = "portals:\n- id: a\n  name: A\n  home: http://a.cn/\n"
			   "  lists: [{url: 'http://a.cn/l', rows: //li}]\n";

/* The portal with these lines more; NULL, and the first error in `why`. */
static json_t *
load(const char *lines, char *why, size_t size)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	json_t *config = NULL;
	char text[4096];

	(void)snprintf(text, sizeof(text), "%s%s", head, lines);
	if (portal_file_load(&set, scratch(text), &errors) == 0)
		config = json_incref(set.items[0].config);
	else
		(void)snprintf(why, size, "%s: %s", errors.items[0].key, errors.items[0].reason);
	config_errors_fini(&errors);
	portal_set_fini(&set);
	return config;
}

static struct portal *
portal(const char *lines)
{
	char why[400] = "";
	json_t *config = load(lines, why, sizeof(why));
	struct err err = {0};
	struct portal *p;

	if (config == NULL)
		fail_msg("%s", why);
	p = portal_from_json(config, 1, &err);
	json_decref(config);
	if (p == NULL)
		fail_msg("%s", err.text);
	return p;
}

static void
what_is_not_given_is_not_kept(void **state)
{
	static const char *const none[] = {"", "  tls: {}\n", "  tls: {legacy_renegotiation: false}\n"};
	char why[400];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		json_t *config = load(none[i], why, sizeof(why));

		assert_non_null(config);
		assert_null(json_object_get(config, "quiet"));
		assert_null(json_object_get(config, "budget"));
		assert_null(json_object_get(config, "tls"));
		json_decref(config);
	}
}

static void
what_is_given_reaches_the_crawler(void **state)
{
	struct portal *p = portal("  quiet: 22:30-06:05\n  budget: 500\n"
				  "  tls: {legacy_renegotiation: true, min_version: 1.0, ca_file: /etc/ca.pem}\n");

	(void)state;
	assert_int_equal(p->manners.quiet_from, 22 * 60 + 30);
	assert_int_equal(p->manners.quiet_to, 6 * 60 + 5);
	assert_int_equal(p->manners.budget, 500);
	assert_true(p->manners.tls_legacy_renegotiation);
	assert_int_equal(p->manners.tls_min_version, 10);
	assert_string_equal(p->manners.tls_ca_file, "/etc/ca.pem");
	portal_free(p);
	p = portal("");
	assert_int_equal(p->manners.budget, 0);
	assert_int_equal(p->manners.tls_min_version, 0);
	assert_null(p->manners.tls_ca_file);
	assert_int_equal(portal_quiet_ms(&p->manners, 0), 0);
	portal_free(p);
}

static void
wrong_values_are_told(void **state)
{
	static const char *const cases[][2] = {
	    {"  quiet: 22-06\n", "portals[0].quiet: is no part of a day"},
	    {"  quiet: 24:00-06:00\n", "portals[0].quiet: is no part of a day"},
	    {"  quiet: 22:60-06:00\n", "portals[0].quiet: is no part of a day"},
	    {"  quiet: 06:00-06:00\n", "portals[0].quiet: is no part of a day"},
	    {"  quiet: 22:00-06:00x\n", "portals[0].quiet: is no part of a day"},
	    {"  quiet: [1]\n", "portals[0].quiet: takes one value, not a list"},
	    {"  budget: 0\n", "portals[0].budget: is no number of requests a day, 1 … 100000000"},
	    {"  budget: many\n", "portals[0].budget: is no number of requests a day, 1 … 100000000"},
	    {"  tls: yes\n", "portals[0].tls: must be a mapping (key: value), not one value"},
	    {"  tls: {min: 1.0}\n", "portals[0].tls.min: is no key of a portal file here"},
	    {"  tls: {min_version: 1.4}\n", "portals[0].tls.min_version: is none of 1.0, 1.1, 1.2, 1.3"},
	    {"  tls: {legacy_renegotiation: 1}\n", "portals[0].tls.legacy_renegotiation: is neither true nor false"},
	    {"  tls: {ca_file: ca.pem}\n", "portals[0].tls.ca_file: is no absolute path"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[400] = "";
		json_t *config = load(cases[i][0], why, sizeof(why));

		assert_null(config);
		assert_string_equal(why, cases[i][1]);
	}
}

static void
what_the_database_says_is_checked_again(void **state)
{
	static const char *const bad[] = {"{\"quiet\": 5}", "{\"quiet\": \"late\"}", "{\"budget\": -1}",
	    "{\"budget\": \"x\"}",
	    "{\"tls\": []}", "{\"tls\": {\"min_version\": \"3\"}}", "{\"tls\": {\"ca_file\": 7}}"};
	char why[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *config = load("", why, sizeof(why)), *more = json_loads(bad[i], 0, NULL);
		struct err err = {0};

		assert_int_equal(json_object_update(config, more), 0);
		assert_null(portal_from_json(config, 1, &err));
		assert_string_equal(err.reason, "bad_portal");
		json_decref(config);
		json_decref(more);
	}
}

/* 2026-01-01 in China, HH:MM, as milliseconds since 1970. */
static int64_t
at(int64_t hour, int64_t minute)
{
	return (INT64_C(1767196800) + hour * 3600 + minute * 60) * 1000;
}

static void
quiet_hours_by_the_clock_of_china(void **state)
{
	const struct portal_manners night = {.quiet_from = 22 * 60, .quiet_to = 6 * 60};
	const struct portal_manners noon = {.quiet_from = 12 * 60, .quiet_to = 13 * 60 + 30};

	(void)state;
	assert_int_equal(portal_quiet_ms(&night, at(21, 59)), 0);
	assert_int_equal(portal_quiet_ms(&night, at(22, 0)), 8 * 3600000);
	assert_int_equal(portal_quiet_ms(&night, at(23, 30)), 6 * 3600000 + 1800000);
	assert_int_equal(portal_quiet_ms(&night, at(0, 0)), 6 * 3600000);
	assert_int_equal(portal_quiet_ms(&night, at(5, 59)), 60000);
	assert_int_equal(portal_quiet_ms(&night, at(6, 0)), 0);
	assert_int_equal(portal_quiet_ms(&noon, at(11, 59)), 0);
	assert_int_equal(portal_quiet_ms(&noon, at(12, 0)), 5400000);
	assert_int_equal(portal_quiet_ms(&noon, at(13, 29)), 60000);
	assert_int_equal(portal_quiet_ms(&noon, at(13, 30)), 0);
	assert_int_equal(portal_quiet_ms(&noon, at(0, 0)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_given_is_not_kept),
	    cmocka_unit_test(what_is_given_reaches_the_crawler),
	    cmocka_unit_test(wrong_values_are_told),
	    cmocka_unit_test(what_the_database_says_is_checked_again),
	    cmocka_unit_test(quiet_hours_by_the_clock_of_china),
	};

	int failed;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	scratch_remove();
	return failed;
}
