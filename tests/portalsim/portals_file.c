/* SPDX-License-Identifier: MIT */
#include "portals_file.h"

#include "lists.h"

#include <errno.h>
#include <string.h>

static void
write_list(const struct sim *s, FILE *f, const struct portal *p, const struct column *c)
{
	bool ucap = p->dialect == DIALECT_UCAP || p->dialect == DIALECT_GKMLPT;

	(void)fprintf(f, "      - url: \"http://%s:%u%s\"\n", p->host, s->port, c->list);
	if (p->lists != LISTS_PLAIN) {
		lists_write_list(p, c, f);
		(void)fprintf(f, "        every: %s\n", s->opt.every);
		return;
	}
	(void)fprintf(f, "        rows: \"//ul[@class='%s']/li\"\n",
	    p->dialect == DIALECT_UCAP ? "list-ul" : "list");
	(void)fputs("        link: \"./a/@href\"\n", f);
	(void)fprintf(
	    f, "        title: \"%s\"\n", p->dialect == DIALECT_TRS ? "./a/@title" : "./a");
	if (s->opt.serve == NULL)
		(void)fputs("        date: \"./span\"\n", f);
	(void)fprintf(f, "        next: \"%s\"\n",
	    ucap ? "//a[@class='next']/@href" : "//div[@class='page']/a[.='下一页']/@href");
	(void)fprintf(f, "        every: %s\n", s->opt.every);
}

static void
write_portal(const struct sim *s, FILE *f, const struct portal *p)
{
	(void)fprintf(f, "  - id: %s\n    name: \"%s\"\n    home: \"http://%s:%u/\"\n", p->id,
	    p->name, p->host, s->port);
	if (s->opt.serve == NULL)
		(void)fprintf(f,
		    "    level: county\n    region: {province: \"%s\", city: \"%s\", county: \"%s\"}\n",
		    p->province, p->city, p->county);
	if (p->lists != LISTS_PLAIN)
		lists_write_portal(p, f);
	(void)fprintf(f, "    hosts: [\"%s\"]\n    delay: %s\n    revisit: %s\n    attachments: false\n    lists:\n",
	    p->host, s->opt.delay, s->opt.revisit);
	for (unsigned c = 0; c < COLUMNS; c++)
		if (p->columns[c].room > 0)
			write_list(s, f, p, &p->columns[c]);
	/* one dialect is told where its parts are; the others show what the extractor finds */
	if (s->opt.serve == NULL && p->dialect == DIALECT_JCMS)
		(void)fputs("    extract:\n      title: \"//h1[@class='title']\"\n"
			    "      body: \"//div[@id='zoom']\"\n",
		    f);
}

static int
write_all(const struct sim *s, const char *path)
{
	FILE *f = fopen(path, "we");
	bool failed;

	if (f == NULL)
		return -1;
	(void)fputs("# Written by portalsim.\nportals:\n", f);
	for (size_t i = 0; i < s->portal_count; i++)
		write_portal(s, f, &s->portals[i]);
	failed = ferror(f) != 0;
	return fclose(f) != 0 || failed ? -1 : 0;
}

int
portals_file_write(const struct sim *s)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s.new", s->opt.portals_file) < sizeof(path) &&
	    write_all(s, path) == 0 && rename(path, s->opt.portals_file) == 0)
		return 0;
	(void)fprintf(stderr, "portalsim: %s: %s\n", s->opt.portals_file, strerror(errno));
	return -1;
}
