/* SPDX-License-Identifier: MIT */
/*
 * health.h - how a portal fares: what each visit shows, and when that is a state of its own.
 *
 * A visit's verdict is one state; the last verdicts of a list (of the portal's pages: of all of
 * them together) are kept, and a state is entered only when k of the last n visits show it, the
 * first of them `every` ago, and left when two in a row are fine.  So one bad answer, or a minute
 * without network, alarms nobody:
 *
 *   challenge, layout, shrunk, soft_404, moved, robots   3 of 5
 *   slow, dns, tls, refused, http_error                  4 of 6
 *   stale      no news while 14 were to be expected (schedule.h), for 12 days at least, and half as
 * long again as it ever was blocked:fence  8 of the last 10 looks at published pages (impostor.h)
 *
 * Pure: `now` is a parameter.  flow.c calls health_note() for each visit that ends; what it changes
 * is written by health_keep() (health_note.c).
 */
#ifndef CRAWLER_HEALTH_H
#define CRAWLER_HEALTH_H

#include "impostor.h"

#include <stddef.h>

struct visit;

/* The worst last. */
enum health_state {
	HEALTH_OK,
	HEALTH_STALE,
	HEALTH_SHRUNK,
	HEALTH_SOFT_404,
	HEALTH_LAYOUT,
	HEALTH_SLOW,
	HEALTH_HTTP_ERROR,
	HEALTH_MOVED,
	HEALTH_REFUSED,
	HEALTH_TLS,
	HEALTH_DNS,
	HEALTH_ROBOTS,
	HEALTH_FENCE,
	HEALTH_CHALLENGE,
	HEALTH_STATES,
	HEALTH_NONE, /* a visit that shows nothing */
};
extern const char *const health_names[HEALTH_STATES];
enum health_state health_of_name(const char *name); /* another word: HEALTH_OK */

#define HEALTH_RECENT 8

/* What the pages of a portal show, in one crawler's memory. */
struct pages_health {
	char recent[HEALTH_RECENT + 1];
	int64_t bad_since_ms;
	enum health_state state;
	unsigned visits;
	struct soft_pages soft;
	struct fence fence;
};

/* A word of visit->ending.reason. */
enum health_state health_of_failure(const char *reason);
/* Appends a verdict; the oldest one leaves. */
void health_push(char recent[HEALTH_RECENT + 1], enum health_state verdict);
/* The state after the last verdict; `current` where nothing is decided. bad: how many of `recent`.
 */
enum health_state health_decide(
    const char *recent, enum health_state current, int64_t bad_for_ms, int64_t every_ms, int *bad);

/* A visit has ended: v->health says what changed. */
void health_note(struct visit *v);

#endif
