/* SPDX-License-Identifier: MIT */
/*
 * json_plain.h - eight bytes of a JSON string at once.
 */
#ifndef CORE_JSON_PLAIN_H
#define CORE_JSON_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* None of the eight bytes is a quote, a backslash or a control character. */
static inline bool
json_eight_plain(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t w, quote, slash;

	memcpy(&w, p, sizeof(w));
	quote = w ^ ones * '"';
	slash = w ^ ones * '\\';
	return ((((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high) == 0;
}

#endif
