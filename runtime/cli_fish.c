/* SPDX-License-Identifier: MIT */
/* Completion for fish. */
#include <string.h>
#include <suoyin/cli.h>

static void
quoted(const char *s, FILE *out)
{
	(void)fputc('\'', out);
	for (; s != NULL && *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			(void)fputc('\\', out);
		(void)fputc(*s == '\n' ? ' ' : *s, out);
	}
	(void)fputc('\'', out);
}

static void
print_value(const char *value, FILE *out)
{
	if (cli_value(value) == CLI_PATH)
		(void)fputs(" -rF", out);
	else if (value != NULL)
		(void)fputs(" -x", out);
	if (value == NULL || cli_value(value) != CLI_WORDS)
		return;
	(void)fputs(" -a '", out);
	for (; *value != '\0'; value++)
		(void)fputc(*value == '|' ? ' ' : *value, out);
	(void)fputc('\'', out);
}

static void
begin(const struct cli *cli, const char *command, FILE *out)
{
	(void)fprintf(out, "complete -c %s", cli->program);
	if (command[0] != '\0')
		(void)fprintf(out, " -n '__%s_is %s'", cli->program, command);
}

static void
print_command(const struct cli *cli, const struct cli_command *c, FILE *out)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct cli_option *o = &c->options[i];

		begin(cli, c->name, out);
		(void)fprintf(out, " -l %s -d ", cli_name(o));
		quoted(o->help, out);
		print_value(o->value, out);
		(void)fputc('\n', out);
	}
	if (cli_value(c->operands) == CLI_PATH) {
		begin(cli, c->name, out);
		(void)fputs(" -F\n", out);
	} else if (cli_value(c->operands) == CLI_WORDS) {
		begin(cli, c->name, out);
		print_value(c->operands, out);
		(void)fputc('\n', out);
	}
}

/* First words, then second words behind them. */
static void
print_words(const struct cli *cli, FILE *out)
{
	const char *rest;

	(void)fprintf(out,
	    "function __%s_is\n"
	    "\tset -l words (commandline -opc)\n"
	    "\tset -l n (math 1 + (count $argv))\n"
	    "\ttest (count $words) -ge $n; and test \"$words[2..$n]\" = \"$argv\"\nend\n"
	    "function __%s_at\n"
	    "\tset -l words (commandline -opc)\n"
	    "\ttest (count $words) -eq (math 1 + (count $argv)); or return 1\n"
	    "\ttest (count $argv) -eq 0; or test \"$words[2..-1]\" = \"$argv\"\nend\n",
	    cli->program, cli->program);
	for (size_t i = 0; i < cli->count; i++) {
		const struct cli_command *c = &cli->commands[i];
		size_t n = cli_word(c->name, &rest);

		if (!cli_is_repeated(cli, i)) {
			(void)fprintf(out, "complete -c %s -n __%s_at -a %.*s -d ", cli->program,
			    cli->program, (int)n, c->name);
			quoted(rest == NULL ? c->summary : "commands", out);
			(void)fputc('\n', out);
		}
		if (rest == NULL)
			continue;
		(void)fprintf(out, "complete -c %s -n '__%s_at %.*s' -a %s -d ", cli->program,
		    cli->program, (int)n, c->name, rest);
		quoted(c->summary, out);
		(void)fputc('\n', out);
	}
}

void
cli_print_fish(const struct cli *cli, FILE *out)
{
	(void)fprintf(out,
	    "# fish completion for %s; made from its own tables\ncomplete -c %s -f\n", cli->program,
	    cli->program);
	if (cli->commands[0].name[0] != '\0')
		print_words(cli, out);
	(void)fprintf(out, "complete -c %s -l help -d 'what it does'\n", cli->program);
	for (size_t i = 0; i < cli->count; i++)
		print_command(cli, &cli->commands[i], out);
}
