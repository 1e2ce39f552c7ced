/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <suoyin/limits.h>

void
fuzz_broken(const char *what)
{
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

static const char *const content_types[] = {
	NULL,
	"text/html",
	"text/html; charset=gb2312",
	"text/html;charset=\"UTF-8\"",
	"text/plain",
	"text/plain; charset=utf-16le",
	"application/json",
	"text/html; charset=big5",
};

struct fuzz_pick
fuzz_pick(struct span *input)
{
	const size_t types = sizeof(content_types) / sizeof(content_types[0]);
	struct fuzz_pick p = {0};

	if (input->n < 3 || input->p[0] != '#')
		return p;
	p.content_type = content_types[(unsigned char)input->p[1] % types];
	p.rules = (unsigned char)input->p[2];
	*input = span_cut(*input, 3, input->n);
	return p;
}

struct charset_kit *
fuzz_kit(void)
{
	static struct charset_kit *kit;

	if (kit == NULL)
		kit = charset_kit_new();
	must(kit != NULL, "no charsets");
	return kit;
}

struct span *
fuzz_lines(struct arena *a, struct span text, size_t *count)
{
	size_t n = 1;
	struct span *lines;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	if ((lines = arena_array(a, n, sizeof(*lines))) == NULL)
		return NULL;
	for (*count = 0; *count < n; ++*count)
		lines[*count] = fuzz_line(&text);
	return lines;
}

/* Bytes that no text has end a refusal: it differs from every answer. */
static void
ask(struct buf *out, struct arena *a,
    int (*answer)(struct buf *, struct arena *, struct span, struct err *), struct span input)
{
	struct err err = {0};

	buf_clear(out);
	if (answer(out, a, input, &err) == 0)
		return;
	must(err.code == ERR_REJECT && err.reason[0] != '\0', "a refusal is no REJECT");
	buf_clear(out);
	(void)buf_add_fmt(out, "%s\xFF", err.reason);
}

void
fuzz_ask(int (*answer)(struct buf *out, struct arena *a, struct span input, struct err *err),
    struct span input)
{
	struct buf first, again;
	struct arena a;
	size_t used;

	buf_init(&first, SIZE_MAX);
	buf_init(&again, SIZE_MAX);
	arena_init(&a, EXTRACT_ARENA_MAX);
	ask(&first, &a, answer, input);
	used = a.used;
	arena_reset(&a);
	ask(&again, &a, answer, input);
	must(!first.failed && span_eq(buf_span(&first), buf_span(&again)),
	    "the same input has another answer");
	arena_fini(&a);
	arena_init(&a, used / 16 * (input.n % 16)); /* by chance: any part of it */
	ask(&again, &a, answer, input);
	must(span_eq(buf_span(&again), SPAN("too_large\xFF")) ||
		span_eq(buf_span(&first), buf_span(&again)),
	    "without memory the answer is another");
	arena_fini(&a);
	buf_fini(&again);
	buf_fini(&first);
}

void
fuzz_tell(struct buf *out, struct span field)
{
	if (field.p == NULL)
		(void)buf_add_str(out, "absent ");
	else
		(void)buf_add_fmt(out, "%zu:", field.n);
	(void)buf_add_span(out, field);
}

bool
fuzz_inside(struct span part, struct span whole)
{
	return part.p == NULL ||
	    (part.p >= whole.p && part.n <= whole.n &&
		(size_t)(part.p - whole.p) <= whole.n - part.n);
}
