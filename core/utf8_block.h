/* SPDX-License-Identifier: MIT */
/*
 * utf8_block.h - UTF-8 by blocks of bytes instead of by characters.
 *
 * A byte that continues a character must stand exactly where the bytes before it say that one is due.  That rule takes
 * neither branch nor table, so it is asked of sixteen bytes at once.  Lead bytes that have exceptions (C0, C1, E0, ED,
 * F0 and above) are left to who goes by characters.
 */
#ifndef CORE_UTF8_BLOCK_H
#define CORE_UTF8_BLOCK_H

#include "bytes16.h"

#define UTF8_BLOCK 64
#define UTF8_BEFORE 2 /* bytes before a block that are looked at, too */

/* What stands in a block; the character at its end may go on behind it. */
enum utf8_block { UTF8_UNSURE, UTF8_ASCII, UTF8_MULTIBYTE };

/* p[-UTF8_BEFORE] … p[UTF8_BLOCK - 1] are there, and good before p.  NUL is unsure, too. */
static inline enum utf8_block
utf8_block(const unsigned char *p)
{
	bytes16 unsure = {0}, all = {0};

	for (int i = 0; i < UTF8_BLOCK; i += (int)sizeof(bytes16)) {
		const bytes16 c = bytes16_load(p + i), one = bytes16_load(p + i - 1),
				  two = bytes16_load(p + i - 2) & 0xE0;
		const bytes16 due = (bytes16)(one >= 0xC0) | (bytes16)(two == 0xE0);

		unsure |= due ^ (bytes16)((c & 0xC0) == 0x80);
		unsure |= (bytes16)((c & 0xFE) == 0xC0) | (bytes16)(c >= 0xF0) | (bytes16)(c == 0) |
		    (bytes16)(c == 0xE0) | (bytes16)(c == 0xED);
		all |= c;
	}
	if (bytes16_any(unsure))
		return UTF8_UNSURE;
	return (bytes16_bits(all) & UINT64_C(0x8080808080808080)) != 0 ? UTF8_MULTIBYTE : UTF8_ASCII;
}

/* Where the character begins that ends at `end`. */
static inline size_t
utf8_before(const char *p, size_t end)
{
	size_t i = end;

	while (i > 0 && end - i < 4 && ((unsigned char)p[--i] & 0xC0) == 0x80)
		;
	return i;
}

#endif
