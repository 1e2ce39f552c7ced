/* SPDX-License-Identifier: MIT */
#include "overlap.h"

#include "visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <time.h>

#define UNMODIFIED_MAX 6 /* answers 304 in a row before the page is asked for as a whole */
#define BLANK_MAX 3      /* pages without evidence before the list is believed to have no news */

uint64_t
overlap_hash(uint64_t h, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
	return (h ^ 0x100) * UINT64_C(1099511628211); /* where one text ends */
}

static uint64_t
hash_row(uint64_t h, const struct found_row *row)
{
	h = overlap_hash(h, row->title.p, row->title.n);
	return overlap_hash(h, row->date.p, row->date.n);
}

uint64_t
overlap_mark(const struct found_row *row)
{
	uint64_t h = hash_row(OVERLAP_SEED, row);

	return h != 0 ? h : 1;
}

uint64_t
overlap_digest(const struct found *f)
{
	uint64_t h = OVERLAP_SEED;
	char size[48];

	for (size_t i = 0; i < f->count; i++)
		h = hash_row(overlap_hash(h, f->rows[i].url.p, f->rows[i].url.n), &f->rows[i]);
	h = overlap_hash(h, f->next.p, f->next.n);
	(void)snprintf(size, sizeof(size), "%" PRId64 " %" PRId64, f->total, f->pages);
	h = overlap_hash(h, size, strlen(size));
	return h != 0 ? h : 1;
}

static int64_t
number_of(const struct cn_date *d)
{
	int64_t day = ((int64_t)d->year * 100 + d->month) * 100 + d->day;

	return (day * 100 + d->hour) * 100 + d->minute;
}

int64_t
overlap_day(const char *day)
{
	struct cn_date d = cn_date_parse(span_of(day));

	return d.precision < CN_DAY ? 0 : number_of(&d);
}

int64_t
overlap_date(const struct found_row *row)
{
	struct cn_date d;

	if (row->date.p == NULL)
		return 0;
	d = cn_date_parse(span_trim(row->date));
	if (d.precision < CN_DAY) {
		size_t begin, end;

		d = cn_date_find(row->date, 0, &begin, &end);
	}
	return d.precision < CN_DAY ? 0 : number_of(&d);
}

void
overlap_begin(struct visit *v)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	const struct list_memory *m = &v->memory;

	if (list == NULL || !v->conditional_list)
		return;
	/* one that broke off twice is not begun again at once: news come first */
	if (m->swept_ago_ms >= list->sweep_ms &&
	    (v->failures < 2 || m->sweep_failed_ago_ms >= list->sweep_ms / 7)) {
		v->overlap.sweep = true;
		v->overlap.sweep_why = "due";
	}
}

/* Rows grow older down the page, as far as they have dates. */
static bool
is_newest_first(const struct found *f)
{
	size_t down = 0, up = 0;
	int64_t last = 0;

	for (size_t i = 0; i < f->count; i++) {
		int64_t date = overlap_date(&f->rows[i]);

		if (date == 0)
			continue;
		down += last != 0 && date < last;
		up += last != 0 && date > last;
		last = date;
	}
	return down >= up;
}

static int64_t
newest_date(const struct found *f)
{
	int64_t newest = 0;

	for (size_t i = 0; i < f->count; i++) {
		int64_t date = overlap_date(&f->rows[i]);

		newest = date > newest ? date : newest;
	}
	return newest;
}

/* A known row that stands above row i's like is pinned if i is news: news come on top. Dates say
 * more than places: below an older row stands a newer one. */
static bool
is_above_news(const struct found *f, size_t i)
{
	int64_t own = overlap_date(&f->rows[i]);

	for (size_t k = i + 1; k < f->count; k++) {
		int64_t date = overlap_date(&f->rows[k]);

		if (own != 0 && date != 0 ? date > own : !f->rows[k].known && !f->rows[k].twin)
			return true;
	}
	return false;
}

/* The pinned ones are the leading rows of page 1, and only they. */
static void
pin_first_page(struct found *f)
{
	bool ordered = is_newest_first(f), leading = true;

	for (size_t i = 0; i < f->count; i++) {
		struct found_row *row = &f->rows[i];

		if (!leading || !row->known) {
			row->pinned = false;
			leading = false;
			continue;
		}
		row->pinned = row->pinned || (ordered && is_above_news(f, i));
		leading = row->pinned;
	}
}

static bool
is_at(const struct overlap *o, size_t place, struct span url)
{
	return place < o->top_count && span_eq(span_of(o->top[place].url), url);
}

/* Whether news came right below page 1, with nothing new on it: then none of it moves. */
static bool
has_news_below(const struct overlap *o, const struct found *f)
{
	size_t i = 0;

	while (i < f->count && f->rows[i].repeated)
		i++;
	return f->complete_before && o->all_known && i < f->count && !f->rows[i].known &&
	       o->top_count > 0 && o->top[o->top_count - 1].date == 0;
}

/* A row that stands at the same place of page 1 stands there on every page.  And where a later page
 * has newer rows than the top of the first, that top is pinned. */
static void
pin_later_page(struct overlap *o, struct found *f, bool second)
{
	int64_t newest = is_newest_first(f) ? newest_date(f) : 0;
	size_t above = 0;

	for (size_t i = 0; i < f->count && is_at(o, i, f->rows[i].url); i++)
		f->rows[i].repeated = true;
	while (above < o->top_count && o->top[above].date != 0 && o->top[above].date < newest)
		above++;
	if (second && has_news_below(o, f))
		above = o->top_count;
	if (above > o->pinned_above)
		o->pinned_above = above;
	if (o->pinned_above >= o->rows)
		o->digest = 0; /* page 1 being the same says nothing */
}

static int
note_top(struct overlap *o, const struct found *f)
{
	size_t n = f->count < OVERLAP_TOP_MAX ? f->count : OVERLAP_TOP_MAX;

	if ((o->top = calloc(n + 1, sizeof(*o->top))) == NULL)
		return -1;
	for (; o->top_count < n; o->top_count++) {
		const struct found_row *row = &f->rows[o->top_count];
		struct overlap_top *top = &o->top[o->top_count];

		if ((top->url = strndup(row->url.p, row->url.n)) == NULL)
			return -1;
		top->date = overlap_date(row);
	}
	return 0;
}

void
overlap_fini(struct overlap *o)
{
	for (size_t i = 0; i < o->top_count; i++)
		free(o->top[i].url);
	free(o->top);
	*o = (struct overlap){0};
}

static bool
is_too_deep(const struct visit *v, const struct found_row *row)
{
	const struct portal_list *list = portal_find_list(v->watch->portal, v->url);
	int64_t date = overlap_date(row);

	if (list == NULL)
		return false;
	if (list->backfill_pages > 0)
		return v->paging.pages >= list->backfill_pages;
	return list->backfill_since != NULL && date != 0 &&
	       date < overlap_day(list->backfill_since);
}

/* A list that was only read to some depth has old rows below; when it is read deeper, they are no
 * news: what stands below all that is known. */
static void
mark_old_ones(const struct visit *v, struct found *f)
{
	size_t last = 0;

	if (!f->complete_before || v->memory.whole)
		return;
	for (size_t i = 0; i < f->count; i++)
		if (f->rows[i].known && !f->rows[i].pinned)
			last = i + 1;
	if (last == 0 && !v->overlap.overlapped)
		return; /* a gap: all of it is news */
	for (size_t i = last; i < f->count; i++) {
		f->rows[i].old = f->rows[i].fresh;
		f->rows[i].deep = f->rows[i].old && is_too_deep(v, &f->rows[i]);
	}
}

/* The server names this version of the page as it named the last one, which had other rows. */
static bool
is_lie(const struct visit *v)
{
	const char *tag = v->answer.etag, *date = v->answer.last_modified;

	if (v->memory.digest == 0 || v->overlap.digest == 0 ||
	    v->overlap.digest == v->memory.digest || v->final_url != NULL)
		return false;
	if (tag != NULL)
		return v->etag != NULL && strcmp(tag, v->etag) == 0;
	return date != NULL && v->last_modified != NULL && strcmp(date, v->last_modified) == 0;
}

static void
judge_first(struct visit *v)
{
	struct overlap *o = &v->overlap;
	struct found *f = &v->found;

	v->total = f->total;
	v->pages = f->pages;
	o->rows = f->count;
	o->all_known = true;
	for (size_t i = 0; i < f->count; i++)
		o->all_known = o->all_known && (f->rows[i].known || f->rows[i].twin);
	pin_first_page(f);
}

int
overlap_judge(struct visit *v)
{
	struct overlap *o = &v->overlap;
	struct found *f = &v->found;
	bool first = v->paging.pages == 0;

	if (first && o->top == NULL && note_top(o, f) == -1)
		return -1;
	if (first)
		judge_first(v);
	else
		pin_later_page(o, f, v->paging.pages == 1);
	mark_old_ones(v, f);
	f->distinct = f->known = 0;
	for (size_t i = 0; i < f->count; i++) {
		const struct found_row *row = &f->rows[i];

		if (row->twin || row->pinned || row->repeated)
			continue;
		f->distinct++;
		f->known += row->known || row->old;
	}
	o->overlapped = o->overlapped || f->known > 0;
	if (first) {
		o->gap = f->complete_before && f->distinct > 0 && f->known == 0;
		o->digest = f->distinct > 0 ? overlap_digest(f) : 0;
		v->memory.lies = v->memory.lies || is_lie(v);
		v->memory.unmodified = 0;
	}
	return 0;
}

bool
overlap_is_same(struct visit *v)
{
	if (v->paging.pages > 0 || v->paging.more_count > 0 || v->overlap.sweep ||
	    !v->conditional_list || v->memory.digest == 0 || v->found.count == 0 ||
	    overlap_digest(&v->found) != v->memory.digest)
		return false;
	v->memory.unmodified = 0;
	v->overlap.digest = v->memory.digest;
	v->overlap.rows = v->found.count;
	return true;
}

bool
overlap_may_ask_briefly(const struct visit *v)
{
	return v->conditional_list && v->paging.pages == 0 && !v->overlap.sweep &&
	       !v->memory.lies && v->memory.unmodified < UNMODIFIED_MAX;
}

/* What page 1 says of its size, beside what was found. */
static const char *
unexplained(const struct visit *v)
{
	const struct list_memory *m = &v->memory;
	int64_t fresh = (int64_t)v->overlap.fresh;

	if (m->total >= 0 && v->total >= 0)
		return v->total != m->total + fresh ? "total" : NULL;
	if (m->pages >= 0 && v->pages >= 0 && v->pages != m->pages && fresh == 0)
		return "pages";
	return NULL;
}

bool
overlap_goes_on(struct visit *v)
{
	const struct found *f = &v->found;
	struct overlap *o = &v->overlap;

	o->fresh += f->fresh;
	o->blank = f->distinct == 0 ? o->blank + 1 : 0;
	if (!f->complete_before || o->sweep || f->unordered)
		return true;
	if (f->distinct == 0 ? o->blank < BLANK_MAX : f->known < f->distinct)
		return true;
	if ((o->sweep_why = unexplained(v)) == NULL)
		return false;
	o->sweep = true;
	return true;
}

void
overlap_end(struct visit *v, bool at_end)
{
	struct list_memory *m = &v->memory;

	m->swept = v->overlap.sweep || !v->found.complete_before;
	m->whole = m->whole || at_end;
	m->gap = v->overlap.gap;
	m->digest = v->overlap.digest;
	m->total = v->total;
	m->pages = v->pages;
}

#define DAY_MS INT64_C(86400000)

/* The days of the rows at the top of page 1, as instants at noon in Shanghai. */
void
overlap_seed_pace(struct visit *v, int64_t now_ms)
{
	int64_t days[OVERLAP_TOP_MAX];
	int n = 0;

	for (size_t i = 0; i < v->overlap.top_count; i++) {
		int64_t date = v->overlap.top[i].date / 10000;
		struct tm tm = {.tm_year = (int)(date / 10000) - 1900,
		    .tm_mon = (int)(date / 100 % 100) - 1,
		    .tm_mday = (int)(date % 100)};

		if (date != 0)
			days[n++] = (int64_t)timegm(&tm) * 1000 + DAY_MS / 6;
	}
	pace_seed(&v->memory.pace, now_ms, days, n);
}
