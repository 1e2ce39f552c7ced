/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/extract.h>
#include <suoyin/limits.h>
#include <suoyin/portal.h>
#include <unistd.h>

struct options {
	const char *url, *content_type, *portal, *file;
	bool explain;
};

static int
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"url", required_argument, NULL, 'u'},
		{"content-type", required_argument, NULL, 't'},
		{"portal", required_argument, NULL, 'p'},
		{"explain", no_argument, NULL, 'e'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'u')
			o->url = optarg;
		else if (c == 't')
			o->content_type = optarg;
		else if (c == 'p')
			o->portal = optarg;
		else if (c == 'e')
			o->explain = true;
		else
			return EXIT_USAGE;
	}
	if (optind + 1 != argc) {
		(void)ctl_usage("extract takes one FILE (- for standard input)");
		return EXIT_USAGE;
	}
	o->file = argv[optind];
	return 0;
}

/* The whole file into b, which refuses what is longer than a page can be. */
static int
read_file(struct buf *b, const char *path, struct err *err)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char chunk[65536];
	size_t n;
	bool failed;

	if (in == NULL)
		return err_set(err, ERR_FATAL, "file", "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0 && buf_add(b, chunk, n) == 0)
		;
	failed = ferror(in) != 0;
	if (in != stdin)
		(void)fclose(in);
	if (b->failed)
		return err_set(err, ERR_REJECT, "too_large", "%s: more than %d bytes", path,
		    PAGE_BODY_MAX);
	return failed ? err_set(err, ERR_FATAL, "file", "%s: cannot be read", path) : 0;
}

/* FILE:ID, where FILE may hold colons too. A new reference, or NULL with `exit_code` set. */
static json_t *
load_portal(const char *what, int *exit_code)
{
	const char *colon = strrchr(what, ':');
	struct config_errors errors = {0};
	struct portal_set set = {0};
	json_t *config = NULL;
	char *path;

	*exit_code = EXIT_USAGE;
	if (colon == NULL || colon == what) {
		(void)ctl_usage("--portal wants FILE:ID, not \"%s\"", what);
		return NULL;
	}
	if ((path = strndup(what, (size_t)(colon - what))) == NULL)
		return NULL;
	*exit_code = EXIT_CONFIG;
	if (portal_file_load(&set, path, &errors) == 0) {
		for (size_t i = 0; i < set.count && config == NULL; i++)
			if (strcmp(set.items[i].id, colon + 1) == 0)
				config = json_incref(set.items[i].config);
		if (config == NULL)
			(void)fprintf(stderr, "suoyinctl: %s has no portal \"%s\"\n", path, colon + 1);
	} else {
		config_errors_print(&errors, stderr);
	}
	config_errors_fini(&errors);
	portal_set_fini(&set);
	free(path);
	return config;
}

static int
print_record(const struct record *r, struct err *err)
{
	json_t *json = record_to_json(r);
	int rc = -1;

	if (json != NULL)
		rc = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	json_decref(json);
	if (rc == -1 || putchar('\n') == EOF || fflush(stdout) != 0)
		return err_set(err, ERR_FATAL, "output", "the record cannot be written");
	return 0;
}

static int
run(const struct options *o, const json_t *portal, struct buf *bytes, struct arena *a,
    struct err *err)
{
	struct charset_kit *kit = charset_kit_new();
	struct explain explain = {0};
	struct record record;
	int rc;

	if (kit == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	rc = read_file(bytes, o->file, err);
	if (rc == 0) {
		struct extract_input in = {.bytes = buf_span(bytes), .url = span_of(o->url),
		    .content_type = span_of(o->content_type), .portal = portal,
		    .explain = o->explain ? &explain : NULL};

		rc = extract(&record, a, kit, &in, err);
		if (o->explain)
			ctl_explain(&explain, rc == 0 ? &record : NULL, stderr);
	}
	if (rc == 0)
		rc = print_record(&record, err);
	charset_kit_free(kit);
	return rc;
}

int
cmd_extract(int argc, char **argv)
{
	struct options o = {0};
	struct err err = {0};
	struct arena arena;
	struct buf bytes;
	json_t *portal = NULL;
	int rc = parse_options(&o, argc, argv);

	if (rc != 0)
		return rc;
	if (o.portal != NULL && (portal = load_portal(o.portal, &rc)) == NULL)
		return rc;
	arena_init(&arena, EXTRACT_ARENA_MAX);
	buf_init(&bytes, PAGE_BODY_MAX);
	rc = run(&o, portal, &bytes, &arena, &err);
	if (rc == -1)
		(void)fprintf(stderr, "suoyinctl: %s: %s: %s\n", o.file, err.reason, err.text);
	buf_fini(&bytes);
	arena_fini(&arena);
	json_decref(portal);
	return rc == -1 ? CTL_FAILED : 0;
}
