/* SPDX-License-Identifier: MIT */
/*
 * identity_replay FILE - replays histories of the identity model against core/identity.
 *
 * Each line of FILE is one page judged by the model: {"history","time","url","title","index",
 * "doc","content","report","rule"}.  A small store in memory plays the worker; every verdict
 * (rule and report) must be the model's.  Ends with RESULT pages=… histories=… differences=…
 */
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/identity.h>

#define MAX_REPORTS 512
#define MAX_ITEMS 512
#define MAX_KEYS ((size_t)4 * MAX_ITEMS)

struct toy_report {
	struct identity_report view;
	struct span titles[MAX_ITEMS], indexes[MAX_ITEMS];
	int merged; /* 0: no, else number of the report it went into */
};

struct toy_key {
	struct span kind, value;
	int report;
};

struct toy_url {
	struct span url;
	int report;
	int64_t last;
};

struct store {
	struct arena arena;
	struct toy_report *reports; /* [1 … count] */
	int count;
	struct toy_key keys[MAX_KEYS];
	size_t key_count;
	struct toy_url urls[MAX_ITEMS];
	size_t url_count;
};

struct visit {
	struct identity_page page;
	struct span url, content;
	int64_t time;
};

static int
follow(const struct store *s, int r)
{
	while (r != 0 && s->reports[r].merged != 0)
		r = s->reports[r].merged;
	return r;
}

static int
find(const struct store *s, struct span kind, struct span value)
{
	if (value.p == NULL)
		return 0;
	for (size_t i = 0; i < s->key_count; i++)
		if (span_eq(s->keys[i].kind, kind) && span_eq(s->keys[i].value, value))
			return follow(s, s->keys[i].report);
	return 0;
}

static struct toy_url *
url_of(struct store *s, struct span url)
{
	for (size_t i = 0; i < s->url_count; i++)
		if (span_eq(s->urls[i].url, url))
			return &s->urls[i];
	if (s->url_count == MAX_ITEMS)
		abort();
	s->urls[s->url_count] = (struct toy_url){arena_dup(&s->arena, url), 0, -1};
	return &s->urls[s->url_count++];
}

static uint32_t
live_elsewhere(const struct store *s, int r, struct span url)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s->url_count; i++)
		n += s->urls[i].report == r && !span_eq(s->urls[i].url, url);
	return n;
}

static const struct identity_report *
view_of(struct store *s, int r, struct span url)
{
	struct toy_report *t = &s->reports[r];

	if (r == 0)
		return NULL;
	t->view.live_elsewhere = live_elsewhere(s, r, url);
	return &t->view;
}

static void
put(struct span *list, size_t *count, struct span value)
{
	for (size_t i = 0; i < *count; i++)
		if (span_eq(list[i], value))
			return;
	if (*count == MAX_ITEMS)
		abort();
	list[(*count)++] = value;
}

static void
claim(struct store *s, struct span kind, struct span value, int r)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (span_eq(s->keys[i].kind, kind) && span_eq(s->keys[i].value, value))
			return;
	if (s->key_count == MAX_KEYS)
		abort();
	s->keys[s->key_count++] = (struct toy_key){kind, value, r};
}

static void
attach(struct store *s, int r, const struct visit *v, struct span docno_key)
{
	struct toy_report *t = &s->reports[r];
	struct arena *a = &s->arena;
	struct span title = arena_dup(a, v->page.title), index = arena_dup(a, v->page.index);

	t->view.title = title;
	put(t->titles, &t->view.title_count, title);
	if (v->page.docno.p != NULL)
		t->view.docno = arena_dup(a, v->page.docno);
	if (index.p != NULL) {
		claim(s, SPAN("index"), t->view.conflict ? identity_conflict_key(a, index, title) : index,
		    r);
		put(t->indexes, &t->view.index_count, index);
	}
	if (docno_key.p != NULL)
		claim(s, SPAN("docno"), docno_key, r);
	if (index.p == NULL && v->page.docno.p == NULL)
		claim(s, SPAN("content"), arena_dup(a, v->content), r);
}

static int
new_report(struct store *s)
{
	struct toy_report *t;

	if (++s->count == MAX_REPORTS)
		abort();
	t = &s->reports[s->count];
	*t = (struct toy_report){.view = {.id = s->count}};
	t->view.titles = t->titles;
	t->view.indexes = t->indexes;
	return s->count;
}

/* The model's name of what happened, and the report. */
static const char *
judge(struct store *s, struct visit *v, int *report)
{
	struct span own = v->page.index.p == NULL
	    ? (struct span){NULL, 0}
	    : identity_conflict_key(&s->arena, v->page.index, v->page.title);
	struct span docno_key = identity_docno_key(&s->arena, v->page.docno, v->page.title);
	struct toy_url *u = url_of(s, v->url);
	bool plain = v->page.index.p == NULL && v->page.docno.p == NULL;
	int U = follow(s, u->report), I = find(s, SPAN("index"), own);
	struct identity_verdict verdict;
	struct identity_found found;

	if (I == 0)
		I = find(s, SPAN("index"), v->page.index);
	found = (struct identity_found){view_of(s, U, v->url), view_of(s, I, v->url),
	    view_of(s, find(s, SPAN("docno"), docno_key), v->url),
	    plain ? view_of(s, find(s, SPAN("content"), v->content), v->url) : NULL};
	v->page.late = v->time <= u->last;
	identity_judge(&verdict, &v->page, &found);
	*report = verdict.target != NULL ? (int)verdict.target->id : new_report(s);
	if (verdict.conflict)
		s->reports[*report].view.conflict = true;
	if (verdict.rule != IDENTITY_LATE) {
		if (verdict.merge)
			s->reports[U].merged = *report;
		if (!v->page.late) {
			u->report = *report;
			u->last = v->time;
		}
		attach(s, *report, v, docno_key);
	}
	if (verdict.merge)
		return verdict.rule == IDENTITY_MOVED ? "3 merge" : "2b merge";
	return identity_rule_names[verdict.rule];
}

static struct span
text(const json_t *line, const char *name)
{
	return span_of(json_string_value(json_object_get(line, name)));
}

static int
check_line(struct store *s, const json_t *line)
{
	struct visit v = {
	    .page = {text(line, "title"), text(line, "index"), text(line, "doc"), false},
	    .url = text(line, "url"),
	    .content = text(line, "content"),
	    .time = json_integer_value(json_object_get(line, "time")),
	};
	const char *want = json_string_value(json_object_get(line, "rule")), *got;
	int report;

	got = judge(s, &v, &report);
	if (want != NULL && strcmp(want, got) == 0 &&
	    report == (int)json_integer_value(json_object_get(line, "report")))
		return 0;
	printf("history %lld time %lld: want %s report %lld, got %s report %d\n",
	    (long long)json_integer_value(json_object_get(line, "history")), (long long)v.time,
	    want, (long long)json_integer_value(json_object_get(line, "report")), got, report);
	return 1;
}

static void
begin(struct store *s)
{
	arena_reset(&s->arena);
	s->count = 0;
	s->key_count = 0;
	s->url_count = 0;
}

int
main(int argc, char **argv)
{
	static struct store store;
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	long pages = 0, histories = 0, differences = 0;
	json_int_t history = -1;
	json_error_t why;
	json_t *line;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if (in == NULL) {
		(void)fprintf(stderr, "usage: identity_replay FILE\n");
		return 2;
	}
	arena_init(&store.arena, (size_t)64 << 20);
	store.reports = calloc(MAX_REPORTS, sizeof(*store.reports));
	while ((line = json_loadf(in, JSON_DISABLE_EOF_CHECK, &why)) != NULL) {
		if (json_integer_value(json_object_get(line, "history")) != history) {
			history = json_integer_value(json_object_get(line, "history"));
			histories++;
			begin(&store);
		}
		pages++;
		differences += check_line(&store, line);
		json_decref(line);
	}
	(void)fclose(in);
	arena_fini(&store.arena);
	free(store.reports);
	printf("RESULT pages=%ld histories=%ld differences=%ld\n", pages, histories, differences);
	return differences != 0 || pages == 0;
}
