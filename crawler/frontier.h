/* SPDX-License-Identifier: MIT */
/*
 * frontier.h - crawl.url: which URLs are known, due, leased, and what became of each visit.
 *
 * A URL is claimed, never popped: a lease runs by the database's clock and is renewed while the
 * visit lives.  lease_no fences: whoever claims a URL raises it, and every write asks for the
 * number it was claimed with, so a crawler that slept too long writes nothing.  All writes are
 * batches and may be tried again after -1: the queue given in is then as it was.
 */
#ifndef CRAWLER_FRONTIER_H
#define CRAWLER_FRONTIER_H

#include "visit.h"

struct frontier {
	char owner[96];
	int64_t lease_ms, visits_max;
	struct visit *live; /* every visit of this crawler */
	size_t live_count;
	size_t turn, left; /* portals are asked for by turns; so many are left of this one */
};

void frontier_init(struct frontier *f, int64_t lease_ms, int64_t visits_max);

/* Claims due URLs of active portals that have room (at most a few per portal and rank) into
 * `out`.  all: ask for every portal, the next some thousand of them, until none is `left` of the
 * turn; else only for those that likely have more. */
int frontier_claim(struct frontier *f, struct portals *ps, struct pg *pg, bool all,
    struct visit_queue *out, struct err *err);
/* Whether a portal likely has more due URLs and room for them. */
bool frontier_wants(const struct frontier *f, const struct portals *ps);
/* Holds every live visit's lease for another lease; marks the lost ones. */
int frontier_renew(struct frontier *f, struct pg *pg, struct err *err);
/* A visit is over: out of the live ones, freed. */
void frontier_forget(struct frontier *f, struct visit *v);

/* Notes publications as begun: v->ce_time is set and v moves to `begun`; those whose lease is
 * lost are marked and move to `lost`. */
int frontier_begin(struct pg *pg, struct visit_queue *from, struct visit_queue *begun,
    struct visit_queue *lost, struct err *err);
/* Writes down how visits ended and gives up their leases; then moves them to `done`. */
int frontier_end(
    struct pg *pg, struct visit_queue *from, struct visit_queue *done, struct err *err);
/* Writes down the rows of pages of lists, of all or of none; fills known, fresh, distinct,
 * complete_before. -1 with err unset: a lease is lost. Whose fault -1 is tells each one alone. */
int frontier_found(struct pg *pg, const struct visit_queue *q, struct err *err);

#endif
