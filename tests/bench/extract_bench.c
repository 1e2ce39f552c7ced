/* SPDX-License-Identifier: MIT */
/*
 * extract_bench - what it costs to read a page, beside what libxml2 alone would cost.
 *
 * usage: extract_bench [--rounds N] FILE…
 *
 * N times, one after the other over all files, as a process that does nothing else: the extraction
 * (bytes to record, with charset and both digests, without printing JSON); libxml2's tokenizer with
 * empty callbacks; its tree builder; these two on the bytes as we decoded them.  The least CPU time
 * of the rounds counts.
 * Ends with the sums' ratios: `sax_ratio` and `tree_ratio` are ours by theirs.
 */
#include <getopt.h>
#include <libxml/HTMLparser.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/extract.h>
#include <suoyin/limits.h>
#include <time.h>

#include "counting.h"

#define PARSE_OPTIONS (HTML_PARSE_RECOVER | XML_PARSE_HUGE | HTML_PARSE_NOERROR | \
	HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET)

enum way { OURS, SAX, TREE, WAYS };

static const char *const way_names[WAYS] = {"extract", "tokenizer", "tree"};

struct cost {
	double seconds; /* the least of the rounds */
	struct counting memory;
};

struct page {
	struct buf bytes;
	struct arena decoded_in;
	struct span decoded;
	struct cost cost[WAYS];
};

struct bench {
	struct charset_kit *kit;
	struct arena arena; /* of the extraction; kept from page to page as a child does */
	size_t refused;
};

static double
cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
run_ours(struct bench *b, const struct page *p)
{
	struct extract_input in = {.bytes = buf_span(&p->bytes),
	    .url = SPAN("http://www.example.gov.cn/a/b.html")};
	struct record record;
	struct err err = {0};

	if (extract(&record, &b->arena, b->kit, &in, &err) == -1)
		b->refused++;
	arena_reset(&b->arena);
}

static void
run_sax(const struct page *p)
{
	htmlParserCtxtPtr ctxt = htmlNewParserCtxt();

	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	xmlFreeDoc(htmlCtxtReadMemory(ctxt, p->decoded.p, (int)p->decoded.n, NULL, "UTF-8",
	    PARSE_OPTIONS));
	htmlFreeParserCtxt(ctxt);
}

static void
run_tree(const struct page *p)
{
	xmlFreeDoc(htmlReadMemory(p->decoded.p, (int)p->decoded.n, NULL, "UTF-8", PARSE_OPTIONS));
}

/* What others have freed is put in order by malloc at its next large request: not in our time. */
static void
settle(void)
{
	void *volatile large = malloc(1 << 20);

	free(large);
}

static void
measure(struct bench *b, struct page *p, enum way way)
{
	double began, took;

	settle();
	counting_reset();
	began = cpu_now();
	if (way == OURS)
		run_ours(b, p);
	else if (way == SAX)
		run_sax(p);
	else
		run_tree(p);
	took = cpu_now() - began;
	if (p->cost[way].seconds == 0 || took < p->cost[way].seconds)
		p->cost[way].seconds = took;
	p->cost[way].memory = counting_read();
}

static bool
read_file(struct buf *out, const char *path)
{
	FILE *in = fopen(path, "rb");
	char chunk[65536];
	size_t n;

	if (in == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0 && buf_add(out, chunk, n) == 0)
		;
	(void)fclose(in);
	return !out->failed;
}

static bool
load(struct bench *b, struct page *p, const char *path)
{
	struct charset how;
	struct err err = {0};

	buf_init(&p->bytes, PAGE_BODY_MAX);
	arena_init(&p->decoded_in, EXTRACT_ARENA_MAX);
	return read_file(&p->bytes, path) && charset_decode(b->kit, &how, &p->decoded,
	    &p->decoded_in, buf_span(&p->bytes), SPAN(""), &err) == 0;
}

static void
report(const struct bench *b, const struct page *pages, size_t count)
{
	struct cost sum[WAYS] = {0};
	double bytes = 0, n = (double)count;

	for (size_t i = 0; i < count; i++) {
		bytes += (double)pages[i].bytes.n;
		for (int w = 0; w < WAYS; w++) {
			sum[w].seconds += pages[i].cost[w].seconds;
			sum[w].memory.calls += pages[i].cost[w].memory.calls;
			sum[w].memory.peak += pages[i].cost[w].memory.peak;
		}
	}
	(void)printf("%zu pages of %.0f bytes\n%-10s %10s %10s %12s %12s\n", count, bytes / n, "",
	    "ms/page", "MB/s", "allocations", "peak kB");
	for (int w = 0; w < WAYS; w++)
		(void)printf("%-10s %10.3f %10.1f %12.0f %12.0f\n", way_names[w],
		    sum[w].seconds * 1000 / n, bytes / 1e6 / sum[w].seconds,
		    (double)sum[w].memory.calls / n, (double)sum[w].memory.peak / 1000 / n);
	(void)printf("RESULT pages=%zu refused=%zu sax_ratio=%.2f tree_ratio=%.2f mb_per_s=%.1f\n", count,
	    b->refused, sum[OURS].seconds / sum[SAX].seconds, sum[OURS].seconds / sum[TREE].seconds,
	    bytes / 1e6 / sum[OURS].seconds);
}

static int
run(struct bench *b, struct page *pages, size_t count, char **files, unsigned long rounds)
{
	for (size_t i = 0; i < count; i++) {
		if (!load(b, &pages[i], files[i])) {
			(void)fprintf(stderr, "extract_bench: %s cannot be read\n", files[i]);
			return 1;
		}
	}
	for (unsigned long n = 0; n < rounds; n++)
		for (int w = 0; w < WAYS; w++)
			for (size_t i = 0; i < count; i++)
				measure(b, &pages[i], (enum way)w);
	report(b, pages, count);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {{"rounds", required_argument, NULL, 'r'}, {0}};
	unsigned long rounds = 20;
	struct bench b = {.kit = charset_kit_new()};
	struct page *pages;
	size_t count;
	int c, rc = 1;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	while ((c = getopt_long(argc, argv, "", longs, NULL)) == 'r')
		rounds = strtoul(optarg, NULL, 10);
	count = (size_t)(argc - optind);
	if (c != -1 || count == 0 || rounds == 0) {
		(void)fprintf(stderr, "usage: extract_bench [--rounds N] FILE…\n");
		return 2;
	}
	arena_init(&b.arena, EXTRACT_ARENA_MAX);
	pages = calloc(count, sizeof(*pages));
	if (pages != NULL && b.kit != NULL)
		rc = run(&b, pages, count, argv + optind, rounds);
	for (size_t i = 0; pages != NULL && i < count; i++) {
		buf_fini(&pages[i].bytes);
		arena_fini(&pages[i].decoded_in);
	}
	free(pages);
	arena_fini(&b.arena);
	charset_kit_free(b.kit);
	return rc;
}
