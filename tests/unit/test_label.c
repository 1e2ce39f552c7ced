/* SPDX-License-Identifier: MIT */
/* label: the labelled values around an article, in all the shapes that portals print them in. */
#include "pages_support.h"

#include "../../core/body.h"
#include "../../core/label_line.h"

#define ARTICLE \
	"<div id=zoom><p>甲县科技局认真落实各项要求，扎实推进工作，取得了明显成效，群众满意度提高。</p>" \
	"<p>下一步，将继续努力，争取更大的进步，为全县发展作出新的贡献，请各乡镇遵照执行。</p></div>"

struct seen {
	struct blocks blocks;
	struct body body;
	struct labels labels;
};

static struct seen
look(void **state, const char *page)
{
	struct pages *p = *state;
	struct html *h = arena_alloc(&p->a, sizeof(*h));
	struct seen s = {0};

	parse_html(p, h, &s.blocks, page);
	assert_int_equal(body_choose(&s.body, &p->a, h, &s.blocks, NULL, &p->err), 0);
	assert_int_equal(
	    labels_of_html(&s.labels, &p->a, h, &s.blocks, s.body.begin, s.body.end, &p->err), 0);
	return s;
}

static void
assert_pairs(struct pages *p, const struct labels *labels, const char *want)
{
	struct pairs pairs;
	struct buf b;

	assert_int_equal(labels_to_pairs(&pairs, &p->a, labels), 0);
	buf_init(&b, 65536);
	for (size_t i = 0; i < pairs.count; i++)
		(void)buf_add_fmt(&b, "%s%.*s=%.*s", i > 0 ? "|" : "",
		    SPAN_ARG(pairs.items[i].name), SPAN_ARG(pairs.items[i].value));
	assert_span(buf_span(&b), want);
	buf_fini(&b);
}

/* The labels of a block that stands before an article. */
static void
assert_labels(void **state, const char *block, const char *want)
{
	struct pages *p = *state;
	struct span page = repeated(p, block, ARTICLE, 1, "");
	struct seen s = look(state, page.p);

	assert_pairs(p, &s.labels, want);
}

static void
cells_hold_label_and_value_in_turn(void **state)
{
	assert_labels(state,
	    "<table><tr><td>索引号</td><td>123456789/2024-00001</td><td>发布机构</td><td>甲县科技局</td></tr>"
	    "<tr><th>文  "
	    "号：</th><td>甲科发〔2024〕1号</td><th>成文日期</th><td>2024-01-02</td></tr></table>",
	    "索引号=123456789/2024-00001|发布机构=甲县科技局|文 号=甲科发〔2024〕1号|成文日期=2024-01-02");
}

static void
one_cell_may_hold_both(void **state)
{
	assert_labels(state,
	    "<table><tr><td>索引号: 1/2024-1</td><td><b>发布机构：</b>甲县科技局</td></tr></table>",
	    "索引号=1/2024-1|发布机构=甲县科技局");
}

static void
a_row_of_labels_stands_above_a_row_of_values(void **state)
{
	assert_labels(state,
	    "<table><thead><tr><th>索取号</th><th>发布时间</th><th>备注</th></tr></thead>"
	    "<tbody><tr><td>1/2024-1</td><td>2024-01-02</td><td></td></tr></tbody></table>",
	    "索取号=1/2024-1|发布时间=2024-01-02|备注=");
}

static void
values_of_other_rows_are_not_borrowed(void **state)
{
	assert_labels(state,
	    "<table><tr><td>索引号</td><td></td></tr><tr><td>文号</td><td>甲〔2024〕1号</td></tr></table>",
	    "索引号=|文号=甲〔2024〕1号");
	assert_labels(state,
	    "<table><tr><td>索引号</td><td>文号</td></tr></table><table><tr><td>甲</td><td>乙</td></tr></table>",
	    "索引号=|文号=");
}

static void
lists_hold_labels(void **state)
{
	assert_labels(state,
	    "<dl><dt>索引号：</dt><dd>1/2024-1</dd><dt>公开方式</dt><dd>主动公开</dd></dl>",
	    "索引号=1/2024-1|公开方式=主动公开");
	assert_labels(state,
	    "<ul><li>索引号：1/2024-1</li><li><span>来源：</span>甲县科技局</li></ul>",
	    "索引号=1/2024-1|来源=甲县科技局");
	assert_labels(state,
	    "<div><span>索引号</span><span>1/2024-1</span><span>发文字号</span>"
	    "<span>甲〔2024〕1号</span></div>",
	    "索引号=1/2024-1|发文字号=甲〔2024〕1号");
	assert_labels(state, "<div><label><font>索 引 号：</font></label><div>1/2024-1</div></div>",
	    "索 引 号=1/2024-1");
	assert_labels(state, "<p><strong>索引号</strong>：1/2024-1</p>", "索引号=1/2024-1");
}

static void
one_line_holds_many(void **state)
{
	assert_labels(state,
	    "<div>发布时间：2024-01-02 10:08  来源：甲县科技局  浏览次数：12 字体：【大 中 小】 打印</div>",
	    "发布时间=2024-01-02 10:08|来源=甲县科技局|浏览次数=12");
	assert_labels(state, "<div>[ 索引号 ] 1/2024-1 [ 发布机构 ] 甲县科技局</div>",
	    "索引号=1/2024-1|发布机构=甲县科技局");
	assert_labels(state, "<div>日期∶2024-01-02|来源:甲县科技局|</div>",
	    "日期=2024-01-02|来源=甲县科技局");
}

static void
labels_are_known_by_their_letters_alone(void **state)
{
	static const char *const spellings[] = {"索引号", "索 引 号：",
	    "索\xC2\xA0引　号:", "【索引号】", "[ 索引号 ]", "索\xE2\x80\x8B引号∶", "信息索引号"};
	static const char *const others[] = {"索引", "索引号码表", "甲索引号", "", "：", "号"};
	enum label_field field;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		assert_true(label_is(span_of(spellings[i]), &field));
		assert_int_equal(field, LABEL_INDEX);
	}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(label_is(span_of(others[i]), &field));
	assert_int_equal(label_match(SPAN("信息索引号"), &field), 15);
	assert_int_equal(label_match(SPAN("信息"), &field), 0);
}

static void
label_and_value_may_be_two_elements_without_a_colon(void **state)
{
	assert_labels(state,
	    "<div class=m><div><span>索 引 号</span><span>123456789/2024-00001</span></div>"
	    "<div><span>发文日期</span><span>2024年01月02日</span></div>"
	    "<div><span>标　　题</span><span>甲县通知</span></div></div>",
	    "索 引 号=123456789/2024-00001|发文日期=2024年01月02日|标 题=甲县通知");
	assert_labels(state, "<div><div><b>时间</b><span>管理办法</span></div></div>", "");
	assert_labels(state, "<div><div><b>文号</b><span>怎样编</span></div></div>", "");
}

static void
label_and_value_may_be_boxes_or_lines_without_a_colon(void **state)
{
	static const char *const want = "索引号=123456789/2024-00001|发布机构=甲县|发布日期=2024-01-02";

	assert_labels(state,
	    "<div><p>索引号</p><p>123456789/2024-00001</p><p>发布机构</p><p>甲县</p><p>发布日期</p><p>2024-01-02</p></div>",
	    want);
	assert_labels(state,
	    "<div><div><div>索引号</div><div>123456789/2024-00001</div></div><div><div>发布机构</div><div>甲县</div></div>"
	    "<div><div>发布日期</div><div>2024-01-02</div></div></div>",
	    want);
	assert_labels(state,
	    "<ul><li>索引号<br>123456789/2024-00001</li><li>发布机构<br>甲县</li><li>发布日期<br>2024-01-02</li></ul>",
	    want);
	assert_labels(state, "<div><p>时间</p><p>管理办法</p></div><div><p>来源</p><p>甲县</p></div>", "");
}

static void
words_among_labels_are_labels(void **state)
{
	assert_labels(state,
	    "<table><tr><td>索引号</td><td>1/2024-1</td><td>信息密级</td><td>公开</td></tr>"
	    "<tr><td>发布机构</td><td>甲县</td><td>发布日期</td><td>2024-01-02</td></tr></table>",
	    "索引号=1/2024-1|信息密级=公开|发布机构=甲县|发布日期=2024-01-02");
	assert_labels(state,
	    "<dl><dt>信息密级</dt><dd>公开</dd><dt>文号</dt><dd>甲发〔2024〕1号</dd></dl>",
	    "信息密级=公开|文号=甲发〔2024〕1号");
	assert_labels(state, "<table><tr><td>姓名</td><td>张三</td></tr><tr><td>年龄</td><td>三十</td></tr></table>",
	    "");
}

static void
a_block_may_stand_behind_the_article(void **state)
{
	struct pages *p = *state;
	struct seen s = look(state, ARTICLE
	    "<ul><li>索引号：1/2024-1</li><li>文号：甲发〔2024〕1号</li><li>发布日期：2024-01-02</li></ul>");

	assert_pairs(p, &s.labels, "索引号=1/2024-1|文号=甲发〔2024〕1号|发布日期=2024-01-02");
	s = look(state, ARTICLE "<table><tr><td>索引号</td><td>1/2024-1</td></tr></table>");
	assert_pairs(p, &s.labels, "索引号=1/2024-1");
	s = look(state, ARTICLE "<table><tr><td>索引号</td><td>名称</td></tr>"
	    "<tr><td>1/2023-1</td><td>某办法</td></tr></table><p>发布日期：2023-01-02</p>");
	assert_pairs(p, &s.labels, "");
}

static void
lines_of_preformatted_text_hold_labels(void **state)
{
	assert_labels(state, "<pre>来源：甲县网\n发布时间：2024-01-02\n</pre>",
	    "来源=甲县网|发布时间=2024-01-02");
}

static void
every_label_is_known_by_its_first_character(void **state)
{
	size_t i = 0;
	enum label_field field;

	(void)state;
	for (; label_nth(i).p != NULL; i++)
		if (label_match(label_nth(i), &field) != label_nth(i).n)
			fail_msg("%.*s", SPAN_ARG(label_nth(i)));
	assert_true(i > 100);
}

static void
a_slash_joins_two_words_to_one_label(void **state)
{
	assert_labels(state,
	    "<table><tr><td>备注/文号</td><td>甲科发〔2024〕1号</td><td>所属目录</td><td>通知</td></tr></table>",
	    "备注/文号=甲科发〔2024〕1号|所属目录=通知");
	assert_labels(state, "<p>文号/备案登记表</p><p>来源/甲县</p>", "");
}

static void
markup_may_cut_a_label_up(void **state)
{
	assert_labels(state,
	    "<table><tr><td>索<span style='padding-right:1em'></span>引<i></i>号：</td><td>1/2024-1</td></tr></table>",
	    "索引号=1/2024-1");
	assert_labels(
	    state, "<ul><li><b>索</b><b>引</b><b>号：</b>1/2024-1</li></ul>", "索引号=1/2024-1");
	assert_labels(state,
	    "<ul><li>名&emsp;&emsp;称：甲</li><li>文&amp;nbsp;号：甲〔2024〕1号</li></ul>",
	    "名 称=甲|文 号=甲〔2024〕1号");
}

static void
words_that_begin_like_labels_are_none(void **state)
{
	(void)state;
	assert_false(label_opens(SPAN("部门预算公开情况说明")));
	assert_false(label_opens(SPAN("关闭甲县煤矿的公告")));
	assert_false(label_opens(SPAN("时间紧、任务重")));
	assert_true(label_opens(SPAN("部门：甲县科技局")));
	assert_true(label_opens(SPAN("【来源】甲县")));
	assert_true(label_opens(SPAN("文 号")));
	assert_true(label_opens(SPAN("打印 关闭")));
}

static void
an_empty_value_is_a_label_without_value(void **state)
{
	assert_labels(state,
	    "<ul><li>索引号：</li><li>文号：甲〔2024〕1号</li><li>时效：</li></ul>",
	    "索引号=|文号=甲〔2024〕1号|时效=");
	assert_labels(state, "<div>来源： 日期：2024-01-02</div>", "来源=|日期=2024-01-02");
}

static void
the_first_value_of_a_label_that_is_not_empty_wins(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p,
	    "<ul><li>索引号：</li><li>文号：无</li></ul><ul><li>索引号：1/2024-1</li><li>索引号：2</li>"
	    "<li>文号：甲〔2024〕1号</li></ul>",
	    ARTICLE, 1, "");
	struct seen s = look(state, page.p);

	assert_pairs(p, &s.labels, "索引号=1/2024-1|文号=无");
	assert_span(labels_find(&s.labels, LABEL_INDEX)->value, "1/2024-1");
	assert_span(labels_find(&s.labels, LABEL_NUMBER)->value, "甲〔2024〕1号");
	assert_null(labels_find(&s.labels, LABEL_TITLE));
}

static void
the_block_comes_before_the_info_line(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p,
	    "<div>来源：甲网 发布时间：2024-01-03</div><table><tr><td>信息来源</td><td>甲县科技局</td></tr></table>",
	    ARTICLE, 1, "");
	struct seen s = look(state, page.p);

	assert_span(labels_find(&s.labels, LABEL_SOURCE)->value, "甲县科技局");
	assert_true(labels_find(&s.labels, LABEL_SOURCE)->block);
	assert_false(labels_find(&s.labels, LABEL_PUBLISHED)->block);
}

static void
placeholders_are_no_values(void **state)
{
	static const char *const none[] = {
	    "", " ", "无", "暂无", "无文号", "—— ——", "/", "--", "号", "null"};
	static const char *const some[] = {"无锡市科技局", "1", "甲", "/2025-00251", "暂无规定"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_true(label_is_placeholder(span_of(none[i])));
	assert_true(label_is_placeholder((struct span){NULL, 0}));
	for (size_t i = 0; i < COUNT_OF(some); i++)
		assert_false(label_is_placeholder(span_of(some[i])));
}

static void
what_is_not_printed_is_no_value(void **state)
{
	assert_labels(state,
	    "<table><tr><td>文号</td><td><script>document.write('号');</script></td></tr>"
	    "<tr><td>索引号</td><td><!-- 1/2024-1 --></td></tr>"
	    "<tr><td>来源</td><td style='display:none'>甲网</td></tr></table>"
	    "<div style='display:none'>作者：甲</div>",
	    "文号=|索引号=|来源=");
	assert_labels(state, "<ul><li>索引号：<!--<$[SYH]>-->1/2024-1<!--<$[/SYH]>--></li></ul>",
	    "索引号=1/2024-1");
}

static void
unknown_labels_are_kept_where_the_markup_says_label(void **state)
{
	assert_labels(state, "<table><tr><th>审批人：</th><td>甲</td></tr></table>", "审批人=甲");
	assert_labels(state, "<div>审批人：甲</div>", "");
}

static void
dates_and_sources_end_where_the_other_begins(void **state)
{
	assert_labels(state, "<div>来源：甲县科技局 2024-01-02 10:08</div>", "来源=甲县科技局");
	assert_labels(
	    state, "<div>发布时间：2024年1月2日 甲县科技局</div>", "发布时间=2024年1月2日");
}

/* 来源 stands alone in its line, and the article in the next element. */
static void
the_article_is_no_value(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, "<p>来源：</p>", ARTICLE, 1, "");
	struct seen s = look(state, page.p);

	assert_pairs(p, &s.labels, "来源=");
	for (size_t k = s.body.begin; k < s.body.end; k++)
		assert_false(s.labels.taken[k]);
	page = repeated(p, "<p>来源：</p><div id=zoom>",
	    "<p>第一段文字，很长的一段文字，落实各项要求。</p>", 400, "</div>");
	s = look(state, page.p);
	assert_pairs(p, &s.labels, "来源=");
	for (size_t k = s.body.begin; k < s.body.end; k++)
		assert_false(s.labels.taken[k]);
}

static void
lines_of_labels_are_taken_out_of_the_text(void **state)
{
	struct pages *p = *state;
	struct span page =
	    repeated(p, "<h1>甲县通知</h1><div>来源：甲县科技局</div>", ARTICLE, 1, "");
	struct seen s = look(state, page.p);

	assert_false(s.labels.taken[0]);
	assert_true(s.labels.taken[1]);
	assert_false(s.labels.taken[2]);
}

static void
labels_inside_running_text_are_text(void **state)
{
	struct pages *p = *state;
	struct seen s = look(state,
	    "<div id=zoom><p>甲县科技局认真落实各项要求，扎实推进工作，来源：统计局的数据表明，成效十分明显，值得肯定。</p>"
	    "<p>名称：这一段在正文之后，不是标签，而是正文的一部分，说明有关情况。</p></div>");

	assert_pairs(p, &s.labels, "");
}

static void
assert_plain(void **state, const char *text, const char *want)
{
	struct pages *p = *state;
	struct lines lines;
	struct labels labels;

	assert_int_equal(lines_cut(&lines, &p->a, span_of(text)), 0);
	assert_int_equal(labels_of_lines(&labels, &p->a, lines.items, lines.count, &p->err), 0);
	assert_pairs(p, &labels, want);
}

static void
reviewers_and_controls_end_a_source(void **state)
{
	assert_labels(state, "<p>来源：甲县网　审核：张三　文字大小：【大】【中】</p>", "来源=甲县网|审核=张三");
	assert_labels(state, "<p>来源：甲县网　［ 打印 ］［ 收藏 ］</p>", "来源=甲县网");
}

static void
a_time_below_the_date_of_publication_is_text(void **state)
{
	struct pages *p = *state;
	struct seen s = look(state, "<p>发布时间：2024-01-02</p><div id=zoom><p>时间：2024年1月5日8时</p>"
	    "<p>范围：甲县全域，请广大用户提前做好准备，由此带来的不便，敬请谅解。</p></div>");

	assert_pairs(p, &s.labels, "发布时间=2024-01-02");
}

static void
plain_text_has_labels_too(void **state)
{
	assert_plain(state,
	    "索引号：1/2024-1\n文号:\n时效：\n发布时间：2024-01-02 来源：甲县科技局\n",
	    "索引号=1/2024-1|文号=|时效=|发布时间=2024-01-02|来源=甲县科技局");
	assert_plain(state, "索引号\n1/2024-1\n来源\n甲县科技局认真落实各项要求，取得成效。\n",
	    "索引号=1/2024-1|来源=");
}

static void
labels_end_where_running_text_begins(void **state)
{
	assert_plain(state,
	    "来源：甲\n甲县科技局认真落实各项要求，扎实推进工作，取得了明显成效，群众满意度提高，下一步将继续努力，争取更大的进步，为全县发展作出新的贡献。\n文号：甲〔2024〕1号\n",
	    "来源=甲");
}

static void
labels_without_end_are_bounded(void **state)
{
	struct pages *p = *state;
	struct seen s = look(
	    state, repeated(p, "<ul>", "<li>索引号：1</li>", (size_t)3 * METADATA_MAX, "</ul>" ARTICLE).p);
	struct pairs pairs;

	assert_int_equal(s.labels.count, METADATA_MAX);
	assert_int_equal(labels_to_pairs(&pairs, &p->a, &s.labels), 0);
	assert_int_equal(pairs.count, 1);
}

static void
columns_beyond_all_measure_have_no_values(void **state)
{
	struct pages *p = *state;
	struct seen s = look(state, repeated(p, "<table><tr>", "<th>索引号</th>", 200,
					"</tr><tr><td>1/2024-1</td></tr></table>" ARTICLE)
					.p);

	assert_null(labels_find(&s.labels, LABEL_INDEX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(cells_hold_label_and_value_in_turn),
	    PAGE_TEST(one_cell_may_hold_both),
	    PAGE_TEST(a_row_of_labels_stands_above_a_row_of_values),
	    PAGE_TEST(values_of_other_rows_are_not_borrowed),
	    PAGE_TEST(lists_hold_labels),
	    PAGE_TEST(one_line_holds_many),
	    PAGE_TEST(labels_are_known_by_their_letters_alone),
	    PAGE_TEST(label_and_value_may_be_two_elements_without_a_colon),
	    PAGE_TEST(label_and_value_may_be_boxes_or_lines_without_a_colon),
	    PAGE_TEST(words_among_labels_are_labels),
	    PAGE_TEST(a_block_may_stand_behind_the_article),
	    PAGE_TEST(lines_of_preformatted_text_hold_labels),
	    PAGE_TEST(every_label_is_known_by_its_first_character),
	    PAGE_TEST(a_slash_joins_two_words_to_one_label),
	    PAGE_TEST(markup_may_cut_a_label_up),
	    PAGE_TEST(words_that_begin_like_labels_are_none),
	    PAGE_TEST(an_empty_value_is_a_label_without_value),
	    PAGE_TEST(the_first_value_of_a_label_that_is_not_empty_wins),
	    PAGE_TEST(the_block_comes_before_the_info_line),
	    PAGE_TEST(placeholders_are_no_values),
	    PAGE_TEST(what_is_not_printed_is_no_value),
	    PAGE_TEST(unknown_labels_are_kept_where_the_markup_says_label),
	    PAGE_TEST(dates_and_sources_end_where_the_other_begins),
	    PAGE_TEST(the_article_is_no_value),
	    PAGE_TEST(lines_of_labels_are_taken_out_of_the_text),
	    PAGE_TEST(labels_inside_running_text_are_text),
	    PAGE_TEST(reviewers_and_controls_end_a_source),
	    PAGE_TEST(a_time_below_the_date_of_publication_is_text),
	    PAGE_TEST(plain_text_has_labels_too),
	    PAGE_TEST(labels_end_where_running_text_begins),
	    PAGE_TEST(labels_without_end_are_bounded),
	    PAGE_TEST(columns_beyond_all_measure_have_no_values),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
