/* SPDX-License-Identifier: MIT */
/* Quiet hours, budget and TLS exceptions of a portal: from YAML, and back from the canonical form. */
#include "config_private.h"
#include "portal_private.h"
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define DAY_MINUTES INT64_C(1440)
#define MINUTE_MS INT64_C(60000)
#define CHINA_MS (INT64_C(480) * MINUTE_MS) /* UTC+8, no summer time since 1991 */
#define BUDGET_MAX 100000000

static const char *const tls_keys[] = {"legacy_renegotiation", "min_version", "ca_file", NULL};

static const struct {
	const char *name;
	int number;
} versions[] = {{"1.0", 10}, {"1.1", 11}, {"1.2", 12}, {"1.3", 13}};

static void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		(void)config_must(NULL);
}

/* "22:00" to 1320; -1: none. */
static int
minutes(struct span text)
{
	uint64_t hour, minute;

	if (text.n != 5 || text.p[2] != ':' || span_u64(span_cut(text, 0, 2), 23, &hour) == -1 ||
	    span_u64(span_cut(text, 3, 5), 59, &minute) == -1)
		return -1;
	return (int)(hour * 60 + minute);
}

/* "22:00-06:00" */
static int
hours(struct span text, int *from, int *to)
{
	int first = minutes(span_cut(text, 0, 5)), last = minutes(span_cut(text, 6, text.n));

	if (text.n != 11 || text.p[5] != '-' || first == -1 || last == -1 || first == last)
		return -1;
	*from = first;
	*to = last;
	return 0;
}

static int
version(struct span text)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (span_eq(text, span_of(versions[i].name)))
			return versions[i].number;
	return 0;
}

static void
read_quiet(const struct portal_node *n, json_t *config)
{
	const yaml_node_t *value = portal_scalar(n, "quiet", false);
	int from, to;

	if (value == NULL)
		return;
	if (hours(yaml_text(value), &from, &to) == -1)
		portal_error(n, "quiet", value, "write 22:00-06:00", "is no part of a day");
	else
		put(config, "quiet",
		    config_must(json_stringn(yaml_text(value).p, yaml_text(value).n)));
}

static void
read_budget(const struct portal_node *n, json_t *config)
{
	const yaml_node_t *value = portal_scalar(n, "budget", false);
	uint64_t number;

	if (value == NULL)
		return;
	if (span_u64(yaml_text(value), BUDGET_MAX, &number) == -1 || number == 0)
		portal_error(n, "budget", value, NULL,
		    "is no number of requests a day, 1 … %d", BUDGET_MAX);
	else
		put(config, "budget", config_must(json_integer((json_int_t)number)));
}

static void
read_tls_keys(const struct portal_node *n, json_t *tls)
{
	const yaml_node_t *value;
	json_t *file;

	if ((value = portal_scalar(n, "legacy_renegotiation", false)) != NULL) {
		if (!span_eq(yaml_text(value), SPAN("true")) &&
		    !span_eq(yaml_text(value), SPAN("false")))
			portal_error(n, "legacy_renegotiation", value, "write true", "is neither true nor false");
		else if (span_eq(yaml_text(value), SPAN("true")))
			put(tls, "legacy_renegotiation", json_true());
	}
	if ((value = portal_scalar(n, "min_version", false)) != NULL) {
		if (version(yaml_text(value)) == 0)
			portal_error(n, "min_version", value, NULL, "is none of 1.0, 1.1, 1.2, 1.3");
		else
			put(tls, "min_version", config_must(json_stringn(yaml_text(value).p, yaml_text(value).n)));
	}
	if (yaml_map_find(&n->map, "ca_file") != NULL) {
		file = portal_text(n, "ca_file", true, PORTAL_TEXT_MAX);
		if (json_is_string(file) && json_string_value(file)[0] != '/')
			portal_error(n, "ca_file", portal_scalar(n, "ca_file", true), NULL,
			    "is no absolute path");
		put(tls, "ca_file", file);
	}
}

void
portal_manners_read(const struct portal_node *portal, json_t *config)
{
	const struct yaml_pair *pair = yaml_map_find(&portal->map, "tls");
	char path[PORTAL_PATH_MAX];
	struct portal_node n;
	json_t *tls;

	read_quiet(portal, config);
	read_budget(portal, config);
	if (pair == NULL)
		return;
	yaml_path_join(portal->path, "tls", path, sizeof(path));
	if (portal_node_open(&n, portal->tree, pair->value, path, tls_keys) == -1)
		return;
	tls = config_must(json_object());
	read_tls_keys(&n, tls);
	if (json_object_size(tls) > 0)
		put(config, "tls", tls);
	else
		json_decref(tls);
	portal_node_close(&n);
}

static struct span
text_of(const json_t *value)
{
	return (struct span){json_string_value(value), json_string_length(value)};
}

static const char *
load_tls(struct portal_manners *m, const json_t *tls)
{
	const json_t *least = json_object_get(tls, "min_version");
	const json_t *file = json_object_get(tls, "ca_file");

	if (!json_is_object(tls))
		return "tls";
	m->tls_legacy_renegotiation = json_is_true(json_object_get(tls, "legacy_renegotiation"));
	if (least != NULL && (m->tls_min_version = version(text_of(least))) == 0)
		return "tls.min_version";
	if (file != NULL &&
	    (!json_is_string(file) || (m->tls_ca_file = strdup(json_string_value(file))) == NULL))
		return "tls.ca_file";
	return NULL;
}

const char *
portal_manners_load(struct portal_manners *m, const json_t *config)
{
	const json_t *quiet = json_object_get(config, "quiet");
	const json_t *budget = json_object_get(config, "budget");
	const json_t *tls = json_object_get(config, "tls");

	if (quiet != NULL && hours(text_of(quiet), &m->quiet_from, &m->quiet_to) == -1)
		return "quiet";
	if (budget != NULL && (m->budget = (int64_t)json_integer_value(budget)) <= 0)
		return "budget";
	return tls == NULL ? NULL : load_tls(m, tls);
}

int64_t
portal_quiet_ms(const struct portal_manners *m, int64_t now_ms)
{
	int64_t day = DAY_MINUTES * MINUTE_MS, at, from, to;

	if (m->quiet_from == m->quiet_to)
		return 0;
	at = (now_ms + CHINA_MS) % day;
	from = m->quiet_from * MINUTE_MS;
	to = m->quiet_to * MINUTE_MS;
	if (from < to)
		return at >= from && at < to ? to - at : 0;
	if (at >= from)
		return day - at + to;
	return at < to ? to - at : 0;
}
