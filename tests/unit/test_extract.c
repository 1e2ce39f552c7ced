/* SPDX-License-Identifier: MIT */
/* extract: whole pages of every kind, good and bad, to records or to one reason why not. */
#include "pages_support.h"

#define TEXT \
	"<p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p>" \
	"<p>一、提高认识，加强领导，明确责任，落实措施，确保各项工作取得实效。</p>"

static json_t *
page(void **state, struct span bytes, const char *content_type)
{
	struct extract_input in = {.bytes = bytes,
	    .url = SPAN("http://a.example/b/c.html"),
	    .content_type = span_of(content_type)};

	return extracted(*state, &in);
}

static void
assert_page_refused(void **state, struct span bytes, const char *content_type, const char *reason)
{
	struct pages *p = *state;
	struct extract_input in = {.bytes = bytes, .content_type = span_of(content_type)};
	struct record record = {.confidence = 7};

	p->err = (struct err){0};
	assert_refused(p, extract(&record, &p->a, p->kit, &in, &p->err), reason);
	assert_true(record.confidence > 6.9); /* outputs are written on success alone */
	arena_reset(&p->a);
}

static const char *
text_of(const json_t *r, const char *field)
{
	return json_string_value(json_object_get(r, field));
}

static const char *
method_of(const json_t *r)
{
	return text_of(json_object_get(r, "extraction"), "method");
}

static void
pages_without_text_are_empty(void **state)
{
	static const char *const pages[] = {"", " \n\t ", "\xEF\xBB\xBF",
	    "<html><head><title></title></head></html>", "<script>var a = '甲';</script>",
	    "<!-- 甲 -->", "<img src=a.png>", "&nbsp;<br>"};

	for (size_t i = 0; i < COUNT_OF(pages); i++)
		assert_page_refused(state, span_of(pages[i]), "text/html", "empty");
	assert_page_refused(state, SPAN(" \r\n "), "text/plain", "empty");
}

static void
files_under_the_name_of_a_page_are_binary(void **state)
{
	static const char *const files[] = {"%PDF-1.4\n1 0 obj", "\x89PNG\r\n\x1A\n",
	    "PK\3\4abc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "GIF89a", "\x1F\x8B\x08", "\xFF\xD8\xFF\xE0"};
	char noise[4096];
	unsigned seed = 1;

	for (size_t i = 0; i < COUNT_OF(files); i++)
		assert_page_refused(state, span_of(files[i]), "text/html; charset=utf-8", "binary");
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)((seed = seed * 1103515245U + 12345U) >> 16);
	assert_page_refused(state, (struct span){noise, sizeof(noise)}, NULL, "binary");
	assert_page_refused(state, SPAN("甲县\1\2\3\4\5"), NULL, "binary");
	assert_page_refused(state, repeated(*state, "<p>", "\xB9\xD8\xD3\xDA", 20, "</p>"),
	    "text/html; charset=utf-8", "binary");
}

static void
deep_pages_are_too_deep(void **state)
{
	assert_page_refused(
	    state, repeated(*state, "", "<div>甲", 100000, ""), "text/html", "too_deep");
}

static void
large_pages_are_too_large(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {.bytes = SPAN("<p>甲县科技局</p>")};
	struct record record;
	struct arena small;

	assert_page_refused(
	    state, repeated(p, "", "甲", PAGE_BODY_MAX / 3 + 1, ""), NULL, "too_large");
	p->err = (struct err){0};
	arena_init(&small, 600);
	assert_refused(p, extract(&record, &small, p->kit, &in, &p->err), "too_large");
	arena_fini(&small);
}

static void
a_page_of_many_megabytes_is_read_whole(void **state)
{
	const size_t paragraphs = 60000;
	struct span bytes = repeated(*state, "<h1>甲县通知公告</h1><div id=zoom>",
	    "<p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行。</p>\n",
	    paragraphs, "</div>");
	json_t *r = page(state, bytes, "text/html");

	assert_true(bytes.n > 6000000 && bytes.n <= PAGE_BODY_MAX);
	assert_string_equal(text_of(r, "title"), "甲县通知公告");
	assert_int_equal(json_string_length(json_object_get(r, "body")), paragraphs * 103 - 1);
	json_decref(r);
}

static void
plain_text_is_read_line_by_line(void **state)
{
	json_t *r = page(state,
	    SPAN("索引号：123456789/2024-00001\r\n标题：甲县通知\r\n2024年1月2日\r\n\r\n"
		 "为落实要求，现将有关事项通知如下，请认真 遵照执行。\r\n1 < 2\r\n"),
	    "text/plain; charset=utf-8");

	assert_string_equal(method_of(r), "text");
	assert_string_equal(text_of(r, "title"), "甲县通知");
	assert_string_equal(
	    text_of(json_object_get(r, "index_number"), "raw"), "123456789/2024-00001");
	assert_string_equal(text_of(r, "published_on"), "2024-01-02");
	assert_true(span_ends(span_of(text_of(r, "body")), SPAN("遵照执行。\n1 < 2")));
	json_decref(r);
}

static void
text_without_a_tag_is_plain_and_with_one_is_html(void **state)
{
	json_t *r = page(state, SPAN("甲 < 乙，丙 > 丁。"), "text/html");

	assert_string_equal(method_of(r), "text");
	assert_string_equal(text_of(r, "body"), "甲 < 乙，丙 > 丁。");
	json_decref(r);
	r = page(state, SPAN("<p>甲。</p><p>乙。</p>"), NULL);
	assert_string_equal(text_of(r, "body"), "甲。\n乙。");
	json_decref(r);
	r = page(state, SPAN("<p>甲，</p>"), "text/plain");
	assert_string_equal(text_of(r, "body"), "<p>甲，</p>");
	json_decref(r);
}

static void
the_same_bytes_give_the_same_record(void **state)
{
	struct span bytes =
	    SPAN("<meta charset=gb2312><h1>\xBC\xD7\xCF\xD8\xCD\xA8\xD6\xAA\xB9\xAB\xB8\xE6</h1>"
		 "<ul><li>\xC0\xB4\xD4\xB4\xA3\xBA\xBC\xD7</li></ul><div id=zoom><p>\xBC\xD7\xA3\xAC</p></div>");
	json_t *first = page(state, bytes, NULL);
	char *text = json_dumps(first, 0);

	assert_string_equal(text_of(first, "title"), "甲县通知公告");
	for (int i = 0; i < 3; i++) {
		struct pages *p = *state;
		json_t *again;
		char *again_text;

		arena_reset(&p->a);
		again = page(state, bytes, NULL);
		again_text = json_dumps(again, 0);
		assert_string_equal(again_text, text);
		free(again_text);
		json_decref(again);
	}
	free(text);
	json_decref(first);
}

static void
the_charset_is_kept_with_its_evidence(void **state)
{
	json_t *r = page(state, SPAN("<p>\xBC\xD7\xCF\xD8</p>"), "text/html; charset=gb2312");
	json_t *want = json_pack("{s:s, s:s, s:s, s:i}", "used", "GB18030", "declared", "gb2312",
	    "evidence", "http", "replacements", 0);

	assert_true(json_equal(json_object_get(json_object_get(r, "extraction"), "charset"), want));
	json_decref(want);
	json_decref(r);
}

/* Templates that hide everything and let a script show it. */
static void
a_page_that_hides_all_is_shown(void **state)
{
	json_t *r = page(
	    state, SPAN("<body style='display:none'><div id=zoom>" TEXT "</div></body>"), NULL);

	assert_true(span_starts(span_of(text_of(r, "body")), SPAN("为落实各项要求")));
	json_decref(r);
}

static void
the_portals_region_fills_what_the_page_leaves_open(void **state)
{
	struct pages *p = *state;
	json_t *portal = json_loads(
	    "{\"region\": {\"province\": \"甲省\", \"city\": null, \"county\": \"丙县\"}}", 0,
	    NULL);
	struct extract_input in = {.bytes = SPAN("<p>甲，</p>"), .portal = portal};
	json_t *r = extracted(p, &in),
	       *want = json_pack("{s:s, s:n, s:s}", "province", "甲省", "city", "county", "丙县");

	assert_true(json_equal(json_object_get(r, "region"), want));
	json_decref(want);
	json_decref(r);
	json_decref(portal);
}

static void
the_number_said_by_the_block_is_not_said_again_by_the_body(void **state)
{
	json_t *r = page(state,
	    SPAN(
		"<ul><li>文号：甲科发〔2024〕1号</li></ul><div id=zoom><p>甲科发[2024] 1号</p>" TEXT
		"</div>"),
	    NULL);

	assert_string_equal(
	    text_of(json_object_get(r, "document_number"), "raw"), "甲科发〔2024〕1号");
	assert_true(span_starts(span_of(text_of(r, "body")), SPAN("为落实各项要求")));
	json_decref(r);
}

static void
a_bad_xpath_of_the_configuration_is_fatal(void **state)
{
	struct pages *p = *state;
	json_t *portal = json_loads("{\"extract\": {\"title\": \"//h1[\"}}", 0, NULL);
	struct extract_input in = {.bytes = SPAN("<p>甲，</p>"), .portal = portal};
	struct record record;

	assert_int_equal(extract(&record, &p->a, p->kit, &in, &p->err), -1);
	assert_int_equal(p->err.code, ERR_FATAL);
	assert_string_equal(p->err.reason, "bad_xpath");
	json_decref(portal);
}

/* The arena's limit is met anywhere: always the same clean refusal, in the end a record. */
static void
every_shortage_of_memory_is_a_clean_refusal(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {
	    .bytes =
		SPAN("<meta name=SiteName content='甲&amp;nbsp;'><h1>甲县通知公告</h1>"
		     "<table><tr><td>索引号</td><td>1/2024-1</td></tr></table><div id=zoom>" TEXT
		     "<table><tr><td>甲</td><td>乙</td></tr></table><a href=1.pdf>丙</a></div>"),
	    .url = SPAN("http://a.example/")};
	struct record record;
	int rc = -1;

	for (size_t limit = 0; rc == -1 && limit < (size_t)1 << 20; limit += 97) {
		struct arena small;

		p->err = (struct err){0};
		arena_init(&small, limit);
		rc = extract(&record, &small, p->kit, &in, &p->err);
		if (rc == -1)
			assert_refused(p, rc, "too_large");
		arena_fini(&small);
	}
	assert_int_equal(rc, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(pages_without_text_are_empty),
	    PAGE_TEST(files_under_the_name_of_a_page_are_binary),
	    PAGE_TEST(deep_pages_are_too_deep),
	    PAGE_TEST(large_pages_are_too_large),
	    PAGE_TEST(a_page_of_many_megabytes_is_read_whole),
	    PAGE_TEST(plain_text_is_read_line_by_line),
	    PAGE_TEST(text_without_a_tag_is_plain_and_with_one_is_html),
	    PAGE_TEST(the_same_bytes_give_the_same_record),
	    PAGE_TEST(the_charset_is_kept_with_its_evidence),
	    PAGE_TEST(a_page_that_hides_all_is_shown),
	    PAGE_TEST(the_portals_region_fills_what_the_page_leaves_open),
	    PAGE_TEST(the_number_said_by_the_block_is_not_said_again_by_the_body),
	    PAGE_TEST(a_bad_xpath_of_the_configuration_is_fatal),
	    PAGE_TEST(every_shortage_of_memory_is_a_clean_refusal),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
