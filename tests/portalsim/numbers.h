/* SPDX-License-Identifier: MIT */
/* numbers.h - index numbers (索引号) and document numbers (文号) in the forms portals print. */
#ifndef PORTALSIM_NUMBERS_H
#define PORTALSIM_NUMBERS_H

#include "rng.h"
#include "sim.h"

/* The prefix that a portal's index numbers share; check characters are right. */
void numbers_organ(struct portal *portal, unsigned which, struct rng *rng);
void numbers_index(struct report *report, const struct portal *portal, struct rng *rng);
void numbers_document(
    struct report *report, const struct portal *portal, const char *short_name, struct rng *rng);

#endif
