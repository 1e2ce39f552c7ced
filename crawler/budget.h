/* SPDX-License-Identifier: MIT */
/*
 * budget.h - requests a day of the portals that have a budget, counted in crawl.budget by the day of
 * China, before each request: no number of crawlers goes over it.
 */
#ifndef CRAWLER_BUDGET_H
#define CRAWLER_BUDGET_H

#include "visit.h"

/* Counts what is about to be asked; visits that are over their portal's budget move from `ready` to
 * `over`, with ending.wait_ms until the next day. -1: `ready` is as it was. */
int budget_take(struct pg *pg, struct visit_queue *ready, struct visit_queue *over, struct err *err);

#endif
