/* SPDX-License-Identifier: MIT */
/* manual, completion: of the same table as --help. */
#include "cli.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define COMMANDS_MAX 64

static const struct cli_pair environment[] = {
    {"SUOYIN_DATABASE_URL", "The database, where --database-url is not given."},
    {"SUOYIN_DATABASE_URL_FILE", "A file whose first line is the database's URL."},
    {"SUOYIN_KAFKA_BOOTSTRAP_SERVERS",
	"The brokers, for commands that need Kafka. So for each property of librdkafka: "
	"capitals, dots as _."},
    {"SUOYIN_TOPIC", "Topic of the page messages."},
    {"NO_COLOR", "Where it is set and not empty, nothing is coloured."},
    {NULL, NULL},
};

static const struct cli_pair codes[] = {
    {"0", "Fine."},
    {"1", "Failed, or what was asked is not so."},
    {"2", "Wrong usage."},
    {"78", "Wrong configuration or portal file."},
    {NULL, NULL},
};

static const char about[] = "The operator's hand on suoyin: the database and its schema, portals, "
			    "dead letters, and what the programs would make "
			    "of a page.\n\n"
			    "What was asked goes to standard output, all else to standard error. "
			    "Listings have --json. It never asks back.";

struct made {
	struct ctl_options options[COMMANDS_MAX];
	struct cli_option items[COMMANDS_MAX][CTL_OPTIONS_MAX];
	struct cli_command commands[COMMANDS_MAX];
};

static void
make(struct made *m, size_t i, const struct ctl_command *c)
{
	struct ctl_options *o = &m->options[i];

	ctl_options_of(c, o);
	for (size_t k = 0; k < o->count; k++)
		m->items[i][k] = (struct cli_option){o->items[k].name,
		    o->items[k].value[0] == '\0' ? NULL : o->items[k].value,
		    o->items[k].help != NULL ? o->items[k].help : "",
		    strcmp(o->items[k].name, "kafka.NAME") == 0 ? "kafka.bootstrap.servers" : NULL};
	m->commands[i] = (struct cli_command){c->name, c->usage, c->summary, c->help,
	    o->operand[0] == '\0' ? NULL : o->operand, m->items[i], o->count};
}

void
ctl_print_cli(enum cli_form form, FILE *out)
{
	struct made *m = calloc(1, sizeof(*m));
	struct cli cli = {.program = "suoyinctl",
	    .section = "1",
	    .purpose = "the operator's hand on suoyin",
	    .about = about,
	    .environment = environment,
	    .codes = codes,
	    .see_also = "suoyin-crawler(8), suoyin-worker(8), psql(1)"};

	if (m == NULL)
		return;
	for (const struct ctl_command *c = ctl_commands;
	     c->name != NULL && cli.count < COMMANDS_MAX; c++)
		make(m, cli.count++, c);
	cli.commands = m->commands;
	cli_print(&cli, form, out);
	free(m);
}

void
ctl_print_help(const struct ctl_command *command, FILE *out)
{
	struct ctl_options o;

	(void)fprintf(out, "usage: suoyinctl %s %s\n\n%s.\n", command->name, command->usage,
	    command->summary);
	if (command->help != NULL)
		(void)fprintf(out, "\n%s\n", command->help);
	ctl_options_of(command, &o);
	if (o.count > 0)
		(void)fputc('\n', out);
	for (size_t i = 0; i < o.count; i++) {
		char head[96];

		(void)snprintf(head, sizeof(head), "--%s%s%s", o.items[i].name,
		    o.items[i].value[0] == '\0' ? "" : " ", o.items[i].value);
		(void)fprintf(
		    out, "  %-26s %s\n", head, o.items[i].help != NULL ? o.items[i].help : "");
	}
}

int
cmd_manual(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return ctl_usage("manual takes nothing");
	ctl_print_cli(CLI_MAN, stdout);
	return 0;
}

int
cmd_completion(int argc, char **argv)
{
	int form = argc == 2 ? cli_form(argv[1]) : -1;

	if (form == -1 || form == CLI_MAN)
		return ctl_usage("completion takes bash, zsh or fish");
	ctl_print_cli((enum cli_form)form, stdout);
	return 0;
}
