/* SPDX-License-Identifier: MIT */
/*
 * extract_bench - what it costs to read a page, beside what libxml2 alone would cost (ways.h).
 *
 * usage: extract_bench [--rounds N] [FILE…]
 *        extract_bench --page BYTES      prints a generated page of this size
 *
 * First the files, then generated pages of usual sizes: N rounds over all of them, one way after the
 * other, as a process that does nothing else; the least CPU time of the rounds counts.  Then pages up
 * to the largest that is read at all: what a byte costs must not grow with their size.
 *
 * Ends with RESULT: `sax_ratio` and `tree_ratio` are our time by theirs, over the files (absent without
 * any); `…_20k` the same over generated pages; ns and bytes of peak memory per byte of page.
 */
#include "counting.h"
#include "report_page.h"
#include "ways.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/limits.h>

#define PAGES_OF_A_SIZE 10
#define ROUNDS_LEAST 3 /* of the large pages */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct group {
	struct sample *samples;
	size_t count, refused;
	double bytes;
	struct cost sum[WAYS];
};

static const size_t usual[] = {20000, 60000, 120000};
static const size_t growing[] = {120000, 1000000, 4000000, 7800000};

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

static int
group_init(struct group *g, size_t count)
{
	*g = (struct group){.count = count, .samples = calloc(count, sizeof(*g->samples))};
	if (g->samples == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		sample_init(&g->samples[i]);
	return 0;
}

static void
group_fini(struct group *g)
{
	for (size_t i = 0; i < g->count && g->samples != NULL; i++)
		sample_fini(&g->samples[i]);
	free(g->samples);
}

static void
add_up(struct group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct sample *s = &g->samples[i];

		g->bytes += (double)s->bytes.n;
		g->refused += s->refused;
		for (int w = 0; w < WAYS; w++) {
			g->sum[w].seconds += s->cost[w].seconds;
			g->sum[w].calls += s->cost[w].calls;
			g->sum[w].peak += s->cost[w].peak;
		}
	}
}

static void
measure(struct group *g, struct ways *ways, int ways_count, unsigned long rounds)
{
	for (unsigned long n = 0; n < rounds; n++)
		for (int w = 0; w < ways_count; w++)
			for (size_t i = 0; i < g->count; i++)
				ways_time(ways, &g->samples[i], (enum way)w);
	for (int w = 0; w < ways_count; w++)
		for (size_t i = 0; i < g->count; i++)
			ways_memory(ways, &g->samples[i], (enum way)w);
	add_up(g);
}

static void
print_table(const struct group *g, const char *kind)
{
	double n = (double)g->count;

	(void)printf("%zu %s pages of %.0f bytes\n%-10s %10s %10s %12s %12s\n", g->count, kind,
	    g->bytes / n, "", "ms/page", "MB/s", "allocations", "peak kB");
	for (int w = 0; w < WAYS; w++)
		(void)printf("%-10s %10.3f %10.1f %12.0f %12.0f\n", way_names[w],
		    g->sum[w].seconds * 1000 / n, g->bytes / 1e6 / g->sum[w].seconds,
		    (double)g->sum[w].calls / n, (double)g->sum[w].peak / 1000 / n);
	(void)printf("\n");
}

static double
ratio(const struct group *g, enum way other)
{
	return g->sum[OURS].seconds / g->sum[other].seconds;
}

static int
measure_files(struct group *g, struct ways *ways, char **files, unsigned long rounds)
{
	for (size_t i = 0; i < g->count; i++)
		if (!read_file(&g->samples[i].bytes, files[i]) || sample_decode(&g->samples[i], ways) == -1) {
			(void)fprintf(stderr, "extract_bench: %s cannot be read\n", files[i]);
			return -1;
		}
	measure(g, ways, WAYS, rounds);
	if (g->count > 0)
		print_table(g, "given");
	return 0;
}

/* A figure of pages that are not read as reports would say nothing. */
static int
measure_generated(struct group *g, struct ways *ways, size_t bytes, int ways_count, unsigned long rounds)
{
	for (size_t i = 0; i < g->count; i++)
		if (report_page(&g->samples[i].bytes, bytes, (unsigned)i) == -1 ||
		    sample_decode(&g->samples[i], ways) == -1)
			return -1;
	measure(g, ways, ways_count, rounds);
	for (size_t i = 0; i < g->count; i++)
		if (!g->samples[i].sections) {
			(void)fprintf(stderr, "extract_bench: the page of %zu bytes is not read as a report\n",
			    bytes);
			return -1;
		}
	return 0;
}

static int
usual_sizes(struct ways *ways, unsigned long rounds, double tree_ratios[COUNT(usual)])
{
	struct group g;
	int rc = 0;

	for (size_t i = 0; i < COUNT(usual) && rc == 0; i++) {
		rc = group_init(&g, PAGES_OF_A_SIZE);
		if (rc == 0 && (rc = measure_generated(&g, ways, usual[i], WAYS, rounds)) == 0) {
			print_table(&g, "generated");
			tree_ratios[i] = ratio(&g, TREE);
		}
		group_fini(&g);
	}
	return rc;
}

struct per_byte {
	double ns, memory;
};

static int
growing_sizes(struct ways *ways, unsigned long rounds, struct per_byte out[COUNT(growing)])
{
	struct group g;
	int rc = 0;

	(void)printf("%-10s %10s %12s\n", "bytes", "ns/byte", "peak by byte");
	for (size_t i = 0; i < COUNT(growing) && rc == 0; i++) {
		rc = group_init(&g, 1);
		if (rc == 0 && (rc = measure_generated(&g, ways, growing[i], 1, rounds)) == 0) {
			out[i] = (struct per_byte){
			    g.sum[OURS].seconds * 1e9 / g.bytes, (double)g.sum[OURS].peak / g.bytes};
			(void)printf("%-10.0f %10.2f %12.2f\n", g.bytes, out[i].ns, out[i].memory);
		}
		group_fini(&g);
	}
	return rc;
}

static int
run(struct ways *ways, char **files, size_t count, unsigned long rounds)
{
	double tree_ratios[COUNT(usual)];
	struct per_byte by_size[COUNT(growing)];
	const struct per_byte *first = &by_size[0], *last = &by_size[COUNT(growing) - 1];
	unsigned long few = rounds / 4 > ROUNDS_LEAST ? rounds / 4 : ROUNDS_LEAST;
	struct group g;
	int rc = group_init(&g, count);

	if (rc == 0)
		rc = measure_files(&g, ways, files, rounds);
	if (rc == 0)
		rc = usual_sizes(ways, rounds, tree_ratios);
	if (rc == 0)
		rc = growing_sizes(ways, few, by_size);
	if (rc == 0) {
		(void)printf("RESULT pages=%zu refused=%zu", count, g.refused);
		if (count > 0)
			(void)printf(" sax_ratio=%.2f tree_ratio=%.2f mb_per_s=%.1f", ratio(&g, SAX),
			    ratio(&g, TREE), g.bytes / 1e6 / g.sum[OURS].seconds);
		for (size_t i = 0; i < COUNT(usual); i++)
			(void)printf(" tree_ratio_%zuk=%.2f", usual[i] / 1000, tree_ratios[i]);
		(void)printf(" ns_per_byte_120k=%.2f ns_per_byte_max=%.2f bytes_per_byte_max=%.2f\n",
		    first->ns, last->ns, last->memory);
	}
	group_fini(&g);
	return rc;
}

static int
print_page(size_t bytes)
{
	struct buf page;
	int rc;

	buf_init(&page, PAGE_BODY_MAX);
	if ((rc = report_page(&page, bytes, 0)) == -1)
		(void)fprintf(stderr, "extract_bench: %d to %d bytes\n", REPORT_PAGE_LEAST, PAGE_BODY_MAX);
	else
		(void)fwrite(page.p, 1, page.n, stdout);
	buf_fini(&page);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"rounds", required_argument, NULL, 'r'}, {"page", required_argument, NULL, 'p'}, {0}};
	unsigned long rounds = 20, bytes = 0;
	struct ways ways;
	int c, rc;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	while ((c = getopt_long(argc, argv, "", longs, NULL)) == 'r' || c == 'p')
		*(c == 'r' ? &rounds : &bytes) = strtoul(optarg, NULL, 10);
	if (c != -1 || rounds == 0) {
		(void)fprintf(stderr, "usage: extract_bench [--rounds N] [FILE…] | --page BYTES\n");
		return 2;
	}
	if (bytes > 0)
		return print_page(bytes) == -1 ? 1 : 0;
	rc = ways_init(&ways);
	if (rc == 0)
		rc = run(&ways, argv + optind, (size_t)(argc - optind), rounds);
	ways_fini(&ways);
	return rc == -1 ? 1 : 0;
}
