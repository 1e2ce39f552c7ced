/* SPDX-License-Identifier: MIT */
#include "noise.h"
#include "structure_parts.h"
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

static int
lines_init(struct lines *l, struct arena *a, const struct span *lines, size_t count)
{
	if ((l->items = arena_array(a, count, sizeof(*l->items))) == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct span s = text_trim(lines[i]);

		if (s.n > 0)
			l->items[l->count++] =
			    (struct line){.text = s, .marker = marker_parse(s)};
	}
	return 0;
}

/* "1 总则" opens a section only where "1.1 …" does too: rows of tables look the same. */
static void
check_decimals(struct lines *l)
{
	bool deep = false;

	for (size_t i = 0; i < l->count; i++)
		deep = deep || l->items[i].marker.decimals > 1;
	for (size_t i = 0; i < l->count && !deep; i++)
		if (l->items[i].marker.decimals > 0)
			l->items[i].marker = (struct marker){0};
}

/* The run of page chrome at the end: addresses count only beside what is chrome for certain. */
static void
trailing_noise(struct lines *l)
{
	size_t from = l->count, marks = l->count;
	bool certain = false;

	while (from > 0) {
		enum noise n = noise_of(l->items[from - 1].text);

		if (n == NOISE_NONE)
			break;
		certain = certain || n == NOISE_CHROME;
		from--;
		if (n != NOISE_WEAK && marks == from + 1)
			marks = from;
	}
	for (size_t i = certain ? from : marks; i < l->count; i++)
		l->items[i].kind = LINE_NOISE;
}

void
structure_noise(struct lines *l)
{
	bool text_seen = false;

	for (size_t i = 0; i < l->count; i++) {
		enum noise n = noise_of(l->items[i].text);

		if (n == NOISE_CELLS || n == NOISE_PAGE ||
		    (!text_seen && (n == NOISE_MARKS || n == NOISE_CHROME)))
			l->items[i].kind = LINE_NOISE;
		if (l->items[i].marker.level > 0 || text_is_longer(l->items[i].text, 60))
			text_seen = true;
	}
	trailing_noise(l);
}

struct span
structure_join(struct arena *a, struct span first, const struct lines *l, size_t from, size_t to)
{
	size_t size = first.n, n = 0, used = first.n > 0;
	struct span only = first;
	char *out;

	for (size_t i = from; i < to; i++)
		if (l->items[i].text.n > 0) {
			size += l->items[i].text.n + 1;
			only = used++ == 0 ? l->items[i].text : only;
		}
	if (used == 0)
		return (struct span){NULL, 0};
	if (used == 1)
		return only;
	if ((out = arena_alloc(a, size + 1)) == NULL)
		return (struct span){NULL, 0};
	if (first.n > 0) {
		memcpy(out, first.p, first.n);
		n = first.n;
	}
	for (size_t i = from; i < to; i++) {
		struct span s = l->items[i].text;

		if (s.n == 0)
			continue;
		if (n > 0)
			out[n++] = '\n';
		memcpy(out + n, s.p, s.n);
		n += s.n;
	}
	return (struct span){out, n};
}

static int
keep_noise(struct structure *out, struct arena *a, const struct lines *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++)
		count += l->items[i].kind == LINE_NOISE;
	if (count > NOISE_MAX)
		count = NOISE_MAX;
	if ((out->noise = arena_array(a, count, sizeof(*out->noise))) == NULL)
		return -1;
	for (size_t i = 0; i < l->count && out->noise_count < count; i++)
		if (l->items[i].kind == LINE_NOISE)
			out->noise[out->noise_count++] = l->items[i].text;
	return 0;
}

/* Takes noise out, so that the halves of a paragraph that it parts become neighbours. */
static void
drop_noise(struct lines *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind != LINE_NOISE)
			l->items[kept++] = l->items[i];
	l->count = kept;
}

static int
whole_body(struct structure *out, struct arena *a, const struct lines *l)
{
	struct lines body = {.count = 0};

	if ((body.items = arena_array(a, l->count, sizeof(*body.items))) == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind != LINE_META && l->items[i].kind != LINE_TITLE)
			body.items[body.count++] = l->items[i];
	out->body = structure_join(a, (struct span){NULL, 0}, &body, 0, body.count);
	return body.count > 0 && out->body.p == NULL ? -1 : 0;
}

int
structure_parse(struct structure *out, struct arena *a, const struct span *lines, size_t count,
    struct span title, struct err *err)
{
	struct structure s = {.signed_by_count = 0};
	struct lines l = {.count = 0};

	if (lines_init(&l, a, lines, count) == -1)
		goto full;
	if (title.n > 0 && (l.title = text_fold_title(a, title)).p == NULL)
		goto full;
	check_decimals(&l);
	structure_noise(&l);
	if (keep_noise(&s, a, &l) == -1)
		goto full;
	drop_noise(&l);
	if (structure_head(&s, a, &l) == -1 || structure_tail(&s, a, &l) == -1 ||
	    structure_repair(a, &l) == -1 || whole_body(&s, a, &l) == -1 ||
	    structure_sections(&s, a, &l) == -1)
		goto full;
	*out = s;
	return 0;
full:
	return err_set(err, ERR_REJECT, "too_large", "the document needs more than %zu bytes of memory",
	    a->limit);
}
