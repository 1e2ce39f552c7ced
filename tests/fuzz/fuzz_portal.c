/* SPDX-License-Identifier: MIT */
/*
 * Portal files: what is taken is what the crawler can read, and its own canonical form.
 *
 * An input is a YAML file.
 */
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/portal.h>

#include "fuzz.h"
#include "portal_text.h"

/* Errors stand in order, in the file, and say something. */
static void
check_errors(struct buf *out, const struct config_errors *errors, struct span text)
{
	int lines = 2, before = 0; /* an error at the end may be told behind the last line */

	for (size_t i = 0; i < text.n; i++) /* YAML has breaks of one, two and three bytes */
		lines += text.p[i] == '\n' || text.p[i] == '\r' || (text.p[i] & 0xC0) == 0x80;
	must(errors->count <= CONFIG_ERRORS_MAX + 1, "too many errors");
	for (size_t i = 0; i < errors->count; i++) {
		const struct config_error *e = &errors->items[i];
		bool more = i == CONFIG_ERRORS_MAX;

		must(e->reason[0] != '\0', "an error says nothing");
		must(more || (e->line >= before && e->line <= lines), "errors are out of order");
		before = e->line;
		(void)buf_add_fmt(out, "%d:%d %s: %s (%s)\n", e->line, e->column,
		    e->key == NULL ? "" : e->key, e->reason,
		    e->suggestion == NULL ? "" : e->suggestion);
	}
}

/* YAML knows no surrogates and no raw DEL: what holds such a character cannot be written as JSON. */
static bool
is_unwritable(const struct config_errors *errors)
{
	const char *reason = errors->items[0].reason;

	return errors->count == 1 && (strstr(reason, "control characters") != NULL ||
	    strstr(reason, "Unicode character escape") != NULL);
}

/* A portal written as a file again is the same portal. */
static void
check_canonical(const json_t *config)
{
	char *text = portal_written(config);
	struct portal_set set = {0};
	struct config_errors errors = {0};

	if (portal_file_load(&set, portal_file_of(span_of(text)), &errors) == 0)
		must(set.count == 1 && json_equal(set.items[0].config, config),
		    "a canonical portal has another canonical form");
	else
		must(is_unwritable(&errors), "a canonical portal is refused");
	config_errors_fini(&errors);
	portal_set_fini(&set);
	free(text);
}

static void
check_portal(struct buf *out, const struct portal_file_entry *entry)
{
	struct err err = {0};
	struct portal *p = portal_from_json(entry->config, 1, &err);
	char *text = json_dumps(entry->config, JSON_COMPACT | JSON_SORT_KEYS);

	must(p != NULL && text != NULL, "the crawler cannot read a portal");
	must(strcmp(p->id, entry->id) == 0 && strcmp(p->site, entry->site) == 0, "an id changes");
	must(strlen(p->id) <= PORTAL_ID_MAX && strlen(p->site) <= SITE_MAX &&
		strlen(p->name) <= PORTAL_TEXT_MAX && strlen(p->home) <= URL_MAX &&
		p->host_count <= PORTAL_HOSTS_MAX && p->list_count <= PORTAL_LISTS_MAX,
	    "a portal is over a limit");
	must(p->host_count > 0 && p->list_count > 0 && p->delay_ms >= 50, "a portal lacks a part");
	for (size_t i = 0; i < p->list_count; i++)
		must(strlen(p->lists[i].url) <= URL_MAX && p->lists[i].every_ms >= 1000 &&
			(p->lists[i].rows == NULL ||
			    strlen(p->lists[i].rows) <= XPATH_EXPRESSION_MAX),
		    "a list is over a limit");
	(void)buf_add_str(out, text);
	free(text);
	portal_free(p);
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	struct portal_set set = {0};
	struct config_errors errors = {0};
	int rc = portal_file_load(&set, portal_file_of(input), &errors);

	(void)a;
	(void)err;
	must((rc == 0) == (errors.count == 0), "errors are not told, or none is");
	check_errors(out, &errors, input);
	for (size_t i = 0; i < set.count; i++) {
		check_portal(out, &set.items[i]);
		check_canonical(set.items[i].config);
		for (size_t k = 0; k < i; k++)
			must(strcmp(set.items[k].id, set.items[i].id) != 0, "an id stands twice");
	}
	config_errors_fini(&errors);
	portal_set_fini(&set);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
