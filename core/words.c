/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "words.h"

bool
words_has(struct span s, struct span word)
{
	return span_find(s, word, 0) != SIZE_MAX;
}

bool
words_has_stop(struct span s)
{
	return words_has(s, SPAN("。")) || words_has(s, SPAN("；")) || words_has(s, SPAN("！"));
}

/* The third byte of a Chinese word tells most of them apart; 0: s has none. */
static char
third_of(struct span s)
{
	return s.n >= 3 ? s.p[2] : '\0';
}

/* Whether s begins with the word. */
static bool
begins(struct span s, char third, struct span word)
{
	return (word.n < 3 || word.p[2] == third) && span_starts(s, word);
}

struct span
words_find(struct span s, const struct span *list, size_t count)
{
	size_t best = count;

	for (size_t at = 0; at < s.n; (void)text_next(s, &at)) {
		struct span rest = {s.p + at, s.n - at};
		char third = third_of(rest);

		for (size_t i = 0; i < best; i++)
			if (begins(rest, third, list[i]))
				best = i;
	}
	return best < count ? list[best] : (struct span){NULL, 0};
}

bool
words_any(struct span s, const struct span *list, size_t count)
{
	return words_find(s, list, count).p != NULL;
}

struct span
words_first(struct span s, const struct span *list, size_t count)
{
	char third = third_of(s);

	for (size_t i = 0; i < count; i++)
		if (begins(s, third, list[i]))
			return list[i];
	return (struct span){NULL, 0};
}

/* The last byte of the first character: in Chinese it tells most apart. */
static size_t
bucket(struct span s)
{
	size_t end = 0;

	(void)text_next(s, &end);
	return (unsigned char)s.p[end - 1];
}

void
words_index(struct words_index *index, const struct span *list, size_t count)
{
	*index = (struct words_index){.list = list};
	for (size_t i = count; i-- > 0;) {
		size_t b = bucket(list[i]);

		index->next[i] = index->first[b];
		index->first[b] = (unsigned char)(i + 1);
	}
}

/* The number of the first word that s, which is not empty, begins with; 0: none. */
static size_t
number_of(const struct words_index *index, struct span s)
{
	size_t i = index->first[bucket(s)];

	while (i > 0 && !span_starts(s, index->list[i - 1]))
		i = index->next[i - 1];
	return i;
}

static struct span
numbered(const struct words_index *index, size_t i)
{
	return i > 0 ? index->list[i - 1] : (struct span){NULL, 0};
}

struct span
words_first_of(const struct words_index *index, struct span s)
{
	return numbered(index, s.n == 0 ? 0 : number_of(index, s));
}

struct span
words_find_of(const struct words_index *index, struct span s)
{
	size_t best = 0;

	for (size_t at = 0; at < s.n; (void)text_next(s, &at)) {
		size_t i = number_of(index, (struct span){s.p + at, s.n - at});

		if (i > 0 && (best == 0 || i < best))
			best = i;
	}
	return numbered(index, best);
}

struct span
words_last(struct span s, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_ends(s, list[i]))
			return list[i];
	return (struct span){NULL, 0};
}

bool
words_begin(struct span s, const struct span *list, size_t count)
{
	return words_first(s, list, count).p != NULL;
}

bool
words_end(struct span s, const struct span *list, size_t count)
{
	return words_last(s, list, count).p != NULL;
}

struct span
words_without_note(struct span title)
{
	struct span t = title;

	if (!span_ends(t, SPAN("）")) && !span_ends(t, SPAN(")")))
		return title;
	while (t.n > 0) {
		struct span last = text_last(t, 1);

		t.n -= last.n;
		if (span_eq(last, SPAN("（")) || span_eq(last, SPAN("(")))
			return text_trim(t);
	}
	return title;
}
