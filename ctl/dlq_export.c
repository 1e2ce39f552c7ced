/* SPDX-License-Identifier: MIT */
/* dlq export: letters with their messages, one JSON object a line. */
#include "broker.h"
#include "dlq_message.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/text.h>

static char *
base64(struct span s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc((s.n + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < s.n; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)s.p[i] << 16;

		bits |= i + 1 < s.n ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
		bits |= i + 2 < s.n ? (uint32_t)(unsigned char)s.p[i + 2] : 0;
		out[n++] = digits[bits >> 18];
		out[n++] = digits[bits >> 12 & 63];
		out[n++] = i + 1 < s.n ? digits[bits >> 6 & 63] : '=';
		out[n++] = i + 2 < s.n ? digits[bits & 63] : '=';
	}
	if (out != NULL)
		out[n] = '\0';
	return out;
}

/* As NAME where it is text, as NAME_base64 where it is not; null where it is absent. */
static void
put_bytes(json_t *object, const char *name, struct span s, bool always_base64)
{
	char other[64], *made;

	if (s.p == NULL) {
		(void)json_object_set_new(object, name, json_null());
	} else if (!always_base64 && text_is_utf8(s) && span_find_byte(s, '\0', 0) == SIZE_MAX) {
		(void)json_object_set_new(object, name, json_stringn(s.p, s.n));
	} else if ((made = base64(s)) != NULL) {
		(void)snprintf(other, sizeof(other), "%s_base64", name);
		(void)json_object_set_new(object, other, json_string(made));
		free(made);
	}
}

static void
put_message(json_t *letter, const rd_kafka_message_t *msg)
{
	json_t *headers = json_array();
	rd_kafka_headers_t *list = NULL;
	rd_kafka_timestamp_type_t kind;
	const char *name;
	const void *p;
	size_t n;

	(void)json_object_set_new(letter, "timestamp_ms", json_integer(rd_kafka_message_timestamp(msg, &kind)));
	put_bytes(letter, "key", (struct span){msg->key, msg->key_len}, false);
	if (rd_kafka_message_headers(msg, &list) == RD_KAFKA_RESP_ERR_NO_ERROR)
		for (size_t i = 0; rd_kafka_header_get_all(list, i, &name, &p, &n) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
			json_t *header = json_object();

			put_bytes(header, "name", span_of(name), false);
			put_bytes(header, "value", (struct span){p, n}, false);
			(void)json_array_append_new(headers, header);
		}
	(void)json_object_set_new(letter, "headers", headers);
	put_bytes(letter, "value", (struct span){msg->payload, msg->len}, true);
}

/* 1: with its message. 0: without, the line tells why. */
static int
write_letter(FILE *out, struct kafka_reader *reader, const PGresult *page, int row, struct err *err)
{
	json_t *letter = dlq_json(page, row);
	struct err why = {0};
	rd_kafka_message_t *msg = dlq_message(reader, page, row, &why);
	int rc = msg != NULL;

	if (msg != NULL)
		put_message(letter, msg);
	else if (why.code == ERR_REJECT)
		(void)json_object_set_new(letter, "missing", json_string(why.reason));
	else
		rc = err_set(err, why.code, why.reason, "%s", why.text);
	if (rc != -1 && (json_dumpf(letter, out, JSON_COMPACT) == -1 || fputc('\n', out) == EOF))
		rc = err_set(err, ERR_FATAL, "output", "cannot write: %s", strerror(errno));
	if (msg != NULL)
		rd_kafka_message_destroy(msg);
	json_decref(letter);
	return rc;
}

static int
export(struct pg *pg, const struct dlq_options *o, const struct config_common *common, FILE *out, struct err *err)
{
	struct kafka_reader *reader = kafka_reader_open(&common->kafka, err);
	uint64_t count, done = 0, missing = 0;
	struct dlq_walk walk = {0};
	int rows = 0, rc = reader == NULL || dlq_walk_begin(&walk, pg, o, &count, err) == -1 ? -1 : 0;

	while (rc != -1 && (rows = dlq_walk_next(&walk, err)) > 0)
		for (int row = 0; rc != -1 && row < rows; row++) {
			rc = write_letter(out, reader, walk.page, row, err);
			done += rc != -1;
			missing += rc == 0;
		}
	dlq_walk_end(&walk);
	kafka_reader_close(reader);
	if (rc == -1 || rows == -1)
		return -1;
	(void)fprintf(stderr, "%" PRIu64 " dead letters, %" PRIu64 " of them no longer in the topic\n", done,
	    missing);
	return 0;
}

int
cmd_dlq_export(int argc, char **argv)
{
	struct config_common common = {0};
	struct dlq_options o;
	struct err err = {0};
	struct pg *pg = NULL;
	FILE *out = stdout;
	int rc = ctl_broker(&argc, argv, &common);

	if (rc == 0)
		rc = dlq_options(&o, argc, argv, " portal reason url since unresolved all limit output ");
	if (rc == 0 && o.output != NULL && (out = fopen(o.output, "we")) == NULL) {
		(void)err_set(&err, ERR_FATAL, "output", "%s: %s", o.output, strerror(errno));
		rc = ctl_fail(&err);
	}
	if (rc == 0) {
		log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT); /* librdkafka's warnings come as our errors, too */
		pg = ctl_connect(common.database_url, &err);
		if (pg == NULL || export(pg, &o, &common, out, &err) == -1)
			rc = ctl_fail(&err);
	}
	if (out != NULL && out != stdout && fclose(out) != 0 && rc == 0) {
		(void)err_set(&err, ERR_FATAL, "output", "%s: %s", o.output, strerror(errno));
		rc = ctl_fail(&err);
	}
	pg_free(pg);
	ctl_broker_end(&common);
	return rc;
}
