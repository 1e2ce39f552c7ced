/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <suoyin/log.h>
#include <suoyin/stop.h>

static char line[8192];

/* One event as it leaves by descriptor 2. */
static const char *
written(enum log_format format, const struct log_field *fields)
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_setup("suoyin-test", LEVEL_INFO, format);
	log_write(LEVEL_INFO, "tested", fields);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)close(ends[1]);
	n = read(ends[0], line, sizeof(line) - 1);
	(void)close(ends[0]);
	line[n < 0 ? 0 : n] = '\0';
	return line;
}

#define WRITTEN(format, ...) written(format, (const struct log_field[]){__VA_ARGS__, {.key = NULL}})

static void
ends_with(const char *text, const char *tail)
{
	size_t n = strlen(text), m = strlen(tail);

	if (n < m || strcmp(text + n - m, tail) != 0)
		fail_msg("%s does not end with %s", text, tail);
}

static json_t *
parsed(const char *text)
{
	json_error_t why;
	json_t *json = json_loads(text, 0, &why);

	if (json == NULL)
		fail_msg("%s: %s", text, why.text);
	return json;
}

static void
plain_values_stand_bare(void **state)
{
	(void)state;
	ends_with(
	    WRITTEN(FORMAT_LOGFMT, F_STR("portal", "yj-kjj"), F_INT("n", -5), F_REAL("s", 0.25)),
	    " level=info program=suoyin-test event=tested portal=yj-kjj n=-5 s=0.25\n");
	assert_memory_equal(line, "time=2", 6);
}

static void
a_value_cannot_end_its_line_or_forge_a_key(void **state)
{
	(void)state;
	ends_with(
	    WRITTEN(FORMAT_LOGFMT, F_STR("title", "a\" level=error\nevent=forged\r\x1b[31m\\")),
	    " title=\"a\\\" level=error\\nevent=forged\\r\\u001b[31m\\\\\"\n");
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
characters_that_fool_a_terminal_are_escaped(void **state)
{
	(void)state;
	/* next line, line separator, right-to-left override, a tag character */
	ends_with( /* NOLINTNEXTLINE(misc-misleading-bidirectional): it is what is tested */
	    WRITTEN(FORMAT_LOGFMT, F_STR("t", "\xc2\x85\xe2\x80\xa8\xe2\x80\xae\xf3\xa0\x80\xa1")),
	    " t=\"\\u0085\\u2028\\u202e\\udb40\\udc21\"\n");
}

static void
broken_utf8_is_replaced_and_chinese_kept(void **state)
{
	(void)state;
	ends_with(WRITTEN(FORMAT_LOGFMT, F_STR("t", "索\xff\xc0\xaf\xed\xa0\x80引")),
	    " t=\"索\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd引\"\n");
}

static void
json_lines_parse_whatever_the_value(void **state)
{
	char all[256];
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	json = parsed(WRITTEN(FORMAT_JSON, F_SPAN("all", ((struct span){all, sizeof(all)})),
	    F_STR("none", NULL), F_REAL("inf", INFINITY), F_INT("n", 3)));
	assert_string_equal(json_string_value(json_object_get(json, "event")), "tested");
	assert_true(json_is_null(json_object_get(json, "none")));
	assert_true(json_is_null(json_object_get(json, "inf")));
	assert_int_equal(json_integer_value(json_object_get(json, "n")), 3);
	assert_true(json_is_string(json_object_get(json, "all")));
	json_decref(json);
}

static void
a_long_value_is_cut_between_characters(void **state)
{
	const size_t kept = (size_t)341 * 3; /* bytes */
	char text[3 * 2000 + 1];
	json_t *json;
	const char *value;

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		memcpy(text + 3 * i, "索", 3);
	text[sizeof(text) - 1] = '\0';
	json = parsed(WRITTEN(FORMAT_JSON, F_STR("t", text), F_INT("after", 1)));
	value = json_string_value(json_object_get(json, "t"));
	assert_int_equal(strlen(value), kept + 3);
	assert_string_equal(value + kept, "...");
	assert_int_equal(json_integer_value(json_object_get(json, "after")), 1);
	json_decref(json);
}

static void
a_line_that_is_too_long_is_cut_at_a_field_and_says_so(void **state)
{
	char text[1000];
	json_t *json;

	(void)state;
	memset(text, '"', sizeof(text)); /* doubled by escapes */
	json = parsed(WRITTEN(FORMAT_JSON, F_SPAN("a", ((struct span){text, 1000})),
	    F_SPAN("b", ((struct span){text, 1000})), F_SPAN("c", ((struct span){text, 1000}))));
	assert_true(strlen(line) <= 4096);
	assert_non_null(json_object_get(json, "a"));
	assert_null(json_object_get(json, "c"));
	assert_true(json_is_true(json_object_get(json, "cut")));
	json_decref(json);
	ends_with(
	    WRITTEN(FORMAT_LOGFMT, F_SPAN("a", ((struct span){text, 1000})),
		F_SPAN("b", ((struct span){text, 1000})), F_SPAN("c", ((struct span){text, 1000}))),
	    " cut=true\n");
}

static void
events_below_the_level_are_not_written(void **state)
{
	int ends[2], saved = dup(STDERR_FILENO);
	char text[256];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	(void)dup2(ends[1], STDERR_FILENO);
	log_setup("suoyin-test", LEVEL_WARN, FORMAT_LOGFMT);
	log_event(LEVEL_INFO, "quiet", F_INT("n", 1));
	log_event(LEVEL_ERROR, "loud", F_INT("n", 2));
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	(void)close(ends[1]);
	text[read(ends[0], text, sizeof(text) - 1)] = '\0';
	(void)close(ends[0]);
	assert_null(strstr(text, "quiet"));
	ends_with(text, "level=error program=suoyin-test event=loud n=2\n");
}

static void
one_signal_asks_to_drain_a_second_to_end_now(void **state)
{
	(void)state;
	stop_install();
	assert_false(stop_asked());
	stop_ask();
	stop_ask();
	assert_true(stop_asked());
	assert_false(stop_now());
	assert_int_equal(raise(SIGPIPE), 0);
	assert_false(stop_now());
	assert_int_equal(raise(SIGTERM), 0);
	assert_true(stop_now());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_values_stand_bare),
	    cmocka_unit_test(a_value_cannot_end_its_line_or_forge_a_key),
	    cmocka_unit_test(characters_that_fool_a_terminal_are_escaped),
	    cmocka_unit_test(broken_utf8_is_replaced_and_chinese_kept),
	    cmocka_unit_test(json_lines_parse_whatever_the_value),
	    cmocka_unit_test(a_long_value_is_cut_between_characters),
	    cmocka_unit_test(a_line_that_is_too_long_is_cut_at_a_field_and_says_so),
	    cmocka_unit_test(events_below_the_level_are_not_written),
	    cmocka_unit_test(one_signal_asks_to_drain_a_second_to_end_now),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
