/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/text.h>

static void
bad_utf8_costs_one_byte_and_is_told(void **state)
{
	static const char *const bad[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
	    "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE4\xB8", "\xFF"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		size_t at = 0;

		assert_true(text_next(span_of(bad[i]), &at) == TEXT_BAD);
		assert_int_equal(at, 1);
		assert_false(text_is_utf8(span_of(bad[i])));
	}
	assert_true(text_is_utf8(SPAN("a\xC2\x80\xE4\xB8\xAD\xF0\xA0\x80\x80\xF4\x8F\xBF\xBF")));
}

static void
the_end_of_a_span_is_respected(void **state)
{
	struct span s = span_cut(SPAN("中"), 0, 2);
	size_t at = 0;

	(void)state;
	assert_true(text_next(s, &at) == TEXT_BAD);
	at = 5;
	assert_true(text_next(s, &at) == TEXT_BAD);
	assert_int_equal(at, 5);
}

static bool
is_utf8_one_by_one(struct span s)
{
	for (size_t at = 0; at < s.n;)
		if (text_next(s, &at) == TEXT_BAD)
			return false;
	return true;
}

/* Runs of characters are looked at two at a time: one bad byte anywhere in them is seen all the same. */
static void
a_bad_byte_is_found_wherever_it_stands(void **state)
{
	static const unsigned char bytes[] = {0x00, 0x41, 0x7F, 0x80, 0xA0, 0xBF, 0xC2, 0xE0, 0xE3, 0xE4, 0xEB, 0xEC,
	    0xED, 0xF0, 0xFF};
	static const char good[] = "一是依法行政，深入推进法治政府建设abcdefgh。取得新成效";
	char text[sizeof(good)];

	(void)state;
	for (size_t cut = 0; cut < sizeof(good); cut++)
		assert_int_equal(text_is_utf8((struct span){good, cut}), is_utf8_one_by_one((struct span){good, cut}));
	for (size_t at = 0; at + 1 < sizeof(good); at++)
		for (size_t i = 0; i < sizeof(bytes); i++) {
			struct span s = {text, sizeof(good) - 1};

			memcpy(text, good, sizeof(good));
			text[at] = (char)bytes[i];
			if (text_is_utf8(s) != is_utf8_one_by_one(s))
				fail_msg("byte %zu as %02x", at, bytes[i]);
		}
}

static void
multibyte_needs_a_whole_sequence(void **state)
{
	(void)state;
	assert_true(text_has_multibyte(SPAN("ab索")));
	assert_false(text_has_multibyte(SPAN("ab")));
	assert_false(text_has_multibyte(SPAN("ab\xE4\xB8")));
}

static void
prefix_and_suffix_count_characters(void **state)
{
	(void)state;
	assert_int_equal(text_length(SPAN("索引a")), 3);
	assert_span(text_first(SPAN("索引a"), 2), "索引");
	assert_span(text_last(SPAN("索引a"), 2), "引a");
	assert_span(text_last(SPAN("索引a"), 9), "索引a");
	assert_span(text_first(SPAN(""), 3), "");
}

static void
classes_know_the_characters_of_chinese_pages(void **state)
{
	(void)state;
	assert_true(text_is_space(0x3000) && text_is_space(0xA0) && text_is_space('\t'));
	assert_false(text_is_space(0x200B) || text_is_space('a'));
	assert_true(text_is_zero_width(0x200B) && text_is_zero_width(0xFEFF));
	assert_true(text_is_han(0x7D22) && text_is_han(0x3007) && !text_is_han('a'));
	assert_true(text_is_digit(0xFF15) && text_is_digit('5') && !text_is_digit(0x4E94));
}

static void
trim_takes_every_kind_of_blank(void **state)
{
	(void)state;
	assert_span(text_trim(SPAN("\xE3\x80\x80\xE2\x80\x8B 索 引\xC2\xA0\r\n")), "索 引");
	assert_span(text_trim(SPAN("\xE3\x80\x80 ")), "");
	assert_null(text_trim((struct span){NULL, 0}).p);
}

static void
folding_makes_plain_text(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_span(text_fold_space(&a, SPAN("  索\t \n引　\xE2\x80\x8B号 ")), "索 引 号");
	assert_span(text_strip_space(&a, SPAN(" 索 引　号 ")), "索引号");
	assert_span(text_fold_width(&a, SPAN("ＡＢ１２（x）　y\xE2\x80\x8B")), "AB12(x) y");
	assert_null(text_fold_space(&a, (struct span){NULL, 0}).p);
	arena_fini(&a);
}

static void
folded_titles_differ_only_in_words(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_span(text_fold_title(&a, SPAN("关于《ＡＢｃ》 的“通知”（试行）")), "关于abc的通知试行");
	assert_span(text_fold_title(&a, SPAN("﹝2023﹞①　㎡")), "20231m2");
	assert_span(text_fold_title(&a, SPAN("，。—— ")), "");
	assert_null(text_fold_title(&a, (struct span){NULL, 0}).p);
	arena_fini(&a);
}

/* Titles of common characters take a way of their own; 々 is none of them. */
static void
both_ways_to_fold_a_title_agree(void **state)
{
	struct arena a;
	struct buf in;

	(void)state;
	arena_init(&a, 1 << 20);
	buf_init(&in, 16);
	for (uint32_t c = 1; c < 0x10000; c++) {
		struct span quick, slow;

		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		buf_clear(&in);
		(void)buf_add_utf8(&in, c);
		quick = text_fold_title(&a, buf_span(&in));
		(void)buf_add_str(&in, "々");
		slow = text_fold_title(&a, buf_span(&in));
		if (!span_eq(quick, span_cut(slow, 0, slow.n - strlen("々"))))
			fail_msg("U+%04X", c);
		arena_reset(&a);
	}
	buf_fini(&in);
	arena_fini(&a);
}

static void
entities_are_decoded_once(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_span(text_unescape(&a, SPAN("&lt;&amp;nbsp;&gt;")), "<&nbsp;>");
	assert_span(text_unescape(&a, SPAN("a&#12288;b&#x4e2D;&#150;")), "a　b中–");
	assert_span(text_unescape(&a, SPAN("&emsp;&nosuch; & &; &#; &#x; &")), "\xE2\x80\x83&nosuch; & &; &#; &#x; &");
	assert_span(text_unescape(&a, SPAN("&#0;&#xD800;&#99999999999;")), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	arena_fini(&a);
}

static void
a_full_arena_gives_absent(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	assert_null(text_fold_space(&a, SPAN("a b")).p);
	assert_null(text_strip_space(&a, SPAN("a b")).p);
	assert_null(text_fold_width(&a, SPAN("a b")).p);
	assert_null(text_fold_title(&a, SPAN("a b")).p);
	assert_null(text_unescape(&a, SPAN("a &amp; b")).p);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_utf8_costs_one_byte_and_is_told),
	    cmocka_unit_test(the_end_of_a_span_is_respected),
	    cmocka_unit_test(a_bad_byte_is_found_wherever_it_stands),
	    cmocka_unit_test(multibyte_needs_a_whole_sequence),
	    cmocka_unit_test(prefix_and_suffix_count_characters),
	    cmocka_unit_test(classes_know_the_characters_of_chinese_pages),
	    cmocka_unit_test(trim_takes_every_kind_of_blank),
	    cmocka_unit_test(folding_makes_plain_text),
	    cmocka_unit_test(folded_titles_differ_only_in_words),
	    cmocka_unit_test(both_ways_to_fold_a_title_agree),
	    cmocka_unit_test(entities_are_decoded_once),
	    cmocka_unit_test(a_full_arena_gives_absent),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
