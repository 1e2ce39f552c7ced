/* SPDX-License-Identifier: MIT */
/*
 * options.c - what is said about each option.  Which of them a command takes stands in its usage
 * text and nowhere else: help, manual page and completions read it there.
 */
#include "cli.h"
#include <ctype.h>
#include <string.h>

/* The first that fits; `command` NULL is any other. */
static const struct {
	const char *command, *name, *help;
} texts[] = {
    {"robots", "agent", "The robot's name; empty or *: any robot."},
    {"reprocess", "all", "All of them."},
    {NULL, "all", "Also those that are settled."},
    {"check", "admin",
	"Ask /livez and /readyz of a program at this address; may be given several times."},
    {"portal test", "against",
	"Also tell what this other portal file would find over the same pages."},
    {"portal test", "allow-networks", "Networks that may be asked although they are not public."},
    {NULL, "config", "A file with what all programs have: kafka, topic, database.url."},
    {"extract", "content-type", "What the server said, for the charset."},
    {NULL, "database-url",
	"PostgreSQL, as postgresql://USER:PASSWORD@HOST/DATABASE or a libpq connection string."},
    {NULL, "dry-run", "Change nothing, say what would be done."},
    {"extract", "explain", "On standard error, for each field, its candidates and why one won."},
    {"reprocess", "extraction-below", "Only what an extractor older than N has read."},
    {"page show", "force", "Write bytes that are no text to a terminal, too."},
    {"page show", "headers", "Key and headers of the message instead of its bytes."},
    {NULL, "json", "As JSON."},
    {NULL, "kafka.NAME",
	"Any property of librdkafka; kafka.bootstrap.servers says where the brokers are."},
    {NULL, "limit", "At most so many."},
    {"portal test", "list", "Only this list."},
    {"reprocess", "no-wait", "Do not wait for the workers."},
    {NULL, "note", "Why, for the audit."},
    {"reprocess", "outdated", "What an older extractor or another version of the portal has read."},
    {NULL, "output", "Write to this file instead of standard output."},
    {"portal test", "pages", "So many pages of each list (2)."},
    {"extract", "portal", "Use the extraction rules of this portal of a portal file."},
    {"page show", "portal", "Which portal is meant, where several have the URL."},
    {NULL, "portal", "Only those of this portal."},
    {NULL, "rate", "So many a second, at most."},
    {"dlq", "reason", "Only those with this reason."},
    {"portal test", "record", "Keep the bytes that were fetched in this folder."},
    {"portal test", "replay", "Read the bytes of such a folder instead of asking the portal."},
    {"reprocess", "report", "Only this report_id."},
    {"page show", "revision", "A revision_id of api.report_revision (without: what is shown now)."},
    {"reprocess", "since", "Only those fetched since: 2h (ago) or 2026-01-31T12:00Z."},
    {NULL, "since", "Only those stored since: 2h (ago) or 2026-01-31T12:00Z."},
    {"page show", "timeout", "How long a broker may take."},
    {NULL, "timeout", "How long each connection may take."},
    {NULL, "topic", "Kafka topic of the page messages (suoyin.pages)."},
    {NULL, "group", "Consumer group of the workers (suoyin-worker)."},
    {NULL, "unresolved",
	"Only those that are not settled: what is meant where nothing else is said."},
    {"extract", "url", "Address of the page, to resolve its links."},
    {NULL, "url", "Only those of this address."},
    {NULL, "user-agent", "What the portal is told of who asks."},
    {NULL, "watch", "Show it again and again, so long apart."},
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

/* "dlq" fits "dlq list". */
static bool
fits(const char *pattern, const char *command)
{
	size_t n = pattern == NULL ? 0 : strlen(pattern);

	return n == 0 ||
	       (strncmp(pattern, command, n) == 0 && (command[n] == '\0' || command[n] == ' '));
}

static const char *
text_of(const char *command, const char *name)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (strcmp(texts[i].name, name) == 0 && fits(texts[i].command, command))
			return texts[i].help;
	return NULL;
}

static size_t
copy(char *out, size_t size, const char *from, size_t n)
{
	if (n >= size)
		n = size - 1;
	memcpy(out, from, n);
	out[n] = '\0';
	return n;
}

/* One option at "--": its name and, behind a blank, its value up to "]", "|--" or white space. */
static const char *
read_option(struct ctl_option *o, const char *at)
{
	const char *name = at + 2;
	size_t n = 0;

	while (isalnum((unsigned char)name[n]) || name[n] == '-' || name[n] == '.')
		n++;
	(void)copy(o->name, sizeof(o->name), name, n);
	o->value[0] = '\0';
	at = name + n;
	if (*at != ' ' || at[1] == '[' || strncmp(at + 1, "--", 2) == 0)
		return at;
	at++;
	for (n = 0;
	     at[n] != '\0' && strchr("] \n", at[n]) == NULL && strncmp(at + n, "|--", 3) != 0;)
		n++;
	(void)copy(o->value, sizeof(o->value), at, n);
	return at + n;
}

/* What follows the options: the first operand, if it is a file or one of some words. */
static void
read_operand(struct ctl_options *all, const char *at)
{
	while (*at == ' ' || *at == '\n' || *at == '[' || *at == ']')
		at++;
	(void)copy(all->operand, sizeof(all->operand), at, strcspn(at, " ]\n"));
	if (cli_value(all->operand) != CLI_PATH && cli_value(all->operand) != CLI_WORDS)
		all->operand[0] = '\0';
}

void
ctl_options_of(const struct ctl_command *command, struct ctl_options *out)
{
	const char *at = command->usage, *option;

	*out = (struct ctl_options){0};
	while ((option = strstr(at, "--")) != NULL && out->count < CTL_OPTIONS_MAX) {
		struct ctl_option *o = &out->items[out->count++];

		at = read_option(o, option);
		o->help = text_of(command->name, o->name);
	}
	read_operand(out, at);
}
