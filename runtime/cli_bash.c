/* SPDX-License-Identifier: MIT */
/* Completion for bash: needs nothing of the package bash-completion. */
#include <stdbool.h>
#include <string.h>
#include <suoyin/cli.h>

/* A shell function's name from the program's: '-' is not welcome everywhere. */
static void
function_name(const char *program, FILE *out)
{
	(void)fputc('_', out);
	for (; *program != '\0'; program++)
		(void)fputc(*program == '-' ? '_' : *program, out);
}

/* a|b → a b */
static void
words(const char *s, FILE *out)
{
	for (; *s != '\0'; s++)
		(void)fputc(*s == '|' ? ' ' : *s, out);
}

/* The words that may stand first, or second behind the first word of command `first`. */
static void
command_words(const struct cli *cli, size_t first, bool second, FILE *out)
{
	const char *rest, *name = cli->commands[first].name;
	size_t n = cli_word(name, &rest);

	for (size_t i = 0; i < cli->count; i++) {
		size_t m = cli_word(cli->commands[i].name, &rest);

		if (!second && !cli_is_repeated(cli, i))
			(void)fprintf(out, "%.*s ", (int)m, cli->commands[i].name);
		else if (second && m == n && memcmp(cli->commands[i].name, name, n) == 0 &&
			 rest != NULL)
			(void)fprintf(out, "%s ", rest);
	}
}

static void
print_values(const struct cli_command *c, FILE *out)
{
	(void)fputs("\t\tcase $prev in\n", out);
	for (size_t i = 0; i < c->count; i++) {
		const struct cli_option *o = &c->options[i];

		if (cli_value(o->value) == CLI_NONE)
			continue;
		(void)fprintf(out, "\t\t--%s) ", cli_name(o));
		if (cli_value(o->value) == CLI_PATH)
			(void)fputs("kind=path", out);
		else if (cli_value(o->value) == CLI_WORDS) {
			(void)fputs("kind=words values='", out);
			words(o->value, out);
			(void)fputc('\'', out);
		} else {
			(void)fputs("kind=any", out);
		}
		(void)fputs(" ;;\n", out);
	}
	(void)fputs("\t\tesac\n", out);
}

static void
print_command(const struct cli_command *c, FILE *out)
{
	const char *rest;

	(void)cli_word(c->name, &rest);
	if (c->name[0] == '\0')
		(void)fputs("\t*)\n", out);
	else
		(void)fprintf(out, "\t'%s'%s)\n", c->name, rest == NULL ? "' '*" : "");
	(void)fputs("\t\toptions='--help", out);
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->options[i].name, "help") != 0)
			(void)fprintf(out, " --%s", cli_name(&c->options[i]));
	(void)fputs("'\n", out);
	if (cli_value(c->operands) == CLI_PATH) {
		(void)fputs("\t\tkind=path\n", out);
	} else if (cli_value(c->operands) == CLI_WORDS) {
		(void)fputs("\t\tkind=words values='", out);
		words(c->operands, out);
		(void)fputs("'\n", out);
	}
	print_values(c, out);
	(void)fputs("\t\t;;\n", out);
}

/* Only where the cursor stands on the first or second word. */
static void
print_first_words(const struct cli *cli, FILE *out)
{
	const char *rest;

	(void)fputs("\tcase $COMP_CWORD in\n\t1)\n\t\tmapfile -t COMPREPLY < <(compgen -W '", out);
	command_words(cli, 0, false, out);
	(void)fputs("--help --version' -- \"$cur\")\n\t\treturn\n\t\t;;\n"
		    "\t2)\n\t\tcase ${COMP_WORDS[1]} in\n",
	    out);
	for (size_t i = 0; i < cli->count; i++) {
		size_t n = cli_word(cli->commands[i].name, &rest);

		if (rest == NULL || cli_is_repeated(cli, i))
			continue;
		(void)fprintf(out, "\t\t%.*s) mapfile -t COMPREPLY < <(compgen -W '", (int)n,
		    cli->commands[i].name);
		command_words(cli, i, true, out);
		(void)fputs("' -- \"$cur\") ;;\n", out);
	}
	(void)fputs("\t\tesac\n\t\t((${#COMPREPLY[@]} == 0)) || return\n\t\t;;\n\tesac\n", out);
}

void
cli_print_bash(const struct cli *cli, FILE *out)
{
	(void)fprintf(out,
	    "# bash completion for %s; made from its own tables\n# shellcheck shell=bash\n",
	    cli->program);
	function_name(cli->program, out);
	(void)fputs(
	    "() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	    "\tlocal kind=none values='' options=''\n\tCOMPREPLY=()\n",
	    out);
	if (cli->commands[0].name[0] != '\0')
		print_first_words(cli, out);
	(void)fputs("\tcase \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n", out);
	for (size_t i = 0; i < cli->count; i++)
		print_command(&cli->commands[i], out);
	(void)fputs("\tesac\n"
		    "\tif [[ $cur == -* ]]; then\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
		    "\telif [[ $kind == path ]]; then\n"
		    "\t\tcompopt -o filenames 2>/dev/null\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		    "\telif [[ $kind == words ]]; then\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$cur\")\n"
		    "\telif [[ $kind == none ]]; then\n"
		    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
		    "\tfi\n}\ncomplete -F ",
	    out);
	function_name(cli->program, out);
	(void)fprintf(out, " %s\n", cli->program);
}
