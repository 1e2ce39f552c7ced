/* SPDX-License-Identifier: MIT */
/*
 * manners.h - --scenario polite: portals that have names, share addresses, and ask for manners.
 *
 * Two portals at a time share an address.  What /robots.txt says goes by fours: rules and a
 * Crawl-delay; none (404); 503 three times and rules then; rules behind five redirects.  Rules
 * forbid some pages that the lists name; the journal has each as `forbidden`.  Every 15th page
 * request of a portal is answered 503 with a Retry-After, every 40th 429 without.
 */
#ifndef PORTALSIM_MANNERS_H
#define PORTALSIM_MANNERS_H

#include "answer.h"

#define MANNERS_RETRY_S 2

/* Name and address of the portal with this number. */
void manners_name(const struct sim *s, struct portal *p, unsigned number);
void manners_announce(struct sim *s); /* into the journal */
/* Which portal is asked, by the Host header; SIZE_MAX: none. */
size_t manners_find(const struct sim *s, const char *host);
/* True: this is the answer; else it is an ordinary request. */
bool manners_answer(struct answer *a, struct sim *s, const struct question *q);

#endif
