/* SPDX-License-Identifier: MIT */
/*
 * check.h - findings of `suoyinctl check`: what was tried, how it stands, and what to do.
 *
 * Parts add findings one by one; nothing that they do changes anything.
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "ctl.h"
#include <jansson.h>

enum finding { FINDING_OK, FINDING_WARN, FINDING_WRONG, FINDING_SKIPPED };

struct check {
	json_t *findings; /* [{check, state, found, advice}] */
	const char *group;
	const struct config_common *common;
	int timeout_ms;
};

/* advice NULL: none is needed. */
void check_add(struct check *c, enum finding finding, const char *what, const char *advice,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Connection, server, clock, schema, roles, rights, portals. pg is connected afterwards, or not. 0:
 * the schema fits. */
int check_database(struct check *c, struct pg *pg);
/* Brokers, topic, reading, group; the workers' place in the topic where pg is not NULL. */
void check_kafka(struct check *c, struct pg *pg);

#endif
