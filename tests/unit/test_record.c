/* SPDX-License-Identifier: MIT */
/* record: a page's record as JSON, exactly as design section 4 tells it, and its content hash. */
#include "pages_support.h"

#include <openssl/evp.h>

enum type { TEXT, DAY, TIME, NUMBER, NUMBERED, LIST, OBJECT };

static const struct {
	const char *name;
	enum type type;
} fields[] = {{"url", TEXT}, {"site_name", TEXT}, {"site_id_code", TEXT}, {"title", TEXT},
    {"agency", TEXT}, {"source", TEXT}, {"addressee", TEXT}, {"preamble", TEXT}, {"body", TEXT},
    {"printed_by", TEXT}, {"document_type", TEXT}, {"report_year", NUMBER},
    {"index_number", NUMBERED}, {"document_number", NUMBERED}, {"signed_by", LIST},
    {"signed_on", DAY}, {"printed_on", DAY}, {"published_on", DAY}, {"published_at", TIME},
    {"region", OBJECT}, {"metadata", OBJECT}, {"sections", LIST}, {"required_parts", OBJECT},
    {"citations", LIST}, {"document_numbers_cited", LIST}, {"quantities", LIST},
    {"attachments", LIST}, {"noise", LIST}, {"extraction", OBJECT}, {"provenance", OBJECT}};

static bool
is_text(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) > 0;
}

static bool
is_text_or_null(const json_t *v)
{
	return json_is_null(v) || is_text(v);
}

/* digits where '0' stands, and the rest as it is */
static bool
looks_like(const json_t *v, const char *model)
{
	const char *s = json_string_value(v);
	size_t i;

	for (i = 0; s != NULL && s[i] != '\0' && model[i] != '\0'; i++)
		if (model[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != model[i])
			return false;
	return s != NULL && s[i] == '\0' && model[i] == '\0';
}

static bool
is_number(const json_t *v)
{
	return json_object_size(v) == 4 && is_text(json_object_get(v, "raw")) &&
	       is_text_or_null(json_object_get(v, "normalized")) &&
	       is_text(json_object_get(v, "class")) && json_is_array(json_object_get(v, "flags"));
}

static bool
is_of_type(const json_t *v, enum type type)
{
	switch (type) {
	case TEXT:
		return is_text_or_null(v);
	case DAY:
		return json_is_null(v) || looks_like(v, "0000-00-00");
	case TIME:
		return json_is_null(v) || looks_like(v, "0000-00-00") ||
		       looks_like(v, "0000-00-00T00:00") || looks_like(v, "0000-00-00T00:00:00");
	case NUMBER:
		return json_is_null(v) || json_is_integer(v);
	case NUMBERED:
		return json_is_null(v) || is_number(v);
	case LIST:
		return json_is_array(v);
	case OBJECT:
		return json_is_object(v);
	}
	return false;
}

static void
assert_objects(const json_t *list, size_t keys, const char *const *names, const json_type *types)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		assert_int_equal(json_object_size(item), keys);
		for (size_t k = 0; k < keys; k++) {
			const json_t *v = json_object_get(item, names[k]);

			if (v == NULL || (json_typeof(v) != types[k] && !json_is_null(v)))
				fail_msg("%s of item %zu", names[k], i);
		}
	}
}

static void /* NOLINTNEXTLINE(misc-no-recursion): sections have six levels */
assert_sections(const json_t *list, int level)
{
	const json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
	{
		assert_int_equal(json_object_size(s), 8);
		assert_true(json_integer_value(json_object_get(s, "level")) > level);
		assert_true(is_text(json_object_get(s, "ordinal")));
		assert_true(is_text_or_null(json_object_get(s, "heading")));
		assert_true(json_is_boolean(json_object_get(s, "inline")));
		assert_true(is_text_or_null(json_object_get(s, "role")));
		assert_true(is_text_or_null(json_object_get(s, "text")));
		assert_true(json_is_integer(json_object_get(s, "enumerations")));
		assert_true(json_is_array(json_object_get(s, "children")));
		assert_sections(json_object_get(s, "children"),
		    (int)json_integer_value(json_object_get(s, "level")));
	}
}

static void
assert_texts(const json_t *o, size_t count, const char *const *names)
{
	assert_int_equal(json_object_size(o), count);
	for (size_t i = 0; i < count; i++)
		assert_true(is_text_or_null(json_object_get(o, names[i])));
}

static void
assert_extraction(const json_t *e)
{
	const json_t *charset = json_object_get(e, "charset");
	double confidence = json_real_value(json_object_get(e, "confidence"));

	assert_int_equal(json_object_size(e), 6);
	assert_int_equal(json_integer_value(json_object_get(e, "version")), EXTRACTION_VERSION);
	assert_int_equal(json_object_size(charset), 4);
	assert_true(is_text(json_object_get(charset, "used")));
	assert_true(is_text_or_null(json_object_get(charset, "declared")));
	assert_true(is_text(json_object_get(charset, "evidence")));
	assert_true(json_is_integer(json_object_get(charset, "replacements")));
	assert_true(is_text(json_object_get(e, "method")));
	assert_true(
	    json_is_real(json_object_get(e, "confidence")) && confidence >= 0 && confidence <= 1);
	assert_int_equal(json_string_length(json_object_get(e, "page_sha256")), 64);
	assert_int_equal(json_string_length(json_object_get(e, "content_sha256")), 64);
}

static void
assert_parts(const json_t *o)
{
	const char *name;
	json_t *part;

	assert_int_equal(json_object_size(o), PART_COUNT);
	for (size_t i = 0; i < PART_COUNT; i++)
		assert_non_null(json_object_get(o, part_names[i]));
	json_object_foreach((json_t *)(uintptr_t)o, name, part)
	{
		const char *status = json_string_value(json_object_get(part, "status"));

		assert_int_equal(json_object_size(part), 2);
		assert_non_null(status);
		assert_int_equal(
		    strcmp(status, "absent") == 0, json_is_null(json_object_get(part, "evidence")));
	}
}

/* The whole of the table in design section 4. */
static void
assert_record(const json_t *r)
{
	assert_int_equal(json_object_size(r), COUNT_OF(fields));
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const json_t *v = json_object_get(r, fields[i].name);

		if (v == NULL || !is_of_type(v, fields[i].type))
			fail_msg(
			    "%s: %s", fields[i].name, v == NULL ? "missing" : "has another type");
	}
	assert_texts(
	    json_object_get(r, "region"), 3, (const char *const[]){"province", "city", "county"});
	assert_sections(json_object_get(r, "sections"), 0);
	assert_parts(json_object_get(r, "required_parts"));
	assert_objects(json_object_get(r, "citations"), 4,
	    (const char *const[]){"title", "count", "kind", "nested"},
	    (const json_type[]){JSON_STRING, JSON_INTEGER, JSON_STRING, JSON_ARRAY});
	assert_objects(json_object_get(r, "document_numbers_cited"), 2,
	    (const char *const[]){"raw", "normalized"},
	    (const json_type[]){JSON_STRING, JSON_STRING});
	assert_objects(json_object_get(r, "attachments"), 2, (const char *const[]){"text", "url"},
	    (const json_type[]){JSON_STRING, JSON_STRING});
	for (size_t i = 0; i < json_array_size(json_object_get(r, "quantities")); i++) {
		const json_t *q = json_array_get(json_object_get(r, "quantities"), i);

		assert_int_equal(json_object_size(q), 4);
		assert_true(json_is_number(json_object_get(q, "value")));
		assert_true(is_text_or_null(json_object_get(q, "unit")));
		assert_true(is_text_or_null(json_object_get(q, "qualifier")));
		assert_true(is_text(json_object_get(q, "context")));
	}
	assert_extraction(json_object_get(r, "extraction"));
}

static const char full[] =
    "<meta name=SiteName content='甲县人民政府'><meta name=SiteIDCode content=1234567890>"
    "<h1>甲省乙市甲县科技局2023年法治政府建设年度报告</h1>"
    "<table><tr><td>索引号</td><td>123456789/2024-00001</td><td>发布机构</td><td>甲县科技局</td></tr>"
    "<tr><td>文号</td><td>甲科发〔2024〕1号</td><td>发布日期</td><td>2024-01-02</td></tr></table>"
    "<div>发布时间：2024-01-02 10:08 来源：甲县科技局</div><div id=zoom>"
    "<p>甲县人民政府：</p><p>2023年，我局深入贯彻《甲法》和《关于印发〈乙办法〉的通知》（乙发〔2022〕3号），现将情况报告如下：</p>"
    "<p>一、主要举措和成效</p><p>（一）落实责任。共培训12次、300余人，增长5.5%。一是学习。二是考核。</p>"
    "<p>二、存在的不足</p><p>力度不够。</p><p>三、下一步打算</p><p>继续努力。</p>"
    "<p>附件：某某表</p><p><a href='1.pdf'>某某表</a></p><p>甲县科技局</p><p>2024年1月1日</p>"
    "<p>甲县科技局办公室  2024年1月3日印发</p><p>打印本页</p></div>";

static json_t *
record_of(void **state, const char *page, const char *url)
{
	struct pages *p = *state;
	struct extract_input in = {.bytes = span_of(page), .url = span_of(url)};

	return extracted(p, &in);
}

static void
every_field_is_there_with_its_type(void **state)
{
	json_t *r = record_of(state, full, "http://a.example/b/c.html");
	static const char *const filled[] = {"url", "site_name", "site_id_code", "title", "agency",
	    "source", "addressee", "preamble", "body", "document_type", "report_year",
	    "index_number", "document_number", "signed_on", "published_on", "published_at"};
	static const char *const lists[] = {"signed_by", "metadata", "sections", "citations",
	    "document_numbers_cited", "quantities", "attachments", "provenance"};

	assert_record(r);
	for (size_t i = 0; i < COUNT_OF(filled); i++)
		if (json_is_null(json_object_get(r, filled[i])))
			fail_msg("%s is null", filled[i]);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (json_array_size(json_object_get(r, lists[i])) +
			json_object_size(json_object_get(r, lists[i])) ==
		    0)
			fail_msg("%s is empty", lists[i]);
	json_decref(r);
}

static void
what_is_absent_is_null_or_empty(void **state)
{
	json_t *r = record_of(state, "<p>甲</p>", NULL);
	static const char *const filled[] = {
	    "body", "document_type", "required_parts", "region", "extraction", "provenance"};

	assert_record(r);
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const json_t *v = json_object_get(r, fields[i].name);
		bool is_filled = false;

		for (size_t k = 0; k < COUNT_OF(filled); k++)
			is_filled = is_filled || strcmp(filled[k], fields[i].name) == 0;
		if (is_filled !=
		    (!json_is_null(v) &&
			json_array_size(v) + json_object_size(v) + json_string_length(v) > 0))
			fail_msg("%s", fields[i].name);
	}
	json_decref(r);
}

static void
metadata_is_block_and_info_line_together(void **state)
{
	json_t *r = record_of(state, full, NULL),
	       *want = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "索引号", "123456789/2024-00001",
		   "发布机构", "甲县科技局", "文号", "甲科发〔2024〕1号", "发布日期", "2024-01-02",
		   "发布时间", "2024-01-02 10:08", "来源", "甲县科技局");

	assert_true(json_equal(json_object_get(r, "metadata"), want));
	json_decref(want);
	json_decref(r);
}

/* length in decimal, a colon, the text without white space */
static void
add_field(EVP_MD_CTX *ctx, const char *text)
{
	char plain[4096], length[24];
	size_t n = 0;

	for (const char *c = text; c != NULL && *c != '\0'; c++)
		if (*c != ' ' && *c != '\n')
			plain[n++] = *c;
	(void)snprintf(length, sizeof(length), "%zu:", n);
	assert_int_equal(EVP_DigestUpdate(ctx, length, strlen(length)), 1);
	assert_int_equal(EVP_DigestUpdate(ctx, plain, n), 1);
}

static void
finish(EVP_MD_CTX *ctx, char hex[65])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	assert_int_equal(EVP_DigestFinal_ex(ctx, raw, &n), 1);
	assert_int_equal(n, 32);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	EVP_MD_CTX_free(ctx);
}

static const char *
text_at(const json_t *r, const char *field, const char *part)
{
	const json_t *v = json_object_get(r, field);

	return json_string_value(part == NULL ? v : json_object_get(v, part));
}

static void
the_content_hash_can_be_computed_by_anybody(void **state)
{
	json_t *r = record_of(state, full, "http://a.example/b/c.html");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char hex[65];

	assert_int_equal(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL), 1);
	add_field(ctx, text_at(r, "title", NULL));
	add_field(ctx, text_at(r, "index_number", "normalized"));
	add_field(ctx, text_at(r, "document_number", "normalized"));
	add_field(ctx, text_at(r, "body", NULL));
	add_field(ctx, "http://a.example/b/1.pdf");
	finish(ctx, hex);
	assert_string_equal(text_at(r, "extraction", "content_sha256"), hex);

	ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL), 1);
	assert_int_equal(EVP_DigestUpdate(ctx, full, strlen(full)), 1);
	finish(ctx, hex);
	assert_string_equal(text_at(r, "extraction", "page_sha256"), hex);
	json_decref(r);
}

static void
the_content_hash_sees_content_and_not_the_page(void **state)
{
	static const char *const same[] = {
	    "<h1>甲县通知公告</h1><div id=zoom><p>甲乙，丙。</p></div>",
	    "<h1>甲县通知公告</h1><p>来源：甲网</p><div class=x><div id=zoom><p>甲 乙，</p><p>丙。</p></div></div>"};
	static const char *const others[] = {
	    "<h1>甲县通知公示</h1><div id=zoom><p>甲乙，丙。</p></div>",
	    "<h1>甲县通知公告</h1><div id=zoom><p>甲乙，丁。</p></div>",
	    "<h1>甲县通知公告</h1><p>文号：甲发〔2024〕1号</p><div id=zoom><p>甲乙，丙。</p></div>",
	    "<h1>甲县通知公告</h1><p>索引号：123456789/2024-00001</p><div id=zoom><p>甲乙，丙。</p></div>",
	    "<h1>甲县通知公告</h1><div id=zoom><p>甲乙，丙。</p><a href=1.pdf>丁</a></div>"};
	json_t *first = record_of(state, same[0], NULL), *again = record_of(state, same[1], NULL);

	assert_string_equal(text_at(again, "extraction", "content_sha256"),
	    text_at(first, "extraction", "content_sha256"));
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		json_t *other = record_of(state, others[i], NULL);

		assert_string_not_equal(text_at(other, "extraction", "content_sha256"),
		    text_at(first, "extraction", "content_sha256"));
		json_decref(other);
	}
	json_decref(again);
	json_decref(first);
}

/* What a portal sends as its URL or a list's title is not always good text. */
static void
bad_text_never_breaks_the_json(void **state)
{
	struct pages *p = *state;
	struct pair pair = {SPAN("a\xFF"), {"b\0c", 3}};
	struct record r = {.url = SPAN("\xC0\x80甲"), .metadata = {&pair, 1}};
	json_t *json = record_to_json(&r);

	assert_string_equal(text_at(json, "url", NULL), "\xEF\xBF\xBD\xEF\xBF\xBD甲");
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(json, "metadata"), "a\xEF\xBF\xBD")),
	    "b\xEF\xBF\xBD"
	    "c");
	json_decref(json);
	(void)p;
}

static void
numbers_are_whole_where_they_are_whole(void **state)
{
	struct quantity q[] = {{.value = 12, .context = SPAN("甲")},
	    {.value = 5.5, .context = SPAN("甲")}, {.value = 1e300, .context = SPAN("甲")}};
	struct record r = {.meaning = {.quantities = q, .quantity_count = COUNT_OF(q)}};
	json_t *json = record_to_json(&r), *list = json_object_get(json, "quantities");

	(void)state;
	assert_true(json_is_integer(json_object_get(json_array_get(list, 0), "value")));
	assert_true(json_is_real(json_object_get(json_array_get(list, 1), "value")));
	assert_true(json_is_real(json_object_get(json_array_get(list, 2), "value")));
	json_decref(json);
}

static long left;

static void *
failing_malloc(size_t n)
{
	return left-- > 0 ? malloc(n) : NULL;
}

/* A record with holes would be stored as if the page had said so. */
static void
out_of_memory_gives_no_record_at_all(void **state)
{
	struct pages *p = *state;
	struct extract_input in = {.bytes = span_of(full), .url = SPAN("http://a.example/")};
	struct record r;
	json_t *want, *got = NULL;

	assert_int_equal(extract(&r, &p->a, p->kit, &in, &p->err), 0);
	want = record_to_json(&r);
	json_set_alloc_funcs(failing_malloc, free);
	for (long room = 0; got == NULL && room < 100000; room++) {
		left = room;
		got = record_to_json(&r);
	}
	json_set_alloc_funcs(malloc, free);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(every_field_is_there_with_its_type),
	    PAGE_TEST(what_is_absent_is_null_or_empty),
	    PAGE_TEST(metadata_is_block_and_info_line_together),
	    PAGE_TEST(the_content_hash_can_be_computed_by_anybody),
	    PAGE_TEST(the_content_hash_sees_content_and_not_the_page),
	    PAGE_TEST(bad_text_never_breaks_the_json),
	    PAGE_TEST(numbers_are_whole_where_they_are_whole),
	    PAGE_TEST(out_of_memory_gives_no_record_at_all),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
