/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "page_kinds.h"

#define HEAD_CHARS_MAX 60 /* a longer line begins the text: no dates behind it */

int
page_lines(struct lines *out, struct arena *a, struct span text)
{
	if (lines_cut(out, a, text) == -1)
		return -1;
	for (size_t i = 0; i < out->count; i++)
		if ((out->items[i] = text_fold_space(a, out->items[i])).p == NULL)
			return -1;
	return 0;
}

static struct span
bare_date(const struct lines *all, const bool *taken)
{
	for (size_t i = 0; i < all->count; i++) {
		struct span line = all->items[i];

		if (text_length(text_first(line, HEAD_CHARS_MAX + 1)) > HEAD_CHARS_MAX)
			break;
		if (!taken[i] && line.n >= 8 && cn_date_parse(line).precision >= CN_DAY)
			return line;
	}
	return (struct span){NULL, 0};
}

int
page_plain(struct facts *facts, struct record *out, struct arena *a, struct span text,
    struct err *err)
{
	struct lines all = {0};
	const struct labelled *label;

	if (page_lines(&all, a, text) == -1 ||
	    (facts->text.lines.items = arena_array(a, all.count + 1, sizeof(struct span))) == NULL)
		return err_set(err, ERR_REJECT, "too_large",
		    "text: needs more than %zu bytes of memory", a->limit);
	if (labels_of_lines(&facts->labels, a, all.items, all.count, err) == -1)
		return -1;
	for (size_t i = 0; i < all.count; i++)
		if (all.items[i].n > 0 && !facts->labels.taken[i])
			facts->text.lines.items[facts->text.lines.count++] = all.items[i];
	if (facts->text.lines.count == 0 && facts->labels.count == 0)
		return err_set(err, ERR_REJECT, "empty", "there is no text");
	facts->bare_date = bare_date(&all, facts->labels.taken);
	if ((label = labels_find(&facts->labels, LABEL_TITLE)) != NULL)
		facts->title = (struct title){.text = label->value, .where = SPAN("block")};
	explain_note(facts->explain, FIELD_BODY, true, SPAN("text"),
	    facts->text.lines.count > 0 ? facts->text.lines.items[0] : SPAN(""),
	    "plain text: all lines but the labels");
	out->method = SPAN("text");
	out->confidence = 0.9;
	return field_note(out, a, "body", SPAN("text"));
}
