/* SPDX-License-Identifier: MIT */
/*
 * list_memory.h - crawl.list: what a list's visits leave for the next one, whichever crawler makes
 * it.
 *
 * list_recall() fills v->memory of claimed list visits by one query; the visit changes it in memory
 * (overlap.c, health.c, visit.c); list_keep() writes it back at its end, under the lease, before
 * the lease is given up.  Both are one statement for many lists; list_keep() writes absolute values
 * and may be tried again.
 */
#ifndef CRAWLER_LIST_MEMORY_H
#define CRAWLER_LIST_MEMORY_H

#include "health.h"
#include "schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <suoyin/pg.h>

#define LONG_AGO_MS (INT64_MAX / 4)

struct visit_queue;

struct list_memory {
	int64_t now_ms;     /* the database's clock when it was read, since 1970 */
	int64_t read_at_ms; /* this process's clock then */
	uint64_t digest;    /* of the rows of page 1; 0: none */
	int64_t total, pages;
	bool whole;
	int64_t swept_ago_ms, sweep_failed_ago_ms;
	int unmodified;
	bool lies;
	double usual_rows;
	char recent[HEALTH_RECENT + 1]; /* verdicts, the newest last */
	int64_t bad_since_ms;
	int64_t news_ms, visited_ms; /* since 1970; 0: never */
	int64_t longest_gap_ms;
	struct pace pace;
	double mean_weight; /* of the portal's lists; 0: none is known */
	char state[24];     /* of crawl.health; "": no row */
	/* what this visit did */
	bool swept, sweep_failed, gap;
};

/* The database's clock now. */
int64_t list_now(const struct list_memory *m, int64_t mono_ms);
int list_recall(struct pg *pg, struct visit_queue *from, int64_t mono_ms, struct err *err);
int list_keep(struct pg *pg, const struct visit_queue *ended, struct err *err);

#endif
