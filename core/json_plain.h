/* SPDX-License-Identifier: MIT */
/*
 * json_plain.h - what stands for itself in a JSON string.
 */
#ifndef CORE_JSON_PLAIN_H
#define CORE_JSON_PLAIN_H

#include "bytes16.h"

static inline bool
json_is_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* The first quote, backslash or control character from p on, or `end`. */
static inline const char *
json_plain_end(const char *p, const char *end)
{
	while (end - p >= (ptrdiff_t)sizeof(bytes16)) {
		const bytes16 v = bytes16_load(p);

		if (bytes16_any((bytes16)(v < 0x20) | (bytes16)(v == '"') | (bytes16)(v == '\\')))
			break;
		p += sizeof(bytes16);
	}
	while (p < end && json_is_plain((unsigned char)*p))
		p++;
	return p;
}

#endif
