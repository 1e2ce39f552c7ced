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
	    PAGE_TEST(nul_in_a_string_is_no_text),
	    PAGE_TEST(the_content_of_a_document_has_the_limits_of_a_page),
	    PAGE_TEST(endless_nesting_is_no_document),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
