/* SPDX-License-Identifier: MIT */
/*
 * Labelled values: of lines of text, and of pages.
 *
 * An input is a page, maybe behind "#TR" (fuzz.h); with an R of a to z it is lines of text.
 */
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "../../core/body.h"
#include "../../core/label_line.h"
#include "fuzz.h"

/* Hits follow one another; each begins with its label, and has a value between it and the next. */
static void
check_line(struct span text, bool bare)
{
	struct label_line line = {.text = text};
	struct label_hit hits[LABEL_HITS_MAX];
	size_t count = label_hits(hits, &line, bare);

	must(count <= LABEL_HITS_MAX, "more labels in a line than there is room");
	for (size_t i = 0; i < count; i++) {
		const struct label_hit *hit = &hits[i];
		size_t end = i + 1 < count ? hits[i + 1].begin : text.n;
		struct span value = label_value(&line, hits, count, i);
		enum label_field field = LABEL_OTHER;
		size_t n = label_match(span_cut(text, hit->begin, text.n), &field);

		must(n > 0 && hit->begin + n == hit->name_end && field == hit->field,
		    "a label is no label alone");
		must(hit->name_end <= hit->value && hit->value <= end, "labels are out of order");
		must(fuzz_inside(value, span_cut(text, hit->value, end)), "a value is elsewhere");
		must(text_is_utf8(value), "a value cuts a character");
	}
}

static void
check_labels(struct buf *out, const struct labels *l, size_t lines)
{
	must(l->count <= METADATA_MAX, "too many labels");
	for (size_t i = 0; i < l->count; i++) {
		const struct labelled *item = &l->items[i];
		const struct labelled *best = labels_find(l, item->field);

		must(item->line < lines && item->field != LABEL_CHROME, "a label is none of the page");
		must(item->name.n > 0 && item->value.p != NULL, "a label has no name or no value");
		must(text_is_utf8(item->name) && text_is_utf8(item->value), "a label is no text");
		must(best == NULL ? label_is_placeholder(item->value)
				  : best->field == item->field && !label_is_placeholder(best->value),
		    "a field's value is another's, or none");
		fuzz_tell(out, item->name);
		fuzz_tell(out, item->value);
	}
}

/* Each name stands once, with the first of its values that is not empty. */
static int
check_pairs(struct arena *a, const struct labels *l)
{
	struct pairs pairs;

	if (labels_to_pairs(&pairs, a, l) == -1)
		return -1;
	must(pairs.count <= l->count, "there are more pairs than labels");
	for (size_t i = 0; i < pairs.count; i++) {
		size_t first = 0;

		for (size_t k = 0; k < i; k++)
			must(!span_eq(pairs.items[k].name, pairs.items[i].name), "a name twice");
		while (first < l->count && (!span_eq(l->items[first].name, pairs.items[i].name) ||
		    (l->items[first].value.n == 0 && pairs.items[i].value.n > 0)))
			first++;
		must(first < l->count && span_eq(l->items[first].value, pairs.items[i].value),
		    "a pair's value is not the first");
	}
	return 0;
}

static int
labels_of_page(struct labels *l, struct arena *a, struct span text, size_t *count, struct err *err)
{
	struct html h;
	struct blocks blocks;
	struct body body;

	if (html_parse(&h, a, text, err) == -1 || html_blocks(&blocks, &h, a, err) == -1 ||
	    body_choose(&body, a, &h, &blocks, NULL, err) == -1)
		return -1;
	*count = blocks.count;
	return labels_of_html(l, a, &h, &blocks, body.begin, body.end, err);
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	struct fuzz_pick pick = fuzz_pick(&input);
	bool plain = pick.rules >= 'a' && pick.rules <= 'z';
	struct span text, *lines;
	struct charset how;
	struct labels l;
	size_t count;

	if (charset_decode(fuzz_kit(), &how, &text, a, input, span_of(pick.content_type), err) == -1)
		return -1;
	if ((lines = fuzz_lines(a, text, &count)) == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the lines");
	for (size_t i = 0; i < count; i++)
		check_line(lines[i], i % 2 == 1);
	if ((plain ? labels_of_lines(&l, a, lines, count, err)
		   : labels_of_page(&l, a, text, &count, err)) == -1)
		return -1;
	check_labels(out, &l, count);
	return check_pairs(a, &l) == -1 ? err_set(err, ERR_REJECT, "too_large", "the pairs") : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
