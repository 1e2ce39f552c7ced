/* SPDX-License-Identifier: MIT */
/*
 * status.h - how the whole of suoyin stands, as JSON (status.c) and as one screen (status_print.c).
 *
 * The database is asked once, in one snapshot; Kafka where the caller says where it is.
 */
#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include "ctl.h"
#include <jansson.h>

struct status_options {
	const char *group;  /* of the workers */
	int64_t timeout_ms; /* of each connection */
	int64_t watch_ms;   /* 0: once */
	bool json, kafka;   /* kafka: it was said where it is */
};

/* {database, portals, urls, workers, crawlers, reports, dead_letters, outbox, topic}; new. */
json_t *status_read(struct pg *pg, const struct status_options *o,
    const struct config_common *common, struct err *err);
void status_print(const json_t *status, FILE *to);

#endif
