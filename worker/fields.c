/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/identity.h>
#include <suoyin/text.h>

#include "fields.h"

#define NUMBER_KEY_MAX 200  /* longer "numbers" are text, and too long for a btree key */
#define CONTENT_KEY_CHARS 100 /* shorter bodies are alike by chance (design 5) */

static const struct span absent = {NULL, 0};

/* A string member, trimmed to max bytes at a code point; absent for null. */
static int
take_text(struct entry *e, const json_t *record, const char *name, size_t max, struct span *out,
    struct err *err)
{
	const json_t *v = json_object_get(record, name);
	struct span s;

	*out = absent;
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return err_set(err, ERR_REJECT, "hostile_reply", "field %s of the record is no text", name);
	s = (struct span){json_string_value(v), json_string_length(v)};
	if (s.n > max) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	if ((*out = arena_dup(&e->arena, s)).p == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the record does not fit");
	return 0;
}

struct number_fields {
	struct span raw, normalized, key;
};

/* {raw, normalized, class}: both texts, and the normal form as key where the class allows. */
static int
take_number(struct entry *e, const json_t *record, const char *name, bool (*usable)(struct span),
    struct number_fields *out, struct err *err)
{
	const json_t *v = json_object_get(record, name);
	struct span class_;

	*out = (struct number_fields){absent, absent, absent};
	if (v == NULL || json_is_null(v))
		return 0;
	if (!json_is_object(v))
		return err_set(err, ERR_REJECT, "hostile_reply", "field %s is no object", name);
	if (take_text(e, v, "raw", 1000, &out->raw, err) == -1 ||
	    take_text(e, v, "normalized", 1000, &out->normalized, err) == -1 ||
	    take_text(e, v, "class", 64, &class_, err) == -1)
		return -1;
	if (!span_is_empty(out->normalized) && out->normalized.n <= NUMBER_KEY_MAX &&
	    usable(class_))
		out->key = out->normalized;
	return 0;
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

static int
take_texts(struct entry *e, json_t *record, struct err *err)
{
	struct fields *f = &e->fields;
	struct span published_at;

	if (take_text(e, record, "title", TITLE_MAX, &f->title, err) == -1 ||
	    take_text(e, record, "agency", 1000, &f->agency, err) == -1 ||
	    take_text(e, record, "document_type", 100, &f->document_type, err) == -1 ||
	    take_text(e, record, "published_on", 32, &f->published_on, err) == -1 ||
	    take_text(e, record, "published_at", 32, &published_at, err) == -1 ||
	    take_text(e, record, "signed_on", 32, &f->signed_on, err) == -1 ||
	    take_text(e, record, "body", RECORD_JSON_MAX, &f->body, err) == -1)
		return -1;
	f->published_on = date_only(f->published_on);
	f->signed_on = date_only(f->signed_on);
	f->published_at = with_zone(&e->arena, published_at);
	return 0;
}

static int
take_versions(struct entry *e, const json_t *record, struct err *err)
{
	const json_t *extraction = json_object_get(record, "extraction");
	json_int_t version = json_integer_value(json_object_get(extraction, "version"));
	json_int_t year = json_integer_value(json_object_get(record, "report_year"));
	struct fields *f = &e->fields;

	if (take_text(e, extraction, "content_sha256", DIGEST_HEX + 1, &f->content_sha256, err) == -1)
		return -1;
	if (!digest_is_hex(f->content_sha256) || version < 1 || version > 1000000)
		return err_set(err, ERR_REJECT, "hostile_reply",
		    "the record's extraction has no content_sha256 or version");
	f->extraction_version = (int)version;
	f->report_year = year >= 1900 && year <= 2200 ? (int)year : 0;
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
fields_take(struct entry *e, json_t *record, struct err *err)
{
	struct fields *f = &e->fields;
	struct number_fields index, document;

	if (!json_is_object(record))
		return err_set(err, ERR_REJECT, "hostile_reply", "the record is no object");
	if (take_texts(e, record, err) == -1 || take_versions(e, record, err) == -1 ||
	    take_number(e, record, "index_number", index_class_usable, &index, err) == -1 ||
	    take_number(e, record, "document_number", docno_class_usable, &document, err) == -1)
		return -1;
	f->index_raw = index.raw;
	f->index_number = index.normalized;
	f->index_key = index.key;
	f->document_raw = document.raw;
	f->document_number = document.normalized;
	make_keys(f, &e->arena, document.key);
	if (e->arena.failed) /* a key that found no room is not absent */
		return err_set(err, ERR_REJECT, "too_large", "the record does not fit");
	if (e->portal_unknown)
		(void)json_object_set_new(
		    json_object_get(record, "extraction"), "portal_unknown", json_true());
	(void)json_object_del(record, "body");
	if ((e->record_text = json_dumps(record, JSON_COMPACT)) == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the record does not fit");
	f->record = span_of(e->record_text);
	return 0;
}
