/* SPDX-License-Identifier: MIT */
/* page show: the bytes behind a row, read from the topic by their coordinates and compared by hash. */
#include "broker.h"
#include "where.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/kafka_read.h>
#include <suoyin/log.h>
#include <suoyin/text.h>
#include <unistd.h>

struct options {
	const char *what, *portal, *output;
	int64_t revision;
	int64_t timeout_ms;
	bool headers, force;
};

static int
parse_number(const char *text, const char *name, int64_t *out)
{
	uint64_t v;

	if (span_u64(span_of(text), INT64_MAX, &v) == -1 || v == 0)
		return ctl_usage("--%s wants a number, not \"%s\"", name, text);
	*out = (int64_t)v;
	return 0;
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"revision", required_argument, NULL, 'r'}, {"portal", required_argument, NULL, 'p'},
		{"output", required_argument, NULL, 'o'}, {"timeout", required_argument, NULL, 't'},
		{"headers", no_argument, NULL, 'h'}, {"force", no_argument, NULL, 'f'}, {0},
	};
	int c;

	*o = (struct options){.timeout_ms = 15000};
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'r' && parse_number(optarg, "revision", &o->revision) != 0)
			return EXIT_USAGE;
		if (c == 't' && (config_parse_duration(span_of(optarg), &o->timeout_ms) == -1 ||
		                    o->timeout_ms > 600000))
			return ctl_usage("--timeout wants a duration up to 10m, as 5s");
		if (c == '?')
			return EXIT_USAGE;
		o->portal = c == 'p' ? optarg : o->portal;
		o->output = c == 'o' ? optarg : o->output;
		o->headers |= c == 'h';
		o->force |= c == 'f';
	}
	if (optind + 1 != argc)
		return ctl_usage("page show takes one REPORT, URL or TOPIC/PARTITION/OFFSET");
	o->what = argv[optind];
	return 0;
}

/* The bytes that stand there must be those that the row was made from. */
static int
check(const struct where *w, const rd_kafka_message_t *msg, struct err *err)
{
	char hex[DIGEST_HEX + 1];

	digest_hex((struct span){msg->payload, msg->len}, hex);
	if (strcmp(hex, w->sha256) == 0)
		return 0;
	return err_set(err, ERR_REJECT, "sha256_mismatch",
	    "%s/%" PRId32 "/%" PRId64 " holds other bytes (SHA-256 %s, stored was %s): was the topic made anew?",
	    w->topic, w->partition, w->offset, hex, w->sha256);
}

/* Escaped, so that what a portal sent cannot move a terminal's cursor. */
static void
print_text(FILE *to, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7F || c == '\\')
			(void)fprintf(to, "\\x%02x", c);
		else
			(void)fputc(c, to);
	}
}

static void
print_headers(FILE *to, const rd_kafka_message_t *msg)
{
	rd_kafka_headers_t *list = NULL;
	const char *name;
	const void *value;
	size_t n;

	(void)fputs("key: ", to);
	print_text(to, (struct span){msg->key, msg->key_len});
	(void)fputc('\n', to);
	if (rd_kafka_message_headers(msg, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	for (size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &n) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
		print_text(to, span_of(name));
		(void)fputs(": ", to);
		print_text(to, (struct span){value, n});
		(void)fputc('\n', to);
	}
}

static bool
is_binary(struct span s)
{
	return !text_is_utf8(s) || span_find_byte(s, '\0', 0) != SIZE_MAX || span_find_byte(s, '\x1b', 0) != SIZE_MAX;
}

static int
write_out(const struct options *o, const rd_kafka_message_t *msg, struct err *err)
{
	struct span bytes = {msg->payload, msg->len};
	FILE *to = stdout;
	bool failed = false;

	if (!o->headers && o->output == NULL && !o->force && isatty(STDOUT_FILENO) && is_binary(bytes))
		return err_set(err, ERR_REJECT, "binary",
		    "these bytes are no UTF-8 text: --output FILE keeps them, --force writes them to the terminal");
	if (o->output != NULL && (to = fopen(o->output, "wbe")) == NULL)
		return err_set(err, ERR_FATAL, "output", "%s: %s", o->output, strerror(errno));
	if (o->headers)
		print_headers(to, msg);
	else
		failed = fwrite(bytes.p, 1, bytes.n, to) != bytes.n;
	failed = failed || ferror(to) != 0;
	if ((to == stdout ? fflush(to) : fclose(to)) != 0 || failed)
		return err_set(err, ERR_FATAL, "output", "%s: %s", o->output != NULL ? o->output : "standard output",
		    strerror(errno));
	return 0;
}

static int
show(const struct options *o, const struct config_common *common, struct err *err)
{
	struct kafka_reader *reader = NULL;
	rd_kafka_message_t *msg = NULL;
	struct where w;
	struct pg *pg = ctl_connect(common->database_url, err);
	int rc = pg == NULL || pg_check_schema(pg, "ctl", err) == -1 ||
	        where_is(&w, pg, o->what, o->revision, o->portal, err) == -1
	    ? -1 : 0;

	if (rc == 0 && (reader = kafka_reader_open(&common->kafka, err)) != NULL)
		msg = kafka_read_at(reader, w.topic, w.partition, w.offset, (int)o->timeout_ms, err);
	rc = msg == NULL || check(&w, msg, err) == -1 || write_out(o, msg, err) == -1 ? -1 : 0;
	if (rc == 0)
		(void)fprintf(stderr, "%s: %s/%" PRId32 "/%" PRId64 ", %zu bytes, SHA-256 %s\n", w.what, w.topic,
		    w.partition, w.offset, msg->len, w.sha256);
	if (msg != NULL)
		rd_kafka_message_destroy(msg);
	kafka_reader_close(reader);
	pg_free(pg);
	return rc;
}

int
cmd_page_show(int argc, char **argv)
{
	struct config_common common = {0};
	struct options o;
	struct err err = {0};
	int rc = ctl_broker(&argc, argv, &common);

	if (rc != 0)
		return rc;
	log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT); /* librdkafka's warnings come as our error too */
	if ((rc = parse_options(&o, argc, argv)) == 0 && show(&o, &common, &err) == -1)
		rc = strcmp(err.reason, "usage") == 0 ? ctl_usage("%s", err.text) : ctl_fail(&err);
	ctl_broker_end(&common);
	return rc;
}
