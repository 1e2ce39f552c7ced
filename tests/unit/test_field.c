/* SPDX-License-Identifier: MIT */
/* field: of all that a page offers, what becomes a field of its record, and where it was found. */
#include "pages_support.h"

#define TEXT \
	"<p>各乡镇人民政府：</p>" \
	"<p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p>" \
	"<p>一、提高认识，加强领导，明确责任，落实措施，确保各项工作取得实效。</p>"

#define ARTICLE "<div id=zoom>" TEXT "</div>"

/* The value of a field, and its provenance, as "value <- where"; "null" alone when there is none.
 */
static void
assert_field(json_t *record, const char *field, const char *want)
{
	const json_t *value = json_object_get(record, field);
	const char *where =
	    json_string_value(json_object_get(json_object_get(record, "provenance"), field));
	char got[512] = "null";

	assert_non_null(value);
	if (json_is_object(value))
		value = json_object_get(value, "raw");
	if (!json_is_null(value))
		(void)snprintf(got, sizeof(got), "%s <- %s", json_string_value(value),
		    where != NULL ? where : "?");
	assert_string_equal(got, want);
}

static void
check(void **state, const char *page, const char *portal, const char *field, const char *want)
{
	struct pages *p = *state;
	json_t *config = portal == NULL ? NULL : json_loads(portal, 0, NULL), *record;
	struct extract_input in = {.bytes = span_of(page),
	    .url = SPAN("http://a.example/b/c.html"),
	    .portal = config,
	    .list_title = SPAN("列表上的标题"),
	    .list_date = SPAN("2024-09-09")};

	assert_true(portal == NULL || config != NULL);
	record = extracted(p, &in);
	assert_field(record, field, want);
	json_decref(record);
	json_decref(config);
}

#define BLOCK \
	"<table><tr><td>索引号</td><td>123456789/2024-00001</td><td>文号</td><td>甲科发〔2024〕1号</td></tr>" \
	"<tr><td>发布机构</td><td>甲县科技局</td><td>信息来源</td><td>甲县网</td></tr>" \
	"<tr><td>发布日期</td><td>2024-01-02</td><td>成文日期</td><td>2023年12月31日</td></tr></table>"
#define INFO "<div>来源：乙县网 发布时间：2024-02-03 10:08</div>"
#define META \
	"<meta name=PubDate content='2024-03-04 11:12'><meta name=contentsource content='丙县网'>"
#define XPATH(field, expr) "{\"extract\": {\"" field "\": \"" expr "\"}}"

static void
the_published_date_is_the_first_that_is_printed(void **state)
{
	static const char xpath[] = XPATH("published_on", "//i");
	static const char *const field = "published_at";

	check(state, META BLOCK INFO "<i>2024-04-05</i>" ARTICLE, xpath, field,
	    "2024-04-05 <- xpath");
	check(state, META BLOCK INFO ARTICLE, xpath, field, "2024-01-02 <- block:发布日期");
	check(state, META INFO ARTICLE, NULL, field, "2024-02-03T10:08 <- info:发布时间");
	check(state, META "<h1>甲县通知</h1><p>2024-05-06</p>" ARTICLE, NULL, field,
	    "2024-05-06 <- info:date");
	check(state, META ARTICLE, NULL, field, "2024-03-04T11:12 <- meta:PubDate");
	check(state, "<meta name=firstpublishedtime content='2024-03-05-10:11:12'>" ARTICLE, NULL,
	    field, "2024-03-05 <- meta:firstpublishedtime");
	check(state, "<meta name=PublishDate content='2024-03-06'>" ARTICLE, NULL, field,
	    "2024-03-06 <- meta:firstpublishedtime");
	check(state, "<meta property=article:published_time content='2024-03-07T10:00:00+08:00'>" ARTICLE,
	    NULL, field, "2024-03-07T10:00:00 <- meta:firstpublishedtime");
	check(state, ARTICLE, NULL, field, "2024-09-09 <- list");
}

static void
catalogue_dates_come_behind_a_bare_date(void **state)
{
	check(state, "<ul><li>生成日期：2024-01-02</li><li>发文日期：2024-01-03</li></ul>" ARTICLE,
	    NULL, "published_at", "2024-01-03 <- block:发文日期");
	check(state,
	    "<ul><li>生成日期：2024-01-02</li></ul><h1>甲县通知</h1><p>2024-05-06</p>" ARTICLE,
	    NULL, "published_at", "2024-05-06 <- info:date");
}

static void
a_date_that_is_none_gives_way_to_the_next(void **state)
{
	check(state, META "<ul><li>发布日期：待定</li><li>日期：2024年13月1日</li></ul>" ARTICLE,
	    NULL, "published_at", "2024-03-04T11:12 <- meta:PubDate");
}

static void
a_label_without_a_date_gives_way_to_the_same_label_elsewhere(void **state)
{
	check(state, META "<ul><li>发布时间：待定</li></ul>" INFO ARTICLE, NULL, "published_at",
	    "2024-02-03T10:08 <- info:发布时间");
}

static void
the_day_is_the_same_date_without_its_time(void **state)
{
	check(state, INFO ARTICLE, NULL, "published_on", "2024-02-03 <- ?");
}

static void
the_source_is_the_first_that_is_printed(void **state)
{
	static const char xpath[] = XPATH("source", "//i");

	check(state, META BLOCK INFO "<i>丁县网</i>" ARTICLE, xpath, "source", "丁县网 <- xpath");
	check(state, META BLOCK INFO "<i>无</i>" ARTICLE, xpath, "source",
	    "甲县网 <- block:信息来源");
	check(state, META INFO ARTICLE, NULL, "source", "乙县网 <- info:来源");
	check(state, META ARTICLE, NULL, "source", "丙县网 <- meta:ContentSource");
	check(state, "<ul><li>来源：</li></ul>" META ARTICLE, NULL, "source",
	    "丙县网 <- meta:ContentSource");
	check(state, "<meta name=ContentSource content='无'>" ARTICLE, NULL, "source", "null");
}

static void
the_agency_is_printed_or_signed_or_named_by_the_title(void **state)
{
#define SIGNED "<div id=zoom>" TEXT "<p>乙县财政局</p><p>2024年1月5日</p></div>"
#define TITLE "<h1>丙县农业局关于春耕的通知</h1>"
	check(state, TITLE BLOCK SIGNED, NULL, "agency", "甲县科技局 <- block:发布机构");
	check(state, TITLE SIGNED, NULL, "agency", "乙县财政局 <- body:signature");
	check(state, TITLE ARTICLE, NULL, "agency", "丙县农业局 <- title:issuer");
	check(state, ARTICLE, NULL, "agency", "null");
}

static void
joint_issuers_are_one_text(void **state)
{
	check(state,
	    "<div id=zoom>" TEXT "<p>乙县财政局</p><p>乙县科技局</p><p>2024年1月5日</p></div>",
	    NULL, "agency", "乙县财政局、乙县科技局 <- body:signature");
}

static void
the_day_of_signing_is_the_blocks_or_the_signatures(void **state)
{
	check(state, BLOCK SIGNED, NULL, "signed_on", "2023-12-31 <- block:成文日期");
	check(state, SIGNED, NULL, "signed_on", "2024-01-05 <- body:signature");
	check(state,
	    "<div id=zoom><p>（2007年6月29日甲县人民代表大会常务委员会通过）</p>" TEXT "</div>",
	    NULL, "signed_on", "2007-06-29 <- body:opening");
	check(state, ARTICLE, NULL, "signed_on", "null");
}

static void
numbers_are_the_blocks_or_the_documents_own(void **state)
{
	check(state, BLOCK ARTICLE, NULL, "index_number", "123456789/2024-00001 <- block:索引号");
	check(state, BLOCK ARTICLE, NULL, "document_number", "甲科发〔2024〕1号 <- block:文号");
	check(state, "<i>987654321/2024-00002</i>" BLOCK ARTICLE, XPATH("index_number", "//i"),
	    "index_number", "987654321/2024-00002 <- xpath");
	check(state, "<h1>甲县通知</h1><div id=zoom><p>甲政发〔2024〕9号</p>" TEXT "</div>", NULL,
	    "document_number", "甲政发〔2024〕9号 <- body:head");
	check(state, "<h1>行政处罚公示表（甲罚决字〔2024〕52号）</h1>" ARTICLE, NULL,
	    "document_number", "甲罚决字〔2024〕52号 <- title");
	check(state,
	    "<div id=zoom><table><tr><td>处罚决定书文号</td><td>甲罚决字〔2024〕53号</td></tr></table>" TEXT "</div>",
	    NULL, "document_number", "甲罚决字〔2024〕53号 <- body:row");
}

static void
a_placeholder_is_no_number(void **state)
{
	check(state, "<ul><li>索引号：无</li><li>文号：——</li></ul>" ARTICLE, NULL, "index_number",
	    "null");
	check(state, "<ul><li>索引号：无</li><li>文号：——</li></ul>" ARTICLE, NULL,
	    "document_number", "null");
	check(state, "<i>暂无</i>" BLOCK ARTICLE, XPATH("index_number", "//i"), "index_number",
	    "123456789/2024-00001 <- block:索引号");
}

static void
words_are_no_number_and_leave_no_provenance(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {
	    .bytes = SPAN("<ul><li>索引号：见附件</li><li>文号：见附件</li></ul>" ARTICLE)};
	json_t *record = extracted(p, &in), *where = json_object_get(record, "provenance");

	assert_field(record, "index_number", "null");
	assert_field(record, "document_number", "null");
	assert_null(json_object_get(where, "index_number"));
	assert_null(json_object_get(where, "document_number"));
	json_decref(record);
}

static void
the_title_is_the_configured_one_then_the_heading_then_the_lists(void **state)
{
	check(state, "<h1>甲县通知公告</h1><i>配置的标题</i>" ARTICLE, XPATH("title", "//i"),
	    "title", "配置的标题 <- xpath");
	check(state, "<h1>甲县通知公告</h1>" ARTICLE, XPATH("title", "//u"), "title",
	    "甲县通知公告 <- heading");
	check(state, ARTICLE, NULL, "title", "列表上的标题 <- list");
}

static void
the_site_names_itself(void **state)
{
	static const char page[] =
	    "<meta name=sitename content=''><META content='甲县&amp;nbsp;人民政府' name=SITENAME>"
	    "<meta name=SiteIDCode content=1234567890>" ARTICLE;

	check(state, page, NULL, "site_name", "甲县 人民政府 <- meta:SiteName");
	check(state, page, NULL, "site_id_code", "1234567890 <- meta:SiteIDCode");
	check(state, ARTICLE, NULL, "site_name", "null");
}

static void
a_configured_body_replaces_the_chosen_one(void **state)
{
	check(state, ARTICLE "<div id=x><p>第一段</p><p>第二段</p></div>",
	    XPATH("body", "//div[@id='x']"), "body", "第一段\n第二段 <- xpath");
	check(state, "<div id=zoom><p>甲，</p></div>", XPATH("body", "//div[@id='y']"), "body",
	    "甲， <- container:zoom");
}

static void
a_number_beside_the_title_is_the_documents_own(void **state)
{
	check(state, "<h1>甲县农业局关于春耕的通知</h1><p>甲农发〔2024〕3号</p><p>来源：甲县网</p>" ARTICLE,
	    NULL, "document_number", "甲农发〔2024〕3号 <- info:number");
	check(state, "<p>甲县农业局文件</p><p>（甲农发〔2024〕3号）</p><h1>关于春耕的通知</h1>" ARTICLE, NULL,
	    "document_number", "甲农发〔2024〕3号 <- info:number");
	check(state, "<h1>甲县农业局关于农具的公告</h1><h3>甲县农业局公告2024年第3号</h3>" ARTICLE, NULL,
	    "document_number", "甲县农业局公告2024年第3号 <- info:number");
	check(state, "<h1>甲县通知</h1><p><a href=/1>甲农发〔2023〕1号</a></p>" ARTICLE, NULL,
	    "document_number", "null");
}

static void
a_person_that_signs_is_no_agency(void **state)
{
	check(state, "<div id=zoom>" TEXT "<p>县长　张三</p><p>2024年1月5日</p></div>", NULL, "agency",
	    "null");
	check(state, "<div id=zoom>" TEXT "<p>乙县人民政府</p><p>县长　张三</p><p>2024年1月5日</p></div>", NULL,
	    "agency", "乙县人民政府 <- body:signature");
}

static void
a_line_of_date_and_labels_is_no_text(void **state)
{
	struct pages *p = *state;
	static const char page[] =
	    "<div><h1>停水通知</h1><p>2024-05-06 来源：甲县网</p><p>因管道检修，明天全县停水一天，请做好准备。</p></div>";
	struct extract_input in = {.bytes = span_of(page)};
	json_t *record = extracted(p, &in);

	assert_string_equal(json_string_value(json_object_get(record, "body")),
	    "因管道检修，明天全县停水一天，请做好准备。");
	json_decref(record);
}

static void
words_between_date_and_labels_are_no_text(void **state)
{
	struct pages *p = *state;
	static const char page[] =
	    "<div><h1>停水通知</h1><ul><li>2024-05-06</li><li>甲县水利局</li><li>浏览：3</li></ul>"
	    "<p>因管道检修，明天全县停水一天，请做好准备。</p><p>甲县</p><p>乙县</p></div>";
	struct extract_input in = {.bytes = span_of(page)};
	json_t *record = extracted(p, &in);

	assert_string_equal(json_string_value(json_object_get(record, "body")),
	    "因管道检修，明天全县停水一天，请做好准备。\n甲县\n乙县");
	json_decref(record);
}

static void
a_bare_date_may_stand_in_brackets_or_before_a_weekday(void **state)
{
	static const char *const field = "published_at";

	check(state, "<h1>甲县通知</h1><small>( 2024-05-06 )</small>" ARTICLE, NULL, field,
	    "2024-05-06 <- info:date");
	check(state, "<h1>甲县通知</h1><div>由编辑提交于 2024年5月6日 星期一</div>" ARTICLE, NULL, field,
	    "2024-05-06 <- info:date");
	check(state, "<h1>甲县通知</h1><div>甲县日报　2024-05-06 08:00　阅读：12</div>" ARTICLE, NULL, field,
	    "2024-05-06T08:00 <- info:date");
	check(state, "<h1>甲县通知</h1><div>甲县日报　2024-05-06 08:00　【字号： 大 中 小】</div>" ARTICLE, NULL,
	    field, "2024-05-06T08:00 <- info:date");
	check(state, META "<p>2019年12月3日 星期二</p><h1>甲县通知</h1>" ARTICLE, NULL, field,
	    "2024-03-04T11:12 <- meta:PubDate");
	check(state, "<h1>甲县通知</h1><div>（来源：甲县网　2024-05-06）</div>" ARTICLE, NULL, field,
	    "2024-05-06 <- info:date");
	check(state, "<h1>甲县通知</h1><div>---- 甲县日报 2024年5月6日 ----</div>" ARTICLE, NULL, field,
	    "2024-05-06 <- info:date");
	check(state, "<h1>甲县通知</h1><div id=zoom><p>（2024年5月6日）</p>" TEXT "</div>", NULL, field,
	    "2024-09-09 <- list");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(the_published_date_is_the_first_that_is_printed),
	    PAGE_TEST(catalogue_dates_come_behind_a_bare_date),
	    PAGE_TEST(a_date_that_is_none_gives_way_to_the_next),
	    PAGE_TEST(a_label_without_a_date_gives_way_to_the_same_label_elsewhere),
	    PAGE_TEST(the_day_is_the_same_date_without_its_time),
	    PAGE_TEST(the_source_is_the_first_that_is_printed),
	    PAGE_TEST(the_agency_is_printed_or_signed_or_named_by_the_title),
	    PAGE_TEST(joint_issuers_are_one_text),
	    PAGE_TEST(the_day_of_signing_is_the_blocks_or_the_signatures),
	    PAGE_TEST(numbers_are_the_blocks_or_the_documents_own),
	    PAGE_TEST(a_placeholder_is_no_number),
	    PAGE_TEST(words_are_no_number_and_leave_no_provenance),
	    PAGE_TEST(the_title_is_the_configured_one_then_the_heading_then_the_lists),
	    PAGE_TEST(the_site_names_itself),
	    PAGE_TEST(a_configured_body_replaces_the_chosen_one),
	    PAGE_TEST(a_number_beside_the_title_is_the_documents_own),
	    PAGE_TEST(a_person_that_signs_is_no_agency),
	    PAGE_TEST(a_line_of_date_and_labels_is_no_text),
	    PAGE_TEST(words_between_date_and_labels_are_no_text),
	    PAGE_TEST(a_bare_date_may_stand_in_brackets_or_before_a_weekday),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
