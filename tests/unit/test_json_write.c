/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/json_write.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct buf out;

static int
clear(void **state)
{
	(void)state;
	buf_fini(&out);
	buf_init(&out, 1 << 20);
	return 0;
}

/* What was written, read by another: a list of one value. */
static json_t *
read_back(void)
{
	json_error_t why;
	json_t *list;

	(void)buf_add_byte(&out, ']');
	list = json_loadb(out.p, out.n, 0, &why);
	if (list == NULL)
		fail_msg("%s: %s", why.text, out.p);
	return list;
}

static void
every_byte_of_text_comes_back(void **state)
{
	(void)state;
	for (size_t length = 1; length < 20; length++)
		for (int c = 1; c < 0x80; c++)
			for (size_t at = 0; at < length; at++) {
				char text[20];
				json_t *list;

				memset(text, 'x', length);
				text[at] = (char)c;
				buf_clear(&out);
				(void)buf_add_byte(&out, '[');
				json_write_text(&out, (struct span){text, length});
				list = read_back();
				assert_int_equal(json_string_length(json_array_get(list, 0)), length);
				assert_memory_equal(json_string_value(json_array_get(list, 0)), text, length);
				json_decref(list);
			}
}

static void
bad_bytes_become_one_sign_each(void **state)
{
	(void)state;
	json_write_text(&out, (struct span){"甲\xFF\0\"乙\xE4\xB8", 11});
	assert_string_equal(out.p, "\"甲\xEF\xBF\xBD\xEF\xBF\xBD\\\"乙\xEF\xBF\xBD\xEF\xBF\xBD\"");
	buf_clear(&out);
	text_mended(&out, (struct span){"a\0b", 3});
	assert_string_equal(out.p, "a\xEF\xBF\xBD"
	                           "b");
	buf_clear(&out);
	text_mended(&out, SPAN("甲乙"));
	assert_string_equal(out.p, "甲乙");
}

static void
numbers_come_back_as_they_were(void **state)
{
	const double values[] = {0.5, -0.1, 12.3, 1e300, -1e-300, 98.6, 1.0 / 3, 5, 123456789012345678.0};

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		json_t *list;

		buf_clear(&out);
		(void)buf_add_byte(&out, '[');
		json_write_real(&out, values[i]);
		list = read_back();
		assert_true(json_is_real(json_array_get(list, 0)));
		assert_true(json_real_value(json_array_get(list, 0)) == values[i]);
		json_decref(list);
	}
	buf_clear(&out);
	json_write_real(&out, 98.6);
	assert_string_equal(out.p, "98.6");
	buf_clear(&out);
	json_write_real(&out, NAN);
	assert_string_equal(out.p, "null");
	buf_clear(&out);
	json_write_int(&out, INT64_MIN);
	assert_string_equal(out.p, "-9223372036854775808");
}

/* Six decimals at most are what they are, whatever stands before them. */
static void
short_decimals_are_written_as_printf_does(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t whole = (seed = seed * 1103515245U + 12345U) % 1000000000U;
		int64_t part = (seed = seed * 1103515245U + 12345U) % 1000000U;
		double v = (double)(whole * 1000000 + part) / 1e6;
		char want[40];

		(void)snprintf(want, sizeof(want), "%.15g", v);
		buf_clear(&out);
		if (json_write_decimal(&out, v))
			assert_string_equal(out.p, want);
		else
			assert_true(strtod(want, NULL) != v || v >= 1e9);
	}
	buf_clear(&out);
	assert_false(json_write_decimal(&out, 0.0000005));
	assert_false(json_write_decimal(&out, -1.5));
	assert_false(json_write_decimal(&out, NAN));
	assert_false(json_write_decimal(&out, 1e9));
	assert_int_equal(out.n, 0);
}

static void
a_full_buffer_has_failed(void **state)
{
	struct buf small;

	(void)state;
	buf_init(&small, 8);
	json_write_name(&small, "name");
	json_write_text(&small, SPAN("\xFF\xFF"));
	assert_true(small.failed);
	buf_fini(&small);
}

static const char *const good[] = {"{}",
    "{\"a\":1}", "{\"a\":[],\"b\":{}}",
    "{\"a\":[1,-0,2.5e-3,1E+9,true,false,null]}",
    "{ \"a\" : [ { \"b\" : \"c\" } , \"\" ] }\n", "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u4e2d\":\"甲乙丙丁戊己庚辛\"}",
    "{\"a\":{\"a\":{\"a\":[[[0]]]}}}", "{\"a\":1,\"a\":2}"};
static const char *const bad[] = {"", "[]", "1", "{", "}", "{}}", "{} {}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
    "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[}", "{\"a\":[1}}", "{\"a\":{]}", "{a:1}", "{\"a\":01}",
    "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":-}", "{\"a\":nul}", "{\"a\":\"}", "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"line\nend\"}", "{\"a\":\"12345678\t\"}", "{\"a\":tru",
    /* PostgreSQL refuses these two, and we never write the third */
    "{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud83d\\ude00\"}"};

static void
what_a_parser_takes_is_taken_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!json_is_object_text(span_of(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (json_is_object_text(span_of(bad[i])))
			fail_msg("taken: %s", bad[i]);
}

/* Every prefix and every text with one byte changed: as jansson says, but for escapes of NUL and pairs. */
static void
jansson_says_the_same_of_damaged_text(void **state)
{
	static const char damage[] = "{}[],:\"\\0-.e1tn \n";
	static const char whole[] = "{\"a\": [1, -2.5e3, \"x\\n\\u4e2d\", {\"b\": null}, []], \"cc\": {\"d\": true}}";

	(void)state;
	for (size_t at = 0; at < sizeof(whole) - 1; at++)
		for (size_t k = 0; k < sizeof(damage) - 1; k++) {
			char text[sizeof(whole)];
			json_t *json;
			bool theirs;

			memcpy(text, whole, sizeof(whole));
			text[at] = damage[k];
			json = json_loads(text, 0, NULL);
			theirs = json_is_object(json);
			json_decref(json);
			if (json_is_object_text(span_of(text)) != theirs)
				fail_msg("jansson %s: %s", theirs ? "takes" : "refuses", text);
			if (json_is_object_text((struct span){whole, at}))
				fail_msg("taken: the first %zu bytes", at);
		}
	assert_true(json_is_object_text(span_of(whole)));
}

static void
depth_has_a_limit(void **state)
{
	(void)state;
	for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX; depth++) {
		buf_clear(&out);
		(void)buf_add_str(&out, "{\"a\":");
		for (int i = 0; i < depth; i++)
			(void)buf_add_byte(&out, '[');
		(void)buf_add_byte(&out, '1');
		for (int i = 0; i < depth; i++)
			(void)buf_add_byte(&out, ']');
		(void)buf_add_byte(&out, '}');
		assert_int_equal(json_is_object_text(buf_span(&out)), depth < JSON_DEPTH_MAX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(every_byte_of_text_comes_back, clear),
	    cmocka_unit_test_setup(bad_bytes_become_one_sign_each, clear),
	    cmocka_unit_test_setup(numbers_come_back_as_they_were, clear),
	    cmocka_unit_test_setup(short_decimals_are_written_as_printf_does, clear),
	    cmocka_unit_test_setup(a_full_buffer_has_failed, clear),
	    cmocka_unit_test_setup(what_a_parser_takes_is_taken_and_nothing_else, clear),
	    cmocka_unit_test_setup(jansson_says_the_same_of_damaged_text, clear),
	    cmocka_unit_test_setup(depth_has_a_limit, clear),
	};
	int rc;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	return rc;
}
