/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <suoyin/dead_letter.h>

/* From the end: a topic's name holds no slash, but nothing here depends on it. */
static size_t
last_slash(struct span text)
{
	size_t at = text.n;

	while (at > 0 && text.p[at - 1] != '/')
		at--;
	return at == 0 ? SIZE_MAX : at - 1;
}

int
coordinates_parse(struct span text, struct coordinates *out)
{
	size_t offset_at = text.p == NULL ? SIZE_MAX : last_slash(text), part_at;
	struct span head;
	uint64_t offset, partition;

	if (offset_at == SIZE_MAX)
		return -1;
	head = span_cut(text, 0, offset_at);
	if ((part_at = last_slash(head)) == SIZE_MAX || part_at == 0 || part_at > TOPIC_NAME_MAX ||
	    span_find_byte(head, '\0', 0) != SIZE_MAX)
		return -1;
	if (span_u64(span_cut(text, offset_at + 1, text.n), INT64_MAX, &offset) == -1 ||
	    span_u64(span_cut(head, part_at + 1, head.n), INT32_MAX, &partition) == -1)
		return -1;
	(void)snprintf(out->topic, sizeof(out->topic), "%.*s", (int)part_at, head.p);
	out->partition = (int32_t)partition;
	out->offset = (int64_t)offset;
	return 0;
}

void
coordinates_format(const struct coordinates *c, char out[COORDINATES_SIZE])
{
	(void)snprintf(out, COORDINATES_SIZE, "%s/%" PRId32 "/%" PRId64, c->topic, c->partition, c->offset);
}
