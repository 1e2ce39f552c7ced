/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/limits.h>

int
ctl_usage(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("suoyinctl: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputs("; see --help\n", stderr);
	return EXIT_USAGE;
}

int
ctl_fail(const struct err *err)
{
	(void)fprintf(stderr, "suoyinctl: %s\n", err->text);
	return strcmp(err->reason, "config") == 0 ? EXIT_CONFIG : CTL_FAILED;
}

int
ctl_options(int argc, char **argv, const char **database_url, bool *json)
{
	static const struct option options[] = {
	    {"database-url", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {0},
	};
	int c;

	*database_url = NULL;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'd')
			*database_url = optarg;
		else if (c == 'j' && json != NULL)
			*json = true;
		else if (c == 'j')
			return ctl_usage("this command has no --json");
		else
			return ctl_usage("wrong option");
	}
	return 0;
}

/* The first line of the file a variable names. */
static int
read_url(const char *path, struct buf *out, struct err *err)
{
	FILE *in = fopen(path, "re");
	char chunk[1024];
	size_t n = 0;

	if (in == NULL)
		return err_set(err, ERR_FATAL, "config", "SUOYIN_DATABASE_URL_FILE: %s: %s", path,
		    strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		(void)buf_add(out, chunk, n);
	(void)fclose(in);
	if (out->failed || out->n == 0 || memchr(out->p, '\0', out->n) != NULL)
		return err_set(
		    err, ERR_FATAL, "config", "SUOYIN_DATABASE_URL_FILE: %s holds no URL", path);
	out->p[strcspn(out->p, "\r\n")] = '\0';
	return 0;
}

static bool
is_given(const char *value)
{
	return value != NULL && value[0] != '\0';
}

struct pg *
ctl_connect(const char *database_url, struct err *err)
{
	const char *env = getenv("SUOYIN_DATABASE_URL"), *file = getenv("SUOYIN_DATABASE_URL_FILE");
	struct pg *pg = NULL;
	struct buf url;

	buf_init(&url, CONFIG_SECRET_MAX);
	if (database_url == NULL && is_given(env))
		database_url = env;
	if (database_url == NULL && is_given(file) && read_url(file, &url, err) == 0)
		database_url = url.p;
	if (database_url == NULL)
		(void)err_set(err, ERR_FATAL, "config",
		    "no database: give --database-url, SUOYIN_DATABASE_URL or "
		    "SUOYIN_DATABASE_URL_FILE");
	else if ((pg = pg_new(database_url, "suoyinctl", err)) != NULL &&
		 pg_connect(pg, err) == -1) {
		pg_free(pg);
		pg = NULL;
	}
	buf_fini(&url);
	return pg;
}

int
ctl_run(struct pg *pg, const char *what, const char *sql, struct err *err)
{
	PGresult *res = PQexec(pg_conn(pg), sql);
	int rc = 0;

	if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		rc = pg_fail(pg, res, what, err);
	PQclear(res);
	return rc;
}
