/* SPDX-License-Identifier: MIT */
/* explain: the candidates of each field, in the order of the rules, with winner and reasons. */
#include "pages_support.h"
#include <glob.h>
#include <stdio.h>
#include <suoyin/explain.h>

#define TEXT \
	"<p>各乡镇人民政府：</p>" \
	"<p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p>" \
	"<p>一、提高认识，加强领导，明确责任，落实措施，确保各项工作取得实效。</p>"
#define ARTICLE "<div id=zoom>" TEXT "</div>"
#define LATER "what comes before it has a value\n"
#define FIRST "the first that has a value\n"

static struct explain explain; /* of the test that runs: large */

static struct explain *
fresh(void)
{
	explain = (struct explain){0};
	return &explain;
}

/* "> where = value: why" a line, the loser's without the mark. */
static void
assert_candidates(enum field field, const char *want)
{
	const struct explained *e = &explain.fields[field];
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (size_t i = 0; i < e->count; i++) {
		const struct candidate *c = &e->items[i];

		(void)buf_add_fmt(&b, "%s%.*s", c->won ? "> " : "", SPAN_ARG(c->where));
		if (c->value.p != NULL)
			(void)buf_add_fmt(&b, " = %.*s", SPAN_ARG(c->value));
		(void)buf_add_fmt(&b, ": %s\n", c->why);
	}
	assert_string_equal(b.p == NULL ? "" : b.p, want);
	buf_fini(&b);
}

static void
read_page(void **state, const char *page, const char *portal)
{
	struct pages *p = *state;
	json_t *config = portal == NULL ? NULL : json_loads(portal, 0, NULL);
	struct extract_input in = {.bytes = span_of(page), .url = SPAN("http://a.example/b/c.html"),
	    .portal = config, .explain = fresh()};

	assert_true(portal == NULL || config != NULL);
	json_decref(extracted(p, &in));
	json_decref(config);
}

#define BLOCK \
	"<table><tr><td>索引号</td><td>123456789/2024-00001</td><td>文号</td><td>无</td></tr>" \
	"<tr><td>发布机构</td><td>甲县科技局</td><td>信息来源</td><td>甲县网</td></tr>" \
	"<tr><td>发布日期</td><td>2024-01-02</td><td>成文日期</td><td>2023年12月</td></tr></table>"
#define INFO "<div>来源：乙县网 发布时间：2024-02-03 10:08</div>"
#define META \
	"<meta name=PubDate content='2024-03-04 11:12'><meta name=contentsource content='丙县网'>"

static void
block_and_info_line_and_meta_are_named_and_the_block_wins(void **state)
{
	read_page(state, META BLOCK INFO ARTICLE, NULL);
	assert_candidates(FIELD_PUBLISHED,
	    "> block:发布日期 = 2024-01-02: " FIRST
	    "info:发布时间 = 2024-02-03 10:08: " LATER
	    "meta:PubDate = 2024-03-04 11:12: " LATER);
	assert_candidates(FIELD_SOURCE,
	    "> block:信息来源 = 甲县网: " FIRST
	    "info:来源 = 乙县网: " LATER
	    "meta:ContentSource = 丙县网: " LATER);
}

static void
a_loser_before_the_winner_says_what_is_wrong_with_it(void **state)
{
	read_page(state,
	    META "<ul><li>发布日期：待定</li><li>日期：2024年13月1日</li><li>更新时间：</li>"
		 "<li>发文日期：2024年3月</li><li>信息来源：暂无</li></ul>" ARTICLE, NULL);
	assert_candidates(FIELD_PUBLISHED,
	    "block:发布日期 = 待定: no date of a day\n"
	    "block:日期 = 2024年13月1日: a date that cannot be\n"
	    "block:更新时间 = : no value is printed\n"
	    "block:发文日期 = 2024年3月: a month or a year, no day\n"
	    "> meta:PubDate = 2024-03-04 11:12: " FIRST);
	assert_candidates(FIELD_SOURCE,
	    "block:信息来源 = 暂无: a placeholder\n"
	    "> meta:ContentSource = 丙县网: " FIRST);
}

static void
the_same_value_again_is_another_candidate(void **state)
{
	read_page(state, "<h1>甲县通知公告</h1><div>来源：乙县网</div><div>来源：乙县网</div>" ARTICLE, NULL);
	assert_candidates(FIELD_SOURCE,
	    "> info:来源 = 乙县网: " FIRST
	    "info:来源 = 乙县网: " LATER);
}

static void
what_the_text_says_comes_behind_the_block(void **state)
{
	read_page(state, BLOCK "<h1>丙县农业局关于春耕的通知</h1><div id=zoom><p>甲政发〔2024〕9号</p>" TEXT
	    "<p>乙县财政局</p><p>2024年1月5日</p></div>", NULL);
	assert_candidates(FIELD_NUMBER,
	    "block:文号 = 无: a placeholder\n"
	    "> body:head = 甲政发〔2024〕9号: " FIRST);
	assert_candidates(FIELD_SIGNED,
	    "block:成文日期 = 2023年12月: a month or a year, no day\n"
	    "> body:signature = 2024-01-05: " FIRST);
	assert_candidates(FIELD_AGENCY,
	    "> block:发布机构 = 甲县科技局: " FIRST
	    "body:signature = 乙县财政局: " LATER
	    "title:issuer = 丙县农业局: " LATER);
	assert_candidates(FIELD_INDEX, "> block:索引号 = 123456789/2024-00001: " FIRST);
}

static void
an_xpath_comes_first_although_it_is_read_last(void **state)
{
	read_page(state, BLOCK "<h1>甲县通知公告</h1><i>配置的标题</i><u>无</u>" ARTICLE,
	    "{\"extract\": {\"title\": \"//i\", \"source\": \"//u\", \"index_number\": \"//b\","
	    " \"body\": \"//h1\"}}");
	assert_candidates(FIELD_TITLE,
	    "> xpath = 配置的标题: the portal file says so\n"
	    "heading = 甲县通知公告: " LATER);
	assert_candidates(FIELD_SOURCE,
	    "xpath = 无: a placeholder\n"
	    "> block:信息来源 = 甲县网: " FIRST);
	assert_candidates(FIELD_INDEX,
	    "xpath: finds no text: //b\n"
	    "> block:索引号 = 123456789/2024-00001: " FIRST);
	assert_string_equal(explain.fields[FIELD_BODY].items[0].why, "the portal file says so");
	assert_true(explain.fields[FIELD_BODY].items[0].won);
	assert_span(explain.fields[FIELD_BODY].items[1].where, "container:zoom");
	assert_string_equal(explain.fields[FIELD_BODY].items[1].why,
	    "the portal file's XPath comes before it");
}

static void
values_of_json_are_refused_for_what_they_are(void **state)
{
	read_page(state,
	    "{\"title\": \"甲县通知\", \"content\": \"一、甲。\", \"identifier\": \"无\","
	    " \"index_number\": \"1/2024-1\", \"publisher\": 7, \"publish_time\": \"soon\","
	    " \"date\": \"2024-01-02\", \"created_at\": \"2024-01-03\","
	    " \"attachment\": [{\"name\": \"甲\", \"url\": \"/a.pdf\"}, {\"url\": \"/a.pdf\"}]}",
	    "{\"extract\": {\"json\": {\"source\": \"/from/name\"}}}");
	assert_candidates(FIELD_INDEX,
	    "json:identifier = 无: a placeholder\n"
	    "> json:index_number = 1/2024-1: the first name that has a value\n");
	assert_candidates(FIELD_AGENCY, "json:publisher = 7: a number, and no words\n");
	assert_candidates(FIELD_PUBLISHED,
	    "json:publish_time = soon: no date of a day\n"
	    "> json:date = 2024-01-02: the first name that has a value\n"
	    "json:created_at = 2024-01-03: a name before it has a value\n");
	assert_candidates(FIELD_SOURCE, "json pointer: names nothing: /from/name\n");
	assert_candidates(FIELD_ATTACHMENTS,
	    "> json:attachment = /a.pdf: an address in the document's list\n"
	    "json:attachment = /a.pdf: listed already, or the list is full\n");
}

static void
pointers_without_title_and_text_make_no_document(void **state)
{
	read_page(state, "<h1>甲县通知公告</h1><script>window._CONFIG = {DETAIL: {\"n\": \"1/2024-1\"}}"
	    "</script>" ARTICLE, "{\"extract\": {\"json\": {\"index_number\": \"/n\"}}}");
	assert_candidates(FIELD_INDEX,
	    "json:/n = 1/2024-1: the pointers name neither title nor text here\n");
	assert_true(explain.fields[FIELD_BODY].items[0].won);
}

static void
the_document_in_a_script_comes_before_what_is_drawn(void **state)
{
	read_page(state, "<script>window._CONFIG = {DETAIL: {\"title\": \"甲县通知\", \"content\": \"甲。\"}}"
	    "</script>" ARTICLE, NULL);
	assert_span(explain.fields[FIELD_BODY].items[0].where, "container:zoom");
	assert_string_equal(explain.fields[FIELD_BODY].items[0].why, "the page's JSON is the document");
	assert_span(explain.fields[FIELD_BODY].items[3].where, "json:content");
	assert_true(explain.fields[FIELD_BODY].items[3].won);
}

static void
an_xpath_comes_before_the_documents_json(void **state)
{
	read_page(state, "<script>window._CONFIG = {DETAIL: {\"title\": \"甲县通知\", \"content\": \"甲。\"}}"
	    "</script><i>配置的标题</i>", "{\"extract\": {\"title\": \"//i\"}}");
	assert_candidates(FIELD_TITLE,
	    "> xpath = 配置的标题: the portal file says so\n"
	    "json:title = 甲县通知: the portal file's XPath comes before it\n");
}

static void
headings_tell_their_scores(void **state)
{
	read_page(state, "<title>甲县关于春耕备耕的通知_甲县</title><meta name=ArticleTitle content=春耕备耕>"
	    "<h1>甲县人民政府门户网站</h1><h2>甲县关于春耕备耕的通知</h2>" ARTICLE, NULL);
	assert_candidates(FIELD_TITLE,
	    "heading = 甲县人民政府门户网站: score 39, another has 100\n"
	    "> heading = 甲县关于春耕备耕的通知: the best heading: score 100, 50 by what <title>, META and label say\n"
	    "meta:ArticleTitle = 春耕备耕: what comes before it is the title\n"
	    "title = 甲县关于春耕备耕的通知: what comes before it is the title\n");
}

static void
a_heading_cut_short_gives_way_to_article_title(void **state)
{
	read_page(state, "<meta name=ArticleTitle content=甲县关于2024年春耕备耕工作的通知>"
	    "<h1>甲县关于2024年春耕...</h1>" ARTICLE, NULL);
	assert_candidates(FIELD_TITLE,
	    "heading = 甲县关于2024年春耕...: cut short, where ArticleTitle goes on: score 100, 60 by what <title>, META and label say\n"
	    "> meta:ArticleTitle = 甲县关于2024年春耕备耕工作的通知: the first that is given\n");
}

static void
elements_tell_how_much_of_the_text_they_have(void **state)
{
	read_page(state, "<div id=zoom><p>打印，关闭。</p></div><div id=x>" TEXT "</div>", NULL);
	assert_candidates(FIELD_BODY,
	    "container:zoom = 打印，关闭。: less than half as much running text as the most voted element; it has 12 % of the running text\n"
	    "> density:div = 各乡镇人民政府：: the first that nothing speaks against; it has 88 % of the running text\n"
	    "page = 打印，关闭。: what comes before it is the article; it has 100 % of the running text\n");
	read_page(state, "<p>甲，乙。</p>", NULL);
	assert_candidates(FIELD_BODY,
	    "> page = 甲，乙。: the first that nothing speaks against; it has 100 % of the running text\n");
}

static void
each_evidence_for_the_charset_is_asked_in_turn(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {.bytes = SPAN("<meta charset=gb2312><p>\xBC\xD7\xCF\xD8\xA1\xA3"),
	    .content_type = SPAN("text/html; charset=nonsense"), .explain = fresh()};

	json_decref(extracted(p, &in));
	assert_candidates(FIELD_CHARSET,
	    "bom: there is none\n"
	    "utf8: not UTF-8 with characters beyond ASCII\n"
	    "http = nonsense: no charset's name\n"
	    "> meta = gb2312: the first evidence there is: GB18030\n"
	    "uchardet: not asked: stronger evidence comes before it\n");
	in.bytes = SPAN("<p>\xBC\xD7\xCF\xD8\xA1\xA3");
	in.explain = fresh();
	json_decref(extracted(p, &in));
	assert_true(explain.fields[FIELD_CHARSET].items[4].won);
}

static void
links_that_are_no_files_are_named(void **state)
{
	read_page(state, "<h1>甲县通知公告</h1><div id=zoom>" TEXT "<a href=1.pdf>甲</a><a href=./1.pdf>乙</a>"
	    "<a href=list.html>丙</a></div>", NULL);
	assert_candidates(FIELD_ATTACHMENTS,
	    "> link = 1.pdf: a file, in or close to the article\n"
	    "link = ./1.pdf: listed already, or the list is full\n"
	    "link = list.html: no file: neither its ending, a download script's name nor its text\n");
}

static void
a_winner_is_kept_where_losers_are_left_out(void **state)
{
	const struct explained *e = &explain.fields[FIELD_ATTACHMENTS];
	struct pages *p = *state;
	struct buf b;

	buf_init(&b, 1 << 16);
	(void)buf_add_str(&b, "<div id=zoom>" TEXT);
	for (int i = 0; i < EXPLAIN_MAX + 9; i++)
		(void)buf_add_fmt(&b, "<a href=%d.html>甲</a>", i);
	(void)buf_add_str(&b, "<a href=1.pdf>乙</a></div>");
	read_page(state, arena_dup_buf(&p->a, &b).p, NULL);
	buf_fini(&b);
	assert_int_equal(e->count, EXPLAIN_MAX);
	assert_int_equal(e->left_out, 10);
	assert_span(e->items[EXPLAIN_MAX - 1].value, "1.pdf");
	assert_true(e->items[EXPLAIN_MAX - 1].won);
	assert_span(e->items[EXPLAIN_MAX - 2].value, "62.html");
}

static void
a_refused_page_has_told_what_was_seen(void **state)
{
	struct pages *p = *state;
	struct record record;
	struct extract_input in = {.bytes = SPAN("\xEF\xBB\xBF<script>x</script><p></p>"),
	    .explain = fresh()};

	assert_refused(p, extract(&record, &p->a, p->kit, &in, &p->err), "empty");
	assert_true(explain.fields[FIELD_CHARSET].items[0].won);
	assert_int_equal(explain.fields[FIELD_TITLE].count, 0);
}

/* The winner of a field is where its provenance says. */
static void
assert_winner(const json_t *record, enum field field)
{
	const struct explained *e = &explain.fields[field];
	const char *name = field == FIELD_PUBLISHED ? "published_at" : field_names[field];
	const char *where =
	    json_string_value(json_object_get(json_object_get(record, "provenance"), name));
	size_t won = 0;

	for (size_t i = 0; i < e->count; i++) {
		if (!e->items[i].won)
			continue;
		won++;
		assert_span(e->items[i].where, where != NULL ? where : "nothing");
	}
	assert_int_equal(won, where != NULL);
}

static size_t
read_file(const char *path, char *bytes, size_t room)
{
	FILE *in = fopen(path, "rb");
	size_t n;

	assert_non_null(in);
	n = fread(bytes, 1, room, in);
	(void)fclose(in);
	assert_true(n > 0 && n < room);
	return n;
}

static void
the_record_is_the_same_and_its_provenance_is_the_winners(void **state)
{
	static char bytes[1 << 20];
	struct pages *p = *state;
	glob_t pages;
	size_t read = 0;

	assert_int_equal(glob("tests/golden/*/page.*", 0, NULL, &pages), 0);
	for (size_t i = 0; i < pages.gl_pathc; i++) {
		struct extract_input in = {.bytes = {bytes, read_file(pages.gl_pathv[i], bytes,
		    sizeof(bytes))}, .url = SPAN("http://a.example/b/c.html")};
		struct record record;
		json_t *plain, *explained;

		arena_reset(&p->a);
		if (extract(&record, &p->a, p->kit, &in, NULL) == -1)
			continue;
		plain = record_to_json(&record);
		in.explain = fresh();
		explained = extracted(p, &in);
		assert_true(json_equal(plain, explained));
		for (int f = 0; f < FIELD_COUNT; f++)
			assert_winner(explained, (enum field)f);
		json_decref(plain);
		json_decref(explained);
		read++;
	}
	globfree(&pages);
	assert_true(read >= 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(block_and_info_line_and_meta_are_named_and_the_block_wins),
	    PAGE_TEST(a_loser_before_the_winner_says_what_is_wrong_with_it),
	    PAGE_TEST(the_same_value_again_is_another_candidate),
	    PAGE_TEST(what_the_text_says_comes_behind_the_block),
	    PAGE_TEST(an_xpath_comes_first_although_it_is_read_last),
	    PAGE_TEST(values_of_json_are_refused_for_what_they_are),
	    PAGE_TEST(pointers_without_title_and_text_make_no_document),
	    PAGE_TEST(the_document_in_a_script_comes_before_what_is_drawn),
	    PAGE_TEST(an_xpath_comes_before_the_documents_json),
	    PAGE_TEST(headings_tell_their_scores),
	    PAGE_TEST(a_heading_cut_short_gives_way_to_article_title),
	    PAGE_TEST(elements_tell_how_much_of_the_text_they_have),
	    PAGE_TEST(each_evidence_for_the_charset_is_asked_in_turn),
	    PAGE_TEST(links_that_are_no_files_are_named),
	    PAGE_TEST(a_winner_is_kept_where_losers_are_left_out),
	    PAGE_TEST(a_refused_page_has_told_what_was_seen),
	    PAGE_TEST(the_record_is_the_same_and_its_provenance_is_the_winners),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
