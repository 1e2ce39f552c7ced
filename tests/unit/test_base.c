/* SPDX-License-Identifier: MIT */
/* err, span, buf, arena: the values that everything else is made of. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/arena.h>
#include <suoyin/err.h>

static void
the_first_error_wins(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(err_set(&err, ERR_REJECT, "empty", "page %d", 1), -1);
	assert_int_equal(err_set(&err, ERR_FATAL, "other", "page %d", 2), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_string_equal(err.reason, "empty");
	assert_string_equal(err.text, "page 1");
	assert_int_equal(err_set(NULL, ERR_FATAL, "x", "y"), -1);
}

static void
a_prefix_stands_before_the_text(void **state)
{
	struct err err = {0};
	char all[sizeof(err.text)];

	(void)state;
	(void)err_prefix(&err, "nothing");
	assert_string_equal(err.text, "");
	memset(all, 'x', sizeof(all) - 1);
	all[sizeof(all) - 1] = '\0';
	(void)err_set(&err, ERR_RETRY, "kafka", "%s", all);
	(void)err_prefix(&err, "%s", "topic");
	assert_memory_equal(err.text, "topic: xxx", 10);
	assert_int_equal(strlen(err.text) < sizeof(err.text), 1);
}

static void
spans_compare_by_bytes_then_length(void **state)
{
	(void)state;
	assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
	assert_true(span_cmp(SPAN("b"), SPAN("ab")) > 0);
	assert_int_equal(span_cmp(SPAN("ab"), SPAN("ab")), 0);
	assert_true(span_eq((struct span){NULL, 0}, SPAN("")));
	assert_true(span_eq_ci(SPAN("GB2312"), SPAN("gb2312")));
	assert_false(span_eq_ci(SPAN("GB2312"), SPAN("gb231")));
}

static void
spans_are_found_and_cut_within_bounds(void **state)
{
	struct span s = SPAN("a=b=c");

	(void)state;
	assert_int_equal(span_find(s, SPAN("="), 0), 1);
	assert_int_equal(span_find(s, SPAN("="), 2), 3);
	assert_true(span_find(s, SPAN("="), 4) == SIZE_MAX);
	assert_true(span_find(s, SPAN("a=b=cd"), 0) == SIZE_MAX);
	assert_true(span_find(s, SPAN("x"), 99) == SIZE_MAX);
	assert_true(span_eq(span_cut(s, 2, 99), SPAN("b=c")));
	assert_int_equal(span_cut(s, 9, 2).n, 0);
	assert_true(span_eq(span_trim(SPAN(" \t x y\r\n")), SPAN("x y")));
	assert_true(span_starts(s, SPAN("a=")));
	assert_true(span_ends(s, SPAN("=c")));
	assert_false(span_ends(SPAN("c"), SPAN("=c")));
}

static void
only_whole_decimal_numbers_are_numbers(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(span_u64(SPAN("1024"), 2000, &v), 0);
	assert_int_equal(v, 1024);
	assert_int_equal(span_u64(SPAN("18446744073709551615"), UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(span_u64(SPAN("18446744073709551616"), UINT64_MAX, &v), -1);
	assert_int_equal(span_u64(SPAN("2001"), 2000, &v), -1);
	assert_int_equal(span_u64(SPAN("-1"), 9, &v), -1);
	assert_int_equal(span_u64(SPAN("1 "), 9, &v), -1);
	assert_int_equal(span_u64(SPAN(""), 9, &v), -1);
	assert_true(v == UINT64_MAX);
}

static void
a_buffer_stops_at_its_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(buf_add_str(&b, "abc"), 0);
	assert_int_equal(buf_add_str(&b, "def"), -1);
	assert_true(b.failed);
	assert_int_equal(buf_add_str(&b, "d"), -1);
	assert_true(span_eq(buf_span(&b), SPAN("abc")));
	buf_clear(&b);
	assert_int_equal(buf_add_fmt(&b, "%d", 12345), 0);
	assert_string_equal(b.p, "12345");
	buf_fini(&b);
	buf_fini(&b);
}

static void
code_points_are_written_as_utf8(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	(void)buf_add_utf8(&b, 'a');
	(void)buf_add_utf8(&b, 0xE9);
	(void)buf_add_utf8(&b, 0x7D22);
	(void)buf_add_utf8(&b, 0x20BB7);
	assert_true(span_eq(buf_span(&b), SPAN("a\xC3\xA9\xE7\xB4\xA2\xF0\xA0\xAE\xB7")));
	buf_fini(&b);
}

static void
an_arena_gives_zeroed_aligned_memory_up_to_its_limit(void **state)
{
	struct arena a;
	char *p;

	(void)state;
	arena_init(&a, 1 << 20);
	p = arena_alloc(&a, 3);
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
	assert_int_equal(p[0] | p[1] | p[2], 0);
	assert_non_null(arena_alloc(&a, 500000));
	assert_null(arena_alloc(&a, 600000));
	assert_null(arena_array(&a, SIZE_MAX / 2, 4));
	assert_null(arena_alloc(&a, SIZE_MAX));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 600000));
	arena_fini(&a);
	arena_fini(&a);
}

static void
arena_copies_end_with_nul_and_keep_absence(void **state)
{
	struct arena a;
	struct span s;

	(void)state;
	arena_init(&a, 4096);
	s = arena_dup(&a, (struct span){"abcdef", 3});
	assert_string_equal(s.p, "abc");
	assert_null(arena_dup(&a, (struct span){NULL, 0}).p);
	assert_non_null(arena_dup(&a, SPAN("")).p);
	assert_string_equal(arena_fmt(&a, "%s-%d", "x", 7).p, "x-7");
	arena_fini(&a);
}

static void
a_grown_array_keeps_what_it_held(void **state)
{
	struct arena a;
	int *p;

	(void)state;
	arena_init(&a, 4096);
	p = arena_grow(&a, NULL, 0, 2, sizeof(*p));
	p[0] = 5;
	p[1] = 6;
	p = arena_grow(&a, p, 2, 8, sizeof(*p));
	assert_int_equal(p[0], 5);
	assert_int_equal(p[1], 6);
	assert_int_equal(p[7], 0);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_error_wins),
	    cmocka_unit_test(a_prefix_stands_before_the_text),
	    cmocka_unit_test(spans_compare_by_bytes_then_length),
	    cmocka_unit_test(spans_are_found_and_cut_within_bounds),
	    cmocka_unit_test(only_whole_decimal_numbers_are_numbers),
	    cmocka_unit_test(a_buffer_stops_at_its_limit),
	    cmocka_unit_test(code_points_are_written_as_utf8),
	    cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_up_to_its_limit),
	    cmocka_unit_test(arena_copies_end_with_nul_and_keep_absence),
	    cmocka_unit_test(a_grown_array_keeps_what_it_held),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
