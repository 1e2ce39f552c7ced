/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/bigram.h>
#include <suoyin/text.h>
#include <utf8proc.h>

#define RULES 1 /* grows by hand when folding or coding changes */

/* Line by line: no character composes over a line feed, and plain lines are folded fast. */
struct span
bigram_fold(struct arena *a, struct span text)
{
	struct buf out;
	struct span copy;

	if (text.p == NULL)
		return text;
	buf_init(&out, SIZE_MAX / 2);
	(void)buf_add(&out, "", 0);
	for (size_t at = 0, end; at < text.n; at = end + 1) {
		struct span line;

		if ((end = span_find_byte(text, '\n', at)) == SIZE_MAX)
			end = text.n;
		line = text_fold_title(a, span_cut(text, at, end));
		out.failed |= line.p == NULL;
		(void)buf_add_span(&out, line);
	}
	copy = out.failed ? (struct span){NULL, 0} : arena_dup(a, (struct span){out.n == 0 ? "" : out.p, out.n});
	buf_fini(&out);
	return copy;
}

/* Surrogates stand in no text: their values are free for what lies beyond the BMP. */
static uint32_t
unit(uint32_t c)
{
	return c <= 0xFFFF ? c : 0xD800 + (c & 0x7FF);
}

int32_t
bigram_code(uint32_t first, uint32_t second)
{
	return (int32_t)(unit(first) << 16 | unit(second));
}

int
bigrams_add(struct bigrams *b, struct arena *a, struct span folded)
{
	size_t at = 0, need = b->count + text_length(folded);
	uint32_t last;

	if (need > b->room) {
		int32_t *grown = arena_grow(a, b->codes, b->count, need, sizeof(*grown));

		if (grown == NULL)
			return -1;
		b->codes = grown;
		b->room = need;
	}
	if (folded.n == 0)
		return 0;
	last = text_next(folded, &at);
	while (at < folded.n) {
		uint32_t c = text_next(folded, &at);

		b->codes[b->count++] = bigram_code(last, c);
		last = c;
	}
	return 0;
}

static int
by_code(const void *left, const void *right)
{
	int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	return (a > b) - (a < b);
}

void
bigrams_end(struct bigrams *b)
{
	size_t n = 0;

	if (b->count == 0)
		return;
	qsort(b->codes, b->count, sizeof(*b->codes), by_code);
	for (size_t i = 0; i < b->count; i++)
		if (n == 0 || b->codes[n - 1] != b->codes[i])
			b->codes[n++] = b->codes[i];
	b->count = n;
}

void
bigram_rules(char out[BIGRAM_RULES_MAX])
{
	(void)snprintf(out, BIGRAM_RULES_MAX, "%d utf8proc %s unicode %s", RULES, utf8proc_version(),
	    utf8proc_unicode_version());
}
