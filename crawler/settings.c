/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <stddef.h>

#define AT(member) offsetof(struct crawler_settings, member)
#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define MIB (INT64_C(1) << 20)

static const struct setting settings[] = {
	{.name = "user_agent", .type = SETTING_STRING, .offset = AT(user_agent),
	    .fallback = "suoyin/" SUOYIN_VERSION,
	    .help = "Name sent with each request; portals see it in their logs."},
	{.name = "contact", .type = SETTING_STRING, .offset = AT(contact), .fallback = "",
	    .help = "Web or mail address behind the name, for those who run the portals."},
	{.name = "allow_networks", .type = SETTING_LIST, .offset = AT(allow_networks), .fallback = "",
	    .help = "Networks (CIDR) that may be connected to although they are not public; demo and "
	            "tests only."},
	{.name = "portals.poll", .type = SETTING_DURATION, .offset = AT(portals_poll_ms),
	    .fallback = "30s", .min = 100, .max = HOUR,
	    .help = "Portals are read again this often, should a notification be missed."},
	{.name = "lease", .type = SETTING_DURATION, .offset = AT(lease_ms), .fallback = "60s",
	    .min = 500, .max = HOUR,
	    .help = "A URL whose crawler died is free again after this time."},
	{.name = "drain", .type = SETTING_DURATION, .offset = AT(drain_ms), .fallback = "10s",
	    .min = 0, .max = HOUR,
	    .help = "After SIGTERM, transfers and deliveries may take this long to end."},
	{.name = "visits", .type = SETTING_INT, .offset = AT(visits), .fallback = "1000",
	    .min = 1, .max = 100000, .help = "URLs leased at once."},
	{.name = "frontier.poll", .type = SETTING_DURATION, .offset = AT(frontier_poll_ms),
	    .fallback = "1s", .min = 10, .max = 60 * SECOND,
	    .help = "The database is asked for due URLs this often."},
	{.name = "fetch.parallel", .type = SETTING_INT, .offset = AT(fetch_parallel), .fallback = "32",
	    .min = 1, .max = 1000, .help = "Transfers at once, each to a host of its own."},
	{.name = "fetch.connect", .type = SETTING_DURATION, .offset = AT(fetch_connect_ms),
	    .fallback = "15s", .min = 100, .max = 300 * SECOND,
	    .help = "Longest time to connect, name look-up and TLS included."},
	{.name = "fetch.timeout", .type = SETTING_DURATION, .offset = AT(fetch_timeout_ms),
	    .fallback = "120s", .min = 100, .max = HOUR, .help = "Longest time of one transfer."},
	{.name = "fetch.stall", .type = SETTING_DURATION, .offset = AT(fetch_stall_ms),
	    .fallback = "30s", .min = SECOND, .max = HOUR,
	    .help = "A transfer slower than 10 bytes a second for this long is given up."},
	{.name = "retry.first", .type = SETTING_DURATION, .offset = AT(retry_first_ms),
	    .fallback = "10s", .min = 10, .max = 24 * HOUR,
	    .help = "Pause after a failed visit; doubled by each further failure in a row."},
	{.name = "retry.most", .type = SETTING_DURATION, .offset = AT(retry_most_ms), .fallback = "6h",
	    .min = 10, .max = 30 * 24 * HOUR, .help = "Longest pause after a failed visit."},
	{.name = "lists.children", .type = SETTING_INT, .offset = AT(list_children), .fallback = "2",
	    .min = 1, .max = 64, .help = "Child processes that read list pages."},
	{.name = "lists.deadline", .type = SETTING_DURATION, .offset = AT(list_deadline_ms),
	    .fallback = "20s", .min = 100, .max = 600 * SECOND,
	    .help = "Longest time to read one list page."},
	{.name = "lists.memory", .type = SETTING_SIZE, .offset = AT(list_memory), .fallback = "1GiB",
	    .min = 64 * MIB, .max = 64 * 1024 * MIB, .help = "Address space of such a child."},
	{.name = "publish.memory", .type = SETTING_SIZE, .offset = AT(publish_memory),
	    .fallback = "64MiB", .min = 8 * MIB, .max = 64 * 1024 * MIB,
	    .help = "Bytes of pages that wait for Kafka; nothing more is fetched beyond."},
	{.name = "partitions", .type = SETTING_INT, .offset = AT(partitions), .fallback = "12",
	    .min = 1, .max = 10000, .help = "Partitions of the topic, if it has to be created."},
	{.name = "replication", .type = SETTING_INT, .offset = AT(replication), .fallback = "1",
	    .min = 1, .max = 100, .help = "Replicas of the topic, if it has to be created."},
	{.name = NULL},
};

const struct config_program crawler_program = {
	.name = "suoyin-crawler",
	.purpose = "watches portals and publishes their pages to Kafka",
	.settings = settings,
	.size = sizeof(struct crawler_settings),
};
