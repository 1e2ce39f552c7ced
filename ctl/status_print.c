/* SPDX-License-Identifier: MIT */
#include "status.h"
#include "style.h"
#include <string.h>

#define TROUBLED_SHOWN 6
#define WORKERS_SHOWN 6
#define LABEL 10
#define TITLE_COLUMNS 50

static void
label(FILE *to, const char *text)
{
	style_print(to, STYLE_HEAD, LABEL, text);
}

static enum style
style_of(const char *state)
{
	if (strcmp(state, "ok") == 0)
		return STYLE_GOOD;
	return strcmp(state, "paused") == 0 || strcmp(state, "inactive") == 0 ||
		       strcmp(state, "slow") == 0
		   ? STYLE_WARN
		   : STYLE_BAD;
}

static const char *
age(const json_t *object, const char *key, char out[32])
{
	const json_t *seconds = json_object_get(object, key);

	return json_is_integer(seconds) ? style_age((double)json_integer_value(seconds), out)
					: NULL;
}

static void
print_portals(const json_t *portals, FILE *to)
{
	const char *state, *before = ": ";
	char since[32];
	json_t *n, *one;
	size_t i;

	label(to, "PORTALS");
	(void)fprintf(to, "%lld", json_count(portals, "total"));
	json_object_foreach(json_object_get(portals, "states"), state, n)
	{
		char text[96];

		(void)fputs(before, to);
		before = ", ";
		(void)snprintf(
		    text, sizeof(text), "%lld %s", (long long)json_integer_value(n), state);
		style_print(to, style_of(state), 0, text);
	}
	(void)fputc('\n', to);
	json_array_foreach(json_object_get(portals, "troubled"), i, one)
	{
		if (i == TROUBLED_SHOWN) {
			(void)fprintf(to, "%*s… and %zu more: suoyinctl portal state ID\n", LABEL,
			    "", json_array_size(json_object_get(portals, "troubled")) - i);
			break;
		}
		(void)fprintf(to, "%*s%-24s ", LABEL, "", json_text(one, "id"));
		style_print(to, style_of(json_text(one, "state")), 17, json_text(one, "state"));
		(void)fprintf(to, " for %-7s ", age(one, "since_age_s", since));
		style_print_foreign(to, json_text(one, "url"), TITLE_COLUMNS);
		(void)fputc('\n', to);
	}
}

static void
print_urls(const json_t *status, FILE *to)
{
	const json_t *urls = json_object_get(status, "urls"),
		     *crawlers = json_object_get(status, "crawlers");
	char text[32];
	json_t *one;
	size_t i;

	label(to, "PAGES");
	(void)fprintf(to,
	    "%lld known: %lld published, %lld waiting, %lld refused, %lld failing; %lld due now\n",
	    json_count(urls, "pages"), json_count(urls, "published"), json_count(urls, "waiting"),
	    json_count(urls, "refused"), json_count(urls, "failing"), json_count(urls, "due"));
	label(to, "CRAWLERS");
	if (json_array_size(crawlers) == 0)
		(void)fputs("none is visiting a page just now", to);
	json_array_foreach((json_t *)crawlers, i, one)(void) fprintf(to, "%s%s: %lld visits",
	    i > 0 ? ", " : "", json_text(one, "owner"), json_count(one, "visits"));
	if (age(urls, "last_visit_age_s", text) != NULL)
		(void)fprintf(to, "; last answer %s ago", text);
	(void)fputc('\n', to);
}

static void
print_topic(const json_t *topic, FILE *to)
{
	const char *error = json_text(topic, "error");
	long long behind = json_count(topic, "behind");
	char text[32], count[64];

	label(to, "TOPIC");
	(void)fprintf(to, "%s: ", json_text(topic, "name"));
	if (json_object_get(topic, "partitions") == NULL) {
		style_print(
		    to, strncmp(error, "not asked", 9) == 0 ? STYLE_PLAIN : STYLE_BAD, 0, error);
		(void)fputc('\n', to);
		return;
	}
	(void)snprintf(count, sizeof(count), "%lld messages behind", behind);
	(void)fprintf(to, "%lld partitions, ", json_count(topic, "partitions"));
	style_print(to, behind == 0 ? STYLE_GOOD : STYLE_WARN, 0, count);
	if (behind > 0)
		(void)fprintf(to, ", the oldest has waited %s", age(topic, "oldest_age_s", text));
	(void)fprintf(to, "; group %s: ", json_text(topic, "group"));
	(void)snprintf(count, sizeof(count), "%zu members",
	    json_array_size(json_object_get(topic, "members")));
	style_print(to,
	    json_array_size(json_object_get(topic, "members")) > 0 ? STYLE_GOOD : STYLE_BAD, 0,
	    count);
	(void)fprintf(to, " (%s)\n", json_text(topic, "group_state"));
}

static void
print_workers(const json_t *workers, FILE *to)
{
	char text[32];
	json_t *one;
	size_t i;

	if (json_array_size(workers) == 0) {
		label(to, "WORKERS");
		style_print(to, STYLE_BAD, 0, "none has stored anything yet");
		(void)fputc('\n', to);
	}
	json_array_foreach((json_t *)workers, i, one)
	{
		if (i == WORKERS_SHOWN) {
			(void)fprintf(
			    to, "%*s… and %zu more\n", LABEL, "", json_array_size(workers) - i);
			break;
		}
		label(to, i == 0 ? "WORKERS" : "");
		(void)fprintf(to, "%-32s %3lld partitions, last batch %s ago\n",
		    json_text(one, "owner"), json_count(one, "partitions"),
		    age(one, "last_batch_age_s", text));
	}
}

static void
print_reports(const json_t *reports, FILE *to)
{
	char text[32];
	json_t *one;
	size_t i;

	label(to, "REPORTS");
	(void)fprintf(to, "%lld; in 24 h %lld new, %lld changed; %lld in conflict\n",
	    json_count(reports, "total"), json_count(reports, "new_24h"),
	    json_count(reports, "changed_24h"), json_count(reports, "conflicts"));
	json_array_foreach(json_object_get(reports, "latest"), i, one)
	{
		(void)fprintf(to, "%*s%6s ago  %-20s ", LABEL, "", age(one, "age_s", text),
		    json_text(one, "portal"));
		style_print_foreign(to, json_text(one, "title"), TITLE_COLUMNS);
		(void)fputc('\n', to);
	}
}

static void
print_dead(const json_t *status, FILE *to)
{
	const json_t *dead = json_object_get(status, "dead_letters"),
		     *outbox = json_object_get(status, "outbox");
	long long open = json_count(dead, "open");
	char text[32], count[48];
	const char *reason;
	json_t *n;

	label(to, "DEAD");
	(void)snprintf(count, sizeof(count), "%lld open", open);
	style_print(to, open == 0 ? STYLE_GOOD : STYLE_BAD, 0, count);
	json_object_foreach(json_object_get(dead, "reasons"), reason, n)(void)
	    fprintf(to, ", %s %lld", reason, (long long)json_integer_value(n));
	if (open > 0)
		(void)fprintf(
		    to, "; newest %s ago: suoyinctl dlq list", age(dead, "newest_age_s", text));
	(void)fputc('\n', to);
	label(to, "OUTBOX");
	(void)fprintf(to, "%lld waiting", json_count(outbox, "waiting"));
	if (age(outbox, "oldest_age_s", text) != NULL)
		(void)fprintf(to, ", the oldest for %s", text);
	(void)fputc('\n', to);
}

void
status_print(const json_t *status, FILE *to)
{
	const json_t *database = json_object_get(status, "database");

	(void)fprintf(to, "suoyin %s, database %s as %s, schema %lld, %s\n\n",
	    json_text(status, "version"), json_text(database, "name"), json_text(database, "role"),
	    json_count(database, "schema"), json_text(database, "now"));
	print_portals(json_object_get(status, "portals"), to);
	print_urls(status, to);
	print_topic(json_object_get(status, "topic"), to);
	print_workers(json_object_get(status, "workers"), to);
	print_dead(status, to);
	print_reports(json_object_get(status, "reports"), to);
}
