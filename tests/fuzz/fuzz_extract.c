/* SPDX-License-Identifier: MIT */
/*
 * Pages to records, by the function the worker's children call.
 *
 * An input is a page as it is, or "#TR" and a page: T picks the content type, R the portal's
 * rules (a letter or digit each, see the tables).
 */
#include <stdlib.h>
#include <string.h>
#include <suoyin/extract.h>
#include <suoyin/limits.h>

#include "fuzz.h"

static const char *const content_types[] = {
	NULL,
	"text/html",
	"text/html; charset=gb2312",
	"text/html;charset=\"UTF-8\"",
	"text/plain",
	"text/plain; charset=utf-16le",
	"application/json",
	"text/html; charset=big5",
};

static const char *const rules[] = {
	"null",
	"{\"extract\": {\"title\": \"//h1\", \"body\": \"//div[@id='zoom']\"}}",
	"{\"extract\": {\"index_number\": \"//td[2]\", \"published_on\": \"//span\", \"body\": \"//body\"},"
	" \"region\": {\"province\": \"省\", \"city\": null}}",
	"{\"extract\": {\"title\": \"string(//title)\", \"document_number\": \"//p[1]\","
	" \"agency\": \"//@content\", \"source\": \"//a\", \"signed_on\": \"count(//p)\"}}",
};

struct picked {
	const char *content_type, *rules;
};

static struct picked
pick(struct span *input)
{
	const size_t types = sizeof(content_types) / sizeof(content_types[0]);
	struct picked p = {NULL, rules[0]};

	if (input->n < 3 || input->p[0] != '#')
		return p;
	p.content_type = content_types[(unsigned char)input->p[1] % types];
	p.rules = rules[(unsigned char)input->p[2] % (sizeof(rules) / sizeof(rules[0]))];
	*input = span_cut(*input, 3, input->n);
	return p;
}

static bool
is_known_reason(const char *reason)
{
	static const char *const known[] = {"empty", "binary", "too_deep", "too_large"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(reason, known[i]) == 0)
			return true;
	return false;
}

static void
check_record(const struct record *r)
{
	json_t *json = record_to_json(r), *again;
	char *text;

	must(json != NULL, "a record has no JSON");
	must(json_object_size(json) == 30, "a record lacks a field");
	text = json_dumps(json, JSON_COMPACT);
	must(text != NULL && strlen(text) <= RECORD_JSON_MAX, "a record's JSON has no text");
	again = json_loads(text, 0, NULL);
	must(again != NULL, "a record's JSON cannot be read"); /* NUL inside is refused too */
	json_decref(again);
	free(text);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct charset_kit *kit; /* kept: as in a child, one for all pages */
	struct span bytes = {(const char *)data, size};
	struct picked p = pick(&bytes);
	json_t *portal = json_loads(p.rules, JSON_DECODE_ANY, NULL);
	struct extract_input in = {.bytes = bytes, .url = SPAN("http://www.example.gov.cn/a/t1.html"),
	    .content_type = span_of(p.content_type), .portal = portal};
	struct err err = {0};
	struct record record;
	struct arena a;

	if (kit == NULL)
		kit = charset_kit_new();
	must(kit != NULL && portal != NULL, "no charsets, or no rules");
	arena_init(&a, EXTRACT_ARENA_MAX);
	if (extract(&record, &a, kit, &in, &err) == 0)
		check_record(&record);
	else
		must(err.code == ERR_REJECT && is_known_reason(err.reason), err.reason);
	arena_fini(&a);
	json_decref(portal);
	return 0;
}
