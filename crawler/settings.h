/* SPDX-License-Identifier: MIT */
/* settings.h - what suoyin-crawler can be told, and the struct it is told in. */
#ifndef CRAWLER_SETTINGS_H
#define CRAWLER_SETTINGS_H

#include <suoyin/config.h>

struct crawler_settings {
	struct config_common common;
	char *user_agent, *contact;
	struct config_list allow_networks;
	int64_t portals_poll_ms;
	int64_t lease_ms, drain_ms;
	int64_t visits, frontier_poll_ms;
	int64_t fetch_parallel, fetch_connect_ms, fetch_timeout_ms, fetch_stall_ms;
	int64_t retry_first_ms, retry_most_ms;
	int64_t backoff_first_ms, backoff_most_ms;
	int64_t robots_fresh_ms;
	struct config_list dns_servers;
	int64_t dns_ttl_least_ms, dns_ttl_most_ms;
	int64_t list_children, list_deadline_ms, list_memory;
	int64_t publish_memory;
	int64_t partitions, replication;
	int64_t census_ms;
};

extern const struct config_program crawler_program;

#endif
