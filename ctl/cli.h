/* SPDX-License-Identifier: MIT */
/*
 * cli.h - the table of commands, read: options, help, manual page, completions.
 */
#ifndef CTL_CLI_H
#define CTL_CLI_H

#include "ctl.h"
#include <stdbool.h>
#include <suoyin/cli.h>

#define CTL_OPTIONS_MAX 32 /* of one command */

struct ctl_option {
	char name[32], value[48]; /* value "": takes none */
	const char *help;         /* NULL: options.c says nothing */
};

struct ctl_options {
	struct ctl_option items[CTL_OPTIONS_MAX];
	size_t count;
	char operand[48]; /* to be completed; "": nothing known */
};

/* What a command's usage text says; the usage text is the only place where it is said. */
void ctl_options_of(const struct ctl_command *command, struct ctl_options *out);
/* `suoyinctl COMMAND --help`. */
void ctl_print_help(const struct ctl_command *command, FILE *out);
/* Manual page or completion of all commands. */
void ctl_print_cli(enum cli_form form, FILE *out);

#endif
