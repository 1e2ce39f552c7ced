/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <assert.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/admin.h>
#include <suoyin/limits.h>

#define FIELD(member) offsetof(struct config_common, member)

const struct setting config_common[] = {
    {"database.url", SETTING_STRING, FIELD(database_url), NULL, 0, 0, NULL, true,
	"PostgreSQL, as postgresql://USER:PASSWORD@HOST/DATABASE or a libpq connection string."},
    {"topic", SETTING_STRING, FIELD(topic), "suoyin.pages", 0, 0, NULL, false,
	"Kafka topic of the page messages."},
    {"admin.listen", SETTING_STRING, FIELD(admin_listen), "", 0, 0, NULL, false,
	"HOST:PORT of /livez, /readyz and /metrics; empty: none."},
    {"admin.stale", SETTING_DURATION, FIELD(admin_stale_ms), "1m", 1000, 3600000, NULL, false,
	"/livez fails when the main loop has not turned for so long."},
    {"log.format", SETTING_CHOICE, FIELD(log_format), "logfmt", 0, 0, "logfmt|json", false,
	"One line per event on stderr, as key=value or as JSON."},
    {"log.level", SETTING_CHOICE, FIELD(log_level), "info", 0, 0, "debug|info|warn|error", false,
	"Events below this level are not written."},
    {0},
};

enum mode { MODE_RUN, MODE_HELP, MODE_VERSION, MODE_HEALTH, MODE_CHECK, MODE_DOCS, MODE_CLI };

/* In order of enum mode, then of enum cli_form. */
static const struct config_mode modes[] = {
	{"help", "This list."},
	{"version", "Name and version."},
	{"healthcheck", "Ask /livez of the program at admin.listen; exit 0 or 1."},
	{"check", "Read the configuration and list all that is wrong with it; exit 0 or 78."},
	{"print-docs", "The settings as Markdown."},
	{"print-man", "The manual page, as roff."},
	{"print-bash", "Completion for bash: put it where bash looks, or eval it."},
	{"print-zsh", "Completion for zsh."},
	{"print-fish", "Completion for fish."},
	{NULL, NULL},
};

#define MODES (sizeof(modes) / sizeof(modes[0]) - 1)

/* Where flags stop being about the program and begin to be settings. */
struct flags {
	enum mode mode;
	enum cli_form form; /* MODE_CLI */
	const char *config;
};

static void
add_settings(struct config_table *table, const struct setting *settings)
{
	for (; settings != NULL && settings->name != NULL; settings++) {
		assert(table->count < CONFIG_TABLE_MAX);
		table->items[table->count++] = settings;
	}
}

void
config_table_init(struct config_table *table, const struct config_program *program)
{
	*table = (struct config_table){.program = program};
	add_settings(table, config_common);
	add_settings(table, program->settings);
}

size_t
config_table_find(const struct config_table *table, struct span name)
{
	size_t i = 0;

	while (i < table->count && !span_eq(name, span_of(table->items[i]->name)))
		i++;
	return i;
}

const char *
config_table_suggest(const struct config_table *table, const char *name)
{
	struct config_guess guess;

	config_guess_init(&guess, name);
	for (size_t i = 0; i < table->count; i++)
		config_guess_try(&guess, table->items[i]->name);
	config_guess_try(&guess, "kafka");
	config_guess_try(&guess, "kafka.bootstrap.servers");
	return guess.best;
}

static void
load_defaults(struct config_run *run)
{
	struct config_place at = {"default", 0, 0};

	for (size_t i = 0; i < run->table.count; i++) {
		const struct setting *s = run->table.items[i];
		struct span text = span_of(s->fallback);
		size_t before = run->errors->count;

		if (s->fallback != NULL)
			config_value_set(run, i, &(struct config_value){&text, 1, false}, &at);
		run->given[i] = false;
		assert(run->errors->count == before);
		(void)before;
	}
}

/* "--name=value" or "--name value": the name, and the value or NULL. */
static struct span
split_flag(const char *arg, int *i, int argc, char **argv, const char **value)
{
	struct span all = span_of(arg + 2);
	size_t eq = span_find_byte(all, '=', 0);

	*value = NULL;
	if (eq != SIZE_MAX) {
		*value = arg + 2 + eq + 1;
		return span_cut(all, 0, eq);
	}
	if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
		*value = argv[++*i];
	return all;
}

static void
flag_error(
    struct config_errors *errors, struct span name, const char *suggestion, const char *reason)
{
	char flag[128];

	(void)snprintf(flag, sizeof(flag), "--%.*s", name.n < 100 ? (int)name.n : 100, name.p);
	config_errors_add(errors, "command line", 0, 0, flag, suggestion, "%s", reason);
}

static void
unknown_flag(struct config_run *run, struct span name)
{
	char word[128], suggestion[160] = "";
	struct config_guess guess;
	const char *near;

	(void)snprintf(word, sizeof(word), "%.*s", name.n < 100 ? (int)name.n : 100, name.p);
	config_guess_init(&guess, word);
	for (size_t i = 0; i < MODES; i++)
		config_guess_try(&guess, modes[i].flag);
	config_guess_try(&guess, "config");
	near = guess.best != NULL ? guess.best : config_table_suggest(&run->table, word);
	if (near != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean --%s?", near);
	flag_error(run->errors, name, suggestion, "is no flag; --help lists all");
}

static bool
is_mode(struct span name, enum mode *mode, enum cli_form *form)
{
	for (size_t i = 0; i < MODES; i++)
		if (span_eq(name, span_of(modes[i].flag))) {
			*mode = i + 1 < MODE_CLI ? (enum mode)(i + 1) : MODE_CLI;
			*form = i + 1 < MODE_CLI ? CLI_MAN : (enum cli_form)(i + 1 - MODE_CLI);
			return true;
		}
	return false;
}

/* First pass: what is asked, which file, and whether each flag is one. */
static void
read_flags(struct config_run *run, struct flags *flags, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value;
		struct span name;
		enum cli_form form;
		enum mode mode;

		if (strncmp(argv[i], "--", 2) != 0 || argv[i][2] == '\0') {
			config_errors_add(run->errors, "command line", 0, 0, argv[i],
			    "settings are --NAME=VALUE", "is not a flag");
			continue;
		}
		if (is_mode(span_of(argv[i] + 2), &mode, &form)) {
			/* --help wins, whatever else is asked */
			if (flags->mode != MODE_HELP) {
				flags->mode = mode;
				flags->form = form;
			}
			continue;
		}
		name = split_flag(argv[i], &i, argc, argv, &value);
		if (is_mode(name, &mode, &form))
			flag_error(run->errors, name, NULL, "takes no value");
		else if (!span_eq(name, SPAN("config")) && !span_starts(name, SPAN("kafka.")) &&
			 config_table_find(&run->table, name) == run->table.count)
			unknown_flag(run, name);
		else if (value == NULL)
			flag_error(run->errors, name, NULL, "needs a value");
		else if (span_eq(name, SPAN("config")) && flags->config != NULL)
			flag_error(run->errors, name, NULL, "stands twice");
		else if (span_eq(name, SPAN("config")))
			flags->config = value;
	}
}

/* Second pass, after file and environment: settings. */
static void
apply_flags(struct config_run *run, int argc, char **argv)
{
	struct config_place at = {"command line", 0, 0};

	for (int i = 1; i < argc; i++) {
		const char *value;
		enum cli_form form;
		enum mode mode;
		struct span name, text;
		size_t index;

		if (is_mode(span_of(argv[i] + 2), &mode, &form))
			continue;
		name = split_flag(argv[i], &i, argc, argv, &value);
		text = span_of(value);
		index = config_table_find(&run->table, name);
		if (index < run->table.count)
			config_value_set(run, index, &(struct config_value){&text, 1, false}, &at);
		else if (span_starts(name, SPAN("kafka.")))
			config_pairs_set(run, span_cut(name, strlen("kafka."), name.n), text, &at);
	}
}

static const char *
pair_of(const struct config_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->items[i].name, name) == 0)
			return pairs->items[i].value;
	return NULL;
}

static void
missing(struct config_run *run, const char *file, const char *name)
{
	char env[128], how[256];

	config_env_name(name, env);
	(void)snprintf(how, sizeof(how), "set it in the file, as %s or as --%s", env, name);
	config_errors_add(run->errors, file == NULL ? run->table.program->name : file, file != NULL,
	    file != NULL, name, how, "is required");
}

static void
check_whole(struct config_run *run, const char *file)
{
	const struct config_common *common = run->out;
	PQconninfoOption *parsed;

	for (size_t i = 0; i < run->table.count; i++)
		if (run->table.items[i]->fallback == NULL && !run->given[i])
			missing(run, file, run->table.items[i]->name);
	if (pair_of(&common->kafka, "bootstrap.servers") == NULL &&
	    pair_of(&common->kafka, "metadata.broker.list") == NULL)
		missing(run, file, "kafka.bootstrap.servers");
	if (common->database_url == NULL)
		return;
	/* libpq's own message may quote the password */
	if ((parsed = PQconninfoParse(common->database_url, NULL)) == NULL)
		config_errors_add(run->errors, file == NULL ? run->table.program->name : file,
		    run->line_of[0], run->line_of[0] > 0, "database.url",
		    "postgresql://USER:PASSWORD@HOST/DATABASE", "is not a PostgreSQL URL");
	PQconninfoFree(parsed);
}

static int
healthcheck(const struct config_common *common)
{
	struct err err = {0};

	if (common->admin_listen == NULL || common->admin_listen[0] == '\0')
		(void)err_set(&err, ERR_FATAL, "config", "admin.listen is not set: nothing to ask");
	else if (admin_healthcheck(common->admin_listen, "/livez", &err) == 0)
		return 0;
	(void)fprintf(stderr, "unhealthy: %s\n", err.text);
	return 1;
}

static bool
answer_at_once(const struct config_program *program, enum mode mode, enum cli_form form)
{
	if (mode == MODE_HELP)
		config_print_help(program, modes, stdout);
	else if (mode == MODE_CLI)
		config_print_cli(program, modes, form, stdout);
	else if (mode == MODE_VERSION)
		(void)printf("%s %s\n", program->name, SUOYIN_VERSION);
	else if (mode == MODE_DOCS)
		config_print_docs(program, stdout);
	else
		return false;
	return true;
}

static int
load(struct config_run *run, struct flags *flags, int argc, char **argv, int *exit_code)
{
	bool readable = true;

	*exit_code = 0;
	read_flags(run, flags, argc, argv);
	if (answer_at_once(run->table.program, flags->mode, flags->form))
		return 1;
	if (run->errors->count > 0) {
		*exit_code = EXIT_USAGE;
		return -1;
	}
	load_defaults(run);
	if (flags->config != NULL)
		readable = config_file_load(run, flags->config) == 0;
	config_env_load(run);
	apply_flags(run, argc, argv);
	/* a health check is often asked without what the program was started with */
	if (flags->mode != MODE_HEALTH && readable)
		check_whole(run, flags->config);
	*exit_code = run->errors->count > 0 ? EXIT_CONFIG : 0;
	if (*exit_code != 0)
		return -1;
	if (flags->mode == MODE_RUN)
		return 0;
	if (flags->mode == MODE_HEALTH)
		*exit_code = healthcheck(run->out);
	else
		(void)printf("%s: the configuration is valid\n", run->table.program->name);
	return 1;
}

int
config_load(void *out, const struct config_program *program, int argc, char **argv, int *exit_code,
    struct config_errors *errors)
{
	struct config_run *run = config_must(calloc(1, sizeof(*run)));
	struct flags flags = {.mode = MODE_RUN};
	int rc;

	config_table_init(&run->table, program);
	run->out = out;
	run->errors = errors;
	rc = load(run, &flags, argc, argv, exit_code);
	if (rc != 0)
		config_fini(out, program);
	free(run);
	return rc;
}

void
config_fini(void *out, const struct config_program *program)
{
	struct config_common *common = out;
	struct config_table table;

	config_table_init(&table, program);
	for (size_t i = 0; i < table.count; i++)
		config_value_free(out, table.items[i]);
	for (size_t i = 0; i < common->kafka.count; i++) {
		free(common->kafka.items[i].name);
		free(common->kafka.items[i].value);
	}
	free(common->kafka.items);
	common->kafka = (struct config_pairs){0};
}
