/* SPDX-License-Identifier: MIT */
/*
 * steps.h - the three steps of a transaction over a group of entries: look up, judge, write.
 *
 * Called by store.c inside an open transaction.  A group is the whole batch, or one entry when
 * a bad one has to be found.  Errors are those of pg.h; what a step did in the database is undone
 * by the caller's ROLLBACK (TO).
 */
#ifndef WORKER_STEPS_H
#define WORKER_STEPS_H

#include <suoyin/pg.h>

#include "world.h"

struct group {
	struct entry **entries;
	size_t count;
};

/* Claims and locks the group's keys and URLs, then the reports they lead to (design 5, "Several
 * workers"), and reads all of it into the world. */
int look_up(struct world *w, struct pg *pg, const struct group *group, struct err *err);

/* Judges one entry on what the world holds; sets its outcome. REJECT "too_large" when the
 * world's arena is full. */
int judge(struct world *w, struct entry *e, struct err *err);

/* Writes what judge() changed, and the group's dead letters and attachments. */
int write_out(struct world *w, struct pg *pg, const struct batch *batch, const struct group *group,
    struct err *err);

/* Sections, citations, quantities and parts of the revisions that were written, as rows.  Part of write_out(). */
int write_rows(struct world *w, struct pg *pg, struct err *err);

/* Keys that got a report, or none and are let go; then what each changed URL shows now.  Parts of write_out(). */
int write_keys(struct world *w, struct pg *pg, struct err *err);
int write_sightings(struct world *w, struct pg *pg, struct err *err);

/* Counts of the whole batch into core.outcome. */
int write_outcomes(struct pg *pg, const struct batch *batch, struct err *err);

#endif
