/* SPDX-License-Identifier: MIT */
/*
 * cli.h - a program's command line as a table, and what is made from it: manual page and
 * completions.
 *
 * The tables are those that --help prints: the settings of a daemon (config.c), the commands of
 * suoyinctl (ctl/).  A daemon is a program whose only command has the name "".  Nothing here reads
 * or writes anything but `out`; all texts are borrowed.
 */
#ifndef SUOYIN_CLI_H
#define SUOYIN_CLI_H

#include <stddef.h>
#include <stdio.h>

/* An option --name, with a value (FILE and DIR are completed as paths, a|b|c by its words) or none.
 * A part of the name in capitals (kafka.NAME) stands for any word; `example` is one. */
struct cli_option {
	const char *name, *value; /* value NULL: takes none */
	const char *help;         /* plain text */
	const char *example;      /* of a name with capitals; else NULL */
};

struct cli_command {
	const char *name;     /* "migrate up", "validate", "" */
	const char *usage;    /* what stands behind the name: options and operands */
	const char *summary;  /* one line, without a full stop */
	const char *help;     /* paragraphs; NULL: none */
	const char *operands; /* completed as paths: "FILE"; or words a|b; NULL: none of these */
	struct cli_option *options;
	size_t count;
};

struct cli_pair {
	const char *name, *help;
};

struct cli {
	const char *program, *section; /* "suoyinctl", "1" */
	const char *purpose;           /* one line */
	const char *about;             /* paragraphs */
	struct cli_command *commands;
	size_t count;
	const struct cli_pair *environment, *files, *codes; /* each ended by a NULL name */
	const char *see_also;                               /* "a(1), b(8)" */
};

enum cli_form { CLI_MAN, CLI_BASH, CLI_ZSH, CLI_FISH };
/* "man" "bash" "zsh" "fish"; -1: none of them. */
int cli_form(const char *name);
void cli_print(const struct cli *cli, enum cli_form form, FILE *out);

/* One form each; cli_print() chooses. */
void cli_print_man(const struct cli *cli, FILE *out);
void cli_print_bash(const struct cli *cli, FILE *out);
void cli_print_zsh(const struct cli *cli, FILE *out);
void cli_print_fish(const struct cli *cli, FILE *out);

/* Helpers that the forms share. */
/* The name to complete: the example where the name holds capitals. */
const char *cli_name(const struct cli_option *option);
enum cli_value { CLI_NONE, CLI_PATH, CLI_WORDS, CLI_ANY };
enum cli_value cli_value(const char *value);
/* The first word of a command's name, and what is behind it (NULL: nothing). */
size_t cli_word(const char *name, const char **rest);
/* Whether an earlier command begins with the same word. */
int cli_is_repeated(const struct cli *cli, size_t command);

#endif
