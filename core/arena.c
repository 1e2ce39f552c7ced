/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/arena.h>

#ifndef ARENA_BLOCK_MIN
#define ARENA_BLOCK_MIN 65536
#define BLOCK_KEEP_MAX ((size_t)4 << 20) /* one huge page must not cost for ever */
#else
#define BLOCK_KEEP_MAX ((size_t)0) /* each piece has a block of its own: see cmake/warnings.cmake */
#endif

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(max_align_t) char data[];
};

void
arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){.limit = limit};
}

static void
free_from(struct arena_block *b)
{
	while (b != NULL) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_fini(struct arena *a)
{
	free_from(a->head);
	*a = (struct arena){.limit = a->limit};
}

static struct arena_block *
add_block(struct arena *a, size_t cap)
{
	struct arena_block *b = malloc(sizeof(*b) + cap);

	if (b == NULL)
		return NULL;
	*b = (struct arena_block){.next = a->head, .cap = cap};
	a->head = b;
	return b;
}

/* The next document will be much like this one: several blocks become one. */
void
arena_reset(struct arena *a)
{
	size_t used = a->used;
	bool keep = a->head != NULL && a->head->next == NULL && a->head->cap <= BLOCK_KEEP_MAX;

	a->used = 0;
	a->failed = false;
	if (keep) {
		a->head->used = 0;
		return;
	}
	free_from(a->head);
	a->head = NULL;
	if (used > ARENA_BLOCK_MIN && used <= BLOCK_KEEP_MAX)
		(void)add_block(a, used);
}

static void *
refuse(struct arena *a)
{
	a->failed = true;
	return NULL;
}

void *
arena_raw(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t need;
	void *p;

	if (size > SIZE_MAX - _Alignof(max_align_t))
		return refuse(a);
	need = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
	if (need > a->limit || a->used > a->limit - need)
		return refuse(a);
	/* A block ends where its last piece ends, without padding: sanitizers see the end. */
	if ((b == NULL || b->used + need > b->cap) &&
	    (b = add_block(a, size > ARENA_BLOCK_MIN ? size : ARENA_BLOCK_MIN)) == NULL)
		return refuse(a);
	p = b->data + b->used;
	b->used += need;
	a->used += need;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_raw(a, size);

	return p == NULL ? NULL : memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	return size != 0 && count > SIZE_MAX / size ? refuse(a) : arena_alloc(a, count * size);
}

void *
arena_grow(struct arena *a, void *old, size_t old_count, size_t new_count, size_t size)
{
	void *p = size != 0 && new_count > SIZE_MAX / size ? refuse(a) : arena_raw(a, new_count * size);

	if (p == NULL)
		return NULL;
	if (old_count > 0)
		memcpy(p, old, old_count * size);
	memset((char *)p + old_count * size, 0, (new_count - old_count) * size);
	return p;
}

struct span
arena_dup(struct arena *a, struct span s)
{
	char *p;

	if (s.p == NULL || (p = arena_raw(a, s.n + 1)) == NULL)
		return (struct span){NULL, 0};
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct span){p, s.n};
}

struct span
arena_dup_buf(struct arena *a, const struct buf *b)
{
	if (b->failed)
		(void)refuse(a);
	return b->failed ? (struct span){NULL, 0} : arena_dup(a, buf_span(b));
}

struct span
arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || (p = arena_raw(a, (size_t)n + 1)) == NULL)
		return (struct span){NULL, 0};
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct span){p, (size_t)n};
}
