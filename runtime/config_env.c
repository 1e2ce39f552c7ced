/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <ctype.h>
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <unistd.h>

#define PREFIX "SUOYIN_"
#define KAFKA_PREFIX "SUOYIN_KAFKA_"
#define PAIRS_MAX 500

void
config_env_name(const char *name, char *out)
{
	size_t n = 0;

	(void)snprintf(out, 128, "%s%s", PREFIX, name);
	for (n = strlen(PREFIX); out[n] != '\0'; n++)
		out[n] = out[n] == '.' ? '_' : (char)toupper((unsigned char)out[n]);
}

/* A secret from the file a variable names, without its last line end. -1: reason. */
static int
read_secret(const char *path, struct buf *out, char reason[128])
{
	if (config_slurp(path, CONFIG_SECRET_MAX, out, reason) == -1)
		return -1;
	if (out->n > 0 && out->p[out->n - 1] == '\n')
		out->p[--out->n] = '\0';
	if (out->n > 0 && out->p[out->n - 1] == '\r')
		out->p[--out->n] = '\0';
	if (out->n > 0 && memchr(out->p, '\0', out->n) != NULL) {
		(void)snprintf(reason, 128, "holds a NUL character");
		return -1;
	}
	return 0;
}

/* The value of variable `env` or of the file that `env`_FILE names, into out. False: neither is
 * given, or an error was added. An empty variable counts as none: compose files write those. */
static bool
value_of(struct config_run *run, const char *env, const char *key, struct buf *out)
{
	const char *value = getenv(env), *path;
	char file[140], reason[128];

	(void)snprintf(file, sizeof(file), "%s_FILE", env);
	path = getenv(file);
	value = value == NULL || value[0] == '\0' ? NULL : value;
	path = path == NULL || path[0] == '\0' ? NULL : path;
	buf_init(out, CONFIG_SECRET_MAX);
	if (value != NULL && path != NULL) {
		config_errors_add(
		    run->errors, file, 0, 0, key, "give one of them", "%s is set too", env);
		return false;
	}
	if (path != NULL && read_secret(path, out, reason) == -1) {
		config_errors_add(run->errors, file, 0, 0, key, NULL, "%s %s", path, reason);
		return false;
	}
	if (value != NULL && buf_add_str(out, value) == -1) {
		config_errors_add(run->errors, env, 0, 0, key, NULL, "is too long");
		return false;
	}
	return value != NULL || path != NULL;
}

static void
load_setting(struct config_run *run, size_t index)
{
	const char *name = run->table.items[index]->name;
	char env[128];
	struct config_place at = {env, 0, 0};
	struct buf value;
	struct span text;

	config_env_name(name, env);
	if (value_of(run, env, name, &value)) {
		text = buf_span(&value);
		config_value_set(run, index, &(struct config_value){&text, 1, false}, &at);
	}
	buf_fini(&value);
}

static bool
is_setting(const struct config_table *table, const char *env)
{
	char other[128];

	for (size_t i = 0; i < table->count; i++) {
		config_env_name(table->items[i]->name, other);
		if (strcmp(env, other) == 0)
			return true;
	}
	return false;
}

/* SUOYIN_KAFKA_SASL_PASSWORD[_FILE] is kafka.sasl.password: librdkafka's names have no '_'. */
static void
load_kafka(struct config_run *run, const char *entry)
{
	struct span env = span_cut(span_of(entry), 0, strcspn(entry, "="));
	char text[128], name[128];
	struct config_place at = {text, 0, 0};
	struct buf value;

	if (span_ends(env, SPAN("_FILE")))
		env = span_cut(env, 0, env.n - strlen("_FILE"));
	if (env.n >= sizeof(text) || env.n <= strlen(KAFKA_PREFIX))
		return;
	(void)snprintf(text, sizeof(text), "%.*s", (int)env.n, env.p);
	if (is_setting(&run->table, text))
		return;
	(void)snprintf(name, sizeof(name), "%s", text + strlen(PREFIX));
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '_' ? '.' : (char)tolower((unsigned char)*c);
	if (value_of(run, text, name, &value))
		config_pairs_set(run, span_of(name + strlen("kafka.")), buf_span(&value), &at);
	buf_fini(&value);
}

void
config_env_load(struct config_run *run)
{
	for (size_t i = 0; i < run->table.count; i++)
		load_setting(run, i);
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
		if (strncmp(*entry, KAFKA_PREFIX, strlen(KAFKA_PREFIX)) == 0)
			load_kafka(run, *entry);
}

/* librdkafka knows whether it has such a property; its values are its own affair until it is
 * asked. What it says about a wrong one is for the operator and names no secret. */
static int
check_pair(struct config_run *run, const struct config_pair *pair, const struct config_place *at)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256] = "", key[160];
	rd_kafka_conf_res_t res =
	    rd_kafka_conf_set(conf, pair->name, pair->value, why, sizeof(why));

	rd_kafka_conf_destroy(conf);
	if (res == RD_KAFKA_CONF_OK)
		return 0;
	(void)snprintf(key, sizeof(key), "kafka.%s", pair->name);
	config_errors_add(run->errors, at->file, at->line, at->column, key,
	    res == RD_KAFKA_CONF_UNKNOWN ? "see librdkafka's CONFIGURATION.md" : NULL, "%s", why);
	return -1;
}

void
config_pairs_set(
    struct config_run *run, struct span name, struct span value, const struct config_place *at)
{
	struct config_pairs *pairs = &((struct config_common *)run->out)->kafka;
	struct config_pair pair = {config_dup(name), config_dup(value)};

	if (check_pair(run, &pair, at) == 0) {
		for (size_t i = 0; i < pairs->count; i++)
			if (strcmp(pairs->items[i].name, pair.name) == 0) {
				free(pair.name);
				free(pairs->items[i].value);
				pairs->items[i].value = pair.value;
				return;
			}
		if (pairs->count < PAIRS_MAX) {
			pairs->items = config_must(
			    realloc(pairs->items, (pairs->count + 1) * sizeof(*pairs->items)));
			pairs->items[pairs->count++] = pair;
			return;
		}
	}
	free(pair.name);
	free(pair.value);
}
