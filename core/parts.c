/* SPDX-License-Identifier: MIT */
#include "meaning_parts.h"
#include "words.h"
#include <suoyin/text.h>

#define EVIDENCE_CHARS 30
#define LOOK_BACK 1200 /* bytes: no title is longer */

const char *const part_names[PART_COUNT] = {"achievements", "shortcomings", "leader_duties",
    "next_year_plan", "other"};

struct clue {
	enum part part;
	struct span word;
};

/* Words of headings.  The leader's duties and "other" are told by their word wherever it stands;
 * of the rest, the word that stands first decides ("存在问题及下一步打算" is of shortcomings). */
static const struct clue firm[] = {{PART_LEADER_DUTIES, SPAN_INIT("第一责任人")},
    {PART_LEADER_DUTIES, SPAN_INIT("主要负责人履行")}, {PART_LEADER_DUTIES, SPAN_INIT("主要领导履行")},
    {PART_OTHER, SPAN_INIT("其他需要")}, {PART_OTHER, SPAN_INIT("其它需要")},
    {PART_OTHER, SPAN_INIT("需要报告的其他")}, {PART_OTHER, SPAN_INIT("需要说明的其他")},
    {PART_OTHER, SPAN_INIT("其他情况")}, {PART_OTHER, SPAN_INIT("其他事项")},
    {PART_OTHER, SPAN_INIT("其他有关情况")}, {PART_OTHER, SPAN_INIT("其他报告事项")}};
static const struct clue first[] = {{PART_SHORTCOMINGS, SPAN_INIT("不足")},
    {PART_SHORTCOMINGS, SPAN_INIT("存在问题")}, {PART_SHORTCOMINGS, SPAN_INIT("存在的")},
    {PART_SHORTCOMINGS, SPAN_INIT("问题")}, {PART_SHORTCOMINGS, SPAN_INIT("差距")},
    {PART_SHORTCOMINGS, SPAN_INIT("短板")}, {PART_SHORTCOMINGS, SPAN_INIT("薄弱")},
    {PART_SHORTCOMINGS, SPAN_INIT("困难")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("下一步")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("下步")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("下一年")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("下一阶段")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("下年度")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("明年")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("来年")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("今后")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("主要安排")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作安排")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作计划")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作打算")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作思路")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作要点")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作重点")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作谋划")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("工作举措")},
    {PART_NEXT_YEAR_PLAN, SPAN_INIT("努力方向")}, {PART_NEXT_YEAR_PLAN, SPAN_INIT("计划安排")},
    {PART_ACHIEVEMENTS, SPAN_INIT("主要举措")}, {PART_ACHIEVEMENTS, SPAN_INIT("举措")},
    {PART_ACHIEVEMENTS, SPAN_INIT("成效")}, {PART_ACHIEVEMENTS, SPAN_INIT("主要措施")},
    {PART_ACHIEVEMENTS, SPAN_INIT("主要做法")}, {PART_ACHIEVEMENTS, SPAN_INIT("主要工作")},
    {PART_ACHIEVEMENTS, SPAN_INIT("重点工作")}, {PART_ACHIEVEMENTS, SPAN_INIT("成绩")},
    {PART_ACHIEVEMENTS, SPAN_INIT("工作情况")}, {PART_ACHIEVEMENTS, SPAN_INIT("开展情况")},
    {PART_ACHIEVEMENTS, SPAN_INIT("建设情况")}, {PART_ACHIEVEMENTS, SPAN_INIT("完成情况")},
    {PART_ACHIEVEMENTS, SPAN_INIT("落实情况")}, {PART_ACHIEVEMENTS, SPAN_INIT("进展情况")},
    {PART_ACHIEVEMENTS, SPAN_INIT("总体情况")}, {PART_ACHIEVEMENTS, SPAN_INIT("基本情况")},
    {PART_ACHIEVEMENTS, SPAN_INIT("推进情况")}, {PART_ACHIEVEMENTS, SPAN_INIT("工作总结")}};

static struct span
name_of(enum part p)
{
	return span_of(part_names[p]);
}

struct span
meaning_role(struct span heading)
{
	size_t best = SIZE_MAX;
	struct span role = {NULL, 0};

	for (size_t i = 0; i < COUNT_OF(firm); i++)
		if (span_find(heading, firm[i].word, 0) != SIZE_MAX)
			return name_of(firm[i].part);
	for (size_t i = 0; i < COUNT_OF(first); i++) {
		size_t at = span_find(heading, first[i].word, 0);

		if (at < best) {
			best = at;
			role = name_of(first[i].part);
		}
	}
	return role;
}

/* Phrases of running text by which a part without a section of its own is named, the best first; and what
 * many of them have in common, for which the text is searched. */
struct mention {
	enum part part;
	struct span stem, word;
};

static const struct mention mentions[] = {
	{PART_LEADER_DUTIES, SPAN_INIT("第一责任人"), SPAN_INIT("第一责任人")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("还存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("仍存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("仍然存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("依然存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("也存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("尚存在")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("存在不足")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("存在的不足")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("存在一些问题")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("存在一定差距")},
	{PART_SHORTCOMINGS, SPAN_INIT("不足之处"), SPAN_INIT("不足之处")},
	{PART_SHORTCOMINGS, SPAN_INIT("存在"), SPAN_INIT("存在以下问题")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("下一"), SPAN_INIT("下一步")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("下步工作"), SPAN_INIT("下步工作")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("下一"), SPAN_INIT("下一年度")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("下一"), SPAN_INIT("下一阶段")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("今后"), SPAN_INIT("今后")},
	{PART_NEXT_YEAR_PLAN, SPAN_INIT("明年"), SPAN_INIT("明年")},
	{PART_OTHER, SPAN_INIT("其他需要"), SPAN_INIT("其他需要报告")},
	{PART_OTHER, SPAN_INIT("其他需要"), SPAN_INIT("其他需要说明")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得了一定成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得明显成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得了明显成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得积极成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得良好成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得了良好成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得了积极成效")},
	{PART_ACHIEVEMENTS, SPAN_INIT("取得"), SPAN_INIT("取得新成效")},
};

static bool
is_stop(uint32_t c)
{
	return c == '\n' || c == 0x3002 || c == 0xFF0C || c == ',' || c == 0xFF1B || c == ';' ||
	    c == 0xFF1A || c == ':';
}

/* The clause around from..to, at most EVIDENCE_CHARS long. */
static struct span
clause(struct span body, size_t from, size_t to)
{
	size_t begin = 0, end = body.n, word = text_length(span_cut(body, from, to)), room;
	struct span before, after;

	for (size_t at = 0; at < from;)
		if (is_stop(text_next(body, &at)))
			begin = at;
	for (size_t at = to; at < body.n;) {
		size_t here = at;

		if (is_stop(text_next(body, &at))) {
			end = here;
			break;
		}
	}
	room = word < EVIDENCE_CHARS ? EVIDENCE_CHARS - word : 0;
	before = text_last(span_cut(body, begin, from), room);
	room -= text_length(before);
	after = text_first(span_cut(body, to, end), room);
	return text_trim(span_cut(body, from - before.n, to + after.n));
}

/* Inside 《》 a word is another document's. */
static bool
in_title(struct span body, size_t at)
{
	size_t from = at > LOOK_BACK ? at - LOOK_BACK : 0, open = SIZE_MAX;

	while ((from = span_find(span_cut(body, 0, at), SPAN("《"), from)) != SIZE_MAX)
		open = from++;
	return open != SIZE_MAX && citation_end(body, open) > at;
}

/* Where the word of a mention begins whose stem stands at `at`; SIZE_MAX: it is another word. */
static size_t
begins_at(struct span body, const struct mention *m, size_t at)
{
	size_t before = span_find(m->word, m->stem, 0);

	return before <= at && span_starts(span_cut(body, at - before, body.n), m->word) ? at - before : SIZE_MAX;
}

struct place {
	size_t mention, at;
};

/* Better mentions than *best, of the same stem as the mention `from` and behind it. */
static void
look_for_stem(struct place *best, struct span body, size_t from)
{
	const struct mention *of = &mentions[from];

	for (size_t at = 0; (at = span_find(body, of->stem, at)) != SIZE_MAX; at += of->stem.n)
		for (size_t i = from; i < best->mention; i++) {
			size_t begin;

			if (mentions[i].part != of->part || !span_eq(mentions[i].stem, of->stem) ||
			    (begin = begins_at(body, &mentions[i], at)) == SIZE_MAX || in_title(body, begin))
				continue;
			*best = (struct place){i, begin};
		}
}

static bool
is_first_of_stem(size_t mention)
{
	for (size_t i = 0; i < mention; i++)
		if (mentions[i].part == mentions[mention].part && span_eq(mentions[i].stem, mentions[mention].stem))
			return false;
	return true;
}

static void
find_mention(struct part_finding *f, enum part part, struct span body)
{
	struct place best = {COUNT_OF(mentions), 0};

	for (size_t i = 0; i < best.mention; i++)
		if (mentions[i].part == part && is_first_of_stem(i))
			look_for_stem(&best, body, i);
	if (best.mention == COUNT_OF(mentions))
		return;
	f->status = SPAN("mentioned");
	f->evidence = clause(body, best.at, best.at + mentions[best.mention].word.n);
}

void
meaning_parts(struct meaning *out, const struct structure *s)
{
	for (size_t p = 0; p < PART_COUNT; p++) {
		struct part_finding *f = &out->parts[p];

		f->status = SPAN("absent");
		f->evidence = (struct span){NULL, 0};
		for (size_t i = 0; i < s->section_count && f->evidence.p == NULL; i++)
			if (span_eq(s->sections[i].role, name_of((enum part)p))) {
				f->status = SPAN("section");
				f->evidence = s->sections[i].heading;
			}
		if (f->evidence.p == NULL)
			find_mention(f, (enum part)p, s->body);
	}
}
