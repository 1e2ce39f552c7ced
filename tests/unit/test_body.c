/* SPDX-License-Identifier: MIT */
/* body: which part of a page is its article, and which lines of it. */
#include "pages_support.h"

#include "../../core/body.h"
#include "../../core/chrome.h"
#include "../../core/noise.h"

#define FIRST "为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。"
#define SECOND "一、提高认识，加强领导，明确责任，落实措施，确保各项工作取得实效。"
#define TEXT "<p>" FIRST "</p><p>" SECOND "</p>"
#define MENU \
	"<ul><li><a href=/>首页</a></li><li><a href=/b>政务公开</a></li><li><a href=/c>服务</a></li></ul>"

struct seen {
	struct html h;
	struct blocks blocks;
	struct body body;
	struct article text;
};

static struct seen
look(void **state, const char *page)
{
	struct pages *p = *state;
	struct seen s;
	bool *taken;

	parse_html(p, &s.h, &s.blocks, page);
	assert_int_equal(body_choose(&s.body, &p->a, &s.h, &s.blocks, NULL, &p->err), 0);
	assert_non_null(taken = arena_array(&p->a, s.blocks.count + 1, sizeof(*taken)));
	assert_int_equal(body_lines(&s.text, &p->a, &s.h, &s.blocks, &s.body, taken, &p->err), 0);
	return s;
}

static void
assert_joined(const struct lines *lines, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < lines->count; i++) {
		(void)buf_add_str(&b, i > 0 ? "|" : "");
		(void)buf_add_span(&b, lines->items[i]);
	}
	assert_span(buf_span(&b), want);
	buf_fini(&b);
}

static void
assert_lines(void **state, const char *page, const char *want)
{
	struct seen s = look(state, page);

	assert_joined(&s.text.lines, want);
}

static void
assert_noise(void **state, const char *page, const char *want)
{
	struct seen s = look(state, page);

	assert_joined(&s.text.noise, want);
}

static void
known_containers_are_the_article(void **state)
{
	static const char *const names[] = {"id=zoom", "id=UCAP-CONTENT", "class='x TRS_Editor'",
	    "id=vsb_content_4", "class=pages_content", "class='\tarticle-content\n'"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char page[1024];
		struct seen s;

		(void)snprintf(page, sizeof(page), MENU "<p>%s</p><div %s>" TEXT "</div>" MENU,
		    "本站由甲县人民政府办公室主办，欢迎访问，转载请注明出处，谢谢。", names[i]);
		s = look(state, page);
		assert_span(s.body.method, "container");
		assert_true(s.body.confidence > 0.9);
		assert_span(s.text.lines.items[0], FIRST);
		assert_int_equal(s.text.lines.count, 2);
	}
}

static void
an_element_of_its_own_is_a_container(void **state)
{
	struct seen s = look(state, MENU "<ucapcontent>" TEXT "</ucapcontent>");

	assert_span(s.body.name, "ucapcontent");
	assert_int_equal(s.text.lines.count, 2);
}

static void
an_empty_container_is_none(void **state)
{
	struct seen s = look(state, "<div id=zoom></div><div id=x>" TEXT TEXT "</div>");

	assert_span(s.body.method, "density");
	assert_span(html_attr(&s.h, s.body.node, "id"), "x");
}

static void
of_nested_containers_the_inner_one_with_nearly_all_text_counts(void **state)
{
	struct seen s =
	    look(state, "<div class=article-con><p>x</p><div id=zoom>" TEXT "</div></div>");

	assert_span(s.body.name, "zoom");
	s = look(state, "<div class=article-con>" TEXT TEXT "<div id=zoom><p>乙，</p></div></div>");
	assert_span(s.body.name, "article-con");
}

static void
without_a_container_the_text_votes(void **state)
{
	struct seen s =
	    look(state, MENU "<div id=left>" MENU "</div><div id=right>" TEXT TEXT "</div>"
			     "<div>版权所有：甲县人民政府</div>");

	assert_span(s.body.method, "density");
	assert_span(html_attr(&s.h, s.body.node, "id"), "right");
	assert_true(s.body.confidence >= 0.5 && s.body.confidence < 0.95);
}

static void
a_page_of_little_text_is_taken_whole_and_says_so(void **state)
{
	struct seen s = look(state, MENU "<p>甲县</p>");

	assert_span(s.body.method, "page");
	assert_true(s.body.confidence <= 0.2);
	assert_int_equal(s.body.end, s.blocks.count);
}

/* A table of short cells has no running text, a page's footer looks as if it had. */
static void
a_footer_is_no_article(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, MENU "<div><div id=x><table>",
	    "<tr><td>南岸镇</td><td>第一供水站</td><td>完工</td></tr>", 20,
	    "</table></div></div><div><p>主办：甲县人民政府办公室，承办：甲县大数据中心，技术支持：某公司</p>"
	    "<p>网站标识码：9900000000　备案号：某备10000000号，某公网安备99000000000000号</p></div>");
	struct seen s = look(state, page.p);

	assert_int_equal(s.text.lines.count, 20);
	assert_span(s.text.lines.items[0], "南岸镇\t第一供水站\t完工");
}

static void
a_line_below_the_title_votes_for_nothing(void **state)
{
	struct seen s = look(state,
	    "<div><p>发布时间：2024-03-10 08:00:00 | 来源：甲县农业农村局，作者：张三，浏览：88次</p>"
	    "<div class=content><p>" SECOND "</p></div><p>信息来源：甲县</p></div>");

	assert_span(s.body.name, "content");
}

static void
links_to_files_are_an_article_where_there_is_no_other(void **state)
{
	struct seen s = look(state, MENU
	    "<div id=zoom><p><a href=/a.pdf>甲县预算公开.pdf</a></p></div><p>站内公告：请扫码。</p>");

	assert_span(s.body.name, "zoom");
	s = look(state, MENU
	    "<div class=content><p><a href=/a.pdf>甲县预算公开.pdf</a></p></div><p>站内公告：请扫码。</p>");
	assert_span(s.body.name, "content");
	s = look(state, MENU "<div class=content><p><a href=/a/>甲县</a></p></div><p>站内公告。</p>");
	assert_span(s.body.method, "page");
}

static void
hidden_containers_are_none(void **state)
{
	struct seen s =
	    look(state, "<div id=zoom style='display:none'>" TEXT "</div><div id=x>" TEXT "</div>");

	assert_span(html_attr(&s.h, s.body.node, "id"), "x");
}

static void
an_article_for_phones_too_is_taken_once(void **state)
{
	assert_lines(state,
	    "<div class=pc><div class=TRS_Editor>" TEXT "</div></div>"
	    "<div class=phone><div class=TRS_Editor>" TEXT "</div></div>",
	    FIRST "|" SECOND);
	assert_lines(
	    state, "<div id=zoom>" TEXT "<div class=wap>" TEXT "</div></div>", FIRST "|" SECOND);
	assert_lines(
	    state, "<div class=a>" TEXT "</div><div class=b>" TEXT "</div>", FIRST "|" SECOND);
}

static void
a_paragraph_said_twice_stays(void **state)
{
	assert_lines(state, "<div id=zoom><p>" FIRST "</p><p>" SECOND "</p><p>" FIRST "</p></div>",
	    FIRST "|" SECOND "|" FIRST);
}

static void
rows_are_lines_and_cells_are_parted_by_tabs(void **state)
{
	assert_lines(state,
	    "<div id=zoom>" TEXT "<table><tr><td>甲</td><td>乙</td></tr>"
	    "<tr><td>丙</td><td><p>丁</p><p>戊</p></td></tr></table></div>",
	    FIRST "|" SECOND "|甲\t乙|丙\t丁 戊");
}

/* A frame around the article is no row of data, not even at its end. */
static void
frames_are_no_rows(void **state)
{
	assert_lines(state,
	    "<div id=zoom><table><tr><td>" TEXT
	    "<p>甲。</p><p>乙。</p><p>丙。</p><p>丁。</p><p>戊。</p>"
	    "<p>己。</p></td><td>庚</td></tr></table></div>",
	    FIRST "|" SECOND "|甲。|乙。|丙。|丁。|戊。|己。|庚");
	assert_lines(state, "<div id=zoom><table><tr><td>" TEXT "</td></tr></table></div>",
	    FIRST "|" SECOND);
}

static void
furniture_around_the_article_goes(void **state)
{
	assert_lines(state,
	    "<div id=zoom><p>【字体：大 中 小】</p><p>打印本页</p>" TEXT
	    "<p>责任编辑：甲</p><p><a href=/x>上一篇：某某</a></p><p>扫一扫在手机打开当前页</p></div>",
	    FIRST "|" SECOND);
	assert_lines(state,
	    "<div id=zoom><p>当前位置：首页 &gt; 政务公开</p>" TEXT "<p>附件：</p></div>",
	    FIRST "|" SECOND);
}

static void
furniture_in_the_articles_element_is_kept_as_noise(void **state)
{
	assert_noise(state,
	    "<p>版权所有</p><div id=zoom><p>【字体：大 中 小】</p>" TEXT "<p>责任编辑：甲</p>"
	    "<p><a href=/x>上一篇：某某</a></p><p><a href=/a.pdf>某某表.pdf</a></p></div>",
	    "【字体：大 中 小】|责任编辑：甲|上一篇：某某");
}

static void
links_to_files_behind_the_article_are_no_text(void **state)
{
	assert_lines(state, "<div id=zoom>" TEXT "<p><a href=/a.pdf>某某表.pdf</a></p></div>",
	    FIRST "|" SECOND);
}

static void
an_address_above_a_footer_goes_with_it(void **state)
{
	assert_lines(state,
	    "<div id=zoom><p>" FIRST SECOND "</p><p>主办：甲县人民政府</p><p>网站标识码：9900000000</p></div>",
	    FIRST SECOND);
}

static void
furniture_far_from_the_end_cuts_nothing_off(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p,
	    "<div id=zoom><p>" FIRST SECOND "</p><p>打印本页</p>", "<p>甲</p>", 1500, "</div>");

	assert_int_equal(look(state, page.p).text.lines.count, 1502);
}

/* What begins like furniture and goes on as text. */
static void
text_is_not_taken_for_furniture(void **state)
{
	static const char *const texts[] = {"关闭甲县乙煤矿的公告", "相关政策落实情况",
	    "相关文件附后", "关于我们县的情况", "打印机采购清单", "意见建议办理情况",
	    "联系我们县科技局", "下载量增长较快", "收藏品市场管理", "分享收藏品的故事"};
	static const char *const furniture[] = {"关闭窗口", "相关政策", "相关链接：",
	    "关于我们 | 联系我们", "打印 关闭", "字体：大 中 小", "分享到微信", "返回顶部",
	    "版权所有：甲县人民政府", "主办单位：甲县 | 承办单位：乙局", "点赞收藏", "语音播报播放暂停", "手机扫一扫打开此页",
	    "您对该信息的评价",
	    "一审：张三", "初审：张三 复审：李四",
	    "免责声明：仅供参考"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (chrome_is(span_of(texts[i])))
			fail_msg("%s", texts[i]);
	for (size_t i = 0; i < COUNT_OF(furniture); i++)
		if (!chrome_is(span_of(furniture[i])))
			fail_msg("%s", furniture[i]);
}

/* 丨 is a Han character by its code point. */
static void
bars_alone_are_no_text(void **state)
{
	static const char *const bars[] = {"|", "| |", "│ │ │", "丨", "丨 丨 丨"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bars); i++)
		if (noise_of(span_of(bars[i])) != NOISE_CELLS)
			fail_msg("%s", bars[i]);
	assert_int_equal(noise_of(SPAN("丨 一般公共预算")), NOISE_NONE);
}

static void
an_organiser_is_a_footer_only_beside_one(void **state)
{
	(void)state;
	assert_int_equal(noise_of(SPAN("主办单位：甲县科技局")), NOISE_WEAK);
	assert_lines(state,
	    "<div id=zoom>" TEXT
	    "<p>主办单位：甲县科技局</p><p>甲县科技局</p><p>2024年1月5日</p></div>",
	    FIRST "|" SECOND "|主办单位：甲县科技局|甲县科技局|2024年1月5日");
}

static void
lines_are_cut_at_every_kind_of_end(void **state)
{
	struct pages *p = *state;
	struct lines lines;

	assert_int_equal(lines_cut(&lines, &p->a, SPAN("甲\n\n乙\r\n丙\r丁\n")), 0);
	assert_int_equal(lines.count, 5);
	assert_span(lines.items[0], "甲");
	assert_span(lines.items[1], "");
	assert_span(lines.items[4], "丁");
	assert_int_equal(lines_cut(&lines, &p->a, SPAN("")), 0);
	assert_int_equal(lines.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(known_containers_are_the_article),
	    PAGE_TEST(an_element_of_its_own_is_a_container),
	    PAGE_TEST(an_empty_container_is_none),
	    PAGE_TEST(of_nested_containers_the_inner_one_with_nearly_all_text_counts),
	    PAGE_TEST(without_a_container_the_text_votes),
	    PAGE_TEST(a_page_of_little_text_is_taken_whole_and_says_so),
	    PAGE_TEST(a_footer_is_no_article),
	    PAGE_TEST(a_line_below_the_title_votes_for_nothing),
	    PAGE_TEST(links_to_files_are_an_article_where_there_is_no_other),
	    PAGE_TEST(hidden_containers_are_none),
	    PAGE_TEST(an_article_for_phones_too_is_taken_once),
	    PAGE_TEST(a_paragraph_said_twice_stays),
	    PAGE_TEST(rows_are_lines_and_cells_are_parted_by_tabs),
	    PAGE_TEST(frames_are_no_rows),
	    PAGE_TEST(furniture_around_the_article_goes),
	    PAGE_TEST(furniture_in_the_articles_element_is_kept_as_noise),
	    PAGE_TEST(links_to_files_behind_the_article_are_no_text),
	    PAGE_TEST(an_address_above_a_footer_goes_with_it),
	    PAGE_TEST(furniture_far_from_the_end_cuts_nothing_off),
	    PAGE_TEST(text_is_not_taken_for_furniture),
	    PAGE_TEST(bars_alone_are_no_text),
	    PAGE_TEST(an_organiser_is_a_footer_only_beside_one),
	    PAGE_TEST(lines_are_cut_at_every_kind_of_end),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
