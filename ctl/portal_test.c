/* SPDX-License-Identifier: MIT */
/* suoyinctl portal test: what a portal file would find, without a trace of having asked. */
#include "portal_test.h"

#include "ctl.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define PAGES_DEFAULT 2 /* enough to see that the next page is one */

struct options {
	const char *what, *against, *record, *replay, *networks, *agent;
	struct test_limits limits;
	bool json;
};

static int
pages_option(struct options *o, const char *text)
{
	uint64_t n;

	if (span_u64(span_of(text), LIST_PAGES_MAX, &n) == -1 || n == 0)
		return ctl_usage("--pages: \"%s\" is not 1 … %d", text, LIST_PAGES_MAX);
	o->limits.pages = (int)n;
	return 0;
}

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {{"record", required_argument, NULL, 'r'},
	    {"replay", required_argument, NULL, 'R'}, {"against", required_argument, NULL, 'a'},
	    {"allow-networks", required_argument, NULL, 'n'}, {"list", required_argument, NULL, 'l'},
	    {"pages", required_argument, NULL, 'p'}, {"user-agent", required_argument, NULL, 'u'},
	    {"json", no_argument, NULL, 'j'}, {0}};
	int c;

	*o = (struct options){.agent = "suoyin/" SUOYIN_VERSION, .limits.pages = PAGES_DEFAULT};
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		const char **texts[128] = {['r'] = &o->record, ['R'] = &o->replay, ['a'] = &o->against,
		    ['n'] = &o->networks, ['l'] = &o->limits.only_list, ['u'] = &o->agent};

		if (c == 'j')
			o->json = true;
		else if (c == '?' || (c == 'p' && pages_option(o, optarg) != 0))
			return EXIT_USAGE; /* said already why */
		else if (c != 'p')
			*texts[c] = optarg;
	}
	if (optind + 1 != argc) {
		(void)ctl_usage("portal test takes one FILE, or FILE:ID");
		return EXIT_USAGE;
	}
	if (o->record != NULL && o->replay != NULL) {
		(void)ctl_usage("--record or --replay, not both");
		return EXIT_USAGE;
	}
	o->what = argv[optind];
	return 0;
}

/* FILE or FILE:ID; *id NULL: all. An existing file wins over what looks like an id. */
static int
load(struct portal_set *set, const char *what, const char **id)
{
	struct config_errors errors = {0};
	const char *colon = strrchr(what, ':');
	FILE *f = fopen(what, "re");
	char *path;
	int rc;

	*id = NULL;
	if (f != NULL)
		(void)fclose(f);
	if (f == NULL && colon != NULL && colon != what)
		*id = colon + 1;
	path = *id == NULL ? strdup(what) : strndup(what, (size_t)(colon - what));
	if (path == NULL)
		return -1;
	if ((rc = portal_file_load(set, path, &errors)) == -1)
		config_errors_print(&errors, stderr);
	config_errors_fini(&errors);
	free(path);
	return rc;
}

static const json_t *
config_of(const struct portal_set *set, const char *id)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->items[i].id, id) == 0)
			return set->items[i].config;
	return NULL;
}

struct run {
	const struct options *o;
	struct page_source *source;
	json_t *results; /* of all portals */
	json_t *recorded; /* portal → rows, as they were */
	json_t *rows;     /* portal → rows, as they are */
	const struct portal_set *other; /* of --against, or NULL */
};

/* The rows that another configuration finds in the very same pages. */
static int
compare_with_file(struct run *r, json_t *result, const char *id, struct err *err)
{
	const json_t *config = config_of(r->other, id);
	struct portal *portal;
	json_t *other;
	int rc;

	if (config == NULL) {
		(void)fprintf(stderr, "suoyinctl: %s has no portal \"%s\"\n", r->o->against, id);
		return 0;
	}
	if ((portal = portal_from_json(config, 1, err)) == NULL)
		return -1;
	other = json_object();
	rc = portal_test_lists(other, r->source, portal, &r->o->limits, err);
	if (rc == 0)
		portal_test_compare(result, json_object_get(other, "rows"), r->o->against);
	json_decref(other);
	portal_free(portal);
	return rc;
}

static int
test_portal(struct run *r, const char *id, const json_t *config, struct err *err)
{
	struct portal *portal = portal_from_json(config, 1, err);
	const json_t *before = json_object_get(r->recorded, id);
	json_t *result = json_object();
	int rc = -1;

	if (portal != NULL &&
	    portal_test_lists(result, r->source, portal, &r->o->limits, err) == 0 &&
	    portal_test_report(result, r->source, portal, config, err) == 0)
		rc = 0;
	if (rc == 0 && r->other != NULL)
		rc = compare_with_file(r, result, id, err);
	else if (rc == 0 && before != NULL)
		portal_test_compare(result, before, "what was recorded");
	if (rc == 0) {
		(void)json_object_set(r->rows, id, json_object_get(result, "rows"));
		(void)json_array_append(r->results, result);
	}
	json_decref(result);
	portal_free(portal);
	return rc;
}

static int
test_all(struct run *r, const struct portal_set *set, const char *id, struct err *err)
{
	bool any = false;

	if (r->o->replay != NULL)
		r->recorded = page_source_load(r->source, "rows.json");
	for (size_t i = 0; i < set->count; i++) {
		if (id != NULL && strcmp(set->items[i].id, id) != 0)
			continue;
		any = true;
		if (test_portal(r, set->items[i].id, set->items[i].config, err) == -1)
			return -1;
	}
	if (!any)
		return err_set(err, ERR_FATAL, "config", "%s: no such portal", r->o->what);
	return page_source_save(r->source, "rows.json", r->rows, err);
}

/* Prints what was found; whether all of it is fine. */
static bool
show(const struct run *r)
{
	bool fine = true;

	if (r->o->json) {
		(void)json_dumpf(r->results, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
		(void)putchar('\n');
	}
	for (size_t i = 0; i < json_array_size(r->results); i++) {
		const json_t *result = json_array_get(r->results, i);

		if (!r->o->json)
			portal_test_print(result, stdout);
		fine = portal_test_is_fine(result) && fine;
	}
	return fine;
}

static int
run(const struct options *o, const struct portal_set *set, const char *id,
    const struct portal_set *other, struct err *err)
{
	struct config_list networks = {0};
	struct page_source_options source = {
	    .user_agent = o->agent, .record = o->record, .replay = o->replay};
	struct run r = {.o = o, .results = json_array(), .rows = json_object(), .other = other};
	char *copy = strdup(o->networks != NULL ? o->networks : ""), *items[64];
	struct guard *guard;
	int rc = -1;

	networks.items = items;
	for (char *rest = copy, *item; rest != NULL && networks.count < 64;)
		if ((item = strsep(&rest, ",")) != NULL && *item != '\0')
			items[networks.count++] = item;
	if ((guard = guard_new(&networks, err)) != NULL) {
		source.guard = guard;
		if ((r.source = page_source_new(&source, err)) != NULL &&
		    test_all(&r, set, id, err) == 0)
			rc = show(&r) ? 0 : 1;
	}
	page_source_free(r.source);
	guard_free(guard);
	json_decref(r.results);
	json_decref(r.rows);
	json_decref(r.recorded);
	free(copy);
	return rc;
}

int
cmd_portal_test(int argc, char **argv)
{
	struct portal_set set = {0}, other = {0};
	const char *id, *other_id;
	struct err err = {0};
	struct options o;
	int rc = parse_options(&o, argc, argv);

	if (rc != 0)
		return rc;
	rc = EXIT_CONFIG;
	if (load(&set, o.what, &id) == 0 &&
	    (o.against == NULL || load(&other, o.against, &other_id) == 0))
		rc = run(&o, &set, id, o.against != NULL ? &other : NULL, &err);
	portal_set_fini(&set);
	portal_set_fini(&other);
	return rc == -1 ? ctl_fail(&err) : rc;
}
