/* SPDX-License-Identifier: MIT */
/*
 * buf.h - owned bytes that grow, and always have a limit.
 *
 * Over the limit and out of memory are the same answer: the buffer is marked
 * `failed`, further adds do nothing, and -1 is returned.  So a caller may add
 * many times and look at `failed` once.  p is NUL-terminated behind n whenever
 * anything was added.
 */
#ifndef SUOYIN_BUF_H
#define SUOYIN_BUF_H

#include <suoyin/span.h>

struct buf {
	char *p;
	size_t n, cap, limit;
	bool failed;
};

void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b);  /* accepts a zeroed buffer */
void buf_clear(struct buf *b); /* keeps the memory, forgets bytes and failure */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_add_span(struct buf *b, struct span s);
int buf_add_str(struct buf *b, const char *s);
int buf_add_byte(struct buf *b, char c);
int buf_add_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for n bytes more, which are the caller's to fill at once; NULL: failed. */
char *buf_take(struct buf *b, size_t n);
int buf_add_utf8(struct buf *b, uint32_t codepoint);
struct span buf_span(const struct buf *b);

#endif
