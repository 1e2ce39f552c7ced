/* SPDX-License-Identifier: MIT */
#include "crawler.h"

#include <stdio.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>

#define ROBOTS_RETRY_MOST_MS INT64_C(3600000) /* an unreachable robots.txt stops a whole portal */

static int
start_lists(struct crawler *c, struct err *err)
{
	struct list_options options = {
	    .children = (int)c->settings->list_children,
	    .deadline_ms = (int)c->settings->list_deadline_ms,
	    .memory_bytes = (size_t)c->settings->list_memory,
	    .done = flow_listed,
	    .ctx = c,
	};

	return (c->lists = list_reader_new(&options, err)) == NULL ? -1 : 0;
}

static int
start_fetcher(struct crawler *c, struct err *err)
{
	const struct crawler_settings *s = c->settings;
	char agent[512];
	struct fetch_options options = {
	    .user_agent = agent, /* it is copied */
	    .guard = c->guard,
	    .parallel = (int)s->fetch_parallel,
	    .connect_ms = s->fetch_connect_ms,
	    .timeout_ms = s->fetch_timeout_ms,
	    .stall_ms = s->fetch_stall_ms,
	    .done = flow_fetched,
	    .ctx = c,
	};

	(void)snprintf(agent, sizeof(agent), s->contact[0] != '\0' ? "%s (+%s)" : "%s%s",
	    s->user_agent, s->contact);
	return (c->fetcher = fetcher_new(&options, err)) == NULL ? -1 : 0;
}

static int
start_publisher(struct crawler *c, struct err *err)
{
	struct publish_options options = {
	    .kafka = &c->settings->common.kafka,
	    .topic = c->settings->common.topic,
	    .partitions = (int)c->settings->partitions,
	    .replication = (int)c->settings->replication,
	    .done = flow_published,
	    .ctx = c,
	};

	return (c->publisher = publisher_new(&options, err)) == NULL ? -1 : 0;
}

static int
start_manners(struct crawler *c, struct err *err)
{
	const struct crawler_settings *s = c->settings;
	const struct clock_options clocks = {.lease_ms = s->lease_ms,
	    .backoff_first_ms = s->backoff_first_ms, .backoff_most_ms = s->backoff_most_ms};
	const struct robots_options robots = {.agent = s->user_agent, .lease_ms = s->lease_ms,
	    .fresh_ms = s->robots_fresh_ms, .retry_first_ms = s->retry_first_ms,
	    .retry_most_ms = s->retry_most_ms < ROBOTS_RETRY_MOST_MS ? s->retry_most_ms
								     : ROBOTS_RETRY_MOST_MS};
	const struct resolver_options names = {.guard = c->guard, .servers = &s->dns_servers,
	    .ttl_least_ms = s->dns_ttl_least_ms, .ttl_most_ms = s->dns_ttl_most_ms};

	if ((c->resolver = resolver_new(&names, err)) == NULL)
		return -1;
	if ((c->clocks = clocks_new(&clocks)) == NULL || (c->robots = robots_new(&robots)) == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	if (s->contact[0] == '\0')
		log_event(LEVEL_WARN, "no_contact",
		    F_STR("hint", "set contact: portals see it in their logs, and know whom to ask"));
	return 0;
}

int
crawler_init(struct crawler *c, const struct crawler_settings *settings, struct err *err)
{
	*c = (struct crawler){.settings = settings};
	c->census.every_ms = settings->census_ms;
	c->retry = (struct retry_policy){settings->retry_first_ms, settings->retry_most_ms};
	frontier_init(&c->frontier, settings->lease_ms, settings->visits);
	/* Children first: they are to inherit nothing, and the admin server has a thread. */
	if (start_lists(c, err) == -1)
		return -1;
	if ((c->guard = guard_new(&settings->allow_networks, err)) == NULL ||
	    start_fetcher(c, err) == -1 || start_publisher(c, err) == -1 ||
	    start_manners(c, err) == -1)
		return -1;
	c->session.pg = pg_new(settings->common.database_url, "suoyin-crawler", err);
	c->admin = admin_new(settings->common.admin_listen, settings->common.admin_stale_ms, err);
	if (c->session.pg == NULL || c->admin == NULL)
		return -1;
	c->session.admin = c->admin;
	admin_condition(c->admin, "database", "not connected yet");
	admin_condition(c->admin, "schema", "not checked yet");
	admin_condition(c->admin, "kafka", "not connected yet");
	log_event(LEVEL_INFO, "crawler_started", F_STR("owner", c->frontier.owner),
	    F_STR("topic", settings->common.topic), F_INT("admin_port", admin_port(c->admin)));
	return 0;
}

/* What is still under way is given up: released where the database answers, else left to expire. */
static void
give_up_rest(struct crawler *c)
{
	struct visit_queue undelivered = {0};
	struct visit *v;

	fetcher_free(c->fetcher);
	list_reader_free(c->lists);
	publisher_free(c->publisher, &undelivered);
	while ((v = visit_pop(&undelivered)) != NULL || (v = visit_pop(&c->begin)) != NULL ||
	       (v = visit_pop(&c->found)) != NULL || (v = visit_pop(&c->ready)) != NULL)
		flow_release(c, v);
	if (c->robots != NULL)
		flow_release_waiting(c, false);
}

static void
write_rest(struct crawler *c)
{
	struct visit_queue done = {0};
	struct err why = {0};

	if (c->session.pg != NULL && pg_is_connected(c->session.pg) &&
	    (frontier_end(c->session.pg, &c->ended, &done, &why) == -1 ||
		clocks_give_back(c->clocks, c->session.pg, clock_ms(), &why) == -1))
		log_event(LEVEL_WARN, "leases_left", F_INT("visits", c->frontier.live_count),
		    F_ERR(&why));
}

void
crawler_fini(struct crawler *c)
{
	struct visit_queue none = {0}; /* nothing waits any more */

	c->draining = true;
	give_up_rest(c);
	write_rest(c);
	while (c->frontier.live != NULL)
		frontier_forget(&c->frontier, c->frontier.live);
	portals_fini(&c->portals);
	clocks_free(c->clocks);
	robots_free(c->robots, &none);
	resolver_free(c->resolver, &none);
	guard_free(c->guard);
	admin_free(c->admin);
	pg_free(c->session.pg);
}
