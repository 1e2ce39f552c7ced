/* SPDX-License-Identifier: MIT */
/* now.h - this process's own clock, for waits only: leases and messages go by the database's. */
#ifndef CRAWLER_NOW_H
#define CRAWLER_NOW_H

#include <stdint.h>
#include <time.h>

static inline int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
