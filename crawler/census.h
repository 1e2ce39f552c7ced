/* SPDX-License-Identifier: MIT */
/*
 * census.h - conservation: discovered = published + waiting + leased + refused, portal by portal.
 *
 * `discovered` grows in the transaction that inserts a URL; the rest is counted, a few portals at a
 * time, each once in every `every_ms` by whichever crawler comes first, into crawl.census.  From
 * there every crawler sets its gauges.  What is discovered and in no state is lost, and said.
 */
#ifndef CRAWLER_CENSUS_H
#define CRAWLER_CENSUS_H

#include <suoyin/pg.h>

struct census {
	int64_t every_ms;
	int64_t count_at_ms, read_at_ms; /* this process's clock: not before */
};

/* A little of the work, where it is due. Called in each round with the database. */
int census_step(struct census *c, struct pg *pg, int64_t now_ms, struct err *err);

#endif
