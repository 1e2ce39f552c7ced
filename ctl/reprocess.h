/* SPDX-License-Identifier: MIT */
/*
 * reprocess.h - which stored pages are to be read again, and the messages that ask for it.
 *
 * reprocess_select.c turns the filters into rows: every revision with its own bytes, and every address
 * that shows other bytes than its revision was read from.  reprocess.c publishes a reprocess message
 * for each (docs/MESSAGE.md), at a rate, and waits until the workers have passed them.
 */
#ifndef CTL_REPROCESS_H
#define CTL_REPROCESS_H

#include "ctl.h"

struct reprocess_filter {
	const char *portal, *since, *report, *url; /* NULL: any */
	const char *below; /* extraction_version below it; NULL: any */
	bool outdated;     /* read by an older extractor or another version of the portal than now */
};

/* Columns of a row. */
enum {
	ROW_KEY, ROW_REVISION, ROW_TOPIC, ROW_PART, ROW_OFFSET, ROW_SHA256, ROW_PORTAL, ROW_SITE, ROW_URL, ROW_HOME,
};

struct reprocess_count {
	int64_t revisions, addresses;
};

int reprocess_count(struct pg *pg, const struct reprocess_filter *filter, struct reprocess_count *out,
    struct err *err);
/* The next rows of a kind, in order, after the one whose ROW_KEY is *after (NULL: from the beginning); the
 * caller clears the result. */
enum reprocess_kind { REPROCESS_REVISIONS, REPROCESS_ADDRESSES, REPROCESS_KINDS };
PGresult *reprocess_rows(struct pg *pg, const struct reprocess_filter *filter, enum reprocess_kind kind,
    const char *after, struct err *err);

#endif
