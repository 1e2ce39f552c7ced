/* SPDX-License-Identifier: MIT */
/*
 * rng.h - numbers that follow from the seed alone (splitmix64).
 * Each thing draws from a stream of its own, so that one more report changes no other.
 */
#ifndef PORTALSIM_RNG_H
#define PORTALSIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

enum stream {
	STREAM_PORTAL = 1,
	STREAM_REPORT,
	STREAM_TEXT,
	STREAM_EDIT,
	STREAM_EVENT,
	STREAM_CHROME,
	STREAM_FILE,
};

void rng_init(struct rng *r, uint64_t seed, enum stream stream, uint64_t which);
uint64_t rng_next(struct rng *r);
unsigned rng_below(struct rng *r, unsigned n);                  /* 0 … n-1; n > 0 */
unsigned rng_range(struct rng *r, unsigned low, unsigned high); /* both included */
bool rng_percent(struct rng *r, unsigned percent);

#endif
