/* SPDX-License-Identifier: MIT */
/*
 * cjk_run.h - quick ways through characters of three bytes: those that begin with E4 to EB two at a time.
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

#include "bytes16.h"

/* What follows a lead byte of three: p has as many. */
static inline bool
is_three(const unsigned char *p)
{
	return (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80;
}

/* One of them, or another whose lead byte has no exceptions (E1 to EC), at p, which has `room` bytes. */
static inline bool
cjk_one(const unsigned char *p, size_t room)
{
	return room >= 3 && p[0] >= 0xE1 && p[0] <= 0xEC && is_three(p);
}

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

/* Whether one of sixteen characters that begin at p may be what cjk_to_blank() looks for; p has BYTES16_THREE. */
static inline bool
cjk_may_be_blank(const unsigned char *p)
{
	const bytes16 v = bytes16_load(p);

	return bytes16_any((bytes16)(v <= 0x20) | (bytes16)(v == 0x7F) | (bytes16)(v == 0xC2) |
	    (bytes16)(v == 0xE1) | (bytes16)(v == 0xE2) | bytes16_three(p, 0xE3, 0x80, 0x80) |
	    bytes16_three(p, 0xEF, 0xBB, 0xBF));
}

/* Where a byte stands, at `from` or behind, that may begin a blank, a character without width or a
 * control character; s.n: nowhere. */
static inline size_t
cjk_to_blank(struct span s, size_t from)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t at = from;

	while (s.n - at >= BYTES16_THREE && !cjk_may_be_blank(p + at))
		at += sizeof(bytes16);
	/* The rest once more together with what is before it; no character of three begins in the last two bytes. */
	if (s.n >= BYTES16_THREE && s.n - at < BYTES16_THREE && s.n - at > 2 &&
	    !cjk_may_be_blank(p + s.n - BYTES16_THREE))
		at = s.n - 2;
	for (; at < s.n; at++) {
		const unsigned char c = p[at];

		if (c <= 0x20 || c == 0x7F || c == 0xC2 || c == 0xE1 || c == 0xE2)
			return at;
		if (s.n - at >= 3 && ((c == 0xE3 && p[at + 1] == 0x80 && p[at + 2] == 0x80) ||
		    (c == 0xEF && p[at + 1] == 0xBB && p[at + 2] == 0xBF)))
			return at;
	}
	return at;
}

#endif
