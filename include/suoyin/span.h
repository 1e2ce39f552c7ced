/* SPDX-License-Identifier: MIT */
/*
 * span.h - borrowed bytes: a pointer and a length, by value, not NUL-terminated.
 *
 * The only way text travels inside core.  A span never owns; whoever made the
 * bytes (a message, an arena) must outlive it.  {NULL, 0} means "absent",
 * {non-NULL, 0} means "present and empty"; span_is_empty() covers both.
 */
#ifndef SUOYIN_SPAN_H
#define SUOYIN_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *p;
	size_t n;
};

/* A string literal as a span. */
#define SPAN(lit) ((struct span){(lit), sizeof(lit) - 1})
/* The same as a constant initializer, for tables. */
#define SPAN_INIT(lit) {(lit), sizeof(lit) - 1}
/* For printf: "%.*s", SPAN_ARG(s) */
#define SPAN_ARG(s) (int)((s).n > 4096 ? 4096 : (s).n), (s).p != NULL ? (s).p : ""

struct span span_of(const char *text); /* NULL gives the absent span */
bool span_is_empty(struct span s);
bool span_eq(struct span a, struct span b);
bool span_eq_ci(struct span a, struct span b); /* ASCII case ignored */
int span_cmp(struct span a, struct span b);    /* by bytes, then length */
bool span_starts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
/* Offset of the first `needle` at or after `from`, or SIZE_MAX. */
size_t span_find(struct span s, struct span needle, size_t from);
size_t span_find_byte(struct span s, char byte, size_t from);
size_t span_find_ci(struct span s, struct span needle, size_t from); /* ASCII case ignored */
struct span span_cut(struct span s, size_t from, size_t to); /* clamped */
struct span span_trim(struct span s);                        /* ASCII white space */
/* Whole decimal number, no sign, at most `max`. Returns 0, or -1 with *out untouched. */
int span_u64(struct span s, uint64_t max, uint64_t *out);

#endif
