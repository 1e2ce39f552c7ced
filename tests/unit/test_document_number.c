/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/document_number.h>

static void
assert_number(const char *text, const char *normal, const char *class_)
{
	struct arena a;
	struct number n;

	arena_init(&a, 1 << 20);
	assert_int_equal(document_number_parse(&n, &a, span_of(text)), 0);
	assert_span(n.normalized, normal);
	assert_span(n.class_, class_);
	assert_int_equal(document_number_usable(&n), strcmp(class_, "canonical") == 0);
	arena_fini(&a);
}

/* All numbers found in a text, as "a|b|". */
static void
assert_found(const char *text, const char *want)
{
	struct arena a;
	struct number n;
	struct buf b;
	size_t at = 0;

	arena_init(&a, 1 << 20);
	buf_init(&b, 4096);
	while (document_number_find(&n, &a, span_of(text), &at)) {
		(void)buf_add_span(&b, n.normalized);
		(void)buf_add_byte(&b, '|');
	}
	assert_span(buf_span(&b), want);
	buf_fini(&b);
	arena_fini(&a);
}

static void
every_row_of_the_table_has_its_form_and_class(void **state)
{
	FILE *f = shared_open("corpus/document_numbers.tsv");
	struct span row[FIELDS_MAX];
	char line[8192];
	size_t rows = 0;
	struct arena a;

	(void)state;
	if (f == NULL)
		skip();
	arena_init(&a, 1 << 20);
	(void)shared_row(f, line, row);
	for (; shared_row(f, line, row) >= 4; rows++) {
		bool escaped = span_eq(row[1], SPAN("1"));
		struct number n;

		assert_int_equal(
		    document_number_parse(&n, &a, escaped ? unescape(&a, row[0]) : row[0]), 0);
		if (!span_eq(n.normalized, row[2]) || !span_eq(n.class_, row[3]))
			fail_msg("%.*s: got %.*s %.*s", SPAN_ARG(row[0]), SPAN_ARG(n.normalized),
			    SPAN_ARG(n.class_));
	}
	(void)fclose(f);
	arena_fini(&a);
	assert_true(rows > 0);
}

static void
brackets_of_every_kind_become_one(void **state)
{
	static const char *const kinds[] = {"某科发〔2021〕7号", "某科发[2021]7号", "某科发【2021】7号",
	    "某科发（2021）7号", "某科发(2021)7号", "某科发﹝2021﹞7号", "某科发［２０２１］７号",
	    "某科发〖2021〗7号", "某科发 〔 2021 〕 7 号", "某科发〔2021〕第7号", "（某科发〔2021〕7号）",
	    "某科发〔\n2021〕\n7号", "文　号：某科发〔2021〕7号", "[发文字号]某科发〔2021〕7号",
	    "文号：文号：某科发〔2021〕7号", "发文字号文号某科发〔2021〕7号"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		assert_number(kinds[i], "某科发〔2021〕7号", "canonical");
}

static void
orders_and_announcements_have_classes_of_their_own(void **state)
{
	(void)state;
	assert_number("某某部令第 12 号", "某某部令第12号", "order");
	assert_number("第三十号", "第三十号", "order");
	assert_number("2021年第3号", "2021年第3号", "announcement");
	assert_number("某某局公告2021年第3号", "某某局公告2021年第3号", "announcement");
}

static void
what_is_no_number_is_absent_or_suspect(void **state)
{
	(void)state;
	assert_number("无", NULL, "absent");
	assert_number("号", NULL, "absent");
	assert_number("—&nbsp;—", NULL, "absent");
	assert_number("", NULL, "absent");
	assert_number("某科发【2021", "某科发【2021", "suspect");
	assert_number("某科发〔2021〕7", "某科发〔2021〕7", "suspect");
	assert_number("(1995)12号", "〔1995〕12号", "suspect");
	assert_number("某科发〔1821〕7号", "某科发〔1821〕7号", "suspect");
	assert_number("522-03-02", "522-03-02", "suspect");
}

static void
a_number_longer_than_a_key_may_be_is_suspect(void **state)
{
	char text[700] = "";
	struct arena a;
	struct number n;
	struct span s;

	(void)state;
	for (size_t i = 0; i < 24; i++)
		memcpy(text + 3 * i, "科", 3);
	memcpy(text + 72, "〔2021〕7号", 14);
	arena_init(&a, 1 << 20);
	assert_int_equal(document_number_parse(&n, &a, span_of(text)), 0);
	assert_span(n.class_, "canonical");
	for (size_t i = 0; i < 220; i++)
		memcpy(text + 3 * i, "科", 3);
	s = span_of(text);
	memcpy(text + s.n, "7", 1);
	assert_int_equal(document_number_parse(&n, &a, span_of(text)), 0);
	assert_span(n.class_, "suspect");
	assert_false(document_number_usable(&n));
	arena_fini(&a);
}

static void
numbers_are_found_in_running_text(void **state)
{
	(void)state;
	assert_found("根据《某通知》（某政发〔2021〕7号）和《某办法》(某科规[2020]12 号)要求", "某政发〔2021〕7号|某科规〔2020〕12号|");
	assert_found("按照某政发〔2021〕7号和某科规〔2020〕12号文件", "某政发〔2021〕7号|某科规〔2020〕12号|");
	assert_found("《某条例》（某某院令第711号）", "某某院令第711号|");
}

static void
years_and_filing_numbers_are_not_found(void **state)
{
	(void)state;
	assert_found("（2021）年、某ICP备12006921号-1、第5号、〔2021〕7号、规划（2021-2025年）", "");
}

static void
a_full_arena_is_told_and_leaks_nothing(void **state)
{
	size_t limit = 0;
	int rc = -1;

	(void)state;
	for (; limit < 4096 && rc == -1; limit++) {
		struct arena a;
		struct number n;

		arena_init(&a, limit);
		rc = document_number_parse(&n, &a, SPAN("文号：某科发&#12308;2021〕7号"));
		arena_fini(&a);
	}
	assert_int_equal(rc, 0);
	assert_true(limit > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_of_the_table_has_its_form_and_class),
	    cmocka_unit_test(brackets_of_every_kind_become_one),
	    cmocka_unit_test(orders_and_announcements_have_classes_of_their_own),
	    cmocka_unit_test(what_is_no_number_is_absent_or_suspect),
	    cmocka_unit_test(a_number_longer_than_a_key_may_be_is_suspect),
	    cmocka_unit_test(numbers_are_found_in_running_text),
	    cmocka_unit_test(years_and_filing_numbers_are_not_found),
	    cmocka_unit_test(a_full_arena_is_told_and_leaks_nothing),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
