/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "broker.h"
#include "style.h"
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <suoyin/admin.h>
#include <suoyin/log.h>

#define ADMINS_MAX 64

static const struct {
	const char *name;
	enum style style;
} words[] = {
    [FINDING_OK] = {"ok", STYLE_GOOD},
    [FINDING_WARN] = {"warn", STYLE_WARN},
    [FINDING_WRONG] = {"wrong", STYLE_BAD},
    [FINDING_SKIPPED] = {"skipped", STYLE_PLAIN},
};

void
check_add(struct check *c, enum finding finding, const char *what, const char *advice,
    const char *fmt, ...)
{
	char found[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	/* libpq ends its messages with a line feed */
	while (found[0] != '\0' && found[strlen(found) - 1] == '\n')
		found[strlen(found) - 1] = '\0';
	(void)json_array_append_new(
	    c->findings, json_pack("{s:s, s:s, s:s, s:s?}", "check", what, "state",
			     words[finding].name, "found", found, "advice", advice));
}

struct options {
	const char *group, *admins[ADMINS_MAX];
	size_t admin_count;
	int64_t timeout_ms;
	bool json, kafka;
};

static int
parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
	    {"admin", required_argument, NULL, 'a'},
	    {"group", required_argument, NULL, 'g'},
	    {"json", no_argument, NULL, 'j'},
	    {"timeout", required_argument, NULL, 't'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'a' && o->admin_count == ADMINS_MAX)
			return ctl_usage("at most %d --admin", ADMINS_MAX);
		if (c == 'a')
			o->admins[o->admin_count++] = optarg;
		else if (c == 'g')
			o->group = optarg;
		else if (c == 'j')
			o->json = true;
		else if (c == 't' &&
			 (config_parse_duration(span_of(optarg), &o->timeout_ms) == -1 ||
			     o->timeout_ms < 100 || o->timeout_ms > 60000))
			return ctl_usage("--timeout wants a duration from 100ms to 60s");
		else if (c == '?')
			return EXIT_USAGE;
	}
	return optind < argc ? ctl_usage("check takes no %s", argv[optind]) : 0;
}

static void
check_admin(struct check *c, const char *address)
{
	struct err live = {0}, ready = {0};
	char what[300];

	(void)snprintf(what, sizeof(what), "admin %s", address);
	if (admin_healthcheck(address, "/livez", &live) == -1)
		check_add(c, FINDING_WRONG, what,
		    "Is the program running, with admin.listen at this address?", "%s", live.text);
	else if (admin_healthcheck(address, "/readyz", &ready) == -1)
		check_add(c, FINDING_WRONG, what, "It runs and waits for what is named here.", "%s",
		    ready.text);
	else
		check_add(c, FINDING_OK, what, NULL, "alive and ready");
}

static long
print(const struct check *c, bool json)
{
	long wrong = 0, warn = 0;
	json_t *finding;
	size_t i;

	if (json) {
		(void)json_dumpf(c->findings, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_array_foreach(c->findings, i, finding)
	{
		const char *state = json_text(finding, "state"),
			   *advice = json_text(finding, "advice");
		enum finding is = FINDING_OK;

		while (strcmp(words[is].name, state) != 0)
			is++;
		wrong += is == FINDING_WRONG;
		warn += is == FINDING_WARN;
		if (json)
			continue;
		style_print(stdout, words[is].style, 8, state);
		(void)printf("%-22s ", json_text(finding, "check"));
		style_print_foreign(stdout, json_text(finding, "found"), 1000);
		(void)printf("\n%s%s%s", advice[0] == '\0' ? "" : "        -> ", advice,
		    advice[0] == '\0' ? "" : "\n");
	}
	if (!json)
		(void)printf("\n%zu checks, %ld wrong, %ld to look at\n",
		    json_array_size(c->findings), wrong, warn);
	return wrong;
}

static int
run(const struct options *o, const struct config_common *common, struct err *err)
{
	struct check c = {.findings = json_array(),
	    .group = o->group,
	    .common = common,
	    .timeout_ms = (int)o->timeout_ms};
	struct pg *pg = pg_new(common->database_url, "suoyinctl", err);
	long wrong;
	int fits;

	if (pg == NULL) {
		json_decref(c.findings);
		return -1;
	}
	fits = check_database(&c, pg);
	if (o->kafka)
		check_kafka(&c, fits == 0 ? pg : NULL);
	else
		check_add(&c, FINDING_SKIPPED, "kafka", "--kafka.bootstrap.servers HOST:PORT",
		    "no broker was given");
	for (size_t i = 0; i < o->admin_count; i++)
		check_admin(&c, o->admins[i]);
	if (o->admin_count == 0)
		check_add(&c, FINDING_SKIPPED, "admin",
		    "--admin HOST:PORT, as admin.listen of each program", "no program was given");
	wrong = print(&c, o->json);
	json_decref(c.findings);
	pg_free(pg);
	return wrong > 0 ? 1 : 0;
}

int
cmd_check(int argc, char **argv)
{
	struct config_common common = {0};
	struct options o = {.group = "suoyin-worker", .timeout_ms = 5000};
	struct err err = {0};
	int rc = ctl_broker_if_given(&argc, argv, &common, &o.kafka);

	if (rc == 0)
		rc = parse(&o, argc, argv);
	if (rc == 0) {
		log_setup("suoyinctl", LEVEL_ERROR, FORMAT_LOGFMT);
		style_setup(stdout);
		if ((rc = run(&o, &common, &err)) != 0)
			rc = rc == -1 ? ctl_fail(&err) : CTL_FAILED;
	}
	ctl_broker_end(&common);
	return rc;
}
