/* SPDX-License-Identifier: MIT */
/*
 * cjk_run.h - characters of three bytes that begin with E4 to EB, two at a time.
 *
 * These are nearly all of Chinese text: valid whatever follows the first byte (unlike E0 and ED), and
 * no blanks or signs.
 */
#ifndef CORE_CJK_RUN_H
#define CORE_CJK_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <suoyin/span.h>

/* Two of them at p, which has eight bytes. */
static inline bool
cjk_two(const char *p)
{
	static const unsigned char mask_bytes[8] = {0xF0, 0xC0, 0xC0, 0xF0, 0xC0, 0xC0},
				   want_bytes[8] = {0xE0, 0x80, 0x80, 0xE0, 0x80, 0x80};
	const unsigned char first = (unsigned char)p[0], second = (unsigned char)p[3];
	uint64_t w, mask, want;

	memcpy(&w, p, sizeof(w));
	memcpy(&mask, mask_bytes, sizeof(mask));
	memcpy(&want, want_bytes, sizeof(want));
	return (w & mask) == want && first - 0xE4U < 8 && second - 0xE4U < 8;
}

/* How many bytes from `from` on, which is no more than s.n, are such characters, but for the last one or two of a run. */
static inline size_t
cjk_run(struct span s, size_t from)
{
	size_t at = from;

	while (s.n - at >= sizeof(uint64_t) && cjk_two(s.p + at))
		at += 6;
	return at - from;
}

#endif
