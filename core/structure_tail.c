/* SPDX-License-Identifier: MIT */
#include "cn_number.h"
#include "organ.h"
#include "structure_parts.h"
#include "words.h"
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define SIGNERS_MAX 32     /* organs that sign one document */
#define NAME_CHARS_MIN 4   /* of a name that a single blank ends */
#define DATE_CHARS_MAX 32
#define SIGNED_CHARS_MAX 64 /* organ and date on one line */
#define CLOSING_CHARS_MAX 18
#define IMPRINT_CHARS_MAX 80


static bool
is_closing(struct span s)
{
	static const struct span words[] = {SPAN_INIT("特此"), SPAN_INIT("专此"), SPAN_INIT("此复"),
	    SPAN_INIT("此致"), SPAN_INIT("此函"), SPAN_INIT("以上报告"), SPAN_INIT("妥否"),
	    SPAN_INIT("当否"), SPAN_INIT("以上意见")};

	return words_begin(s, words, COUNT_OF(words)) && !text_is_longer(s, CLOSING_CHARS_MAX);
}

/* What follows 附件 on a line that lists or heads attachments; absent: another line. */
static struct span
behind_attachment(struct span s)
{
	struct span word = SPAN("附件"), rest;
	uint32_t c;
	size_t at = 0;

	if (!span_starts(s, word))
		return (struct span){NULL, 0};
	rest = text_trim(span_cut(s, word.n, s.n));
	if (rest.n == 0)
		return rest;
	c = text_next(rest, &at);
	return c == ':' || c == 0xFF1A || text_is_digit(c) || c == 0x4E00 || c == 0x4E8C ||
	    c == 0x4E09 ? rest : (struct span){NULL, 0};
}

/* "附件：1.…" and the numbered lines below it are a list, not sections. */
static void
mark_attachments(struct lines *l)
{
	for (size_t i = l->begin; i < l->count; i++) {
		struct span rest = behind_attachment(l->items[i].text);
		bool list = span_starts(rest, SPAN("：")) || span_starts(rest, SPAN(":"));

		if (rest.p == NULL)
			continue;
		l->items[i].kind = LINE_END;
		while (list && i + 1 < l->count && l->items[i + 1].marker.level == 3 &&
		    span_find(l->items[i + 1].text, SPAN("。"), 0) == SIZE_MAX)
			l->items[++i].kind = LINE_END;
	}
}

static bool
is_date(struct span s, struct cn_date *d)
{
	if (text_is_longer(s, DATE_CHARS_MAX))
		return false;
	*d = cn_date_parse(s);
	return d->precision == CN_DAY;
}

/* （X局代章）: whose seal stands for the signer's. */
static bool
is_seal_note(struct span s)
{
	return text_length(s) <= SIGNED_CHARS_MAX &&
	    (span_ends(s, SPAN("代章）")) || span_ends(s, SPAN("代章)"))) &&
	    (span_starts(s, SPAN("（")) || span_starts(s, SPAN("(")));
}

static bool
is_signer(const struct line *line)
{
	return line->kind == LINE_BODY && line->marker.level == 0 &&
	    (organ_is(line->text) || organ_is_person(line->text) || is_seal_note(line->text));
}

/* Whether the last character may be a date's, or that of a time behind it. */
static bool
may_end_in_date(struct span s)
{
	static const struct span ends[] = {SPAN_INIT("日"), SPAN_INIT("号"), SPAN_INIT("十"), SPAN_INIT("拾"),
	    SPAN_INIT("廿"), SPAN_INIT("卅"), SPAN_INIT("时"), SPAN_INIT("分"), SPAN_INIT("秒")};
	struct span last = text_last(s, 1);
	size_t at = 0;
	uint32_t c = text_next(last, &at);

	return text_is_digit(c) || cn_digit(c) >= 0 || words_begin(last, ends, COUNT_OF(ends));
}

/* "organ date" on one line: the organ; absent: the line is something else. */
static struct span
organ_before_date(struct span s, struct cn_date *d)
{
	size_t begin, end;
	struct span organ;

	if (!may_end_in_date(s) || text_is_longer(s, SIGNED_CHARS_MAX))
		return (struct span){NULL, 0};
	*d = cn_date_find(s, 0, &begin, &end);
	if (d->precision != CN_DAY || text_trim(span_cut(s, end, s.n)).n > 0)
		return (struct span){NULL, 0};
	organ = text_trim(span_cut(s, 0, begin));
	return organ_is(organ) ? organ_trim(organ) : (struct span){NULL, 0};
}

/* Where the first name of several on one line ends: at a wide gap, or at one blank (HTML folds
 * white space) between two whole names, which one name that is spaced out has not. */
static size_t
name_end(struct span s)
{
	for (size_t gap = 0; gap < s.n; gap++) {
		struct span rest = span_cut(s, gap, s.n);

		if (span_starts(rest, SPAN("  ")) || span_starts(rest, SPAN("　　")) ||
		    s.p[gap] == '\t')
			return gap;
		if (s.p[gap] == ' ' && text_length(span_cut(s, 0, gap)) >= NAME_CHARS_MIN &&
		    organ_is(span_cut(s, 0, gap)) && span_find_byte(s, ' ', 0) == gap &&
		    text_length(rest) > NAME_CHARS_MIN)
			return gap;
	}
	return s.n;
}

/* Names side by side on one line; one name may be spaced out. */
static size_t
split_names(struct span s, struct span *out, size_t room)
{
	size_t n = 0;

	while (s.n > 0 && n < room) {
		size_t end = name_end(s);
		struct span name = organ_trim(span_cut(s, 0, end));

		if (!organ_is(name) || (end < s.n && !organ_is(span_cut(s, end, s.n)))) {
			out[n++] = organ_trim(s);
			break;
		}
		out[n++] = name;
		s = text_trim(span_cut(s, end, s.n));
	}
	return n;
}

static int
sign(struct structure *out, struct arena *a, struct lines *l, size_t from, size_t to,
    struct span extra)
{
	struct span *names = arena_array(a, SIGNERS_MAX, sizeof(*names));
	size_t n = 0;

	if (names == NULL)
		return -1;
	for (size_t i = from; i < to; i++) {
		if (!is_seal_note(l->items[i].text))
			n += split_names(l->items[i].text, names + n, SIGNERS_MAX - n);
		l->items[i].kind = LINE_END;
	}
	if (extra.n > 0 && n < SIGNERS_MAX)
		names[n++] = extra;
	out->signed_by = names;
	out->signed_by_count = n;
	return 0;
}

/* The title once more, below a picture. */
static bool
is_caption(struct arena *a, const struct lines *l, struct span s)
{
	return l->title.n > 0 && s.n <= TITLE_MAX && span_eq(text_fold_title(a, s), l->title);
}

/* The date alone at the very end, when nobody signed. */
static bool
ends_document(struct arena *a, const struct lines *l, size_t i)
{
	for (i++; i < l->count; i++) {
		struct span s = l->items[i].text;

		if (span_find(s, SPAN("印发"), 0) == SIZE_MAX && !span_starts(s, SPAN("（")) &&
		    !span_starts(s, SPAN("抄送")) && behind_attachment(s).p == NULL &&
		    !is_caption(a, l, s))
			return false;
	}
	return true;
}

/* The first organ with a date below or beside it, behind the first text.  *end: behind it. */
static int
find_signature(struct structure *out, struct arena *a, struct lines *l, size_t *end)
{
	for (size_t i = l->begin; i < l->count; i++) {
		struct line *line = &l->items[i];
		struct cn_date d;
		struct span organ;
		size_t from = i;

		if (line->kind != LINE_BODY || line->marker.level > 0)
			continue;
		if (is_date(line->text, &d)) {
			while (from > l->begin + 1 && i - from < SIGNERS_MAX &&
			    is_signer(&l->items[from - 1]))
				from--;
			if (from == i && (i == l->begin || !ends_document(a, l, i)))
				continue;
			organ = (struct span){NULL, 0};
		} else if (i > l->begin && (organ = organ_before_date(line->text, &d)).p != NULL) {
			while (from > l->begin + 1 && i - from < SIGNERS_MAX &&
			    is_signer(&l->items[from - 1]))
				from--;
		} else {
			continue;
		}
		out->signed_on = d;
		line->kind = LINE_END;
		*end = i + 1;
		return sign(out, a, l, from, i, organ);
	}
	*end = l->count;
	return 0;
}

/* An organ alone on the last line signs without a date. */
static int
sign_undated(struct structure *out, struct arena *a, struct lines *l)
{
	size_t last = l->count, from;

	while (last > l->begin && l->items[last - 1].kind == LINE_END)
		last--;
	for (from = last; from > l->begin + 1 && is_signer(&l->items[from - 1]);)
		from--;
	if (from == last || from == l->begin || last - from > 2 ||
	    !span_ends(l->items[from - 1].text, SPAN("。")))
		return 0;
	return sign(out, a, l, from, last, (struct span){NULL, 0});
}

/* "X办公室 2022年12月30日印发", its parts on lines of their own, and who gets copies. */
static void
find_imprint(struct structure *out, struct lines *l, size_t from)
{
	struct span issued = SPAN("印发");

	for (size_t i = from; i < l->count; i++) {
		struct line *line = &l->items[i];
		size_t begin = line->text.n, end, at;
		struct cn_date d;
		struct span organ;

		if (span_starts(line->text, SPAN("抄送")) || span_starts(line->text, SPAN("主题词")) ||
		    span_starts(line->text, SPAN("抄报")) || span_starts(line->text, SPAN("（此件"))) {
			line->kind = LINE_END;
			continue;
		}
		if (out->printed_by.p != NULL || line->kind != LINE_BODY || line->marker.level > 0 ||
		    !span_ends(line->text, issued) || text_is_longer(line->text, IMPRINT_CHARS_MAX))
			continue;
		d = cn_date_find(line->text, 0, &begin, &end);
		at = d.precision == CN_DAY ? begin : line->text.n - issued.n;
		organ = text_trim(span_cut(line->text, 0, at));
		if (organ.n == 0 && i > from && is_signer(&l->items[i - 1])) {
			organ = organ_trim(l->items[i - 1].text);
			l->items[i - 1].kind = LINE_END;
		}
		if (!organ_is(organ))
			continue;
		line->kind = LINE_END;
		out->printed_by = organ_trim(organ);
		if (d.precision != CN_DAY && i + 1 < l->count &&
		    is_date(l->items[i + 1].text, &d))
			l->items[i + 1].kind = LINE_END;
		if (d.precision == CN_DAY)
			out->printed_on = d;
	}
}

int
structure_tail(struct structure *out, struct arena *a, struct lines *l)
{
	size_t end;

	mark_attachments(l);
	if (find_signature(out, a, l, &end) == -1)
		return -1;
	find_imprint(out, l, end < l->count ? end : l->begin);
	for (size_t i = l->begin; i < l->count; i++)
		if (l->items[i].kind == LINE_BODY && is_closing(l->items[i].text))
			l->items[i].kind = LINE_END;
	if (out->signed_by_count == 0 && out->signed_on.precision == CN_NONE)
		return sign_undated(out, a, l);
	return 0;
}
