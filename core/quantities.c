/* SPDX-License-Identifier: MIT */
#include "bytes16.h"
#include "cn_number.h"
#include "meaning_parts.h"
#include "words.h"
#include <stdlib.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define CONTEXT_CHARS 20 /* on either side: enough to find the place again */
#define BACK_CHARS 10    /* how far before a number its hedge may stand */
#define DIGITS_MAX 18


/* Longer ones before their own beginnings. */
static const struct span units[] = {SPAN_INIT("个百分点"), SPAN_INIT("百分点"),
    SPAN_INIT("个工作日"), SPAN_INIT("工作日"), SPAN_INIT("个自然日"), SPAN_INIT("自然日"),
    SPAN_INIT("个小时"), SPAN_INIT("小时"), SPAN_INIT("个月"), SPAN_INIT("分钟"), SPAN_INIT("秒"),
    SPAN_INIT("天"), SPAN_INIT("周岁"), SPAN_INIT("周"), SPAN_INIT("学时"), SPAN_INIT("课时"), SPAN_INIT("人次"),
    SPAN_INIT("人·次"), SPAN_INIT("户次"), SPAN_INIT("家次"), SPAN_INIT("件次"), SPAN_INIT("场次"),
    SPAN_INIT("批次"), SPAN_INIT("条次"), SPAN_INIT("台次"), SPAN_INIT("车次"), SPAN_INIT("美元"),
    SPAN_INIT("欧元"), SPAN_INIT("港元"), SPAN_INIT("元"), SPAN_INIT("平方公里"),
    SPAN_INIT("平方千米"), SPAN_INIT("平方米"), SPAN_INIT("立方米"), SPAN_INIT("公里"),
    SPAN_INIT("千米"), SPAN_INIT("公顷"), SPAN_INIT("公斤"), SPAN_INIT("千克"), SPAN_INIT("厘米"),
    SPAN_INIT("毫米"), SPAN_INIT("千瓦时"), SPAN_INIT("千瓦"), SPAN_INIT("吨"), SPAN_INIT("克"),
    SPAN_INIT("升"), SPAN_INIT("米"), SPAN_INIT("亩"), SPAN_INIT("倍"),
    SPAN_INIT("%"), SPAN_INIT("％"), SPAN_INIT("‰"), SPAN_INIT("℃"), SPAN_INIT("个"),
    SPAN_INIT("项"), SPAN_INIT("次"), SPAN_INIT("条"), SPAN_INIT("件"), SPAN_INIT("份"),
    SPAN_INIT("家"), SPAN_INIT("人"), SPAN_INIT("名"), SPAN_INIT("位"), SPAN_INIT("户"),
    SPAN_INIT("场"), SPAN_INIT("期"), SPAN_INIT("篇"), SPAN_INIT("批"), SPAN_INIT("起"),
    SPAN_INIT("宗"), SPAN_INIT("例"), SPAN_INIT("类"), SPAN_INIT("种"), SPAN_INIT("套"),
    SPAN_INIT("台"), SPAN_INIT("辆"), SPAN_INIT("部"), SPAN_INIT("本"), SPAN_INIT("册"),
    SPAN_INIT("张"), SPAN_INIT("幅"), SPAN_INIT("块"), SPAN_INIT("支"), SPAN_INIT("只"),
    SPAN_INIT("座"), SPAN_INIT("处"), SPAN_INIT("所"), SPAN_INIT("间"), SPAN_INIT("栋"),
    SPAN_INIT("门"), SPAN_INIT("节"), SPAN_INIT("课"), SPAN_INIT("轮"),
    SPAN_INIT("遍"), SPAN_INIT("趟"), SPAN_INIT("组"), SPAN_INIT("队"), SPAN_INIT("团"),
    SPAN_INIT("班"), SPAN_INIT("层"), SPAN_INIT("排"), SPAN_INIT("枚"),
    SPAN_INIT("颗"), SPAN_INIT("粒"), SPAN_INIT("株"), SPAN_INIT("棵"), SPAN_INIT("头"),
    SPAN_INIT("匹"), SPAN_INIT("把"), SPAN_INIT("封"), SPAN_INIT("段"), SPAN_INIT("句"),
    SPAN_INIT("字"), SPAN_INIT("页"), SPAN_INIT("卷"), SPAN_INIT("床"),
    SPAN_INIT("村"), SPAN_INIT("镇"), SPAN_INIT("款"), SPAN_INIT("日"), SPAN_INIT("分")};
static const struct span scales[] = {SPAN_INIT("万亿"), SPAN_INIT("千亿"), SPAN_INIT("百亿"),
    SPAN_INIT("千万"), SPAN_INIT("百万"), SPAN_INIT("十万"), SPAN_INIT("亿"), SPAN_INIT("万"),
    SPAN_INIT("千"), SPAN_INIT("百")};
/* Right before the number, or farther off in its clause. */
static const struct span far_hedges[] = {SPAN_INIT("不少于"), SPAN_INIT("不低于"),
    SPAN_INIT("不超过"), SPAN_INIT("不高于"), SPAN_INIT("不多于"), SPAN_INIT("至少"),
    SPAN_INIT("最多"), SPAN_INIT("超过"), SPAN_INIT("大约"), SPAN_INIT("将近"), SPAN_INIT("接近")};
static const struct span near_hedges[] = {SPAN_INIT("近"), SPAN_INIT("约"), SPAN_INIT("超"), SPAN_INIT("逾")};
static const struct span no_hedges[] = {SPAN_INIT("节约"), SPAN_INIT("最近"), SPAN_INIT("附近"),
    SPAN_INIT("签约"), SPAN_INIT("公约")};
static const struct span after_hedges[] = {SPAN_INIT("以上"), SPAN_INIT("以下"), SPAN_INIT("以内"),
    SPAN_INIT("左右"), SPAN_INIT("上下")};
static const struct span between_hedges[] = {SPAN_INIT("余"), SPAN_INIT("多"), SPAN_INIT("几")};

static size_t
skip_blank(struct span s, size_t at)
{
	while (at < s.n) {
		size_t i = at;
		uint32_t c = text_next(s, &i);

		if (c == '\n' || !text_is_space(c))
			break;
		at = i;
	}
	return at;
}

/* Digits with groups and a fraction, in ASCII: 1,234.5.  Behind them; 0: not a plain number. */
static size_t
number_end(struct span s, size_t at, char *out, size_t room)
{
	size_t n = 0, end = at, points = 0;

	while (at < s.n) {
		size_t i = at;
		uint32_t c = cn_fold(text_next(s, &i));

		if (c >= '0' && c <= '9') {
			if (n + 1 >= room)
				return 0;
			out[n++] = (char)c;
			end = i;
		} else if ((c == '.' || (c == ',' && points == 0)) && i < s.n) {
			size_t next = i;

			if (!text_is_digit(text_next(s, &next)) || (c == '.' && points++ > 0))
				break;
			if (c == ',' && (i + 3 > s.n || !text_is_digit((unsigned char)s.p[i + 1]) ||
			    !text_is_digit((unsigned char)s.p[i + 2])))
				break;
			if (c == '.')
				out[n++] = '.';
		} else {
			break;
		}
		at = i;
	}
	out[n] = '\0';
	return end;
}

/* The characters before a number tell that it is no amount: 第3批, A4, 3+1, 1:3. */
static bool
is_bound(uint32_t before, uint32_t further)
{
	if (before == ':' || before == '/' || before == 0x2236)
		return text_is_digit(further);
	return text_is_digit(before) || before == 0x7B2C || before == '+' || before == '.' ||
	    before == '_' || before == '#' ||
	    (before >= 'A' && before <= 'Z') || (before >= 'a' && before <= 'z');
}

/* 30日 is an amount only where the words around it speak of a length of time. */
static bool
is_length_of_days(struct span s, size_t from, size_t to)
{
	static const struct span behind[] = {SPAN_INIT("内"), SPAN_INIT("以内"), SPAN_INIT("以上")};
	static const struct span cues[] = {SPAN_INIT("时限"), SPAN_INIT("期限"), SPAN_INIT("为期"),
	    SPAN_INIT("延长"), SPAN_INIT("提前"), SPAN_INIT("缩短"), SPAN_INIT("压缩"),
	    SPAN_INIT("不少于"), SPAN_INIT("不超过"), SPAN_INIT("历时"), SPAN_INIT("共计")};
	struct span back = text_last(span_cut(s, 0, from), BACK_CHARS);

	if (span_find(back, SPAN("月"), 0) != SIZE_MAX)
		return false;
	if (words_begin(span_cut(s, to, s.n), behind, COUNT_OF(behind)))
		return true;
	return words_any(back, cues, COUNT_OF(cues));
}

/* Words that begin like a measure and are none. */
static const struct span others[] = {SPAN_INIT("项目"), SPAN_INIT("家庭"), SPAN_INIT("部门"),
    SPAN_INIT("部委"), SPAN_INIT("台账"), SPAN_INIT("组织"), SPAN_INIT("组长"),
    SPAN_INIT("条例"), SPAN_INIT("条款"), SPAN_INIT("期间"), SPAN_INIT("处室"),
    SPAN_INIT("处理"), SPAN_INIT("处罚"), SPAN_INIT("所有"), SPAN_INIT("所属"),
    SPAN_INIT("场所"), SPAN_INIT("支持"), SPAN_INIT("起草"), SPAN_INIT("起施行"),
    SPAN_INIT("次数"), SPAN_INIT("位于"), SPAN_INIT("批准"), SPAN_INIT("批复"),
    SPAN_INIT("团体"), SPAN_INIT("本年"), SPAN_INIT("本单位"), SPAN_INIT("本局"),
    SPAN_INIT("个人信息"), SPAN_INIT("人民"), SPAN_INIT("人才"), SPAN_INIT("元旦"),
    SPAN_INIT("元月"), SPAN_INIT("分别"), SPAN_INIT("分管"), SPAN_INIT("班子"),
    SPAN_INIT("队伍"), SPAN_INIT("门户"), SPAN_INIT("件套"), SPAN_INIT("种子"),
    SPAN_INIT("周年")};

/* The text that is gone through, and what was found. */
struct search {
	struct meaning *out;
	struct arena *a;
	size_t room;
	struct words_index units, others, far_hedges;
	struct span body;
};

/* Is the word at `at` a measure, or the beginning of another word? */
static bool
is_measure(const struct search *f, struct span word, size_t from, size_t at)
{
	if (words_first_of(&f->others, span_cut(f->body, at, f->body.n)).p != NULL)
		return false;
	if (span_eq(word, SPAN("日")))
		return is_length_of_days(f->body, from, at + word.n);
	if (span_eq(word, SPAN("分"))) /* 16时30分 */
		return !span_ends(text_trim(span_cut(f->body, 0, from)), SPAN("时"));
	return true;
}

/* The hedge before the number, right before it or, for 至少 and its like, in the same clause. */
static struct span
hedge_before(const struct search *f, size_t from)
{
	const struct span s = f->body;
	struct span back = text_last(span_cut(s, 0, from), BACK_CHARS), found = {NULL, 0};
	size_t clause = 0;

	for (size_t at = 0; at < back.n;) {
		uint32_t c = text_next(back, &at);

		if (c == '\n' || c == ',' || c == 0xFF0C || c == 0x3002 || c == 0x3001 || c == ';' ||
		    c == 0xFF1B || text_is_digit(c))
			clause = at;
	}
	back = text_trim(span_cut(back, clause, back.n));
	if (back.n == 0 || words_end(back, no_hedges, COUNT_OF(no_hedges)))
		return found;
	found = words_last(back, far_hedges, COUNT_OF(far_hedges));
	if (found.p == NULL)
		found = words_last(back, near_hedges, COUNT_OF(near_hedges));
	if (found.p != NULL)
		return found;
	return words_find_of(&f->far_hedges, back);
}

static struct span
qualifier_of(struct arena *a, struct span before, struct span between, struct span after)
{
	if (before.p != NULL && after.p != NULL)
		return arena_fmt(a, "%.*s…%.*s", SPAN_ARG(before), SPAN_ARG(after));
	return between.p != NULL ? between : before.p != NULL ? before : after;
}

static struct span
context_of(struct span s, size_t from, size_t to)
{
	struct span before = text_last(span_cut(s, 0, from), CONTEXT_CHARS);
	struct span after = text_first(span_cut(s, to, s.n), CONTEXT_CHARS);
	struct span nl = SPAN("\n");
	size_t at;

	while ((at = span_find(before, nl, 0)) != SIZE_MAX)
		before = span_cut(before, at + 1, before.n);
	if ((at = span_find(after, nl, 0)) != SIZE_MAX)
		after = span_cut(after, 0, at);
	return text_trim(span_cut(s, from - before.n, to + after.n));
}

/* What stands behind the digits of an amount. */
struct measure {
	struct span between; /* 余 多 */
	struct span scale, word;
	size_t begin, end; /* of scale and word, with what is between them */
};

static bool
read_measure(struct measure *m, const struct search *f, size_t digits, size_t at)
{
	const struct span s = f->body;

	*m = (struct measure){.word = {NULL, 0}};
	at = skip_blank(s, at);
	m->between = words_first(span_cut(s, at, s.n), between_hedges, COUNT_OF(between_hedges));
	m->begin = at = skip_blank(s, at + m->between.n);
	m->word = words_first_of(&f->units, span_cut(s, at, s.n)); /* 千米 is no thousand of 米 */
	if (m->word.p == NULL) {
		m->scale = words_first(span_cut(s, at, s.n), scales, COUNT_OF(scales));
		if (m->scale.p == NULL)
			return false;
		at += m->scale.n;
		if (m->between.p == NULL) {
			m->between = words_first(span_cut(s, at, s.n), between_hedges, COUNT_OF(between_hedges));
			at += m->between.n;
		}
		m->word = words_first_of(&f->units, span_cut(s, at, s.n));
	}
	m->end = at + m->word.n;
	return m->word.p == NULL || is_measure(f, m->word, digits, at);
}

static int
fill(struct quantity *q, const struct search *f, const struct measure *m, size_t from, size_t to)
{
	const struct span s = f->body;
	struct span after = words_first(span_cut(s, m->end, s.n), after_hedges, COUNT_OF(after_hedges));

	q->value_text = span_cut(s, from, to);
	q->unit = span_cut(s, m->begin, m->end);
	if (q->unit.n != m->scale.n + m->word.n) /* 3万余元 */
		q->unit = arena_fmt(f->a, "%.*s%.*s", SPAN_ARG(m->scale), SPAN_ARG(m->word));
	q->qualifier = qualifier_of(f->a, hedge_before(f, from), m->between, after);
	q->context = context_of(s, from, m->end + after.n);
	return q->unit.p == NULL ? -1 : 0;
}

static int
append(struct search *f, const struct quantity *q)
{
	struct meaning *out = f->out;

	if (out->quantity_count == f->room) {
		size_t more = f->room == 0 ? 32 : f->room * 2;
		void *grown = arena_grow(f->a, out->quantities, f->room, more, sizeof(*q));

		if (grown == NULL)
			return -1;
		out->quantities = grown;
		f->room = more;
	}
	out->quantities[out->quantity_count++] = *q;
	return 0;
}

static double
value_of(const char *digits)
{
	uint64_t whole;

	return span_u64(span_of(digits), UINT64_C(1) << 53, &whole) == 0 ? (double)whole : strtod(digits, NULL);
}

/* The amount at from, if it is one; *end: behind the digits. */
static int
take_amount(struct search *f, size_t from, size_t *end)
{
	char digits[DIGITS_MAX + 2];
	struct quantity q = {.value = 0};
	struct measure m;
	size_t to = number_end(f->body, from, digits, sizeof(digits));

	*end = to > from ? to : from + 1;
	if (to == 0 || !read_measure(&m, f, from, to))
		return 0;
	q.value = value_of(digits);
	return fill(&q, f, &m, from, to) == -1 ? -1 : append(f, &q);
}

/* The folded character before *at, which moves onto it; 0: there is none. */
static uint32_t
step_back(struct span s, size_t *at)
{
	struct span last = text_last(span_cut(s, 0, *at), 1);
	size_t from = 0;

	*at -= last.n;
	return last.n == 0 ? 0 : cn_fold(text_next(last, &from));
}

/* A digit, narrow (30…39) or wide (EF BC 90…99), or 《 (E3 80 8A). */
static bool
is_mark(const unsigned char *p, size_t room)
{
	if (p[0] >= '0' && p[0] <= '9')
		return true;
	return room >= 3 && ((p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x90 && p[2] <= 0x99) ||
	    (p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x8A));
}

/* Whether one of sixteen characters that begin at p may be a mark; p has BYTES16_THREE. */
static bool
may_have_mark(const unsigned char *p)
{
	const bytes16 v = bytes16_load(p);

	return bytes16_any((bytes16)(v - '0' <= 9) | bytes16_three(p, 0xE3, 0x80, 0x8A) |
	    ((bytes16)(v == 0xEF) & (bytes16)(bytes16_load(p + 1) == 0xBC) &
		(bytes16)(bytes16_load(p + 2) - 0x90 <= 9)));
}

/* Where a mark begins. */
static size_t
next_mark(struct span s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p;

	while (s.n - at >= BYTES16_THREE && !may_have_mark(p + at))
		at += sizeof(bytes16);
	while (at < s.n && !is_mark(p + at, s.n - at))
		at++;
	return at;
}

/* The amount or citation at `here`, which is a mark; the place behind it. */
static int
take_mark(struct search *f, size_t here, size_t *end)
{
	const struct span body = f->body;
	size_t back = here;
	uint32_t c = cn_fold(text_next(body, end)), before, further;

	if (c == 0x300A) {
		size_t behind = citation_end(body, here);

		*end = behind > 0 ? behind : *end;
		return 0;
	}
	if (c < '0' || c > '9')
		return 0;
	before = step_back(body, &back);
	further = step_back(body, &back);
	if (!is_bound(before, further))
		return take_amount(f, here, end);
	for (size_t next = *end; next < body.n && text_is_digit(text_next(body, &next));)
		*end = next;
	return 0;
}

int
meaning_quantities(struct meaning *out, struct arena *a, struct span body)
{
	struct search f = {.out = out, .a = a, .body = body};
	size_t at = 0;

	_Static_assert(COUNT_OF(units) <= WORDS_INDEX_MAX, "an index of words counts in bytes");
	words_index(&f.units, units, COUNT_OF(units));
	words_index(&f.others, others, COUNT_OF(others));
	words_index(&f.far_hedges, far_hedges, COUNT_OF(far_hedges));
	while ((at = next_mark(body, at)) < body.n && out->quantity_count < QUANTITIES_MAX)
		if (take_mark(&f, at, &at) == -1)
			return -1;
	return 0;
}
