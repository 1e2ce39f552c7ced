/* SPDX-License-Identifier: MIT */
/* The page message: what is encoded is decoded; every defect has a reason of its own. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/digest.h>
#include <suoyin/page.h>

#define URL "http://www.example.gov.cn/a.html"

struct fixture {
	struct arena arena;
	struct page page;
	char hex[DIGEST_HEX + 1];
	struct page_header headers[PAGE_HEADERS_MAX + 2];
	size_t count;
	struct span key;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){0};
	arena_init(&f.arena, 1 << 20);
	digest_hex(SPAN("<html>"), f.hex);
	f.page = (struct page){
	    .type = PAGE_FETCHED,
	    .id = SPAN("id-1"),
	    .source = SPAN("http://www.example.gov.cn/"),
	    .time = SPAN("2026-01-02T03:04:05.678901Z"),
	    .url = SPAN(URL),
	    .portal = SPAN("demo"),
	    .site = SPAN("demo-site"),
	    .sha256 = {f.hex, DIGEST_HEX},
	    .content_type = SPAN("text/html; charset=gb2312"),
	    .etag = SPAN("\"abc\""),
	    .http_status = 200,
	    .list_title = SPAN("标题"),
	    .baseline = true,
	    .config_version = 7,
	    .body = SPAN("<html>"),
	};
	f.page.other[0] = (struct page_header){SPAN("x-new"), SPAN("kept")};
	f.page.other_count = 1;
	f.key = SPAN("demo " URL);
	f.count = (size_t)page_encode(&f.page, &f.arena, f.headers, NULL);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	arena_fini(&f->arena);
	return 0;
}

static struct page_header *
header(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (span_eq(f->headers[i].name, span_of(name)))
			return &f->headers[i];
	fail_msg("no header %s", name);
	return NULL;
}

static void
drop(struct fixture *f, const char *name)
{
	*header(f, name) = f->headers[--f->count];
}

static void
expect(struct fixture *f, const char *reason)
{
	struct err err = {0};
	struct page out;

	assert_int_equal(page_decode(&out, f->headers, f->count, f->key, f->page.body, &err), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_string_equal(err.reason, reason);
}

static void
what_is_encoded_is_decoded(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	struct page out;

	assert_int_equal(page_decode(&out, f->headers, f->count, f->key, f->page.body, &err), 0);
	assert_int_equal(out.type, PAGE_FETCHED);
	assert_true(span_eq(out.id, f->page.id));
	assert_true(span_eq(out.url, f->page.url));
	assert_true(span_eq(out.content_type, f->page.content_type));
	assert_true(span_eq(out.list_title, f->page.list_title));
	assert_true(span_eq(out.body, f->page.body));
	assert_null(out.last_modified.p);
	assert_int_equal(out.http_status, 200);
	assert_int_equal(out.config_version, 7);
	assert_true(out.baseline);
	assert_true(out.time_us == INT64_C(1767323045678901));
	assert_int_equal(out.other_count, 1);
	assert_true(span_eq(out.other[0].value, SPAN("kept")));
}

static void
an_unknown_header_without_a_value_is_kept(void **state)
{
	struct fixture *f = *state;
	struct page out;

	f->page.other[0].value = (struct span){NULL, 0};
	f->count = (size_t)page_encode(&f->page, &f->arena, f->headers, NULL);
	assert_int_equal(page_decode(&out, f->headers, f->count, f->key, f->page.body, NULL), 0);
	assert_int_equal(out.other_count, 1);
	assert_true(span_eq(out.other[0].name, SPAN("x-new")));
	assert_null(out.other[0].value.p);
}

static void
a_gone_page_has_no_value_and_needs_no_hash(void **state)
{
	struct fixture *f = *state;
	struct page out;

	f->page.type = PAGE_GONE;
	f->page.body = f->page.sha256 = (struct span){NULL, 0};
	f->count = (size_t)page_encode(&f->page, &f->arena, f->headers, NULL);
	assert_int_equal(
	    page_decode(&out, f->headers, f->count, f->key, (struct span){NULL, 0}, NULL), 0);
	assert_int_equal(out.type, PAGE_GONE);
}

static void
an_attachment_names_its_page(void **state)
{
	struct fixture *f = *state;

	f->page.type = PAGE_ATTACHMENT;
	f->count = (size_t)page_encode(&f->page, &f->arena, f->headers, NULL);
	expect(f, "header_missing");
}

static void
a_reprocess_message_says_where_its_origin_stands(void **state)
{
	static const char *const needed[] = {"ce_origintopic", "ce_originpartition", "ce_originoffset"};
	struct fixture *f = *state;
	struct page out;

	f->page.type = PAGE_REPROCESS;
	f->page.body = (struct span){NULL, 0};
	f->page.origin_topic = SPAN("suoyin.pages");
	f->page.origin_partition = 3;
	f->page.origin_offset = INT64_C(5000000000);
	f->page.revision = 77;
	f->count = (size_t)page_encode(&f->page, &f->arena, f->headers, NULL);
	assert_int_equal(page_decode(&out, f->headers, f->count, f->key, f->page.body, NULL), 0);
	assert_int_equal(out.type, PAGE_REPROCESS);
	assert_true(span_eq(out.origin_topic, SPAN("suoyin.pages")));
	assert_int_equal(out.origin_partition, 3);
	assert_true(out.origin_offset == INT64_C(5000000000));
	assert_int_equal(out.revision, 77);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct page_header kept = *header(f, needed[i]);

		drop(f, needed[i]);
		expect(f, "header_missing");
		f->headers[f->count++] = kept;
	}
	header(f, "ce_originpartition")->value = SPAN("2147483648");
	expect(f, "header_malformed");
	header(f, "ce_originpartition")->value = SPAN("3");
	header(f, "ce_sha256")->value = SPAN("abc");
	expect(f, "header_malformed");
}

static void
an_incomplete_page_is_our_own_mistake(void **state)
{
	struct fixture *f = *state;
	struct page_header out[PAGE_HEADERS_MAX];
	struct err err = {0};

	f->page.site = (struct span){NULL, 0};
	assert_int_equal(page_encode(&f->page, &f->arena, out, &err), -1);
	assert_int_equal(err.code, ERR_FATAL);
	assert_string_equal(err.reason, "page_incomplete");
}

static void
each_required_header_is_missed(void **state)
{
	static const char *const names[] = {"ce_specversion", "ce_type", "ce_id", "ce_source", "ce_time",
	    "ce_subject", "ce_portal", "ce_site"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)set_up(state);
		drop(*state, names[i]);
		expect(*state, "header_missing");
		(void)tear_down(state);
	}
	(void)set_up(state);
}

static void
a_header_stands_once(void **state)
{
	struct fixture *f = *state;

	f->headers[f->count++] = *header(f, "ce_id");
	expect(f, "header_duplicate");
}

static void
malformed_values_are_named(void **state)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
	    {"ce_time", "2026-02-30T00:00:00Z"},
	    {"ce_time", "2026-01-02 03:04:05Z"},
	    {"ce_time", "2026-01-02T03:04:05+08:00"},
	    {"ce_httpstatus", "-1"},
	    {"ce_baseline", "yes"},
	    {"ce_configversion", "1x"},
	    {"ce_sha256", "ABC"},
	    {"ce_portal", "\xFF\xFE"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)set_up(state);
		header(*state, cases[i].name)->value = span_of(cases[i].value);
		if (strcmp(cases[i].name, "ce_portal") == 0)
			((struct fixture *)*state)->key = SPAN("\xFF\xFE " URL);
		expect(*state, "header_malformed");
		(void)tear_down(state);
	}
	(void)set_up(state);
}

static void
another_time_is_unsupported_not_malformed(void **state)
{
	struct fixture *f = *state;

	header(f, "ce_type")->value = SPAN("suoyin.page.fetched.v2");
	expect(f, "schema_unsupported");
	header(f, "ce_type")->value = SPAN("other.thing.v1");
	expect(f, "schema_unsupported");
	header(f, "ce_specversion")->value = SPAN("2.0");
	expect(f, "schema_unsupported");
}

static void
limits_hold(void **state)
{
	struct fixture *f = *state;
	static char longer[PAGE_HEADER_VALUE_MAX + 1];

	memset(longer, 'x', sizeof(longer));
	header(f, "ce_etag")->value = (struct span){longer, sizeof(longer)};
	expect(f, "header_too_long");
	header(f, "ce_etag")->value = SPAN("");
	while (f->count <= PAGE_HEADERS_MAX)
		f->headers[f->count++] = (struct page_header){SPAN("x"), SPAN("y")};
	expect(f, "too_many_headers");
}

static void
the_key_is_portal_and_url(void **state)
{
	struct fixture *f = *state;

	f->key = SPAN("demo  " URL);
	expect(f, "key_mismatch");
	f->key = SPAN("demo");
	expect(f, "key_mismatch");
	f->key = (struct span){NULL, 0};
	expect(f, "key_mismatch");
}

static void
the_value_is_what_the_hash_says(void **state)
{
	struct fixture *f = *state;

	f->page.body = SPAN("<html");
	expect(f, "sha256_mismatch");
	f->page.body = (struct span){NULL, 0};
	expect(f, "body_missing");
	f->page.body = (struct span){"", (size_t)PAGE_BODY_MAX + 1};
	expect(f, "body_too_large");
}

static void
times_are_kept_to_the_microsecond(void **state)
{
	char text[32];
	int64_t us;

	(void)state;
	assert_int_equal(page_time_parse(SPAN("1970-01-01T00:00:00Z"), &us), 0);
	assert_true(us == 0);
	assert_int_equal(page_time_parse(SPAN("2026-11-25T03:00:00.5Z"), &us), 0);
	page_time_format(us, text);
	assert_string_equal(text, "2026-11-25T03:00:00.500000Z");
	assert_int_equal(page_time_parse(SPAN("2026-11-25T03:00:60Z"), &us), -1);
	assert_int_equal(page_time_parse(SPAN("2026-11-25T03:00:00.Z"), &us), -1);
	assert_int_equal(page_time_parse(SPAN(""), &us), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_encoded_is_decoded, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(an_unknown_header_without_a_value_is_kept, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_gone_page_has_no_value_and_needs_no_hash, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(an_attachment_names_its_page, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
	        a_reprocess_message_says_where_its_origin_stands, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(an_incomplete_page_is_our_own_mistake, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(each_required_header_is_missed, NULL, tear_down),
	    cmocka_unit_test_setup_teardown(a_header_stands_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(malformed_values_are_named, NULL, tear_down),
	    cmocka_unit_test_setup_teardown(another_time_is_unsupported_not_malformed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(limits_hold, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_key_is_portal_and_url, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(the_value_is_what_the_hash_says, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(times_are_kept_to_the_microsecond, set_up, tear_down),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
