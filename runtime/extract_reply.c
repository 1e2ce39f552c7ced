/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <suoyin/extract_child.h>
#include <suoyin/json_write.h>
#include <suoyin/limits.h>

#define NUMBERS (2 + EXTRACT_PHASES + REPLY_TEXTS)
#define LINE_MAX_BYTES ((size_t)NUMBERS * 21)

int
extract_reply_encode(struct buf *out, const struct extract_reply *reply)
{
	(void)buf_add_fmt(out, "%" PRIu64 " %" PRIu64, reply->version, reply->year);
	for (int i = 0; i < EXTRACT_PHASES; i++)
		(void)buf_add_fmt(out, " %" PRIu64, reply->spent_us[i]);
	for (int i = 0; i < REPLY_TEXTS; i++)
		(void)buf_add_fmt(out, " %zu", reply->texts[i].n);
	(void)buf_add_byte(out, '\n');
	for (int i = 0; i < REPLY_TEXTS; i++) {
		(void)buf_add_span(out, reply->texts[i]);
		(void)buf_add_byte(out, '\n');
	}
	return out->failed ? -1 : 0;
}

static int
hostile(struct err *err, const char *what)
{
	return err_set(err, ERR_REJECT, "hostile_reply", "the child's answer %s", what);
}

/* The line's numbers; returns where the texts begin, 0 when it is no such line. */
static size_t
read_line(uint64_t numbers[NUMBERS], struct span text)
{
	size_t at = 0, end = span_find_byte(span_cut(text, 0, LINE_MAX_BYTES), '\n', 0);

	if (end == SIZE_MAX)
		return 0;
	for (int i = 0; i < NUMBERS; i++) {
		size_t to = i + 1 == NUMBERS ? end : span_find_byte(span_cut(text, 0, end), ' ', at);

		if (to == SIZE_MAX || span_u64(span_cut(text, at, to), UINT32_MAX, &numbers[i]) == -1)
			return 0;
		at = to + 1;
	}
	return end + 1;
}

int
extract_reply_decode(struct extract_reply *out, struct span text, struct err *err)
{
	struct extract_reply reply = {.version = 0};
	uint64_t numbers[NUMBERS];
	size_t at = read_line(numbers, text);
	int n = 0;

	if (at == 0)
		return hostile(err, "does not begin with its numbers");
	reply.version = numbers[n++];
	reply.year = numbers[n++];
	for (int i = 0; i < EXTRACT_PHASES; i++)
		reply.spent_us[i] = numbers[n++];
	for (int i = 0; i < REPLY_TEXTS; i++) {
		size_t length = (size_t)numbers[n++];

		/* all of the text is valid: a part that a line feed ends is too */
		if (length >= text.n - at || text.p[at + length] != '\n')
			return hostile(err, "has a text of a wrong length");
		if (length > 0)
			reply.texts[i] = span_cut(text, at, at + length);
		at += length + 1;
	}
	if (at != text.n)
		return hostile(err, "is longer than its texts");
	for (int i = 0; i < RECORD_ROWS; i++)
		if (!record_rows_are_lines(reply.texts[REPLY_ROWS + i]))
			return hostile(err, "has rows that are no lines");
	if (!json_is_object_text(reply.texts[REPLY_RECORD]))
		return hostile(err, "has a record that is no JSON object");
	*out = reply;
	return 0;
}
