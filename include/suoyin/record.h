/* SPDX-License-Identifier: MIT */
/*
 * record.h - what one page says, as a structured record, and that record as JSON.
 *
 * docs/EXTRACTION.md says how each field is found; every field keeps where it came from in
 * `provenance`.  Absent scalars are the absent span (JSON null); lists are empty.
 */
#ifndef SUOYIN_RECORD_H
#define SUOYIN_RECORD_H

#include <jansson.h>
#include <suoyin/charset.h>
#include <suoyin/meaning.h>
#include <suoyin/structure.h>

#define EXTRACTION_VERSION 2 /* grows by hand when the output changes */

struct pair {
	struct span name, value;
};

struct pairs {
	struct pair *items;
	size_t count;
};

struct record {
	struct span url, site_name, site_id_code, title, agency, source;
	struct number index_number, document_number;
	struct cn_date signed_on, printed_on, published_at; /* published_on is its day */
	struct pairs metadata;
	struct structure structure; /* addressee, preamble, body, sections, signature, noise */
	struct meaning meaning;
	struct pairs attachments;   /* name = text, value = resolved URL */
	struct pairs provenance;    /* field -> where it was found */
	struct charset charset;
	struct span method;         /* how the body was found: xpath container density text json */
	double confidence;          /* 0 … 1 */
	struct span page_sha256;    /* hexadecimal */
	struct span content_sha256;
	bool portal_unknown;        /* read without its portal's configuration, since nobody had it */
};

/* The record as JSON text, its body in it or left out. -1: the buffer has failed. */
int record_write(struct buf *out, const struct record *r, bool with_body);
/* The same parsed, with its body: a new reference; NULL only when memory is out. */
json_t *record_to_json(const struct record *r);

#define RECORD_DATE_SIZE 24
/* A date as the record has it: absent where less than its day (day_only) or its year is known. */
struct span record_date(const struct cn_date *d, bool day_only, char room[RECORD_DATE_SIZE]);

/* SHA-256 over title, index number, document number, body, attachment URLs, white space
 * deleted, each with its length (digest_add_field). */
void record_content_sha256(struct record *r, struct arena *a);

#endif
