/* SPDX-License-Identifier: MIT */
/*
 * Pages to records, by the function the worker's children call.
 *
 * An input is a page, maybe behind "#TR" (fuzz.h): R picks the portal's rules.
 */
#include <stdlib.h>
#include <string.h>
#include <suoyin/extract.h>
#include <suoyin/limits.h>
#include <suoyin/record_rows.h>
#include <suoyin/text.h>

#include "fuzz.h"

static const char *const rules[] = {
	"null",
	"{\"extract\": {\"title\": \"//h1\", \"body\": \"//div[@id='zoom']\"}}",
	"{\"extract\": {\"index_number\": \"//td[2]\", \"published_on\": \"//span\", \"body\": \"//body\"},"
	" \"region\": {\"province\": \"省\", \"city\": null}}",
	"{\"extract\": {\"title\": \"string(//title)\", \"document_number\": \"//p[1]\","
	" \"agency\": \"//@content\", \"source\": \"//a\", \"signed_on\": \"count(//p)\"}}",
};

static bool
is_known_reason(const char *reason)
{
	static const char *const known[] = {"empty", "binary", "too_deep", "too_large"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(reason, known[i]) == 0)
			return true;
	return false;
}

/* As many lines as there are items, each with all its columns, whatever they say. */
static void
check_rows(struct buf *out, const struct record *r)
{
	const size_t counts[] = {r->structure.section_count, r->meaning.citation_count, r->meaning.quantity_count};
	const size_t columns[] = {7, 5, 4, 2};
	size_t from = out->n;

	for (size_t which = 0; which < RECORD_ROWS; which++) {
		size_t lines = 0, tabs = 0;
		struct span rows;

		must(record_rows_write(out, r, (enum record_rows)which) == 0, "rows do not fit");
		rows = span_cut(buf_span(out), from, out->n);
		must(record_rows_are_lines(rows) && text_is_utf8(rows) && span_find_byte(rows, '\0', 0) == SIZE_MAX,
		    "rows are no lines of text");
		for (size_t i = 0; i < rows.n; i++) {
			lines += rows.p[i] == '\n';
			tabs += rows.p[i] == '\t';
		}
		must(which == ROWS_REQUIRED_PART ? lines == 0 || lines == PART_COUNT : lines == counts[which],
		    "rows are missing");
		must(tabs == lines * (columns[which] - 1), "a row lacks a column");
		from = out->n;
	}
}

static void
check_record(struct buf *out, const struct record *r)
{
	json_t *json = record_to_json(r), *again;
	char *text;

	must(json != NULL, "a record has no JSON");
	must(json_object_size(json) == 30, "a record lacks a field");
	text = json_dumps(json, JSON_COMPACT);
	must(text != NULL && strlen(text) <= RECORD_JSON_MAX, "a record's JSON has no text");
	again = json_loads(text, 0, NULL);
	must(again != NULL, "a record's JSON cannot be read"); /* NUL inside is refused too */
	(void)buf_add_str(out, text);
	json_decref(again);
	free(text);
	json_decref(json);
}

static int
answer(struct buf *out, struct arena *a, struct span bytes, struct err *err)
{
	struct fuzz_pick p = fuzz_pick(&bytes);
	json_t *portal =
	    json_loads(rules[p.rules % (sizeof(rules) / sizeof(rules[0]))], JSON_DECODE_ANY, NULL);
	struct extract_input in = {.bytes = bytes, .url = SPAN("http://www.example.gov.cn/a/t1.html"),
	    .content_type = span_of(p.content_type), .portal = portal};
	struct record record;
	int rc;

	must(portal != NULL, "no rules");
	rc = extract(&record, a, fuzz_kit(), &in, err);
	if (rc == 0) {
		check_record(out, &record);
		check_rows(out, &record);
	} else {
		must(is_known_reason(err->reason), err->reason);
	}
	json_decref(portal);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
