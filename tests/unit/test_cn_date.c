/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/cn_date.h>

static void
assert_date(const char *text, const char *iso, const char *precision)
{
	struct cn_date d = cn_date_parse(span_of(text));
	char out[24];

	cn_date_format(&d, out);
	if (strcmp(out, iso) != 0 || strcmp(cn_precision_name(d.precision), precision) != 0)
		fail_msg("%s: got %s %s, want %s %s", text, out, cn_precision_name(d.precision), iso,
		    precision);
}

static void
every_row_of_the_table_has_its_date(void **state)
{
	FILE *f = shared_open("corpus/dates.tsv");
	struct span row[FIELDS_MAX];
	char line[8192], raw[512], iso[64], precision[64];
	size_t rows = 0;

	(void)state;
	if (f == NULL)
		skip();
	(void)shared_row(f, line, row);
	for (; shared_row(f, line, row) == 3; rows++) {
		(void)snprintf(raw, sizeof(raw), "%.*s", SPAN_ARG(row[0]));
		(void)snprintf(iso, sizeof(iso), "%.*s", SPAN_ARG(row[1]));
		(void)snprintf(precision, sizeof(precision), "%.*s", SPAN_ARG(row[2]));
		assert_date(raw, iso, precision);
	}
	(void)fclose(f);
	assert_true(rows > 0);
}

static void
printed_forms_are_read(void **state)
{
	(void)state;
	assert_date("2019年9月1日", "2019-09-01", "day");
	assert_date("二〇一九年十月廿一日", "2019-10-21", "day");
	assert_date("贰零壹玖年拾贰月叁拾日", "2019-12-30", "day");
	assert_date("2019- 04- 27", "2019-04-27", "day");
	assert_date("2019—04—27", "2019-04-27", "day");
	assert_date("２０１９．４．２７", "2019-04-27", "day");
	assert_date("2019/4", "2019-04", "month");
	assert_date("2019", "2019", "year");
	assert_date("2019年5月8日下午3:05", "2019-05-08T15:05", "minute");
	assert_date("2019-05-08T23:30:00.123+00:00", "2019-05-09T07:30:00", "second");
	assert_date("2019-05-08T07:30:00+0900", "2019-05-08T06:30:00", "second");
	assert_date("20190508123059", "2019-05-08T12:30:59", "second");
	assert_date("201905081230", "2019-05-08T12:30", "minute");
}

static void
labels_before_and_words_behind_are_stepped_over(void **state)
{
	(void)state;
	assert_date("【成文日期】2019年9月1日", "2019-09-01", "day");
	assert_date("发布时间 : 2019-09-01 08:05", "2019-09-01T08:05", "minute");
	assert_date("2019年9月1日印发", "2019-09-01", "day");
	assert_date("[2019-09-01]", "2019-09-01", "day");
	assert_date("2019年9月1日 星期日", "2019-09-01", "day");
}

static void
a_date_inside_a_sentence_is_not_the_text(void **state)
{
	(void)state;
	assert_date("2019年9月1日，会议召开", "", "none");
	assert_date("自2019年9月1日起", "", "none");
	assert_date("2019-2020年", "", "none");
	assert_date("12345", "", "none");
	assert_date("", "", "none");
	assert_date("一", "", "none");
}

static void
impossible_dates_are_flagged_and_never_bent(void **state)
{
	(void)state;
	assert_date("2019-02-29", "", "impossible");
	assert_date("2020-02-29", "2020-02-29", "day");
	assert_date("1900-02-29", "", "impossible");
	assert_date("2019-00-10", "", "impossible");
	assert_date("20191301", "", "impossible");
	assert_date("1899年1月1日", "", "impossible");
	assert_date("0000000000", "", "impossible");
	assert_date("2019-05-08 12:60", "2019-05-08", "day");
	assert_date("2019-12-31 24:00", "2020-01-01T00:00", "minute");
	assert_date("2199-12-31 24:00", "", "impossible");
	assert_date("1900-01-01T00:00+14:00", "", "impossible");
	assert_date("2019-12-31 24:01", "2019-12-31", "day");
}

static void
the_first_whole_date_of_a_text_is_found(void **state)
{
	struct span s = SPAN("编号20191/3，2019年度于2019年9月1日10时05分公布，2020-01-02废止");
	size_t begin = 0, end = 0;
	struct cn_date d = cn_date_find(s, 0, &begin, &end);
	char out[24];

	(void)state;
	cn_date_format(&d, out);
	assert_string_equal(out, "2019-09-01T10:05");
	assert_span(span_cut(s, begin, end), "2019年9月1日10时05分");
	d = cn_date_find(s, end, &begin, &end);
	cn_date_format(&d, out);
	assert_string_equal(out, "2020-01-02");
	assert_int_equal(cn_date_find(s, end, &begin, &end).precision, CN_NONE);
}

static void
a_number_behind_the_minutes_is_no_second(void **state)
{
	size_t begin, end;
	struct cn_date d = cn_date_find(SPAN("2024年3月8日 15时01分 99人到会"), 0, &begin, &end);

	(void)state;
	assert_int_equal(d.precision, CN_MINUTE);
	assert_int_equal(d.minute, 1);
	d = cn_date_find(SPAN("2024年3月8日 15时01分 20人到会"), 0, &begin, &end);
	assert_int_equal(d.precision, CN_MINUTE);
	assert_int_equal(d.second, 0);
}

static void
digits_glued_to_others_are_no_date(void **state)
{
	size_t begin, end;

	(void)state;
	assert_int_equal(cn_date_find(SPAN("A20190901"), 0, &begin, &end).precision, CN_NONE);
	assert_int_equal(cn_date_find(SPAN("12019-09-01"), 0, &begin, &end).precision, CN_NONE);
	assert_int_equal(
	    cn_date_find(SPAN("1\u200B2019-09-01"), 0, &begin, &end).precision, CN_NONE);
	assert_int_equal(cn_date_find(SPAN("于2\u200B019-09-01"), 0, &begin, &end).precision, CN_DAY);
	assert_int_equal(cn_date_find(SPAN("a/2019/09/012"), 0, &begin, &end).precision, CN_NONE);
	assert_int_equal(cn_date_find(SPAN("日期20190901。"), 0, &begin, &end).precision, CN_DAY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_of_the_table_has_its_date),
	    cmocka_unit_test(printed_forms_are_read),
	    cmocka_unit_test(labels_before_and_words_behind_are_stepped_over),
	    cmocka_unit_test(a_date_inside_a_sentence_is_not_the_text),
	    cmocka_unit_test(impossible_dates_are_flagged_and_never_bent),
	    cmocka_unit_test(the_first_whole_date_of_a_text_is_found),
	    cmocka_unit_test(a_number_behind_the_minutes_is_no_second),
	    cmocka_unit_test(digits_glued_to_others_are_no_date),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
