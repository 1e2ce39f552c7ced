/* SPDX-License-Identifier: MIT */
/*
 * scenario.h - what happens after the start, and when the oracle may say "end".
 *
 * demo: some reports are published later, at least one is republished under a second URL, one
 * edited, one removed.  The clock of a demo starts when somebody first looks at a list, so that
 * a watcher that starts late still sees news.  What changes a page waits until the page was
 * sent once.
 */
#ifndef PORTALSIM_SCENARIO_H
#define PORTALSIM_SCENARIO_H

#include "sim.h"

typedef void scenario_page_fn(
    struct sim *s, size_t place, const struct report *report, unsigned column);

int scenario_size(struct sim *s); /* allocates events */
int scenario_plan(struct sim *s, scenario_page_fn *add);
int scenario_start(struct sim *s); /* publishes what is there from the start */
void scenario_tick(struct sim *s);

#endif
