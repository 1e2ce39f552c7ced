/* SPDX-License-Identifier: MIT */
/* The manual page, for man(7) macros. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <suoyin/cli.h>

/* Text as running text: white space is one blank, nothing in it is a request. */
static void
text(const char *s, FILE *out)
{
	bool blank = false;

	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\n') {
			blank = true;
			continue;
		}
		if (blank)
			(void)fputc(' ', out);
		blank = false;
		if (*s == '\\')
			(void)fputs("\\e", out);
		else if (*s == '-')
			(void)fputs("\\-", out);
		else if (*s == '\'')
			(void)fputs("\\(aq", out);
		else if (*s == '.')
			(void)fputs("\\&.", out);
		else
			(void)fputc(*s, out);
	}
}

static void
upper(const char *s, FILE *out)
{
	for (; *s != '\0'; s++)
		(void)fputc(toupper((unsigned char)*s), out);
}

/* Paragraphs are parted by an empty line. */
static void
paragraphs(const char *s, FILE *out)
{
	while (s != NULL && *s != '\0') {
		const char *end = strstr(s, "\n\n");
		char one[4096];
		size_t n = end != NULL ? (size_t)(end - s) : strlen(s);

		if (n >= sizeof(one))
			n = sizeof(one) - 1;
		memcpy(one, s, n);
		one[n] = '\0';
		text(one, out);
		(void)fputc('\n', out);
		s = end != NULL ? end + 2 : NULL;
		if (s != NULL)
			(void)fputs(".PP\n", out);
	}
}

static void
option(const struct cli_option *o, FILE *out)
{
	(void)fputs(".TP\n\\fB\\-\\-", out);
	text(o->name, out);
	(void)fputs("\\fR", out);
	if (o->value != NULL) {
		(void)fputs(" \\fI", out);
		text(o->value, out);
		(void)fputs("\\fR", out);
	}
	(void)fputc('\n', out);
	text(o->help != NULL ? o->help : "", out);
	(void)fputc('\n', out);
}

/* Program, name and what follows, its first line hung. */
static void
synopsis(const char *program, const struct cli_command *c, FILE *out)
{
	(void)fputs(".TP\n.B ", out);
	text(program, out);
	if (c->name[0] != '\0') {
		(void)fputc(' ', out);
		text(c->name, out);
	}
	(void)fputc('\n', out);
	text(c->usage, out);
	(void)fputs("\n", out);
}

static void
command(const struct cli *cli, const struct cli_command *c, FILE *out)
{
	if (c->name[0] != '\0') {
		(void)fputs(".SS ", out);
		text(cli->program, out);
		(void)fputc(' ', out);
		text(c->name, out);
		(void)fputc('\n', out);
		(void)fputs("Usage: ", out);
		text(c->usage, out);
		(void)fputs("\n.PP\n", out);
		(void)fputc(toupper((unsigned char)c->summary[0]), out);
		text(c->summary + (c->summary[0] != '\0'), out);
		(void)fputs("\\&.\n", out);
		if (c->help != NULL)
			(void)fputs(".PP\n", out);
	}
	paragraphs(c->help, out);
	for (size_t i = 0; i < c->count; i++)
		option(&c->options[i], out);
}

static void
pairs(const char *heading, const struct cli_pair *p, FILE *out)
{
	if (p == NULL || p->name == NULL)
		return;
	(void)fprintf(out, ".SH %s\n", heading);
	for (; p->name != NULL; p++) {
		(void)fputs(".TP\n.B ", out);
		text(p->name, out);
		(void)fputc('\n', out);
		text(p->help, out);
		(void)fputc('\n', out);
	}
}

void
cli_print_man(const struct cli *cli, FILE *out)
{
	bool one = cli->count == 1 && cli->commands[0].name[0] == '\0';

	(void)fputs(".\\\" Made from the program's own tables.\n.TH ", out);
	upper(cli->program, out);
	(void)fprintf(out, " %s \"\" \"suoyin %s\" \"suoyin\"\n.nh\n.ad l\n.SH NAME\n",
	    cli->section, SUOYIN_VERSION);
	text(cli->program, out);
	(void)fputs(" \\- ", out);
	text(cli->purpose, out);
	(void)fputs("\n.SH SYNOPSIS\n", out);
	if (one) {
		synopsis(cli->program, &cli->commands[0], out);
	} else {
		(void)fputs(".B ", out);
		text(cli->program, out);
		(void)fputs("\n.I COMMAND\n[\\fIOPTION\\fR ...] [\\fIOPERAND\\fR ...]\n", out);
	}
	(void)fputs(".SH DESCRIPTION\n", out);
	paragraphs(cli->about, out);
	(void)fprintf(out, ".SH %s\n", one ? "OPTIONS" : "COMMANDS");
	for (size_t i = 0; i < cli->count; i++)
		command(cli, &cli->commands[i], out);
	pairs("ENVIRONMENT", cli->environment, out);
	pairs("FILES", cli->files, out);
	pairs("EXIT STATUS", cli->codes, out);
	(void)fputs(".SH SEE ALSO\n", out);
	text(cli->see_also, out);
	(void)fputc('\n', out);
}
