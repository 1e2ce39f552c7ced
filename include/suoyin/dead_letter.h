/* SPDX-License-Identifier: MIT */
/*
 * dead_letter.h - what worker and suoyinctl agree on about messages that could not be used.
 *
 * A dead letter is known by its coordinates in the page topic, written "TOPIC/PARTITION/OFFSET":
 * in `suoyinctl dlq`, in the key words of logs, and in the header that a replay carries.
 */
#ifndef SUOYIN_DEAD_LETTER_H
#define SUOYIN_DEAD_LETTER_H

#include <suoyin/span.h>

#define TOPIC_NAME_MAX 249     /* Kafka's own limit */
#define COORDINATES_SIZE 300   /* as text, with its NUL */

/* Header of a message that was put back on the topic: the coordinates of the dead letter. */
#define REPLAY_HEADER "dlq.replay"

struct coordinates {
	char topic[TOPIC_NAME_MAX + 1];
	int32_t partition;
	int64_t offset;
};

/* -1: not of that form; *out is untouched. */
int coordinates_parse(struct span text, struct coordinates *out);
void coordinates_format(const struct coordinates *c, char out[COORDINATES_SIZE]);

#endif
