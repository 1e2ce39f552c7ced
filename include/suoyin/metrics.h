/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - counters, gauges and histograms in Prometheus text form.
 *
 * One list, metrics.def, gives identifier, type, name, label and help; names begin
 * suoyin_, base units, _total for counters.  At most one label a metric, its values are
 * words of the design (outcome, reason, phase …) or configured ids - never a URL.
 * Thread-safe.  More label values than METRIC_VALUES_MAX fold into "other".
 */
#ifndef SUOYIN_METRICS_H
#define SUOYIN_METRICS_H

#include <suoyin/buf.h>

#define METRIC_VALUES_MAX 256

enum metric {
#define METRIC(id, type, name, label, help) id,
#include "metrics.def"
#undef METRIC
	METRIC_COUNT
};

/* label value NULL for a metric without label */
void metric_add(enum metric m, const char *value, double amount); /* counter, gauge */
/* Shows a counter before its first event: one that appears with it has grown by nothing, for Prometheus. */
void metric_start(enum metric m, const char *const *values, size_t count);
void metric_set(enum metric m, const char *value, double amount); /* gauge */
void metric_observe(enum metric m, const char *value, double seconds); /* histogram */
void metric_clear(enum metric m); /* gauge: all of its values to 0 */
/* gauge: those that are not named are no longer shown, as of a partition that is another's now */
void metric_keep(enum metric m, const char *const *values, size_t count);
double metric_get(enum metric m, const char *value); /* for tests and progress */

/* Text exposition 0.0.4 of all that was ever set, and process_* of the process, without our prefix: every
 * program's are named so. */
void metrics_write(struct buf *out);

#endif
