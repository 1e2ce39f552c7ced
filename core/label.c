/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/text.h>

#include "bytes16.h"
#include "label.h"
#include "words.h"

#define LABEL_CHARS_MAX 10 /* code points of the longest label below */

static const struct row {
	struct span name;
	enum label_field field;
} rows[] = {
#define LABEL(name, field) {SPAN_INIT(name), field},
#include "label_names.def"
#undef LABEL
};

#define KEYS ((COUNT_OF(rows) + sizeof(bytes16) - 1) / sizeof(bytes16) * sizeof(bytes16))

/* The last two bytes of each name's first character and of its second, which tell nearly all names apart: sixteen
 * names are compared at once.  What is behind the last name is no such byte. */
static const unsigned char keys[4][KEYS] = {
	{
#define LABEL(name, field) (unsigned char)(name)[1],
#include "label_names.def"
#undef LABEL
	},
	{
#define LABEL(name, field) (unsigned char)(name)[2],
#include "label_names.def"
#undef LABEL
	},
	{
#define LABEL(name, field) (unsigned char)(name)[4],
#include "label_names.def"
#undef LABEL
	},
	{
#define LABEL(name, field) (unsigned char)(name)[5],
#include "label_names.def"
#undef LABEL
	},
};

/* Which of the sixteen names from `row` on begin like s, by `count` of its characters. */
static bytes16
alike(size_t row, struct span s, size_t count)
{
	bytes16 same = (bytes16)(bytes16_load(keys[0] + row) == (unsigned char)s.p[1]) &
	    (bytes16)(bytes16_load(keys[1] + row) == (unsigned char)s.p[2]);

	if (count > 1)
		same &= (bytes16)(bytes16_load(keys[2] + row) == (unsigned char)s.p[4]) &
		    (bytes16)(bytes16_load(keys[3] + row) == (unsigned char)s.p[5]);
	return same;
}

/* The longest label that the text begins with, or NULL. */
static const struct row *
row_of(struct span folded)
{
	const struct row *best = NULL;

	for (size_t from = 0; from < KEYS && folded.n >= 6; from += sizeof(bytes16)) {
		if (!bytes16_any(alike(from, folded, 2)))
			continue;
		for (size_t i = from; i < COUNT_OF(rows) && i < from + sizeof(bytes16); i++)
			if (span_starts(folded, rows[i].name) && (best == NULL || rows[i].name.n > best->name.n))
				best = &rows[i];
	}
	return best;
}

/* Most text is refused at its first character. */
static bool
may_begin(struct span s)
{
	bytes16 any = {0};

	for (size_t from = 0; from < KEYS && s.n >= 3; from += sizeof(bytes16))
		any |= alike(from, s, 1);
	return bytes16_any(any);
}

struct span
label_nth(size_t i)
{
	return i < COUNT_OF(rows) ? rows[i].name : (struct span){NULL, 0};
}

size_t
label_match(struct span s, enum label_field *field)
{
	char folded[LABEL_CHARS_MAX * 4];
	size_t ends[LABEL_CHARS_MAX], lengths[LABEL_CHARS_MAX], n = 0, used = 0;
	const struct row *row;

	if (!may_begin(s))
		return 0;
	for (size_t at = 0; at < s.n && n < LABEL_CHARS_MAX;) {
		size_t begin = at;
		uint32_t c = text_next(s, &at);

		if (text_is_space(c) || text_is_zero_width(c) || c == '/' || c == 0xFF0F)
			continue; /* 备注/文号 is one label */
		if (!text_is_han(c))
			break;
		memcpy(folded + used, s.p + begin, at - begin);
		used += at - begin;
		ends[n] = at;
		lengths[n++] = used;
	}
	row = row_of((struct span){folded, used});
	for (size_t i = 0; i < n && row != NULL; i++) {
		if (lengths[i] == row->name.n) {
			*field = row->field;
			return ends[i];
		}
	}
	return 0;
}

bool
label_is_date(enum label_field field)
{
	return field == LABEL_PUBLISHED || field == LABEL_DATED || field == LABEL_ISSUED ||
	    field == LABEL_ENTERED || field == LABEL_SIGNED;
}

bool
label_is_placeholder(struct span v)
{
	static const struct span words[] = {SPAN_INIT("无"), SPAN_INIT("无文号"),
	    SPAN_INIT("暂无"), SPAN_INIT("号"), SPAN_INIT("空"), SPAN_INIT("null"),
	    SPAN_INIT("undefined"), SPAN_INIT("无索引号")};

	v = text_trim(v);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq(v, words[i]))
			return true;
	for (size_t at = 0; at < v.n;) { /* dashes, slashes, dots and blanks alone */
		uint32_t c = text_next(v, &at);

		if (!text_is_space(c) && c != '-' && c != '/' && c != '.' && c != '*' &&
		    c != '_' && c != 0x3002 && !(c >= 0x2010 && c <= 0x2015) && c != '|')
			return false;
	}
	return true;
}

const struct labelled *
labels_next(const struct labels *l, enum label_field field, const struct labelled *after)
{
	bool block = after == NULL || after->block;
	size_t i = after == NULL ? 0 : (size_t)(after - l->items) + 1;

	for (int pass = block ? 0 : 1; pass < 2; pass++, i = 0)
		for (; i < l->count; i++)
			if (l->items[i].field == field && l->items[i].block == (pass == 0))
				return &l->items[i];
	return NULL;
}

const struct labelled *
labels_find(const struct labels *l, enum label_field field)
{
	const struct labelled *item = labels_next(l, field, NULL);

	while (item != NULL && label_is_placeholder(item->value))
		item = labels_next(l, field, item);
	return item;
}

bool
labels_stand(const struct labels *l, size_t line)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].line == line)
			return true;
	return l->taken[line];
}

bool
labels_date(const struct labels *l, size_t line)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].line == line && l->items[i].value.n > 0 &&
		    label_is_date(l->items[i].field))
			return true;
	return false;
}

static struct pair *
pair_named(struct pairs *pairs, struct span name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (span_eq(pairs->items[i].name, name))
			return &pairs->items[i];
	return NULL;
}

int
labels_to_pairs(struct pairs *out, struct arena *a, const struct labels *l)
{
	struct pairs pairs = {arena_array(a, l->count + 1, sizeof(struct pair)), 0};

	if (pairs.items == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		const struct labelled *item = &l->items[i];
		struct pair *pair;

		if (item->field == LABEL_CHROME)
			continue;
		if ((pair = pair_named(&pairs, item->name)) == NULL) {
			pair = &pairs.items[pairs.count++];
			*pair = (struct pair){item->name, item->value};
		} else if (pair->value.n == 0) {
			pair->value = item->value;
		}
	}
	*out = pairs;
	return 0;
}
