/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/digest.h>
#include <suoyin/extract.h>
#include <suoyin/extract_child.h>
#include <suoyin/json_write.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>
#include <time.h>

#include "child_proc.h"

struct kit {
	struct charset_kit *charsets;
	struct arena arena;
	struct buf record, rows[RECORD_ROWS]; /* kept from page to page, so that they need not grow each time */
};

static struct span
member(const json_t *meta, const char *name)
{
	const json_t *value = json_object_get(meta, name);

	if (!json_is_string(value))
		return (struct span){NULL, 0};
	return (struct span){json_string_value(value), json_string_length(value)};
}

static uint64_t
cpu_us(void)
{
	return (uint64_t)clock_us(CLOCK_THREAD_CPUTIME_ID);
}

/* How long each phase took, told by extract() as it goes on. */
struct watch {
	uint64_t began_us, spent_us[EXTRACT_PHASES];
};

static void
phase_ends(struct watch *w, enum extract_phase phase)
{
	uint64_t now = cpu_us();

	w->spent_us[phase] += now - w->began_us;
	w->began_us = now;
}

static void
on_step(void *ctx, enum extract_step step)
{
	phase_ends(ctx, step == EXTRACT_DECODED ? EXTRACT_DECODE : EXTRACT_PARSE);
}

/* A text of the record is good UTF-8 in the reply, whatever the page had. */
static struct span
mended(struct arena *a, struct span s)
{
	struct buf b;
	struct span kept;

	if (s.n == 0 || (text_is_utf8(s) && span_find_byte(s, '\0', 0) == SIZE_MAX))
		return s;
	buf_init(&b, SIZE_MAX / 2);
	text_mended(&b, s);
	kept = arena_dup_buf(a, &b);
	a->failed |= b.failed;
	buf_fini(&b);
	return kept;
}

static void
add_number(struct extract_reply *reply, enum reply_text raw, const struct number *n)
{
	reply->texts[raw] = n->raw;
	if (n->raw.n == 0)
		return;
	reply->texts[raw + 1] = n->normalized;
	reply->texts[raw + 2] = n->class_;
}

/* What a large page has left is given back. */
static void
give_back(struct buf *b)
{
	if (b->cap > KEPT_BYTES)
		buf_fini(b);
}

/* The texts that are written for the reply alone. */
static int
write_record(struct kit *kit, const struct record *r, struct extract_reply *reply)
{
	int rc;

	buf_clear(&kit->record);
	rc = record_write(&kit->record, r, false);
	reply->texts[REPLY_RECORD] = buf_span(&kit->record);
	for (int i = 0; rc == 0 && i < RECORD_ROWS; i++) {
		buf_clear(&kit->rows[i]);
		rc = record_rows_write(&kit->rows[i], r, (enum record_rows)i);
		reply->texts[REPLY_ROWS + i] = buf_span(&kit->rows[i]);
	}
	return rc;
}

static int
reply_with(struct buf *out, struct kit *kit, const struct record *r, struct watch *watch)
{
	char rooms[3][RECORD_DATE_SIZE];
	struct extract_reply reply = {.version = EXTRACTION_VERSION,
	    .year = r->meaning.report_year > 0 ? (uint64_t)r->meaning.report_year : 0,
	    .texts = {[REPLY_TITLE] = r->title, [REPLY_AGENCY] = r->agency,
	        [REPLY_DOCUMENT_TYPE] = r->meaning.document_type,
	        [REPLY_PUBLISHED_ON] = record_date(&r->published_at, true, rooms[0]),
	        [REPLY_PUBLISHED_AT] = record_date(&r->published_at, false, rooms[1]),
	        [REPLY_SIGNED_ON] = record_date(&r->signed_on, true, rooms[2]),
	        [REPLY_CONTENT_SHA256] = r->content_sha256, [REPLY_BODY] = r->structure.body}};

	int rc;

	add_number(&reply, REPLY_INDEX_RAW, &r->index_number);
	add_number(&reply, REPLY_DOCUMENT_RAW, &r->document_number);
	for (int i = 0; i < REPLY_ROWS; i++)
		reply.texts[i] = mended(&kit->arena, reply.texts[i]);
	rc = write_record(kit, r, &reply);
	phase_ends(watch, EXTRACT_REPLY);
	(void)memcpy(reply.spent_us, watch->spent_us, sizeof(reply.spent_us));
	return rc == -1 || kit->arena.failed || extract_reply_encode(out, &reply) == -1 ? -1 : 0;
}

static int
handle(void *opaque, struct span meta_text, struct span body, struct buf *reply, struct err *err)
{
	struct kit *kit = opaque;
	struct watch watch = {.began_us = cpu_us()};
	json_t *meta = json_loadb(meta_text.p, meta_text.n, 0, NULL);
	struct extract_input in = {.bytes = body, .url = member(meta, "url"),
	    .content_type = member(meta, "content_type"),
	    .list_title = member(meta, "list_title"), .list_date = member(meta, "list_date"),
	    .step = on_step, .step_ctx = &watch};
	const json_t *portal = json_object_get(meta, "portal");
	struct span sha256 = member(meta, "sha256");
	struct record record;
	int rc;

	if (!json_is_object(meta)) {
		json_decref(meta);
		return err_set(err, ERR_REJECT, "bad_request",
		    "extract: the meta of the request is no JSON object");
	}
	if (digest_is_hex(sha256))
		in.sha256 = sha256;
	in.portal = json_is_object(portal) ? portal : NULL;
	rc = extract(&record, &kit->arena, kit->charsets, &in, err);
	if (rc == 0) {
		phase_ends(&watch, EXTRACT_EXTRACT);
		record.portal_unknown = json_is_true(json_object_get(meta, "portal_unknown"));
		if ((rc = reply_with(reply, kit, &record, &watch)) == -1)
			(void)err_set(err, ERR_REJECT, "too_large", "extract: the record is longer than %zu bytes",
			    reply->limit);
	}
	give_back(&kit->record);
	for (int i = 0; i < RECORD_ROWS; i++)
		give_back(&kit->rows[i]);
	arena_reset(&kit->arena);
	json_decref(meta);
	return rc;
}

/* Runs everything once: whatever libraries load or cache on first use is there before the
 * child locks itself in. */
static void *
warm_up(void)
{
	struct kit *kit = calloc(1, sizeof(*kit));
	struct buf reply;

	if (kit == NULL || (kit->charsets = charset_kit_new()) == NULL) {
		free(kit);
		return NULL;
	}
	arena_init(&kit->arena, EXTRACT_ARENA_MAX);
	buf_init(&kit->record, RECORD_JSON_MAX);
	for (int i = 0; i < RECORD_ROWS; i++)
		buf_init(&kit->rows[i], RECORD_JSON_MAX);
	buf_init(&reply, RECORD_JSON_MAX);
	(void)handle(kit,
	    SPAN("{\"url\":\"http://a.example/\",\"portal\":{\"extract\":{\"title\":\"//h1\"}}}"),
	    SPAN("<meta charset=gbk><h1>\xC4\xE3</h1><p>2024-01-02 <a href='1.pdf'>x</a></p>"),
	    &reply, NULL);
	buf_fini(&reply);
	return kit;
}

const struct child_role extract_role = {.name = "extract", .warm_up = warm_up, .handle = handle};
