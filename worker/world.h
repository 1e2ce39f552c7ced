/* SPDX-License-Identifier: MIT */
/*
 * world.h - what one transaction knows: the keys, URLs and reports that its messages touch.
 *
 * look_up() (lookup.c) fills it from rows it has locked; judge() (judge.c) changes it message by
 * message, each on what its predecessors left; write_out() (write.c) writes what changed.  All
 * of it lives in one arena for the length of the transaction.  Times are microseconds since
 * 1970, by ce_time.
 */
#ifndef WORKER_WORLD_H
#define WORKER_WORLD_H

#include <suoyin/arena.h>
#include <suoyin/identity.h>

#include "batch.h"

enum key_kind { KEY_CONTENT, KEY_DOCNO, KEY_INDEX, KEY_KINDS };
extern const char *const key_kind_names[KEY_KINDS];

struct moment { /* order of messages: time, then id */
	int64_t time_us;
	struct span id;
};
int moment_cmp(struct moment a, struct moment b);

struct texts { /* a set of texts, small */
	struct span *items;
	size_t count, room;
};

struct revision {
	int64_t id; /* 0: new, set before writing */
	struct report *report;
	struct moment at;
	struct span content_sha256, page_sha256;
	struct entry *source; /* new or rewritten: where the columns come from */
	bool is_new, rewritten;
};

struct report {
	int64_t id; /* negative: new, replaced before writing */
	bool is_new, changed;
	bool event; /* what a reader sees changed: changed_at moves */
	struct span portal, site;
	bool baseline;
	struct report *merged_into;
	int64_t merged_into_id; /* as read */
	bool conflict;
	struct report *conflict_with;
	struct span title, docno; /* last stored */
	struct texts titles, indexes;
	uint32_t live;            /* live URLs */
	struct revision *current;
	int64_t current_id;       /* as read */
};

struct key {
	struct span site, value;
	enum key_kind kind;
	int64_t report_id; /* as read; 0: claimed by us, free */
	struct report *report;
	bool attached;     /* given to report by this transaction */
};

struct past { /* a report that a URL has left */
	struct sighting *sighting;
	struct report *report;
	int64_t first_seen_us, left_us;
	struct past *next;
};

struct sighting {
	struct span site, url, portal;
	int64_t report_id, revision_id; /* as read; 0: none */
	struct report *report;
	struct revision *revision;
	bool known;        /* last is set */
	bool settled;      /* all keys of the page lead to its report */
	struct moment last;
	int64_t first_seen_us, last_seen_us;
	struct span page_sha256, content_sha256;
	int64_t extraction_version, config_version;
	int64_t gone_us;   /* 0: live */
	struct entry *source; /* the last message judged here: coordinates; NULL: they stay */
	bool changed;
};

struct world {
	struct arena arena;
	struct key *keys;           /* sorted by site, kind, value */
	size_t key_count;
	struct sighting *sightings; /* sorted by site, url */
	size_t sighting_count;
	struct report **reports;
	size_t report_count, report_room;
	struct revision **revisions; /* known or new */
	size_t revision_count, revision_room;
	struct past *pasts;
	int64_t next_temporary;     /* ids of new reports, counting down */
	struct event *events, *last_event; /* events.h, in order */
	size_t event_count;
};

void world_init(struct world *w);
void world_fini(struct world *w);

/* NULL: not there (keys and sightings of the batch always are). */
struct key *world_key(const struct world *w, struct span site, enum key_kind kind, struct span value);
struct sighting *world_sighting(const struct world *w, struct span site, struct span url);
struct report *world_report(const struct world *w, int64_t id);
struct revision *world_revision(const struct world *w, int64_t id);
/* A revision of the report with this content, or with this ce_id. */
struct revision *world_same_revision(const struct world *w, const struct report *r,
    struct span content_sha256, struct moment at);
/* Follows merged_into. Accepts NULL. */
struct report *world_follow(struct report *r);

/* New objects, owned by the world; NULL when the arena is full. */
struct report *world_add_report(struct world *w, int64_t id);
struct revision *world_add_revision(struct world *w, int64_t id);
/* Adds to a set unless it is there. -1: arena full. */
int texts_add(struct world *w, struct texts *set, struct span text);

#endif
