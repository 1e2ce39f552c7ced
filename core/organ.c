/* SPDX-License-Identifier: MIT */
#include "organ.h"
#include <suoyin/text.h>

#define ORGAN_MIN 3
#define ORGAN_MAX 48
#define PERSON_MAX 14

static bool
is_final(uint32_t c)
{
	const struct span finals =
	    SPAN("局厅部委办院会处署府组室队所站心校学司馆社台庭团行厂中园");
	size_t at = 0;

	while (at < finals.n)
		if (text_next(finals, &at) == c)
			return true;
	return false;
}

struct span
organ_trim(struct span s)
{
	static const struct span seals[] = {SPAN_INIT("（盖章）"), SPAN_INIT("(盖章)"),
	    SPAN_INIT("（印章）"), SPAN_INIT("（公章）"), SPAN_INIT("（章）"), SPAN_INIT("(章)"),
	    SPAN_INIT("(公章)"), SPAN_INIT("(印章)")};

	s = text_trim(s);
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++)
		if (span_ends(s, seals[i]))
			s = text_trim(span_cut(s, 0, s.n - seals[i].n));
	return s;
}

bool
organ_is(struct span s)
{
	size_t n = 0;
	uint32_t last = 0;

	s = organ_trim(s);
	for (size_t at = 0; at < s.n;) {
		uint32_t c = text_next(s, &at);

		if (text_is_space(c) || text_is_zero_width(c))
			continue;
		if (!text_is_han(c) && c != '(' && c != ')' && c != 0xFF08 && c != 0xFF09 &&
		    c != 0x3001)
			return false;
		last = c;
		n++;
	}
	return n >= ORGAN_MIN && n <= ORGAN_MAX && is_final(last);
}

bool
organ_is_person(struct span s)
{
	static const struct span titles[] = {SPAN_INIT("主席"), SPAN_INIT("总理"), SPAN_INIT("省长"),
	    SPAN_INIT("市长"), SPAN_INIT("县长"), SPAN_INIT("区长"), SPAN_INIT("州长"),
	    SPAN_INIT("局长"), SPAN_INIT("厅长"), SPAN_INIT("部长"), SPAN_INIT("主任"),
	    SPAN_INIT("署长"), SPAN_INIT("行长"), SPAN_INIT("院长")};
	size_t n = text_length(s);

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (span_starts(s, titles[i]) && n > 3 && n <= PERSON_MAX) {
			struct span rest = text_trim(span_cut(s, titles[i].n, s.n));
			size_t len = text_length(rest);

			for (size_t at = 0; at < rest.n;) {
				uint32_t c = text_next(rest, &at);

				if (!text_is_han(c) && !text_is_space(c) && c != 0xB7)
					return false;
			}
			return len >= 2;
		}
	return false;
}
