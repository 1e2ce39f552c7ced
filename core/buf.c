/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>

void
buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){.limit = limit};
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.limit = b->limit};
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* A larger piece of memory, for n more bytes and the NUL. */
static int
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;
	char *p;

	while (cap < b->n + n + 1)
		cap *= 2;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->failed = true;
		return -1;
	}
	b->p = p;
	b->cap = cap;
	return 0;
}

/* Makes room for n more bytes and the NUL. */
static int
reserve(struct buf *b, size_t n)
{
	if (b->failed || n > b->limit || b->n > b->limit - n) {
		b->failed = true;
		return -1;
	}
	return b->n + n < b->cap ? 0 : grow(b, n);
}

char *
buf_take(struct buf *b, size_t n)
{
	char *p;

	if (reserve(b, n) == -1)
		return NULL;
	p = b->p + b->n;
	b->n += n;
	b->p[b->n] = '\0';
	return p;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = buf_take(b, n);

	if (to == NULL)
		return -1;
	if (n > 0)
		memcpy(to, p, n);
	return 0;
}

int
buf_add_span(struct buf *b, struct span s)
{
	return buf_add(b, s.p, s.n);
}

int
buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_add_byte(struct buf *b, char c)
{
	char *to = buf_take(b, 1);

	if (to == NULL)
		return -1;
	*to = c;
	return 0;
}

int
buf_add_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n) == -1) {
		b->failed = true;
		return -1;
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
	return 0;
}

int
buf_add_utf8(struct buf *b, uint32_t c)
{
	char out[4];
	size_t n;

	if (c < 0x80) {
		out[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		n = 2;
	} else if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		n = 3;
	} else {
		out[0] = (char)(0xF0 | c >> 18);
		out[1] = (char)(0x80 | (c >> 12 & 0x3F));
		out[2] = (char)(0x80 | (c >> 6 & 0x3F));
		out[3] = (char)(0x80 | (c & 0x3F));
		n = 4;
	}
	return buf_add(b, out, n);
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){b->p == NULL ? "" : b->p, b->n};
}
