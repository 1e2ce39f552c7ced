/* SPDX-License-Identifier: MIT */
/*
 * config.h - one table of settings per program: parser, default, range, --help, docs.
 *
 * Order of precedence: flag, environment, file, default.  The file is YAML read with libyaml's
 * document API, nested by the dots of a setting's name ("batch.messages" is batch: messages:).
 * Environment: SUOYIN_ + name in upper case, dots as '_'; the same + _FILE names a file that
 * holds the value (secrets).  Flag: --batch.messages=100.  Durations and sizes need a unit
 * (ms s m h d; B KiB MiB GiB).  All errors of a file are listed, each with file, line, key,
 * reason and suggestion.
 */
#ifndef SUOYIN_CONFIG_H
#define SUOYIN_CONFIG_H

#include <stdio.h>
#include <suoyin/err.h>
#include <suoyin/log.h>
#include <suoyin/span.h>

#define EXIT_USAGE 2   /* the command line is wrong */
#define EXIT_CONFIG 78 /* sysexits EX_CONFIG */

enum setting_type {
	SETTING_STRING,   /* char * */
	SETTING_INT,      /* int64_t, within min … max */
	SETTING_BOOL,     /* bool: true false */
	SETTING_DURATION, /* int64_t milliseconds, within min … max */
	SETTING_SIZE,     /* int64_t bytes, within min … max */
	SETTING_CHOICE,   /* int: index into choices ("logfmt|json") */
	SETTING_LIST,     /* struct config_list: YAML sequence or comma-separated */
};

struct setting {
	const char *name; /* NULL ends the table */
	enum setting_type type;
	size_t offset;    /* into the program's struct */
	const char *fallback; /* default as written in a file; NULL = required */
	int64_t min, max;
	const char *choices;
	bool secret;      /* never printed */
	const char *help;
};

struct config_list {
	char **items;
	size_t count;
};

struct config_pair {
	char *name, *value;
};

/* kafka.* of the file, names without the prefix; passed to librdkafka untouched. */
struct config_pairs {
	struct config_pair *items;
	size_t count;
};

/* What every daemon has; first member of each program's struct. Table: config_common[]. */
struct config_common {
	char *database_url;  /* database.url */
	char *admin_listen;  /* admin.listen */
	int64_t admin_stale_ms;
	int log_format, log_level; /* indexes as enum log_format, enum log_level */
	char *topic;         /* topic */
	struct config_pairs kafka;
};
extern const struct setting config_common[];

struct config_program {
	const char *name;    /* "suoyin-worker" */
	const char *purpose; /* one line for --help */
	const struct setting *settings; /* its own, after config_common */
	size_t size;         /* of its struct, which begins with struct config_common */
};

/* A list of what is wrong, to be printed whole. */
struct config_error {
	char *file;
	int line, column;
	char *key, *reason, *suggestion; /* suggestion may be NULL */
};
struct config_errors {
	struct config_error *items;
	size_t count;
};
void config_errors_add(struct config_errors *errors, const char *file, int line, int column,
    const char *key, const char *suggestion, const char *reason, ...)
    __attribute__((format(printf, 7, 8)));
void config_errors_print(const struct config_errors *errors, FILE *out);
void config_errors_fini(struct config_errors *errors);

/* The nearest of several names to a misspelt word: init, try each name, read best (NULL: none is
 * near). Borrows all texts. */
struct config_guess {
	const char *word, *best;
	size_t distance;
};
void config_guess_init(struct config_guess *guess, const char *word);
void config_guess_try(struct config_guess *guess, const char *name);

/* Reads argv (--config FILE, --help, --version, --healthcheck, --check, --print-docs,
 * --NAME=VALUE), environment and file into `out` (zeroed by the caller).  0: run; end with
 * config_fini.  1: something was asked and printed, or the health check ran: exit with
 * *exit_code.  -1: errors hold why; print them and exit with *exit_code (EXIT_CONFIG, or
 * EXIT_USAGE for an unknown flag).  kafka.bootstrap.servers is required like any setting without
 * default; kafka.* names and values are checked by librdkafka. */
int config_load(void *out, const struct config_program *program, int argc, char **argv,
    int *exit_code, struct config_errors *errors);
void config_fini(void *out, const struct config_program *program);

/* The program's section of docs/CONFIG.md. */
void config_print_docs(const struct config_program *program, FILE *out);

/* "250ms", "2s", "1h" → milliseconds; "8MiB" → bytes. -1 when it is not one. */
int config_parse_duration(struct span text, int64_t *ms);
int config_parse_size(struct span text, int64_t *bytes);

#endif
