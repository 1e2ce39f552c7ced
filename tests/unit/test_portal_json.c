/* SPDX-License-Identifier: MIT */
/* portal_json: documents that portals serve as JSON, whole or inside a script of a page. */
#include "pages_support.h"

#include "../../core/page_kinds.h"

#define CONTENT \
	"<p>为落实各项要求，扎实推进工作，现将有关事项通知如下，请认真遵照执行，不得有误。</p>" \
	"<p>&nbsp;<a href=\\\"/f/1.pdf\\\">附表</a></p>"
#define DOCUMENT \
	"{\"title\": \"甲县关于春耕的通知\", \"identifier\": \"123456789/2024-00001\"," \
	" \"document_number\": \"甲发〔2024〕1号\", \"publisher\": \"甲县农业局\", \"source\": " \
	"\"甲县网\"," \
	" \"display_publish_time\": 1704161280, \"content\": \"" CONTENT "\"," \
	" \"attachment\": [{\"name\": \"附表.pdf\", \"url\": \"/f/1.pdf\"}, {\"name\": \"\", " \
	"\"url\": \"/f/2.doc\"}, {\"url\": \"\"}, 7]}"

static json_t *
page(void **state, const char *bytes, const char *content_type)
{
	struct extract_input in = {.bytes = span_of(bytes),
	    .url = SPAN("http://a.example/b/c.html"),
	    .content_type = span_of(content_type)};

	return extracted(*state, &in);
}

static const char *
text_of(const json_t *r, const char *field)
{
	return json_string_value(json_object_get(r, field));
}

static void
assert_document(json_t *r)
{
	const json_t *files = json_object_get(r, "attachments");

	assert_string_equal(text_of(json_object_get(r, "extraction"), "method"), "json");
	assert_string_equal(text_of(r, "title"), "甲县关于春耕的通知");
	assert_string_equal(
	    text_of(json_object_get(r, "index_number"), "raw"), "123456789/2024-00001");
	assert_string_equal(
	    text_of(json_object_get(r, "document_number"), "raw"), "甲发〔2024〕1号");
	assert_string_equal(text_of(r, "agency"), "甲县农业局");
	assert_string_equal(text_of(r, "source"), "甲县网");
	assert_string_equal(text_of(r, "published_at"), "2024-01-02T10:08:00");
	assert_string_equal(
	    text_of(json_object_get(r, "provenance"), "published_at"), "json:display_publish_time");
	assert_true(span_starts(span_of(text_of(r, "body")), SPAN("为落实各项要求")));
	assert_int_equal(json_array_size(files), 2);
	assert_string_equal(text_of(json_array_get(files, 0), "url"), "http://a.example/f/1.pdf");
	assert_string_equal(text_of(json_array_get(files, 0), "text"), "附表");
	assert_string_equal(text_of(json_array_get(files, 1), "text"), "2.doc");
	json_decref(r);
}

static void
a_document_alone_is_read(void **state)
{
	assert_document(page(state, DOCUMENT, "application/json"));
	assert_document(page(state, " " DOCUMENT "\n", "text/html"));
}

static void
a_document_in_its_usual_wraps_is_read(void **state)
{
	assert_document(page(state, "{\"code\": 0, \"data\": " DOCUMENT "}", NULL));
	assert_document(page(state, "{\"DETAIL\": " DOCUMENT ", \"SID\": 1}", NULL));
}

/* gkmlpt: what the page prints is drawn from this object; the rest of _CONFIG is no JSON. */
static void
a_document_in_a_script_is_what_the_page_prints(void **state)
{
	assert_document(page(state,
	    "<html><head><script>window._CONFIG = {TREE: [1,], DETAIL: " DOCUMENT
	    ", x: y};</script></head>"
	    "<body><div id=app>正在加载</div></body></html>",
	    "text/html"));
}

static void
meta_tags_stand_beside_a_document_in_a_script(void **state)
{
	json_t *r = page(state,
	    "<meta name=SiteName content=甲县><script>_CONFIG={DETAIL:" DOCUMENT "}</script>",
	    NULL);

	assert_string_equal(text_of(r, "site_name"), "甲县");
	json_decref(r);
}

static void
other_scripts_and_other_json_are_no_documents(void **state)
{
	static const char *const pages[] = {
	    "<script>window._CONFIG = {DETAIL: {\"title\": }};</script><p>甲，</p>",
	    "<script>window._CONFIG = {DETAIL: null};</script><p>甲，</p>",
	    "<script>var DETAIL = " DOCUMENT ";</script><p>甲，</p>"};

	for (size_t i = 0; i < COUNT_OF(pages); i++) {
		json_t *r = page(state, pages[i], "text/html");

		assert_string_equal(text_of(r, "body"), "甲，");
		json_decref(r);
	}
	assert_true(portal_json_is(SPAN(" {} ")));
	assert_true(portal_json_is(SPAN("[]")));
	assert_false(portal_json_is(SPAN("{")));
	assert_false(portal_json_is(SPAN("甲")));
	assert_false(portal_json_is(SPAN("")));
}

static void
the_better_of_two_names_wins(void **state)
{
	json_t *r = page(state,
	    "{\"title\": \"甲县通知\", \"content\": \"<p>甲，</p>\", \"date\": \"2023-01-01\","
	    " \"publish_time\": \"2024-01-02 10:08\", \"identifier\": \"\","
	    " \"indexnumber\": \"1/2024-1\", \"document_number\": \"无\"}",
	    NULL);

	assert_string_equal(text_of(r, "published_at"), "2024-01-02T10:08");
	assert_string_equal(text_of(json_object_get(r, "index_number"), "raw"), "1/2024-1");
	assert_true(json_is_null(json_object_get(r, "document_number")));
	json_decref(r);
}

static void
values_of_another_type_are_absent(void **state)
{
	json_t *r = page(state,
	    "{\"title\": \"甲县&amp;nbsp;通知\", \"content\": \"<p>甲，</p>\", \"publisher\": [\"甲\"],"
	    " \"source\": null, \"identifier\": {\"a\": 1}, \"attachment\": \"1.pdf\"}",
	    NULL);

	assert_true(json_is_null(json_object_get(r, "agency")));
	assert_true(json_is_null(json_object_get(r, "source")));
	assert_true(json_is_null(json_object_get(r, "index_number")));
	assert_int_equal(json_array_size(json_object_get(r, "attachments")), 0);
	json_decref(r);
}

/* The record of a page of a portal whose "extract.json" is `pointers`. */
static json_t *
pointed(void **state, const char *pointers, const char *bytes)
{
	struct extract_input in = {.bytes = span_of(bytes), .url = SPAN("http://a.example/b/c.html")};
	json_t *portal = json_pack("{s:{s:o}}", "extract", "json", json_loads(pointers, 0, NULL)), *r;

	assert_non_null(portal);
	in.portal = portal;
	r = extracted(*state, &in);
	json_decref(portal);
	return r;
}

static const char *
found_at(const json_t *r, const char *field)
{
	return text_of(json_object_get(r, "provenance"), field);
}

static void
the_portals_pointers_name_the_fields(void **state)
{
	json_t *r = pointed(state,
	    "{\"title\": \"/hits/1/f_1\", \"body\": \"/hits/1/a~1b\", \"index_number\": \"/hits/1/x\","
	    " \"document_number\": \"/no\", \"agency\": \"/hits/1/by/name\", \"source\": \"/hits/1/web\","
	    " \"published_on\": \"/hits/1/at\", \"signed_on\": \"/hits/1/signed\"}",
	    "{\"no\": \"甲发〔2024〕1号\", \"hits\": [{}, {\"f_1\": \"甲县关于<em>春耕</em>的&ldquo;通知&rdquo;\","
	    " \"a/b\": \"各村：\\n一、总体要求\\n抓紧，快种。\\n二、工作安排\\n乙组先种，丙组后种。\","
	    " \"x\": \"123456789/2024-00001\", \"by\": {\"name\": \"甲县农业局\"}, \"web\": \"甲县网\","
	    " \"at\": \"2024-01-02T18:30:00.000Z\", \"signed\": 1703952000000}]}");

	assert_string_equal(text_of(json_object_get(r, "extraction"), "method"), "json");
	assert_string_equal(text_of(r, "title"), "甲县关于春耕的“通知”");
	assert_string_equal(
	    text_of(json_object_get(r, "index_number"), "raw"), "123456789/2024-00001");
	assert_string_equal(text_of(json_object_get(r, "document_number"), "raw"), "甲发〔2024〕1号");
	assert_string_equal(text_of(r, "agency"), "甲县农业局");
	assert_string_equal(text_of(r, "source"), "甲县网");
	assert_string_equal(text_of(r, "published_at"), "2024-01-03T02:30:00"); /* in China */
	assert_string_equal(text_of(r, "signed_on"), "2023-12-31");
	assert_int_equal(json_array_size(json_object_get(r, "sections")), 2);
	assert_string_equal(found_at(r, "title"), "json:/hits/1/f_1");
	assert_string_equal(found_at(r, "body"), "json:/hits/1/a~1b");
	json_decref(r);
}

static void
pointers_come_before_names(void **state)
{
	json_t *r = pointed(state,
	    "{\"title\": \"/data/long\", \"published_on\": \"/data/at\", \"agency\": \"/data/none\"}",
	    "{\"data\": {\"title\": \"甲…\", \"long\": \"甲县通知\", \"content\": \"<p>甲，</p>\","
	    " \"publish_time\": \"2024-01-02\", \"at\": \"2024-01-03\", \"publisher\": \"甲县\"}}");

	assert_string_equal(text_of(r, "title"), "甲县通知");
	assert_string_equal(text_of(r, "published_on"), "2024-01-03");
	assert_string_equal(text_of(r, "agency"), "甲县");
	assert_string_equal(found_at(r, "agency"), "json:publisher");
	json_decref(r);
}

/* Names count where the pointed title, or else text, stands, be it no wrap of document_in(). */
static void
names_are_looked_up_beside_what_is_pointed_at(void **state)
{
	static const char page[] = "{\"publisher\": \"甲县\", \"hit\": {\"name\": \"甲县通知\", \"text\": \"甲，\","
				   " \"publisher\": \"乙县\", \"attachment\": [{\"url\": \"1.pdf\"}]}}";
	static const char *const pointers[] = {"{\"title\": \"/hit/name\"}", "{\"body\": \"/hit/text\"}",
	    "{\"title\": \"/hit/none\", \"body\": \"/hit/text\"}"};
	json_t *r;

	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		r = pointed(state, pointers[i], page);
		assert_string_equal(text_of(r, "agency"), "乙县");
		assert_int_equal(json_array_size(json_object_get(r, "attachments")), 1);
		json_decref(r);
	}
	r = pointed(state, "{\"title\": \"/n\"}", "{\"n\": \"甲县通知\", \"content\": \"甲，\"}");
	assert_string_equal(text_of(r, "body"), "甲，");
	json_decref(r);
}

/* A pointer at a number alone was lost once when names had found the document. */
static void
a_pointer_counts_where_names_find_the_document(void **state)
{
	json_t *r = pointed(state, "{\"index_number\": \"/head/no\"}",
	    "{\"head\": {\"no\": \"123456789/2024-00001\"},"
	    " \"data\": {\"title\": \"甲县通知\", \"content\": \"甲，\", \"identifier\": \"1/2024-1\"}}");

	assert_string_equal(
	    text_of(json_object_get(r, "index_number"), "raw"), "123456789/2024-00001");
	assert_string_equal(text_of(r, "title"), "甲县通知");
	json_decref(r);
}

static void
items_of_a_list_may_be_pointed_at(void **state)
{
	json_t *r = pointed(state, "{\"title\": \"/0\", \"body\": \"/1\"}", "[\"甲县通知\", \"甲，\"]");

	assert_string_equal(text_of(r, "title"), "甲县通知");
	assert_string_equal(text_of(r, "body"), "甲，");
	json_decref(r);
}

/* Then the page is read as any other: nothing of what was pointed at is kept. */
static void
pointers_without_title_and_text_make_no_document(void **state)
{
	json_t *r = pointed(state, "{\"title\": \"/t\", \"agency\": \"/a\"}",
	    "{\"t\": 5, \"a\": \"甲县\", \"text\": \"甲，\"}");

	assert_string_equal(text_of(json_object_get(r, "extraction"), "method"), "text");
	assert_true(json_is_null(json_object_get(r, "agency")));
	json_decref(r);
}

static void
pointers_begin_at_the_object_that_a_script_holds(void **state)
{
	json_t *r = pointed(state, "{\"source\": \"/web\"}",
	    "<script>_CONFIG = {DETAIL: {\"title\": \"甲县通知\", \"content\": \"<p>甲，</p>\","
	    " \"web\": \"甲县网\", \"source\": \"乙\"}, x: 1}</script>");

	assert_string_equal(text_of(r, "source"), "甲县网");
	json_decref(r);
}

/* A portal's configuration was checked when it was stored; a worker trusts it no further. */
static void
damaged_pointers_name_nothing(void **state)
{
	static const char *const damaged[] = {"{\"agency\": \"web\"}", "{\"agency\": \"/~\"}",
	    "{\"agency\": 5}", "{\"agency\": null}", "{\"agency\": \"\"}", "[]", "7"};

	for (size_t i = 0; i < COUNT_OF(damaged); i++) {
		char text[64];
		json_t *portal, *r;
		struct extract_input in = {.bytes = SPAN("{\"title\": \"甲，\", \"content\": \"甲，\", \"web\": \"乙\"}")};

		(void)snprintf(text, sizeof(text), "{\"extract\": {\"json\": %s}}", damaged[i]);
		portal = json_loads(text, 0, NULL);
		assert_non_null(portal);
		in.portal = portal;
		r = extracted(*state, &in);
		assert_true(json_is_null(json_object_get(r, "agency")));
		json_decref(r);
		json_decref(portal);
	}
}

static void
nul_in_a_string_is_no_text(void **state)
{
	json_t *r = page(state,
	    "{\"title\": \"甲县通知\", \"content\": \"<p>甲，</p>\", \"source\": \"a\\u0000b\","
	    " \"attachment\": [{\"name\": \"a\\u0000\", \"url\": \"1.pdf\"}]}",
	    NULL);

	assert_true(json_is_null(json_object_get(r, "source")));
	assert_int_equal(json_array_size(json_object_get(r, "attachments")), 0);
	json_decref(r);
}

static void
wide_blanks_begin_paragraphs_where_a_text_has_no_line_ends(void **state)
{
	json_t *r = page(state,
	    "{\"title\": \"甲县通知\", \"content\": \"　　一、总体要求　　落实各项要求。　　二、工作安排　　分三步。\"}",
	    "application/json");

	assert_string_equal(text_of(r, "body"), "一、总体要求\n落实各项要求。\n二、工作安排\n分三步。");
	assert_int_equal(json_array_size(json_object_get(r, "sections")), 2);
	json_decref(r);
	r = page(state, "{\"title\": \"甲县通知\", \"content\": \"甲。\\n　　乙，　　丙。\"}", "application/json");
	assert_string_equal(text_of(r, "body"), "甲。\n乙， 丙。");
	json_decref(r);
}

static void
the_content_of_a_document_has_the_limits_of_a_page(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {
	    .bytes = repeated(p, "{\"title\": \"甲\", \"content\": \"", "<div>", 600, "\"}")};
	struct record record;

	assert_refused(p, extract(&record, &p->a, p->kit, &in, &p->err), "too_deep");
}

static void
endless_nesting_is_no_document(void **state)
{
	struct pages *p = *state;
	json_t *r = page(state, repeated(p, "", "[", 100000, "]").p, "application/json");

	assert_string_equal(text_of(json_object_get(r, "extraction"), "method"), "text");
	json_decref(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(a_document_alone_is_read),
	    PAGE_TEST(a_document_in_its_usual_wraps_is_read),
	    PAGE_TEST(a_document_in_a_script_is_what_the_page_prints),
	    PAGE_TEST(meta_tags_stand_beside_a_document_in_a_script),
	    PAGE_TEST(other_scripts_and_other_json_are_no_documents),
	    PAGE_TEST(the_better_of_two_names_wins),
	    PAGE_TEST(values_of_another_type_are_absent),
	    PAGE_TEST(the_portals_pointers_name_the_fields),
	    PAGE_TEST(pointers_come_before_names),
	    PAGE_TEST(names_are_looked_up_beside_what_is_pointed_at),
	    PAGE_TEST(a_pointer_counts_where_names_find_the_document),
	    PAGE_TEST(items_of_a_list_may_be_pointed_at),
	    PAGE_TEST(pointers_without_title_and_text_make_no_document),
	    PAGE_TEST(pointers_begin_at_the_object_that_a_script_holds),
	    PAGE_TEST(damaged_pointers_name_nothing),
	    PAGE_TEST(nul_in_a_string_is_no_text),
	    PAGE_TEST(wide_blanks_begin_paragraphs_where_a_text_has_no_line_ends),
	    PAGE_TEST(the_content_of_a_document_has_the_limits_of_a_page),
	    PAGE_TEST(endless_nesting_is_no_document),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
