/* SPDX-License-Identifier: MIT */
#include "outbox.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/digest.h>
#include <suoyin/limits.h>
#include <suoyin/pg.h>

#define READ_MS 10000
#define TEXT_OF(number) #number
#define NUMBER(macro) TEXT_OF(macro)
#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

enum {
	O_ID, O_TYPE, O_TOPIC, O_PART, O_OFFSET, O_REPORT, O_OTHER, O_REVISION, O_CURRENT, O_STATUS, O_URL, O_CE_ID,
	O_CE_TIME, O_BASELINE, O_AGE, O_STORED_MS, R_PORTAL, R_SITE, V_TITLE, V_INDEX, V_DOCNO, V_AGENCY,
	V_TYPE, V_YEAR, V_PUBLISHED, V_SIGNED, V_PAGE, V_CONTENT,
	D_PORTAL, D_URL, D_REASON, D_DETAIL, D_SHA256, D_VERSION, D_STORED,
};

const char outbox_sql[] =
    "SELECT o.outbox_id, o.type, o.topic, o.part, o.\"offset\", o.report_id, o.other_id, o.revision_id,"
    " o.is_current, o.status, o.url, o.ce_id, " TIME("o.ce_time") ", o.baseline,"
    " extract(epoch FROM now() - o.stored_at), (extract(epoch FROM o.stored_at) * 1000)::bigint,"
    " r.portal_id, r.site, v.title, v.index_number, v.document_number, v.agency, v.document_type, v.report_year, v.published_on, v.signed_on, v.page_sha256, v.content_sha256,"
    " d.portal_id, d.url, d.reason, d.detail, d.page_sha256, d.worker_version, " TIME("d.stored_at")
    /* the limit is a literal, so that no plan reads whole tables for it, however much waits */
    " FROM (SELECT * FROM core.outbox ORDER BY outbox_id LIMIT " NUMBER(OUTBOX_STEP) ") o"
    " LEFT JOIN core.report r USING (report_id) LEFT JOIN core.revision v USING (revision_id)"
    " LEFT JOIN core.dead_letter d ON o.type = 'dead' AND d.topic = o.topic AND d.part = o.part"
    " AND d.\"offset\" = o.\"offset\" ORDER BY o.outbox_id";

int64_t
outbox_id(const PGresult *res, int row)
{
	return pg_int_at(res, row, O_ID);
}

const char *
outbox_type(const PGresult *res, int row)
{
	return PQgetvalue(res, row, O_TYPE);
}

bool
outbox_is_dead(const PGresult *res, int row)
{
	return strcmp(outbox_type(res, row), "dead") == 0;
}

double
outbox_age_s(const PGresult *res, int row)
{
	return strtod(PQgetvalue(res, row, O_AGE), NULL);
}

void
outbox_free(struct outbox_message *m, bool headers_too)
{
	if (headers_too && m->kafka.headers != NULL)
		rd_kafka_headers_destroy(m->kafka.headers);
	if (m->original != NULL)
		rd_kafka_message_destroy(m->original);
	free(m->text);
}

static void
add_header(rd_kafka_headers_t *headers, const char *name, const char *text)
{
	if (text != NULL)
		(void)rd_kafka_header_add(headers, name, -1, text, (ssize_t)strlen(text));
}

static int
no_memory(struct err *err)
{
	return err_set(err, ERR_RETRY, "memory", "outbox: out of memory");
}

/* -------- report events: CloudEvents, structured mode */

static json_t *
text_json(const PGresult *res, int row, int column)
{
	const char *text = pg_text_at(res, row, column);

	return text == NULL ? json_null() : json_string(text);
}

static json_t *
number_json(const PGresult *res, int row, int column)
{
	return PQgetisnull(res, row, column) ? json_null() : json_integer(pg_int_at(res, row, column));
}

static json_t *
bool_json(const PGresult *res, int row, int column)
{
	return json_boolean(pg_bool_at(res, row, column));
}

/* A portal's id may hold anything in a message made by hand; a URI may not. */
static json_t *
source_json(const char *portal)
{
	struct buf out;
	json_t *made;

	buf_init(&out, 4096);
	(void)buf_add_str(&out, "urn:suoyin:portal:");
	for (const char *c = portal == NULL ? "" : portal; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *c) != NULL)
			(void)buf_add_byte(&out, *c);
		else
			(void)buf_add_fmt(&out, "%%%02X", (unsigned)(unsigned char)*c);
	made = json_string(out.p);
	buf_fini(&out);
	return made;
}

static json_t *
data_json(const PGresult *res, int row)
{
	static const struct {
		const char *name;
		int column;
		json_t *(*make)(const PGresult *res, int row, int column);
	} members[] = {
		{"report_id", O_REPORT, number_json}, {"portal_id", R_PORTAL, text_json}, {"site", R_SITE, text_json},
		{"status", O_STATUS, text_json}, {"baseline", O_BASELINE, bool_json}, {"url", O_URL, text_json},
		{"revision_id", O_REVISION, number_json}, {"is_current", O_CURRENT, bool_json},
		{"title", V_TITLE, text_json}, {"index_number", V_INDEX, text_json},
		{"document_number", V_DOCNO, text_json}, {"agency", V_AGENCY, text_json},
		{"document_type", V_TYPE, text_json}, {"report_year", V_YEAR, number_json},
		{"published_on", V_PUBLISHED, text_json}, {"signed_on", V_SIGNED, text_json},
		{"content_sha256", V_CONTENT, text_json}, {"page_sha256", V_PAGE, text_json},
	};
	json_t *data = json_object();
	const char *type = outbox_type(res, row);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		(void)json_object_set_new(data, members[i].name, members[i].make(res, row, members[i].column));
	if (strcmp(type, "merged") == 0)
		(void)json_object_set_new(data, "merged_into", number_json(res, row, O_OTHER));
	if (strcmp(type, "conflict") == 0)
		(void)json_object_set_new(data, "conflict_with", number_json(res, row, O_OTHER));
	(void)json_object_set_new(data, "message",
	    json_pack("{s:o, s:o, s:o, s:o}", "topic", text_json(res, row, O_TOPIC), "partition",
	        number_json(res, row, O_PART), "offset", number_json(res, row, O_OFFSET), "ce_id",
	        text_json(res, row, O_CE_ID)));
	return data;
}

int
outbox_event(struct outbox_message *out, const PGresult *res, int row, struct err *err)
{
	const char *type = outbox_type(res, row), *report = PQgetvalue(res, row, O_REPORT);
	/* the message, what it did and to what: the same however often and by whomever it is sent */
	json_t *event = json_pack("{s:s, s:s++++++++, s:o, s:s++, s:s, s:o, s:s, s:o, s:o}", "specversion", "1.0", "id",
	    PQgetvalue(res, row, O_TOPIC), "/", PQgetvalue(res, row, O_PART), "/", PQgetvalue(res, row, O_OFFSET),
	    "/", type, "/", report, "source", source_json(pg_text_at(res, row, R_PORTAL)), "type",
	    "suoyin.report.", type,
	    ".v1", "subject", report, "time", text_json(res, row, O_CE_TIME), "datacontenttype", "application/json",
	    "baseline", bool_json(res, row, O_BASELINE), "data", data_json(res, row));

	*out = (struct outbox_message){.text = event == NULL ? NULL : json_dumps(event, JSON_COMPACT)};
	json_decref(event);
	out->kafka.headers = rd_kafka_headers_new(1);
	if (out->text == NULL || out->kafka.headers == NULL) {
		outbox_free(out, true);
		return no_memory(err);
	}
	add_header(out->kafka.headers, "content-type", "application/cloudevents+json; charset=UTF-8");
	out->kafka.key = span_of(report); /* is in the result, and copied */
	out->kafka.value = span_of(out->text);
	/* PostgreSQL's clock: Kafka refuses what comes from a clock that is an hour ahead */
	out->kafka.timestamp_ms = pg_int_at(res, row, O_STORED_MS);
	return 0;
}

/* -------- dead letters */

/* Kafka Connect's names, as its tools know them, and ours. */
static void
tell_why(rd_kafka_headers_t *headers, const PGresult *res, int row, const char *group)
{
	const char *reason = pg_text_at(res, row, D_REASON);
	bool by_database = reason != NULL && strcmp(reason, "database") == 0;

	add_header(headers, "__connect.errors.topic", pg_text_at(res, row, O_TOPIC));
	add_header(headers, "__connect.errors.partition", pg_text_at(res, row, O_PART));
	add_header(headers, "__connect.errors.offset", pg_text_at(res, row, O_OFFSET));
	add_header(headers, "__connect.errors.connector.name", group);
	add_header(headers, "__connect.errors.task.id", "0");
	add_header(headers, "__connect.errors.stage", by_database ? "TASK_PUT" : "VALUE_CONVERTER");
	add_header(headers, "__connect.errors.class.name", "suoyin-worker");
	add_header(headers, "__connect.errors.exception.class.name", reason);
	add_header(headers, "__connect.errors.exception.message", pg_text_at(res, row, D_DETAIL));
	add_header(headers, "dlq.reason", reason);
	add_header(headers, "dlq.portal", pg_text_at(res, row, D_PORTAL));
	add_header(headers, "dlq.url", pg_text_at(res, row, D_URL));
	add_header(headers, "dlq.sha256", pg_text_at(res, row, D_SHA256));
	add_header(headers, "dlq.stored_at", pg_text_at(res, row, D_STORED));
	add_header(headers, "dlq.worker_version", pg_text_at(res, row, D_VERSION));
}

/* The message of the row's coordinates, if it is still the one that was set aside. */
static int
read_original(struct outbox_message *out, const PGresult *res, int row, struct kafka_reader *reader,
    const char **missing, struct err *err)
{
	const char *sha256 = pg_text_at(res, row, D_SHA256);
	char hex[DIGEST_HEX + 1];
	struct err why = {0};

	out->original = kafka_read_at(reader, PQgetvalue(res, row, O_TOPIC), (int32_t)pg_int_at(res, row, O_PART),
	    pg_int_at(res, row, O_OFFSET), READ_MS, &why);
	if (out->original == NULL && why.code != ERR_REJECT)
		return err_set(err, why.code, why.reason, "%s", why.text);
	*missing = out->original == NULL ? "not_in_topic" : NULL;
	if (out->original == NULL)
		return 0;
	digest_hex((struct span){out->original->payload, out->original->len}, hex);
	if (sha256 != NULL && strcmp(hex, sha256) != 0) {
		rd_kafka_message_destroy(out->original);
		out->original = NULL;
		*missing = "topic_changed";
	}
	return 0;
}

int
outbox_dead_letter(struct outbox_message *out, const PGresult *res, int row, struct kafka_reader *reader,
    const char *group, bool with_value, struct err *err)
{
	rd_kafka_headers_t *headers = NULL;
	rd_kafka_timestamp_type_t kind;
	const char *missing = NULL;

	*out = (struct outbox_message){.kafka.timestamp_ms = pg_int_at(res, row, O_STORED_MS)};
	if (read_original(out, res, row, reader, &missing, err) == -1)
		return -1;
	if (out->original != NULL) {
		out->kafka.key = (struct span){out->original->key, out->original->key_len};
		out->kafka.value = (struct span){out->original->payload, out->original->len};
		if (rd_kafka_message_timestamp(out->original, &kind) > 0)
			out->kafka.timestamp_ms = rd_kafka_message_timestamp(out->original, &kind);
		if (rd_kafka_message_headers(out->original, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
			out->kafka.headers = rd_kafka_headers_copy(headers);
	}
	if (out->kafka.headers == NULL)
		out->kafka.headers = rd_kafka_headers_new(16);
	if (out->kafka.headers == NULL) {
		outbox_free(out, true);
		return no_memory(err);
	}
	tell_why(out->kafka.headers, res, row, group);
	if (!with_value) {
		out->kafka.value = (struct span){NULL, 0};
		missing = "too_large";
	}
	add_header(out->kafka.headers, "dlq.value", missing);
	return 0;
}
