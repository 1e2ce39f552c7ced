/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory that lives and dies together.
 *
 * A document owns one arena; all it points to is in it; arena_fini() frees the
 * lot.  The limit is part of the contract: input that needs more is rejected,
 * not swapped.  Nothing is freed singly.
 */
#ifndef SUOYIN_ARENA_H
#define SUOYIN_ARENA_H

#include <suoyin/buf.h>
#include <suoyin/span.h>

struct arena {
	struct arena_block *head;
	size_t used, limit;
	bool failed; /* something was refused since init or reset */
};

void arena_init(struct arena *a, size_t limit);
void arena_fini(struct arena *a);  /* accepts a zeroed arena */
void arena_reset(struct arena *a); /* forgets all; keeps one block, large enough for such a document */

/* Zeroed memory, aligned for any object; NULL at the limit. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_raw(struct arena *a, size_t size); /* the same, not zeroed: for what is written before it is read */
void *arena_array(struct arena *a, size_t count, size_t size); /* overflow-checked */
/* Grows an array made by arena_array (or NULL) to new_count; the old one is copied. */
void *arena_grow(struct arena *a, void *old, size_t old_count, size_t new_count, size_t size);
/* Copies bytes (NUL-terminated behind n). {NULL,0} at the limit, and for an absent span. */
struct span arena_dup(struct arena *a, struct span s);
struct span arena_dup_buf(struct arena *a, const struct buf *b);
struct span arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
