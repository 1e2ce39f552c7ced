/* SPDX-License-Identifier: MIT */
/*
 * schedule_bench - how long news wait to be seen, at an equal number of requests: ours
 * (crawler/schedule.h), a fixed interval, and Nutch's AdaptiveFetchSchedule.
 *
 * Two sets of lists: made-up ones (rates from one in two weeks to 15 a day, several at once, office
 * hours of each list's own, some machines that publish at night, holidays), and, where a file of
 * them is given ("LIST SECONDS" a line), published dates of real portals. Eight weeks are for
 * learning, half a year is measured.  Nutch's rule is tuned to the same number of requests in two
 * ways, by its longest interval and by its inc_rate; the better one counts, for mean and for p95
 * each.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedule.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MONDAY INT64_C(1767542400000) /* 2026-01-05 00:00 in Shanghai */
#define WARM (56 * DAY)
#define END (WARM + 182 * DAY)
#define EVERY (30 * MINUTE)
#define LISTS_MAX 64

struct list {
	int64_t *news; /* since MONDAY, in order */
	size_t count, room;
	/* a policy's state */
	size_t seen;
	int64_t next, last;
	double interval;
	struct pace pace;
	double weight;
};

struct set {
	const char *name;
	struct list lists[LISTS_MAX];
	size_t count;
	int rounds; /* played so often, each with another beginning: few news say little at once */
};

enum policy { OURS, FIXED, NUTCH };

struct tuning {
	double interval; /* FIXED: all of them; NUTCH: the longest */
	double inc;      /* NUTCH */
};

struct outcome {
	double requests, mean, p95;
};

static uint64_t dice = 88172645463325252U;

static double
unit(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (double)(dice >> 11) / 9007199254740992.0;
}

static void
add(struct list *l, int64_t at)
{
	if (l->count == l->room) {
		l->room = l->room == 0 ? 64 : 2 * l->room;
		l->news = realloc(l->news, l->room * sizeof(*l->news));
		if (l->news == NULL)
			abort();
	}
	l->news[l->count++] = at;
}

/* Rate of an office with a favourite hour, or of a machine that runs at night; mean 1 over a week.
 */
static double
shape(int kind, int favourite, int64_t at)
{
	int64_t hour = at / HOUR % 24, day = at / DAY;

	if (kind == 0) /* each night at one */
		return hour == favourite ? 24 : 0;
	if ((day % 364 >= 40 && day % 364 < 49) || (day % 364 >= 115 && day % 364 < 120))
		return 0; /* holidays */
	if (day % 7 >= 5 || hour < 8 || hour >= 18)
		return 0.05;
	return (hour == favourite || hour == favourite + 1 ? 3.0 : 0.6) * 2.9;
}

static void
make_up(struct set *s)
{
	s->name = "made-up";
	s->rounds = 1;
	for (s->count = 0; s->count < 40; s->count++) {
		struct list *l = &s->lists[s->count];
		double rate = 0.07 * pow(15 / 0.07, (double)s->count / 39);
		int kind = s->count % 8 != 3, favourite = kind == 0 ? 2 : 8 + (int)(unit() * 9);

		for (int64_t t = 0; t < END; t += 5 * MINUTE) {
			double p = rate / 1.4 * shape(kind, favourite, t) * 5 / 1440;

			if (unit() < p)
				do
					add(l, t + (int64_t)(unit() * (double)(5 * MINUTE)));
				while (unit() < 0.3); /* some come together */
		}
	}
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Real instants, folded by whole weeks into the time that is played: weekday and hour stay. */
static int
read_published(struct set *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[128], *rest;

	s->name = "published";
	s->rounds = 40;
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t list = strtoul(line, &rest, 10);
		int64_t at = (strtoll(rest, NULL, 10) * 1000 - MONDAY) % END;

		if (rest == line || list >= LISTS_MAX)
			continue;
		add(&s->lists[list], at < 0 ? at + END : at);
		s->count = list + 1 > s->count ? list + 1 : s->count;
	}
	(void)fclose(f);
	for (size_t i = 0; i < s->count; i++)
		qsort(s->lists[i].news, s->lists[i].count, sizeof(int64_t), by_number);
	return s->count > 0 ? 0 : -1;
}

static double
mean_weight(const struct set *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->lists[i].weight;
	return sum / (double)s->count;
}

static int64_t
pause_after(
    const struct set *s, struct list *l, enum policy policy, const struct tuning *t, size_t fresh)
{
	switch (policy) {
	case OURS:
		pace_observe(&l->pace, MONDAY + l->last, MONDAY + l->next, (double)fresh);
		l->weight = pace_weight(&l->pace);
		return pace_next(&l->pace, MONDAY + l->next, EVERY, mean_weight(s));
	case NUTCH:
		l->interval *= fresh > 0 ? 0.8 : 1 + t->inc;
		if (l->interval > t->interval)
			l->interval = t->interval;
		if (l->interval < (double)MINUTE)
			l->interval = (double)MINUTE;
		return (int64_t)l->interval;
	case FIXED:
	default:
		return (int64_t)t->interval;
	}
}

static struct list *
first_due(struct set *s)
{
	struct list *first = &s->lists[0];

	for (size_t i = 1; i < s->count; i++)
		if (s->lists[i].next < first->next)
			first = &s->lists[i];
	return first;
}

static double waits[1 << 20];
static size_t waited;

static double
play_round(struct set *s, enum policy policy, const struct tuning *t)
{
	double requests = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct list *l = &s->lists[i];

		l->seen = 0;
		l->last = 0;
		l->next = (int64_t)(unit() * (double)EVERY);
		l->interval = (double)EVERY;
		memset(&l->pace, 0, sizeof(l->pace));
		l->weight = pace_weight(&l->pace);
	}
	for (struct list *l = first_due(s); l->next < END; l = first_due(s)) {
		size_t fresh = 0;
		int64_t wait;

		for (; l->seen < l->count && l->news[l->seen] <= l->next; l->seen++, fresh++)
			if (l->news[l->seen] >= WARM && waited < sizeof(waits) / sizeof(waits[0]))
				waits[waited++] =
				    (double)(l->next - l->news[l->seen]) / (double)MINUTE;
		requests += l->next >= WARM;
		wait = pause_after(s, l, policy, t, fresh);
		l->last = l->next;
		l->next += wait < MINUTE ? MINUTE : wait;
	}
	return requests;
}

static int
by_wait(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct outcome
play(struct set *s, enum policy policy, const struct tuning *t)
{
	struct outcome o = {0};

	waited = 0;
	for (int i = 0; i < s->rounds; i++)
		o.requests += play_round(s, policy, t) / s->rounds;
	for (size_t i = 0; i < waited; i++)
		o.mean += waits[i] / (double)waited;
	qsort(waits, waited, sizeof(waits[0]), by_wait);
	o.p95 = waited > 0 ? waits[waited * 95 / 100] : 0;
	return o;
}

/* Nutch's rule with as many requests as ours: the longest interval, or inc_rate, by bisection. */
static struct outcome
tune(struct set *s, double requests, bool by_inc)
{
	double low = by_inc ? 1e-4 : (double)(2 * MINUTE), high = by_inc ? 4.0 : (double)(90 * DAY);
	struct outcome o = {0};

	for (int i = 0; i < 40; i++) {
		double middle = sqrt(low * high);
		struct tuning t = {by_inc ? (double)(365 * DAY) : middle, by_inc ? middle : 0.4};

		o = play(s, NUTCH, &t);
		if (fabs(o.requests / requests - 1) < 0.002)
			break;
		if (o.requests > requests)
			low = middle;
		else
			high = middle;
	}
	return o;
}

static void
print(const char *name, const struct outcome *o)
{
	(void)printf("  %-28s %9.0f requests  mean %7.1f min  p95 %7.1f min\n", name, o->requests,
	    o->mean, o->p95);
}

struct ratios {
	double mean_fixed, p95_fixed, mean_nutch, p95_nutch;
};

static double
greater(double a, double b)
{
	return a > b ? a : b;
}

static double
lesser(double a, double b)
{
	return a < b ? a : b;
}

static void
compare(struct set *s, struct ratios *worst)
{
	struct outcome ours = play(s, OURS, NULL), fixed, longest, inc;
	struct tuning t = {(double)s->count * (double)(END - WARM) / ours.requests, 0};
	size_t news = 0;

	for (size_t i = 0; i < s->count; i++)
		news += s->lists[i].count;
	fixed = play(s, FIXED, &t);
	longest = tune(s, ours.requests, false);
	inc = tune(s, ours.requests, true);
	(void)printf("%s: %zu lists, %zu news\n", s->name, s->count, news);
	print("by arrivals (ours)", &ours);
	print("fixed", &fixed);
	print("Nutch, tuned by max_interval", &longest);
	print("Nutch, tuned by inc_rate", &inc);
	worst->mean_fixed = greater(worst->mean_fixed, ours.mean / fixed.mean);
	worst->p95_fixed = greater(worst->p95_fixed, ours.p95 / fixed.p95);
	worst->mean_nutch = greater(worst->mean_nutch, ours.mean / lesser(longest.mean, inc.mean));
	worst->p95_nutch = greater(worst->p95_nutch, ours.p95 / lesser(longest.p95, inc.p95));
}

int
main(int argc, char **argv)
{
	static struct set made_up, published;
	struct ratios worst = {0};

	make_up(&made_up);
	compare(&made_up, &worst);
	if (argc > 1 && read_published(&published, argv[1]) == 0)
		compare(&published, &worst);
	else
		(void)printf("published: no dates given, skipped\n");
	(void)printf("the worst of the sets:\nRESULT mean_ratio_fixed=%.3f p95_ratio_fixed=%.3f "
		     "mean_ratio_nutch=%.3f p95_ratio_nutch=%.3f\n",
	    worst.mean_fixed, worst.p95_fixed, worst.mean_nutch, worst.p95_nutch);
	return worst.mean_fixed < 1 && worst.p95_fixed < 1 && worst.mean_nutch < 1 &&
		       worst.p95_nutch < 1
		   ? 0
		   : 1;
}
