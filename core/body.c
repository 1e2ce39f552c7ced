/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/text.h>

#include "attachment.h"
#include "body.h"
#include "bytes16.h"
#include "label.h"
#include "noise.h"
#include "tag.h"

#define VOTE_LEVELS 6      /* ancestors that a paragraph votes for */
#define PARAGRAPH_CHARS 15 /* shorter ones vote only with a full stop */
#define ENOUGH_CHARS 30    /* of running text make an article */
#define FURNITURE_CHARS_MAX 200 /* of a line of a page's footer */
#define VOTE_SCALE 16      /* so that a short cell's vote reaches the table around it */

/* Sums over the blocks before one, so that any element's share is two look-ups. */
struct sum {
	uint64_t vote, plain, link;
};

struct vote {
	const struct html *h;
	const struct blocks *blocks;
	struct sum *before; /* count + 1 */
	uint32_t *score;    /* one for each node */
	uint32_t *pictures; /* count + 1: pictures before a node */
	struct explain *explain;
};

/* Containers of content systems, in lower case: names that mean nothing else. */
static const struct span strong[] = {
	SPAN_INIT("ucap-content"), SPAN_INIT("zoom"), SPAN_INIT("zoomcon"),
	SPAN_INIT("fontzoom"), SPAN_INIT("trs_editor"), SPAN_INIT("trs_ueditor"),
	SPAN_INIT("trs_editor_view"), SPAN_INIT("trs_paper_default"), SPAN_INIT("trs_preappend"),
	SPAN_INIT("vsb_content"), SPAN_INIT("vsb_newscontent"), SPAN_INIT("v_news_content"),
	SPAN_INIT("pages_content"), SPAN_INIT("ivs_content"), SPAN_INIT("js_content"),
	SPAN_INIT("wenzhang-content"), SPAN_INIT("govinfocontent"),
	SPAN_INIT("easysite-news-content"), SPAN_INIT("xxgk-content"), SPAN_INIT("zwxl-article"),
	SPAN_INIT("j-fontcontent"), SPAN_INIT("articlecontent"), SPAN_INIT("article_content"),
	SPAN_INIT("article-content"), SPAN_INIT("article-con"), SPAN_INIT("news_content"),
	SPAN_INIT("newscontent"), SPAN_INIT("news-content"), SPAN_INIT("content-container-con"),
	SPAN_INIT("art_content"), SPAN_INIT("detail_content"), SPAN_INIT("detail-content"),
};

/* Names that often, not always, mean the article: they help a vote along. */
static const struct span weak[] = {
	SPAN_INIT("content"), SPAN_INIT("article"), SPAN_INIT("art_con"), SPAN_INIT("con"),
	SPAN_INIT("text"), SPAN_INIT("conter"), SPAN_INIT("contents"), SPAN_INIT("maintext"),
	SPAN_INIT("detail"), SPAN_INIT("xl-nr"), SPAN_INIT("contentbox"), SPAN_INIT("view"),
	SPAN_INIT("content_body"), SPAN_INIT("contxt"), SPAN_INIT("info-content"),
};

static size_t
block_at(const struct blocks *blocks, uint32_t node)
{
	size_t low = 0, high = blocks->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (blocks->items[mid].first < node)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct sum
sum_of(const struct vote *v, uint32_t node)
{
	const struct sum *a = &v->before[block_at(v->blocks, node)];
	const struct sum *b = &v->before[block_at(v->blocks, v->h->nodes[node].end)];

	return (struct sum){b->vote - a->vote, b->plain - a->plain, b->link - a->link};
}

/* Marks of running text, 、。，；: each is worth some characters. *stops: a sentence ends. */
static uint32_t
punctuation(struct span s, bool *stops)
{
	const unsigned char *p = (const unsigned char *)s.p;
	uint32_t n = 0, ends = 0;
	size_t i = 0;

	for (; s.n - i >= BYTES16_THREE; i += sizeof(bytes16)) {
		const bytes16 stop = bytes16_three(p + i, 0xE3, 0x80, 0x82);

		ends += bytes16_count(stop);
		n += bytes16_count(stop | bytes16_three(p + i, 0xE3, 0x80, 0x81) |
		    bytes16_three(p + i, 0xEF, 0xBC, 0x8C) | bytes16_three(p + i, 0xEF, 0xBC, 0x9B));
	}
	for (; i + 2 < s.n; i++) {
		const bool stop = p[i] == 0xE3 && p[i + 1] == 0x80 && p[i + 2] == 0x82;

		ends += stop;
		n += stop || (p[i] == 0xE3 && p[i + 1] == 0x80 && p[i + 2] == 0x81) ||
		    (p[i] == 0xEF && p[i + 1] == 0xBC && (p[i + 2] == 0x8C || p[i + 2] == 0x9B));
	}
	*stops = ends > 0;
	return n;
}

/* A line of a footer, or of date and source below a title: as long as paragraphs are. */
static bool
is_furniture(struct span text)
{
	enum noise n = noise_of(text);
	enum label_field field;
	struct span rest = span_cut(text, label_match(text, &field), text.n);

	return n == NOISE_CHROME || n == NOISE_WEAK || (rest.n < text.n &&
	    (span_starts(rest, SPAN("：")) || span_starts(rest, SPAN(":"))));
}

static uint32_t
worth(const struct block *b)
{
	uint32_t plain = b->chars - b->link_chars, marks;
	bool stops;

	if (b->heading || b->link_chars * 2 > b->chars)
		return 0;
	marks = punctuation(b->text, &stops);
	if (plain < PARAGRAPH_CHARS && marks == 0)
		return b->cell ? plain / 2 : 0;
	if (plain <= FURNITURE_CHARS_MAX && !stops && is_furniture(b->text))
		return 0;
	return plain + 8 * marks;
}

/* In the manner of FNV-1a, eight bytes at a time. */
static uint32_t
hash(struct span s)
{
	uint64_t h = UINT64_C(14695981039346656037), w;

	for (size_t i = 0, n; i < s.n; i += n) {
		n = s.n - i < sizeof(w) ? s.n - i : sizeof(w);
		w = 0;
		memcpy(&w, s.p + i, n);
		h = (h ^ w) * UINT64_C(1099511628211);
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

/* Whether the same long paragraph came before: a copy for phones does not vote again.
 * Different texts of one hash may be taken for copies; a vote bears that. */
static bool
is_copy(uint32_t *seen, size_t room, const struct block *b)
{
	uint32_t key;
	size_t at;

	if (b->chars < 20)
		return false;
	key = hash(b->text) | 1U;
	at = key % room;
	for (size_t tries = 0; tries < 16 && seen[at] != 0; tries++, at = (at + 1) % room)
		if (seen[at] == key)
			return true;
	seen[at] = key;
	return false;
}

static bool
is_frame(unsigned tag)
{
	return tag == TAG_P || tag == TAG_BR || tag == TAG_TR || tag == TAG_TBODY ||
	    tag == TAG_TABLE || tag == TAG_THEAD || tag == TAG_UL || tag == TAG_OL ||
	    tag == TAG_LI || tag == TAG_CENTER || tag == TAG_H1 || tag == TAG_H2 ||
	    tag == TAG_H3 || tag == TAG_H4 || tag == TAG_BLOCKQUOTE;
}

static void
cast(struct vote *v, const struct block *b, uint32_t value)
{
	uint32_t i = b->node;
	int frames = 0;

	value *= VOTE_SCALE;
	while (i != 0 && is_frame(v->h->nodes[i].tag) && frames++ < 12)
		i = v->h->nodes[i].parent;
	for (int level = 0; level < VOTE_LEVELS && i != 0; level++) {
		if (v->h->nodes[i].tag == TAG_BODY || v->h->nodes[i].tag == TAG_HTML)
			return;
		v->score[i] += value;
		value = value / 4 * 3;
		i = v->h->nodes[i].parent;
	}
}

static bool
count_pictures(struct vote *v, struct arena *a)
{
	const struct html *h = v->h;

	if ((v->pictures = arena_array(a, (size_t)h->count + 1, sizeof(*v->pictures))) == NULL)
		return false;
	for (uint32_t i = 0; i < h->count; i++)
		v->pictures[i + 1] =
		    v->pictures[i] + ((tag_props(h->nodes[i].tag) & TAG_PICTURE) != 0);
	return true;
}

static bool
count_votes(struct vote *v, struct arena *a)
{
	size_t n = v->blocks->count, room = n * 2 + 16;
	uint32_t *seen = arena_array(a, room, sizeof(*seen));

	v->before = arena_array(a, n + 1, sizeof(*v->before));
	v->score = arena_array(a, v->h->count, sizeof(*v->score));
	if (seen == NULL || v->before == NULL || v->score == NULL || !count_pictures(v, a))
		return false;
	for (size_t k = 0; k < n; k++) {
		const struct block *b = &v->blocks->items[k];
		uint32_t value = is_copy(seen, room, b) ? 0 : worth(b);

		if (value > 0)
			cast(v, b, value);
		v->before[k + 1].vote = v->before[k].vote + value;
		v->before[k + 1].plain = v->before[k].plain + (b->chars - b->link_chars);
		v->before[k + 1].link = v->before[k].link + b->link_chars;
	}
	return true;
}

/* Up from the winner, as long as an element around it holds much more text than links. */
static uint32_t
widen(const struct vote *v, uint32_t node)
{
	struct sum s = sum_of(v, node);

	for (uint32_t up = v->h->nodes[node].parent; up != 0; up = v->h->nodes[up].parent) {
		struct sum t = sum_of(v, up);
		unsigned tag = v->h->nodes[up].tag;

		if (tag == TAG_BODY || tag == TAG_HTML)
			break;
		if (is_frame(tag) && t.plain == s.plain && t.link == s.link)
			continue;
		if (t.vote * 5 < s.vote * 6 || t.link - s.link > (t.plain - s.plain) / 2)
			continue;
		node = up;
		s = t;
	}
	return node;
}

static uint32_t
winner(const struct vote *v)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < v->h->count; i++)
		if (v->score[i] > v->score[best])
			best = i;
	return best == 0 ? 0 : widen(v, best);
}

static bool
is_listed(struct span word, const struct span *names, size_t count)
{
	if (word.n > 12 && span_eq_ci(span_cut(word, 0, 12), SPAN("vsb_content_")))
		return names == strong;
	for (size_t i = 0; i < count; i++)
		if (span_eq_ci(word, names[i]))
			return true;
	return false;
}

/* The id or a class word of the element that is in the list, or absent. */
static struct span
listed_name(const struct html *h, uint32_t node, const struct span *names, size_t count)
{
	const struct html_node *n = &h->nodes[node];

	for (uint32_t i = n->attr; i < n->attr + n->attr_count; i++) {
		struct span value = h->attrs[i].value;

		if (!span_eq(h->attrs[i].name, SPAN("id")) &&
		    !span_eq(h->attrs[i].name, SPAN("class")))
			continue;
		for (size_t at = 0, end; at < value.n; at = end + 1) {
			for (end = at; end < value.n && (unsigned char)value.p[end] > ' ';)
				end++;
			if (is_listed(span_cut(value, at, end), names, count))
				return span_cut(value, at, end);
		}
	}
	if (n->tag == TAG_UCAPCONTENT && names == strong)
		return n->name;
	return (struct span){NULL, 0};
}

static bool
is_inside(const struct html *h, uint32_t inner, uint32_t outer)
{
	return inner >= outer && inner < h->nodes[outer].end;
}

static bool
has_picture(const struct vote *v, uint32_t node)
{
	return v->pictures[v->h->nodes[node].end] > v->pictures[node];
}

/* The listed container with most text; of nested ones the innermost that has nearly all. */
static uint32_t
container(const struct vote *v, const struct span *names, size_t count, struct span *name)
{
	const struct html *h = v->h;
	uint32_t best = 0;
	uint64_t most = 0;

	for (uint32_t i = 1; i < h->count; i++) {
		struct span found;
		uint64_t plain;

		if (h->nodes[i].kind != HTML_ELEMENT || h->nodes[i].hidden ||
		    (tag_props(h->nodes[i].tag) & TAG_SILENT) != 0 ||
		    (h->nodes[i].attr_count == 0 && h->nodes[i].tag != TAG_UCAPCONTENT) ||
		    (found = listed_name(h, i, names, count)).p == NULL)
			continue;
		plain = sum_of(v, i).plain;
		if (best != 0 && (is_inside(h, i, best) ? plain * 100 < most * 97 : plain <= most))
			continue;
		if (plain == 0 && !has_picture(v, i) && sum_of(v, i).link == 0)
			continue;
		best = i;
		most = plain;
		*name = found;
	}
	return best;
}

static struct body
made(const struct vote *v, uint32_t node, struct span method, struct span name, double confidence)
{
	return (struct body){.node = node, .begin = block_at(v->blocks, node),
	    .end = node == 0 ? v->blocks->count : block_at(v->blocks, v->h->nodes[node].end),
	    .method = method, .name = name, .confidence = confidence};
}

static double
share(const struct vote *v, uint32_t node)
{
	uint64_t all = v->before[v->blocks->count].vote;

	return all == 0 ? 0 : (double)sum_of(v, node).vote / (double)all;
}

struct span
body_where(const struct body *b, struct arena *a, const struct html *h)
{
	if (b->name.p != NULL)
		return arena_fmt(a, "container:%.*s", SPAN_ARG(b->name));
	if (b->node == 0)
		return b->method;
	return arena_fmt(a, "%.*s:%.*s", SPAN_ARG(b->method), SPAN_ARG(h->nodes[b->node].name));
}

static void
note(const struct vote *v, struct arena *a, const struct body *b, bool won, const char *why)
{
	struct span line = {NULL, 0};

	if (v->explain == NULL)
		return;
	if (b->begin < b->end)
		line = v->blocks->items[b->begin].text;
	explain_note(v->explain, FIELD_BODY, won, body_where(b, a, v->h), line,
	    "%s; it has %.0f %% of the running text", why, 100 * share(v, b->node));
}

/* One more candidate; the first that nothing speaks against is the article.  Returns whether
 * the choice is made: what follows is looked at only to be explained. */
static bool
offer(struct body *out, const struct vote *v, struct arena *a, struct body b, const char *refused)
{
	bool won = out->method.p == NULL && refused == NULL;

	if (won)
		*out = b;
	if (refused == NULL)
		refused = won ? "the first that nothing speaks against" :
		    "what comes before it is the article";
	note(v, a, &b, won, refused);
	return out->method.p != NULL && v->explain == NULL;
}

/* What speaks against a container, given the element that most running text votes for. */
static const char *
refuse_strong(const struct vote *v, uint32_t named, uint32_t voted, bool few)
{
	return few || voted == 0 || sum_of(v, named).vote * 2 >= sum_of(v, voted).vote ? NULL :
	    "less than half as much running text as the most voted element";
}

static bool
has_file(const struct html *h, uint32_t node)
{
	for (uint32_t i = node; i < h->nodes[node].end; i++)
		if (h->nodes[i].tag == TAG_A && attachment_is_file(html_attr(h, i, "href")))
			return true;
	return false;
}

static const char *
refuse_weak(const struct vote *v, uint32_t named, uint32_t voted, bool few)
{
	struct sum s = sum_of(v, named);

	if (few)
		return has_file(v->h, named) ? NULL :
		    "no running text anywhere, and no link to a file in it";
	if (!is_inside(v->h, voted, named) && !is_inside(v->h, named, voted))
		return "it is not where most of the running text is";
	if (s.vote * 10 < sum_of(v, voted).vote * 9)
		return "less than nine tenths of the most voted element's running text";
	return s.link * 4 <= s.plain ? NULL : "too many links";
}

static void
choose(struct body *out, const struct vote *v, struct arena *a)
{
	const struct span none = {NULL, 0};
	uint32_t voted = winner(v), named;
	bool few = voted == 0 || sum_of(v, voted).vote < ENOUGH_CHARS;
	struct span name = none;

	named = container(v, strong, sizeof(strong) / sizeof(strong[0]), &name);
	if (named != 0 && offer(out, v, a, made(v, named, SPAN("container"), name, 0.95),
	    refuse_strong(v, named, voted, few)))
		return;
	named = container(v, weak, sizeof(weak) / sizeof(weak[0]), &name);
	if (named != 0 && offer(out, v, a, made(v, named, SPAN("container"), name, 0.85),
	    refuse_weak(v, named, voted, few)))
		return;
	if (voted != 0 && offer(out, v, a,
	    made(v, voted, SPAN("density"), none, 0.5 + 0.3 * share(v, voted)),
	    few ? "too little running text for an article" : NULL))
		return;
	(void)offer(out, v, a, made(v, 0, SPAN("page"), none, 0.2), NULL);
}

int
body_choose(struct body *out, struct arena *a, const struct html *h, const struct blocks *blocks,
    struct explain *x, struct err *err)
{
	struct vote v = {.h = h, .blocks = blocks, .explain = x};

	if (!count_votes(&v, a))
		return err_set(err, ERR_REJECT, "too_large",
		    "body: needs more than %zu bytes of memory", a->limit);
	*out = (struct body){0};
	choose(out, &v, a);
	return 0;
}
