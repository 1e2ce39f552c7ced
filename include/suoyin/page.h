/* SPDX-License-Identifier: MIT */
/*
 * page.h - the page message, the one thing that crosses from crawler to worker.
 *
 * CloudEvents Kafka binding, binary mode: value = the bytes the portal served,
 * headers = what we know about them.  docs/MESSAGE.md is the contract; encode and
 * decode stand side by side in core/page.c.  Nothing is copied: spans point into
 * the caller's memory (encode) or into the message (decode).
 */
#ifndef SUOYIN_PAGE_H
#define SUOYIN_PAGE_H

#include <suoyin/arena.h>
#include <suoyin/err.h>
#include <suoyin/limits.h>

enum page_type { PAGE_FETCHED, PAGE_GONE, PAGE_ATTACHMENT, PAGE_REPROCESS };

struct page_header {
	struct span name, value;
};

struct page {
	enum page_type type;
	struct span id;      /* ce_id */
	struct span source;  /* ce_source: portal home */
	struct span time;    /* ce_time, RFC 3339 UTC, by the database's clock */
	int64_t time_us;     /* the same in microseconds since 1970; decode fills it */
	struct span url;     /* ce_subject: canonical URL */
	struct span portal, site;
	struct span sha256;  /* of the value, hexadecimal; absent for gone; of the origin's for reprocess */
	struct span content_type, final_url, etag, last_modified;
	int http_status;     /* 0: not said */
	struct span list_url, list_title, list_date;
	struct span parent_url, filename; /* attachments only */
	struct span origin_topic;         /* reprocess only: the message that is to be read again */
	int64_t origin_partition, origin_offset;
	int64_t revision; /* reprocess only: revision_id that was made from it; 0: none */
	bool baseline;
	int64_t config_version; /* 0: not said */
	struct span traceparent;
	struct span body;    /* the value; absent for gone and reprocess */
	struct page_header other[PAGE_HEADERS_MAX]; /* unknown headers, kept */
	size_t other_count;
};

/* "<portal id> <canonical URL>" in the arena. */
struct span page_key(struct arena *a, struct span portal, struct span url);

/* The headers of a page, in a fixed order, into out (room for PAGE_HEADERS_MAX).
 * Numbers are printed into the arena. Returns the count, or -1: FATAL "page_incomplete". */
int page_encode(const struct page *page, struct arena *a, struct page_header *out,
    struct err *err);

/* Headers, key and value of a message to a page.  REJECT with a reason of its own:
 * header_missing, header_duplicate, header_malformed, header_too_long, too_many_headers,
 * schema_unsupported, key_mismatch, body_missing, body_too_large, sha256_mismatch. */
int page_decode(struct page *out, const struct page_header *headers, size_t count,
    struct span key, struct span value, struct err *err);

/* RFC 3339 "2026-01-02T03:04:05.678901Z" to microseconds since 1970; -1 when it is not one. */
int page_time_parse(struct span text, int64_t *us);
void page_time_format(int64_t us, char out[32]);

#endif
