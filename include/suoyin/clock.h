/* SPDX-License-Identifier: MIT */
/*
 * clock.h - this machine's clocks: for waits, deadlines and costs.  What is stored goes by the database's clock, or by
 * that of the message.
 */
#ifndef SUOYIN_CLOCK_H
#define SUOYIN_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
clock_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Since some moment in the past; no one sets it. */
static inline int64_t
clock_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}

/* Since 1970. */
static inline int64_t
clock_day_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

/* That many ms from now, for waits by CLOCK_MONOTONIC. */
static inline struct timespec
clock_in(int64_t ms)
{
	int64_t us = clock_us(CLOCK_MONOTONIC) + ms * 1000;

	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

#endif
