/* SPDX-License-Identifier: MIT */
#include "number.h"
#include <suoyin/text.h>

struct span
number_fold(struct arena *a, struct span text)
{
	struct span once = text_unescape(a, text), twice, folded;

	twice = once.p == NULL ? once : text_unescape(a, once);
	folded = twice.p == NULL ? twice : text_fold_width(a, twice);
	return folded.p == NULL ? folded : text_trim(folded);
}

/* Behind the word, blanks between its characters ignored; 0: it is not there. */
static size_t
behind_word(struct span text, size_t from, struct span word)
{
	for (size_t at = 0; at < word.n;) {
		uint32_t want = text_next(word, &at), got;

		do {
			if (from >= text.n)
				return 0;
			got = text_next(text, &from);
		} while (text_is_space(got));
		if (got != want)
			return 0;
	}
	return from;
}

static size_t
skip_any(struct span text, size_t at, struct span set)
{
	while (at < text.n) {
		size_t next = at, i = 0;
		uint32_t c = text_next(text, &next);
		bool found = text_is_space(c);

		while (!found && i < set.n)
			found = text_next(set, &i) == c;
		if (!found)
			break;
		at = next;
	}
	return at;
}

/* Behind the first word that the text begins with; the text itself: with none. */
static struct span
behind_label(struct span text, const struct span *words, size_t count)
{
	size_t from = skip_any(text, 0, SPAN("[【〔"));

	for (size_t i = 0; i < count; i++) {
		size_t at = behind_word(text, from, words[i]);

		if (at != 0)
			return text_trim(span_cut(text, skip_any(text, at, SPAN("]】〕:∶")), text.n));
	}
	return text;
}

struct span
number_behind_label(struct span text, const struct span *words, size_t count)
{
	struct span rest = behind_label(text, words, count);

	while (rest.n < text.n) { /* printed twice: what is left must not begin with one */
		text = rest;
		rest = behind_label(text, words, count);
	}
	return text;
}

bool
number_has(const struct number *n, struct span flag)
{
	for (size_t i = 0; i < n->flag_count; i++)
		if (span_eq(n->flags[i], flag))
			return true;
	return false;
}

void
number_flag(struct number *n, struct span flag)
{
	if (!number_has(n, flag) && n->flag_count < sizeof(n->flags) / sizeof(n->flags[0]))
		n->flags[n->flag_count++] = flag;
}
