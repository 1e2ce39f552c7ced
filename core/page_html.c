/* SPDX-License-Identifier: MIT */
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#include "attachment.h"
#include "chrome.h"
#include "page_kinds.h"
#include "tag.h"

#define SHOWN_CHARS_MIN 50 /* less, and what scripts would show is looked at too */
#define DATE_BLOCKS 15     /* blocks before the article that may be a bare date */
#define DATE_CHARS_MAX 120
#define NUMBER_BLOCKS 4    /* blocks above the title that may be the document number */
#define NUMBER_CHARS_MAX 40
#define BETWEEN_CHARS_MAX 20 /* of a line between two that tell of the article */

struct sight {
	struct html html;
	struct blocks blocks;
	struct body body;
};

static size_t
chars_of(const struct blocks *blocks)
{
	size_t n = 0;

	for (size_t i = 0; i < blocks->count; i++)
		n += blocks->items[i].chars;
	return n;
}

/* Some templates hide everything and let a script show it. */
static bool
unhide(struct html *h)
{
	bool any = false;

	for (uint32_t i = 0; i < h->count; i++) {
		any = any || h->nodes[i].hidden;
		h->nodes[i].hidden = false;
	}
	return any;
}

static int
look(struct sight *s, struct arena *a, struct span text, const struct extract_input *in, struct err *err)
{
	if (html_parse(&s->html, a, text, err) == -1)
		return -1;
	if (in->step != NULL)
		in->step(in->step_ctx, EXTRACT_PARSED);
	if (html_blocks(&s->blocks, &s->html, a, err) == -1)
		return -1;
	if (chars_of(&s->blocks) < SHOWN_CHARS_MIN && unhide(&s->html) &&
	    html_blocks(&s->blocks, &s->html, a, err) == -1)
		return -1;
	return body_choose(&s->body, a, &s->html, &s->blocks, in->explain, err);
}

/* Nothing but the brackets around a date. */
static bool
is_bracketed(struct span text, size_t from, size_t to)
{
	struct span before = text_trim(span_cut(text, 0, from));
	struct span after = text_trim(span_cut(text, to, text.n));

	return (span_eq(before, SPAN("（")) || span_eq(before, SPAN("("))) &&
	    (span_eq(after, SPAN("）")) || span_eq(after, SPAN(")")));
}

/* Characters behind a date, but for the day of the week and 【字号：大 中 小】. */
static size_t
tail_of(struct span text, size_t to)
{
	struct span tail = text_trim(span_cut(text, to, text.n));

	if (span_starts(tail, SPAN("星期")))
		tail = span_cut(tail, 9, tail.n);
	else if (span_starts(tail, SPAN("周")))
		tail = span_cut(tail, 6, tail.n);
	while (span_ends(tail, SPAN("-")))
		tail.n--;
	return tail.n == 0 || chrome_is(tail) ? 0 : text_length(tail);
}

/* A date that stands alone in a short block, or opens or ends an info line. */
static struct span
date_in(const struct block *b, bool labels, bool before)
{
	const struct span none = {NULL, 0};
	size_t from, to, tail;
	struct cn_date d;

	if (b->chars > DATE_CHARS_MAX || b->chars < 8 || b->link_chars * 2 > b->chars)
		return none;
	d = cn_date_find(b->text, 0, &from, &to);
	if (d.precision < CN_DAY)
		return none;
	if (before && is_bracketed(b->text, from, to))
		return span_cut(b->text, from, to);
	tail = tail_of(b->text, to);
	if (!labels && ((from > 6 && tail > 2) || span_starts(b->text, SPAN("（")) ||
	    span_starts(b->text, SPAN("("))))
		return none; /* in brackets: when the document was adopted */
	/* a sentence that begins with a date is no info line */
	if (tail > 12 && span_find(b->text, SPAN("，"), 0) != SIZE_MAX)
		return none;
	return span_cut(b->text, from, to);
}

static bool
is_all(struct span text, struct span date)
{
	size_t from = (size_t)(date.p - text.p);

	return date.n == text.n || is_bracketed(text, from, from + date.n);
}

/* A bare date that is not the nearest one. */
static void
lose_date(const struct facts *facts, struct span date)
{
	if (date.p != NULL)
		explain_note(facts->explain, FIELD_PUBLISHED, false, SPAN("info:date"), date,
		    "another bare date stands nearer to the title");
}

/* The date that stands nearest to the title; below it is better than above, and in a line of
 * labels better than alone. */
static struct span
bare_date(const struct sight *s, const struct facts *facts)
{
	size_t begin = s->body.begin, from = begin > DATE_BLOCKS ? begin - DATE_BLOCKS : 0;
	size_t title = facts->title.block;
	struct span best = {NULL, 0}, found;
	size_t best_block = SIZE_MAX;
	int best_score = 0;

	if (title < begin && title > from)
		from = title > 3 ? title - 3 : 0;
	for (size_t k = from; k < s->blocks.count && k < begin + 3; k++) {
		const struct block *b = &s->blocks.items[k];
		int score = 1;

		if (k >= begin && b->chars > DATE_CHARS_MAX)
			break;
		if (labels_date(&facts->labels, k) ||
		    (found = date_in(b, labels_stand(&facts->labels, k), k < begin)).p == NULL ||
		    (facts->labels.taken[k] && found.n == b->text.n))
			continue;
		if (k < title && title != SIZE_MAX && span_find(b->text, SPAN("星期"), 0) != SIZE_MAX)
			continue; /* the page's clock */
		score += title != SIZE_MAX && k > title ? 4 : 0;
		score += facts->labels.taken[k] ? 2 : 0;
		lose_date(facts, score > best_score ? best : found);
		if (score > best_score) {
			best = found;
			best_block = k;
			best_score = score;
		}
	}
	if (best_block != SIZE_MAX && (labels_stand(&facts->labels, best_block) ||
	    is_all(s->blocks.items[best_block].text, best)))
		facts->labels.taken[best_block] = true; /* date and labels are all of it: no text */
	return best;
}

/* "…通知 ( 2024-05-11)" as one heading. */
static struct span
date_in_title(const struct sight *s, const struct title *title)
{
	const struct span none = {NULL, 0};
	struct span text;
	size_t from, to;

	if (title->block == SIZE_MAX)
		return none;
	text = s->blocks.items[title->block_end - 1].text;
	if (text.n > (size_t)4 * DATE_CHARS_MAX)
		return none;
	if (cn_date_find(text, text.n > 30 ? text.n - 30 : 0, &from, &to).precision < CN_DAY ||
	    text.n - to > 4)
		return none;
	return span_cut(text, from, to);
}

/* A document's own number, as a line of its own, without the brackets around it; else absent. */
static struct span
number_in(struct arena *a, const struct block *b)
{
	const struct span none = {NULL, 0};
	struct number n = {0};
	struct span text = b->text;
	enum label_field field;

	if (b->chars > NUMBER_CHARS_MAX || b->link_chars > 0 ||
	    span_find(text, SPAN("号"), 0) == SIZE_MAX || label_match(text, &field) > 0)
		return none;
	if (span_starts(text, SPAN("（")) && span_ends(text, SPAN("）")))
		text = span_cut(text, 3, text.n - 3);
	else if (span_starts(text, SPAN("(")) && span_ends(text, SPAN(")")))
		text = span_cut(text, 1, text.n - 1);
	return document_number_parse(&n, a, text) == 0 && document_number_is_own(&n) ? text : none;
}

/* The number that stands between title and article, or close above the title; absent: none. */
static struct span
bare_number(const struct sight *s, const struct facts *facts, struct arena *a)
{
	size_t title = facts->title.block, end = s->body.begin, from;
	struct span found = {NULL, 0};

	if (title == SIZE_MAX || title > end)
		title = end;
	if (end - title > DATE_BLOCKS)
		end = title + DATE_BLOCKS;
	from = title > NUMBER_BLOCKS ? title - NUMBER_BLOCKS : 0;
	for (size_t k = from; k < end && found.p == NULL; k++)
		if (!facts->labels.taken[k])
			found = number_in(a, &s->blocks.items[k]);
	return found;
}

static int
find_title(struct facts *facts, struct arena *a, const struct sight *s, struct err *err)
{
	const struct labelled *label = labels_find(&facts->labels, LABEL_TITLE);
	struct title_hints hints = {.article = facts->head.values[HEAD_ARTICLE_TITLE],
	    .page = facts->head.title,
	    .site = facts->head.values[HEAD_SITE_NAME],
	    .explain = facts->explain};

	if (label != NULL)
		hints.labelled = label->value;
	return title_find(&facts->title, a, &s->html, &s->blocks, &s->body, &hints, err);
}

static int
find_labels(struct facts *facts, struct arena *a, const struct sight *s, struct err *err)
{
	return labels_of_html(&facts->labels, a, &s->html, &s->blocks, s->body.begin, s->body.end,
	    err);
}

/* An element that holds the title too holds more than the article: what stands before the
 * title's end is none of it. */
static bool
begin_behind_title(struct sight *s, const struct title *title)
{
	if (title->block == SIZE_MAX || title->block < s->body.begin ||
	    title->block_end >= s->body.end)
		return false;
	s->body.begin = title->block_end;
	return true;
}

/* A few words between date and labels in the article's element tell of it too: who published it,
 * without a label. */
static void
take_between(struct facts *facts, const struct sight *s, struct arena *a)
{
	bool *taken = facts->labels.taken;

	for (size_t k = s->body.begin + 1; k + 1 < s->body.end && k < s->body.begin + 6; k++)
		if (!taken[k] && taken[k - 1] && taken[k + 1] &&
		    s->blocks.items[k].chars <= BETWEEN_CHARS_MAX &&
		    span_find(s->blocks.items[k].text, SPAN("。"), 0) == SIZE_MAX &&
		    number_in(a, &s->blocks.items[k]).p == NULL)
			taken[k] = true;
}

static int
fill(struct facts *facts, struct record *out, struct arena *a, struct sight *s,
    const struct extract_input *in, struct err *err)
{
	struct attachment_hints hints = {.url = in->url, .explain = facts->explain};

	if (head_read(&facts->head, a, &s->html, err) == -1 || find_labels(facts, a, s, err) == -1 ||
	    find_title(facts, a, s, err) == -1)
		return -1;
	if (begin_behind_title(s, &facts->title) && find_labels(facts, a, s, err) == -1)
		return -1;
	facts->bare_date = bare_date(s, facts);
	if (facts->bare_date.p == NULL)
		facts->bare_date = date_in_title(s, &facts->title);
	facts->bare_number = bare_number(s, facts, a);
	take_between(facts, s, a);
	out->method = s->body.method;
	out->confidence = s->body.confidence;
	hints.base = facts->head.base;
	if (attachments_find(&out->attachments, a, &s->html, s->body.node, &hints, err) == -1)
		return -1;
	return body_lines(&facts->article, a, &s->html, &s->blocks, &s->body,
	    facts->labels.taken, err);
}

static int
note_body(struct record *out, struct arena *a, const struct sight *s)
{
	return field_note(out, a, "body", body_where(&s->body, a, &s->html));
}

bool
page_has_tag(struct span text)
{
	for (size_t at = 0; (at = span_find_byte(text, '<', at)) != SIZE_MAX; at++) {
		char c = at + 1 < text.n ? text.p[at + 1] : ' ';

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '!' || c == '/' ||
		    c == '?')
			return true;
	}
	return false;
}

int
page_html(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err)
{
	struct sight s = {0};
	int rc;

	if (look(&s, a, text, in, err) == -1)
		return -1;
	rc = portal_json_scripts(facts, out, a, &s.html, in, err);
	if (rc == 0 && s.blocks.count == 0)
		return err_set(err, ERR_REJECT, "empty", "the page prints no text");
	if (rc == -1 || (rc == 0 && (fill(facts, out, a, &s, in, err) == -1 ||
	    note_body(out, a, &s) == -1)))
		return -1;
	return page_xpaths(facts, out, a, text, in, err);
}
