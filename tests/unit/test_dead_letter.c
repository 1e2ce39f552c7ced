/* SPDX-License-Identifier: MIT */
/* dead_letter: coordinates as text, and what is none. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/dead_letter.h>

static void
is_none(const char *text)
{
	struct coordinates c = {.topic = "kept", .partition = 7, .offset = 9};

	if (coordinates_parse(span_of(text), &c) != -1)
		fail_msg("%s was taken", text);
	assert_string_equal(c.topic, "kept");
	assert_int_equal(c.partition, 7);
	assert_int_equal(c.offset, 9);
}

static void
what_is_written_is_read_again(void **state)
{
	static const char *const texts[] = {"suoyin.pages/0/0", "a/11/9223372036854775807", "a_b-c.d/2147483647/42"};
	char again[COORDINATES_SIZE];
	struct coordinates c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(coordinates_parse(span_of(texts[i]), &c), 0);
		coordinates_format(&c, again);
		assert_string_equal(again, texts[i]);
	}
	assert_int_equal(coordinates_parse(span_of("suoyin.pages/3/18211"), &c), 0);
	assert_string_equal(c.topic, "suoyin.pages");
	assert_int_equal(c.partition, 3);
	assert_int_equal(c.offset, 18211);
}

static void
what_is_no_place_in_a_topic_is_refused(void **state)
{
	(void)state;
	is_none("");
	is_none("suoyin.pages");
	is_none("suoyin.pages/1");
	is_none("/1/2");
	is_none("a//2");
	is_none("a/1/");
	is_none("a/-1/2");
	is_none("a/1/-2");
	is_none("a/x/2");
	is_none("a/2147483648/2");
	is_none("a/1/9223372036854775808");
	is_none("http://demo.example.gov.cn/1.html");
	assert_int_equal(coordinates_parse((struct span){NULL, 0}, &(struct coordinates){0}), -1);
	assert_int_equal(coordinates_parse((struct span){"a\0b/1/2", 7}, &(struct coordinates){0}), -1);
}

static void
the_longest_name_is_read_and_a_longer_one_refused(void **state)
{
	char text[TOPIC_NAME_MAX + 8];
	struct coordinates c;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + TOPIC_NAME_MAX, "/1/2", 5);
	assert_int_equal(coordinates_parse(span_of(text), &c), 0);
	assert_int_equal(strlen(c.topic), TOPIC_NAME_MAX);
	memcpy(text + TOPIC_NAME_MAX, "x/1/2", 6);
	assert_int_equal(coordinates_parse(span_of(text), &c), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_again),
	    cmocka_unit_test(what_is_no_place_in_a_topic_is_refused),
	    cmocka_unit_test(the_longest_name_is_read_and_a_longer_one_refused),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
