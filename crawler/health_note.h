/* SPDX-License-Identifier: MIT */
/*
 * health_note.h - the state of lists and pages in crawl.health, with the visit that decided as
 * evidence, and the soft pages of a portal in crawl.soft_page.  Called by database.c and portals.c.
 */
#ifndef CRAWLER_HEALTH_NOTE_H
#define CRAWLER_HEALTH_NOTE_H

#include "visit.h"

/* Writes what health_note() found changed, and says it; may be tried again. */
int health_keep(struct pg *pg, struct visit_queue *ended, struct err *err);
/* What is known of portals that are watched from now on. */
int health_recall(struct pg *pg, struct watch *const *fresh, size_t count, struct err *err);

#endif
