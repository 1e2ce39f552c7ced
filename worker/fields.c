/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/identity.h>
#include <suoyin/text.h>

#include "fields.h"

#define WORDS_MAX 1000 /* bytes of a short text */
#define NUMBER_MAX 1000
#define DATE_BYTES 32
#define NUMBER_KEY_MAX 200  /* longer "numbers" are text, and too long for a btree key */
#define CONTENT_KEY_CHARS 100 /* shorter bodies are alike by chance (design 5) */

static const struct span absent = {NULL, 0};

/* A text of the reply, cut to max bytes at a code point, in the entry's own memory. */
static struct span
take(struct entry *e, const struct extract_reply *reply, enum reply_text which, size_t max)
{
	struct span s = reply->texts[which];

	if (s.n > max) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	return arena_dup(&e->arena, s);
}

/* A long text stays where it is; its line feed becomes the NUL that libpq's parameters end with. */
static struct span
leave(struct entry *e, const struct extract_reply *reply, enum reply_text which)
{
	struct span s = reply->texts[which];

	if (s.p != NULL)
		e->reply[(size_t)(s.p - e->reply) + s.n] = '\0';
	return s;
}

struct number_fields {
	struct span raw, normalized, key;
};

/* Raw and normal form, and the normal form as key where the class, the third, allows. */
static struct number_fields
take_number(struct entry *e, const struct extract_reply *reply, enum reply_text raw, bool (*usable)(struct span))
{
	struct number_fields n = {take(e, reply, raw, NUMBER_MAX), take(e, reply, raw + 1, NUMBER_MAX), absent};

	if (!span_is_empty(n.normalized) && n.normalized.n <= NUMBER_KEY_MAX && usable(reply->texts[raw + 2]))
		n.key = n.normalized;
	return n;
}

static bool
index_class_usable(struct span class_)
{
	return class_.p != NULL && !span_starts(class_, SPAN("partial")) &&
	    !span_starts(class_, SPAN("suspect")) && !span_starts(class_, SPAN("absent")) &&
	    span_find(class_, SPAN("+zero_prefix"), 0) == SIZE_MAX;
}

static bool
docno_class_usable(struct span class_)
{
	return span_eq(class_, SPAN("canonical"));
}

/* A date that PostgreSQL takes, or nothing: the text as printed stays in the record. */
static struct span
date_only(struct span iso)
{
	return iso.n >= 10 ? span_cut(iso, 0, 10) : absent;
}

/* Pages print Asia/Shanghai's clock without saying so. */
static struct span
with_zone(struct arena *a, struct span iso)
{
	return iso.n >= 10 ? arena_fmt(a, "%.*s+08:00", SPAN_ARG(iso)) : absent;
}

static void
take_texts(struct entry *e, const struct extract_reply *reply)
{
	struct fields *f = &e->fields;

	f->title = take(e, reply, REPLY_TITLE, TITLE_MAX);
	f->agency = take(e, reply, REPLY_AGENCY, WORDS_MAX);
	f->document_type = take(e, reply, REPLY_DOCUMENT_TYPE, WORDS_MAX);
	f->published_on = date_only(take(e, reply, REPLY_PUBLISHED_ON, DATE_BYTES));
	f->published_at = with_zone(&e->arena, take(e, reply, REPLY_PUBLISHED_AT, DATE_BYTES));
	f->signed_on = date_only(take(e, reply, REPLY_SIGNED_ON, DATE_BYTES));
	f->body = leave(e, reply, REPLY_BODY);
	f->record = leave(e, reply, REPLY_RECORD);
	f->content_sha256 = take(e, reply, REPLY_CONTENT_SHA256, DIGEST_HEX);
	for (int i = 0; i < RECORD_ROWS; i++)
		f->rows[i] = leave(e, reply, (enum reply_text)(REPLY_ROWS + i));
}

static int
take_versions(struct fields *f, const struct extract_reply *reply, struct err *err)
{
	if (!digest_is_hex(reply->texts[REPLY_CONTENT_SHA256]) || reply->version < 1 || reply->version > 1000000)
		return err_set(err, ERR_REJECT, "hostile_reply", "the answer has no content_sha256 or version");
	f->extraction_version = (int)reply->version;
	f->report_year = reply->year >= 1900 && reply->year <= 2200 ? (int)reply->year : 0;
	return 0;
}

static void
make_keys(struct fields *f, struct arena *a, struct span docno)
{
	f->title_folded = f->title.p == NULL ? absent : text_fold_title(a, f->title);
	if (span_is_empty(f->title_folded))
		f->title_folded = absent;
	f->docno_key = identity_docno_key(a, docno, f->title_folded);
	if (f->index_key.p == NULL && f->docno_key.p == NULL && f->body.p != NULL &&
	    text_length(f->body) >= CONTENT_KEY_CHARS)
		f->content_key = f->content_sha256;
}

int
fields_take(struct entry *e, const struct extract_reply *reply, struct err *err)
{
	struct fields *f = &e->fields;
	struct number_fields index, document;

	if (take_versions(f, reply, err) == -1)
		return -1;
	take_texts(e, reply);
	index = take_number(e, reply, REPLY_INDEX_RAW, index_class_usable);
	document = take_number(e, reply, REPLY_DOCUMENT_RAW, docno_class_usable);
	f->index_raw = index.raw;
	f->index_number = index.normalized;
	f->index_key = index.key;
	f->document_raw = document.raw;
	f->document_number = document.normalized;
	make_keys(f, &e->arena, document.key);
	if (e->arena.failed) /* a key that found no room is not absent */
		return err_set(err, ERR_REJECT, "too_large", "the record does not fit");
	return 0;
}
