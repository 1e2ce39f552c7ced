/* SPDX-License-Identifier: MIT */
/*
 * counting.h - malloc of this process, counted: linked into a bench, it stands before the C
 * library's own for all code, libraries included.  For one thread.
 */
#ifndef BENCH_COUNTING_H
#define BENCH_COUNTING_H

#include <stddef.h>
#include <stdint.h>

struct counting {
	size_t calls;     /* malloc, calloc, realloc */
	size_t now, peak; /* bytes, as the allocator rounds them */
};

void counting_reset(void); /* from now on; `now` becomes 0 */
struct counting counting_read(void);

#endif
