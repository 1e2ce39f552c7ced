/* SPDX-License-Identifier: MIT */
#include "dlq.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define PAGE_ROWS "200"
#define RATE_MAX 1000000

/* -------- options */

static const struct option longs[] = {
	{"portal", required_argument, NULL, 'p'}, {"reason", required_argument, NULL, 'r'},
	{"url", required_argument, NULL, 'u'}, {"since", required_argument, NULL, 's'},
	{"unresolved", no_argument, NULL, 'U'}, {"all", no_argument, NULL, 'a'},
	{"limit", required_argument, NULL, 'l'}, {"rate", required_argument, NULL, 'R'},
	{"dry-run", no_argument, NULL, 'n'}, {"json", no_argument, NULL, 'j'},
	{"note", required_argument, NULL, 'N'}, {"output", required_argument, NULL, 'o'},
	{"database-url", required_argument, NULL, 'd'}, {0},
};

static bool
has(const char *takes, const char *name)
{
	const char *at = strstr(takes, name);

	return at != NULL && at[-1] == ' ' && at[strlen(name)] == ' ';
}

static int
number(const char *text, const char *name, uint64_t *out)
{
	if (span_u64(span_of(text), RATE_MAX, out) == 0 && *out > 0)
		return 0;
	return ctl_usage("--%s wants a number from 1 to %d, not \"%s\"", name, RATE_MAX, text);
}

static int
take(struct dlq_options *o, int c, const char *value)
{
	switch (c) {
	case 'p': o->portal = value; return 0;
	case 'r': o->reason = value; return 0;
	case 'u': o->url = value; return 0;
	case 's':
		if (config_parse_duration(span_of(value), &o->since_ms) == -1) {
			o->since_ms = -1;
			o->since = value; /* PostgreSQL knows what a moment is */
		}
		return 0;
	case 'U': o->unresolved = true; return 0;
	case 'a': o->all = true; return 0;
	case 'l': return number(value, "limit", &o->limit);
	case 'R': return number(value, "rate", &o->rate);
	case 'n': o->dry_run = true; return 0;
	case 'j': o->json = true; return 0;
	case 'N': o->note = value; return 0;
	case 'o': o->output = value; return 0;
	case 'd': o->database_url = value; return 0;
	default: return ctl_usage("wrong option");
	}
}

int
dlq_options(struct dlq_options *o, int argc, char **argv, const char *takes)
{
	struct coordinates c;
	int option, at = 0;

	*o = (struct dlq_options){.since_ms = -1};
	while ((option = getopt_long(argc, argv, "", longs, &at)) != -1) {
		if (option != '?' && !has(takes, longs[at].name))
			return ctl_usage("this command has no --%s", longs[at].name);
		if (take(o, option, optarg) != 0)
			return EXIT_USAGE;
	}
	if (o->all && o->unresolved)
		return ctl_usage("--all and --unresolved exclude each other");
	o->ids = argv + optind;
	o->id_count = argc - optind;
	for (int i = 0; i < o->id_count; i++)
		if (coordinates_parse(span_of(o->ids[i]), &c) == -1)
			return ctl_usage("\"%s\" is no dead letter: TOPIC/PARTITION/OFFSET", o->ids[i]);
	return 0;
}

int
dlq_options_choose(const struct dlq_options *o, const char *command)
{
	if (o->id_count > 0 || o->portal != NULL || o->reason != NULL || o->url != NULL || o->since != NULL ||
	    o->since_ms != -1 || o->unresolved || o->all)
		return 0;
	return ctl_usage("dlq %s: name letters or give a filter; --unresolved means all that are open", command);
}

static void
put(json_t *object, const char *name, json_t *value)
{
	if (value != NULL)
		(void)json_object_set_new(object, name, value);
}

json_t *
dlq_options_json(const struct dlq_options *o)
{
	json_t *asked = json_object(), *ids = json_array();

	put(asked, "portal", json_string(o->portal));
	put(asked, "reason", json_string(o->reason));
	put(asked, "url", json_string(o->url));
	put(asked, "since", o->since_ms == -1 ? json_string(o->since) : NULL);
	put(asked, "since_ms_ago", o->since_ms == -1 ? NULL : json_integer(o->since_ms));
	put(asked, "limit", o->limit == 0 ? NULL : json_integer((json_int_t)o->limit));
	put(asked, "rate", o->rate == 0 ? NULL : json_integer((json_int_t)o->rate));
	put(asked, "note", json_string(o->note));
	put(asked, "all", o->all ? json_true() : NULL);
	for (int i = 0; i < o->id_count; i++)
		(void)json_array_append_new(ids, json_string(o->ids[i]));
	if (o->id_count > 0)
		put(asked, "letters", json_incref(ids));
	json_decref(ids);
	return asked;
}

/* -------- the walk */

#define CHOSEN \
	" FROM core.dead_letter WHERE ($1::text IS NULL OR portal_id = $1) AND ($2::text IS NULL OR reason = $2)" \
	" AND ($3::text IS NULL OR url = $3) AND ($4::timestamptz IS NULL OR stored_at >= $4::timestamptz)" \
	" AND ($5::bigint IS NULL OR stored_at >= now() - $5::bigint * interval '1 millisecond')" \
	" AND ($6::boolean OR resolved_at IS NULL)" \
	" AND ($7::text[] IS NULL OR topic || '/' || part || '/' || \"offset\" = ANY ($7::text[]))"
#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

static const char count_sql[] = "SELECT count(*), now()::text" CHOSEN;
static const char page_sql[] =
    "SELECT topic, part, \"offset\", portal_id, url, reason, detail, page_sha256, " TIME("fetched_at")
    ", worker_version, " TIME("stored_at") ", " TIME("resolved_at") ", resolution, " TIME("replayed_at") ", replays"
    CHOSEN " AND stored_at <= $8::timestamptz AND ($9::text IS NULL OR (topic, part, \"offset\") >"
    " ($9::text, $10::integer, $11::bigint)) ORDER BY topic, part, \"offset\" LIMIT " PAGE_ROWS;

struct values {
	const char *v[11];
	char since[24], part[16], offset[24];
};

static void
fill(struct values *x, struct dlq_walk *w)
{
	const struct dlq_options *o = w->options;

	*x = (struct values){.v = {o->portal, o->reason, o->url, o->since}};
	(void)snprintf(x->since, sizeof(x->since), "%" PRId64, o->since_ms);
	(void)snprintf(x->part, sizeof(x->part), "%" PRId32, w->last.partition);
	(void)snprintf(x->offset, sizeof(x->offset), "%" PRId64, w->last.offset);
	x->v[4] = o->since_ms == -1 ? NULL : x->since;
	x->v[5] = o->all || o->id_count > 0 ? "t" : "f";
	x->v[6] = w->ids;
	x->v[7] = w->until;
	x->v[8] = w->begun ? w->last.topic : NULL;
	x->v[9] = x->part;
	x->v[10] = x->offset;
}

static int
keep_ids(struct dlq_walk *w, struct err *err)
{
	const struct dlq_options *o = w->options;
	struct columns c;

	columns_init(&c, 1);
	for (int i = 0; i < o->id_count; i++)
		columns_text(&c, 0, o->ids[i]);
	if (o->id_count > 0 && columns_end(&c) != NULL)
		w->ids = strdup(c.values[0]);
	columns_fini(&c);
	return o->id_count > 0 && w->ids == NULL ? err_set(err, ERR_FATAL, "memory", "out of memory") : 0;
}

int
dlq_walk_begin(struct dlq_walk *w, struct pg *pg, const struct dlq_options *o, uint64_t *count, struct err *err)
{
	struct values x;
	PGresult *res;

	*w = (struct dlq_walk){.pg = pg, .options = o};
	if (pg_check_schema(pg, "ctl", err) == -1 || keep_ids(w, err) == -1)
		return -1;
	fill(&x, w);
	if ((res = pg_query(pg, NULL, count_sql, 7, x.v, err)) == NULL)
		return -1;
	*count = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
	(void)snprintf(w->until, sizeof(w->until), "%s", PQgetvalue(res, 0, 1));
	PQclear(res);
	if (o->limit != 0 && *count > o->limit)
		*count = o->limit;
	w->left = *count;
	return 0;
}

int
dlq_walk_next(struct dlq_walk *w, struct err *err)
{
	struct values x;
	int rows;

	PQclear(w->page);
	w->page = NULL;
	if (w->left == 0)
		return 0;
	fill(&x, w);
	if ((w->page = pg_query(w->pg, "dlq_page", page_sql, 11, x.v, err)) == NULL)
		return -1;
	rows = PQntuples(w->page);
	if (rows == 0)
		return 0;
	w->begun = true;
	dlq_coordinates(w->page, rows - 1, &w->last);
	if ((uint64_t)rows > w->left)
		rows = (int)w->left;
	w->left -= (uint64_t)rows;
	return rows;
}

void
dlq_walk_end(struct dlq_walk *w)
{
	PQclear(w->page);
	free(w->ids);
	*w = (struct dlq_walk){0};
}

/* -------- rows */

void
dlq_coordinates(const PGresult *page, int row, struct coordinates *out)
{
	(void)snprintf(out->topic, sizeof(out->topic), "%s", PQgetvalue(page, row, DLQ_TOPIC));
	out->partition = (int32_t)strtol(PQgetvalue(page, row, DLQ_PART), NULL, 10);
	out->offset = pg_int_at(page, row, DLQ_OFFSET);
}

void
dlq_add_row(struct columns *c, const PGresult *page, int row)
{
	for (int i = 0; i < 3; i++)
		columns_text(c, i, PQgetvalue(page, row, DLQ_TOPIC + i));
}

static json_t *
text(const PGresult *page, int row, int column)
{
	return PQgetisnull(page, row, column) ? json_null() : json_string(PQgetvalue(page, row, column));
}

json_t *
dlq_json(const PGresult *page, int row)
{
	static const struct {
		const char *name;
		int column;
	} texts[] = {
		{"portal", DLQ_PORTAL}, {"url", DLQ_URL}, {"reason", DLQ_REASON}, {"detail", DLQ_DETAIL},
		{"sha256", DLQ_SHA256}, {"fetched_at", DLQ_FETCHED}, {"worker_version", DLQ_VERSION},
		{"stored_at", DLQ_STORED}, {"resolved_at", DLQ_RESOLVED}, {"resolution", DLQ_RESOLUTION},
		{"replayed_at", DLQ_REPLAYED},
	};
	struct coordinates c;
	char id[COORDINATES_SIZE];
	json_t *letter;

	dlq_coordinates(page, row, &c);
	coordinates_format(&c, id);
	letter = json_pack("{s:s, s:s, s:i, s:I}", "id", id, "topic", c.topic, "partition", (int)c.partition, "offset",
	    (json_int_t)c.offset);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void)json_object_set_new(letter, texts[i].name, text(page, row, texts[i].column));
	(void)json_object_set_new(letter, "replays",
	    json_integer(pg_int_at(page, row, DLQ_REPLAYS)));
	return letter;
}
