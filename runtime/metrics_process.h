/* SPDX-License-Identifier: MIT */
/*
 * metrics_process.h - process_cpu_seconds_total and the like, by the names that all programs give them.
 *
 * Read from /proc at each call; what cannot be read is not shown.  Of this process alone: children are
 * processes of their own.
 */
#ifndef RUNTIME_METRICS_PROCESS_H
#define RUNTIME_METRICS_PROCESS_H

#include <suoyin/buf.h>

/* Text exposition, appended.  started_s: the caller's, 0 at first: when the process started, as first told. */
void metrics_process(struct buf *out, double *started_s);

#endif
