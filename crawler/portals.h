/* SPDX-License-Identifier: MIT */
/*
 * portals.h - the portals that are watched now, as core.portal says.
 *
 * portals_load() reads what changed since the last time and writes the lists and paces of changed
 * portals to crawl.url.  A visit holds its portal (portals_hold), so that a new version or a pause
 * never pulls it away from under a visit; `active` tells that it is no longer to be visited.
 */
#ifndef CRAWLER_PORTALS_H
#define CRAWLER_PORTALS_H

#include "health.h"

#include <suoyin/pg.h>
#include <suoyin/portal.h>

#define RANKS 4 /* crawl.url.rank: lists, news, baseline, revisits */

struct watch {
	struct portal *portal;
	size_t refs;
	bool active;
	int held[RANKS];  /* URLs leased by us */
	bool more[RANKS]; /* the last claim was filled, or new URLs were found since */
	struct pages_health pages;
};

struct portals {
	struct watch **items; /* by id */
	size_t count;
	struct host_delay *delays; /* by host */
	size_t delay_count;
};

void portals_fini(struct portals *ps);
/* 0: read. 1: read, something changed. -1: err; nothing has changed then. */
int portals_load(struct portals *ps, struct pg *pg, struct err *err);

struct watch *portals_find(const struct portals *ps, const char *id);
/* Milliseconds between two requests to the host: the longest that a portal on it asks for. */
int64_t portals_delay(const struct portals *ps, struct span host, int64_t fallback);

struct watch *portals_hold(struct watch *w);
void portals_drop(struct watch *w);

bool portal_has_host(const struct portal *p, struct span host);
const struct portal_list *portal_find_list(const struct portal *p, const char *url);

#endif
