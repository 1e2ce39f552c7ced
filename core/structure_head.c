/* SPDX-License-Identifier: MIT */
#include "organ.h"
#include "structure_parts.h"
#include "title_lines.h"
#include "words.h"
#include <suoyin/document_number.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define HEAD_MAX 24           /* lines that letterhead, number, title, addressee take at most */
#define TITLE_LINES_MAX 5     /* lines that one title is broken into */
#define TITLE_CHARS_MAX 160   /* a longer line is text */
#define TITLE_CHARS_MIN 5
#define TEXT_CHARS_MIN 60     /* a line of this length is text, unless it is the title */
#define ADDRESSEE_CHARS_MAX 300
#define ADDRESSEE_LINES_MAX 6
#define BARE_TITLE_MAX 60
#define AROUND_TITLE 4        /* lines of number, issuer, date beside a title known from elsewhere */


static bool
ends_colon(struct span s)
{
	return span_ends(s, SPAN("：")) || span_ends(s, SPAN(":"));
}

static struct span
cut_last(struct span s)
{
	return text_trim(span_cut(s, 0, s.n - text_last(s, 1).n));
}

/* "label: value" lines that stand above the title where nobody took them off. */
static bool
is_meta(struct span s)
{
	static const struct span labels[] = {SPAN_INIT("索引号"), SPAN_INIT("信息分类"),
	    SPAN_INIT("主题分类"), SPAN_INIT("公开类别"), SPAN_INIT("发布机构"), SPAN_INIT("发文机关"),
	    SPAN_INIT("发文单位"), SPAN_INIT("发布日期"), SPAN_INIT("发布时间"), SPAN_INIT("发文日期"),
	    SPAN_INIT("成文日期"), SPAN_INIT("生成日期"), SPAN_INIT("标题"), SPAN_INIT("名称"),
	    SPAN_INIT("文号"), SPAN_INIT("发文字号"), SPAN_INIT("时效"), SPAN_INIT("有效性"),
	    SPAN_INIT("信息来源"), SPAN_INIT("主题词"), SPAN_INIT("体裁分类"), SPAN_INIT("公文时效")};
	char plain[64];
	size_t n = 0;

	for (size_t at = 0; at < s.n && n + 4 < sizeof(plain);) {
		size_t from = at;
		uint32_t c = text_next(s, &at);

		if (c == ':' || c == 0xFF1A) {
			for (size_t i = 0; i < COUNT_OF(labels); i++)
				if (span_eq((struct span){plain, n}, labels[i]))
					return true;
			return false;
		}
		for (; !text_is_space(c) && from < at; from++)
			plain[n++] = s.p[from];
	}
	return false;
}

/* "甲水规〔2024〕1号 JXFS-2024-0001": behind the number stands but the code that the document is
 * registered by. */
static bool
is_code(struct span s, struct span number, size_t end)
{
	if (number.n == 0 || !span_starts(s, number))
		return false;
	while (end < s.n)
		if (text_is_han(text_next(s, &end)))
			return false;
	return true;
}

static bool
is_number(struct span s, struct arena *a, struct span *raw, bool *full)
{
	struct number n;
	size_t at = 0;

	if (text_is_longer(s, 60))
		return false;
	if (document_number_parse(&n, a, s) == -1) {
		*full = true;
		return false;
	}
	if (span_eq(n.class_, SPAN("canonical")) || span_eq(n.class_, SPAN("order")) ||
	    span_eq(n.class_, SPAN("announcement"))) {
		*raw = n.raw;
		return true;
	}
	if (!document_number_find(&n, a, s, &at) ||
	    (!words_has(s, SPAN("签发人")) && !is_code(s, n.raw, at)))
		return false;
	*raw = n.raw;
	return true;
}

static bool
is_letterhead(struct span s)
{
	struct span file = SPAN("文件");

	if (span_ends(s, file) && organ_is(span_cut(s, 0, s.n - file.n)))
		return true;
	return organ_is(s);
}

/* Running text: nothing of the head follows it. */
static bool
is_text(const struct line *line)
{
	return line->marker.level > 0 || words_has_stop(line->text) || ends_colon(line->text) ||
	    text_is_longer(line->text, TITLE_CHARS_MAX) ||
	    (text_is_longer(line->text, TEXT_CHARS_MIN) && words_has(line->text, SPAN("，")));
}

static struct span
glue(struct arena *a, const struct lines *l, size_t from, size_t to)
{
	struct span s = l->items[from].text;

	for (size_t i = from + 1; i < to && s.p != NULL; i++)
		s = arena_fmt(a, "%.*s %.*s", SPAN_ARG(s), SPAN_ARG(l->items[i].text));
	return s;
}

static void
mark(struct lines *l, size_t from, size_t to, enum line_kind kind)
{
	for (size_t i = from; i < to; i++)
		l->items[i].kind = kind;
}

/* Whether the folded title begins as the line does; folding a whole line costs more. */
static bool
may_open(struct arena *a, struct span line, struct span folded)
{
	struct span first = text_fold_title(a, text_first(line, 1));

	return first.n == 0 || span_starts(folded, first);
}

/* The lines at i that together are the known title; 0: they are not. */
static int
known_at(struct arena *a, const struct lines *l, size_t i, struct span folded, size_t *used)
{
	*used = 0;
	if (!may_open(a, l->items[i].text, folded))
		return 0;
	for (size_t n = 1; n <= TITLE_LINES_MAX && i + n <= l->count; n++) {
		struct span whole = glue(a, l, i, i + n), f;

		if (whole.n > TITLE_MAX)
			return 0;
		if (whole.p == NULL || (f = text_fold_title(a, whole)).p == NULL)
			return -1;
		if (span_eq(f, folded)) {
			*used = n;
			return 0;
		}
		if (!span_starts(folded, f))
			return 0;
	}
	return 0;
}

/* A title behind a paragraph of text is a caption, or mentioned. */
static bool
is_paragraph(struct span s)
{
	return words_has(s, SPAN("。")) && text_is_longer(s, TEXT_CHARS_MIN);
}

static int
find_known(struct structure *out, struct arena *a, struct lines *l)
{
	struct span folded = l->title;
	size_t used;

	for (size_t i = 0; folded.n > 0 && i < l->count && i < HEAD_MAX; i++) {
		if (known_at(a, l, i, folded, &used) == -1)
			return -1;
		if (used == 0 && is_paragraph(l->items[i].text))
			return 0;
		if (used > 0) {
			mark(l, i, i + used, LINE_TITLE);
			out->title = glue(a, l, i, i + used);
			return out->title.p == NULL ? -1 : 0;
		}
	}
	return 0;
}

/* The lines at i, up to the head's end, that read as a title; 0: they do not. */
static int
title_at(struct arena *a, const struct lines *l, size_t i, size_t end, size_t *used)
{
	*used = 0;
	for (size_t n = 1; n <= TITLE_LINES_MAX && i + n <= end; n++) {
		struct span whole = glue(a, l, i, i + n);

		if (whole.p == NULL)
			return -1;
		if (l->items[i + n - 1].kind != LINE_BODY || text_is_longer(whole, TITLE_CHARS_MAX))
			return 0;
		if (title_reads(whole)) {
			*used = n;
			return 0;
		}
	}
	return 0;
}

/* A first line that is no sentence, with text below it. */
static bool
is_bare_title(const struct lines *l, size_t i, size_t end)
{
	struct span s = l->items[i].text;
	size_t n = text_length(s);

	return i == 0 && end == 1 && end < l->count && l->items[i].kind == LINE_BODY &&
	    n >= TITLE_CHARS_MIN && n <= BARE_TITLE_MAX && !is_letterhead(s) &&
	    !words_has(s, SPAN("：")) && !words_has(s, SPAN(":")) && text_length(l->items[1].text) > n;
}

static int
find_title(struct structure *out, struct arena *a, struct lines *l, size_t end)
{
	size_t used = 0;

	for (size_t i = 0; i < end && used == 0; i++) {
		if (l->items[i].kind != LINE_BODY)
			continue;
		if (title_at(a, l, i, end, &used) == -1)
			return -1;
		if (used == 0 && is_bare_title(l, i, end))
			used = 1;
		if (used > 0) {
			out->title = glue(a, l, i, i + used);
			mark(l, i, i + used, LINE_TITLE);
		}
	}
	return used > 0 && out->title.p == NULL ? -1 : 0;
}

/* Words that open the matter, or label it: a line with one of them addresses nobody. */
static bool
addresses(struct span s)
{
	static const struct span words[] = {SPAN_INIT("如下"), SPAN_INIT("以下"), SPAN_INIT("下列"),
	    SPAN_INIT("现将"), SPAN_INIT("根据"), SPAN_INIT("按照"), SPAN_INIT("附件"),
	    SPAN_INIT("通知"), SPAN_INIT("公告"), SPAN_INIT("汇报"), SPAN_INIT("时间"),
	    SPAN_INIT("地点"), SPAN_INIT("日期"), SPAN_INIT("联系"), SPAN_INIT("电话"),
	    SPAN_INIT("来源"), SPAN_INIT("作者"), SPAN_INIT("记者"), SPAN_INIT("为了")};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words_has(s, words[i]))
			return false;
	return !words_has_stop(s) && text_length(s) >= 3 && text_length(s) <= ADDRESSEE_CHARS_MAX;
}

static bool
goes_on(struct span s)
{
	return span_ends(s, SPAN("，")) || span_ends(s, SPAN("、")) || span_ends(s, SPAN(","));
}

static int
find_addressee(struct structure *out, struct arena *a, struct lines *l)
{
	size_t i = l->begin, end = i;

	while (end < l->count && end < i + ADDRESSEE_LINES_MAX && l->items[end].marker.level == 0 &&
	    goes_on(l->items[end].text))
		end++;
	if (end >= l->count || l->items[end].marker.level > 0 || !ends_colon(l->items[end].text))
		return 0;
	for (size_t k = i; k <= end; k++)
		if (!addresses(l->items[k].text))
			return 0;
	out->addressee = glue(a, l, i, end + 1);
	if (out->addressee.p == NULL)
		return -1;
	out->addressee = cut_last(out->addressee);
	mark(l, i, end + 1, LINE_ADDRESSEE);
	l->begin = end + 1;
	return 0;
}

static bool
is_note(struct span s)
{
	return (span_starts(s, SPAN("（")) || span_starts(s, SPAN("("))) &&
	    (span_ends(s, SPAN("）")) || span_ends(s, SPAN(")")));
}

/* Letterhead, numbers and labels above the text. */
static int
mark_head(struct structure *out, struct arena *a, struct lines *l, size_t end)
{
	bool full = false;

	for (size_t i = 0; i < end; i++) {
		struct line *line = &l->items[i];
		bool titled = i + 1 < l->count && span_starts(l->items[i + 1].text, SPAN("关于"));
		struct span raw;

		if (line->kind != LINE_BODY)
			continue;
		if (is_meta(line->text)) {
			line->kind = LINE_META;
		} else if (is_number(line->text, a, &raw, &full)) {
			line->kind = LINE_HEAD;
			if (out->document_number.p == NULL)
				out->document_number = raw;
		} else if ((is_letterhead(line->text) && !titled) || is_note(line->text)) {
			line->kind = LINE_HEAD;
		}
	}
	return full ? -1 : 0;
}

/* A bare date below title or labels is when the page was published. */
static void
mark_dates(struct lines *l, size_t end)
{
	for (size_t i = 1; i < end; i++)
		if (l->items[i].kind == LINE_BODY &&
		    (l->items[i - 1].kind == LINE_TITLE || l->items[i - 1].kind == LINE_META) &&
		    cn_date_parse(l->items[i].text).precision >= CN_DAY)
			l->items[i].kind = LINE_META;
}

/* Where the lines that may belong to the head end. */
static size_t
head_end(const struct lines *l, bool title_known)
{
	size_t end = 0, title = 0;

	while (end < l->count && end < HEAD_MAX &&
	    (l->items[end].kind != LINE_BODY || is_meta(l->items[end].text) ||
		!is_text(&l->items[end])))
		if (l->items[end++].kind == LINE_TITLE)
			title = end;
	if (title_known)
		return end < title + AROUND_TITLE ? end : title + AROUND_TITLE;
	return end == l->count && end > 0 ? 1 : end; /* all lines are short: no text to head */
}

int
structure_head(struct structure *out, struct arena *a, struct lines *l)
{
	size_t end, last = 0;

	if (l->title.n > 0 && find_known(out, a, l) == -1)
		return -1;
	end = head_end(l, l->title.n > 0);
	if (mark_head(out, a, l, end) == -1)
		return -1;
	if (l->title.n == 0 && find_title(out, a, l, end) == -1)
		return -1;
	mark_dates(l, end);
	for (size_t i = 0; i < end; i++)
		if (l->items[i].kind != LINE_BODY)
			last = i + 1;
	l->begin = last;
	return find_addressee(out, a, l);
}
