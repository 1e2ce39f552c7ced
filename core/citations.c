/* SPDX-License-Identifier: MIT */
#include "meaning_parts.h"
#include "words.h"
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define TITLE_BYTES_MAX 1200 /* a longer 《…》 was never closed */
#define NESTED_MAX 16
#define DEPTH_MAX 8
#define BUCKETS 1024


static bool
opens(uint32_t c)
{
	return c == 0x300A || c == 0x3008 || c == '<' || c == 0xFF1C;
}

static bool
closes(uint32_t c)
{
	return c == 0x300B || c == 0x3009 || c == '>' || c == 0xFF1E;
}

/* The outer marks are 《》; inside, 〈〉 <> and 《》 again may nest. */
size_t
citation_end(struct span text, size_t at)
{
	size_t depth = 0, begin = at, last = 0;

	while (at < text.n && at - begin < TITLE_BYTES_MAX) {
		uint32_t c = text_next(text, &at);

		if (c == 0x3002 || depth > DEPTH_MAX) /* no title holds a 。 */
			break;
		if (c == 0x300A) {
			depth++;
		} else if (c == 0x300B) {
			last = at;
			if (depth <= 1)
				return depth == 1 ? at : 0;
			depth--;
		} else if (depth == 0) {
			return 0;
		}
	}
	return last; /* one 》 too few: the last one closes */
}

static struct span
kind_of(struct span title)
{
	static const struct span laws[] = {SPAN_INIT("法典"), SPAN_INIT("宪法"), SPAN_INIT("条例"),
	    SPAN_INIT("通则"), SPAN_INIT("修正案")};
	static const struct span no_laws[] = {SPAN_INIT("办法"), SPAN_INIT("做法"),
	    SPAN_INIT("方法"), SPAN_INIT("执法"), SPAN_INIT("普法"), SPAN_INIT("学法"),
	    SPAN_INIT("立法"), SPAN_INIT("司法"), SPAN_INIT("看法"), SPAN_INIT("书法")};
	static const struct span documents[] = {SPAN_INIT("通知"), SPAN_INIT("意见"),
	    SPAN_INIT("办法"), SPAN_INIT("规定"), SPAN_INIT("决定"), SPAN_INIT("决议"),
	    SPAN_INIT("方案"), SPAN_INIT("纲要"), SPAN_INIT("计划"), SPAN_INIT("要点"),
	    SPAN_INIT("制度"), SPAN_INIT("细则"), SPAN_INIT("规则"), SPAN_INIT("清单"),
	    SPAN_INIT("指引"), SPAN_INIT("指南"), SPAN_INIT("措施"), SPAN_INIT("目录"),
	    SPAN_INIT("公报"), SPAN_INIT("公告"), SPAN_INIT("通告"), SPAN_INIT("通报"),
	    SPAN_INIT("报告"), SPAN_INIT("批复"), SPAN_INIT("函"), SPAN_INIT("准则"),
	    SPAN_INIT("章程"), SPAN_INIT("标准"), SPAN_INIT("规范"), SPAN_INIT("规划"),
	    SPAN_INIT("预案"), SPAN_INIT("协议"), SPAN_INIT("分工"), SPAN_INIT("规程"),
	    SPAN_INIT("机制"), SPAN_INIT("政策"), SPAN_INIT("请示"), SPAN_INIT("纪要"),
	    SPAN_INIT("合同"), SPAN_INIT("责任制"), SPAN_INIT("问责制"), SPAN_INIT("管理"),
	    SPAN_INIT("总结"), SPAN_INIT("公约"), SPAN_INIT("命令"), SPAN_INIT("若干")};
	struct span t = words_without_note(title);

	if (words_end(t, laws, COUNT_OF(laws)) ||
	    (span_ends(t, SPAN("法")) && !words_end(t, no_laws, COUNT_OF(no_laws))))
		return SPAN("law");
	return words_end(t, documents, COUNT_OF(documents)) ? SPAN("document") : SPAN("other");
}

/* The titles inside the title, in order. */
static int
find_nested(struct citation *c, struct arena *a)
{
	size_t begin = SIZE_MAX, depth = 0;

	for (size_t at = 0; at < c->title.n && c->nested_count < NESTED_MAX;) {
		size_t here = at;
		uint32_t x = text_next(c->title, &at);

		if (opens(x) && depth++ == 0) {
			begin = at;
		} else if (closes(x) && depth > 0 && --depth == 0) {
			struct span inner = text_trim(span_cut(c->title, begin, here));

			if (inner.n == 0)
				continue;
			if (c->nested == NULL &&
			    (c->nested = arena_array(a, NESTED_MAX, sizeof(*c->nested))) == NULL)
				return -1;
			c->nested[c->nested_count++] = inner;
		}
	}
	return 0;
}

/* Titles are equal when they differ only in width, blanks and the form of the inner marks. */
static struct span
fold(struct arena *a, struct span title)
{
	struct span narrow = text_fold_width(a, title), s;
	char *out;
	size_t n = 0;

	if (narrow.p == NULL || (s = text_strip_space(a, narrow)).p == NULL ||
	    (out = arena_alloc(a, s.n + 1)) == NULL)
		return (struct span){NULL, 0};
	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = text_next(s, &at);

		if (opens(c) || closes(c))
			out[n++] = opens(c) ? '<' : '>';
		else
			for (; from < at; from++)
				out[n++] = s.p[from];
	}
	return (struct span){out, n};
}

struct table {
	struct entry {
		struct entry *next;
		struct span key;
		size_t index;
	} *buckets[BUCKETS];
	size_t room;
};

static size_t
hash(struct span s)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619U;
	return h % BUCKETS;
}

static int
append(struct meaning *out, struct arena *a, struct table *t, struct span title)
{
	struct citation c = {.title = title, .count = 1};

	if (out->citation_count == t->room) {
		size_t room = t->room == 0 ? 32 : t->room * 2;
		void *grown = arena_grow(a, out->citations, t->room, room, sizeof(c));

		if (grown == NULL)
			return -1;
		out->citations = grown;
		t->room = room;
	}
	if (find_nested(&c, a) == -1)
		return -1;
	c.kind = kind_of(title);
	out->citations[out->citation_count++] = c;
	return 0;
}

static int
count(struct meaning *out, struct arena *a, struct table *t, struct span title)
{
	struct span key = fold(a, title);
	struct entry *e, **head;

	if (key.p == NULL)
		return -1;
	head = &t->buckets[hash(key)];
	for (e = *head; e != NULL; e = e->next)
		if (span_eq(e->key, key)) {
			out->citations[e->index].count++;
			return 0;
		}
	if (out->citation_count == CITATIONS_MAX)
		return 0;
	if ((e = arena_alloc(a, sizeof(*e))) == NULL || append(out, a, t, title) == -1)
		return -1;
	*e = (struct entry){*head, key, out->citation_count - 1};
	*head = e;
	return 0;
}

int
meaning_citations(struct meaning *out, struct arena *a, struct span body)
{
	struct span mark = SPAN("《");
	struct table *t = arena_alloc(a, sizeof(*t));
	size_t at = 0;

	if (t == NULL)
		return -1;
	while ((at = span_find(body, mark, at)) != SIZE_MAX) {
		size_t end = citation_end(body, at);
		struct span title = {NULL, 0};

		if (end > at + 2 * mark.n)
			title = text_trim(span_cut(body, at + mark.n, end - mark.n));
		if (title.n > 0 && count(out, a, t, title) == -1)
			return -1;
		at = end > 0 ? end : at + mark.n;
	}
	return 0;
}
