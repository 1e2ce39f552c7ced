/* SPDX-License-Identifier: MIT */
#include "html_open.h"
#include "words.h"

#define KEY_BYTE(name, i) ((uint64_t)((i) < sizeof(name) ? (name)[(i) < sizeof(name) ? (i) : 0] : 0) << 8 * (i))
#define KEY(name) (KEY_BYTE(name, 0) | KEY_BYTE(name, 1) | KEY_BYTE(name, 2) | KEY_BYTE(name, 3) | KEY_BYTE(name, 4) | \
    KEY_BYTE(name, 5))

static const struct leaf {
	struct span name;
	uint64_t key;
} leaves[LEAVES] = {
#define LEAF(leaf, name) [leaf] = {SPAN_INIT(name), KEY(name)}
	LEAF(LEAF_B, "b"), LEAF(LEAF_EM, "em"), LEAF(LEAF_FONT, "font"), LEAF(LEAF_I, "i"), LEAF(LEAF_SPAN, "span"),
	LEAF(LEAF_STRONG, "strong"), LEAF(LEAF_U, "u"), LEAF(LEAF_TD, "td"), LEAF(LEAF_TH, "th"),
#undef LEAF
};

/* A start tag of these opens it, whatever was open before. */
static const uint64_t others[] = {KEY("a"), KEY("div"), KEY("h1"), KEY("h2"), KEY("h3"), KEY("li"), KEY("p"),
    KEY("tr")};

uint64_t
html_name_key(struct span name)
{
	uint64_t key = 0;

	if (name.n > sizeof(key))
		return 0;
	for (size_t i = 0; i < name.n; i++) /* what is no letter has that bit, or no name of ours has it */
		key |= (uint64_t)(unsigned char)(name.p[i] | 0x20) << 8 * i;
	return key;
}

struct span
html_leaf_name(enum html_leaf leaf)
{
	return leaves[leaf].name;
}

enum html_leaf
html_leaf_of(uint64_t name)
{
	for (enum html_leaf i = LEAF_NONE + 1; i < LEAVES; i++)
		if (leaves[i].key == name)
			return i;
	return LEAF_NONE;
}

static bool
is_other(uint64_t name)
{
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i] == name)
			return true;
	return false;
}

static bool
is_cell(enum html_leaf leaf)
{
	return leaf == LEAF_TD || leaf == LEAF_TH;
}

static bool
in_row(const struct html_open *o)
{
	return o->row && o->count == 1;
}

bool
html_open_holds(const struct html_open *o, enum html_leaf leaf)
{
	return o->count > 0 && leaf != LEAF_NONE && is_cell(leaf) == in_row(o);
}

void
html_open_forget(struct html_open *o)
{
	o->count = 0;
	o->row = false;
}

void
html_open_empty(struct html_open *o, uint64_t name)
{
	if (name != KEY("br"))
		html_open_forget(o);
}

void
html_open_start(struct html_open *o, uint64_t name, enum html_leaf leaf)
{
	if (name == KEY("br"))
		return;
	if (leaf == LEAF_NONE || o->count == HTML_OPEN_MAX || is_cell(leaf) != in_row(o))
		html_open_forget(o);
	if (leaf == LEAF_NONE && !is_other(name))
		return;
	o->row = o->row || name == KEY("tr");
	o->elements[o->count++] = leaf;
}

void
html_open_end(struct html_open *o, uint64_t name)
{
	if (o->count > 0 && o->elements[o->count - 1] != LEAF_NONE && leaves[o->elements[o->count - 1]].key == name)
		o->count--;
	else
		html_open_forget(o);
}
