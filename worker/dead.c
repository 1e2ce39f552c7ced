/* SPDX-License-Identifier: MIT */
#include "dead.h"

#include <suoyin/dead_letter.h>
#include <suoyin/text.h>

/* A topic that is read again from its beginning meets its dead letters again: they stay as they are,
 * and are not sent once more. */
const struct statement dead_statements[DEAD_STATEMENTS] = {
	[DEAD_INSERT] = {"dead_insert", 10,
		"WITH d AS (INSERT INTO core.dead_letter (topic, part, \"offset\", portal_id, url, reason, detail,"
		" page_sha256, fetched_at, worker_version) VALUES ($1, $2::integer, $3::bigint, $4, $5, $6, $7, $8,"
		" $9::timestamptz, $10) ON CONFLICT DO NOTHING RETURNING topic, part, \"offset\")"
		" INSERT INTO core.outbox (type, topic, part, \"offset\")"
		" SELECT 'dead', topic, part, \"offset\" FROM d"},
	[DEAD_REPLAYED] = {"dead_replayed", 3,
		"UPDATE core.dead_letter SET resolved_at = now(), resolution = 'replayed'"
		" WHERE topic = $1 AND part = $2::integer AND \"offset\" = $3::bigint AND resolved_at IS NULL"},
	[DEAD_HEAL] = {"dead_heal", 4,
		"UPDATE core.dead_letter d SET resolved_at = now(), resolution = 'stored'"
		" FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])"
		" AS n(portal_id, url, since, until) WHERE d.resolved_at IS NULL AND d.portal_id = n.portal_id"
		" AND d.url = n.url AND coalesce(d.fetched_at, d.stored_at) BETWEEN n.since AND n.until"},
};

/* For a person: what is no text of it becomes a question mark. */
static const char *
readable(struct pipe *p, struct span s)
{
	struct buf out;
	const char *kept;

	buf_init(&out, 2 * sizeof(((struct err *)NULL)->text));
	for (size_t at = 0, from = 0; at < s.n; from = at) {
		uint32_t c = text_next(s, &at);

		if (c == TEXT_BAD || c == 0)
			(void)buf_add_byte(&out, '?');
		else
			(void)buf_add(&out, s.p + from, at - from);
	}
	kept = pipe_keep(p, arena_dup_buf(p->arena, &out).p);
	buf_fini(&out);
	return kept;
}

/* The letter that this message is a replay of. -1: it is none. */
static int
replay_of(const struct entry *e, struct coordinates *out)
{
	rd_kafka_headers_t *headers = NULL;
	const void *value = NULL;
	struct span text = {NULL, 0};

	if (rd_kafka_message_headers(e->msg, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    rd_kafka_header_get_last(headers, REPLAY_HEADER, &value, &text.n) == RD_KAFKA_RESP_ERR_NO_ERROR)
		text.p = value;
	return text_is_utf8(text) ? coordinates_parse(text, out) : -1;
}

static int
settle_original(struct pipe *p, const struct entry *e)
{
	struct coordinates of;
	const char *v[3];

	if (replay_of(e, &of) == -1)
		return 0;
	v[0] = pipe_text(p, span_of(of.topic));
	v[1] = pipe_int(p, of.partition);
	v[2] = pipe_int(p, of.offset);
	return pipe_send(p, &dead_statements[DEAD_REPLAYED], v);
}

int
dead_insert(struct pipe *p, const struct entry *e, const char *topic)
{
	struct span value = {e->msg->payload, e->msg->len}, url = e->page.url, portal = e->page.portal;
	char hex[DIGEST_HEX + 1];
	const char *v[10];

	digest_hex(value, hex);
	v[0] = topic;
	v[1] = pipe_int(p, e->msg->partition);
	v[2] = pipe_int(p, e->msg->offset);
	v[3] = portal.n <= PORTAL_ID_MAX ? pipe_foreign(p, portal) : NULL;
	v[4] = url.n <= URL_MAX ? pipe_foreign(p, url) : NULL;
	v[5] = readable(p, span_of(e->why.reason));
	v[6] = readable(p, span_of(e->why.text)); /* quotes bytes of the message, cut anywhere */
	v[7] = hex;
	v[8] = e->page.time_us == 0 ? NULL : pipe_time(p, e->page.time_us);
	v[9] = SUOYIN_VERSION;
	if (pipe_send(p, &dead_statements[DEAD_INSERT], v) == -1)
		return -1;
	return settle_original(p, e);
}

/* A page settles what is not newer than itself; a gone message only its own replayed letter: it
 * brings no text in the place of one that was lost. */
int
dead_heal(struct pipe *p, const struct group *g)
{
	struct columns c;

	columns_init(&c, 4);
	for (size_t i = 0; i < g->count; i++) {
		const struct entry *e = g->entries[i];

		if (e->dead)
			continue;
		columns_span(&c, 0, e->page.portal);
		columns_span(&c, 1, e->page.url);
		if (e->page.type == PAGE_GONE)
			columns_time(&c, 2, e->page.time_us);
		else
			columns_text(&c, 2, "-infinity");
		columns_time(&c, 3, e->page.time_us);
	}
	if (c.at[0].count > 0)
		return pipe_columns(p, &dead_statements[DEAD_HEAL], &c, NULL);
	columns_fini(&c);
	return 0;
}
