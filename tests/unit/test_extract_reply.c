/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/extract_child.h>
#include <suoyin/limits.h>

#include <cmocka.h>

static void *kit; /* for life, as in a child */

static const struct extract_reply sample = {
	.version = 3,
	.year = 2024,
	.spent_us = {10, 20, 30, 40},
	.texts = {[REPLY_TITLE] = SPAN_INIT("某县报告"), [REPLY_ROWS + ROWS_QUANTITY] = SPAN_INIT("1\t2\t件\t\\N\n"),
	    [REPLY_CONTENT_SHA256] = SPAN_INIT("0123"),
	    [REPLY_BODY] = SPAN_INIT("第一段\n第二段"), [REPLY_RECORD] = SPAN_INIT("{\"title\":\"某县报告\"}")},
};

static void
encode(struct buf *out, const struct extract_reply *reply)
{
	buf_init(out, 1 << 20);
	assert_int_equal(extract_reply_encode(out, reply), 0);
}

static void
assert_hostile(struct span text)
{
	struct extract_reply got;
	struct err err = {0};

	if (extract_reply_decode(&got, text, &err) == 0)
		fail_msg("taken: %.*s", SPAN_ARG(text));
	assert_string_equal(err.reason, "hostile_reply");
	assert_int_equal(err.code, ERR_REJECT);
}

static void
what_is_said_is_understood(void **state)
{
	struct extract_reply got;
	struct err err = {0};
	struct buf text;

	(void)state;
	encode(&text, &sample);
	assert_int_equal(extract_reply_decode(&got, buf_span(&text), &err), 0);
	assert_int_equal(got.version, 3);
	assert_int_equal(got.year, 2024);
	assert_int_equal(got.spent_us[EXTRACT_REPLY], 40);
	for (int i = 0; i < REPLY_TEXTS; i++) {
		assert_int_equal(got.texts[i].p == NULL, sample.texts[i].n == 0);
		assert_true(span_eq(got.texts[i], sample.texts[i]));
	}
	buf_fini(&text);
}

static void
a_reply_cut_or_grown_anywhere_is_hostile(void **state)
{
	struct buf text;

	(void)state;
	encode(&text, &sample);
	for (size_t n = 0; n < text.n; n++)
		assert_hostile((struct span){text.p, n});
	(void)buf_add_byte(&text, 'x');
	assert_hostile(buf_span(&text));
	buf_fini(&text);
}

/* One length less and the next one more: the sum stays right. */
static void
a_text_ends_where_its_line_feed_stands(void **state)
{
	struct buf text, lie;
	size_t at;

	(void)state;
	encode(&text, &sample);
	at = span_find(buf_span(&text), SPAN(" 12 0 "), 0);
	assert_true(at != SIZE_MAX);
	buf_init(&lie, 1 << 20);
	(void)buf_add(&lie, text.p, at);
	(void)buf_add_str(&lie, " 11 1 ");
	(void)buf_add(&lie, text.p + at + 6, text.n - at - 6);
	assert_hostile(buf_span(&lie));
	buf_fini(&lie);
	buf_fini(&text);
}

static void
a_record_that_is_no_object_is_hostile(void **state)
{
	static const char *const records[] = {"", "[]", "{\"a\":}", "{\"a\":\"\\u0000\"}",
	    "{} x"};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct extract_reply lie = sample;
		struct buf text;

		lie.texts[REPLY_RECORD] = span_of(records[i]);
		encode(&text, &lie);
		assert_hostile(buf_span(&text));
		buf_fini(&text);
	}
}

static void
rows_that_are_no_lines_are_hostile(void **state)
{
	static const char *const rows[] = {"1\t2", "\n", "1\\\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct extract_reply lie = sample;
		struct buf text;

		lie.texts[REPLY_ROWS + (int)i] = span_of(rows[i]);
		encode(&text, &lie);
		assert_hostile(buf_span(&text));
		buf_fini(&text);
	}
}

/* The lengths of all texts but the first and the last; what stands before the last. */
#define EMPTY "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
#define FEEDS "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"

static void
lines_that_are_no_numbers_are_hostile(void **state)
{
	static const char *const lines[] = {"\n", "1\n", "a b c d e f g h i j k l m n o p q r s t u\n",
	    "1 2 3 4 5 6 -1 " EMPTY "2\n" FEEDS "{}\n",
	    "1 2 3 4 5 6 99999999999999999999 " EMPTY "2\n" FEEDS "{}\n",
	    "1 2 3 4 5 6 4294967295 " EMPTY "2\n" FEEDS "{}\n",
	    "1 2 3 4 5 6 0 " EMPTY "2 0\n" FEEDS "{}\n", "1 2 3 4 5 6 0 " EMPTY "2\n" FEEDS "{}",
	    "1 2 3 4 5 6 0 " EMPTY "2\n" FEEDS "{}x", "1 2 3 4 5 6 0 " EMPTY "2\n" FEEDS " {}\n",
	    "1  2 3 4 5 6 0 " EMPTY "2\n" FEEDS "{}\n"};
	struct extract_reply got;
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_hostile(span_of(lines[i]));
	assert_int_equal(extract_reply_decode(&got, SPAN("1 2 3 4 5 6 0 " EMPTY "2\n" FEEDS "{}\n"), &err), 0);
}

/* Whatever bytes of the page's own have come into the record. */
static void
the_role_answers_what_the_parent_takes(void **state)
{
	static const char page[] = "<meta charset=utf-8><title>t</title><h1>某县\xFF报告</h1><p>2024-01-02 正文\xC0</p>";
	struct extract_reply got;
	struct err err = {0};
	struct buf reply;
	json_t *record;

	(void)state;
	buf_init(&reply, RECORD_JSON_MAX);
	assert_non_null(kit);
	assert_int_equal(extract_role.handle(kit, SPAN("{\"url\":\"http://a.example/\",\"portal_unknown\":true}"),
	    (struct span){page, sizeof(page) - 1}, &reply, &err), 0);
	assert_int_equal(extract_reply_decode(&got, buf_span(&reply), &err), 0);
	assert_true(span_starts(got.texts[REPLY_TITLE], SPAN("某县")));
	assert_int_equal(got.texts[REPLY_CONTENT_SHA256].n, 64);
	assert_true(span_find(got.texts[REPLY_RECORD], SPAN("\"portal_unknown\":true"), 0) != SIZE_MAX);
	record = json_loadb(got.texts[REPLY_RECORD].p, got.texts[REPLY_RECORD].n, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(record) && json_object_get(record, "body") == NULL);
	json_decref(record);
	buf_fini(&reply);
}

/* The parent's hash is taken over where it is one; else the child takes its own. */
static void
the_hash_of_the_page_may_come_with_the_request(void **state)
{
#define GIVEN "00000000000000000000000000000000000000000000000000000000000000aa"
	static const char page[] = "<h1>a</h1><p>some text of a page</p>";
	static const struct {
		const char *meta, *want;
	} cases[] = {{"{\"sha256\":\"" GIVEN "\"}", GIVEN}, {"{\"sha256\":\"xyz\"}", NULL}, {"{}", NULL}};
	char own[DIGEST_HEX + 1];

	(void)state;
	assert_non_null(kit);
	digest_hex((struct span){page, sizeof(page) - 1}, own);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct extract_reply got;
		struct buf reply, want;

		buf_init(&reply, RECORD_JSON_MAX);
		buf_init(&want, 200);
		(void)buf_add_fmt(&want, "\"page_sha256\":\"%s\"", cases[i].want != NULL ? cases[i].want : own);
		assert_int_equal(extract_role.handle(kit, span_of(cases[i].meta), (struct span){page, sizeof(page) - 1},
		    &reply, NULL), 0);
		assert_int_equal(extract_reply_decode(&got, buf_span(&reply), NULL), 0);
		assert_true(span_find(got.texts[REPLY_RECORD], buf_span(&want), 0) != SIZE_MAX);
		buf_fini(&want);
		buf_fini(&reply);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_said_is_understood),
	    cmocka_unit_test(a_reply_cut_or_grown_anywhere_is_hostile),
	    cmocka_unit_test(a_text_ends_where_its_line_feed_stands),
	    cmocka_unit_test(a_record_that_is_no_object_is_hostile),
	    cmocka_unit_test(rows_that_are_no_lines_are_hostile),
	    cmocka_unit_test(lines_that_are_no_numbers_are_hostile),
	    cmocka_unit_test(the_role_answers_what_the_parent_takes),
	    cmocka_unit_test(the_hash_of_the_page_may_come_with_the_request),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	kit = extract_role.warm_up();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
