/* SPDX-License-Identifier: MIT */
#include "counting.h"

#include <malloc.h>
#include <stdlib.h>

/* glibc's own, under the names it keeps for those who stand before it. */
/* NOLINTBEGIN(*-reserved-identifier,cert-dcl*): glibc's, not ours */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);
/* NOLINTEND(*-reserved-identifier,cert-dcl*) */

static struct counting counted;

static void *
note(void *p)
{
	counted.calls++;
	counted.now += malloc_usable_size(p);
	if (counted.now > counted.peak && counted.now < SIZE_MAX / 2)
		counted.peak = counted.now;
	return p;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc's are reserved names */
void *
malloc(size_t n)
{
	return note(__libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return note(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	counted.now -= malloc_usable_size(p);
	return note(__libc_realloc(p, n));
}

void
free(void *p)
{
	counted.now -= malloc_usable_size(p);
	__libc_free(p);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

void
counting_reset(void)
{
	counted = (struct counting){0, 0, 0};
}

struct counting
counting_read(void)
{
	return counted;
}
