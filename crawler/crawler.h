/* SPDX-License-Identifier: MIT */
/*
 * crawler.h - the whole: what the loop in main.c moves.
 *
 * A visit goes  claim → robots → resolver → clocks → ready → fetcher → (list child → found) or (begin → publisher)
 * → ended → written down.  flow.c says what comes next; database.c is every write to PostgreSQL.
 */
#ifndef CRAWLER_CRAWLER_H
#define CRAWLER_CRAWLER_H

#include "census.h"
#include "clock.h"
#include "fetch.h"
#include "frontier.h"
#include "list.h"
#include "publish.h"
#include "resolve.h"
#include "robots_gate.h"
#include "session.h"
#include "settings.h"

struct crawler {
	const struct crawler_settings *settings;
	struct admin *admin;
	struct session session;
	struct portals portals;
	struct frontier frontier;
	struct clocks *clocks;
	struct robots_gate *robots;
	struct resolver *resolver;
	struct guard *guard;
	struct fetcher *fetcher;
	struct list_reader *lists;
	struct publisher *publisher;
	struct retry_policy retry;
	struct visit_queue ready; /* have their host's slot: to be asked now */
	struct visit_queue found; /* rows of a list page to be written */
	struct visit_queue begin; /* pages whose publication is to be noted */
	struct visit_queue ended; /* endings to be written */
	size_t held_bytes;        /* of bodies on their way to Kafka or a list child */
	struct census census;
	int64_t portals_at, claim_at, renew_at, round_at;
	int64_t turn_ms; /* that it took to ask for due URLs of all portals, so far */
	bool draining;
	int64_t drain_until;
};

int crawler_init(struct crawler *c, const struct crawler_settings *settings, struct err *err);
void crawler_fini(struct crawler *c);

/* flow.c: callbacks of fetcher, list reader and publisher, and the steps between */
void flow_fetched(void *ctx, struct visit *v);
void flow_listed(void *ctx, struct visit *v, const char *failure);
void flow_published(void *ctx, struct visit *v, const char *why);
void flow_wait_for_slot(struct crawler *c, struct visit *v);
void flow_wait_again(struct crawler *c, struct visit_queue *q); /* each of them */
/* Nothing is done before its ending.wait_ms is over. reason: backoff quiet budget */
void flow_postpone(struct crawler *c, struct visit *v, const char *reason);
void flow_rows_written(struct crawler *c, struct visit *v);
void flow_end(struct crawler *c, struct visit *v);
void flow_release(struct crawler *c, struct visit *v);
void flow_release_waiting(struct crawler *c, bool inactive_only);
void flow_start(struct crawler *c); /* requests of visits that have their slot */
void flow_poll_names(struct crawler *c); /* visits whose host was looked up go on */
bool flow_may_fetch(const struct crawler *c);

/* database.c: one round of work with PostgreSQL, if it is time for one; -1: stop */
int database_step(struct crawler *c);
int64_t database_wait_ms(const struct crawler *c, int64_t now_ms, int64_t most);

#endif
