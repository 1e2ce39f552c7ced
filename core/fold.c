/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "cjk_run.h"
#include "fold.h"

void
fold_init(struct fold *f, size_t limit)
{
	*f = (struct fold){0};
	buf_init(&f->out, limit);
}

void
fold_fini(struct fold *f)
{
	buf_fini(&f->out);
}

static int
rank(char c)
{
	return c == '\n' ? 3 : c == '\t' ? 2 : c == ' ' ? 1 : 0;
}

void
fold_break(struct fold *f, char c)
{
	if (rank(c) > rank(f->pending))
		f->pending = c;
}

void
fold_start(struct fold *f)
{
	f->start = f->out.n;
	f->pending = 0;
	f->chars = 0;
}

enum what { PLAIN, BLANK, NOTHING };

/* What stands at p, and how long it is; only what a lead byte cannot tell is looked at. */
static enum what
classify(const unsigned char *p, size_t room, size_t *length)
{
	*length = 1;
	if (p[0] <= 0x20)
		return BLANK;
	if (p[0] == 0x7F)
		return NOTHING;
	if (p[0] == 0xC2 && room >= 2) {
		*length = 2;
		return p[1] == 0xA0 || p[1] == 0x85 ? BLANK : p[1] == 0xAD ? NOTHING : PLAIN;
	}
	if (room < 3)
		return PLAIN;
	*length = 3;
	if (p[0] == 0xE2 && p[1] == 0x80) {
		if (p[2] <= 0x8A || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)
			return BLANK;
		return p[2] <= 0x8F ? NOTHING : PLAIN;
	}
	if (p[0] == 0xE2 && p[1] == 0x81)
		return p[2] == 0x9F ? BLANK : p[2] == 0xA0 ? NOTHING : PLAIN;
	if (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80)
		return BLANK;
	if (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF)
		return NOTHING;
	if (p[0] == 0xE1 && p[1] == 0x9A && p[2] == 0x80)
		return BLANK;
	return PLAIN;
}

static void
add_run(struct fold *f, struct span s)
{
	if (s.n == 0)
		return;
	if (f->pending != 0 && f->out.n > f->start) {
		(void)buf_add_byte(&f->out, f->pending);
		f->chars++;
	}
	f->pending = 0;
	(void)buf_add_span(&f->out, s);
	f->chars += text_length(s);
}

void
fold_add(struct fold *f, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t begin = 0, i = 0, length;

	while ((i = cjk_to_blank(s, i)) < s.n) {
		enum what what = classify(p + i, s.n - i, &length);

		if (what == PLAIN) {
			i += length;
			continue;
		}
		add_run(f, span_cut(s, begin, i));
		if (what == BLANK)
			fold_break(f, ' ');
		begin = i += length;
	}
	add_run(f, span_cut(s, begin, s.n));
}
