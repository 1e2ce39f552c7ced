/* SPDX-License-Identifier: MIT */
/* A daemon's manual page and completions, of the same tables as its --help. */
#include "config_private.h"
#include <stdlib.h>
#include <string.h>

#define FIXED_MAX 16 /* options that are no settings */
#define HELP_MAX 512

static const char about[] = "A setting is a flag (--log.level debug), a variable "
			    "(SUOYIN_LOG_LEVEL=debug, or SUOYIN_LOG_LEVEL_FILE=FILE that "
			    "holds it) or a key of the file (log: {level: debug}); the first of "
			    "these wins. Durations need a unit (ms s m h d), "
			    "sizes too (B KiB MiB GiB).\n\n"
			    "It writes one line per event to standard error and stops at SIGTERM "
			    "after having finished what is under way; a "
			    "second SIGTERM ends it at once. SIGKILL at any instant loses nothing.";

static const struct cli_pair environment[] = {
    {"SUOYIN_NAME", "The setting NAME, in capitals, dots as _; what is set to nothing is not set."},
    {"SUOYIN_NAME_FILE", "A file that holds the value, for secrets."},
    {NULL, NULL},
};

static const struct cli_pair codes[] = {
    {"0", "It was asked to stop, or what was asked is so."},
    {"1", "It failed; the last line on standard error says why."},
    {"2", "Wrong usage."},
    {"78", "Wrong configuration; every error of it is listed."},
    {NULL, NULL},
};

static const char *
value_name(const struct setting *s)
{
	switch (s->type) {
	case SETTING_STRING:
		return "TEXT";
	case SETTING_INT:
		return "NUMBER";
	case SETTING_BOOL:
		return "true|false";
	case SETTING_DURATION:
		return "DURATION";
	case SETTING_SIZE:
		return "SIZE";
	case SETTING_CHOICE:
		return s->choices;
	case SETTING_LIST:
		return "LIST";
	}
	return "VALUE";
}

static struct cli_option
setting_option(const struct setting *s, char help[HELP_MAX])
{
	char range[128] = "";

	if (s->type != SETTING_CHOICE && s->type != SETTING_BOOL)
		config_format_range(s, range, sizeof(range));
	(void)snprintf(help, HELP_MAX, "%s (%s%s%s)", s->help, config_default_of(s),
	    range[0] == '\0' ? "" : "; ", range);
	return (struct cli_option){s->name, value_name(s), help, NULL};
}

void
config_print_cli(const struct config_program *program, const struct config_mode *modes,
    enum cli_form form, FILE *out)
{
	struct config_table table;
	struct cli_option *options =
	    config_must(calloc(CONFIG_TABLE_MAX + FIXED_MAX, sizeof(*options)));
	char(*help)[HELP_MAX] = config_must(calloc(CONFIG_TABLE_MAX, sizeof(*help)));
	struct cli_command command = {.name = "",
	    .usage = "[--config FILE] [--NAME VALUE ...]",
	    .summary = program->purpose,
	    .options = options};
	struct cli cli = {.program = program->name,
	    .section = "8",
	    .purpose = program->purpose,
	    .about = about,
	    .commands = &command,
	    .count = 1,
	    .environment = environment,
	    .codes = codes,
	    .see_also = "suoyinctl(1), suoyin-crawler(8), suoyin-worker(8)"};

	config_table_init(&table, program);
	options[command.count++] = (struct cli_option){"config", "FILE", CONFIG_FILE_HELP, NULL};
	for (; modes->flag != NULL && command.count < FIXED_MAX; modes++)
		options[command.count++] =
		    (struct cli_option){modes->flag, NULL, modes->help, NULL};
	for (size_t i = 0; i < table.count; i++)
		options[command.count++] = setting_option(table.items[i], help[i]);
	options[command.count++] = (struct cli_option){
	    "kafka.NAME", "VALUE", CONFIG_KAFKA_HELP, "kafka.bootstrap.servers"};
	cli_print(&cli, form, out);
	free(help);
	free(options);
}
