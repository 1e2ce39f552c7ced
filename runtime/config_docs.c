/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <string.h>

const char *
config_type_name(enum setting_type type)
{
	switch (type) {
	case SETTING_STRING:
		return "text";
	case SETTING_INT:
		return "whole number";
	case SETTING_BOOL:
		return "true or false";
	case SETTING_DURATION:
		return "duration";
	case SETTING_SIZE:
		return "size";
	case SETTING_CHOICE:
		return "choice";
	case SETTING_LIST:
		return "list";
	}
	return "";
}

const char *
config_default_of(const struct setting *s)
{
	return s->fallback == NULL ? "required" : s->fallback[0] == '\0' ? "empty" : s->fallback;
}

/* Indented by 8, at most 92 wide: a terminal of 100. */
static void
print_wrapped(const char *text, FILE *out)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column == 0)
			column = (size_t)fprintf(out, "        %.*s", (int)n, text);
		else if (column + 1 + n > 92)
			column = (size_t)fprintf(out, "\n        %.*s", (int)n, text);
		else
			column += (size_t)fprintf(out, " %.*s", (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}

void
config_print_help(const struct config_program *program, const struct config_mode *modes, FILE *out)
{
	struct config_table table;
	char range[128];

	config_table_init(&table, program);
	(void)fprintf(out,
	    "%s: %s\n\n"
	    "usage: %s [--config FILE] [--NAME=VALUE ...]\n"
	    "       %s --help | --version | [--config FILE] --check | --healthcheck\n\n"
	    "  --config FILE\n",
	    program->name, program->purpose, program->name, program->name);
	print_wrapped(CONFIG_FILE_HELP, out);
	for (; modes->flag != NULL; modes++) {
		(void)fprintf(out, "  --%s\n", modes->flag);
		print_wrapped(modes->help, out);
	}
	(void)fprintf(out,
	    "\nA setting is a flag (--log.level=debug), a variable (SUOYIN_LOG_LEVEL=debug, or\n"
	    "SUOYIN_LOG_LEVEL_FILE=FILE that holds it) or a key of the file (log: {level: debug}); "
	    "the\n"
	    "first of these wins. Durations need a unit (ms s m h d), sizes too (B KiB MiB "
	    "GiB).\n\n"
	    "Settings, with default and range:\n\n");
	for (size_t i = 0; i < table.count; i++) {
		const struct setting *s = table.items[i];

		config_format_range(s, range, sizeof(range));
		(void)fprintf(out, "  --%s=%s  (%s%s%s)\n", s->name, config_type_name(s->type),
		    config_default_of(s), range[0] == '\0' ? "" : "; ", range);
		print_wrapped(s->help, out);
	}
	(void)fprintf(out, "  --kafka.NAME=text\n");
	print_wrapped(CONFIG_KAFKA_HELP, out);
}

/* A cell of a Markdown table: "|" would end it. */
static void
print_cell(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
}

void
config_print_docs(const struct config_program *program, FILE *out)
{
	struct config_table table;
	char range[128], env[128];

	config_table_init(&table, program);
	(void)fprintf(out, "## %s\n\n%s\n\n", program->name, program->purpose);
	(void)fprintf(out, "| setting | variable | type | default | range | meaning |\n"
			   "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < table.count; i++) {
		const struct setting *s = table.items[i];
		bool code = s->fallback != NULL && s->fallback[0] != '\0';

		config_env_name(s->name, env);
		config_format_range(s, range, sizeof(range));
		(void)fprintf(out, "| `%s` | `%s` | %s%s | %s", s->name, env, config_type_name(s->type),
		    s->secret ? ", secret" : "", code ? "`" : "");
		print_cell(config_default_of(s), out);
		(void)fprintf(out, "%s | ", code ? "`" : "");
		print_cell(range, out);
		(void)fputs(" | ", out);
		print_cell(s->help, out);
		(void)fputs(" |\n", out);
	}
	(void)fprintf(out, "| `kafka.NAME` | `SUOYIN_KAFKA_NAME` | text | "
			   "`kafka.bootstrap.servers` is required | | "
			   "Any property of librdkafka, passed through. |\n\n");
}
