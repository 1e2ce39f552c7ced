/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <suoyin/cli.h>

static const struct {
	const char *name;
	void (*print)(const struct cli *cli, FILE *out);
} forms[] = {
    [CLI_MAN] = {"man", cli_print_man},
    [CLI_BASH] = {"bash", cli_print_bash},
    [CLI_ZSH] = {"zsh", cli_print_zsh},
    [CLI_FISH] = {"fish", cli_print_fish},
};

int
cli_form(const char *name)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, name) == 0)
			return (int)i;
	return -1;
}

void
cli_print(const struct cli *cli, enum cli_form form, FILE *out)
{
	forms[form].print(cli, out);
}

const char *
cli_name(const struct cli_option *option)
{
	return option->example != NULL ? option->example : option->name;
}

enum cli_value
cli_value(const char *value)
{
	bool words = value != NULL;

	if (value == NULL)
		return CLI_NONE;
	if (strncmp(value, "FILE", 4) == 0 || strncmp(value, "DIR", 3) == 0)
		return CLI_PATH;
	for (const char *c = value; *c != '\0'; c++)
		words = words && (islower((unsigned char)*c) || *c == '|' || *c == '-');
	return words && strchr(value, '|') != NULL ? CLI_WORDS : CLI_ANY;
}

size_t
cli_word(const char *name, const char **rest)
{
	size_t n = strcspn(name, " ");

	*rest = name[n] == ' ' ? name + n + 1 : NULL;
	return n;
}

int
cli_is_repeated(const struct cli *cli, size_t command)
{
	const char *rest, *name = cli->commands[command].name;
	size_t n = cli_word(name, &rest);

	for (size_t i = 0; i < command; i++)
		if (cli_word(cli->commands[i].name, &rest) == n &&
		    memcmp(cli->commands[i].name, name, n) == 0)
			return 1;
	return 0;
}
