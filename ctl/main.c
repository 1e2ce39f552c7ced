/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/extract_child.h>
#include <suoyin/list_child.h>

#define CTL_DATABASE_USAGE "[--database-url URL]"
#define CTL_KAFKA_USAGE "[--config FILE] [--topic NAME] [--kafka.NAME VALUE]\n       " CTL_DATABASE_USAGE
#define CTL_KAFKA_HELP \
	"Kafka is given as to the daemons: --kafka.bootstrap.servers=HOST:PORT, SUOYIN_KAFKA_..., --config FILE."
#define DLQ_USAGE "[--portal ID] [--reason WORD] [--url URL] [--since TIME] [--unresolved|--all] [--limit N]\n       "
#define DLQ_HELP "Letters that are settled are left out unless they are named or --all is given."

/* The usage text is where it stands which options a command takes (options.c says what they mean). */
const struct ctl_command ctl_commands[] = {
    {"migrate up", "[--database-url URL]", "bring the database to this version's schema",
	"Applies each migration that is missing, in its own transaction, one migrator at a time,\n"
	"and grants the roles of sql/roles.sql (where they exist) their rights. Does nothing when\n"
	"nothing is missing. A migration that was changed after it was applied is an error.",
	cmd_migrate_up},
    {"migrate status", "[--json] [--database-url URL]", "which migrations are applied",
	"Exit 0 when the database has all of them, 1 when not.", cmd_migrate_status},
    {"portal sync", "[--database-url URL] FILE...",
	"make the portals of FILEs the portals of the database",
	"All files are checked first; one error anywhere changes nothing (exit 78). Then, in one\n"
	"transaction: new and changed portals get a version, unchanged ones keep theirs, portals\n"
	"in none of the files become inactive. Crawlers and workers notice within seconds.",
	cmd_portal_sync},
    {"portal list", "[--json] [--database-url URL]",
	"portals, their reports and URLs, and what was refused", NULL, cmd_portal_list},
    {"portal test",
	"[--pages N] [--list URL] [--record DIR|--replay DIR] [--against FILE] [--json]\n"
	"         [--allow-networks CIDR,...] [--user-agent NAME] FILE[:ID]",
	"what a portal file finds, without side effects",
	"Reads the first pages of each list (2) and one report, as crawler and worker would, and\n"
	"prints rows, what patterns leave out, the next page, and fields. --record keeps the bytes,\n"
	"--replay reads them again without the network and tells which rows are more or fewer than\n"
	"when they were recorded. --against tells that of another file over the same pages.\n"
	"Exit 0 when every list gave rows and the report could be read, 1 when not.",
	cmd_portal_test},
    {"portal pause", "[--database-url URL] ID", "let a portal alone",
	"Crawlers ask it nothing more, within seconds; what is on its way ends. Nothing is lost.",
	cmd_portal_pause},
    {"portal resume", "[--database-url URL] ID", "visit a paused portal again", NULL,
	cmd_portal_resume},
    {"portal state", "[--json] [--database-url URL] ID", "how a portal fares, list by list",
	"States, with the visit that decided as evidence; when each list was and will be visited, and\n"
	"how much news it has. docs/OPERATIONS.md explains the states.",
	cmd_portal_state},
    {"explain", "[--json] [--database-url URL] URL", "why a URL is (not) fetched, and when next",
	"For each portal that knows the URL: the reason first, then the next visit, lease, failures,\n"
	"refusal, and the list that named it. Exit 1 when nobody knows it.",
	cmd_explain},
    {"validate", "FILE...", "check portal files",
	"Lists all errors as FILE:LINE:COLUMN: KEY: reason (suggestion); exit 0 or 78. The\n"
	"configuration of a program is checked by the program: suoyin-worker --config FILE "
	"--check.",
	cmd_validate},
    {"extract", "[--url U] [--content-type T] [--portal FILE:ID] [--explain] FILE",
	"what the worker makes of a page, as JSON",
	"--explain says on standard error, for each field, which values came into question, in the\n"
	"order of the rules, which one won (>), and why the others lost. docs/EXTRACTION.md has the\n"
	"rules.",
	cmd_extract},
    {"normalize", "index-number|document-number|date [FILE]",
	"normal forms of values, one a line",
	"Reads one value a line (standard input by default) and prints a JSON line for each:\n"
	"raw, normalized, class, flags; for a date raw, date (to the precision printed, local\n"
	"time of China), precision, flags.",
	cmd_normalize},
    {"page show",
	"[--revision N] [--portal ID] [--headers] [--output FILE] [--force] [--timeout 15s]\n"
	"       " CTL_KAFKA_USAGE " REPORT|URL|TOPIC/PARTITION/OFFSET",
	"the bytes that a report, an address or a dead letter was made from",
	"Reads the message from the topic by its stored coordinates, compares its SHA-256 with the\n"
	"stored one and writes its bytes to standard output, or to FILE. REPORT is a report_id; N a\n"
	"revision_id of api.report_revision (without: what is shown now). --headers writes key and\n"
	"headers instead of the bytes. --portal chooses where several portals have the URL.\n"
	CTL_KAFKA_HELP,
	cmd_page_show},
    {"dlq list", DLQ_USAGE "[--json] " CTL_DATABASE_USAGE " [TOPIC/PARTITION/OFFSET...]",
	"messages that could not be used, and why", DLQ_HELP, cmd_dlq_list},
    {"dlq show", "[--json] " CTL_DATABASE_USAGE " TOPIC/PARTITION/OFFSET", "one of them, with all that is known",
	NULL, cmd_dlq_show},
    {"dlq export", DLQ_USAGE "[--output FILE] " CTL_KAFKA_USAGE " [TOPIC/PARTITION/OFFSET...]",
	"dead letters with their messages, a JSON line each",
	"Key, headers and value (base64) as they stand in the topic.\n" CTL_KAFKA_HELP "\n\n" DLQ_HELP, cmd_dlq_export},
    {"dlq replay",
	DLQ_USAGE "[--rate N] [--dry-run] [--note TEXT] [--json] " CTL_KAFKA_USAGE " [TOPIC/PARTITION/OFFSET...]",
	"send the original messages to their topic again",
	"Key, value and headers stay as they were; the header dlq.replay names the letter. A page that\n"
	"is stored then settles its letter; one that fails again is a letter of its own and settles\n"
	"the old one. What was done stands in core.audit.\n" CTL_KAFKA_HELP "\n\n" DLQ_HELP,
	cmd_dlq_replay},
    {"dlq resolve", DLQ_USAGE "[--dry-run] [--note TEXT] [--json] " CTL_DATABASE_USAGE " [TOPIC/PARTITION/OFFSET...]",
	"settle dead letters by hand", "What was done stands in core.audit.\n\n" DLQ_HELP, cmd_dlq_resolve},
    {"reprocess",
	"[--portal ID] [--since TIME] [--report N] [--url URL] [--extraction-below N]\n"
	"       [--outdated] [--all] [--rate 100] [--dry-run] [--no-wait] [--json]\n       " CTL_KAFKA_USAGE,
	"have the workers read stored pages again",
	"Today's extractor and the portal's current version read the bytes of every revision that the\n"
	"filters choose, and of every address that shows other bytes than its revision: fields and\n"
	"keys are brought up to date, no revision and no report event comes of it. --since is a time\n"
	"of fetching; --outdated chooses what an older extractor or another version of the portal has\n"
	"read. At most --rate pages a second (0: no limit). --dry-run only counts. Waits until the\n"
	"workers have passed all of it; a page that cannot be read again is a dead letter.\n"
	CTL_KAFKA_HELP,
	cmd_reprocess},
    {"robots", "[--agent A] FILE URL", "may A ask for URL, by this robots.txt",
	"Prints allowed or disallowed, then the line that decides. The agent is looked for by what\n"
	"stands before its first '/'; without one, or where it is empty or *, the groups of * count.\n"
	"Exit 0 allowed, 1 disallowed, 2 not decided: wrong usage, or FILE cannot be read.",
	cmd_robots},
    {"status", "[--json] [--watch 2s] [--group NAME] [--timeout 5s]\n       " CTL_KAFKA_USAGE,
	"how everything stands, on one screen",
	"Portals by health, pages, how far the workers are behind, dead letters, last reports. Without a\n"
	"broker given it tells what the database knows.", cmd_status},
    {"check", "[--json] [--admin HOST:PORT] [--group NAME] [--timeout 5s]\n       " CTL_KAFKA_USAGE,
	"try every connection and right, and say what is wrong",
	"Database, schema, roles and their rights, portals, brokers, topic, the workers' place in it, and\n"
	"the programs at --admin. Nothing is changed. Exit 0 when nothing is wrong, else 1.", cmd_check},
    {"completion", "bash|zsh|fish", "completion of a shell, as a script",
	"eval \"$(suoyinctl completion bash)\" completes at once; packages put it where the shell looks.",
	cmd_completion},
    {"manual", "", "the manual page, as roff", "suoyinctl manual | man -l -", cmd_manual},
    {0},
};

#define COMMANDS (sizeof(ctl_commands) / sizeof(ctl_commands[0]) - 1)

static void
print_help(FILE *out)
{
	(void)fprintf(
	    out, "suoyinctl: the operator's hand on suoyin\n\nusage: suoyinctl COMMAND [...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-15s %s\n", ctl_commands[i].name, ctl_commands[i].summary);
	(void)fprintf(out,
	    "\nsuoyinctl COMMAND --help tells more. The database is given by --database-url, by\n"
	    "SUOYIN_DATABASE_URL, or by the file that SUOYIN_DATABASE_URL_FILE names.\n"
	    "Exit: 0 fine, 1 failed, 2 wrong usage, 78 wrong configuration.\n");
}

/* Words of argv that `name` takes: 0 when they are not this command. */
static int
words_of(const char *name, int argc, char **argv)
{
	int words = 0;

	while (*name != '\0') {
		size_t n = strcspn(name, " ");

		if (words >= argc || strlen(argv[words]) != n || memcmp(argv[words], name, n) != 0)
			return 0;
		words++;
		name += n + (name[n] == ' ');
	}
	return words;
}

static bool
wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int
run(const struct ctl_command *command, int argc, char **argv)
{
	if (wants_help(argc - 1, argv + 1)) {
		ctl_print_help(command, stdout);
		return 0;
	}
	argv[0] = (char *)"suoyinctl";
	optind = 1;
	return command->run(argc, argv);
}

/* Whether commands begin with this word and go on. */
static bool
is_group(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(ctl_commands[i].name, word, n) == 0 && ctl_commands[i].name[n] == ' ')
			return true;
	return false;
}

/* "migrate" alone: lists the commands that begin so. False: none does. */
static bool
print_group(const char *word, FILE *out)
{
	size_t n = strlen(word);
	bool any = false;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (strncmp(ctl_commands[i].name, word, n) != 0 || ctl_commands[i].name[n] != ' ')
			continue;
		(void)fprintf(out, "%s suoyinctl %s %s\n",
		    any ? "      " : "usage:", ctl_commands[i].name, ctl_commands[i].usage);
		any = true;
	}
	return any;
}

static int
unknown(int argc, char **argv)
{
	char two[128];
	struct config_guess guess;
	bool help = wants_help(argc, argv);

	if ((argc == 1 || help) && print_group(argv[0], help ? stdout : stderr))
		return help ? 0 : EXIT_USAGE;
	(void)snprintf(two, sizeof(two), "%.60s %.60s", argv[0], argc > 1 ? argv[1] : "");
	if (argc > 1 && is_group(argv[0]))
		argv[0] = two;
	config_guess_init(&guess, two);
	for (size_t i = 0; i < COMMANDS; i++)
		config_guess_try(&guess, ctl_commands[i].name);
	if (guess.best == NULL) {
		config_guess_init(&guess, argv[0]);
		for (size_t i = 0; i < COMMANDS; i++)
			config_guess_try(&guess, ctl_commands[i].name);
	}
	if (guess.best != NULL)
		return ctl_usage("%s is no command (did you mean %s?)", argv[0], guess.best);
	return ctl_usage("%s is no command", argv[0]);
}

static int
dispatch(int argc, char **argv)
{
	if (argc == 0) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "help") == 0) {
		print_help(stdout);
		return 0;
	}
	if (strcmp(argv[0], "--version") == 0) {
		(void)printf("suoyinctl %s\n", SUOYIN_VERSION);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		int words = words_of(ctl_commands[i].name, argc, argv);

		if (words > 0)
			return run(&ctl_commands[i], argc - words + 1, argv + words - 1);
	}
	return unknown(argc, argv);
}

int
main(int argc, char **argv)
{
	const struct child_role roles[] = {list_role, extract_role};
	int rc;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if ((rc = child_main(argc, argv, roles, sizeof(roles) / sizeof(roles[0]))) != -1)
		return rc;
	rc = dispatch(argc - 1, argv + 1);
	if (fflush(stdout) != 0 && rc == 0) {
		perror("suoyinctl: standard output");
		rc = CTL_FAILED;
	}
	return rc;
}
