/* SPDX-License-Identifier: MIT */
/*
 * bad.h - the pages of sim-bad (--misbehave): one empty, one binary, one nested too deep, one
 * too large.  Its two good pages are ordinary reports.
 */
#ifndef PORTALSIM_BAD_H
#define PORTALSIM_BAD_H

#include "sim.h"

#define BAD_HUGE_BYTES (50U << 20)

enum bad_kind { BAD_EMPTY, BAD_BINARY, BAD_DEEP, BAD_HUGE, BAD_KINDS };

const char *bad_path(enum bad_kind kind);
const char *bad_name(enum bad_kind kind); /* as the journal calls it */
bool bad_find(const char *path, enum bad_kind *kind);
int bad_body(enum bad_kind kind, struct buf *out); /* not for BAD_HUGE */
/* Bytes of the huge page from `pos` on; how many were written. */
size_t bad_huge(uint64_t pos, char *out, size_t max);
void bad_announce(struct sim *s);                    /* into the journal */
void bad_mark_seen(struct sim *s, const char *path); /* under sim.lock */
bool bad_all_seen(const struct sim *s);              /* under sim.lock */

#endif
