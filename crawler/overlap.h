/* SPDX-License-Identifier: MIT */
/*
 * overlap.h - how far a list is read: until a whole page of it is known, and what that page may be.
 *
 * A row is *known* when this list has named it before.  A row that stays on top whatever comes
 * (置顶) is *pinned*; it says nothing: a page of pinned rows is not known.  The last word has the
 * sweep, which reads to the end (or to the depth of `backfill`): every `sweep`, and at once when
 * the list says that it has more or fewer rows than what was found explains.
 *
 * Pure.  frontier_found.c fills known and pinned of the rows and calls overlap_judge();
 * paging_step() (visit.c) asks overlap_goes_on().
 */
#ifndef CRAWLER_OVERLAP_H
#define CRAWLER_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct found;
struct found_row;
struct visit;

#define OVERLAP_TOP_MAX 64

struct overlap_top { /* a row at the top of page 1 */
	char *url;
	int64_t date;
};

struct overlap {
	struct overlap_top *top;
	size_t top_count;
	size_t pinned_above; /* rows of page 1 that a later page shows to be pinned */
	bool all_known;      /* page 1 had nothing new */
	size_t fresh;        /* rows of this visit that nobody knew */
	size_t blank;        /* pages in a row that said nothing */
	bool overlapped;     /* a known row was seen */
	bool sweep;
	const char *sweep_why; /* due total pages */
	bool gap;              /* page 1 shared nothing with what was known */
	uint64_t digest;       /* of page 1; 0: it is no evidence */
	size_t rows;           /* of page 1 */
};

/* FNV-1a, chained: begin with OVERLAP_SEED. */
#define OVERLAP_SEED UINT64_C(14695981039346656037)
uint64_t overlap_hash(uint64_t h, const char *p, size_t n);
/* Of a row's title and date, never 0: another one means that it was edited. */
uint64_t overlap_mark(const struct found_row *row);
uint64_t overlap_digest(const struct found *f);
/* A date as a number that grows; 0: none, or coarser than a day. */
int64_t overlap_date(const struct found_row *row);
int64_t overlap_day(const char *day); /* the same of "2024-01-31" */

/* At the start of a visit, and of its rows, known and pinned being what the database says: sets
 * pinned anew, baseline of fresh rows, and counts found->distinct and known without pinned ones. 0;
 * -1: memory. */
void overlap_begin(struct visit *v);
void overlap_fini(struct overlap *o);
int overlap_judge(struct visit *v);
/* Page 1 is what it was when all of its rows were known, and nothing asks for more. */
bool overlap_is_same(struct visit *v);
/* Whether a list may be asked for with the validators that we have of it: not where they lie, nor
 * after some 304 in a row, so that it is found out. */
bool overlap_may_ask_briefly(const struct visit *v);
/* After a page: whether the list is read on, if it has a next page. */
bool overlap_goes_on(struct visit *v);
/* The visit has come to its end, or to the depth it was to reach; at_end: there is no further page.
 */
void overlap_end(struct visit *v, bool at_end);
/* A list's first complete visit: what the dates of its rows tell of its pace. */
void overlap_seed_pace(struct visit *v, int64_t now_ms);

#endif
