/* SPDX-License-Identifier: MIT */
#include "compose.h"
#include "lists.h"
#include "rng.h"

#include <stdlib.h>
#include <string.h>

void
paths_column(const struct portal *portal, struct column *c, unsigned which)
{
	static const char *const names[] = {"法治政府建设", "通知公告"};
	static const char *const codes[] = {"fzzf", "tzgg"};
	unsigned number = 100021 + which * 3;

	if (portal->lists != LISTS_PLAIN) {
		lists_column(portal, c, which);
		return;
	}
	(void)snprintf(c->name, sizeof(c->name), "%s", names[which]);
	switch (portal->dialect) {
	case DIALECT_UCAP:
		(void)snprintf(c->path, sizeof(c->path), "xrmzf/c%u", number);
		(void)snprintf(c->list, sizeof(c->list), "/%s/list.shtml", c->path);
		break;
	case DIALECT_JCMS:
		(void)snprintf(c->path, sizeof(c->path), "%u", number);
		(void)snprintf(c->list, sizeof(c->list), "/col/col%s/index.html", c->path);
		break;
	case DIALECT_GKMLPT:
		(void)snprintf(c->path, sizeof(c->path), "%s", codes[which]);
		(void)snprintf(c->list, sizeof(c->list), "/%s/gkmlpt/index.html", c->path);
		break;
	case DIALECT_TRS:
	default:
		(void)snprintf(c->path, sizeof(c->path), "zwgk/%s", codes[which]);
		(void)snprintf(c->list, sizeof(c->list), "/%s/index.html", c->path);
		break;
	}
}

void
paths_page(const struct sim *s, struct page *p)
{
	const struct portal *portal = &s->portals[p->portal];
	const struct column *c = &portal->columns[p->column];
	const struct day *d = &p->report->published;
	struct rng rng;

	switch (portal->dialect) {
	case DIALECT_UCAP:
		if (portal->lists == LISTS_COUNTDOWN) {
			(void)snprintf(p->path, sizeof(p->path), "/info/%u/%u.htm", 1000 + p->column, p->id);
			break;
		}
		rng_init(&rng, s->opt.seed, STREAM_FILE, p->id);
		(void)snprintf(p->path, sizeof(p->path), "/%s/%04d%02d/%016llx%016llx.shtml",
		    c->path, d->year, d->month, (unsigned long long)rng_next(&rng),
		    (unsigned long long)rng_next(&rng));
		break;
	case DIALECT_JCMS:
		(void)snprintf(p->path, sizeof(p->path), "/art/%d/%d/%d/art_%s_%u.html", d->year,
		    d->month, d->day, c->path, p->id);
		break;
	case DIALECT_GKMLPT:
		(void)snprintf(p->path, sizeof(p->path), "/gkmlpt/content/%u/%u/post_%u.html",
		    p->id / 1000000, p->id / 1000, p->id);
		break;
	case DIALECT_TRS:
	default:
		(void)snprintf(p->path, sizeof(p->path), "/%s/%04d%02d/t%04d%02d%02d_%u.html",
		    c->path, d->year, d->month, d->year, d->month, d->day, p->id);
		break;
	}
}

/* Beside the page, behind a script, or in a folder of their own. */
void
paths_attachment(const struct sim *s, const struct page *p, unsigned n, char *out, size_t size)
{
	const struct day *d = &p->report->published;
	char name[256];
	const char *ending;

	compose_attachment(p->report, n, name, sizeof(name));
	ending = strrchr(name, '.');
	switch (s->portals[p->portal].dialect) {
	case DIALECT_JCMS:
		(void)snprintf(out, size,
		    "/module/download/downfile.jsp?classid=0&filename=%u%02u%s", p->id, n, ending);
		break;
	case DIALECT_TRS:
		(void)snprintf(out, size, "%.*s/P0%04d%02d%02d%u%02u%s",
		    (int)(strrchr(p->path, '/') - p->path), p->path, d->year, d->month, d->day,
		    p->id, n, ending);
		break;
	case DIALECT_UCAP:
	case DIALECT_GKMLPT:
	default:
		(void)snprintf(out, size, "/attachment/0/%u/%u%02u%s", p->id / 1000, p->id, n,
		    ending);
		break;
	}
}

/* TRS counts its further pages from 1, the others from 2. */
static unsigned
first_suffix(const struct portal *portal)
{
	return portal->dialect == DIALECT_TRS ? 1 : 2;
}

void
paths_list(
    const struct portal *portal, const struct column *c, unsigned page, char *out, size_t size)
{
	const char *dot = strrchr(c->list, '.');

	if (page == 0 || dot == NULL)
		(void)snprintf(out, size, "%s", c->list);
	else
		(void)snprintf(out, size, "%.*s_%u%s", (int)(dot - c->list), c->list,
		    page - 1 + first_suffix(portal), dot);
}

/* "_7.html" behind the stem of a list whose first page ends in ".html". */
static bool
suffix_number(const struct portal *portal, const char *rest, const char *ending, unsigned *number)
{
	uint64_t n;
	size_t digits;

	if (strcmp(rest, ending) == 0) {
		*number = 0;
		return true;
	}
	if (*rest != '_')
		return false;
	digits = strspn(rest + 1, "0123456789");
	if (strcmp(rest + 1 + digits, ending) != 0 || rest[1] == '0' ||
	    span_u64((struct span){rest + 1, digits}, 1000000, &n) == -1 ||
	    n < first_suffix(portal))
		return false;
	*number = (unsigned)n - first_suffix(portal) + 1;
	return true;
}

bool
paths_is_list(
    const struct sim *s, unsigned portal, const char *path, unsigned *column, unsigned *number)
{
	const struct portal *p = &s->portals[portal];

	for (unsigned i = 0; i < COLUMNS; i++) {
		const char *list = p->columns[i].list, *dot = strrchr(list, '.');
		size_t stem;

		if (dot == NULL)
			continue;
		stem = (size_t)(dot - list);
		if (strncmp(path, list, stem) == 0 && suffix_number(p, path + stem, dot, number)) {
			*column = i;
			return true;
		}
	}
	return false;
}

static size_t
slot_of(const struct sim *s, unsigned portal, const char *path)
{
	uint64_t h = 0xcbf29ce484222325U ^ portal;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 0x100000001b3U;
	return (size_t)(h ^ (h >> 29)) & (s->slot_count - 1);
}

int
paths_index(struct sim *s)
{
	s->slot_count = 16;
	while (s->slot_count < s->page_count * 2)
		s->slot_count *= 2;
	if ((s->slots = calloc(s->slot_count, sizeof(*s->slots))) == NULL)
		return -1;
	for (size_t i = 0; i < s->page_count; i++) {
		size_t at = slot_of(s, s->pages[i].portal, s->pages[i].path);

		while (s->slots[at].page != 0)
			at = (at + 1) & (s->slot_count - 1);
		s->slots[at].page = i + 1;
	}
	return 0;
}

struct page *
paths_find(const struct sim *s, unsigned portal, const char *path)
{
	for (size_t at = slot_of(s, portal, path); s->slots[at].page != 0;
	     at = (at + 1) & (s->slot_count - 1)) {
		struct page *p = &s->pages[s->slots[at].page - 1];

		if (p->portal == portal && strcmp(p->path, path) == 0)
			return p;
	}
	return NULL;
}

void
paths_url(const struct sim *s, unsigned portal, const char *path, char *out, size_t size)
{
	(void)snprintf(out, size, "http://%s:%u%s", s->portals[portal].host, s->port, path);
}
