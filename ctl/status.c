/* SPDX-License-Identifier: MIT */
#include "status.h"
#include "broker.h"
#include "style.h"
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <suoyin/kafka_look.h>
#include <suoyin/kafka_read.h>
#include <suoyin/log.h>
#include <suoyin/stop.h>
#include <time.h>
#include <unistd.h>

#define MEMBERS_MAX 64
#define WATCH_MIN_MS 200
#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
#define AGE(column) "round(extract(epoch FROM now() - " column "))::bigint"

/* A portal's state: how an operator left it, else what its visits showed. */
static const char portals_sql[] =
    "WITH p AS (SELECT portal_id, CASE WHEN NOT active THEN 'inactive' WHEN paused THEN 'paused'"
    " ELSE coalesce(h.state, 'ok') END AS state, h.since, h.evidence_url AS url"
    " FROM core.portal LEFT JOIN crawl.portal_state h USING (portal_id))"
    " SELECT json_build_object('total', (SELECT count(*) FROM p),"
    " 'states', (SELECT coalesce(json_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS "
    "n FROM p GROUP BY 1"
    " ORDER BY state = 'ok' DESC, state) s),"
    " 'troubled', (SELECT coalesce(json_agg(json_build_object('id', portal_id, 'state', state, "
    "'url', url,"
    " 'since', " TIME("since") ", 'since_age_s', " AGE(
	"since") ") ORDER BY since, portal_id), '[]')"
		 " FROM p WHERE state NOT IN ('ok', 'inactive', 'paused')))";

static const char urls_sql[] =
    "SELECT json_build_object('pages', count(*) FILTER (WHERE kind = 'page'),"
    " 'published', count(*) FILTER (WHERE kind = 'page' AND refused IS NULL AND published_at IS "
    "NOT NULL),"
    " 'waiting', count(*) FILTER (WHERE kind = 'page' AND refused IS NULL AND published_at IS "
    "NULL),"
    " 'refused', count(*) FILTER (WHERE kind = 'page' AND refused IS NOT NULL),"
    " 'failing', count(*) FILTER (WHERE kind = 'page' AND failures > 0),"
    " 'due', count(*) FILTER (WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < "
    "now())"
    " AND portal_id IN (SELECT portal_id FROM core.portal WHERE active AND NOT paused)),"
    " 'last_visit', " TIME("max(checked_at)") ", 'last_visit_age_s', " AGE(
	"max(checked_at)") ")"
			   " FROM crawl.url";

static const char crawlers_sql[] = "SELECT coalesce(json_agg(json_build_object('owner', "
				   "lease_owner, 'visits', n) ORDER BY lease_owner), '[]')"
				   " FROM (SELECT lease_owner, count(*) AS n FROM crawl.url WHERE "
				   "lease_until > now() GROUP BY 1) c";

static const char workers_sql[] =
    "SELECT coalesce(json_agg(json_build_object('owner', owner, 'partitions', n, "
    "'last_batch', " TIME("at") ", 'last_batch_age_s', " AGE(
	"at") ") ORDER BY owner), '[]')"
	      " FROM (SELECT owner, count(*) AS n, max(updated_at) AS at FROM core.ingest_offset"
	      " WHERE grp = $1 AND topic = $2 GROUP BY 1) w";

static const char reports_sql[] =
    "SELECT json_build_object('total', count(*) FILTER (WHERE merged_into IS NULL),"
    " 'new_24h', count(*) FILTER (WHERE merged_into IS NULL AND first_seen_at > now() - interval "
    "'24 h'),"
    " 'changed_24h', count(*) FILTER (WHERE merged_into IS NULL AND changed_at > now() - interval "
    "'24 h'"
    " AND first_seen_at <= now() - interval '24 h'),"
    " 'conflicts', count(*) FILTER (WHERE merged_into IS NULL AND conflict),"
    " 'latest', (SELECT coalesce(json_agg(json_build_object('report_id', report_id, 'portal', "
    "portal_id,"
    " 'title', title, 'published_on', published_on, 'first_seen_at', " TIME(
	"first_seen_at") ", 'age_s', " AGE("first_seen_at") ") ORDER BY first_seen_at DESC, "
							    "report_id DESC), '[]')"
							    " FROM (SELECT r.report_id, "
							    "r.portal_id, v.title, v.published_on, "
							    "r.first_seen_at FROM core.report r"
							    " LEFT JOIN core.revision v ON "
							    "v.revision_id = r.current_revision "
							    "WHERE r.merged_into IS NULL"
							    " ORDER BY r.report_id DESC LIMIT 5) "
							    "n)) FROM core.report";

static const char dead_sql[] =
    "SELECT json_build_object('open', coalesce(sum(n), 0),"
    " 'reasons', coalesce(json_object_agg(reason, n ORDER BY n DESC, reason), '{}'),"
    " 'newest', " TIME("max(at)") ", 'newest_age_s', " AGE(
	"max(at)") ")"
		   " FROM (SELECT reason, count(*)::bigint AS n, max(stored_at) AS at FROM "
		   "core.dead_letter"
		   " WHERE resolved_at IS NULL GROUP BY 1) d";

static const char outbox_sql[] =
    "SELECT json_build_object('waiting', count(*), 'oldest_age_s', " AGE(
	"min(stored_at)") ") FROM core.outbox";

static const char database_sql[] =
    "SELECT json_build_object('name', current_database(), 'role', current_user, 'now', " TIME(
	"now()") ", 'schema', (SELECT max(number) FROM public.suoyin_migration))";

static const char offsets_sql[] = "SELECT coalesce(json_object_agg(part, next_offset), '{}') FROM "
				  "core.ingest_offset WHERE grp = $1 AND topic = $2";

/* PostgreSQL makes the JSON. */
static json_t *
ask(struct pg *pg, const char *sql, int count, const char *const *values, struct err *err)
{
	PGresult *res = pg_query(pg, NULL, sql, count, values, err);
	json_t *answer = NULL;
	json_error_t why;

	if (res == NULL)
		return NULL;
	answer = json_loads(PQgetvalue(res, 0, 0), 0, &why);
	PQclear(res);
	if (answer == NULL)
		(void)err_set(err, ERR_FATAL, "database", "an answer is no JSON: %s", why.text);
	return answer;
}

static const struct question {
	const char *name, *sql;
	int count; /* of the parameters group, topic */
} parts[] = {
    {"database", database_sql, 0},
    {"portals", portals_sql, 0},
    {"urls", urls_sql, 0},
    {"crawlers", crawlers_sql, 0},
    {"workers", workers_sql, 2},
    {"reports", reports_sql, 0},
    {"dead_letters", dead_sql, 0},
    {"outbox", outbox_sql, 0},
    {"offsets", offsets_sql, 2},
};

static int
read_database(struct pg *pg, const char *group, const char *topic, json_t *status, struct err *err)
{
	const char *values[] = {group, topic};

	if (pg_check_schema(pg, "ctl", err) == -1 ||
	    ctl_run(pg, "begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) == -1)
		return -1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *answer = ask(pg, parts[i].sql, parts[i].count, values, err);

		if (answer == NULL)
			return -1;
		(void)json_object_set_new(status, parts[i].name, answer);
	}
	return ctl_run(pg, "commit", "COMMIT", err);
}

/* How long the next message of a partition has waited; -1: it cannot be read. */
static double
waited_s(const struct config_common *common, int partition, int64_t offset, int timeout_ms)
{
	struct err err = {0};
	struct kafka_reader *reader = kafka_reader_open(&common->kafka, &err);
	rd_kafka_message_t *msg = reader == NULL ? NULL
						 : kafka_read_at(reader, common->topic, partition,
						       offset, timeout_ms, &err);
	rd_kafka_timestamp_type_t type;
	int64_t at = msg == NULL ? -1 : rd_kafka_message_timestamp(msg, &type);

	if (msg != NULL)
		rd_kafka_message_destroy(msg);
	kafka_reader_close(reader);
	return at < 0 ? -1 : difftime(time(NULL), (time_t)(at / 1000));
}

struct lag {
	int64_t messages, low, high, next;
	double waited_s;
};

static int
lag_of(struct lag *lag, struct kafka_look *look, const struct config_common *common, int partition,
    const json_t *offsets, int timeout_ms, struct err *err)
{
	char key[16];
	const json_t *next;

	(void)snprintf(key, sizeof(key), "%d", partition);
	next = json_object_get(offsets, key);
	if (kafka_look_offsets(look, common->topic, partition, &lag->low, &lag->high, err) == -1)
		return -1;
	/* what no worker ever had is read from the beginning */
	lag->next = json_is_integer(next) ? json_integer_value(next) : lag->low;
	lag->messages = lag->high > lag->next ? lag->high - lag->next : 0;
	lag->waited_s = lag->messages == 0 ? 0 : waited_s(common, partition, lag->next, timeout_ms);
	return 0;
}

static json_t *
members(struct kafka_look *look, const char *group, json_t *topic, struct err *err)
{
	struct kafka_member found[MEMBERS_MAX];
	char state[32];
	int n = kafka_look_members(look, group, found, MEMBERS_MAX, state, err);
	json_t *all = json_array();

	for (int i = 0; i < n; i++)
		(void)json_array_append_new(
		    all, json_pack("{s:s, s:s}", "client", found[i].client, "host", found[i].host));
	if (n >= 0)
		(void)json_object_set_new(topic, "group_state", json_string(state));
	return all;
}

static int
read_partitions(struct kafka_look *look, const struct config_common *common, const json_t *offsets,
    int timeout_ms, json_t *topic, struct err *err)
{
	int partitions = kafka_look_partitions(look, common->topic, err);
	int64_t behind = 0;
	double waited = 0;

	if (partitions == -1)
		return -1;
	for (int i = 0; i < partitions; i++) {
		struct lag lag;

		if (lag_of(&lag, look, common, i, offsets, timeout_ms, err) == -1)
			return -1;
		behind += lag.messages;
		waited = lag.waited_s > waited ? lag.waited_s : waited;
	}
	(void)json_object_set_new(topic, "partitions", json_integer(partitions));
	(void)json_object_set_new(topic, "behind", json_integer(behind));
	(void)json_object_set_new(topic, "oldest_age_s", json_integer((json_int_t)waited));
	return 0;
}

/* Kafka that does not answer is a finding, not a failure. */
static json_t *
read_topic(
    const struct status_options *o, const struct config_common *common, const json_t *offsets)
{
	json_t *topic = json_pack("{s:s, s:s}", "name", common->topic, "group", o->group);
	struct kafka_look *look = NULL;
	struct err err = {0};

	if (!o->kafka) {
		(void)json_object_set_new(
		    topic, "error", json_string("not asked: --kafka.bootstrap.servers HOST:PORT"));
		return topic;
	}
	if ((look = kafka_look_open(&common->kafka, (int)o->timeout_ms, &err)) != NULL &&
	    read_partitions(look, common, offsets, (int)o->timeout_ms, topic, &err) == 0)
		(void)json_object_set_new(topic, "members", members(look, o->group, topic, &err));
	if (err.code != ERR_NONE)
		(void)json_object_set_new(topic, "error", json_string(err.text));
	kafka_look_close(look);
	return topic;
}

json_t *
status_read(struct pg *pg, const struct status_options *o, const struct config_common *common,
    struct err *err)
{
	json_t *status = json_pack("{s:s}", "version", SUOYIN_VERSION);

	if (read_database(pg, o->group, common->topic, status, err) == -1) {
		json_decref(status);
		return NULL;
	}
	(void)json_object_set_new(
	    status, "topic", read_topic(o, common, json_object_get(status, "offsets")));
	(void)json_object_del(status, "offsets");
	return status;
}

static int
show(struct pg *pg, const struct status_options *o, const struct config_common *common,
    struct err *err)
{
	json_t *status = pg_connect(pg, err) == -1 ? NULL : status_read(pg, o, common, err);

	if (status == NULL)
		return -1;
	if (o->json) {
		(void)json_dumpf(status, stdout, o->watch_ms == 0 ? JSON_INDENT(2) : JSON_COMPACT);
		(void)putchar('\n');
	} else {
		if (o->watch_ms > 0 && isatty(STDOUT_FILENO) == 1)
			(void)fputs("\x1b[H\x1b[2J", stdout);
		status_print(status, stdout);
	}
	(void)fflush(stdout);
	json_decref(status);
	return 0;
}

/* With --watch an outage is shown, and waited for. */
static int
run(const struct status_options *o, const struct config_common *common, struct err *err)
{
	const struct timespec pause = {o->watch_ms / 1000, o->watch_ms % 1000 * 1000000};
	struct pg *pg = pg_new(common->database_url, "suoyinctl", err);
	int rc = pg == NULL ? -1 : show(pg, o, common, err);

	while (rc != -1 && o->watch_ms > 0 && !stop_asked()) {
		struct err now = {0};

		(void)nanosleep(&pause, NULL);
		if (!stop_asked() && show(pg, o, common, &now) == -1) {
			(void)fprintf(stderr, "suoyinctl: %s\n", now.text);
			pg_disconnect(pg);
		}
	}
	pg_free(pg);
	return rc;
}

static int
parse(struct status_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
	    {"group", required_argument, NULL, 'g'},
	    {"json", no_argument, NULL, 'j'},
	    {"timeout", required_argument, NULL, 't'},
	    {"watch", required_argument, NULL, 'w'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'g')
			o->group = optarg;
		else if (c == 'j')
			o->json = true;
		else if (c == 't' &&
			 (config_parse_duration(span_of(optarg), &o->timeout_ms) == -1 ||
			     o->timeout_ms < 100 || o->timeout_ms > 60000))
			return ctl_usage("--timeout wants a duration from 100ms to 60s");
		else if (c == 'w' && (config_parse_duration(span_of(optarg), &o->watch_ms) == -1 ||
					 o->watch_ms < WATCH_MIN_MS || o->watch_ms > 3600000))
			return ctl_usage("--watch wants a duration from 200ms to 1h, as 2s");
		else if (c == '?')
			return EXIT_USAGE;
	}
	return optind < argc ? ctl_usage("status takes no %s", argv[optind]) : 0;
}

int
cmd_status(int argc, char **argv)
{
	struct config_common common = {0};
	struct status_options o = {.group = "suoyin-worker", .timeout_ms = 5000};
	struct err err = {0};
	int rc = ctl_broker_if_given(&argc, argv, &common, &o.kafka);

	if (rc == 0)
		rc = parse(&o, argc, argv);
	if (rc == 0) {
		log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT);
		stop_install();
		style_setup(stdout);
		if (run(&o, &common, &err) == -1)
			rc = ctl_fail(&err);
	}
	ctl_broker_end(&common);
	return rc;
}
