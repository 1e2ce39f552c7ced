/* SPDX-License-Identifier: MIT */
/*
 * dns.h - a name server for tests: the names of the portals, and those of a file (--dns FILE).
 *
 * A line of the file: NAME TTL STEP [| STEP]…  A step is a list of addresses with commas, "-" (no such
 * name) or "!" (no answer at all).  Each question for A takes the next step, the last one stays;
 * so a name can move, or be bound anew.
 */
#ifndef PORTALSIM_DNS_H
#define PORTALSIM_DNS_H

#include "sim.h"

struct dns;

/* Answers on 127.0.0.1 from now on; *port: where (in: wanted, 0 chooses). NULL: said why. */
struct dns *dns_start(const struct sim *s, unsigned *port);
void dns_stop(struct dns *d);

#endif
