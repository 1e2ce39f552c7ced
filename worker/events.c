/* SPDX-License-Identifier: MIT */
#include "events.h"

const char *const event_names[EVENTS] = {
    [EVENT_NEW] = "new",
    [EVENT_REVISED] = "revised",
    [EVENT_MERGED] = "merged",
    [EVENT_CONFLICT] = "conflict",
    [EVENT_WITHDRAWN] = "withdrawn",
    [EVENT_RETURNED] = "returned",
};

/* -------- noting */

static const char *
status_of(const struct report *r)
{
	if (r->merged_into != NULL)
		return "merged";
	if (r->live == 0)
		return "withdrawn";
	return r->conflict ? "conflict" : "current";
}

static int
add(struct world *w, enum event_type type, const struct entry *cause, const struct report *r,
    const struct report *other, const struct revision *v, struct err *err)
{
	struct event *new = arena_alloc(&w->arena, sizeof(*new));

	if (new == NULL)
		return err_set(err, ERR_REJECT, "too_large", "the batch does not fit in memory");
	*new = (struct event){type, cause, r, other, v, v != NULL && v == r->current, status_of(r), NULL};
	if (w->events == NULL)
		w->events = new;
	else
		w->last_event->next = new;
	w->last_event = new;
	w->event_count++;
	return 0;
}

int
event_page(struct world *w, const struct entry *cause, const struct change *c, struct err *err)
{
	struct report *r = c->report;
	bool merged_away = c->left != NULL && c->left->merged_into != NULL;

	if (c->is_new && add(w, EVENT_NEW, cause, r, NULL, c->revision, err) == -1)
		return -1;
	if (c->returned && add(w, EVENT_RETURNED, cause, r, NULL, c->revision, err) == -1)
		return -1;
	if (c->written && !c->is_new && add(w, EVENT_REVISED, cause, r, NULL, c->revision, err) == -1)
		return -1;
	if (c->conflict && add(w, EVENT_CONFLICT, cause, r, c->other, c->revision, err) == -1)
		return -1;
	/* what is merged is told once, as that */
	if (c->left != NULL && c->left->live == 0 && !merged_away &&
	    add(w, EVENT_WITHDRAWN, cause, c->left, NULL, c->left->current, err) == -1)
		return -1;
	if (c->merged != NULL && add(w, EVENT_MERGED, cause, c->merged, r, c->merged->current, err) == -1)
		return -1;
	return 0;
}

int
event_gone(struct world *w, const struct entry *cause, struct report *r, struct err *err)
{
	if (r->live != 0 || r->merged_into != NULL)
		return 0;
	return add(w, EVENT_WITHDRAWN, cause, r, NULL, r->current, err);
}

/* -------- writing */

enum {
	C_TYPE, C_PART, C_OFFSET, C_REPORT, C_OTHER, C_REVISION, C_CURRENT, C_STATUS, C_URL, C_ID, C_TIME,
	C_BASELINE, COLUMNS,
};

const struct statement event_statement = {"event_insert", COLUMNS + 1,
	"INSERT INTO core.outbox (type, topic, part, \"offset\", report_id, other_id, revision_id, is_current,"
	" status, url, ce_id, ce_time, baseline)"
	" SELECT type, $13, part, \"offset\", report_id, other_id, revision_id, is_current, status, url, ce_id,"
	" ce_time, baseline FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[],"
	" $6::bigint[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::boolean[])"
	" WITH ORDINALITY AS n(type, part, \"offset\", report_id, other_id, revision_id, is_current, status, url,"
	" ce_id, ce_time, baseline, place) ORDER BY place"};

static struct span
number(struct pipe *p, int64_t v)
{
	return span_of(pipe_int(p, v));
}

static struct span
yes_no(bool v)
{
	return v ? SPAN("t") : SPAN("f");
}

/* The row of one event, a value for each array. */
static void
row(struct pipe *p, const struct event *e, struct span *columns[COLUMNS], size_t i)
{
	const struct page *page = &e->cause->page;
	int64_t revision = e->revision != NULL ? e->revision->id : e->report->current_id;

	columns[C_TYPE][i] = span_of(event_names[e->type]);
	columns[C_PART][i] = number(p, e->cause->msg->partition);
	columns[C_OFFSET][i] = number(p, e->cause->msg->offset);
	columns[C_REPORT][i] = number(p, e->report->id);
	if (e->other != NULL)
		columns[C_OTHER][i] = number(p, e->other->id);
	if (revision != 0)
		columns[C_REVISION][i] = number(p, revision);
	columns[C_CURRENT][i] = yes_no(e->revision == NULL || e->is_current);
	columns[C_STATUS][i] = span_of(e->status);
	columns[C_URL][i] = page->url;
	columns[C_ID][i] = page->id;
	columns[C_TIME][i] = span_of(pipe_time(p, page->time_us));
	columns[C_BASELINE][i] = yes_no(page->baseline);
}

int
event_send(struct pipe *p, const struct world *w, const char *topic)
{
	const char *values[COLUMNS + 1];
	struct span *columns[COLUMNS];
	size_t n = 0;

	if (w->event_count == 0)
		return 0;
	for (int c = 0; c < COLUMNS; c++)
		if ((columns[c] = arena_array(p->arena, w->event_count, sizeof(struct span))) == NULL) {
			p->full = true;
			return -1;
		}
	for (const struct event *e = w->events; e != NULL; e = e->next)
		row(p, e, columns, n++);
	for (int c = 0; c < COLUMNS; c++) {
		struct buf text;

		buf_init(&text, 64u << 20);
		pg_array(&text, columns[c], n);
		values[c] = pipe_keep(p, arena_dup_buf(p->arena, &text).p);
		buf_fini(&text);
	}
	values[COLUMNS] = topic;
	return pipe_send(p, &event_statement, values);
}
