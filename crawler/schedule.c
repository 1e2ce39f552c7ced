/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <math.h>
#include <stddef.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)
#define ZONE_MS (8 * HOUR_MS)                /* Asia/Shanghai, no summer time */
#define HALF_LIFE_MS ((double)(28 * DAY_MS)) /* four weeks: a weekday is seen four times */
#define SEED_MS (90 * DAY_MS)

/* What is believed before anything was seen, and how many arrivals that belief is worth. */
#define PRIOR_ARRIVALS 0.5
#define PRIOR_EXPOSURE_MS ((double)DAY_MS)
#define SHAPE_PRIOR 16.0
#define SHAPE_LEAST 0.1 /* nobody is never at work */

/* Offices publish in office hours. Means of 1. */
static const double office_hours[PACE_HOURS] = {0.15, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.4, 1.6, 2.4,
    2.4, 2.0, 1.0, 1.2, 2.0, 2.4, 2.4, 1.9, 1.0, 0.7, 0.6, 0.5, 0.4, 0.3};
static const double office_days[PACE_DAYS] = {1.24, 1.24, 1.24, 1.24, 1.24, 0.4, 0.4};

static const int64_t rungs[] = {HOUR_MS, DAY_MS, WEEK_MS, 30 * DAY_MS};

static int
hour_of(int64_t at_ms)
{
	return (int)((at_ms + ZONE_MS) / HOUR_MS % 24);
}

/* 1970-01-01 was a Thursday. */
static int
weekday_of(int64_t at_ms)
{
	return (int)(((at_ms + ZONE_MS) / DAY_MS + 3) % 7);
}

static int64_t
hour_end(int64_t at_ms)
{
	return at_ms - at_ms % HOUR_MS + HOUR_MS;
}

static double
sum(const double *v, int n)
{
	double s = 0;

	for (int i = 0; i < n; i++)
		s += v[i];
	return s;
}

/* Mean 1 over its bins; bins with few arrivals lean on the prior. */
static double
bin_shape(const double *seen, const double *prior, double seen_sum, double prior_sum, int n, int i)
{
	double s = (seen[i] + SHAPE_PRIOR * prior[i] / prior_sum) / (seen_sum + SHAPE_PRIOR) * n;

	return s < SHAPE_LEAST ? SHAPE_LEAST : s;
}

/* The 31 bins as factors, computed once for a walk over many hours. */
struct shape {
	double hours[PACE_HOURS], days[PACE_DAYS];
};

static void
shape_init(struct shape *s, const struct pace *p)
{
	double hours = sum(p->hours, PACE_HOURS), days = sum(p->days, PACE_DAYS);
	double prior_hours = sum(office_hours, PACE_HOURS);
	double prior_days = sum(office_days, PACE_DAYS);

	for (int i = 0; i < PACE_HOURS; i++)
		s->hours[i] = bin_shape(p->hours, office_hours, hours, prior_hours, PACE_HOURS, i);
	for (int i = 0; i < PACE_DAYS; i++)
		s->days[i] = bin_shape(p->days, office_days, days, prior_days, PACE_DAYS, i);
}

static double
shape_at(const struct shape *s, int64_t at_ms)
{
	return s->hours[hour_of(at_ms)] * s->days[weekday_of(at_ms)];
}

static double
mean_rate(const struct pace *p)
{
	return (p->arrivals + PRIOR_ARRIVALS) / (p->exposure_ms + PRIOR_EXPOSURE_MS);
}

double
pace_rate(const struct pace *p, int64_t at_ms)
{
	struct shape s;

	shape_init(&s, p);
	return mean_rate(p) * shape_at(&s, at_ms);
}

double
pace_per_day(const struct pace *p)
{
	return mean_rate(p) * (double)DAY_MS;
}

static void
decay(struct pace *p, double factor)
{
	p->arrivals *= factor;
	p->exposure_ms *= factor;
	for (int i = 0; i < PACE_HOURS; i++)
		p->hours[i] *= factor;
	for (int i = 0; i < PACE_DAYS; i++)
		p->days[i] *= factor;
}

/* Each hour of the interval gets its part of the news, as likely as it is by what we know. */
static void
spread(struct pace *p, int64_t from_ms, int64_t to_ms, double news)
{
	struct shape s;
	double mass = 0;

	shape_init(&s, p);
	for (int64_t at = from_ms, end; at < to_ms; at = end) {
		end = hour_end(at) < to_ms ? hour_end(at) : to_ms;
		mass += (double)(end - at) * shape_at(&s, at);
	}
	for (int64_t at = from_ms, end; at < to_ms && mass > 0; at = end) {
		double part;

		end = hour_end(at) < to_ms ? hour_end(at) : to_ms;
		part = news * (double)(end - at) * shape_at(&s, at) / mass;
		p->hours[hour_of(at)] += part;
		p->days[weekday_of(at)] += part;
	}
}

void
pace_observe(struct pace *p, int64_t from_ms, int64_t to_ms, double news)
{
	if (to_ms <= from_ms)
		return;
	decay(p, exp2(-(double)(to_ms - from_ms) / HALF_LIFE_MS));
	p->exposure_ms += (double)(to_ms - from_ms);
	if (news <= 0)
		return;
	p->arrivals += news;
	if (to_ms - from_ms <= WEEK_MS) /* longer: says nothing about hours */
		spread(p, from_ms, to_ms, news);
}

void
pace_seed(struct pace *p, int64_t now_ms, const int64_t *days_ms, int count)
{
	int64_t oldest = now_ms;

	for (int i = 0; i < count; i++) {
		double weight;

		if (days_ms[i] > now_ms || days_ms[i] < now_ms - SEED_MS)
			continue;
		if (days_ms[i] < oldest)
			oldest = days_ms[i];
		weight = exp2(-(double)(now_ms - days_ms[i]) / HALF_LIFE_MS);
		p->arrivals += weight;
		p->days[weekday_of(days_ms[i])] += weight;
	}
	/* the decayed length of the time that the rows tell of */
	p->exposure_ms +=
	    HALF_LIFE_MS / M_LN2 * (1 - exp2(-(double)(now_ms - oldest) / HALF_LIFE_MS));
}

/* What was known when the last news came, without what has been forgotten since: silence is what is
 * to be judged, and must not make itself the rule. */
double
pace_expected(const struct pace *p, int64_t from_ms, int64_t to_ms)
{
	double since = (double)(to_ms - from_ms), kept = exp2(-since / HALF_LIFE_MS), low, mass,
	       exposure;
	int64_t weeks_ms = (to_ms - from_ms) / WEEK_MS * WEEK_MS;
	struct shape s;

	if (since <= 0 || kept <= 0)
		return 0;
	exposure = (p->exposure_ms - HALF_LIFE_MS / M_LN2 * (1 - kept)) / kept;
	low = p->arrivals / kept;
	low -= 2 * sqrt(low);
	if (low <= 0 || exposure < (double)WEEK_MS)
		return 0;
	shape_init(&s, p);
	/* whole weeks hold a week's arrivals */
	mass = (double)weeks_ms;
	from_ms += weeks_ms;
	for (int64_t at = from_ms, end; at < to_ms; at = end) {
		end = hour_end(at) < to_ms ? hour_end(at) : to_ms;
		mass += (double)(end - at) * shape_at(&s, at);
	}
	return low / exposure * mass;
}

double
pace_weight(const struct pace *p)
{
	double hours = 0, days = 0;
	struct shape s;

	shape_init(&s, p);
	for (int i = 0; i < PACE_HOURS; i++)
		hours += cbrt(s.hours[i]);
	for (int i = 0; i < PACE_DAYS; i++)
		days += cbrt(s.days[i]);
	return cbrt(mean_rate(p)) * hours / PACE_HOURS * days / PACE_DAYS;
}

int64_t
pace_next(const struct pace *p, int64_t now_ms, int64_t every_ms, double mean_weight)
{
	int64_t least = every_ms / 6, most = every_ms * 6, wait = 0;
	double own = pace_weight(p), left, root = cbrt(mean_rate(p));
	struct shape s;

	shape_init(&s, p);
	left = (mean_weight > 0 ? mean_weight : own) * (double)every_ms;
	for (int64_t at = now_ms, end; wait < most; at = end) {
		double density = root * cbrt(shape_at(&s, at)), mass;

		end = hour_end(at);
		mass = density * (double)(end - at);
		if (mass >= left) {
			wait += (int64_t)(left / density);
			break;
		}
		left -= mass;
		wait += end - at;
	}
	return wait < least ? least : wait > most ? most : wait;
}

int64_t
ladder_wait(int64_t age_ms, bool baseline, int64_t most_ms, uint64_t salt)
{
	int64_t wait = rungs[3];

	for (size_t i = baseline ? 2 : 0; i < sizeof(rungs) / sizeof(rungs[0]); i++)
		if (age_ms < rungs[i] - rungs[i] / 8) { /* else this rung is as good as done */
			wait = rungs[i] - age_ms;
			break;
		}
	if (most_ms > 0 && wait >= most_ms)
		return most_ms;
	return wait - (int64_t)((uint64_t)wait / 1000 * (salt % 100));
}
