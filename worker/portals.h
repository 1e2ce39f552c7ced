/* SPDX-License-Identifier: MIT */
/*
 * portals.h - the portal versions that messages name, read from core.portal_version.
 *
 * A version never changes, so it is read once and kept.  Used by the main thread, with its own
 * connection; a database that is down is RETRY, and the page waits.
 */
#ifndef WORKER_PORTALS_H
#define WORKER_PORTALS_H

#include <suoyin/pg.h>

#include "batch.h"

struct portals;

struct portals *portals_new(struct pg *pg); /* borrows pg; NULL: out of memory */
void portals_free(struct portals *p);

/* Gives a page that is read again the portal's current version; it keeps its own where the portal is
 * not known. */
int portals_current(struct portals *p, struct entry *e, struct err *err);

/* Makes e->meta, the request to the extraction child, with the portal's configuration or, where
 * the version is not known, null (and e->portal_unknown). */
int portals_request(struct portals *p, struct entry *e, struct err *err);

#endif
