/* SPDX-License-Identifier: MIT */
/*
 * extract_child.h - the role "extract" of a child process: one page in, its record out.
 *
 * Request: meta {"url", "content_type", "list_title", "list_date": text or null, "sha256": of the
 * body, where the parent has checked it, "portal": the portal's configuration or null,
 * "portal_unknown": true where nobody had it}, body = the page's bytes.  Reply: a line of decimal
 * numbers (version, year, microseconds, lengths), then the texts, each with a line feed behind it: what the
 * worker has columns and keys for, the body, the rows of the record (record_rows.h), and the whole
 * record without body as JSON.  So the parent needs no parser, and writes nothing anew.  What
 * extract() rejects is passed on as it is.
 */
#ifndef SUOYIN_EXTRACT_CHILD_H
#define SUOYIN_EXTRACT_CHILD_H

#include <suoyin/child.h>
#include <suoyin/record_rows.h>

/* CPU time of the child by phase. */
enum extract_phase { EXTRACT_DECODE, EXTRACT_PARSE, EXTRACT_EXTRACT, EXTRACT_REPLY, EXTRACT_PHASES };

enum reply_text {
	REPLY_TITLE, REPLY_AGENCY, REPLY_DOCUMENT_TYPE, REPLY_PUBLISHED_ON, REPLY_PUBLISHED_AT, REPLY_SIGNED_ON,
	REPLY_INDEX_RAW, REPLY_INDEX_NUMBER, REPLY_INDEX_CLASS, REPLY_DOCUMENT_RAW, REPLY_DOCUMENT_NUMBER,
	REPLY_DOCUMENT_CLASS, REPLY_CONTENT_SHA256, REPLY_BODY,
	REPLY_ROWS, REPLY_RECORD = REPLY_ROWS + RECORD_ROWS, REPLY_TEXTS,
};

struct extract_reply {
	struct span texts[REPLY_TEXTS]; /* absent: the record has none */
	uint64_t version, year;         /* of the extraction; of the report, 0: not known */
	uint64_t spent_us[EXTRACT_PHASES];
};

int extract_reply_encode(struct buf *out, const struct extract_reply *reply);
/* Spans point into the text, which is valid UTF-8 (child.h); each of them is too.  REJECT
 * "hostile_reply" unless every length fits, rows are whole lines, and the record is JSON that PostgreSQL takes. */
int extract_reply_decode(struct extract_reply *out, struct span text, struct err *err);

extern const struct child_role extract_role;

#endif
