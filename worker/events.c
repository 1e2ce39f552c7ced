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

/* The row of one event, a value for each array. */
static void
add_row(struct columns *c, const struct event *e)
{
	const struct page *page = &e->cause->page;

	columns_text(c, C_TYPE, event_names[e->type]);
	columns_int(c, C_PART, e->cause->msg->partition);
	columns_int(c, C_OFFSET, e->cause->msg->offset);
	columns_int(c, C_REPORT, e->report->id);
	columns_id(c, C_OTHER, e->other != NULL ? e->other->id : 0);
	columns_id(c, C_REVISION, e->revision != NULL ? e->revision->id : e->report->current_id);
	columns_bool(c, C_CURRENT, e->revision == NULL || e->is_current);
	columns_text(c, C_STATUS, e->status);
	columns_span(c, C_URL, page->url);
	columns_span(c, C_ID, page->id);
	columns_time(c, C_TIME, page->time_us);
	columns_bool(c, C_BASELINE, page->baseline);
}

int
event_send(struct pipe *p, const struct world *w, const char *topic)
{
	struct columns c;

	if (w->event_count == 0)
		return 0;
	columns_init(&c, COLUMNS);
	for (const struct event *e = w->events; e != NULL; e = e->next)
		add_row(&c, e);
	return pipe_columns(p, &event_statement, &c, topic);
}
