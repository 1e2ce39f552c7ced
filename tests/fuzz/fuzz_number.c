/* SPDX-License-Identifier: MIT */
/*
 * Index numbers and document numbers: a normal form is its own normal form.
 *
 * An input is text, read as a value of each kind and as running text.
 */
#include <stdio.h>
#include <string.h>
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#include "../../core/number.h"
#include "fuzz.h"

/* One kind of number. */
struct kind {
	int (*parse)(struct number *out, struct arena *a, struct span text);
	bool (*usable)(const struct number *n);
	const char *classes; /* between blanks */
};

static const struct kind kinds[] = {
	{index_number_parse, index_number_usable,
	    " org9 org9+zero_prefix uscc uscc+zero_prefix prefix_year_serial"
	    " prefix_year_serial+zero_prefix prefix_serial prefix_serial+zero_prefix dashed other"
	    " partial suspect absent "},
	{document_number_parse, document_number_usable,
	    " canonical order announcement suspect absent "},
};

static int
full(struct err *err)
{
	return err_set(err, ERR_REJECT, "too_large", "number: the arena is full");
}

static void
check(const struct kind *kind, const struct number *n, struct span text)
{
	char word[64];

	(void)snprintf(word, sizeof(word), " %.*s ", SPAN_ARG(n->class_));
	must(strstr(kind->classes, word) != NULL, "a class is none of those known");
	must(fuzz_inside(n->raw, text), "the raw form is not in the text");
	must((n->normalized.p == NULL) == span_eq(n->class_, SPAN("absent")),
	    "a placeholder has a normal form, or a number has none");
	must(!kind->usable(n) || (n->normalized.n > 0 && n->normalized.n <= NUMBER_MAX),
	    "a key is too short or too long");
	must(n->flag_count <= sizeof(n->flags) / sizeof(n->flags[0]), "too many flags");
}

static int
check_value(struct buf *out, struct arena *a, const struct kind *kind, struct span text)
{
	struct number n, again, spaced;
	struct span wide = arena_fmt(a, "\t %.*s　\n", SPAN_ARG(text));

	if (wide.p == NULL || kind->parse(&n, a, text) == -1)
		return -1;
	check(kind, &n, text);
	fuzz_tell(out, n.class_);
	fuzz_tell(out, n.normalized);
	if (n.normalized.p == NULL)
		return 0;
	if (kind->parse(&again, a, n.normalized) == -1 || kind->parse(&spaced, a, wide) == -1)
		return -1;
	must(!kind->usable(&n) || span_eq(again.normalized, n.normalized),
	    "a key's normal form is another");
	must(!kind->usable(&n) || span_eq(again.class_, n.class_), "a key's class changes");
	must(text.n > 4096 || span_eq(spaced.normalized, n.normalized),
	    "white space around a number changes it");
	return 0;
}

/* A document number is the same one in brackets of another kind, and spaced out. */
static int
check_brackets(struct arena *a, const struct number *n)
{
	size_t open = span_find(n->normalized, SPAN("〔"), 0);
	struct span mark = span_cut(n->normalized, 0, open), other;
	struct number again;

	if (!span_eq(n->class_, SPAN("canonical")))
		return 0;
	must(open != SIZE_MAX, "a canonical number has no bracket");
	other = span_cut(n->normalized, open + 3, open + 3 + 4);
	other = arena_fmt(a, "%.*s [ %.*s ]%s", SPAN_ARG(mark), SPAN_ARG(other),
	    n->normalized.p + open + 3 + 4 + 3);
	if (other.p == NULL || document_number_parse(&again, a, other) == -1)
		return -1;
	must(span_eq(again.normalized, n->normalized), "other brackets make another number");
	return 0;
}

static int
check_running(struct buf *out, struct arena *a, struct span text)
{
	struct number n;
	size_t at = 0, before = 0;
	int r;

	while ((r = document_number_scan(&n, a, text, &at)) == 1) {
		must(at > before && at <= text.n, "a document number is out of order");
		must(fuzz_inside(n.raw, span_cut(text, before, at)), "a number is elsewhere");
		check(&kinds[1], &n, text);
		if (check_value(out, a, &kinds[1], n.raw) == -1 || check_brackets(a, &n) == -1)
			return -1;
		before = at;
	}
	return r;
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	if (!text_is_utf8(input) || span_find_byte(input, 0, 0) != SIZE_MAX) /* charset_decode() */
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (check_value(out, a, &kinds[i], input) == -1)
			return full(err);
	return check_running(out, a, input) == -1 ? full(err) : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
