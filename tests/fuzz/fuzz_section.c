/* SPDX-License-Identifier: MIT */
/*
 * Lines to an official document: what its parts are, and its tree of sections.
 *
 * An input is text in UTF-8: the title in the first line (empty: not known), a paragraph a line.
 */
#include <suoyin/limits.h>
#include <suoyin/structure.h>
#include <suoyin/text.h>

#include "fuzz.h"

/* The part stands in the whole at *at, but for white space before it; *at moves behind it. */
static bool
continues(struct span part, struct span whole, size_t *at)
{
	size_t begin = *at;

	for (size_t next = begin; next < whole.n; begin = next) {
		uint32_t c = text_next(whole, &next);

		if (!text_is_space(c) && !text_is_zero_width(c))
			break;
	}
	if (!span_starts(span_cut(whole, begin, whole.n), part))
		return false;
	*at = part.n == 0 ? *at : begin + part.n;
	return true;
}

/* A section stands in the body behind *at: its ordinal, its heading, maybe a stop, its text. */
static bool
follows(const struct section *s, struct span body, size_t *at)
{
	size_t begin = *at, end;

	while ((begin = span_find(body, s->ordinal, begin)) != SIZE_MAX) {
		end = begin + s->ordinal.n;
		if (continues(s->heading, body, &end) &&
		    (continues(s->text, body, &end) || (continues(SPAN("。"), body, &end) &&
		    continues(s->text, body, &end)))) {
			*at = end;
			return true;
		}
		begin += s->ordinal.n;
	}
	return false;
}

/* A section belongs to one that is open: the last one, or one around that. */
static void
check_parent(const struct section *sections, size_t i)
{
	size_t open = i == 0 ? SIZE_MAX : i - 1, parent = sections[i].parent;

	must(sections[i].level >= 1, "a section has no level");
	must(parent == SIZE_MAX || parent < i, "a parent stands behind its section");
	must(parent == SIZE_MAX || sections[parent].level < sections[i].level,
	    "a section is not below its parent");
	while (open != parent && open != SIZE_MAX) {
		must(sections[open].level >= sections[i].level, "a nearer section would hold it");
		open = sections[open].parent;
	}
	must(open == parent, "a parent is closed already");
}

/* All text of the sections stands in the body, in order. */
static void
check_sections(struct buf *out, const struct structure *s)
{
	size_t at = 0;

	must(s->section_count <= SECTIONS_MAX, "too many sections");
	if (s->preamble.n > 0)
		at = span_find(s->body, s->preamble, 0);
	must(at <= s->body.n, "the preamble is not in the body");
	for (size_t i = 0; i < s->section_count; i++) {
		const struct section *section = &s->sections[i];

		check_parent(s->sections, i);
		must(section->ordinal.n > 0 && follows(section, s->body, &at),
		    "a section is not in the body, or out of order");
		must(!section->inline_text || section->text.n > 0, "no text behind a heading");
		must(text_is_utf8(section->ordinal) && text_is_utf8(section->heading) &&
			text_is_utf8(section->text),
		    "a section cuts a character");
		must(section->role.p == NULL || section->level == 1, "a role below level 1");
		must(section->enumerations >= 0, "fewer than no enumerations");
		(void)buf_add_fmt(out, "%d<%zu ", section->level, section->parent);
		fuzz_tell(out, section->ordinal);
		fuzz_tell(out, section->heading);
		fuzz_tell(out, section->text);
	}
}

static void
check_parts(struct buf *out, const struct structure *s, struct span input)
{
	must(s->noise_count <= NOISE_MAX, "too much noise");
	for (size_t i = 0; i < s->noise_count; i++)
		must(s->noise[i].n > 0 && fuzz_inside(s->noise[i], input), "noise is elsewhere");
	for (size_t i = 0; i < s->signed_by_count; i++) {
		must(s->signed_by[i].n > 0 && text_is_utf8(s->signed_by[i]), "a signer is no text");
		fuzz_tell(out, s->signed_by[i]);
	}
	must(s->signed_on.precision == CN_NONE || s->signed_on.precision == CN_DAY,
	    "a signature's date is no day");
	must(text_is_utf8(s->body) && text_is_utf8(s->addressee) && text_is_utf8(s->title) &&
		text_is_utf8(s->printed_by) && text_is_utf8(s->document_number),
	    "a part is no text");
	fuzz_tell(out, s->title);
	fuzz_tell(out, s->addressee);
	fuzz_tell(out, s->body);
	fuzz_tell(out, s->printed_by);
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	struct span rest = input, title = fuzz_line(&rest), *lines;
	struct structure s;
	size_t count;

	if (!text_is_utf8(input))
		return err_set(err, ERR_REJECT, "no_text", "the lines are no UTF-8");
	if ((lines = fuzz_lines(a, rest, &count)) == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the lines");
	if (structure_parse(&s, a, lines, count, title, err) == -1)
		return -1;
	check_parts(out, &s, input);
	check_sections(out, &s);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
