/* SPDX-License-Identifier: MIT */
/* backoff.h - when to try again: each failure in a row doubles the pause. */
#ifndef CRAWLER_BACKOFF_H
#define CRAWLER_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	int64_t pause_ms, until_ms; /* zeroed: may try at once */
};

static inline bool
backoff_is_over(const struct backoff *b, int64_t now_ms)
{
	return now_ms >= b->until_ms;
}

static inline void
backoff_next(struct backoff *b, int64_t now_ms, int64_t first_ms, int64_t most_ms)
{
	b->pause_ms = b->pause_ms == 0 ? first_ms : 2 * b->pause_ms;
	if (b->pause_ms > most_ms)
		b->pause_ms = most_ms;
	b->until_ms = now_ms + b->pause_ms;
}

static inline void
backoff_reset(struct backoff *b)
{
	*b = (struct backoff){0, 0};
}

#endif
