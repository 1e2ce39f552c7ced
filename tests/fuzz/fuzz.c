/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void
must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "fuzz: broken: %s\n", what);
	abort();
}

struct span
fuzz_line(struct span *rest)
{
	size_t end = span_find_byte(*rest, '\n', 0);
	struct span line = span_cut(*rest, 0, end);

	*rest = end == SIZE_MAX ? (struct span){NULL, 0} : span_cut(*rest, end + 1, rest->n);
	return line;
}
