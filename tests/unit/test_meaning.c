/* SPDX-License-Identifier: MIT */
#include "values_support.h"
#include <math.h>
#include <suoyin/limits.h>
#include <suoyin/meaning.h>

#define LINES_MAX 256

struct fixture {
	struct arena a;
	struct structure s;
	struct meaning m;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	arena_init(&f->a, 1 << 26);
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

static struct meaning *
find(void **state, const char *text, const char *title, const char *agency)
{
	struct fixture *f = *state;
	struct span lines[LINES_MAX];
	size_t n = cut_lines(span_of(text), lines, LINES_MAX);
	struct err err = {0};

	assert_int_equal(structure_parse(&f->s, &f->a, lines, n, span_of(title), &err), 0);
	assert_int_equal(meaning_find(&f->m, &f->a, &f->s,
	    &(struct document){span_of(title), span_of(agency), SPAN("某政发〔2020〕99号")}, &err), 0);
	return &f->m;
}

static void
the_title_tells_the_type(void **state)
{
	static const char *const types[][2] = {
	    {"某局2021年法治政府建设年度报告", "法治政府建设年度报告"},
	    {"某局关于2021年度法治政府 建设情况的报告", "法治政府建设年度报告"},
	    {"某局2021年依法行政工作总结", "法治政府建设年度报告"},
	    {"某局2021年政府信息公开工作年度报告", "政府信息公开年度报告"},
	    {"某局2021年政府信息公开年报（公开版）", "政府信息公开年度报告"},
	    {"关于报送法治政府建设年度报告的通知", "通知"},
	    {"关于防火的公告", "公告"},
	    {"某县防火管理办法（试行）", "规范性文件"},
	    {"某县2021年林业年鉴", "其他"}};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		assert_span(find(state, "甲。", types[i][0], NULL)->document_type, types[i][1]);
	assert_span(find(state, "甲。", NULL, NULL)->document_type, "其他");
}

static void
headings_tell_the_type_where_there_is_no_title(void **state)
{
	struct meaning *m = find(state,
	    "按照《某规划（2019—2025年）》要求，2021年我局工作如下。\n一、法治政府建设举措和成效\n甲。\n二、存在的不足\n乙。\n",
	    NULL, NULL);

	assert_span(m->document_type, "法治政府建设年度报告");
	assert_int_equal(m->report_year, 2021);
}

static void
the_year_reported_on_is_not_the_year_of_the_date(void **state)
{
	assert_int_equal(find(state, "甲。", "某局2021年度工作报告", NULL)->report_year, 2021);
	assert_int_equal(find(state, "甲。", "某局二〇二一年法治政府建设报告", NULL)->report_year, 2021);
	assert_int_equal(find(state, "甲。", "某局 2021 年法治政府建设报告", NULL)->report_year, 2021);
	assert_int_equal(find(state, "2022年3月1日，我局汇报2021年情况。", "某局法治政府建设报告",
	    NULL)->report_year, 2021);
	assert_int_equal(find(state, "甲。", "关于2021年防火的通知", NULL)->report_year, 0);
	assert_int_equal(find(state, "甲。", "某局法治政府建设报告", NULL)->report_year, 0);
}

static void
roles_are_read_from_headings(void **state)
{
	static const char *const roles[][2] = {{"推进法治政府建设的主要举措和成效", "achievements"},
	    {"2021年法治政府建设情况", "achievements"}, {"存在的不足和原因", "shortcomings"},
	    {"存在问题及下一步打算", "shortcomings"},
	    {"下一步解决问题的打算", "next_year_plan"}, {"2022年工作计划", "next_year_plan"},
	    {"主要负责人履行第一责任人职责、加强建设情况", "leader_duties"},
	    {"其他需要报告的情况", "other"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(roles); i++)
		assert_span(meaning_role(span_of(roles[i][0])), roles[i][1]);
	assert_span(meaning_role(SPAN("加强组织领导")), NULL);
}

static void
a_part_is_a_section_or_mentioned_or_absent(void **state)
{
	struct meaning *m = find(state,
	    "一、主要举措和成效\n学习《某第一责任人职责规定》，落实第一责任人职责要求，开展工作。\n二、2022年工作计划\n甲。\n",
	    "某局2021年法治政府建设报告", NULL);

	assert_span(m->parts[PART_ACHIEVEMENTS].status, "section");
	assert_span(m->parts[PART_ACHIEVEMENTS].evidence, "主要举措和成效");
	assert_span(m->parts[PART_LEADER_DUTIES].status, "mentioned");
	assert_span(m->parts[PART_LEADER_DUTIES].evidence, "落实第一责任人职责要求");
	assert_span(m->parts[PART_SHORTCOMINGS].status, "absent");
	assert_span(m->parts[PART_SHORTCOMINGS].evidence, NULL);
	assert_span(m->parts[PART_NEXT_YEAR_PLAN].status, "section");
	assert_span(m->parts[PART_OTHER].status, "absent");
}

static void
other_documents_have_no_required_parts(void **state)
{
	struct meaning *m = find(state, "一、存在的不足\n甲。\n", "关于防火的通知", NULL);

	for (size_t i = 0; i < PART_COUNT; i++)
		assert_span(m->parts[i].status, "absent");
}

static void
citations_are_distinct_and_counted(void **state)
{
	struct meaning *m = find(state,
	    "《甲法》、《乙办法（试行）》和《甲 法》，《某书》，《关于印发<丙方案>的通知》，"
	    "《落实〈丁纲要〉办法》、《关于《戊》的函》。未完《己。",
	    NULL, NULL);

	assert_int_equal(m->citation_count, 6);
	assert_span(m->citations[0].title, "甲法");
	assert_int_equal(m->citations[0].count, 2);
	assert_span(m->citations[0].kind, "law");
	assert_span(m->citations[1].kind, "document");
	assert_span(m->citations[2].kind, "other");
	assert_span(m->citations[3].nested[0], "丙方案");
	assert_span(m->citations[4].nested[0], "丁纲要");
	assert_span(m->citations[5].title, "关于《戊》的函");
	assert_span(m->citations[5].nested[0], "戊");
}

static void
numbers_cited_are_listed_once_and_not_the_own(void **state)
{
	struct meaning *m = find(state,
	    "某林发〔2021〕7号\n关于防火的通知\n按照《某》（某政发[2020]3号）和《某》（某政发〔2020〕3号）要求，执行某林发〔2021〕7号、某政发〔2020〕99号。\n",
	    "关于防火的通知", NULL);

	assert_int_equal(m->number_count, 1);
	assert_span(m->numbers_cited[0].normalized, "某政发〔2020〕3号");
	assert_span(m->numbers_cited[0].raw, "某政发[2020]3号");
}

static void
assert_quantity(const struct quantity *q, double value, const char *unit, const char *qualifier)
{
	if (fabs(q->value - value) > 1e-9)
		fail_msg("got %f, want %f", q->value, value);
	assert_span(q->unit, unit);
	assert_span(q->qualifier, qualifier);
}

static void
quantities_carry_unit_and_hedge(void **state)
{
	struct meaning *m = find(state,
	    "召开会议4次，发放资料100多万份，减免46.7万元，参加300 余人，举办近30场，压缩50%以上，"
	    "每年至少安排2次以上，会议不少于1次，办理时限15日，投入1,200.5万元，面积3万余亩，"
	    "里程２０千米，缩减至14个工作日，年满20周岁。",
	    NULL, NULL);

	assert_int_equal(m->quantity_count, 14);
	assert_quantity(&m->quantities[0], 4, "次", NULL);
	assert_quantity(&m->quantities[1], 100, "万份", "多");
	assert_quantity(&m->quantities[2], 46.7, "万元", NULL);
	assert_quantity(&m->quantities[3], 300, "人", "余");
	assert_quantity(&m->quantities[4], 30, "场", "近");
	assert_quantity(&m->quantities[5], 50, "%", "以上");
	assert_quantity(&m->quantities[6], 2, "次", "至少…以上");
	assert_quantity(&m->quantities[7], 1, "次", "不少于");
	assert_quantity(&m->quantities[8], 15, "日", NULL);
	assert_quantity(&m->quantities[9], 1200.5, "万元", NULL);
	assert_span(m->quantities[9].value_text, "1,200.5");
	assert_quantity(&m->quantities[10], 3, "万亩", "余");
	assert_quantity(&m->quantities[11], 20, "千米", NULL);
	assert_quantity(&m->quantities[12], 14, "个工作日", NULL);
	assert_quantity(&m->quantities[13], 20, "周岁", NULL);
	assert_span(m->quantities[0].context, "召开会议4次，发放资料100多万份，减免46.7万元");
}

static void
dates_ordinals_and_names_are_no_quantities(void **state)
{
	struct meaning *m = find(state,
	    "2021年5月20日，第3次，12.4宪法日，“3+1+N”，《29条措施》，某政发〔2021〕7号，学府路690号，"
	    "2020-2025年，16时30分，1项目，电话0871-66244702，A4份，12345热线，2月1日至3日，"
	    "庆祝建党100周年。",
	    NULL, NULL);

	for (size_t i = 0; i < m->quantity_count; i++)
		print_error("[%.*s %.*s]\n", SPAN_ARG(m->quantities[i].value_text),
		    SPAN_ARG(m->quantities[i].unit));
	assert_int_equal(m->quantity_count, 0);
}

static void
an_endless_number_is_no_quantity(void **state)
{
	struct meaning *m = find(state, "共1234567890123456789012345678901234567890个。", NULL, NULL);

	assert_int_equal(m->quantity_count, 0);
}

static void
the_region_is_the_issuers(void **state)
{
	struct meaning *m = find(state, "赴昆明市学习。", NULL, "浙江省丽水市莲都区林业局");

	assert_span(m->province, "浙江省");
	assert_span(m->city, "丽水市");
	assert_span(m->county, "莲都区");
	m = find(state, "甲。", "恩施土家族苗族自治州林业局关于防火的通知", NULL);
	assert_span(m->province, "湖北省");
	assert_span(m->city, "恩施土家族苗族自治州");
	assert_span(m->county, NULL);
	m = find(state, "甲。", NULL, "中共义乌市林业局党组");
	assert_span(m->city, NULL);
	assert_span(m->county, "义乌市");
	m = find(state, "甲。", NULL, "重庆市某某经济技术开发区管委会");
	assert_span(m->province, "重庆市");
	assert_span(m->county, NULL);
	m = find(state, "全区社区工作。", NULL, "国家林业局");
	assert_span(m->province, NULL);
	assert_span(m->county, NULL);
}

static void
a_county_finds_its_prefecture_and_province_in_the_text(void **state)
{
	struct meaning *m = find(state, "地点在淄博市张店区。", NULL, "张店区林业局");

	assert_span(m->city, "淄博市");
	assert_span(m->province, "山东省");
	m = find(state, "学习《山东省某条例》。", NULL, "张店区林业局");
	assert_span(m->city, NULL);
	assert_span(m->province, "山东省");
}

static void
the_issuer_stands_before_the_matter(void **state)
{
	static const char *const titles[][2] = {{"某县林业局关于防火的通知", "某县林业局"},
	    {"某县林业局2021年法治政府建设报告", "某县林业局"},
	    {"中共某县林业局党组 关于防火的报告", "中共某县林业局党组"},
	    {"某县人民政府公告", "某县人民政府"}, {"关于防火的通知", NULL},
	    {"2021年工作总结", NULL}, {"林业工作再上台阶", NULL}, {"某县林业局", NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		assert_span(meaning_issuer(span_of(titles[i][0])), titles[i][1]);
	assert_span(meaning_issuer((struct span){NULL, 0}), NULL);
}

/* n times the text. */
static struct span
repeat(struct arena *a, const char *text, size_t n)
{
	size_t len = strlen(text);
	char *p = arena_alloc(a, n * len + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		memcpy(p + i * len, text, len);
	return (struct span){p, n * len};
}

static void
lists_are_bounded_and_hostile_text_is_linear(void **state)
{
	static const char *const hostile[] = {"《", "1", "[", "〔2021〕", "《第一责任人》", "（", "1个"};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(hostile); i++) {
		struct structure s = {.body = repeat(&f->a, hostile[i], 50000)};
		struct arena a;
		struct meaning m;

		arena_init(&a, (size_t)1 << 28);
		assert_int_equal(meaning_find(&m, &a, &s,
		    &(struct document){.title = SPAN("某局法治政府建设报告")}, NULL), 0);
		assert_true(m.quantity_count <= QUANTITIES_MAX);
		assert_true(m.citation_count <= CITATIONS_MAX);
		arena_fini(&a);
	}
}

static void
a_full_arena_rejects_and_leaks_nothing(void **state)
{
	struct fixture *f = *state;
	size_t limit = 0;
	int rc = -1;

	(void)find(state, "按照《甲<乙>法》（某政发〔2020〕3号），共3余万件，至少3件以上。", NULL, NULL);
	for (; limit < 1 << 20 && rc == -1; limit += 32) {
		struct meaning m = {.report_year = 7};
		struct err err = {0};
		struct arena a;

		arena_init(&a, limit);
		rc = meaning_find(&m, &a, &f->s,
		    &(struct document){.title = SPAN("某局2021年报告"), .agency = SPAN("某局")}, &err);
		if (rc == -1) {
			assert_int_equal(err.code, ERR_REJECT);
			assert_int_equal(m.report_year, 7);
		} else {
			assert_int_equal(m.number_count, 1);
			assert_int_equal(m.quantity_count, 2);
			assert_int_equal(m.citations[0].nested_count, 1);
		}
		arena_fini(&a);
	}
	assert_int_equal(rc, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_title_tells_the_type),
	    cmocka_unit_test(headings_tell_the_type_where_there_is_no_title),
	    cmocka_unit_test(the_year_reported_on_is_not_the_year_of_the_date),
	    cmocka_unit_test(roles_are_read_from_headings),
	    cmocka_unit_test(a_part_is_a_section_or_mentioned_or_absent),
	    cmocka_unit_test(other_documents_have_no_required_parts),
	    cmocka_unit_test(citations_are_distinct_and_counted),
	    cmocka_unit_test(numbers_cited_are_listed_once_and_not_the_own),
	    cmocka_unit_test(quantities_carry_unit_and_hedge),
	    cmocka_unit_test(dates_ordinals_and_names_are_no_quantities),
	    cmocka_unit_test(an_endless_number_is_no_quantity),
	    cmocka_unit_test(the_region_is_the_issuers),
	    cmocka_unit_test(a_county_finds_its_prefecture_and_province_in_the_text),
	    cmocka_unit_test(the_issuer_stands_before_the_matter),
	    cmocka_unit_test(lists_are_bounded_and_hostile_text_is_linear),
	    cmocka_unit_test(a_full_arena_rejects_and_leaks_nothing),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
