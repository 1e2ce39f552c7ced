/* SPDX-License-Identifier: MIT */
/*
 * publish.h - pages out, to Kafka.
 *
 * publish_page() hands a visit's page to the producer; it is published only when `done` is called
 * with ok set.  A message that failed for a cause that may pass is handed over again, same id, same
 * time; a producer that broke is replaced.  Single-threaded: callbacks run inside publish_poll().
 */
#ifndef CRAWLER_PUBLISH_H
#define CRAWLER_PUBLISH_H

#include "visit.h"

#include <suoyin/config.h>

struct publish_options {
	const struct config_pairs *kafka;
	const char *topic;
	int partitions, replication;
	/* gives v; why NULL: published, else the message alone is to blame */
	void (*done)(void *ctx, struct visit *v, const char *why);
	void *ctx;
};

struct publisher;

struct publisher *publisher_new(const struct publish_options *options, struct err *err);
/* Messages that nobody took are given up, their visits given to `out`. */
void publisher_free(struct publisher *p, struct visit_queue *out);

/* Takes v: v->ce_id, v->ce_time, v->gone and v->answer are the page. */
void publish_page(struct publisher *p, struct visit *v);
/* Makes the topic sure, hands over what waits, serves deliveries. FATAL only. */
int publish_poll(struct publisher *p, int64_t now_ms, struct err *err);
bool publish_is_ready(const struct publisher *p);  /* the topic is there: pages may come */
bool publish_is_behind(const struct publisher *p); /* pages wait for the producer's queue */
/* The topic is there, a broker answers and takes pages; NULL, or why not. */
const char *publish_condition(const struct publisher *p);
int publish_fd(const struct publisher *p); /* readable when there is a delivery to serve */

#endif
