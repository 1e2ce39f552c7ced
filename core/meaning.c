/* SPDX-License-Identifier: MIT */
#include "meaning_parts.h"
#include "number.h"
#include "organ.h"
#include "words.h"
#include <suoyin/cn_date.h>
#include <suoyin/document_number.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define ROLES_MIN 2        /* parts of a report that tell its kind where the title does not */
#define YEAR_TEXT_MAX 6000 /* bytes of preamble and headings in which the year is looked for */
#define NUMBERS_MAX 5000   /* distinct document numbers kept */


static const struct span law_report = SPAN_INIT(LAW_REPORT);
static const struct span open_report = SPAN_INIT("政府信息公开年度报告");

static size_t
distinct_roles(const struct structure *s)
{
	size_t n = 0;

	for (size_t p = 0; p < PART_COUNT; p++)
		for (size_t i = 0; i < s->section_count; i++)
			if (span_eq(s->sections[i].role, span_of(part_names[p]))) {
				n++;
				break;
			}
	return n;
}

static bool
speaks_of_law(struct span s)
{
	static const struct span words[] = {SPAN_INIT("法治政府"), SPAN_INIT("法治建设"),
	    SPAN_INIT("依法行政"), SPAN_INIT("依法治")};

	return words_any(s, words, COUNT_OF(words));
}

/* Without a title: headings with the parts of a report, and of its matter. */
static bool
is_untitled_report(const struct structure *s)
{
	if (distinct_roles(s) < ROLES_MIN)
		return false;
	for (size_t i = 0; i < s->section_count; i++)
		if (s->sections[i].level == 1 && speaks_of_law(s->sections[i].heading))
			return true;
	return speaks_of_law(s->preamble);
}

static struct span
type_of(const struct structure *s, struct span title, struct span squeezed)
{
	static const struct span notices[] = {SPAN_INIT("公告"), SPAN_INIT("通告"),
	    SPAN_INIT("公示")};
	static const struct span rules[] = {SPAN_INIT("办法"), SPAN_INIT("规定"), SPAN_INIT("细则"),
	    SPAN_INIT("条例"), SPAN_INIT("规则"), SPAN_INIT("意见"), SPAN_INIT("决定"),
	    SPAN_INIT("规范"), SPAN_INIT("准则")};
	static const struct span reports[] = {SPAN_INIT("报告"), SPAN_INIT("总结"), SPAN_INIT("年报"),
	    SPAN_INIT("情况"), SPAN_INIT("汇报")};
	struct span t = words_without_note(squeezed);

	if (span_ends(t, SPAN("通知")))
		return SPAN("通知");
	if (words_has(t, SPAN("信息公开")) && words_end(t, reports, COUNT_OF(reports)))
		return open_report;
	if (speaks_of_law(t) && words_end(t, reports, COUNT_OF(reports)))
		return law_report;
	if (words_end(t, notices, COUNT_OF(notices)))
		return SPAN("公告");
	if (words_end(t, rules, COUNT_OF(rules)))
		return SPAN("规范性文件");
	if (title.n == 0 && is_untitled_report(s))
		return law_report;
	return SPAN("其他");
}

/* A year at `at` that is not part of a date or a span of years; 0: none. */
static int
year_at(struct span s, size_t at)
{
	struct cn_date d = {.year = 0};
	size_t end = at, n = 0, next;

	while (n < 4 && end < s.n) {
		(void)text_next(s, &end);
		n++;
	}
	d = cn_date_parse(span_cut(s, at, end));
	if (d.precision != CN_YEAR)
		return 0;
	while (end < s.n && s.p[end] == ' ')
		end++;
	if (!span_starts(span_cut(s, end, s.n), SPAN("年")))
		return 0;
	end += SPAN("年").n;
	next = end;
	while (next < s.n && text_is_space((unsigned char)s.p[next]))
		next++;
	if (next < s.n && text_is_digit(text_next(s, &next))) /* 2023年12月 */
		return 0;
	return d.year;
}

/* The first year in the text that stands for itself, outside 《》. */
static int
find_year(struct span s)
{
	uint32_t before = 0;

	for (size_t at = 0; at < s.n;) {
		size_t here = at, end;
		uint32_t c = text_next(s, &at);
		int year;

		if (c == 0x300A && (end = citation_end(s, here)) > 0) {
			at = end;
		} else if ((text_is_digit(c) || c == 0x4E8C) && !text_is_digit(before) &&
		    before != '-' && before != 0x2014 && before != 0x2013 && before != 0xFF0D &&
		    (year = year_at(s, here)) > 0) {
			return year;
		}
		before = c;
	}
	return 0;
}

/* Only reports are on a year: of the title, else of what comes before the first part's text. */
static int
year_of(const struct structure *s, struct span title, struct span type)
{
	static const struct span reports[] = {SPAN_INIT("报告"), SPAN_INIT("总结"), SPAN_INIT("年报"),
	    SPAN_INIT("公报"), SPAN_INIT("汇报")};
	bool report = span_eq(type, law_report) || span_eq(type, open_report);
	int year;

	if (!report && !words_end(words_without_note(title), reports, COUNT_OF(reports)))
		return 0;
	if ((year = find_year(title)) > 0 || !report)
		return year;
	if ((year = find_year(span_cut(s->preamble, 0, YEAR_TEXT_MAX))) > 0)
		return year;
	for (size_t i = 0; i < s->section_count; i++)
		if (s->sections[i].level == 1 && (year = find_year(s->sections[i].heading)) > 0)
			return year;
	return find_year(span_cut(s->body, 0, YEAR_TEXT_MAX));
}

static bool
is_known(const struct meaning *m, struct span normalized)
{
	for (size_t i = 0; i < m->number_count; i++)
		if (span_eq(m->numbers_cited[i].normalized, normalized))
			return true;
	return false;
}

/* Document numbers cited, each once; the document's own, as its text and others say it, is none. */
static int
numbers_of(struct meaning *out, struct arena *a, const struct structure *s, struct span known)
{
	struct number n, own;
	size_t at = 0, room = 0;
	int r;

	if (document_number_parse(&own, a, s->document_number) == -1)
		return -1;
	while ((r = document_number_scan(&n, a, s->body, &at)) == 1 && out->number_count < NUMBERS_MAX) {
		if (span_eq(n.normalized, own.normalized) || span_eq(n.normalized, known) ||
		    is_known(out, n.normalized))
			continue;
		if (out->number_count == room) {
			size_t more = room == 0 ? 16 : room * 2;
			void *grown = arena_grow(a, out->numbers_cited, room, more, sizeof(n));

			if (grown == NULL)
				return -1;
			out->numbers_cited = grown;
			room = more;
		}
		out->numbers_cited[out->number_count++] = n;
	}
	return r == -1 ? -1 : 0;
}

int
meaning_find(struct meaning *out, struct arena *a, const struct structure *s,
    const struct document *of, struct err *err)
{
	struct meaning m = {.report_year = 0};
	struct span title = of->title;
	struct span squeezed = title.p == NULL ? title : text_strip_space(a, title);

	if (title.p != NULL && squeezed.p == NULL)
		goto full;
	m.document_type = type_of(s, title, squeezed);
	m.report_year = year_of(s, squeezed, m.document_type);
	for (size_t p = 0; p < PART_COUNT; p++)
		m.parts[p].status = SPAN("absent");
	if (span_eq(m.document_type, law_report))
		meaning_parts(&m, s);
	meaning_region(&m, s, squeezed, of->agency);
	if (numbers_of(&m, a, s, of->number) == -1 || meaning_citations(&m, a, s->body) == -1 ||
	    meaning_quantities(&m, a, s->body) == -1)
		goto full;
	*out = m;
	return 0;
full:
	return err_set(err, ERR_REJECT, "too_large", "the text needs more than %zu bytes of memory",
	    a->limit);
}

/* Where the issuer's name in a title ends: at 关于, at the year, at the matter. */
static size_t
issuer_end(struct span title)
{
	static const struct span words[] = {SPAN_INIT("关于"), SPAN_INIT("转发"), SPAN_INIT("印发"),
	    SPAN_INIT("法治政府"), SPAN_INIT("推进法治"), SPAN_INIT("政府信息公开"),
	    SPAN_INIT("信息公开"), SPAN_INIT("依法行政"), SPAN_INIT("办公厅转发"),
	    SPAN_INIT("公告"), SPAN_INIT("通告"), SPAN_INIT("令")};
	size_t end = title.n;

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t at = span_find(title, words[i], 0);

		if (at != SIZE_MAX && at < end)
			end = at;
	}
	for (size_t at = 0; at < end;) {
		size_t here = at;

		if (text_is_digit(text_next(title, &at)) || span_starts(span_cut(title, here,
		    title.n), SPAN("二〇")) || span_starts(span_cut(title, here, title.n), SPAN("《")))
			return here;
	}
	return end;
}

struct span
meaning_issuer(struct span title)
{
	struct span t = text_trim(title), name = text_trim(span_cut(t, 0, issuer_end(t)));

	return name.n < t.n && organ_is(name) ? name : (struct span){NULL, 0};
}
