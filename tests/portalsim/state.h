/* SPDX-License-Identifier: MIT */
/*
 * state.h - what the portals show at this moment; every change goes to the journal first, so
 * that nobody sees a page that the oracle does not know.  Thread-safe.
 */
#ifndef PORTALSIM_STATE_H
#define PORTALSIM_STATE_H

#include "sim.h"

struct page_view {
	bool published, gone;
	unsigned revision;
	char sha256[HEX_MAX];
};

int state_publish(struct sim *s, size_t page, const char *event);
int state_edit(struct sim *s, size_t page);
int state_remove(struct sim *s, size_t page);
void state_move_last(struct sim *s, size_t page); /* behind all of its list */
void state_end(struct sim *s); /* appends "end" once everything was seen */

struct page_view state_look(struct sim *s, const struct page *page);
void state_sent(struct sim *s, struct page *page, unsigned revision); /* a 200, whole */
void state_refused(struct sim *s, struct page *page);                 /* a 404 */
void state_bad_seen(struct sim *s, const char *path);
void state_list_seen(struct sim *s);
int64_t state_began(struct sim *s);
int64_t state_served_ms(struct sim *s, size_t page);

size_t state_count(struct sim *s, const struct column *column);
/* Newest first: up to `max` of the column's pages from `skip` on; *more: older ones follow. */
size_t state_rows(
    struct sim *s, const struct column *column, size_t skip, size_t max, size_t *out, bool *more);

#endif
