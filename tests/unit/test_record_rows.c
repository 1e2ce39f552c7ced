/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <suoyin/record_rows.h>

#include <cmocka.h>

static void
assert_rows(const struct record *r, enum record_rows which, const char *want)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	assert_int_equal(record_rows_write(&out, r, which), 0);
	assert_string_equal(out.n == 0 ? "" : out.p, want);
	assert_true(record_rows_are_lines(buf_span(&out)));
	buf_fini(&out);
}

static void
sections_come_in_order_of_the_text(void **state)
{
	struct section sections[] = {
	    {.level = 1, .ordinal = SPAN_INIT("一、"), .heading = SPAN_INIT("成效"), .role = SPAN_INIT("achievements"),
	        .inline_text = true, .enumerations = 3, .parent = SIZE_MAX},
	    {.level = 2, .heading = SPAN_INIT("a\tb\\c\nd\re"), .parent = 0}};
	struct record r = {.structure = {.sections = sections, .section_count = 2}};

	(void)state;
	assert_rows(&r, ROWS_SECTION, "1\t1\t一、\t成效\tt\tachievements\t3\n"
	                              "2\t2\t\\N\ta\\tb\\\\c\\nd\\re\tf\t\\N\t0\n");
	r.structure.section_count = 0;
	assert_rows(&r, ROWS_SECTION, "");
}

static void
a_list_within_a_line_is_quoted_and_escaped(void **state)
{
	struct span nested[] = {SPAN_INIT("a\"b"), SPAN_INIT("c\\d"), SPAN_INIT("e,{f}")};
	struct citation citations[] = {
	    {.title = SPAN_INIT("民法典"), .count = 2, .kind = SPAN_INIT("law")},
	    {.title = SPAN_INIT("\xFFx"), .count = 1, .kind = SPAN_INIT("other"), .nested = nested, .nested_count = 3}};
	struct record r = {.meaning = {.citations = citations, .citation_count = 2}};

	(void)state;
	assert_rows(&r, ROWS_CITATION, "1\t民法典\tlaw\t2\t{}\n"
	                               "2\t\xEF\xBF\xBDx\tother\t1\t{\"a\\\\\"b\",\"c\\\\\\\\d\",\"e,{f}\"}\n");
}

/* What numeric's round(…, 6) and trim_scale() make of the record's number. */
static void
amounts_have_six_decimals_at_most(void **state)
{
	static const struct {
		double value;
		const char *want;
	} cases[] = {
	    {0, "0"}, {12, "12"}, {99.9, "99.9"}, {0.1, "0.1"}, {0.0000005, "0.000001"}, {0.0000004, "0"},
	    {0.00000049999, "0"}, {1e-20, "0"}, {0.999999, "0.999999"}, {0.9999995, "1"}, {0.1 + 0.2, "0.3"},
	    {12.3456785, "12.345679"}, {12.3456784999, "12.345678"}, {1234567890.1234567, "1234567890.123457"},
	    {999999999999.5, "999999999999.5"}, {1234567890123.5, "1234567890123.5"},
	    {8999999999999999.0, "8999999999999999"}, {9e15, "9e+15"}, {9007199254740994.0, "9007199254740994"},
	    {123456789012345678.0, "1.2345678901234568e+17"}, {HUGE_VAL, "\\N"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct quantity q = {.value = cases[i].value, .unit = SPAN_INIT("件")};
		struct record r = {.meaning = {.quantities = &q, .quantity_count = 1}};
		struct buf want;

		buf_init(&want, 200);
		(void)buf_add_fmt(&want, "1\t%s\t件\t\\N\n", cases[i].want);
		assert_rows(&r, ROWS_QUANTITY, want.p);
		buf_fini(&want);
	}
}

static void
parts_are_of_yearly_reports_only(void **state)
{
	struct record r = {.meaning = {.parts = {[PART_SHORTCOMINGS] = {.status = SPAN_INIT("section")}}}};

	(void)state;
	assert_rows(&r, ROWS_REQUIRED_PART, "");
	r.meaning.document_type = SPAN("法治政府建设年度报告");
	assert_rows(&r, ROWS_REQUIRED_PART, "achievements\tabsent\nshortcomings\tsection\n"
	                                    "leader_duties\tabsent\nnext_year_plan\tabsent\nother\tabsent\n");
}

static void
half_lines_are_not_lines(void **state)
{
	static const char *const bad[] = {"1", "1\t2", "1\n2", "\n", "1\n\n", "1\\\n", "1\n2\\\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (record_rows_are_lines(span_of(bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_true(record_rows_are_lines((struct span){NULL, 0}));
	assert_true(record_rows_are_lines(SPAN("1\\n\n2\t\\N\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sections_come_in_order_of_the_text),
	    cmocka_unit_test(a_list_within_a_line_is_quoted_and_escaped),
	    cmocka_unit_test(amounts_have_six_decimals_at_most),
	    cmocka_unit_test(parts_are_of_yearly_reports_only),
	    cmocka_unit_test(half_lines_are_not_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
