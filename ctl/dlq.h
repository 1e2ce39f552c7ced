/* SPDX-License-Identifier: MIT */
/*
 * dlq.h - what the commands on dead letters share: which letters are meant, and walking over them.
 *
 * Letters are named by their coordinates (TOPIC/PARTITION/OFFSET) or chosen by filters; those that
 * are settled are left out unless they are named or --all is given.  A walk goes in order of the
 * topic, so that what is replayed keeps the order of each URL, and sees nothing that came after it
 * began.
 */
#ifndef CTL_DLQ_H
#define CTL_DLQ_H

#include "ctl.h"
#include <jansson.h>
#include <suoyin/columns.h>
#include <suoyin/dead_letter.h>

struct dlq_options {
	const char *portal, *reason, *url, *since, *note, *output;
	int64_t since_ms; /* ago; -1: since is a moment, or not given */
	uint64_t limit, rate; /* 0: none */
	bool unresolved, all, dry_run, json;
	char **ids; /* operands, of good form */
	int id_count;
	const char *database_url;
};

/* Options of argv; `takes`: those the command has, by name, blank before and behind each. 0, or
 * EXIT_USAGE after saying why. */
int dlq_options(struct dlq_options *o, int argc, char **argv, const char *takes);
/* For commands that change something: something must be chosen. 0, or EXIT_USAGE. */
int dlq_options_choose(const struct dlq_options *o, const char *command);
/* What was asked, for the audit. */
json_t *dlq_options_json(const struct dlq_options *o);

enum {
	DLQ_TOPIC, DLQ_PART, DLQ_OFFSET, DLQ_PORTAL, DLQ_URL, DLQ_REASON, DLQ_DETAIL, DLQ_SHA256, DLQ_FETCHED,
	DLQ_VERSION, DLQ_STORED, DLQ_RESOLVED, DLQ_RESOLUTION, DLQ_REPLAYED, DLQ_REPLAYS,
};

struct dlq_walk {
	struct pg *pg;
	const struct dlq_options *options;
	char *ids, until[64];
	struct coordinates last;
	bool begun;
	uint64_t left;
	PGresult *page;
};

/* Counts what will be walked over, at most options->limit. */
int dlq_walk_begin(struct dlq_walk *w, struct pg *pg, const struct dlq_options *o, uint64_t *count, struct err *err);
/* The next letters in w->page: their number, 0 at the end, -1. */
int dlq_walk_next(struct dlq_walk *w, struct err *err);
void dlq_walk_end(struct dlq_walk *w);

void dlq_coordinates(const PGresult *page, int row, struct coordinates *out);
/* The same as a row of three columns, which DLQ_ROWS reads. */
#define DLQ_ROWS "unnest($1::text[], $2::integer[], $3::bigint[]) AS n(topic, part, \"offset\")"
void dlq_add_row(struct columns *c, const PGresult *page, int row);
/* A row as `list --json` and `export` give it; new. */
json_t *dlq_json(const PGresult *page, int row);

#endif
