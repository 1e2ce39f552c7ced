/* SPDX-License-Identifier: MIT */
/*
 * yaml_mutate.h - for tests: a file in /tmp with given text, and that text cut and bent in ways
 * that a seed decides.
 */
#ifndef YAML_MUTATE_H
#define YAML_MUTATE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_path[64];

static inline const char *
scratch_write(const char *text, size_t n)
{
	FILE *out;

	if (scratch_path[0] == '\0') {
		int fd;

		(void)snprintf(scratch_path, sizeof(scratch_path), "/tmp/suoyin-test-XXXXXX");
		if ((fd = mkstemp(scratch_path)) == -1)
			abort();
		(void)close(fd);
	}
	if ((out = fopen(scratch_path, "w")) == NULL)
		abort();
	if (fwrite(text, 1, n, out) != n)
		abort();
	(void)fclose(out);
	return scratch_path;
}

static inline const char *
scratch(const char *text)
{
	return scratch_write(text, strlen(text));
}

static inline void
scratch_remove(void)
{
	if (scratch_path[0] != '\0')
		(void)unlink(scratch_path);
}

/* How many damaged files: few by default, more where SUOYIN_MUTATIONS says so. */
static inline int
mutations(void)
{
	const char *text = getenv("SUOYIN_MUTATIONS");

	return text == NULL ? 1000 : (int)strtol(text, NULL, 10);
}

/* splitmix64 */
static inline uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9E3779B97F4A7C15U;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
	z = (z ^ z >> 27) * 0x94D049BB133111EBU;
	return z ^ z >> 31;
}

/* Up to four changes: cut, another byte, a piece taken out, a piece written twice, a token put in.
 */
static inline size_t
mutate(const char *text, size_t n, char *out, size_t room, uint64_t *seed)
{
	static const char *const tokens[] = {"\n", ": ", "- ", "&a ", "*a", "!!int ", "[", "]", "{",
	    "}", "\"", "'", "#", "|\n", ">\n", "\t", "---\n", "...\n", "? ", "\\0", "\xff",
	    "\xef\xbb\xbf", "~", "%YAML 9.9\n", "<<: ", "010", "9999999999999999999999"};
	int changes = 1 + (int)(next_random(seed) % 4);

	memcpy(out, text, n);
	while (changes-- > 0 && n > 0) {
		size_t at = next_random(seed) % n, len = next_random(seed) % 20, m;
		const char *token =
		    tokens[next_random(seed) % (sizeof(tokens) / sizeof(tokens[0]))];

		if (len > n - at)
			len = n - at;
		switch (next_random(seed) % 5) {
		case 0:
			n = at;
			break;
		case 1:
			out[at] = (char)next_random(seed);
			break;
		case 2:
			memmove(out + at, out + at + len, n - at - len);
			n -= len;
			break;
		case 3:
			if (n + len <= room) {
				memmove(out + at + len, out + at, n - at);
				n += len;
			}
			break;
		default:
			m = strlen(token);
			if (n + m <= room) {
				memmove(out + at + m, out + at, n - at);
				memcpy(out + at, token, m);
				n += m;
			}
		}
	}
	return n;
}

#endif
