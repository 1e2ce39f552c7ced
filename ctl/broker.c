/* SPDX-License-Identifier: MIT */
#include "broker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/limits.h>

static const struct setting none[] = {{.name = NULL}};

/* The settings that every program has, and no others. */
static const struct config_program program = {
	.name = "suoyinctl",
	.purpose = "the operator's hand on suoyin",
	.settings = none,
	.size = sizeof(struct config_common),
};

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

struct taken {
	char **argv;
	int argc;
	char *database; /* "--database.url=…" made of --database-url */
};

/* Whether argv[i] is for config_load(); how many words it takes. */
static int
take(struct taken *t, int argc, char **argv, int i)
{
	bool database = strcmp(argv[i], "--database-url") == 0 || begins(argv[i], "--database-url=");
	bool apart = strcmp(argv[i], "--topic") == 0 || strcmp(argv[i], "--config") == 0 ||
	    (begins(argv[i], "--kafka.") && strchr(argv[i], '=') == NULL);
	const char *value = database ? strchr(argv[i], '=') : NULL;

	if (database) {
		if (value == NULL && i + 1 == argc)
			return 0; /* getopt says it */
		free(t->database);
		if (asprintf(&t->database, "--database.url=%s", value != NULL ? value + 1 : argv[i + 1]) == -1)
			t->database = NULL;
		return value != NULL ? 1 : 2;
	}
	if (!apart && !begins(argv[i], "--kafka.") && !begins(argv[i], "--topic=") && !begins(argv[i], "--config="))
		return 0;
	t->argv[t->argc++] = argv[i];
	if (!apart || i + 1 == argc)
		return 1;
	t->argv[t->argc++] = argv[i + 1];
	return 2;
}

/* A setting that must be there, also where no broker will be asked. */
static char nobody[] = "--kafka.bootstrap.servers=127.0.0.1:1";

static int
read_settings(int *argc, char **argv, struct config_common *out, bool kafka)
{
	struct taken t = {.argv = calloc((size_t)*argc + 3, sizeof(char *))};
	struct config_errors errors = {0};
	int kept = 1, code = 0, words;

	if (t.argv == NULL)
		return CTL_FAILED;
	t.argv[t.argc++] = argv[0];
	for (int i = 1; i < *argc; i += words) {
		if ((words = take(&t, *argc, argv, i)) == 0) {
			argv[kept++] = argv[i];
			words = 1;
		}
	}
	argv[kept] = NULL;
	*argc = kept;
	if (t.database != NULL)
		t.argv[t.argc++] = t.database;
	if (!kafka)
		t.argv[t.argc++] = nobody;
	(void)config_load(out, &program, t.argc, t.argv, &code, &errors);
	config_errors_print(&errors, stderr);
	config_errors_fini(&errors);
	free(t.database);
	free(t.argv);
	return code;
}

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

static bool
is_given(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (begins(argv[i], "--kafka.") || strcmp(argv[i], "--config") == 0 || begins(argv[i], "--config="))
			return true;
	return is_set("SUOYIN_KAFKA_BOOTSTRAP_SERVERS") || is_set("SUOYIN_KAFKA_METADATA_BROKER_LIST");
}

int
ctl_broker(int *argc, char **argv, struct config_common *out)
{
	return read_settings(argc, argv, out, true);
}

int
ctl_broker_if_given(int *argc, char **argv, struct config_common *out, bool *kafka)
{
	*kafka = is_given(*argc, argv);
	return read_settings(argc, argv, out, *kafka);
}

void
ctl_broker_end(struct config_common *out)
{
	config_fini(out, &program);
}
