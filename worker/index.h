/* SPDX-License-Identifier: MIT */
/*
 * index.h - mode index: the search index (sql: core.search_…) behind the reports by seconds.
 *
 * Triggers note in core.search_queue which reports changed.  One process at a time works it off,
 * by a lease in core.search_lease: others wait and take over when it ends.  A flush is one
 * transaction that begins with the lease's row: whoever lost it writes nothing.  Flushes are large,
 * because sorting pairs into the index costs per flush and not per report.  Kafka is not asked.
 */
#ifndef WORKER_INDEX_H
#define WORKER_INDEX_H

#include <suoyin/admin.h>
#include <suoyin/pg.h>

#include "settings.h"

#define INDEX_LEASE "30 s"

/* Until asked to stop; pg is connected.  -1: err says why the program must end. */
int index_run(const struct settings *settings, struct pg *pg, struct admin *admin, struct err *err);

/* -------- index_flush.c */

/* One flush of at most `most` changes under this lease: how many were settled, -2: the lease is
 * another's, -1: err. admin is ticked meanwhile. */
int64_t index_flush(struct pg *pg, int64_t lease_no, int64_t most, struct admin *admin, struct err *err);
/* Writes the folding of characters, and queues all reports, when the index was made by other rules. */
int index_rules(struct pg *pg, int64_t lease_no, struct err *err);

#endif
