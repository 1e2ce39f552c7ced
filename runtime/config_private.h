/* SPDX-License-Identifier: MIT */
/*
 * config_private.h - what the files of the configuration share among themselves.
 *
 * A value comes from a place (default, file, environment, flag) as one text or a list of texts;
 * config_value_set() checks it against its setting and writes it into the program's struct.
 * Nothing here prints a value of a secret setting.
 */
#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include <suoyin/buf.h>
#include <suoyin/cli.h>
#include <suoyin/config.h>

#define CONFIG_TABLE_MAX 256 /* settings of one program; a longer table is our own mistake */

struct config_place {
	const char *file; /* or "environment", "command line", "default" */
	int line, column; /* 0: has none */
};

/* A setting as found: the texts of a list, or one text. */
struct config_value {
	const struct span *items;
	size_t count;
	bool is_list;
};

/* All settings of a program, common ones first. */
struct config_table {
	const struct config_program *program;
	const struct setting *items[CONFIG_TABLE_MAX];
	size_t count;
};

/* One run of config_load. */
struct config_run {
	struct config_table table;
	void *out;
	struct config_errors *errors;
	bool given[CONFIG_TABLE_MAX];  /* by anyone, right or wrong */
	int line_of[CONFIG_TABLE_MAX]; /* where in the file; 0: not there */
};

void config_table_init(struct config_table *table, const struct config_program *program);
/* Index of a name, or table->count. */
size_t config_table_find(const struct config_table *table, struct span name);
/* "did you mean" for a name that is none; NULL: nothing is near. The text is borrowed. */
const char *config_table_suggest(const struct config_table *table, const char *name);

/* Writes `value` over what stood there; what is wrong goes into errors. */
void config_value_set(struct config_run *run, size_t index, const struct config_value *value,
    const struct config_place *at);
void config_pairs_set(
    struct config_run *run, struct span name, struct span value, const struct config_place *at);
void config_value_free(void *out, const struct setting *setting);

/* Why a text is not a duration (or size), and what may have been meant; "" when nothing. */
void config_unit_explain(struct span text, bool is_size, char reason[128], char suggestion[64]);
/* A text in quotes for a message, cut and without control characters. */
const char *config_quoted(struct span text, char out[64]);
void config_format_duration(int64_t ms, char out[32]);
void config_format_size(int64_t bytes, char out[32]);
/* "1 ... 10", "1s ... 1h", "logfmt, json"; "" when there is no bound. */
void config_format_range(const struct setting *setting, char *out, size_t size);

/* Errors of one file, those behind `from`, in order of their lines. */
void config_errors_sort(struct config_errors *errors, size_t from);
/* -1: it is no YAML, so that nothing can be said about what is missing. */
int config_file_load(struct config_run *run, const char *path);
void config_env_load(struct config_run *run);
/* The whole file into `out`, at most limit bytes; -1: reason says why. */
int config_slurp(const char *path, size_t limit, struct buf *out, char reason[128]);

/* A flag that is no setting: what is asked instead of running. The table ends with a NULL flag. */
struct config_mode {
	const char *flag, *help;
};

void config_print_help(const struct config_program *program, const struct config_mode *modes, FILE *out);
/* Manual page and completions of a daemon. */
void config_print_cli(const struct config_program *program, const struct config_mode *modes, enum cli_form form,
    FILE *out);
const char *config_type_name(enum setting_type type);
const char *config_default_of(const struct setting *s);
#define CONFIG_FILE_HELP "Settings as YAML, nested by the dots of their names."
#define CONFIG_KAFKA_HELP "Any property of librdkafka, passed through; kafka.bootstrap.servers is required."
/* SUOYIN_BATCH_MESSAGES of batch.messages; out holds 128 bytes. */
void config_env_name(const char *name, char *out);

/* Start-up only: without memory for the settings there is nothing to go on with. */
void *config_must(void *p);
char *config_dup(struct span text);

#endif
