/* SPDX-License-Identifier: MIT */
/* suoyinctl robots: what a robots.txt says to an agent about an address. */
#include "ctl.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/robots.h>

#define MEMORY_MAX ((size_t)256 << 20)

static int
read_file(struct buf *out, const char *path, struct err *err)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char chunk[16384];
	size_t n;
	int rc = 0;

	if (in == NULL)
		return err_set(err, ERR_FATAL, "file", "%s: %s", path, strerror(errno));
	/* one byte more than is read of it, so that a cut line is known as one */
	while (out->n <= ROBOTS_BYTES_MAX && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		if (buf_add(out, chunk, n) == -1)
			break;
	if (ferror(in))
		rc = err_set(err, ERR_FATAL, "file", "%s: cannot be read", path);
	if (in != stdin)
		(void)fclose(in);
	return rc;
}

/* Control bytes would reach the terminal. */
static void
print_line(const struct robots_rule *rule)
{
	(void)printf("%s line %u: ", rule->allow ? "allowed" : "disallowed", rule->line);
	for (size_t i = 0; i < rule->text.n; i++)
		(void)putchar((unsigned char)rule->text.p[i] < ' ' || rule->text.p[i] == 0x7F ? '?' : rule->text.p[i]);
	(void)putchar('\n');
}

static int
judge(struct span text, const char *agent, const char *url, struct err *err)
{
	const struct robots_rule *rule = NULL;
	struct arena a;
	struct robots r;
	struct span path;
	bool failed = true;
	int rc = 0;

	arena_init(&a, MEMORY_MAX);
	if (strcmp(agent, "*") == 0)
		agent = "";
	if (robots_parse(&r, &a, text, span_of(agent)) == 0 && (path = robots_path(&a, span_of(url))).p != NULL)
		rule = robots_decide(&r, path, &failed);
	if (failed) {
		rc = err_set(err, ERR_FATAL, "memory", "robots: out of memory");
	} else if (rule == NULL) {
		(void)printf("allowed no rule matches\n");
	} else {
		print_line(rule);
		rc = rule->allow ? 0 : 1;
	}
	arena_fini(&a);
	return rc;
}

int
cmd_robots(int argc, char **argv)
{
	static const struct option options[] = {{"agent", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
	const char *agent = "";
	struct err err = {0};
	struct buf text;
	int c, rc;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'a')
			return ctl_usage("wrong option");
		agent = optarg;
	}
	if (argc - optind != 2)
		return ctl_usage("robots takes FILE and URL");
	buf_init(&text, ROBOTS_BYTES_MAX + 65536);
	(void)buf_add_str(&text, "");
	rc = read_file(&text, argv[optind], &err);
	if (rc == 0)
		rc = judge(buf_span(&text), agent, argv[optind + 1], &err);
	buf_fini(&text);
	if (rc != -1)
		return rc;
	(void)ctl_fail(&err);
	return EXIT_USAGE; /* 1 says "disallowed" */
}
