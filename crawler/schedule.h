/* SPDX-License-Identifier: MIT */
/*
 * schedule.h - when to look again: lists by the rate at which news arrive, pages by a ladder.
 *
 * A list's arrivals are a Poisson process whose rate has an hour-of-the-week shape (hour of the day
 * times weekday, Asia/Shanghai).  Both are estimated from what visits find, older findings decaying
 * with a half-life; until there is enough, the shape is that of an office.  Requests are spent as
 * the cube root of the rate: with intensity f, news of rate r wait about 1/f, and under a given sum
 * of f the squares of all waits are least where f goes with cbrt(r).  (The waits themselves would
 * be with the square root, at the cost of those who wait longest; tests/bench/run schedule.)  The
 * same rule shares a portal's requests among its lists.
 *
 * Pure: no clock, no I/O.  Instants are milliseconds since 1970.  Called by visit.c (what comes
 * next), list_memory.c (what is kept) and the bench.
 */
#ifndef CRAWLER_SCHEDULE_H
#define CRAWLER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_HOURS 24
#define PACE_DAYS 7

struct pace {                                      /* zeroed: nothing is known */
	double arrivals, exposure_ms;              /* decayed */
	double hours[PACE_HOURS], days[PACE_DAYS]; /* decayed arrivals; days[0] is Monday */
};

/* Between two visits `news` rows arrived, nobody knows when in between. */
void pace_observe(struct pace *p, int64_t from_ms, int64_t to_ms, double news);
/* A first visit: the days that the rows of the first page name, within PACE_SEED_MS before `now`.
 */
void pace_seed(struct pace *p, int64_t now_ms, const int64_t *days_ms, int count);

/* Arrivals a millisecond at an instant, never 0. */
double pace_rate(const struct pace *p, int64_t at_ms);
/* Arrivals a day, on average. */
double pace_per_day(const struct pace *p);
/* Arrivals that were to be expected since the last ones, if the pace of then held: by a rate that
 * is rather too low, for alarms.  p is of the instant to_ms; nothing arrived in between. */
double pace_expected(const struct pace *p, int64_t from_ms, int64_t to_ms);
/* Share of the portal's requests: the mean of cbrt(rate) over a week. */
double pace_weight(const struct pace *p);

/* Milliseconds until the next visit.  every_ms: of a list whose weight is the mean of its portal's
 * lists, on average over a week; the pause is between a sixth and six times of it. */
int64_t pace_next(const struct pace *p, int64_t now_ms, int64_t every_ms, double mean_weight);

/* Milliseconds until a page is looked at again that was last published (as it is now) so long ago:
 * 1 h, 1 d, 7 d, 30 d after that, then every 30 d; never more than `most` (0: no such bound).  What
 * was there before its list was watched begins at 7 d.  salt spreads pages that came together. */
int64_t ladder_wait(int64_t age_ms, bool baseline, int64_t most_ms, uint64_t salt);

#endif
