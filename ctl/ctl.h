/* SPDX-License-Identifier: MIT */
/*
 * ctl.h - suoyinctl: a table of commands, one file per subcommand.
 *
 * A command gets argv[0] = "suoyinctl" and its own arguments behind it, ready for getopt_long
 * (optind is reset).  `--help` is answered before.  It returns the exit code: 0 fine, CTL_FAILED,
 * EXIT_USAGE, EXIT_CONFIG.  What was asked goes to stdout, all else to stderr.
 */
#ifndef CTL_H
#define CTL_H

#include <stdio.h>
#include <suoyin/config.h>
#include <suoyin/extract.h>
#include <suoyin/pg.h>

#define CTL_FAILED 1

struct ctl_command {
	const char *name;    /* "migrate up" */
	const char *usage;   /* its arguments; completions and manual page take its options from it */
	const char *summary; /* one line */
	const char *help;    /* what --help says more; NULL: nothing */
	int (*run)(int argc, char **argv);
};

extern const struct ctl_command ctl_commands[]; /* main.c; ended by a NULL name */

int cmd_migrate_up(int argc, char **argv);
int cmd_migrate_status(int argc, char **argv);
int cmd_portal_sync(int argc, char **argv);
int cmd_portal_test(int argc, char **argv);
int cmd_portal_list(int argc, char **argv);
int cmd_portal_pause(int argc, char **argv);
int cmd_portal_resume(int argc, char **argv);
int cmd_portal_state(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_validate(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_normalize(int argc, char **argv);
int cmd_page_show(int argc, char **argv);
int cmd_dlq_list(int argc, char **argv);
int cmd_dlq_show(int argc, char **argv);
int cmd_dlq_export(int argc, char **argv);
int cmd_dlq_replay(int argc, char **argv);
int cmd_dlq_resolve(int argc, char **argv);
int cmd_reprocess(int argc, char **argv);
int cmd_robots(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_manual(int argc, char **argv);

/* Options that commands on the database share: --database-url URL, and --json where `json` is not
 * NULL.  Returns 0 with operands in argv[optind…], or EXIT_USAGE after saying why. */
int ctl_options(int argc, char **argv, const char **database_url, bool *json);
/* "suoyinctl: …" on stderr; returns EXIT_USAGE. */
int ctl_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The error on stderr; returns CTL_FAILED, or EXIT_CONFIG where its reason is "config". */
int ctl_fail(const struct err *err);

/* For each field the candidates, why the winner (>) won and the others lost.  r: the record, NULL
 * where the page was refused. */
void ctl_explain(const struct explain *x, const struct record *r, FILE *to);

/* Rows on stdout, each headed by its first column, NULL left out; or all as a JSON array. */
void ctl_print_records(const PGresult *res, bool json);

/* Connected by the flag's URL, or SUOYIN_DATABASE_URL, or the file SUOYIN_DATABASE_URL_FILE names.
 */
struct pg *ctl_connect(const char *database_url, struct err *err);
/* Several statements in one text, without parameters. */
int ctl_run(struct pg *pg, const char *what, const char *sql, struct err *err);

#endif
