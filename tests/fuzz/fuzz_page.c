/* SPDX-License-Identifier: MIT */
/*
 * The page message: what is decoded is encoded to the same message again.
 *
 * An input is text: the key in the first line, a header a line ("name: value"), an empty line,
 * the value.  The value "@" of ce_sha256 stands for the right one.
 */
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/page.h>

#include "fuzz.h"

#define HEADERS_MAX (PAGE_HEADERS_MAX + 8) /* more than a message may have */

struct message {
	struct span key, value;
	struct page_header headers[HEADERS_MAX];
	size_t count;
	char sha256[DIGEST_HEX + 1];
};

static void
read_message(struct message *m, struct span rest)
{
	struct span line;

	*m = (struct message){.key = fuzz_line(&rest)};
	while (m->count < HEADERS_MAX && (line = fuzz_line(&rest)).n > 0) {
		struct page_header *h = &m->headers[m->count++];
		size_t colon = span_find(line, SPAN(": "), 0);

		h->name = span_cut(line, 0, colon);
		h->value = colon == SIZE_MAX ? (struct span){NULL, 0}
					     : span_cut(line, colon + 2, line.n);
	}
	m->value = rest;
	digest_hex(m->value, m->sha256);
	for (size_t i = 0; i < m->count; i++)
		if (span_eq(m->headers[i].value, SPAN("@")))
			m->headers[i].value = span_of(m->sha256);
}

/* Headers may stand in any order; each of `a` is in `b`. */
static bool
same_headers(const struct page_header *a, size_t n, const struct page_header *b)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < n && !(span_eq(a[i].name, b[k].name) && span_eq(a[i].value, b[k].value)))
			k++;
		if (k == n)
			return false;
	}
	return true;
}

static void
check_round_trip(const struct page *page, struct span key)
{
	static struct page_header first[PAGE_HEADERS_MAX], second[PAGE_HEADERS_MAX];
	static struct page again;
	struct arena a;
	char time[32];
	int64_t us = 0;
	int n;

	arena_init(&a, 1 << 20);
	page_time_format(page->time_us, time);
	must(page_time_parse(span_of(time), &us) == 0 && us == page->time_us, "a time changes");
	n = page_encode(page, &a, first, NULL);
	must(n > 0, "what was decoded cannot be encoded");
	must(page_decode(&again, first, (size_t)n, key, page->body, NULL) == 0,
	    "what was encoded cannot be decoded");
	must(page_encode(&again, &a, second, NULL) == n &&
		same_headers(first, (size_t)n, second),
	    "a message changes on its way");
	must(again.time_us == page->time_us && again.other_count == page->other_count,
	    "a message's time or unknown headers change");
	must(span_eq(page_key(&a, page->portal, page->url), key), "the key is another");
	arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct message m;
	static struct page page;
	struct err err = {0};

	read_message(&m, (struct span){(const char *)data, size});
	if (page_decode(&page, m.headers, m.count, m.key, m.value, &err) == 0)
		check_round_trip(&page, m.key);
	else
		must(err.code == ERR_REJECT && err.reason[0] != '\0', "a bad message is no REJECT");
	return 0;
}
