/* SPDX-License-Identifier: MIT */
/*
 * broker.h - commands that talk to Kafka take the settings that the daemons take.
 *
 * --kafka.NAME=VALUE, --topic=NAME, --config FILE (a file with what all programs have), or
 * SUOYIN_KAFKA_… and SUOYIN_TOPIC; the database as everywhere in suoyinctl.
 */
#ifndef CTL_BROKER_H
#define CTL_BROKER_H

#include "ctl.h"

/* Takes these settings out of argv, whose length becomes *argc, and reads them with the
 * environment into `out` (end with ctl_broker_end()).  0, or the exit code after saying why. */
int ctl_broker(int *argc, char **argv, struct config_common *out);
/* The same for a command that does without Kafka where nobody says where it is: *kafka tells. */
int ctl_broker_if_given(int *argc, char **argv, struct config_common *out, bool *kafka);
void ctl_broker_end(struct config_common *out);

#endif
