/* SPDX-License-Identifier: MIT */
/*
 * script.h - what a test makes the portals do, when it wants it: --script FILE, a command a line,
 * each done once as it is appended (README.md).  Publications go through state.c, so the journal
 * tells them.
 */
#ifndef PORTALSIM_SCRIPT_H
#define PORTALSIM_SCRIPT_H

#include "answer.h"

void script_tick(struct sim *s);
/* The answer of a portal that misbehaves now; false: it does not, for this path. */
bool script_answer(struct answer *a, struct sim *s, const struct question *q, bool is_list);
/* How a list is shown now. */
bool script_hides_rows(const struct sim *s);       /* under a class that no rule knows */
size_t script_rows(const struct sim *s, size_t n); /* of one page: all, fewer, none */
size_t script_pinned(const struct sim *s);         /* the oldest rows, on top of page 1 */

#endif
