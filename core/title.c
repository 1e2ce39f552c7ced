/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "chrome.h"
#include "label.h"
#include "marker.h"
#include "organ.h"
#include "tag.h"
#include "title.h"
#include "title_lines.h"
#include "words.h"

#define BEFORE_BODY 25   /* blocks before the article that may be its heading */
#define INSIDE_BODY 6    /* blocks of the article that may be */
#define HEADINGS_MAX 60  /* h1 … looked at elsewhere before the article */
#define HEADED_INSIDE 60 /* blocks of the article that headings may stand in */
#define TITLE_CHARS_MIN 4
#define TITLE_CHARS_MAX 200
#define LINES_MAX 5        /* paragraphs that one title is broken into */
#define NEAR_BLOCKS 15     /* blocks before the article whose form may tell a heading */
#define DATE_CHARS_MAX 40  /* of a line that is a date and a time */
#define NAME_BYTES_MAX 200 /* of a class or id that may tell a title */
#define GOOD_ENOUGH 30     /* score of a heading that needs no other evidence */
#define FAIR 20            /* of one that stands where the title does, if nothing else says one */
#define NEAR 10            /* score of what has nothing for it but its place */

struct search {
	struct arena *a;
	const struct html *h;
	const struct blocks *blocks;
	const struct body *body;
	struct explain *explain;
	struct span article, page, labelled; /* folded */
	struct span best;
	size_t best_block, best_end;
	int best_score;
	int best_said; /* of it: what META, <title> and label give */
	bool full;
};

static bool
is_named_title(const struct html *h, uint32_t node)
{
	static const struct span words[] = {SPAN_INIT("tit") /* le too */, SPAN_INIT("biaoti"),
	    SPAN_INIT("headline"), SPAN_INIT("theme")};
	const struct html_node *n = &h->nodes[node];
	struct span names[3] = {html_attr(h, node, "class"), html_attr(h, node, "id"),
	    n->tag == 0 || n->tag == TAG_TITLE ? n->name : SPAN("")}; /* <biaoti>; others mean what HTML says */

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (names[i].n < NAME_BYTES_MAX &&
			    span_find_ci(names[i], words[k], 0) != SIZE_MAX)
				return true;
	return span_eq_ci(names[0], SPAN("bt")) || span_eq_ci(names[1], SPAN("bt"));
}

/* The element whose whole text is the title: a heading or something named so, else the block. */
static uint32_t
element_of(const struct search *s, const struct block *b, bool *named)
{
	const struct html *h = s->h;
	uint32_t i = h->nodes[b->first].parent, pick = b->node;

	*named = false;
	for (int up = 0; up < 5 && i != 0; up++, i = h->nodes[i].parent) {
		unsigned props = tag_props(h->nodes[i].tag);

		if (h->nodes[i].tag == TAG_BODY || h->nodes[i].tag == TAG_TABLE)
			break;
		if ((props & TAG_HEADING) != 0)
			return i;
		if (!*named && is_named_title(h, i)) {
			*named = true;
			pick = i;
		}
	}
	return pick;
}

static int
score_meta(const struct search *s, struct span f)
{
	size_t chars = text_length(f);
	int score = 0;

	if (s->article.n > 0 && span_eq(f, s->article))
		score += 100;
	else if (s->article.n > 0 && span_starts(f, s->article))
		score += 80;
	else if (s->article.n > 0 && span_starts(s->article, f) &&
	    (chars >= 10 || f.n * 10 >= s->article.n * 6))
		score += 60;
	if (s->labelled.n > 0 && span_eq(f, s->labelled))
		score += 80;
	if (s->page.n > 0 && chars >= 6 && span_starts(s->page, f))
		score += 50;
	else if (s->page.n > 0 && chars >= 10 && span_find(s->page, f, 0) != SIZE_MAX)
		score += 40;
	return score;
}

/* A line below a title that says when or whence: 来源：甲县网, 2024-01-02. */
static bool
is_info(const struct block *b)
{
	size_t from, to;

	if (label_opens(b->text))
		return true;
	return b->chars <= DATE_CHARS_MAX && b->chars >= 8 &&
	    cn_date_find(b->text, 0, &from, &to).precision >= CN_DAY &&
	    text_length(span_cut(b->text, 0, from)) <= 2;
}

/* Not a number or a date of the metadata block. */
static bool
has_words(struct span text)
{
	size_t han = 0;

	for (size_t at = 0; at < text.n && han < TITLE_CHARS_MIN;)
		han += text_is_han(text_next(text, &at));
	return han >= TITLE_CHARS_MIN;
}

/* How a line near the article's begin reads, whatever its markup: old pages have but font tags. */
static int
score_form(const struct search *s, size_t k, size_t end, struct span text)
{
	const struct blocks *b = s->blocks;
	int score = 0;

	if (k + NEAR_BLOCKS < s->body->begin || k >= s->body->begin + INSIDE_BODY ||
	    !has_words(text) || is_info(&b->items[k]))
		return 0;
	if (title_reads(text) && marker_parse(text).level == 0)
		score += 15;
	if (end + 1 < b->count && b->items[end].heading && b->items[k].heading)
		end++; /* a subtitle */
	if (end < b->count && end <= s->body->begin + INSIDE_BODY && !organ_is(text) &&
	    is_info(&b->items[end]) && (k < s->body->begin || label_opens(b->items[end].text)))
		score += 15; /* a bare date within the article is a signature's */
	return score;
}

static int
score_place(const struct search *s, const struct block *b, size_t k, uint32_t node, bool named)
{
	unsigned tag = s->h->nodes[node].tag;
	size_t away = k < s->body->begin ? s->body->begin - k : 0;
	int score = 0;

	if (tag >= TAG_H1 && tag <= TAG_H6)
		score += (int[]){30, 25, 20, 10, 5, 5}[tag - TAG_H1];
	if (named)
		score += 20;
	if (k < s->body->begin && away < 20)
		score += NEAR - (int)away / 2;
	if (b->link_chars * 2 > b->chars)
		score -= 40;
	return score;
}

/* One behind the last block of the element that is the title's: what tells of it is none. */
static size_t
end_in(const struct search *s, uint32_t node, size_t k)
{
	const struct block *items = s->blocks->items;
	size_t end = k + 1;

	while (end < s->blocks->count && end < k + LINES_MAX &&
	    items[end].first < s->h->nodes[node].end && !is_info(&items[end]) &&
	    items[end].heading == items[k].heading && !chrome_is(items[end].text))
		end++;
	return end;
}

static struct span
spaced(struct arena *a, struct span first, struct span second)
{
	char *p = arena_raw(a, first.n + 1 + second.n);

	if (p == NULL)
		return (struct span){NULL, 0};
	memcpy(p, first.p, first.n);
	p[first.n] = ' ';
	memcpy(p + first.n + 1, second.p, second.n);
	return (struct span){p, first.n + 1 + second.n};
}

static struct span
joined(const struct search *s, size_t from, size_t to)
{
	struct span text = s->blocks->items[from].text;

	for (size_t i = from + 1; i < to && text.p != NULL; i++)
		text = spaced(s->a, text, s->blocks->items[i].text);
	return text;
}

/* What the title's element shows; the block alone where that is more than a title. */
static struct span
text_of(const struct search *s, uint32_t node, size_t k, size_t *end)
{
	const struct block *b = &s->blocks->items[k];
	struct span text;

	*end = k + 1;
	if (s->h->nodes[node].hidden || !html_is_small(s->h, node, TITLE_MAX))
		return b->text;
	*end = end_in(s, node, k);
	if (*end < k + LINES_MAX) {
		text = joined(s, k, *end);
		if (text.n <= (size_t)3 * TITLE_CHARS_MAX)
			return text;
	}
	*end = k + 1;
	return b->text;
}

/* Two paragraphs of the same form, one below the other. */
static bool
is_alike(const struct html *h, const struct block *x, const struct block *y)
{
	if (x->node == y->node)
		return true;
	return h->nodes[x->node].parent == h->nodes[y->node].parent &&
	    h->nodes[x->node].tag == h->nodes[y->node].tag &&
	    span_eq(html_attr(h, x->node, "class"), html_attr(h, y->node, "class"));
}

static bool
is_told(struct search *s, struct span text)
{
	struct span folded = text_fold_title(s->a, text);

	return folded.n > 0 && (span_starts(s->article, folded) || span_starts(s->page, folded));
}

static bool
is_article_title(struct search *s, struct span text)
{
	return s->article.n > 0 && span_eq(text_fold_title(s->a, text), s->article);
}

/* A title broken over paragraphs: those below that it goes on with, as <title> and META say or as
 * titles are made.  Several issuers may stand above 关于…. */
static struct span
whole_of(struct search *s, struct span text, size_t k, size_t *end)
{
	const struct block *items = s->blocks->items;
	struct span whole = text;

	for (size_t i = *end; i < s->blocks->count && i < k + LINES_MAX; i++) {
		struct span last = items[i - 1].text, next = items[i].text;
		bool issuers = organ_is(last) && organ_is(next);

		if (!is_alike(s->h, &items[i - 1], &items[i]) || is_info(&items[i]) ||
		    next.n > (size_t)3 * TITLE_CHARS_MAX)
			break;
		text = spaced(s->a, text, next);
		if (text.p == NULL)
			break;
		if (title_goes_on(last, next) || is_told(s, text)) {
			whole = text;
			*end = i + 1;
		} else if (!issuers) {
			break;
		}
	}
	return whole;
}

/* A candidate that could have been the heading, and is not. */
static void
lose(const struct search *s, struct span text, int score)
{
	if (score > NEAR && text.n > 0)
		explain_note(s->explain, FIELD_TITLE, false, SPAN("heading"), text,
		    "score %d, another has %d", score, s->best_score);
}

static bool
is_heading_text(const struct search *s, const struct block *b)
{
	const char *why = NULL;

	if (b->chars < TITLE_CHARS_MIN)
		return false;
	if (b->chars > TITLE_CHARS_MAX)
		why = "too long";
	else if (label_opens(b->text))
		why = "it begins with a label";
	else if (cn_date_parse(b->text).precision >= CN_DAY)
		why = "a date";
	if (why != NULL && b->heading)
		explain_note(s->explain, FIELD_TITLE, false, SPAN("heading"), b->text, "%s", why);
	return why == NULL;
}

static void
consider(struct search *s, size_t k)
{
	const struct block *b = &s->blocks->items[k];
	struct span text, folded;
	bool named;
	uint32_t node;
	size_t end;
	int score, said;

	if (!is_heading_text(s, b))
		return;
	node = element_of(s, b, &named);
	if (s->best_score > 0 && k > s->best_block && k < s->best_end)
		return;
	text = whole_of(s, text_of(s, node, k, &end), k, &end);
	if (end > k + 1 && !is_told(s, text) && is_article_title(s, b->text)) {
		text = b->text; /* what stands below it in its element is a subtitle */
		end = k + 1;
	}
	folded = text_fold_title(s->a, text);
	s->full = s->full || text.p == NULL || folded.p == NULL;
	if (s->full || folded.n == 0)
		return;
	said = score_meta(s, folded);
	score = said + score_place(s, b, k, node, named) + score_form(s, k, end, text);
	if (score > s->best_score && !chrome_is(b->text)) { /* asked last: it costs most */
		struct span before = s->best;
		int score_before = s->best_score;

		s->best = text;
		s->best_block = k;
		s->best_end = end;
		s->best_score = score;
		s->best_said = said;
		lose(s, before, score_before);
	} else {
		lose(s, text, score);
	}
}

/* Whether a block not close to the article's begin may still be its heading. */
static bool
is_far_candidate(const struct search *s, size_t k)
{
	bool named;

	return s->blocks->items[k].heading || (k >= s->body->begin &&
	    (element_of(s, &s->blocks->items[k], &named), named));
}

static void
search(struct search *s)
{
	size_t begin = s->body->begin, from = begin > BEFORE_BODY ? begin - BEFORE_BODY : 0;
	size_t headings = 0, k, to = begin + HEADED_INSIDE;

	if (to > s->body->end)
		to = s->body->end;

	for (k = 0; k < from && headings < HEADINGS_MAX && !s->full; k++) {
		if (s->blocks->items[k].heading) {
			headings++;
			consider(s, k);
		}
	}
	for (k = from; k < to && !s->full; k++)
		if (k < begin + INSIDE_BODY || is_far_candidate(s, k))
			consider(s, k);
}

/* "…通知 ( 2024-05-11)": a date in brackets behind a title is none of it. */
static struct span
without_date(struct span s)
{
	size_t from, to;
	struct cn_date d = cn_date_find(s, s.n > 40 ? s.n - 40 : 0, &from, &to);
	struct span head, tail;

	if (d.precision < CN_DAY)
		return s;
	head = text_trim(span_cut(s, 0, from));
	tail = text_trim(span_cut(s, to, s.n));
	if (!span_eq(tail, SPAN(")")) && !span_eq(tail, SPAN("）")))
		return s;
	if (span_ends(head, SPAN("(")))
		head.n -= 1;
	else if (span_ends(head, SPAN("（")))
		head.n -= 3;
	else
		return s;
	return text_trim(head);
}

/* A heading that ends in dots where ArticleTitle goes on. */
static bool
is_cut_short(const struct search *s)
{
	struct span folded;

	if (!span_ends(s->best, SPAN("...")) && !span_ends(s->best, SPAN("…")))
		return false;
	folded = text_fold_title(s->a, s->best);
	return s->article.n > folded.n && span_starts(s->article, folded);
}

/* <title> is often "title_column_site": up to the first such separator. */
static struct span
first_of_page_title(struct span s)
{
	static const struct span cuts[] = {SPAN_INIT("_"), SPAN_INIT("|"), SPAN_INIT(" - "),
	    SPAN_INIT("-"), SPAN_INIT("--"), SPAN_INIT("—")};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		size_t at = span_find(s, cuts[i], 0);

		if (at != SIZE_MAX && at >= 18)
			s = span_cut(s, 0, at);
	}
	return text_trim(s);
}

/* What speaks against the best candidate. A weak one counts where nothing else says a title. */
static const char *
refuse_heading(const struct search *s, const struct title_hints *hints)
{
	if (s->best_score >= GOOD_ENOUGH)
		return is_cut_short(s) ? "cut short, where ArticleTitle goes on" : NULL;
	if (s->best_score < GOOD_ENOUGH / 2)
		return "too weak";
	return hints->labelled.n == 0 && hints->article.n == 0 ? NULL :
	    "weak, and something else says a title";
}

/* One more candidate; the first that has text is the title. */
static void
offer(struct title *out, struct explain *x, struct span where, struct span text)
{
	bool won = out->text.n == 0;

	if (text.n == 0)
		return;
	if (won) {
		out->text = text;
		out->where = where;
	}
	explain_note(x, FIELD_TITLE, won, where, text, "%s",
	    won ? "the first that is given" : "what comes before it is the title");
}

static void
offer_heading(struct title *out, const struct search *s, const struct title_hints *hints)
{
	const char *refused = refuse_heading(s, hints);
	struct span text = without_date(s->best);

	if (text.n > 0)
		explain_note(s->explain, FIELD_TITLE, refused == NULL, SPAN("heading"), text,
		    "%s: score %d, %d by what <title>, META and label say",
		    refused != NULL ? refused : "the best heading", s->best_score, s->best_said);
	if (refused == NULL)
		offer(out, s->explain, SPAN("heading"), text);
}

/* 甲县水利局, 甲县政府网: the name of the site stands in <title> where a script should put more. */
static bool
is_site_name(struct span s, struct span site)
{
	static const struct span sites[] = {SPAN_INIT("门户网站"), SPAN_INIT("政府网站"),
	    SPAN_INIT("政府网"), SPAN_INIT("信息公开网"), SPAN_INIT("政务网"), SPAN_INIT("官网"),
	    SPAN_INIT("官方网站"), SPAN_INIT("公开平台")};

	return (site.n > 0 && span_eq(s, site)) || organ_is(s) ||
	    words_end(s, sites, COUNT_OF(sites));
}

static void
offer_page_title(struct title *out, const struct search *s, const struct title_hints *hints)
{
	struct span text = first_of_page_title(hints->page);

	if (text.n > 0 && is_site_name(text, hints->site))
		explain_note(s->explain, FIELD_TITLE, false, SPAN("title"), text, "a site's name");
	else
		offer(out, s->explain, SPAN("title"), text);
}

static void
choose(struct title *out, const struct search *s, const struct title_hints *hints)
{
	*out = (struct title){.block = SIZE_MAX};
	offer_heading(out, s, hints);
	offer(out, s->explain, SPAN("block"), hints->labelled);
	offer(out, s->explain, SPAN("meta:ArticleTitle"), hints->article);
	offer_page_title(out, s, hints);
	if (s->best_score < GOOD_ENOUGH && (s->best_score < FAIR || !span_eq(out->where, SPAN("heading"))))
		return;
	out->block = s->best_block;
	out->block_end = s->best_end;
}

int
title_find(struct title *out, struct arena *a, const struct html *h, const struct blocks *blocks,
    const struct body *body, const struct title_hints *hints, struct err *err)
{
	struct search s = {.a = a, .h = h, .blocks = blocks, .body = body,
	    .explain = hints->explain};

	s.article = text_fold_title(a, hints->article);
	s.page = text_fold_title(a, hints->page);
	s.labelled = text_fold_title(a, hints->labelled);
	search(&s);
	if (s.full)
		return err_set(err, ERR_REJECT, "too_large",
		    "title: needs more than %zu bytes of memory", a->limit);
	choose(out, &s, hints);
	return 0;
}
