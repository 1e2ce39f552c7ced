/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/bigram.h>
#include <suoyin/text.h>

static struct arena arena;

static int
with_arena(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int
without_arena(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
text_is_folded_over_lines(void **state)
{
	(void)state;
	assert_span(bigram_fold(&arena, SPAN("《ＡＢ c》\n 第１２号、\n\n①é")), "abc第12号1é");
	assert_span(bigram_fold(&arena, SPAN("e\xCC\x81")), "é"); /* composed */
	assert_span(bigram_fold(&arena, SPAN("，。\n ")), "");
	assert_span(bigram_fold(&arena, SPAN("")), "");
	assert_span(bigram_fold(&arena, (struct span){NULL, 0}), NULL);
}

static void
a_full_arena_gives_no_half_of_a_text(void **state)
{
	struct arena small;

	(void)state;
	arena_init(&small, 64);
	assert_span(bigram_fold(&small, SPAN("一二三四五六七八九十\n一二三四五六七八九十\n一二三四五六七八九十")), NULL);
	arena_fini(&small);
}

static void
pairs_are_distinct_and_ascending(void **state)
{
	static const int32_t want[] = {0x00610062, 0x00620061};
	struct bigrams b = {0};

	(void)state;
	assert_int_equal(bigrams_add(&b, &arena, SPAN("ababab")), 0);
	bigrams_end(&b);
	assert_int_equal(b.count, 2);
	assert_memory_equal(b.codes, want, sizeof(want));
}

static void
no_pair_reaches_from_one_text_into_the_next(void **state)
{
	struct bigrams b = {0};

	(void)state;
	assert_int_equal(bigrams_add(&b, &arena, SPAN("ab")), 0);
	assert_int_equal(bigrams_add(&b, &arena, SPAN("cd")), 0);
	assert_int_equal(bigrams_add(&b, &arena, SPAN("e")), 0);
	assert_int_equal(bigrams_add(&b, &arena, SPAN("")), 0);
	bigrams_end(&b);
	assert_int_equal(b.count, 2);
	assert_int_equal(b.codes[1], bigram_code('c', 'd'));
}

static void
every_pair_of_the_bmp_has_a_number_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(bigram_code(0x6CD5, 0x6CBB), 0x6CD56CBB);
	assert_int_equal(bigram_code(0xFFFF, 1), (int32_t)0xFFFF0001);
	assert_true(bigram_code(0x20000, 0x4E00) != bigram_code(0x4E00, 0x20000));
	for (uint32_t c = 0x10000; c <= 0x10FFFF; c += 0x37) /* beyond: never one of the BMP's */
		assert_in_range((uint32_t)bigram_code(c, 'a') >> 16, 0xD800, 0xDFFF);
}

static void
characters_alone_fold_as_in_text(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 0x10FFFF; c++) {
		struct buf in, one;

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		buf_init(&in, 16);
		buf_init(&one, 16);
		(void)buf_add_utf8(&in, c);
		arena_reset(&arena);
		/* what NFKC changes is not asked of a single character */
		if (text_fold_char(c) != 0)
			(void)buf_add_utf8(&one, text_fold_char(c));
		if (c < 0x80 || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3001 && c <= 0x3003) ||
		    (c >= 0x400 && c <= 0x45F))
			assert_span(text_fold_title(&arena, buf_span(&in)), one.n == 0 ? "" : one.p);
		buf_fini(&in);
		buf_fini(&one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(text_is_folded_over_lines, with_arena, without_arena),
	    cmocka_unit_test(a_full_arena_gives_no_half_of_a_text),
	    cmocka_unit_test_setup_teardown(pairs_are_distinct_and_ascending, with_arena, without_arena),
	    cmocka_unit_test_setup_teardown(
		no_pair_reaches_from_one_text_into_the_next, with_arena, without_arena),
	    cmocka_unit_test(every_pair_of_the_bmp_has_a_number_of_its_own),
	    cmocka_unit_test_setup_teardown(characters_alone_fold_as_in_text, with_arena, without_arena),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
