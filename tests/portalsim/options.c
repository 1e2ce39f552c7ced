/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_PORTALS = 256,
	OPT_REPORTS,
	OPT_SEED,
	OPT_PORT,
	OPT_PUBLISH_EVERY,
	OPT_LATE,
	OPT_JOURNAL,
	OPT_PORTALS_FILE,
	OPT_REQUESTS,
	OPT_SCENARIO,
	OPT_DELAY,
	OPT_REVISIT,
	OPT_EVERY,
	OPT_SERVE,
	OPT_SERVE_ID,
	OPT_MISBEHAVE,
	OPT_LISTS,
	OPT_SCRIPT,
	OPT_DNS,
	OPT_DNS_PORT,
	OPT_HELP,
};

static const struct option names[] = {
    {"portals", required_argument, NULL, OPT_PORTALS},
    {"reports", required_argument, NULL, OPT_REPORTS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"listen-port", required_argument, NULL, OPT_PORT},
    {"publish-every", required_argument, NULL, OPT_PUBLISH_EVERY},
    {"late", required_argument, NULL, OPT_LATE},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"portals-file", required_argument, NULL, OPT_PORTALS_FILE},
    {"requests", required_argument, NULL, OPT_REQUESTS},
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"delay", required_argument, NULL, OPT_DELAY},
    {"revisit", required_argument, NULL, OPT_REVISIT},
    {"every", required_argument, NULL, OPT_EVERY},
    {"serve", required_argument, NULL, OPT_SERVE},
    {"serve-id", required_argument, NULL, OPT_SERVE_ID},
    {"misbehave", no_argument, NULL, OPT_MISBEHAVE},
    {"lists", required_argument, NULL, OPT_LISTS},
    {"script", required_argument, NULL, OPT_SCRIPT},
    {"dns", required_argument, NULL, OPT_DNS},
    {"dns-port", required_argument, NULL, OPT_DNS_PORT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

static const char help[] =
    "portalsim --journal FILE --portals-file FILE [option…]\n"
    "  --portals N --reports R --seed S    what is played (4, 40, 1)\n"
    "  --listen-port P                     0 chooses one (0)\n"
    "  --scenario demo|quiet|polite        quiet: all reports are there, nothing happens (demo)\n"
    "                                      polite: quiet, with names, robots.txt and busy answers\n"
    "  --dns-port P [--dns FILE]           answer DNS, on 127.0.0.1; FILE has more names\n"
    "  --publish-every MS --late N         reports that come after the start\n"
    "  --requests FILE                     log of requests\n"
    "  --delay D --revisit D --every D     durations for the portals file (50ms 2s 1s)\n"
    "  --lists plain|all                   all: every way to serve a list, one a portal (plain)\n"
    "  --serve DIR [--serve-id ID]         play the files of a folder instead\n"
    "  --script FILE                       do what is appended to it\n"
    "  --misbehave                         one more portal, sim-bad, with bad pages\n";

static int
number(const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < low || n > high) {
		(void)fprintf(stderr, "portalsim: --%s: \"%s\" is not a number from %llu to %llu\n",
		    name, text, (unsigned long long)low, (unsigned long long)high);
		return -1;
	}
	*out = n;
	return 0;
}

static int
small_number(const char *name, const char *text, unsigned low, unsigned high, unsigned *out)
{
	uint64_t n;

	if (number(name, text, low, high, &n) == -1)
		return -1;
	*out = (unsigned)n;
	return 0;
}

/* The grammar of docs/PORTALS.md; its bounds are suoyinctl's to hold. */
static int
duration(const char *name, const char *text, const char **out)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	if (digits == 0 ||
	    (strcmp(unit, "ms") != 0 && strcmp(unit, "s") != 0 && strcmp(unit, "m") != 0 &&
		strcmp(unit, "h") != 0 && strcmp(unit, "d") != 0)) {
		(void)fprintf(stderr, "portalsim: --%s: \"%s\" is not a duration (50ms, 2s, 1d)\n",
		    name, text);
		return -1;
	}
	*out = text;
	return 0;
}

static int
scenario(struct options *o, const char *text)
{
	o->demo = strcmp(text, "demo") == 0;
	o->polite = strcmp(text, "polite") == 0;
	if (o->polite)
		o->dns_given = true;
	if (o->demo || o->polite || strcmp(text, "quiet") == 0)
		return 0;
	(void)fprintf(stderr, "portalsim: --scenario: \"%s\" is none of demo, quiet, polite\n", text);
	return -1;
}

static int
lists_option(struct options *o, const char *text)
{
	o->all_lists = strcmp(text, "all") == 0;
	if (o->all_lists || strcmp(text, "plain") == 0)
		return 0;
	(void)fprintf(stderr, "portalsim: --lists: \"%s\" is neither plain nor all\n", text);
	return -1;
}

static int
text_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case OPT_JOURNAL:
		o->journal = value;
		return 0;
	case OPT_PORTALS_FILE:
		o->portals_file = value;
		return 0;
	case OPT_REQUESTS:
		o->requests = value;
		return 0;
	case OPT_SCENARIO:
		return scenario(o, value);
	case OPT_DELAY:
		return duration("delay", value, &o->delay);
	case OPT_REVISIT:
		return duration("revisit", value, &o->revisit);
	case OPT_EVERY:
		return duration("every", value, &o->every);
	case OPT_SERVE:
		o->serve = value;
		return 0;
	case OPT_SERVE_ID:
		o->serve_id = value;
		return 0;
	case OPT_LISTS:
		return lists_option(o, value);
	case OPT_SCRIPT:
		o->script = value;
		return 0;
	case OPT_DNS:
		o->dns_given = true;
		o->dns = value;
		return 0;
	case OPT_MISBEHAVE:
		o->misbehave = true;
		return 0;
	default:
		return -1; /* getopt has said why */
	}
}

static int
one_option(struct options *o, int option, const char *value)
{
	switch (option) {
	case OPT_PORTALS:
		return small_number("portals", value, 1, 1000, &o->portals);
	case OPT_REPORTS:
		return small_number("reports", value, 1, 1000000, &o->reports);
	case OPT_SEED:
		return number("seed", value, 0, UINT64_MAX, &o->seed);
	case OPT_PORT:
		return small_number("listen-port", value, 0, 65535, &o->port);
	case OPT_PUBLISH_EVERY:
		return small_number("publish-every", value, 1, 86400000, &o->publish_every);
	case OPT_DNS_PORT:
		o->dns_given = true;
		return small_number("dns-port", value, 0, 65535, &o->dns_port);
	case OPT_LATE:
		o->late_given = true;
		return small_number("late", value, 0, 1000000, &o->late);
	default:
		return text_option(o, option, value);
	}
}

static bool
id_is_good(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_");

	return n > 0 && n < 64 && id[n] == '\0';
}

static int
whole(const struct options *o)
{
	if (o->journal == NULL || o->portals_file == NULL) {
		(void)fputs(
		    "portalsim: --journal and --portals-file are needed (--help)\n", stderr);
		return -1;
	}
	if (!id_is_good(o->serve_id)) {
		(void)fprintf(
		    stderr, "portalsim: --serve-id: \"%s\" is not a portal id\n", o->serve_id);
		return -1;
	}
	if (o->serve == NULL && o->reports < o->portals + (o->demo ? 4 : 0)) {
		(void)fputs(
		    "portalsim: --reports: each portal needs one, a demo four more\n", stderr);
		return -1;
	}
	if (o->late_given && o->serve == NULL && o->late > o->reports - o->portals) {
		(void)fputs(
		    "portalsim: --late: each portal keeps one report from the start\n", stderr);
		return -1;
	}
	return 0;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){.portals = 4,
	    .reports = 40,
	    .seed = 1,
	    .publish_every = 1000,
	    .demo = true,
	    .delay = "50ms",
	    .revisit = "2s",
	    .every = "1s",
	    .serve_id = "sim-serve"};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == OPT_HELP) {
			(void)fputs(help, stdout);
			return 1;
		}
		if (one_option(o, option, optarg) == -1)
			return -1;
	}
	if (optind < argc) {
		(void)fprintf(stderr, "portalsim: what is \"%s\"?\n", argv[optind]);
		return -1;
	}
	return whole(o);
}
