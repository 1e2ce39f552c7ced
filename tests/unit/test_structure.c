/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <suoyin/structure.h>

#define LINES_MAX 256

struct fixture {
	struct arena a;
	struct structure s;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	arena_init(&f->a, 1 << 22);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->a);
	free(f);
	return 0;
}

static struct structure *
parse_titled(void **state, const char *text, const char *title)
{
	struct fixture *f = *state;
	struct span lines[LINES_MAX];
	size_t n = cut_lines(span_of(text), lines, LINES_MAX);
	struct err err = {0};

	assert_int_equal(structure_parse(&f->s, &f->a, lines, n, span_of(title), &err), 0);
	return &f->s;
}

static struct structure *
parse(void **state, const char *text)
{
	return parse_titled(state, text, NULL);
}

static void
assert_day(struct cn_date d, const char *want)
{
	char out[24];

	cn_date_format(&d, out);
	assert_string_equal(out, want);
}

static const char whole[] =
    "某县林业局文件\n"
    "某林发〔2021〕7号\n"
    "某县林业局\n"
    "关于2021年度防火工作的报告\n"
    "县委、县政府：\n"
    "现将防火情况报告如下：\n"
    "一、工作情况\n"
    "（一）巡护。一是增加人手。二是更换设备。\n"
    "1.山区。每日巡护。\n"
    "（1）东片\n"
    "由东站负责。\n"
    "二、存在问题\n"
    "人手不足。\n"
    "特此报告。\n"
    "附件：1.巡护表\n"
    "2.设备表\n"
    "某县林业局\n"
    "2021年12月30日\n"
    "抄送：县人大办公室\n"
    "某县林业局办公室 2021年12月31日印发\n";

static void
the_parts_of_a_document_are_told_apart(void **state)
{
	struct structure *s = parse(state, whole);

	assert_span(s->document_number, "某林发〔2021〕7号");
	assert_span(s->title, "某县林业局 关于2021年度防火工作的报告");
	assert_span(s->addressee, "县委、县政府");
	assert_span(s->preamble, "现将防火情况报告如下：");
	assert_int_equal(s->signed_by_count, 1);
	assert_span(s->signed_by[0], "某县林业局");
	assert_day(s->signed_on, "2021-12-30");
	assert_span(s->printed_by, "某县林业局办公室");
	assert_day(s->printed_on, "2021-12-31");
	assert_int_equal(s->noise_count, 0);
	assert_true(span_starts(s->body, SPAN("某县林业局文件\n某林发")));
	assert_true(span_ends(s->body, SPAN("2021年12月31日印发")));
}

static void
sections_form_a_tree_by_their_ordinals(void **state)
{
	struct structure *s = parse(state, whole);

	assert_int_equal(s->section_count, 5);
	assert_span(s->sections[0].ordinal, "一、");
	assert_span(s->sections[0].heading, "工作情况");
	assert_span(s->sections[0].role, "achievements");
	assert_span(s->sections[0].text, NULL);
	assert_int_equal(s->sections[1].level, 2);
	assert_span(s->sections[1].heading, "巡护");
	assert_true(s->sections[1].inline_text);
	assert_int_equal(s->sections[1].enumerations, 2);
	assert_int_equal(s->sections[1].parent, 0);
	assert_span(s->sections[2].ordinal, "1.");
	assert_int_equal(s->sections[2].parent, 1);
	assert_int_equal(s->sections[3].level, 4);
	assert_false(s->sections[3].inline_text);
	assert_span(s->sections[3].text, "由东站负责。");
	assert_int_equal(s->sections[3].parent, 2);
	assert_true(s->sections[4].parent == SIZE_MAX);
	assert_span(s->sections[4].text, "人手不足。");
}

static void
a_skipped_level_hangs_below_the_nearest(void **state)
{
	struct structure *s = parse(state, "一、甲\n1.乙。丙。\n二、丁\n（1）戊\n");

	assert_int_equal(s->section_count, 4);
	assert_int_equal(s->sections[1].parent, 0);
	assert_int_equal(s->sections[3].parent, 2);
}

static void
dates_and_decimals_open_no_section(void **state)
{
	struct structure *s = parse(state,
	    "一、甲情况\n5月20日召开会议。\n12.4宪法日。\n2021.3.1起施行。\n1.5亿元。\n三个方面。\n（乙）丙。\n");

	assert_int_equal(s->section_count, 1);
}

static void
numbers_with_points_are_levels_where_the_document_uses_them(void **state)
{
	struct structure *s = parse(state, "1 总则\n1.1 目的\n为了防火。\n2 组织\n2.1.1 职责分工\n"
					   "2.5 万元用于购置设备\n3 月底完成。");

	assert_int_equal(s->section_count, 4);
	assert_span(s->sections[0].heading, "总则");
	assert_int_equal(s->sections[0].level, 1);
	assert_span(s->sections[1].ordinal, "1.1");
	assert_int_equal(s->sections[1].parent, 0);
	assert_int_equal(s->sections[3].level, 3);
	/* rows of a table */
	s = parse(state, "检查情况如下。\n1 林业局\n2 水务局\n");
	assert_int_equal(s->section_count, 0);
}

static void
a_title_below_the_text_is_a_caption(void **state)
{
	struct structure *s = parse_titled(state,
	    "某县林业局于六月三日在县城召开全县护林员培训会，各乡镇护林站负责人和护林员共计一百二十人"
	    "参加了这次培训，会期一天，由县林业局主要负责人主持。\n2024年6月5日\n护林员培训会召开\n",
	    "护林员培训会召开");

	assert_day(s->signed_on, "2024-06-05");
	assert_true(span_ends(s->body, SPAN("护林员培训会召开")));
}

static void
ordinals_of_either_width_count(void **state)
{
	struct structure *s =
	    parse(state, "十一、甲\n(二)乙\n（ 三 ）丙\n２．丁\n3、戊\n(4)己\n第一章　总则\n");

	assert_int_equal(s->section_count, 7);
	assert_span(s->sections[0].ordinal, "十一、");
	assert_int_equal(s->sections[2].level, 2);
	assert_int_equal(s->sections[3].level, 3);
	assert_int_equal(s->sections[4].level, 3);
	assert_int_equal(s->sections[5].level, 4);
	assert_span(s->sections[6].ordinal, "第一章");
}

static void
enumerations_stand_behind_a_mark(void **state)
{
	struct structure *s =
	    parse(state, "一、甲\n问题：一是乙，二是丙；三是丁。唯一是戊。\n四是己。\n");

	assert_int_equal(s->sections[0].enumerations, 4);
}

static void
a_paragraph_cut_by_a_page_is_whole_again(void **state)
{
	struct structure *s = parse(state,
	    "一、甲\n本年度局领导小组多次听取汇报，\n研究部署有关工作。\n— 2 —\n"
	    "进一步完善责任制，抓好评议考核，完善行政执法\n- 3 -\n案件的办案规程。\n");

	assert_span(s->sections[0].text,
	    "本年度局领导小组多次听取汇报，研究部署有关工作。\n进一步完善责任制，抓好评议考核，完善行政执法案件的办案规程。");
	assert_int_equal(s->noise_count, 2);
}

static void
headings_and_short_lines_are_never_joined(void **state)
{
	struct structure *s = parse(state,
	    "一、坚持依法行政，推动完善部门层级监督和专门监督，纠正乱作为\n本年度开展检查。\n甲单位，乙单位\n丙单位\n");

	assert_span(s->sections[0].heading, "坚持依法行政，推动完善部门层级监督和专门监督，纠正乱作为");
	assert_span(s->sections[0].text, "本年度开展检查。\n甲单位，乙单位\n丙单位");
}

static void
page_chrome_is_noise_line_by_line(void **state)
{
	struct structure *s = parse(state,
	    "关于林业的公告\n| | |\n现公告林业有关事项，请有关单位和个人遵照执行，不得违反有关法律和法规的规定，违者依法处理。\n"
	    "地址：甲路1号\n某县林业局\n2021年1月5日\n扫一扫在手机打开\n相关链接\n:\n"
	    "版权所有：某公司\n地址：乙路2号\n电话：1234567\n");

	assert_int_equal(s->noise_count, 7);
	assert_span(s->noise[0], "| | |");
	assert_span(s->noise[3], ":");
	assert_span(s->noise[6], "电话：1234567");
	assert_true(span_find(s->body, SPAN("地址：甲路1号"), 0) != SIZE_MAX);
	assert_span(s->signed_by[0], "某县林业局");
}

static void
an_address_without_a_footer_is_text(void **state)
{
	struct structure *s = parse(state, "一、甲\n乙。\n地址：甲路1号\n电话：1234567\n");

	assert_int_equal(s->noise_count, 0);
	assert_span(s->sections[0].text, "乙。\n地址：甲路1号\n电话：1234567");
}

static void
a_known_title_is_found_in_its_lines(void **state)
{
	struct structure *s = parse_titled(state,
	    "某县林业局关于\n“防火”的通知\n各乡镇：\n请执行。\n", "某县林业局关于\"防火\"的通知");

	assert_span(s->title, "某县林业局关于 “防火”的通知");
	assert_span(s->addressee, "各乡镇");
	assert_span(s->body, "各乡镇：\n请执行。");
}

static void
a_text_without_a_title_has_none(void **state)
{
	struct structure *s = parse(state, "2021年，在县委领导下，林业局开展了工作。\n一、甲\n乙。\n");

	assert_span(s->title, NULL);
	assert_span(s->addressee, NULL);
	assert_span(s->preamble, "2021年，在县委领导下，林业局开展了工作。");
}

static void
labels_that_were_left_do_no_harm(void **state)
{
	struct structure *s = parse(state,
	    "索 引 号：A/2021-1\n标题：某局2021年工作报告\n文号：\n某局2021年工作报告\n2021-03-05 10:00\n"
	    "某局开展了各项工作。\n一、甲\n乙。\n");

	assert_span(s->title, "某局2021年工作报告");
	assert_span(s->preamble, "某局开展了各项工作。");
	assert_span(s->body, "某局开展了各项工作。\n一、甲\n乙。");
}

static void
an_addressee_may_take_lines_and_words_of_matter_are_none(void **state)
{
	struct structure *s =
	    parse(state, "关于防火的通知\n各乡镇人民政府，\n县直各单位：\n请执行。\n");

	assert_span(s->addressee, "各乡镇人民政府， 县直各单位");
	assert_span(parse(state, "关于防火的通知\n现将有关事项通知如下：\n一、甲\n")->addressee, NULL);
}

static void
markers_may_stand_closer_or_wider(void **state)
{
	struct structure *s = parse(state, "第一章总则\n第二章规定的事项，另行公布。\n一 、目标\n一 是甲\n");

	assert_int_equal(s->section_count, 2);
	assert_span(s->sections[0].ordinal, "第一章");
	assert_span(s->sections[0].heading, "总则");
	assert_span(s->sections[1].heading, "目标");
}

static void
a_number_may_have_the_code_of_a_register_behind_it(void **state)
{
	assert_span(parse(state, "甲水规〔2024〕1号 JXFS-2024-0001\n关于防火的通知\n请各单位认真执行。\n")
			->document_number,
	    "甲水规〔2024〕1号");
	assert_span(parse(state, "甲水规〔2024〕1号文\n关于防火的通知\n请各单位认真执行。\n")
			->document_number,
	    NULL);
}

static void
a_seal_may_stand_for_another(void **state)
{
	struct structure *s = parse(state,
	    "关于防火的通知\n请执行。\n某县防火领导小组办公室\n（某县林业局代章）\n2021年1月5日\n");

	assert_int_equal(s->signed_by_count, 1);
	assert_span(s->signed_by[0], "某县防火领导小组办公室");
	assert_day(s->signed_on, "2021-01-05");
}

static void
several_organs_sign_and_one_line_may_hold_the_date(void **state)
{
	struct structure *s =
	    parse(state, "关于防火的通知\n请执行。\n某县林业局　　某县财政局\n二〇二一年一月五日\n");

	assert_int_equal(s->signed_by_count, 2);
	assert_span(s->signed_by[1], "某县财政局");
	assert_day(s->signed_on, "2021-01-05");
	s = parse(state, "关于防火的通知\n请执行。\n某县林业局 某县财政局 某县水利局\n2021年1月5日\n");
	assert_int_equal(s->signed_by_count, 3);
	assert_span(s->signed_by[1], "某县财政局");
	s = parse(state, "关于防火的通知\n请执行。\n某 县 林 业 局\n2021年1月5日\n");
	assert_int_equal(s->signed_by_count, 1);
	s = parse(state, "关于防火的通知\n请执行。\n某县林业局\n某县财政局 2021年1月5日\n");
	assert_int_equal(s->signed_by_count, 2);
	s = parse(state, "关于防火的通知\n请执行。\n某县林业局（盖章）\n");
	assert_int_equal(s->signed_by_count, 1);
	assert_span(s->signed_by[0], "某县林业局");
	assert_int_equal(s->signed_on.precision, CN_NONE);
}

static void
text_behind_the_signature_belongs_to_no_section_before_it(void **state)
{
	struct structure *s = parse(state,
	    "关于防火的通知\n请执行。\n一、甲\n乙。\n某县林业局\n2021年1月5日\n附件\n防火办法\n一、丙\n丁。\n");

	assert_int_equal(s->section_count, 2);
	assert_span(s->sections[0].text, "乙。");
	assert_span(s->sections[1].text, "丁。");
	assert_day(s->signed_on, "2021-01-05");
}

static void
an_imprint_may_be_broken_into_lines(void **state)
{
	struct structure *s = parse(state,
	    "关于防火的通知\n请执行。\n某县林业局\n2021年1月5日\n某县林业局办公室\n2021年1月6日印发\n");

	assert_span(s->printed_by, "某县林业局办公室");
	assert_day(s->printed_on, "2021-01-06");
	assert_day(s->signed_on, "2021-01-05");
}

static void
nothing_in_gives_nothing_out(void **state)
{
	struct structure *s = parse(state, " \n\n　\n");

	assert_span(s->title, NULL);
	assert_int_equal(s->section_count, 0);
	assert_span(s->body, NULL);
}

static void
a_full_arena_rejects_and_leaks_nothing(void **state)
{
	struct span lines[LINES_MAX];
	size_t n = cut_lines(span_of(whole), lines, LINES_MAX), limit = 0;
	int rc = -1;

	(void)state;
	for (; limit < 1 << 20 && rc == -1; limit += 32) {
		struct structure s = {.section_count = 7};
		struct err err = {0};
		struct arena a;

		arena_init(&a, limit);
		rc = structure_parse(&s, &a, lines, n, (struct span){NULL, 0}, &err);
		if (rc == -1) {
			assert_int_equal(err.code, ERR_REJECT);
			assert_string_equal(err.reason, "too_large");
			assert_int_equal(s.section_count, 7);
		}
		arena_fini(&a);
	}
	assert_int_equal(rc, 0);
}

/* Organ and date on one line, by whatever character the date ends. */
static void
a_date_behind_the_signer_ends_in_many_ways(void **state)
{
	static const char *const dates[] = {"2024年6月10日", "2024年6月10号", "2024年6月10", "2024-06-10", "２０２４年６月１０",
	    "二〇二四年六月十日", "二〇二四年六月十", "2024年6月10日15时"};
	char text[512];

	for (size_t i = 0; i < COUNT_OF(dates); i++) {
		struct structure *s;

		(void)snprintf(text, sizeof(text), "现将有关情况报告如下。\n一、主要工作\n本年工作均已完成。\n示例县水利局 %s\n",
		    dates[i]);
		s = parse_titled(state, text, "");
		if (s->signed_by_count != 1 || s->signed_on.precision != CN_DAY)
			fail_msg("%s", dates[i]);
		assert_day(s->signed_on, "2024-06-10");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_parts_of_a_document_are_told_apart),
	    cmocka_unit_test(sections_form_a_tree_by_their_ordinals),
	    cmocka_unit_test(a_skipped_level_hangs_below_the_nearest),
	    cmocka_unit_test(dates_and_decimals_open_no_section),
	    cmocka_unit_test(numbers_with_points_are_levels_where_the_document_uses_them),
	    cmocka_unit_test(a_title_below_the_text_is_a_caption),
	    cmocka_unit_test(ordinals_of_either_width_count),
	    cmocka_unit_test(enumerations_stand_behind_a_mark),
	    cmocka_unit_test(a_paragraph_cut_by_a_page_is_whole_again),
	    cmocka_unit_test(headings_and_short_lines_are_never_joined),
	    cmocka_unit_test(page_chrome_is_noise_line_by_line),
	    cmocka_unit_test(an_address_without_a_footer_is_text),
	    cmocka_unit_test(a_known_title_is_found_in_its_lines),
	    cmocka_unit_test(a_text_without_a_title_has_none),
	    cmocka_unit_test(labels_that_were_left_do_no_harm),
	    cmocka_unit_test(an_addressee_may_take_lines_and_words_of_matter_are_none),
	    cmocka_unit_test(markers_may_stand_closer_or_wider),
	    cmocka_unit_test(a_number_may_have_the_code_of_a_register_behind_it),
	    cmocka_unit_test(a_seal_may_stand_for_another),
	    cmocka_unit_test(several_organs_sign_and_one_line_may_hold_the_date),
	    cmocka_unit_test(text_behind_the_signature_belongs_to_no_section_before_it),
	    cmocka_unit_test(an_imprint_may_be_broken_into_lines),
	    cmocka_unit_test(nothing_in_gives_nothing_out),
	    cmocka_unit_test(a_full_arena_rejects_and_leaks_nothing),
	    cmocka_unit_test(a_date_behind_the_signer_ends_in_many_ways),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
