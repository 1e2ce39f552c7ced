/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include "portal_private.h"
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* "3 pages" → 3; 0: it is not that. */
static int
pages_of(struct span text)
{
	uint64_t pages;

	if (!span_ends(text, SPAN(" pages")) ||
	    span_u64(span_cut(text, 0, text.n - (sizeof(" pages") - 1)), LIST_PAGES_MAX, &pages) ==
		-1)
		return 0;
	return (int)pages;
}

/* "since 2024-01-31" → the date; absent: it is not that. */
static struct span
since_of(struct span text)
{
	static const char shape[] = "since dddd-dd-dd";
	uint64_t month, day;

	if (text.n != sizeof(shape) - 1)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < text.n; i++)
		if (i >= 6 && shape[i] == 'd' ? text.p[i] < '0' || text.p[i] > '9'
					      : text.p[i] != shape[i])
			return (struct span){NULL, 0};
	if (span_u64(span_cut(text, 11, 13), 12, &month) == -1 || month == 0 ||
	    span_u64(span_cut(text, 14, 16), 31, &day) == -1 || day == 0)
		return (struct span){NULL, 0};
	return span_cut(text, 6, text.n);
}

int
portal_read_depth(struct portal_list *list, const char *text)
{
	struct span date = since_of(span_of(text));

	list->backfill_pages = pages_of(span_of(text));
	if (date.p != NULL && (list->backfill_since = strndup(date.p, date.n)) == NULL)
		return -1;
	return list->backfill_pages > 0 || date.p != NULL || strcmp(text, "all") == 0 ? 0 : -1;
}

static void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		(void)config_must(NULL);
}

static void
read_backfill(const struct portal_node *n, json_t *list)
{
	const yaml_node_t *at = portal_scalar(n, "backfill", false);
	struct portal_list depth = {0};
	char text[64];

	if (at == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%.60s", (const char *)at->data.scalar.value);
	if (portal_read_depth(&depth, text) == -1)
		portal_error(n, "backfill", at, "write all, 3 pages, or since 2024-01-31",
		    "\"%.40s\" is no depth", text);
	else
		put(list, "backfill", config_must(json_string(text)));
	free(depth.backfill_since);
}

static void
read_bool(const struct portal_node *n, const char *key, json_t *to)
{
	const yaml_node_t *at = portal_scalar(n, key, false);
	struct span text;

	if (at == NULL)
		return;
	text = (struct span){(const char *)at->data.scalar.value, at->data.scalar.length};
	if (span_eq(text, SPAN("true")) || span_eq(text, SPAN("false")))
		put(to, key, json_boolean(text.n == 4));
	else
		portal_error(n, key, at, "write true or false",
		    "\"%.40s\" is neither true nor false", text.p);
}

static void
read_pace(const struct portal_node *n, json_t *list)
{
	const yaml_node_t *at = portal_scalar(n, "pace", false);
	struct span text;

	if (at == NULL)
		return;
	text = (struct span){(const char *)at->data.scalar.value, at->data.scalar.length};
	if (span_eq(text, SPAN("fixed")) || span_eq(text, SPAN("arrivals")))
		put(list, "pace", config_must(json_stringn(text.p, text.n)));
	else
		portal_error(n, "pace", at, "write fixed or arrivals",
		    "\"%.40s\" is neither fixed nor arrivals", text.p);
}

void
portal_schedule_list(const struct portal_node *n, json_t *list)
{
	if (yaml_map_find(&n->map, "sweep") != NULL)
		put(list, "sweep_ms",
		    portal_duration(n, "sweep", PORTAL_SWEEP_MS, SECOND, 365 * DAY));
	read_pace(n, list);
	read_backfill(n, list);
	read_bool(n, "may_be_empty", list);
}

void
portal_attachments_read(const struct portal_node *portal, json_t *config)
{
	read_bool(portal, "attachments", config);
}
