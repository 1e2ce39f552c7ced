/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include "rng.h"
#include "state.h"

#include <stdlib.h>

#define EVENT_FIRST_MS 3000
#define EVENT_STEP_MS 1000
#define EVENT_REST_MS 300 /* between the first sending of a page and its change */
#define DEMO_MS 7000      /* publications end about here */
#define KINDS 3
#define FIRST_STAY 4 /* reports of the first portal that a demo needs from the start */

int
scenario_size(struct sim *s)
{
	unsigned n = s->opt.reports / 200 + 1;

	s->event_count = s->opt.demo ? (size_t)(n > 20 ? 20 : n) * KINDS : 0;
	s->events = calloc(s->event_count + 1, sizeof(*s->events));
	return s->events == NULL ? -1 : 0;
}

static unsigned
late_wanted(const struct sim *s)
{
	unsigned spare = s->opt.reports - s->opt.portals, n = s->opt.reports / 6;
	unsigned fit = DEMO_MS / s->opt.publish_every;

	if (s->opt.late_given)
		return s->opt.late;
	if (!s->opt.demo)
		return 0;
	n = n > fit ? fit : n;
	n = n == 0 ? 1 : n;
	return n > spare ? spare : n;
}

/* How many of each portal's newest come late; `least` stay, and of the first one `first`.
 * Returns how many are left over. */
static unsigned
deal(const struct sim *s, unsigned *counts, unsigned wanted, unsigned first, unsigned least)
{
	unsigned dealt = 1;

	while (wanted > 0 && dealt > 0) {
		dealt = 0;
		for (unsigned i = 0; i < s->opt.portals && wanted > 0; i++)
			if (s->portals[i].report_count > counts[i] + (i == 0 ? first : least)) {
				counts[i]++;
				wanted--;
				dealt++;
			}
	}
	return wanted;
}

static int
plan_late(struct sim *s)
{
	unsigned wanted = late_wanted(s), left;
	unsigned *counts = calloc(s->opt.portals, sizeof(*counts));

	s->late = calloc((size_t)wanted + 1, sizeof(*s->late));
	if (counts == NULL || s->late == NULL) {
		free(counts);
		return -1;
	}
	/* a report and a notice stay, so that no list is empty at first, and what a demo changes */
	left = deal(s, counts, wanted, s->opt.demo ? FIRST_STAY : 2, 2);
	if (s->opt.late_given)
		left = deal(s, counts, left, 1, 1);
	wanted -= left;
	for (unsigned turn = 0; s->late_count < wanted; turn++)
		for (unsigned i = 0; i < s->opt.portals; i++) {
			const struct portal *p = &s->portals[i];
			size_t page = p->first_report + p->report_count - counts[i] + turn;

			if (turn >= counts[i])
				continue;
			s->pages[page].late = true;
			s->late[s->late_count++] = page;
		}
	free(counts);
	return 0;
}

static bool
taken(const struct sim *s, size_t page, size_t events)
{
	for (size_t i = 0; i < events; i++)
		if (s->events[i].page == page)
			return true;
	return false;
}

/* Pages of its column that stay there from the start. */
static unsigned
neighbours(const struct sim *s, size_t page)
{
	const struct page *p = &s->pages[page];
	const struct portal *portal = &s->portals[p->portal];
	unsigned n = 0;

	for (size_t i = portal->first_report; i < portal->first_report + portal->report_count; i++)
		n += i != page && !s->pages[i].late && s->pages[i].column == p->column;
	return n;
}

static bool
suits(const struct sim *s, enum event_kind kind, size_t page, size_t events)
{
	const struct page *p = &s->pages[page];

	if (p->late || p->portal >= s->opt.portals || taken(s, page, events))
		return false;
	switch (kind) {
	case EVENT_REPUBLISH:
		/* an attachment's address would change with the page's, and so would the content */
		return p->report->index_number[0] != '\0' && p->report->attachments == 0;
	case EVENT_EDIT:
		return true;
	case EVENT_REMOVE:
	default:
		return neighbours(s, page) > 0;
	}
}

static int
choose(struct sim *s, enum event_kind kind, size_t events, struct rng *rng)
{
	size_t from = rng_below(rng, s->opt.reports);

	for (size_t i = 0; i < s->opt.reports; i++) {
		size_t page = (from + i) % s->opt.reports;

		if (suits(s, kind, page, events)) {
			s->events[events].page = page;
			return 0;
		}
	}
	return -1;
}

int
scenario_plan(struct sim *s, scenario_page_fn *add)
{
	struct rng rng;

	if (plan_late(s) == -1)
		return -1;
	rng_init(&rng, s->opt.seed, STREAM_EVENT, 0);
	for (size_t i = 0; i < s->event_count; i++) {
		struct event *e = &s->events[i];

		e->kind = (enum event_kind)(i % KINDS);
		e->due_ms = EVENT_FIRST_MS + (int64_t)(i % KINDS) * EVENT_STEP_MS +
			    (int64_t)(i / KINDS) * 200;
		if (choose(s, e->kind, i, &rng) == -1) {
			(void)fputs(
			    "portalsim: too few reports at the start for the scenario\n", stderr);
			return -1;
		}
		if (e->kind == EVENT_REPUBLISH) {
			e->second = s->page_count++;
			add(s, e->second, s->pages[e->page].report, 1 - s->pages[e->page].column);
		}
	}
	return 0;
}

int
scenario_start(struct sim *s)
{
	for (size_t i = 0; i < s->page_count; i++)
		if (!s->pages[i].late && (s->pages[i].report == NULL || i < s->report_count) &&
		    state_publish(s, i, "publish") == -1)
			return -1;
	return 0;
}

static int
happen(struct sim *s, struct event *e)
{
	switch (e->kind) {
	case EVENT_REPUBLISH:
		return state_publish(s, e->second, "republish");
	case EVENT_EDIT:
		return state_edit(s, e->page);
	case EVENT_REMOVE:
	default:
		return state_remove(s, e->page);
	}
}

static bool
all_done(const struct sim *s)
{
	for (size_t i = 0; i < s->event_count; i++)
		if (!s->events[i].done)
			return false;
	return s->late_done == s->late_count;
}

void
scenario_tick(struct sim *s)
{
	int64_t began = state_began(s), now;

	if (!s->opt.demo && began < 0)
		began = 0;
	if (began < 0 || s->ended)
		return;
	now = sim_now_ms(s) - began;
	while (s->late_done < s->late_count &&
	       now >= (int64_t)(s->late_done + 1) * (int64_t)s->opt.publish_every) {
		if (state_publish(s, s->late[s->late_done], "publish") == -1)
			return;
		s->late_done++;
	}
	for (size_t i = 0; i < s->event_count; i++) {
		struct event *e = &s->events[i];
		int64_t served = state_served_ms(s, e->page);

		if (!e->done && now >= e->due_ms && served >= 0 &&
		    sim_now_ms(s) - served >= EVENT_REST_MS)
			e->done = happen(s, e) == 0;
	}
	if (all_done(s))
		state_end(s);
}
