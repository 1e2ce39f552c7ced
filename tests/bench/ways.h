/* SPDX-License-Identifier: MIT */
/*
 * ways.h - what one page costs, read in three ways: the extraction (bytes to record, with charset
 * and both digests, without printing JSON); libxml2's tokenizer with empty callbacks; its tree
 * builder; these two on the bytes as we decoded them.
 */
#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <suoyin/charset.h>
#include <suoyin/extract.h>

enum way { OURS, SAX, TREE, WAYS };

extern const char *const way_names[WAYS];

struct cost {
	double seconds; /* CPU, the least of the rounds */
	size_t calls;   /* malloc, calloc, realloc; the arena keeps a block, as a child does */
	size_t peak;    /* bytes, with all that the arena takes: of a first page */
};

struct sample {
	struct buf bytes;
	struct arena decoded_in;
	struct span decoded;
	struct cost cost[WAYS];
	bool refused, sections; /* by the extraction; it found numbered headings */
};

struct ways {
	struct charset_kit *kit;
	struct arena arena; /* of the extraction; kept from page to page */
};

int ways_init(struct ways *w); /* -1: out of memory */
void ways_fini(struct ways *w);

/* The caller fills sample->bytes between these two; sample_decode() comes before any measuring. */
void sample_init(struct sample *s);
int sample_decode(struct sample *s, struct ways *w);
void sample_fini(struct sample *s);

void ways_time(struct ways *w, struct sample *s, enum way way);   /* one round */
void ways_memory(struct ways *w, struct sample *s, enum way way); /* sets peak */

#endif
