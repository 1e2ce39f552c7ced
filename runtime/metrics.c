/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/metrics.h>
#include <suoyin/text.h>

#include "metrics_process.h"

#define VALUE_BYTES_MAX 128 /* of a label */
#define OTHER "other"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

static const struct {
	enum metric_type type;
	const char *name, *label, *help;
} metrics[] = {
#define METRIC(id, type, name, label, help) [id] = {type, name, label, help},
#include <suoyin/metrics.def>
#undef METRIC
};

static const char *const type_names[] = {"counter", "gauge", "histogram"};

/* Seconds: from one request to the patience of a person. */
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
	10, 30, 60, 120, 300, 600, 1800, 3600};
#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

struct series {
	char *value;      /* of the label, "" without one */
	double amount;    /* of a histogram: the sum */
	uint64_t *counts; /* histogram: for each bound, and one beyond */
};

/* Counts are of the process, as metrics.h has it: there is no object to hand around. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct series *items;
	size_t count;
} all[METRIC_COUNT];

static double started_s; /* the process; 0: not told yet */

static struct series *
find(enum metric m, const char *value)
{
	for (size_t i = 0; i < all[m].count; i++)
		if (strcmp(all[m].items[i].value, value) == 0)
			return &all[m].items[i];
	return NULL;
}

static struct series *
add_series(enum metric m, const char *value)
{
	struct series *grown = realloc(all[m].items, (all[m].count + 1) * sizeof(*grown)), *s;

	if (grown == NULL)
		return NULL;
	all[m].items = grown;
	s = &grown[all[m].count];
	*s = (struct series){.value = strdup(value)};
	if (metrics[m].type == HISTOGRAM)
		s->counts = calloc(BOUNDS + 1, sizeof(*s->counts));
	if (s->value == NULL || (metrics[m].type == HISTOGRAM && s->counts == NULL)) {
		free(s->value);
		free(s->counts);
		return NULL;
	}
	all[m].count++;
	return s;
}

/* One value that is not UTF-8 would make a server refuse the whole page. */
static const char *
checked(enum metric m, const char *value)
{
	if (metrics[m].label == NULL || value == NULL)
		return "";
	return strlen(value) > VALUE_BYTES_MAX || !text_is_utf8(span_of(value)) ? OTHER : value;
}

/* NULL: out of memory, and a count is not worth more than that. */
static struct series *
series(enum metric m, const char *value)
{
	struct series *s;

	value = checked(m, value);
	if ((s = find(m, value)) != NULL)
		return s;
	if (all[m].count < METRIC_VALUES_MAX)
		return add_series(m, value);
	if ((s = find(m, OTHER)) != NULL)
		return s;
	return add_series(m, OTHER);
}

void
metric_add(enum metric m, const char *value, double amount)
{
	struct series *s;

	if (metrics[m].type == HISTOGRAM || (metrics[m].type == COUNTER && !(amount >= 0)))
		return;
	(void)pthread_mutex_lock(&lock);
	if ((s = series(m, value)) != NULL)
		s->amount += amount;
	(void)pthread_mutex_unlock(&lock);
}

void
metric_start(enum metric m, const char *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		metric_add(m, values[i], 0);
}

void
metric_set(enum metric m, const char *value, double amount)
{
	struct series *s;

	if (metrics[m].type != GAUGE)
		return;
	(void)pthread_mutex_lock(&lock);
	if ((s = series(m, value)) != NULL)
		s->amount = amount;
	(void)pthread_mutex_unlock(&lock);
}

void
metric_clear(enum metric m)
{
	if (metrics[m].type != GAUGE)
		return;
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < all[m].count; i++)
		all[m].items[i].amount = 0;
	(void)pthread_mutex_unlock(&lock);
}

static bool
is_among(const char *value, const char *const *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(values[i], value) == 0)
			return true;
	return false;
}

void
metric_keep(enum metric m, const char *const *values, size_t count)
{
	size_t kept = 0;

	if (metrics[m].type != GAUGE)
		return;
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < all[m].count; i++)
		if (is_among(all[m].items[i].value, values, count))
			all[m].items[kept++] = all[m].items[i];
		else
			free(all[m].items[i].value);
	all[m].count = kept;
	(void)pthread_mutex_unlock(&lock);
}

void
metric_observe(enum metric m, const char *value, double seconds)
{
	struct series *s;
	size_t i = 0;

	if (metrics[m].type != HISTOGRAM || isnan(seconds))
		return;
	/* Clocks of two machines differ: an age may come out below zero. */
	if (seconds < 0)
		seconds = 0;
	while (i < BOUNDS && seconds > bounds[i])
		i++;
	(void)pthread_mutex_lock(&lock);
	if ((s = series(m, value)) != NULL) {
		s->counts[i]++;
		s->amount += seconds;
	}
	(void)pthread_mutex_unlock(&lock);
}

static uint64_t
observations(const struct series *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= BOUNDS; i++)
		n += s->counts[i];
	return n;
}

double
metric_get(enum metric m, const char *value)
{
	const struct series *s;
	double amount = 0;

	(void)pthread_mutex_lock(&lock);
	if ((s = find(m, checked(m, value))) != NULL)
		amount = s->counts == NULL ? s->amount : (double)observations(s);
	(void)pthread_mutex_unlock(&lock);
	return amount;
}

static void
add_number(struct buf *out, double v)
{
	if (isinf(v))
		(void)buf_add_str(out, v > 0 ? "+Inf" : "-Inf");
	else if (isnan(v))
		(void)buf_add_str(out, "NaN");
	else if (fabs(v) < 9007199254740992.0 && floor(v) == v)
		(void)buf_add_fmt(out, "%.0f", v);
	else
		(void)buf_add_fmt(out, "%.15g", v);
}

/* Backslash and newline, and within a label's quotes the quote. */
static void
add_escaped(struct buf *out, const char *text, bool quoted)
{
	for (; *text != '\0'; text++)
		if (*text == '\n')
			(void)buf_add_str(out, "\\n");
		else if (*text == '\\' || (quoted && *text == '"'))
			(void)buf_add_fmt(out, "\\%c", *text);
		else
			(void)buf_add_byte(out, *text);
}

/* {label="value",le="bound"}, either may be missing. */
static void
add_labels(struct buf *out, enum metric m, const struct series *s, const double *le)
{
	if (metrics[m].label == NULL && le == NULL)
		return;
	(void)buf_add_byte(out, '{');
	if (metrics[m].label != NULL) {
		(void)buf_add_fmt(out, "%s=\"", metrics[m].label);
		add_escaped(out, s->value, true);
		(void)buf_add_str(out, le == NULL ? "\"" : "\",");
	}
	if (le != NULL) {
		(void)buf_add_str(out, "le=\"");
		add_number(out, *le);
		(void)buf_add_byte(out, '"');
	}
	(void)buf_add_byte(out, '}');
}

static void
add_line(struct buf *out, enum metric m, const struct series *s, const char *suffix,
    const double *le, double v)
{
	(void)buf_add_fmt(out, "%s%s", metrics[m].name, suffix);
	add_labels(out, m, s, le);
	(void)buf_add_byte(out, ' ');
	add_number(out, v);
	(void)buf_add_byte(out, '\n');
}

static void
add_histogram(struct buf *out, enum metric m, const struct series *s)
{
	const double beyond = INFINITY;
	uint64_t n = 0;

	for (size_t i = 0; i <= BOUNDS; i++) {
		n += s->counts[i];
		add_line(out, m, s, "_bucket", i < BOUNDS ? &bounds[i] : &beyond, (double)n);
	}
	add_line(out, m, s, "_sum", NULL, s->amount);
	add_line(out, m, s, "_count", NULL, (double)n);
}

static void
add_metric(struct buf *out, enum metric m)
{
	if (all[m].count == 0)
		return;
	(void)buf_add_fmt(out, "# HELP %s ", metrics[m].name);
	add_escaped(out, metrics[m].help, false);
	(void)buf_add_fmt(out, "\n# TYPE %s %s\n", metrics[m].name, type_names[metrics[m].type]);
	for (size_t i = 0; i < all[m].count; i++)
		if (metrics[m].type == HISTOGRAM)
			add_histogram(out, m, &all[m].items[i]);
		else
			add_line(out, m, &all[m].items[i], "", NULL, all[m].items[i].amount);
}

void
metrics_write(struct buf *out)
{
	metric_set(M_BUILD_INFO, SUOYIN_VERSION, 1);
	(void)pthread_mutex_lock(&lock);
	for (int m = 0; m < METRIC_COUNT; m++)
		add_metric(out, (enum metric)m);
	metrics_process(out, &started_s);
	(void)pthread_mutex_unlock(&lock);
}
