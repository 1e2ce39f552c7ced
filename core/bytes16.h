/* SPDX-License-Identifier: MIT */
/*
 * bytes16.h - sixteen bytes at once, for loops that mostly find nothing.
 *
 * A comparison of vectors (an extension of GCC that clang has, too) gives for each byte all ones or zero.
 */
#ifndef CORE_BYTES16_H
#define CORE_BYTES16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char bytes16 __attribute__((vector_size(16)));

/* Of any alignment. */
static inline bytes16
bytes16_load(const void *p)
{
	bytes16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Where at p … p[15] these three bytes begin: p has two bytes more. */
static inline bytes16
bytes16_three(const void *p, unsigned char a, unsigned char b, unsigned char c)
{
	const char *at = (const char *)p;

	return (bytes16)(bytes16_load(at) == a) & (bytes16)(bytes16_load(at + 1) == b) &
	    (bytes16)(bytes16_load(at + 2) == c);
}

/* How many bytes p must have for that. */
#define BYTES16_THREE (sizeof(bytes16) + 2)

/* Bits that are set in some byte, in one of these. */
static inline uint64_t
bytes16_bits(bytes16 v)
{
	uint64_t halves[2];

	memcpy(halves, &v, sizeof(v));
	return halves[0] | halves[1];
}

static inline bool
bytes16_any(bytes16 v)
{
	return bytes16_bits(v) != 0;
}

/* Of a comparison: how many bytes it is true of. */
static inline unsigned
bytes16_count(bytes16 v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t halves[2];

	memcpy(halves, &v, sizeof(v));
	return (unsigned)(((halves[0] & ones) + (halves[1] & ones)) * ones >> 56);
}

#endif
