/* SPDX-License-Identifier: MIT */
#include "structure_parts.h"
#include "words.h"
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/meaning.h>
#include <suoyin/text.h>

#define WHOLE_CHARS_MIN 20 /* a shorter line without a mark at its end is no cut paragraph */
#define LABEL_CHARS 10     /* a colon this early: the line begins something of its own */

static uint32_t
last_of(struct span s)
{
	struct span last = text_last(s, 1);
	size_t at = 0;

	return last.n > 0 ? text_next(last, &at) : 0;
}

static bool
is_comma(uint32_t c)
{
	return c == ',' || c == 0xFF0C || c == 0x3001;
}

static bool
begins_label(struct span s)
{
	struct span head = text_first(s, LABEL_CHARS);

	return span_find(head, SPAN("："), 0) != SIZE_MAX || span_find(head, SPAN(":"), 0) != SIZE_MAX;
}

/* A paragraph in the making: its first line, its last one, what marks it has so far. */
struct whole {
	const struct line *first;
	struct span last;
	bool stops, commas;
};

static void
extend(struct whole *w, struct span line)
{
	w->last = line;
	w->stops = w->stops || words_has(line, SPAN("。"));
	w->commas = w->commas || words_has(line, SPAN("，")) || words_has(line, SPAN(","));
}

/* The paragraph stops in the middle of a sentence, and the next line is its rest. */
static bool
is_cut(const struct whole *w, const struct line *next)
{
	if (w->first->kind != LINE_BODY || next->kind != LINE_BODY || next->marker.level > 0)
		return false;
	if (w->first->marker.level > 0 && !w->stops) /* a heading on a line of its own */
		return false;
	if (is_comma(last_of(w->last)))
		return true;
	return text_is_han(last_of(w->last)) && text_length(w->last) >= WHOLE_CHARS_MIN &&
	    (w->stops || w->commas) && !begins_label(next->text);
}

static bool
is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int
fuse(struct arena *a, struct lines *l, size_t from, size_t to, size_t size)
{
	char *out = arena_alloc(a, size + 1);
	size_t n = 0;

	if (out == NULL)
		return -1;
	for (size_t i = from; i < to; i++) {
		struct span s = l->items[i].text;
		size_t at = 0;

		if (n > 0 && is_word((unsigned char)out[n - 1]) && is_word(text_next(s, &at)))
			out[n++] = ' ';
		memcpy(out + n, s.p, s.n);
		n += s.n;
		l->items[i].text = (struct span){NULL, 0};
	}
	l->items[from].text = (struct span){out, n};
	l->items[from].marker = marker_parse(l->items[from].text);
	return 0;
}

int
structure_repair(struct arena *a, struct lines *l)
{
	size_t kept = 0;

	for (size_t i = l->begin; i < l->count;) {
		size_t to = i + 1, size = l->items[i].text.n;
		struct whole w = {.first = &l->items[i]};

		extend(&w, l->items[i].text);
		while (to < l->count && is_cut(&w, &l->items[to])) {
			size += l->items[to].text.n + 1;
			extend(&w, l->items[to++].text);
		}
		if (to > i + 1 && fuse(a, l, i, to, size) == -1)
			return -1;
		i = to;
	}
	for (size_t i = 0; i < l->count; i++) /* what was fused away lies behind `begin` */
		if (l->items[i].text.n > 0)
			l->items[kept++] = l->items[i];
	l->count = kept;
	return 0;
}

static struct section
section_of(const struct line *line, struct span *rest)
{
	const struct marker *m = &line->marker;
	size_t stop = span_find(m->rest, SPAN("。"), 0);
	struct section s = {.level = m->level, .ordinal = m->ordinal, .heading = m->rest,
	    .parent = SIZE_MAX};

	*rest = (struct span){NULL, 0};
	if (stop != SIZE_MAX) {
		s.heading = text_trim(span_cut(m->rest, 0, stop));
		*rest = text_trim(span_cut(m->rest, stop + SPAN("。").n, m->rest.n));
		s.inline_text = rest->n > 0;
	}
	if (s.level == 1)
		s.role = meaning_role(s.heading);
	return s;
}

static size_t
parent_of(const struct structure *out, int level)
{
	size_t i = out->section_count;

	while (i > 0 && out->sections[i - 1].level >= level)
		i = out->sections[i - 1].parent == SIZE_MAX ? 0 : out->sections[i - 1].parent + 1;
	return i > 0 ? i - 1 : SIZE_MAX;
}

static bool
is_heading(const struct line *line)
{
	return line->kind == LINE_BODY && line->marker.level > 0;
}

static int
own_text(struct section *s, struct arena *a, const struct lines *l, struct span rest, size_t from)
{
	size_t to = from;

	while (to < l->count && l->items[to].kind == LINE_BODY && l->items[to].marker.level == 0)
		to++;
	s->text = structure_join(a, rest, l, from, to);
	if (s->text.p == NULL && (rest.n > 0 || to > from))
		return -1;
	s->enumerations = marker_enumerations(s->text);
	return 0;
}

int
structure_sections(struct structure *out, struct arena *a, const struct lines *l)
{
	size_t count = 0, first = l->count, to = l->begin;

	for (size_t i = l->begin; i < l->count; i++)
		if (is_heading(&l->items[i]) && count++ == 0)
			first = i;
	if (count == 0)
		return 0;
	if (count > SECTIONS_MAX)
		count = SECTIONS_MAX;
	if ((out->sections = arena_array(a, count, sizeof(*out->sections))) == NULL)
		return -1;
	while (to < first && l->items[to].kind == LINE_BODY)
		to++;
	out->preamble = structure_join(a, (struct span){NULL, 0}, l, l->begin, to);
	if (out->preamble.p == NULL && to > l->begin)
		return -1;
	for (size_t i = first; i < l->count && out->section_count < count; i++) {
		struct section s;
		struct span rest;

		if (!is_heading(&l->items[i]))
			continue;
		s = section_of(&l->items[i], &rest);
		s.parent = parent_of(out, s.level);
		if (own_text(&s, a, l, rest, i + 1) == -1)
			return -1;
		out->sections[out->section_count++] = s;
	}
	return 0;
}
