/* SPDX-License-Identifier: MIT */
/* title: the heading that a page shows, and what stands in for it. */
#include "pages_support.h"

#include "../../core/title.h"

#define ARTICLE \
	"<div id=zoom><p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p>" \
	"<p>一、提高认识，加强领导，明确责任，落实措施，确保各项工作取得实效。</p></div>"
#define TITLE "甲县关于2024年春耕备耕工作的通知"

static void
assert_title(
    void **state, const char *page, struct title_hints hints, const char *text, const char *where)
{
	struct pages *p = *state;
	struct html h;
	struct blocks blocks;
	struct body body;
	struct title title;

	parse_html(p, &h, &blocks, page);
	assert_int_equal(body_choose(&body, &p->a, &h, &blocks, NULL, &p->err), 0);
	assert_int_equal(title_find(&title, &p->a, &h, &blocks, &body, &hints, &p->err), 0);
	assert_span(title.text, text);
	assert_span(title.where, where);
	if (title.block != SIZE_MAX)
		assert_true(title.block < title.block_end && title.block_end <= blocks.count);
}

static const struct title_hints no_hints;

static void
the_visible_heading_is_the_title(void **state)
{
	assert_title(state, "<h1>" TITLE "</h1>" ARTICLE, no_hints, TITLE, "heading");
	assert_title(state, "<div class='article-title'>" TITLE "</div>" ARTICLE, no_hints, TITLE,
	    "heading");
	assert_title(state, "<p id=biaoti><b>甲县关于2024年</b><br>春耕备耕工作的通知</p>" ARTICLE,
	    no_hints, "甲县关于2024年 春耕备耕工作的通知", "heading");
}

static void
a_title_may_be_broken_over_paragraphs(void **state)
{
	const struct title_hints page = {.page = SPAN("南岸一渠水润千家 北岸万亩稻香飘远方_甲县")};

	assert_title(state, "<p class=bt>甲县水利局</p><p class=bt>关于春灌工作的通知</p>" ARTICLE,
	    no_hints, "甲县水利局 关于春灌工作的通知", "heading");
	assert_title(state,
	    "<p class=bt>甲县水利局</p><p class=bt>甲县财政局</p><p class=bt>关于春灌工作的通知</p>" ARTICLE,
	    no_hints, "甲县水利局 甲县财政局 关于春灌工作的通知", "heading");
	assert_title(state,
	    "<p class=bt>甲县水利局关于印发甲县春灌</p><p class=bt>管理办法的通知</p>" ARTICLE, no_hints,
	    "甲县水利局关于印发甲县春灌 管理办法的通知", "heading");
	assert_title(state, "<h3>南岸一渠水润千家</h3><h3>北岸万亩稻香飘远方</h3>" ARTICLE, page,
	    "南岸一渠水润千家 北岸万亩稻香飘远方", "heading");
}

static void
what_tells_of_the_title_in_its_element_is_none(void **state)
{
	assert_title(state,
	    "<table><tr><td id=tdTitle><b>" TITLE "</b><br>【信息时间：2024/3/10】<a>关闭</a></td></tr></table>"
	    ARTICLE, no_hints, TITLE, "heading");
	assert_title(state,
	    "<div class=title><p>" TITLE "</p><p>2024-03-10 10:00</p></div>" ARTICLE, no_hints, TITLE,
	    "heading");
}

static void
a_subtitle_is_no_part_of_it(void **state)
{
	const struct title_hints hints = {.article = SPAN(TITLE)};

	assert_title(state, "<h2>" TITLE "</h2><h3>——甲县农业局谈春耕</h3><p>2024-01-02</p>" ARTICLE,
	    no_hints, TITLE, "heading");
	assert_title(state,
	    "<div class=title><p>" TITLE "</p><p>——甲县农业局谈春耕</p></div>" ARTICLE, hints, TITLE,
	    "heading");
	assert_title(state, "<div class=title>2024-01-02</div>" ARTICLE, no_hints, NULL, NULL);
}

/* Old pages have font tags for headings, and the site's name in <title>. */
static void
a_title_is_known_by_how_it_reads_and_what_follows(void **state)
{
	const struct title_hints site = {.page = SPAN("甲县水利局")};

	assert_title(state,
	    "<table><tr><td><font size=5>" TITLE "</font></td></tr><tr><td>作者：办公室　时间：2024-3-10</td></tr></table>"
	    ARTICLE, site, TITLE, "heading");
	assert_title(state, "<h2>政策文件</h2><div class=xw_tit>" TITLE "</div><p>2024-03-10</p>" ARTICLE,
	    no_hints, TITLE, "heading");
	assert_title(state, ARTICLE, site, NULL, NULL);
}

static void
what_the_heading_shows_beats_article_title(void **state)
{
	const struct title_hints hints = {
	    .article = SPAN("甲县春耕通知"), .page = SPAN("甲县春耕通知_甲县政府网")};

	assert_title(state, "<h1>" TITLE "</h1>" ARTICLE, hints, TITLE, "heading");
}

static void
other_evidence_picks_among_headings(void **state)
{
	const struct title_hints hints = {.article = SPAN(TITLE)};
	const struct title_hints page = {.page = SPAN(TITLE "_通知公告_甲县")};
	const struct title_hints labelled = {.labelled = SPAN(TITLE)};

	assert_title(state, "<h1>甲县人民政府门户网站</h1><p>" TITLE "</p>" ARTICLE, hints, TITLE,
	    "heading");
	assert_title(
	    state, "<h1>甲县人民政府门户网站</h1><p>" TITLE "</p>" ARTICLE, page, TITLE, "heading");
	assert_title(state, "<h1>甲县人民政府门户网站</h1><p>" TITLE "</p>" ARTICLE, labelled,
	    TITLE, "heading");
}

static void
a_heading_cut_short_gives_way_to_article_title(void **state)
{
	const struct title_hints hints = {.article = SPAN(TITLE)};

	assert_title(
	    state, "<h1>甲县关于2024年春耕备耕...</h1>" ARTICLE, hints, TITLE, "meta:ArticleTitle");
	assert_title(
	    state, "<h1>甲县关于2024年春耕备耕…</h1>" ARTICLE, hints, TITLE, "meta:ArticleTitle");
	assert_title(state, "<h1>甲县关于2024年春耕备耕...</h1>" ARTICLE, no_hints,
	    "甲县关于2024年春耕备耕...", "heading");
}

static void
without_a_heading_the_others_are_asked_in_turn(void **state)
{
	struct title_hints hints = {.article = SPAN(TITLE),
	    .page = SPAN("页面标题某某某某_甲县政府网"),
	    .labelled = SPAN("标题某某")};

	assert_title(state, ARTICLE, hints, "标题某某", "block");
	hints.labelled = (struct span){NULL, 0};
	assert_title(state, ARTICLE, hints, TITLE, "meta:ArticleTitle");
	hints.article = (struct span){NULL, 0};
	assert_title(state, ARTICLE, hints, "页面标题某某某某", "title");
	assert_title(state, ARTICLE, no_hints, NULL, NULL);
}

static void
links_and_labels_are_no_titles(void **state)
{
	assert_title(state,
	    "<h2><a href=/>甲县人民政府门户网站</a></h2><h3>来源：甲县科技局办公室</h3>" ARTICLE,
	    no_hints, NULL, NULL);
}

/* 部门, 关闭, 发布 begin titles as well as labels. */
static void
a_title_may_begin_like_a_label(void **state)
{
	assert_title(state, "<h1>部门预算公开情况说明</h1>" ARTICLE, no_hints,
	    "部门预算公开情况说明", "heading");
	assert_title(state, "<h1>关闭甲县乙煤矿的公告</h1>" ARTICLE, no_hints,
	    "关闭甲县乙煤矿的公告", "heading");
}

static void
a_date_in_brackets_is_no_part_of_it(void **state)
{
	assert_title(state, "<h1>" TITLE " (2024-05-11)</h1>" ARTICLE, no_hints, TITLE, "heading");
	assert_title(
	    state, "<h1>" TITLE "（2024年5月11日）</h1>" ARTICLE, no_hints, TITLE, "heading");
	assert_title(state, "<h1>甲县工作总结（2024年度）</h1>" ARTICLE, no_hints,
	    "甲县工作总结（2024年度）", "heading");
}

static void
an_element_named_title_that_holds_a_page_is_none(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, "<div class=title>", "<p>甲县门户网站欢迎您的访问和关注</p>",
	    12, "<h1>" TITLE "</h1></div>" ARTICLE);

	assert_title(state, page.p, no_hints, TITLE, "heading");
}

static void
titles_are_the_same_but_for_blanks_and_punctuation(void **state)
{
	struct pages *p = *state;

	assert_span(text_fold_title(&p->a, SPAN("甲县 关于“春耕”的通知")), "甲县关于春耕的通知");
	assert_span(text_fold_title(&p->a, SPAN("甲县关于春耕的通知。")), "甲县关于春耕的通知");
	assert_span(text_fold_title(&p->a, SPAN("！")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(the_visible_heading_is_the_title),
	    PAGE_TEST(a_title_may_be_broken_over_paragraphs),
	    PAGE_TEST(what_tells_of_the_title_in_its_element_is_none),
	    PAGE_TEST(a_subtitle_is_no_part_of_it),
	    PAGE_TEST(a_title_is_known_by_how_it_reads_and_what_follows),
	    PAGE_TEST(what_the_heading_shows_beats_article_title),
	    PAGE_TEST(other_evidence_picks_among_headings),
	    PAGE_TEST(a_heading_cut_short_gives_way_to_article_title),
	    PAGE_TEST(without_a_heading_the_others_are_asked_in_turn),
	    PAGE_TEST(links_and_labels_are_no_titles),
	    PAGE_TEST(a_title_may_begin_like_a_label),
	    PAGE_TEST(a_date_in_brackets_is_no_part_of_it),
	    PAGE_TEST(an_element_named_title_that_holds_a_page_is_none),
	    PAGE_TEST(titles_are_the_same_but_for_blanks_and_punctuation),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
