/* SPDX-License-Identifier: MIT */
#include "ctl.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/document_number.h>
#include <suoyin/index_number.h>
#include <suoyin/text.h>
#include <unistd.h>

#define LINE_MEMORY_MAX (16 << 20)

static json_t *
text_or_null(struct span s)
{
	return s.n == 0 ? json_null() : json_stringn(s.p, s.n);
}

static json_t *
number_json(struct span raw, const struct number *n)
{
	json_t *flags = json_array();

	for (size_t i = 0; i < n->flag_count; i++)
		(void)json_array_append_new(flags, json_stringn(n->flags[i].p, n->flags[i].n));
	return json_pack("{s:o, s:o, s:o, s:o}", "raw", json_stringn(raw.p, raw.n), "normalized",
	    text_or_null(n->normalized), "class", text_or_null(n->class_), "flags", flags);
}

static json_t *
index_number(struct arena *a, struct span raw)
{
	struct number n = {0};

	return index_number_parse(&n, a, raw) == -1 ? NULL : number_json(raw, &n);
}

static json_t *
document_number(struct arena *a, struct span raw)
{
	struct number n = {0};

	return document_number_parse(&n, a, raw) == -1 ? NULL : number_json(raw, &n);
}

static json_t *
date(struct arena *a, struct span raw)
{
	struct cn_date d = cn_date_parse(raw);
	json_t *flags = json_array();
	char iso[24];
	bool is_date = d.precision >= CN_YEAR;

	(void)a;
	cn_date_format(&d, iso);
	if (!is_date)
		(void)json_array_append_new(flags, json_string(cn_precision_name(d.precision)));
	return json_pack("{s:o, s:o, s:o, s:o}", "raw", json_stringn(raw.p, raw.n), "date",
	    text_or_null(span_of(iso)), "precision",
	    is_date ? json_string(cn_precision_name(d.precision)) : json_null(), "flags", flags);
}

static const struct kind {
	const char *name;
	json_t *(*normalize)(struct arena *a, struct span raw);
} kinds[] = {
    {"index-number", index_number},
    {"document-number", document_number},
    {"date", date},
};

static const struct kind *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static json_t *
no_value(const char *why)
{
	return json_pack("{s:n, s:[s]}", "raw", "flags", why);
}

/* One line in, one line out, at once: others may write to us and wait. */
static int
print_line(const struct kind *kind, struct arena *a, struct span raw, struct err *err)
{
	json_t *json = text_is_utf8(raw) ? kind->normalize(a, raw) : no_value("not_utf8");
	int rc;

	if (json == NULL && (json = no_value("too_long")) == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	rc = json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	if (rc == -1 || putchar('\n') == EOF || fflush(stdout) != 0)
		return err_set(err, ERR_FATAL, "output", "the output cannot be written");
	return 0;
}

static int
each_line(const struct kind *kind, FILE *in, const char *name, struct err *err)
{
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = getline(&line, &room, in)) != -1) {
		struct span raw = {line, (size_t)n};
		struct err why = {0};
		struct arena a;

		number++;
		if (span_ends(raw, SPAN("\n")))
			raw.n--;
		arena_init(&a, LINE_MEMORY_MAX);
		if (print_line(kind, &a, raw, &why) == -1)
			rc = err_set(err, why.code, why.reason, "%s:%zu: %s", name, number, why.text);
		arena_fini(&a);
	}
	if (rc == 0 && ferror(in))
		rc = err_set(err, ERR_FATAL, "file", "%s: cannot be read", name);
	free(line);
	return rc;
}

int
cmd_normalize(int argc, char **argv)
{
	const char *file = argc > 2 ? argv[2] : "-";
	const struct kind *kind = argc > 1 ? kind_of(argv[1]) : NULL;
	struct err err = {0};
	FILE *in;
	int rc;

	if (kind == NULL || argc > 3)
		return ctl_usage("normalize takes index-number, document-number or date, and at most one FILE");
	in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
	if (in == NULL) {
		(void)err_set(&err, ERR_FATAL, "file", "%s: %s", file, strerror(errno));
		return ctl_fail(&err);
	}
	rc = each_line(kind, in, in == stdin ? "standard input" : file, &err);
	if (in != stdin)
		(void)fclose(in);
	return rc == 0 ? 0 : ctl_fail(&err);
}
