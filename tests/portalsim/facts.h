/* SPDX-License-Identifier: MIT */
/*
 * facts.h - what a page prints about its report.  The templates write it into their markup and
 * the journal repeats it as the truth; both ask here, so that they cannot differ.
 */
#ifndef PORTALSIM_FACTS_H
#define PORTALSIM_FACTS_H

#include "compose.h"

#include <jansson.h>

#define PAIRS_MAX 8 /* of a block, and of an info line */
#define DAY_MAX 48

struct pair {
	const char *label;
	char value[320];
};

enum { INFO_PUBLISHED, INFO_SOURCE, INFO_PAIRS };

void facts_day(const struct day *day, char out[DAY_MAX]); /* ISO */
/* The metadata block, labels as this dialect spells them; 0: the portal prints none. */
unsigned facts_block(
    const struct portal *portal, const struct report *report, struct pair pairs[PAIRS_MAX]);
/* The line under the title. */
void facts_info(
    const struct portal *portal, const struct report *report, struct pair pairs[INFO_PAIRS]);

/* All that README.md lists under "what the page prints", for the journal.  NULL: out of memory. */
json_t *facts_of(const struct sim *s, const struct page *page, const struct doc *doc);

#endif
