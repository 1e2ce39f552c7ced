/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/text.h>

#include "batch.h"
#include "fields.h"

const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_DEAD] = "dead",
    [OUTCOME_ATTACHED] = "attached",
    [OUTCOME_WITHDRAWN] = "withdrawn",
    [OUTCOME_IGNORED] = "ignored",
    [OUTCOME_CONFLICT] = "conflict",
    [OUTCOME_NEW] = "new",
    [OUTCOME_SIGHTING] = "sighting",
    [OUTCOME_REVISED] = "revised",
    [OUTCOME_SAME] = "same",
};

struct batch *
batch_new(const char *topic, size_t room)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->topic = topic;
	b->room = room;
	for (b->moves_room = 64; b->moves_room < 2 * room;)
		b->moves_room *= 2;
	b->entries = calloc(room, sizeof(struct entry *));
	b->moves = calloc(b->moves_room, sizeof(struct entry *));
	if (b->entries == NULL || b->moves == NULL) {
		batch_free(b);
		return NULL;
	}
	return b;
}

static void
entry_free(struct entry *e)
{
	rd_kafka_message_destroy(e->msg);
	arena_fini(&e->arena);
	free(e->reply);
	free(e->meta);
	free(e);
}

void
batch_free(struct batch *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++)
		entry_free(b->entries[i]);
	free(b->entries);
	free(b->moves);
	free(b->shares);
	free(b);
}

/* The share of the message's partition; made in order of partition, since the fence rows are
 * locked in that order. */
static struct share *
share_of(struct batch *b, int32_t partition, int64_t epoch, int64_t from)
{
	size_t i = 0;

	while (i < b->share_count && b->shares[i].partition < partition)
		i++;
	if (i < b->share_count && b->shares[i].partition == partition)
		return &b->shares[i];
	if (b->share_count == b->share_room) {
		size_t room = b->share_room == 0 ? 16 : 2 * b->share_room;
		struct share *more = realloc(b->shares, room * sizeof(*more));

		if (more == NULL)
			return NULL;
		b->shares = more;
		b->share_room = room;
	}
	memmove(&b->shares[i + 1], &b->shares[i], (b->share_count - i) * sizeof(*b->shares));
	b->share_count++;
	b->shares[i] = (struct share){.partition = partition, .epoch = epoch, .from = from};
	return &b->shares[i];
}

static int
decode(struct entry *e, struct err *err)
{
	struct page_header headers[PAGE_HEADERS_MAX + 1];
	rd_kafka_headers_t *list = NULL;
	struct span key = {e->msg->key, e->msg->key_len}, value = {e->msg->payload, e->msg->len};
	size_t n = 0, size;
	const void *p;
	const char *name;

	if (rd_kafka_message_headers(e->msg, &list) == RD_KAFKA_RESP_ERR_NO_ERROR)
		while (n <= PAGE_HEADERS_MAX &&
		    rd_kafka_header_get_all(list, n, &name, &p, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
			headers[n++] = (struct page_header){span_of(name), {p, size}};
	return page_decode(&e->page, headers, n, key, value, err);
}

int64_t
batch_published_ms(const rd_kafka_message_t *msg)
{
	rd_kafka_timestamp_type_t type;
	int64_t at = rd_kafka_message_timestamp(msg, &type);

	return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || at < 0 ? 0 : at;
}

static void
note_time(struct share *share, const rd_kafka_message_t *msg)
{
	int64_t at = batch_published_ms(msg);

	if (at > 0 && (share->oldest_ms == 0 || at < share->oldest_ms))
		share->oldest_ms = at;
}

void
batch_guard_id(const rd_kafka_message_t *msg, char out[GUARD_ID_SIZE])
{
	rd_kafka_headers_t *headers = NULL;
	struct span id = {NULL, 0};
	const void *p = NULL;

	if (rd_kafka_message_headers(msg, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    rd_kafka_header_get_last(headers, "ce_id", &p, &id.n) == RD_KAFKA_RESP_ERR_NO_ERROR)
		id.p = p;
	if (id.n >= GUARD_ID_SIZE || !text_is_utf8(id) || span_find_byte(id, '\0', 0) != SIZE_MAX)
		id = (struct span){NULL, 0};
	(void)snprintf(out, GUARD_ID_SIZE, "%.*s", SPAN_ARG(id));
}

static void
points_elsewhere(struct batch *b, struct entry *e)
{
	static const struct err no_memory = {ERR_REJECT, "too_large", "the name of the topic does not fit"};

	e->again = true;
	e->revision = e->page.revision;
	e->topic = arena_dup(&e->arena, e->page.origin_topic).p;
	e->partition = (int32_t)e->page.origin_partition;
	e->offset = e->page.origin_offset;
	e->state = ENTRY_WAITING;
	if (e->topic == NULL)
		batch_reject(b, e, &no_memory);
}

struct entry *
batch_add(struct batch *b, rd_kafka_message_t *msg, int64_t epoch, int64_t from)
{
	struct share *share = share_of(b, msg->partition, epoch, from);
	struct entry *e = share == NULL || b->count == b->room ? NULL : calloc(1, sizeof(*e));
	struct err why = {0};

	if (e == NULL)
		return NULL;
	e->batch = b;
	e->msg = msg;
	e->state = ENTRY_DECODED;
	e->topic = b->topic;
	e->partition = msg->partition;
	e->offset = msg->offset;
	arena_init(&e->arena, EXTRACT_ARENA_MAX);
	b->entries[b->count++] = e;
	b->bytes += msg->len;
	b->unready++;
	if (decode(e, &why) == -1)
		batch_reject(b, e, &why);
	else if (e->page.type == PAGE_REPROCESS) {
		points_elsewhere(b, e);
	} else if (e->page.type != PAGE_FETCHED) {
		e->state = ENTRY_READY;
		b->unready--;
	}
	batch_guard_id(msg, share->last_ce_id);
	share->to = msg->offset + 1;
	note_time(share, msg);
	return e;
}

void
batch_reject(struct batch *b, struct entry *e, const struct err *why)
{
	e->dead = true;
	e->why = *why;
	e->outcome = OUTCOME_DEAD;
	if (e->state != ENTRY_READY)
		b->unready--;
	e->state = ENTRY_READY;
}

void
batch_extracted(struct batch *b, struct entry *e, struct span text, char *memory)
{
	struct extract_reply reply;
	struct err err = {0};

	e->reply = memory;
	if (extract_reply_decode(&reply, text, &err) == -1 || fields_take(e, &reply, &err) == -1) {
		batch_reject(b, e, &err);
		return;
	}
	/* a child that lies about its time spoils a figure, no more */
	for (int i = 0; i < EXTRACT_PHASES; i++)
		b->spent.us[PHASE_DECODE + i] += (int64_t)reply.spent_us[i];
	b->bytes += text.n;
	e->state = ENTRY_READY;
	b->unready--;
}

void
batch_known(struct batch *b, struct entry *e)
{
	e->repeat = true;
	e->state = ENTRY_READY;
	b->unready--;
}

/* FNV-1a over site and URL. */
static uint64_t
url_hash(const struct entry *e)
{
	const struct span parts[] = {e->page.site, SPAN("\n"), e->page.url};
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (size_t at = 0; at < parts[i].n; at++)
			h = (h ^ (unsigned char)parts[i].p[at]) * UINT64_C(1099511628211);
	return h;
}

/* The place of a hash: its own, or the free one where it would go. */
static struct entry **
place(const struct batch *b, uint64_t hash)
{
	size_t at = hash & (b->moves_room - 1);

	while (b->moves[at] != NULL && b->moves[at]->url_hash != hash)
		at = (at + 1) & (b->moves_room - 1);
	return &b->moves[at];
}

static bool
is_read(const struct entry *e)
{
	return !e->dead && e->page.type == PAGE_FETCHED && !e->again;
}

/* Whether a child would be asked the same, but for the bytes, whose hash stands for them. */
static bool
is_same_page(const struct page *a, const struct page *b)
{
	return span_eq(a->url, b->url) && span_eq(a->site, b->site) && span_eq(a->portal, b->portal) &&
	    span_eq(a->sha256, b->sha256) && a->config_version == b->config_version &&
	    span_eq(a->content_type, b->content_type) && span_eq(a->list_title, b->list_title) &&
	    span_eq(a->list_date, b->list_date);
}

void
batch_will_move(struct batch *b, struct entry *e)
{
	struct entry **last, *before;

	e->url_hash = url_hash(e);
	last = place(b, e->url_hash);
	before = *last;
	*last = e;
	if (before == NULL || !is_read(before) || !is_read(e) || !is_same_page(&before->page, &e->page))
		return;
	e->twin = before->twin != NULL ? before->twin : before;
	b->twins++;
}

bool
batch_moves(const struct batch *b, const struct entry *e)
{
	return *place(b, url_hash(e)) != NULL;
}

size_t
batch_answer_twins(struct batch *b)
{
	size_t answered = 0;

	for (size_t i = 0; i < b->count && b->twins > 0; i++) {
		struct entry *e = b->entries[i];

		if (e->state != ENTRY_DECODED || e->twin == NULL || e->twin->state != ENTRY_READY)
			continue;
		b->twins--;
		if (e->twin->dead) {
			e->twin = NULL;
			continue;
		}
		e->fields = e->twin->fields;
		e->portal_unknown = e->twin->portal_unknown;
		e->state = ENTRY_READY;
		b->unready--;
		answered++;
	}
	return answered;
}
