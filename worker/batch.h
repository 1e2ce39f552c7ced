/* SPDX-License-Identifier: MIT */
/*
 * batch.h - messages that are stored in one transaction, and what became of each.
 *
 * The main thread fills a batch and has its pages extracted; then the store thread judges and
 * writes it; then the main thread frees it.  A batch is owned by one thread at a time.  Page
 * spans point into the Kafka message, field spans into the entry's reply and arena.
 */
#ifndef WORKER_BATCH_H
#define WORKER_BATCH_H

#include <librdkafka/rdkafka.h>
#include <suoyin/digest.h>
#include <suoyin/page.h>
#include <suoyin/record_rows.h>

#include "phases.h"

/* Outcome of an acknowledged message, exactly one (design 5). */
enum outcome {
	OUTCOME_DEAD, OUTCOME_ATTACHED, OUTCOME_WITHDRAWN, OUTCOME_IGNORED, OUTCOME_CONFLICT,
	OUTCOME_NEW, OUTCOME_SIGHTING, OUTCOME_REVISED, OUTCOME_SAME, OUTCOMES,
};
extern const char *const outcome_names[OUTCOMES];

#define GUARD_ID_SIZE 257 /* a ce_id and its NUL */

/* What the worker needs of a record: the columns of core.revision and the keys. */
struct fields {
	struct span title, title_folded; /* absent: no title */
	struct span index_number, index_raw, document_number, document_raw;
	struct span agency, document_type, published_on, published_at, signed_on;
	int report_year;    /* 0: not known */
	int extraction_version;
	struct span content_sha256;
	struct span index_key, docno_key, content_key; /* usable keys only; absent otherwise */
	struct span body, record; /* record: the whole without body, JSON text; a NUL stands behind each */
	struct span rows[RECORD_ROWS]; /* what it says as rows (record_rows.h) */
};

/* WAITING: for the page that a reprocess message points to. */
enum entry_state { ENTRY_WAITING, ENTRY_DECODED, ENTRY_EXTRACTING, ENTRY_READY };

struct entry {
	struct batch *batch;
	rd_kafka_message_t *msg; /* owned */
	struct page page;
	const char *topic;       /* where the page's bytes are: msg's, or those of the origin */
	int32_t partition;
	int64_t offset;
	bool again;              /* of a reprocess message: the page is one that was judged before */
	int64_t revision;        /* of a reprocess message: made from these bytes; 0: none */
	enum entry_state state;
	bool dead;
	bool second_try;         /* a child has failed on it */
	bool hinted;             /* the database showed the same bytes (repeats.h) */
	struct entry *twin;      /* an earlier message of the batch with the same page, which is read for both */
	uint64_t url_hash;       /* of site and URL, once it is in the batch's table */
	bool repeat, rewrite;    /* known without being read; its sighting is written all the same */
	struct err why;          /* of a dead letter */
	char *reply;             /* owned: what a child said; the long texts of the fields are in it */
	struct arena arena;      /* the short ones, and text built of them */
	char *meta;              /* owned; request to the child while it is extracting */
	bool portal_unknown;     /* the message names a portal version that is not in the database */
	struct fields fields;
	enum outcome outcome;
	bool merges;             /* it made two records one */
};

/* One partition's share of a batch. */
struct share {
	int32_t partition;
	int64_t epoch;
	int64_t from; /* next_offset that PostgreSQL must hold before */
	int64_t to;   /* and after */
	int64_t oldest_ms; /* the least timestamp of its messages; 0: none has one */
	char last_ce_id[GUARD_ID_SIZE];
};

enum batch_result { BATCH_PENDING, BATCH_STORED, BATCH_FENCED, BATCH_CANCELLED, BATCH_FATAL };

struct batch {
	struct entry **entries;
	size_t count, room;
	size_t bytes;     /* of the pages, and of their records once they are read */
	size_t unready;   /* entries that are not ENTRY_READY */
	size_t in_flight; /* entries that a child holds */
	size_t looked_at; /* entries that were asked about as repeats */
	size_t twins;     /* entries that wait for their twin */
	struct entry **moves; /* the last message of each URL whose sighting it may change: an open table */
	size_t moves_room; /* a power of two */
	struct batch *next; /* of those given up while children still hold entries */
	int64_t opened_ms;
	struct share *shares; /* in order of partition */
	size_t share_count, share_room;
	const char *topic;
	struct phases spent;   /* by the children and by the store */
	int64_t store_cpu_us;  /* of the store thread since it began */
	enum batch_result result;
	struct err err; /* of BATCH_FATAL */
};

struct batch *batch_new(const char *topic, size_t room); /* NULL: out of memory */
void batch_free(struct batch *b);                        /* accepts NULL */
/* Takes the message. The decoded entry (dead if it cannot be decoded), or NULL: out of memory,
 * the message still belongs to the caller. */
struct entry *batch_add(struct batch *b, rd_kafka_message_t *msg, int64_t epoch, int64_t from);
/* When Kafka was given it, in ms since 1970; 0: it has no time. */
int64_t batch_published_ms(const rd_kafka_message_t *msg);
/* The ce_id by which a message is known again at the resume point, also one that is a dead letter:
 * "" where there is none that is text and fits. */
void batch_guard_id(const rd_kafka_message_t *msg, char out[GUARD_ID_SIZE]);
/* Marks an entry as a dead letter and ready. */
void batch_reject(struct batch *b, struct entry *e, const struct err *why);
/* Marks an entry as a repeat and ready. */
void batch_known(struct batch *b, struct entry *e);
/* The URLs that other messages of the batch may change: notes one, asks for one.  A hash stands for
 * the URL: a page may be read for nothing, and none is passed by.  Where the message before it at the
 * URL has the very same page, that one becomes its twin. */
void batch_will_move(struct batch *b, struct entry *e);
bool batch_moves(const struct batch *b, const struct entry *e);
/* Of entries whose twin is ready: what was read of it is theirs too, or, where it is a dead letter, they are
 * to be read for themselves. Returns how many need not be read. */
size_t batch_answer_twins(struct batch *b);
/* The child's answer (extract_child.h), whose memory the entry takes: checked, its fields taken. A hostile
 * one is a dead letter. */
void batch_extracted(struct batch *b, struct entry *e, struct span text, char *memory);

#endif
