/* SPDX-License-Identifier: MIT */
#include "portal_private.h"
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/list_page.h>
#include <suoyin/portal.h>

/* Where a value is missing or wrong, `err` says so once; later reads go on and change nothing. */
struct reader {
	const char *id;
	struct err *err;
	bool bad;
};

static void
bad(struct reader *r, const char *key, const char *why)
{
	r->bad = true;
	(void)err_set(r->err, ERR_REJECT, "bad_portal", "portal %s: %s %s", r->id, key, why);
}

/* Members that may be null or absent give NULL; required ones are an error then. */
static char *
text_of(struct reader *r, const json_t *object, const char *key, bool required)
{
	const json_t *value = json_object_get(object, key);
	char *copy;

	if (value == NULL || json_is_null(value)) {
		if (required)
			bad(r, key, "is missing");
		return NULL;
	}
	if (!json_is_string(value) ||
	    strlen(json_string_value(value)) != json_string_length(value) ||
	    (required && json_string_length(value) == 0)) {
		bad(r, key, "is not text");
		return NULL;
	}
	if ((copy = strdup(json_string_value(value))) == NULL)
		bad(r, key, "does not fit in memory");
	return copy;
}

static int64_t
number_of(struct reader *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) <= 0) {
		bad(r, key, "is not a number of milliseconds");
		return 0;
	}
	return (int64_t)json_integer_value(value);
}

static void
read_hosts(struct reader *r, struct portal *p, const json_t *config)
{
	const json_t *hosts = json_object_get(config, "hosts");
	size_t n = json_array_size(hosts); /* 0 for what is no array */

	if (n == 0 || n > PORTAL_HOSTS_MAX || (p->hosts = calloc(n, sizeof(*p->hosts))) == NULL) {
		bad(r, "hosts", "is not a list of hosts");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *host = json_array_get(hosts, i);

		if (!json_is_string(host) || json_string_length(host) == 0 ||
		    (p->hosts[i] = strdup(json_string_value(host))) == NULL) {
			bad(r, "hosts", "holds something that is not a host");
			return;
		}
		p->host_count = i + 1;
	}
}

/* All keys that are rules, as one text: what the child is told. */
static void
read_rules(struct reader *r, struct portal_list *list, const json_t *from)
{
	static const char *const plain[] = {"rows", "link", "title", "date", "next"};
	json_t *rules = json_object();
	struct list_rules read;
	size_t known = 0;

	for (size_t i = 0; list_rule_keys[i] != NULL; i++) {
		json_t *value = json_object_get(from, list_rule_keys[i]);

		if (value != NULL)
			(void)json_object_set(rules, list_rule_keys[i], value);
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		known += json_object_get(rules, plain[i]) != NULL;
	list->is_plain = known == json_object_size(rules);
	if (list_rules_read(&read, rules, NULL) == -1)
		bad(r, "lists", "holds a list whose rules are none");
	else if ((list->rules = json_dumps(rules, JSON_COMPACT | JSON_SORT_KEYS)) == NULL)
		bad(r, "lists", "does not fit in memory");
	json_decref(rules);
}

/* Keys that stand only where the file gives them. */
static void
read_schedule(struct reader *r, struct portal_list *list, const json_t *from)
{
	char *backfill = text_of(r, from, "backfill", false);

	list->by_arrivals = json_is_string(json_object_get(from, "pace"))
				? strcmp(json_string_value(json_object_get(from, "pace")), "arrivals") == 0
				: list->every_ms == PORTAL_EVERY_MS;
	list->may_be_empty = json_is_true(json_object_get(from, "may_be_empty"));
	list->sweep_ms = json_object_get(from, "sweep_ms") == NULL
			     ? PORTAL_SWEEP_MS
			     : number_of(r, from, "sweep_ms");
	if (backfill != NULL && portal_read_depth(list, backfill) == -1)
		bad(r, "backfill", "is no depth");
	free(backfill);
}

static void
read_list(struct reader *r, struct portal_list *list, const json_t *from)
{
	bool html = json_object_get(from, "kind") == NULL; /* other kinds find rows themselves */

	list->url = text_of(r, from, "url", true);
	list->rows = text_of(r, from, "rows", html);
	list->link = text_of(r, from, "link", html);
	list->title = text_of(r, from, "title", false);
	list->date = text_of(r, from, "date", false);
	list->next = text_of(r, from, "next", false);
	list->every_ms = number_of(r, from, "every_ms");
	read_rules(r, list, from);
	read_schedule(r, list, from);
}

static void
read_lists(struct reader *r, struct portal *p, const json_t *config)
{
	const json_t *lists = json_object_get(config, "lists");
	size_t n = json_array_size(lists);

	if (!json_is_array(lists) || n > PORTAL_LISTS_MAX ||
	    (p->lists = calloc(n + 1, sizeof(*p->lists))) == NULL) {
		bad(r, "lists", "is not a list");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		p->list_count = i + 1;
		read_list(r, &p->lists[i], json_array_get(lists, i));
	}
}

struct portal *
portal_from_json(const json_t *config, int64_t version, struct err *err)
{
	struct reader r = {.id = "(without id)", .err = err};
	struct portal *p = calloc(1, sizeof(*p));
	const char *wrong;

	if (p == NULL) {
		(void)err_set(err, ERR_RETRY, "memory", "portal: out of memory");
		return NULL;
	}
	p->version = version;
	if ((p->id = text_of(&r, config, "id", true)) != NULL)
		r.id = p->id;
	p->site = text_of(&r, config, "site", true);
	p->home = text_of(&r, config, "home", true);
	p->name = text_of(&r, config, "name", true);
	p->delay_ms = number_of(&r, config, "delay_ms");
	p->revisit_ms = number_of(&r, config, "revisit_ms");
	read_hosts(&r, p, config);
	read_lists(&r, p, config);
	if ((wrong = portal_manners_load(&p->manners, config)) != NULL)
		bad(&r, wrong, "is not understood");
	p->attachments = !json_is_false(json_object_get(config, "attachments"));
	p->extract = json_dumps(json_object_get(config, "extract"), JSON_COMPACT);
	if (p->id != NULL && strlen(p->id) > PORTAL_ID_MAX)
		bad(&r, "id", "is too long");
	if (!r.bad)
		return p;
	portal_free(p);
	return NULL;
}

void
portal_free(struct portal *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->host_count; i++)
		free(p->hosts[i]);
	for (size_t i = 0; i < p->list_count; i++) {
		free(p->lists[i].url);
		free(p->lists[i].rows);
		free(p->lists[i].link);
		free(p->lists[i].title);
		free(p->lists[i].date);
		free(p->lists[i].next);
		free(p->lists[i].rules);
		free(p->lists[i].backfill_since);
	}
	free(p->hosts);
	free(p->lists);
	free(p->id);
	free(p->site);
	free(p->home);
	free(p->name);
	free(p->manners.tls_ca_file);
	free(p->extract);
	free(p);
}
