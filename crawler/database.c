/* SPDX-License-Identifier: MIT */
/*
 * Every round of work with PostgreSQL, in batches, in the order of its worth: first what has
 * happened is written down, then leases are held, slots given back and taken, and new work claimed.
 * A round that fails is made again after a pause; the queues still hold what was not written.
 * Between two rounds some time passes, so that a statement is for many visits.
 */
#include "crawler.h"

#include "attach.h"
#include "budget.h"
#include "health_note.h"

#include <suoyin/clock.h>
#include <suoyin/log.h>

#define ROUND_MS 20
#define TURN_SHARE 4 /* to look for due URLs takes at most about a fifth of the time */

static int
write_endings(struct crawler *c, struct err *err)
{
	struct visit_queue done = {0};
	struct visit *v;

	if (list_keep(c->session.pg, &c->ended, err) == -1 ||
	    health_keep(c->session.pg, &c->ended, err) == -1 ||
	    attach_tell(c->session.pg, &c->ended, err) == -1 ||
	    frontier_end(c->session.pg, &c->ended, &done, err) == -1)
		return -1;
	while ((v = visit_pop(&done)) != NULL)
		frontier_forget(&c->frontier, v);
	return 0;
}

static int
write_found_alone(struct crawler *c, struct visit *v, struct err *err)
{
	struct visit_queue one = {0};
	struct err why = {0};

	visit_push(&one, v);
	if (frontier_found(c->session.pg, &one, &why) == 0) {
		flow_rows_written(c, v);
	} else if (v->lost) {
		flow_release(c, v);
	} else if (why.code == ERR_REJECT) { /* this list's rows, not the database */
		log_event(LEVEL_ERROR, "list_not_written", F_STR("url", v->at), F_ERR(&why));
		(void)visit_fail(v, "database", &c->retry);
		flow_end(c, v);
	} else {
		visit_push_front(&c->found, v);
		return err_set(err, why.code, why.reason, "%s", why.text);
	}
	return 0;
}

/* All at once, where none of them is at fault. */
static int
write_found(struct crawler *c, struct err *err)
{
	bool written = c->found.count > 1 && frontier_found(c->session.pg, &c->found, NULL) == 0;
	struct visit *v;

	while ((v = visit_pop(&c->found)) != NULL)
		if (written)
			flow_rows_written(c, v);
		else if (write_found_alone(c, v, err) == -1)
			return -1;
	return 0;
}

static int
write_begun(struct crawler *c, struct err *err)
{
	struct visit_queue begun = {0}, lost = {0};
	struct visit *v;

	if (attach_keep(c->session.pg, &c->begin, err) == -1 ||
	    frontier_begin(c->session.pg, &c->begin, &begun, &lost, err) == -1)
		return -1;
	while ((v = visit_pop(&begun)) != NULL)
		publish_page(c->publisher, v);
	while ((v = visit_pop(&lost)) != NULL)
		flow_release(c, v);
	return 0;
}

/* Leases and slots last `lease`; they are held anew three times as often. */
static int
hold(struct crawler *c, int64_t now_ms, struct err *err)
{
	if (now_ms < c->renew_at)
		return 0;
	if (frontier_renew(&c->frontier, c->session.pg, err) == -1 ||
	    clocks_keep(c->clocks, c->session.pg, err) == -1)
		return -1;
	c->renew_at = now_ms + c->settings->lease_ms / 3;
	flow_release_waiting(c, true); /* lost ones */
	return 0;
}

static int
load_portals(struct crawler *c, int64_t now_ms, struct err *err)
{
	int changed;

	if (!c->session.portals_stale && now_ms < c->portals_at)
		return 0;
	if ((changed = portals_load(&c->portals, c->session.pg, err)) == -1)
		return -1;
	c->session.portals_stale = false;
	c->portals_at = now_ms + c->settings->portals_poll_ms;
	if (changed == 1) {
		flow_release_waiting(c, true);
		c->claim_at = now_ms;
	}
	return 0;
}

/* Until every portal has been asked for, at once; then after a pause, the longer the more they are. */
static int64_t
next_claim(struct crawler *c, int64_t now)
{
	int64_t pause = TURN_SHARE * c->turn_ms;

	if (c->frontier.left > 0)
		return now;
	c->turn_ms = 0;
	return now + (pause > c->settings->frontier_poll_ms ? pause : c->settings->frontier_poll_ms);
}

static int
claim(struct crawler *c, int64_t now, struct err *err)
{
	bool all = now >= c->claim_at;
	struct visit_queue out = {0};
	struct visit *v;
	int rc;

	if (!flow_may_fetch(c) || (!all && !frontier_wants(&c->frontier, &c->portals)))
		return 0;
	if (frontier_claim(&c->frontier, &c->portals, c->session.pg, all, &out, err) == -1)
		return -1;
	rc = list_recall(c->session.pg, &out, now, err);
	if (all && rc == 0) {
		c->turn_ms += clock_ms() - now;
		c->claim_at = next_claim(c, now);
	}
	while ((v = visit_pop(&out)) != NULL)
		if (rc == 0)
			flow_wait_for_slot(c, v);
		else
			flow_release(c, v);
	return rc;
}

static int
take_slots(struct crawler *c, int64_t now_ms, struct err *err)
{
	struct visit_queue shut = {0}, over = {0}, again = {0};
	const struct clock_queues to = {&c->ready, &shut, &again};
	struct visit *v;
	int rc;

	if (!flow_may_fetch(c))
		return 0;
	rc = clocks_take(
	    c->clocks, c->session.pg, fetch_room(c->fetcher), now_ms, &to, err);
	flow_wait_again(c, &again);
	while ((v = visit_pop(&shut)) != NULL)
		flow_postpone(c, v, "backoff");
	if (rc == -1 || budget_take(c->session.pg, &c->ready, &over, err) == -1)
		return -1;
	while ((v = visit_pop(&over)) != NULL) {
		clocks_done(c->clocks, v, now_ms, CLOCK_NONE, 0);
		flow_postpone(c, v, "budget");
	}
	return 0;
}

/* What robots.txt said, and who is to be asked for one. */
static int
ask_robots(struct crawler *c, int64_t now_ms, struct err *err)
{
	struct visit_queue asks = {0}, judged = {0};
	int rc = robots_step(c->robots, c->session.pg, now_ms, &asks, &judged, err);

	flow_wait_again(c, &asks);
	flow_wait_again(c, &judged);
	return rc;
}

static int
work(struct crawler *c, int64_t now_ms, struct err *err)
{
	if (write_begun(c, err) == -1 || write_found(c, err) == -1 || write_endings(c, err) == -1 ||
	    clocks_give_back(c->clocks, c->session.pg, now_ms, err) == -1 ||
	    hold(c, now_ms, err) == -1 || load_portals(c, now_ms, err) == -1 ||
	    claim(c, now_ms, err) == -1 || ask_robots(c, now_ms, err) == -1 ||
	    take_slots(c, now_ms, err) == -1 ||
	    census_step(&c->census, c->session.pg, now_ms, err) == -1)
		return -1;
	return 0;
}

int
database_step(struct crawler *c)
{
	int64_t now = clock_ms();
	struct err why = {0};

	if (now < c->round_at)
		return 0;
	session_poll(&c->session, now);
	if (!c->session.ready)
		return 0;
	if (work(c, now, &why) == -1)
		return session_failed(&c->session, now, &why);
	backoff_reset(&c->session.backoff);
	c->round_at = clock_ms() + ROUND_MS;
	return 0;
}

static int64_t
sooner(int64_t most, int64_t at_ms, int64_t now_ms)
{
	int64_t wait = at_ms - now_ms;

	return wait < 0 ? 0 : wait < most ? wait : most;
}

/* Until there is work for a round. */
static int64_t
work_wait_ms(const struct crawler *c, int64_t now_ms, int64_t most)
{
	if (c->begin.head != NULL || c->found.head != NULL || c->ended.head != NULL ||
	    clocks_owes(c->clocks))
		return 0;
	most = sooner(most, c->renew_at, now_ms);
	most = sooner(most, c->portals_at, now_ms);
	most = robots_wait_ms(c->robots, now_ms, most);
	if (!flow_may_fetch(c))
		return most;
	most = sooner(most, c->claim_at, now_ms);
	return fetch_room(c->fetcher) > 0 ? clocks_wait_ms(c->clocks, now_ms, most) : most;
}

int64_t
database_wait_ms(const struct crawler *c, int64_t now_ms, int64_t most)
{
	int64_t wait, round;

	if (!c->session.ready)
		return sooner(most, c->session.backoff.until_ms, now_ms);
	wait = work_wait_ms(c, now_ms, most);
	round = sooner(most, c->round_at, now_ms);
	return wait > round ? wait : round;
}
