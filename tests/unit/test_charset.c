/* SPDX-License-Identifier: MIT */
/* charset: which charset a page is in, why, and what could not be read. */
#include "pages_support.h"

#include "../../core/charset_label.h"

/* 甲县 in GB18030, 甲縣 in Big5 */
#define JIAXIAN_GB "\xBC\xD7\xCF\xD8"
#define JIAXIAN_BIG5 "\xA5\xD2\xBF\xA4"

struct seen {
	struct charset how;
	struct span text;
};

static struct seen
decode(void **state, struct span bytes, const char *content_type)
{
	struct pages *p = *state;
	struct seen s = {0};

	assert_int_equal(
	    charset_decode(p->kit, &s.how, &s.text, &p->a, bytes, span_of(content_type), &p->err),
	    0);
	assert_true(text_is_utf8(s.text));
	return s;
}

static void
assert_decided(const struct seen *s, const char *used, const char *declared, const char *evidence)
{
	assert_span(s->how.used, used);
	assert_span(s->how.declared, declared);
	assert_span(s->how.evidence, evidence);
}

static void
a_bom_beats_every_label(void **state)
{
	struct seen s = decode(state,
	    SPAN("\xEF\xBB\xBF"
		 "<meta charset=gbk>a"),
	    "text/html; charset=big5");

	assert_decided(&s, "UTF-8", "big5", "bom");
	assert_span(s.text, "<meta charset=gbk>a");
	s = decode(state, SPAN("\xFF\xFE\x32\x75\x0A\x00"), NULL);
	assert_decided(&s, "UTF-16LE", NULL, "bom");
	assert_span(s.text, "甲\n");
	s = decode(state, SPAN("\xFE\xFF\x75\x32"), NULL);
	assert_decided(&s, "UTF-16BE", NULL, "bom");
	assert_span(s.text, "甲");
}

static void
valid_utf8_with_a_multibyte_sequence_beats_labels(void **state)
{
	struct seen s = decode(state, SPAN("<meta charset=gb2312>甲县"), "text/html;charset=GBK");

	assert_decided(&s, "UTF-8", "GBK", "utf8");
	assert_span(s.text, "<meta charset=gb2312>甲县");
	assert_int_equal(s.how.replacements, 0);
}

static void
pure_ascii_takes_the_label_there_is(void **state)
{
	struct seen s = decode(state, SPAN("<p>a</p>"), "text/html; charset=\"gb2312\"");

	assert_decided(&s, "GB18030", "gb2312", "http");
	s = decode(state, SPAN("<meta charset='utf-8'><p>a</p>"), NULL);
	assert_decided(&s, "UTF-8", "utf-8", "meta");
	s = decode(state, SPAN("<p>a</p>"), NULL);
	assert_decided(&s, "UTF-8", NULL, "default");
}

static void
the_header_beats_the_meta_tag(void **state)
{
	struct seen s =
	    decode(state, SPAN("<meta charset=gbk>" JIAXIAN_BIG5), "text/html; charset=Big5");

	assert_decided(&s, "Big5", "Big5", "http");
	assert_span(s.text, "<meta charset=gbk>甲縣");
}

static void
an_unknown_label_in_the_header_is_told_and_passed_over(void **state)
{
	struct seen s =
	    decode(state, SPAN("<meta charset=gbk>" JIAXIAN_GB), "text/html; charset=gobbledygook");

	assert_decided(&s, "GB18030", "gobbledygook", "meta");
	assert_span(s.text, "<meta charset=gbk>甲县");
}

static void
all_labels_of_the_gb_family_mean_gb18030(void **state)
{
	static const char *const labels[] = {"gb2312", "GBK", "GB18030", "gb_2312-80", "x-gbk",
	    "cp936", "chinese", "EUC-CN", " gb2312 ", "hz-gb-2312"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(labels); i++)
		assert_int_equal(charset_by_label(span_of(labels[i])), CHARSET_GB18030);
	assert_int_equal(charset_by_label(SPAN("")), -1);
	assert_int_equal(charset_by_label(SPAN("gb")), -1);
	assert_int_equal(charset_by_label(SPAN("gb2312 gbk")), -1);
}

/* 镕 is in GBK, not in GB2312; 𠮷 needs four bytes of GB18030; 0x80 is the euro sign (WHATWG). */
static void
a_gb2312_page_may_hold_any_gb18030(void **state)
{
	struct seen s =
	    decode(state, SPAN("\xE9\x46\x95\x34\xB2\x35\x80"), "text/html; charset=gb2312");

	assert_span(s.text, "镕𠮷€");
	assert_int_equal(s.how.replacements, 0);
}

static void
the_meta_tag_is_found_as_browsers_find_it(void **state)
{
	static const struct {
		const char *page, *label;
		int row;
	} cases[] = {
	    {"<META content='text/html; charset=gb2312' http-equiv=Content-Type>", "gb2312",
		CHARSET_GB18030},
	    {"<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>", "utf-8",
		CHARSET_UTF8},
	    {"<!-- <meta charset=big5> --><meta charset=gbk>", "gbk", CHARSET_GB18030},
	    {"<title>a>b</title><meta name=a content='charset=big5'><meta charset=gbk>", "gbk",
		CHARSET_GB18030},
	    {"<a title='<meta charset=big5>'><meta charset=gbk>", "gbk", CHARSET_GB18030},
	    {"<meta charset=nonsense><meta charset=gbk>", "gbk", CHARSET_GB18030},
	    {"<meta charset=nonsense>", "nonsense", -1},
	    {"<meta charset=utf-16>", "utf-16", CHARSET_UTF8}, /* it was read as ASCII: a lie */
	    {"<?xml version='1.0' encoding='gb2312'?><html>", "gb2312", CHARSET_GB18030},
	    {"<metadata charset=gbk>", NULL, -1},
	    {"<meta charset='gbk", NULL, -1},
	    {"<p>charset=gbk", NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct span label = {NULL, 0};
		int row = charset_prescan(span_of(cases[i].page), &label);

		assert_int_equal(row, cases[i].row);
		assert_span(label, cases[i].label);
	}
}

static void
only_the_first_bytes_are_searched_for_a_meta_tag(void **state)
{
	struct span label = {NULL, 0};
	struct span page = repeated(*state, "", " ", META_PRESCAN_BYTES, "<meta charset=gbk>");

	assert_int_equal(charset_prescan(page, &label), -1);
	assert_null(label.p);
}

static void
the_label_of_a_content_type_ends_where_it_ends(void **state)
{
	(void)state;
	assert_span(charset_label(SPAN("text/html; charset=gbk; x=1")), "gbk");
	assert_span(charset_label(SPAN("text/html;Charset = 'gbk' ")), "gbk");
	assert_span(charset_label(SPAN("text/html; charset; charset=gbk")), "gbk");
	assert_null(charset_label(SPAN("text/html")).p);
	assert_null(charset_label(SPAN("text/html; charset=")).p);
	assert_null(charset_label(SPAN("text/html; charset=\"gbk")).p);
	assert_null(charset_label((struct span){NULL, 0}).p);
}

static void
undeclared_text_is_guessed(void **state)
{
	struct seen s = decode(
	    state, SPAN("<p>\xB9\xD8\xD3\xDA\xB7\xC0\xBB\xF0\xB5\xC4\xCD\xA8\xD6\xAA</p>"), NULL);

	assert_decided(&s, "GB18030", NULL, "uchardet");
	assert_span(s.text, "<p>关于防火的通知</p>");
	s = decode(state,
	    SPAN("<p>\xC3\xF6\xA9\xF3\xA8\xBE\xA4\xF5\xAA\xBA\xB3\x71\xAA\xBE\xA1\x41"
		 "\xA6\x55\xB6\x6D\xC2\xED\xA4\x48\xA5\xC1\xAC\x46\xA9\xB2\xA1\x47</p>"),
	    NULL);
	assert_decided(&s, "Big5", NULL, "uchardet");
}

/* uchardet takes 甲县 for windows-1252. */
static void
a_short_chinese_text_is_not_taken_for_latin(void **state)
{
	struct seen s = decode(state, SPAN("<p>" JIAXIAN_GB "</p>"), NULL);

	assert_decided(&s, "GB18030", NULL, "default");
	assert_span(s.text, "<p>甲县</p>");
}

static void
the_guess_looks_where_the_text_is(void **state)
{
	struct span page = repeated(*state, "<script>", "var a;", 60000,
	    "</script><p>\xB9\xD8\xD3\xDA\xB7\xC0\xBB\xF0\xB5\xC4\xCD\xA8\xD6\xAA</p>");
	struct seen s = decode(state, page, NULL);

	assert_span(s.how.used, "GB18030");
	assert_true(span_ends(s.text, SPAN("关于防火的通知</p>")));
}

static void
one_stray_byte_does_not_spoil_undeclared_utf8(void **state)
{
	struct span page = repeated(*state, "\xFF", "甲县科技局。", 50, "\xE7\x94");
	struct seen s = decode(state, page, NULL);

	assert_decided(&s, "UTF-8", NULL, "default");
	assert_int_equal(s.how.replacements, 3);
	assert_true(span_starts(s.text, SPAN("\xEF\xBF\xBD甲县科技局。")));
}

static void
what_cannot_be_read_is_replaced_and_counted(void **state)
{
	struct seen s = decode(state,
	    SPAN("a\xFF\xE7\x94"
		 "b\xC0\x80"),
	    "text/html; charset=utf-8");

	assert_span(s.text, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
			    "b\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_int_equal(s.how.replacements, 5);
	s = decode(state, SPAN(JIAXIAN_GB "\xFF<p>\x81"), "text/html; charset=gbk");
	assert_span(s.text, "甲县\xEF\xBF\xBD<p>\xEF\xBF\xBD");
	assert_int_equal(s.how.replacements, 2);
}

/* Pages of good UTF-8 are most of all pages. */
/* Vietnamese and Hebrew letters may be followed by a mark that joins them. */
static void
the_last_letter_is_not_lost(void **state)
{
	struct seen s = decode(state, SPAN("b\xC2"), "text/html; charset=windows-1258");

	assert_span(s.text, "bÂ");
	s = decode(state, SPAN("\xE9"), "text/html; charset=windows-1255");
	assert_span(s.text, "י");
	s = decode(state, SPAN("\xE9\xFF\xE9 b"), "text/html; charset=windows-1255");
	assert_span(s.text, "י\uFFFDי b");
	assert_int_equal(s.how.replacements, 1);
}

static void
good_utf8_is_not_copied(void **state)
{
	struct span page = SPAN("甲县");
	struct seen s = decode(state, page, NULL);

	assert_ptr_equal(s.text.p, page.p);
	assert_span(s.text, "甲县");
}

static void
nul_never_gets_through(void **state)
{
	struct seen s = decode(state, (struct span){"甲\0县", 7}, NULL);

	assert_decided(&s, "UTF-8", NULL, "utf8");
	assert_span(s.text, "甲\xEF\xBF\xBD县");
	assert_int_equal(s.how.replacements, 1);
	s = decode(state, (struct span){"a\0b", 3}, "text/html; charset=gbk");
	assert_span(s.text, "a\xEF\xBF\xBD"
			    "b");
}

static void
an_odd_byte_ends_utf16(void **state)
{
	struct seen s = decode(state, SPAN("\xFF\xFE\x32\x75\x41"), NULL);

	assert_span(s.text, "甲\xEF\xBF\xBD");
	assert_int_equal(s.how.replacements, 1);
	s = decode(state, SPAN("\xFF\xFE\x00\xD8\x41\x00"), NULL); /* half a surrogate pair */
	assert_span(s.text, "\xEF\xBF\xBD"
			    "A");
}

static void
nothing_decodes_to_nothing(void **state)
{
	struct seen s = decode(state, SPAN(""), NULL);

	assert_non_null(s.text.p);
	assert_int_equal(s.text.n, 0);
	assert_span(s.how.used, "UTF-8");
	s = decode(state, SPAN("\xEF\xBB\xBF"), NULL);
	assert_int_equal(s.text.n, 0);
	assert_span(s.how.evidence, "bom");
}

static void
every_charset_can_be_opened_and_named(void **state)
{
	for (size_t i = 0; i < charset_name_count; i++) {
		char type[80];
		struct seen s;

		assert_int_equal(charset_by_label(charset_names[i].name), (int)i);
		(void)snprintf(
		    type, sizeof(type), "text/html; charset=%.*s", SPAN_ARG(charset_names[i].name));
		s = decode(state, SPAN("a\0b\0"), type);
		assert_true(span_eq(s.how.used, charset_names[i].name));
	}
	assert_span(charset_names[CHARSET_LAST_MULTIBYTE].name, "EUC-KR");
}

static void
a_page_too_large_for_the_arena_is_refused(void **state)
{
	struct pages *p = *state;
	struct charset how;
	struct span text;
	struct arena small;

	arena_init(&small, 64);
	assert_refused(p,
	    charset_decode(p->kit, &how, &text, &small, repeated(p, "", JIAXIAN_GB, 100, ""),
		SPAN("text/html; charset=gbk"), &p->err),
	    "too_large");
	arena_fini(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(a_bom_beats_every_label),
	    PAGE_TEST(valid_utf8_with_a_multibyte_sequence_beats_labels),
	    PAGE_TEST(pure_ascii_takes_the_label_there_is),
	    PAGE_TEST(the_header_beats_the_meta_tag),
	    PAGE_TEST(an_unknown_label_in_the_header_is_told_and_passed_over),
	    PAGE_TEST(all_labels_of_the_gb_family_mean_gb18030),
	    PAGE_TEST(a_gb2312_page_may_hold_any_gb18030),
	    PAGE_TEST(the_meta_tag_is_found_as_browsers_find_it),
	    PAGE_TEST(only_the_first_bytes_are_searched_for_a_meta_tag),
	    PAGE_TEST(the_label_of_a_content_type_ends_where_it_ends),
	    PAGE_TEST(undeclared_text_is_guessed),
	    PAGE_TEST(a_short_chinese_text_is_not_taken_for_latin),
	    PAGE_TEST(the_guess_looks_where_the_text_is),
	    PAGE_TEST(one_stray_byte_does_not_spoil_undeclared_utf8),
	    PAGE_TEST(what_cannot_be_read_is_replaced_and_counted),
	    PAGE_TEST(the_last_letter_is_not_lost),
	    PAGE_TEST(good_utf8_is_not_copied),
	    PAGE_TEST(nul_never_gets_through),
	    PAGE_TEST(an_odd_byte_ends_utf16),
	    PAGE_TEST(nothing_decodes_to_nothing),
	    PAGE_TEST(every_charset_can_be_opened_and_named),
	    PAGE_TEST(a_page_too_large_for_the_arena_is_refused),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
