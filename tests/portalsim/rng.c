/* SPDX-License-Identifier: MIT */
#include "rng.h"

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

void
rng_init(struct rng *r, uint64_t seed, enum stream stream, uint64_t which)
{
	r->state = mix(mix(mix(seed + 1) ^ (uint64_t)stream) + which);
}

uint64_t
rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15U;
	return mix(r->state);
}

unsigned
rng_below(struct rng *r, unsigned n)
{
	return (unsigned)((rng_next(r) >> 33) % n);
}

unsigned
rng_range(struct rng *r, unsigned low, unsigned high)
{
	return low + rng_below(r, high - low + 1);
}

bool
rng_percent(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}
