/* SPDX-License-Identifier: MIT */
/* Completion for zsh, by _arguments and _describe. */
#include <string.h>
#include <suoyin/cli.h>

/* Inside '…', where [ ] and : mean something to _arguments and _describe. */
static void
quoted(const char *s, FILE *out)
{
	for (; s != NULL && *s != '\0'; s++) {
		if (*s == '\'')
			(void)fputs("'\\''", out);
		else if (strchr("[]:\\", *s) != NULL)
			(void)fprintf(out, "\\%c", *s);
		else
			(void)fputc(*s == '\n' ? ' ' : *s, out);
	}
}

static void
action(const char *value, FILE *out)
{
	quoted(value, out);
	(void)fputc(':', out);
	if (cli_value(value) == CLI_PATH) {
		(void)fputs("_files", out);
	} else if (cli_value(value) == CLI_WORDS) {
		(void)fputc('(', out);
		for (; *value != '\0'; value++)
			(void)fputc(*value == '|' ? ' ' : *value, out);
		(void)fputc(')', out);
	}
}

static void
print_arguments(const struct cli_command *c, const char *indent, FILE *out)
{
	(void)fprintf(out, "%s_arguments '--help[what it does]'", indent);
	for (size_t i = 0; i < c->count; i++) {
		const struct cli_option *o = &c->options[i];

		if (strcmp(o->name, "help") == 0)
			continue;
		(void)fprintf(
		    out, " \\\n%s\t'--%s%s[", indent, cli_name(o), o->value == NULL ? "" : "=");
		quoted(o->help, out);
		(void)fputc(']', out);
		if (o->value != NULL) {
			(void)fputc(':', out);
			action(o->value, out);
		}
		(void)fputc('\'', out);
	}
	if (c->operands != NULL) {
		(void)fprintf(out, " \\\n%s\t'*:", indent);
		action(c->operands, out);
		(void)fputc('\'', out);
	}
	(void)fputc('\n', out);
}

/* 'word:summary' of each command whose name begins like that of `first`; all first words for NULL.
 */
static void
print_words(const struct cli *cli, const char *first, FILE *out)
{
	const char *rest;
	size_t n = first == NULL ? 0 : cli_word(first, &rest);

	for (size_t i = 0; i < cli->count; i++) {
		const struct cli_command *c = &cli->commands[i];
		size_t m = cli_word(c->name, &rest);

		if (first == NULL && cli_is_repeated(cli, i))
			continue;
		if (first != NULL && (m != n || memcmp(c->name, first, n) != 0 || rest == NULL))
			continue;
		if (first == NULL)
			(void)fprintf(out, " '%.*s:", (int)m, c->name);
		else
			(void)fprintf(out, " '%s:", rest);
		quoted(first == NULL && rest != NULL ? "commands" : c->summary, out);
		(void)fputc('\'', out);
	}
}

static void
print_commands(const struct cli *cli, FILE *out)
{
	const char *rest;

	(void)fputs("\tlocal -a commands\n\tif ((CURRENT == 2)); then\n\t\tcommands=(", out);
	print_words(cli, NULL, out);
	(void)fputs(
	    ")\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tif ((CURRENT == 3)); then\n"
	    "\t\tcase $words[2] in\n",
	    out);
	for (size_t i = 0; i < cli->count; i++) {
		size_t n = cli_word(cli->commands[i].name, &rest);

		if (rest == NULL || cli_is_repeated(cli, i))
			continue;
		(void)fprintf(out, "\t\t%.*s)\n\t\t\tcommands=(", (int)n, cli->commands[i].name);
		print_words(cli, cli->commands[i].name, out);
		(void)fputs(")\n\t\t\t_describe command commands\n\t\t\treturn\n\t\t\t;;\n", out);
	}
	(void)fputs("\t\tesac\n\tfi\n\tcase \"$words[2] $words[3]\" in\n", out);
	for (size_t i = 0; i < cli->count; i++) {
		const struct cli_command *c = &cli->commands[i];

		(void)cli_word(c->name, &rest);
		(void)fprintf(out, "\t'%s'%s)\n\t\tshift %d words\n\t\t((CURRENT -= %d))\n",
		    c->name, rest == NULL ? "' '*" : "", rest == NULL ? 1 : 2,
		    rest == NULL ? 1 : 2);
		print_arguments(c, "\t\t", out);
		(void)fputs("\t\t;;\n", out);
	}
	(void)fputs("\tesac\n", out);
}

void
cli_print_zsh(const struct cli *cli, FILE *out)
{
	(void)fprintf(out, "#compdef %s\n# made from the program's own tables\n_%s() {\n",
	    cli->program, cli->program);
	if (cli->commands[0].name[0] == '\0')
		print_arguments(&cli->commands[0], "\t", out);
	else
		print_commands(cli, out);
	(void)fprintf(out,
	    "}\nif [[ $funcstack[1] == _%s ]]; then\n\t_%s \"$@\"\nelse\n\tcompdef _%s %s\nfi\n",
	    cli->program, cli->program, cli->program, cli->program);
}
