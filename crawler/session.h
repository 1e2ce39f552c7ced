/* SPDX-License-Identifier: MIT */
/*
 * session.h - the crawler's one connection to PostgreSQL: made when it can be, made again when it
 * broke, with growing pauses; listens for changed portals; the schema is checked each time.
 */
#ifndef CRAWLER_SESSION_H
#define CRAWLER_SESSION_H

#include "backoff.h"

#include <suoyin/admin.h>
#include <suoyin/pg.h>

struct session {
	struct pg *pg;
	struct admin *admin;
	struct backoff backoff;
	bool ready;         /* connected, schema as expected */
	bool portals_stale; /* notified, or connected anew */
};

/* Tries to be ready, if it is not and the pause is over; looks for notifications. */
void session_poll(struct session *s, int64_t now_ms);
/* A statement failed: pause, and be not ready until the next session_poll that succeeds.
 * Returns -1 when `why` is no fault of the world (FATAL, REJECT): the caller must stop. */
int session_failed(struct session *s, int64_t now_ms, const struct err *why);

#endif
