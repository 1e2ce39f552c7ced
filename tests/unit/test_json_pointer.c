/* SPDX-License-Identifier: MIT */
/* json_pointer: the cases of RFC 6901 5, arrays by its 4, and what is refused. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/json_pointer.h>
#include <suoyin/limits.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static json_t *
parsed(const char *text)
{
	json_t *root = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);

	assert_non_null(root);
	return root;
}

static void
names_number(const json_t *root, const char *pointer, int want)
{
	const json_t *value = json_pointer_get(root, span_of(pointer));

	if (!json_is_integer(value) || json_integer_value(value) != want)
		fail_msg("%s does not name %d", pointer, want);
}

static void
names_nothing(const json_t *root, const char *pointer)
{
	if (json_pointer_get(root, span_of(pointer)) != NULL)
		fail_msg("%s names a value", pointer);
}

static void
the_cases_of_the_rfc_hold(void **state)
{
	json_t *root = parsed("{\"foo\": [\"bar\", \"baz\"], \"\": 0, \"a/b\": 1, \"c%d\": 2, \"e^f\": 3,"
			      " \"g|h\": 4, \"i\\\\j\": 5, \"k\\\"l\": 6, \" \": 7, \"m~n\": 8}");
	static const char *const pointers[] = {
	    "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"};

	(void)state;
	assert_ptr_equal(json_pointer_get(root, SPAN("/foo")), json_object_get(root, "foo"));
	assert_string_equal(json_string_value(json_pointer_get(root, SPAN("/foo/0"))), "bar");
	for (size_t i = 0; i < COUNT_OF(pointers); i++)
		names_number(root, pointers[i], (int)i);
	json_decref(root);
}

/* The whole is a document, and no field of one. */
static void
the_whole_value_is_not_pointed_at(void **state)
{
	json_t *root = parsed("{\"\": 1}");

	(void)state;
	assert_null(json_pointer_get(root, SPAN("")));
	assert_null(json_pointer_get(root, (struct span){NULL, 0}));
	json_decref(root);
}

static void
each_escape_is_undone_once(void **state)
{
	json_t *root = parsed("{\"~1\": 1, \"/\": 2, \"~\": 3, \"a~/b\": 4, \"~0\": 5}");

	(void)state;
	names_number(root, "/~01", 1);
	names_number(root, "/~1", 2);
	names_number(root, "/~0", 3);
	names_number(root, "/a~0~1b", 4);
	names_number(root, "/~00", 5);
	json_decref(root);
}

static void
steps_lead_through_objects_and_arrays(void **state)
{
	json_t *root = parsed("{\"数据\": {\"\": [0, {\"a\": [[1, 2, 3]]}]}, \"10\": 7}");

	(void)state;
	names_number(root, "/数据//0", 0);
	names_number(root, "/数据//1/a/0/2", 3);
	names_number(root, "/10", 7); /* a key of an object, digits or not */
	json_decref(root);
}

static void
an_index_is_decimal_without_leading_zeros(void **state)
{
	json_t *root =
	    parsed("[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]");
	static const char *const none[] = {"/00", "/01", "/11", "/-", "/-1", "/+1", "/ 1", "/1 ", "/1.0",
	    "/1e0", "/", "/a", "/18446744073709551616", "/99999999999999999999999", "/１", "/0/0"};

	(void)state;
	names_number(root, "/0", 10);
	names_number(root, "/9", 19);
	names_number(root, "/10", 20);
	for (size_t i = 0; i < COUNT_OF(none); i++)
		names_nothing(root, none[i]);
	json_decref(root);
}

static void
what_is_not_there_is_not_named(void **state)
{
	json_t *root = parsed("{\"a\": {\"b\": null}, \"s\": \"text\", \"n\": 5}");
	static const char *const none[] = {"/b", "/A", "/a/", "/a/b/c", "/a/b/", "/s/0", "/n/0", "//"};

	(void)state;
	assert_true(json_is_null(json_pointer_get(root, SPAN("/a/b"))));
	for (size_t i = 0; i < COUNT_OF(none); i++)
		names_nothing(root, none[i]);
	assert_null(json_pointer_get(NULL, SPAN("/a")));
	json_decref(root);
}

static void
a_pointer_ends_where_its_span_does(void **state)
{
	json_t *root = parsed("{\"a\": 1, \"ab\": 2}");
	char text[] = "/ab";

	(void)state;
	assert_int_equal(
	    json_integer_value(json_pointer_get(root, (struct span){text, 2})), 1);
	json_decref(root);
}

static void
refused(const char *pointer, const char *why)
{
	struct err err = {0};

	assert_int_equal(json_pointer_check(span_of(pointer), &err), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_string_equal(err.reason, "bad_pointer");
	assert_string_equal(err.text, why);
}

static void
what_is_no_pointer_is_refused_with_a_reason(void **state)
{
	static const char tilde[] = "has a ~ that is neither ~0 (for ~) nor ~1 (for /)";
	json_t *root = parsed("{\"a\": 1, \"~\": 2, \"~2\": 3}");

	(void)state;
	refused("", "is empty");
	refused("a", "does not begin with /");
	refused("#/a", "does not begin with /");
	refused(" /a", "does not begin with /");
	refused("/~", tilde);
	refused("/~2", tilde);
	refused("/a~/b", tilde);
	names_nothing(root, "a");
	names_nothing(root, "/~");
	names_nothing(root, "/~2");
	json_decref(root);
}

static void
the_longest_pointer_is_read_and_a_longer_one_refused(void **state)
{
	char text[JSON_POINTER_MAX + 1], why[64];
	json_t *root = json_object();
	struct err err = {0};

	(void)state;
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	assert_int_equal(json_object_setn_new(
		root, text + 1, JSON_POINTER_MAX - 1, json_integer(1)), 0);
	assert_int_equal(json_pointer_check((struct span){text, JSON_POINTER_MAX}, &err), 0);
	assert_non_null(json_pointer_get(root, (struct span){text, JSON_POINTER_MAX}));
	assert_int_equal(json_pointer_check((struct span){text, JSON_POINTER_MAX + 1}, &err), -1);
	(void)snprintf(why, sizeof(why), "is longer than %d bytes", JSON_POINTER_MAX);
	assert_string_equal(err.text, why);
	assert_null(json_pointer_get(root, (struct span){text, JSON_POINTER_MAX + 1}));
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_cases_of_the_rfc_hold),
	    cmocka_unit_test(the_whole_value_is_not_pointed_at),
	    cmocka_unit_test(each_escape_is_undone_once),
	    cmocka_unit_test(steps_lead_through_objects_and_arrays),
	    cmocka_unit_test(an_index_is_decimal_without_leading_zeros),
	    cmocka_unit_test(what_is_not_there_is_not_named),
	    cmocka_unit_test(a_pointer_ends_where_its_span_does),
	    cmocka_unit_test(what_is_no_pointer_is_refused_with_a_reason),
	    cmocka_unit_test(the_longest_pointer_is_read_and_a_longer_one_refused),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
