/* SPDX-License-Identifier: MIT */
#include "manners.h"

#include "journal.h"

#include <string.h>

#define FORBIDDEN_EVERY 3 /* of a portal's pages */
#define REDIRECTS 5
#define UNREACHABLE_TIMES 3
#define BUSY_EVERY 15
#define TIRED_EVERY 40

void
manners_name(const struct sim *s, struct portal *p, unsigned number)
{
	unsigned i = s->opt.polite ? number - number % 2 : number;

	(void)snprintf(p->address, sizeof(p->address), "127.%u.%u.1", 10 + i / 250, i % 250 + 1);
	if (s->opt.polite)
		(void)snprintf(p->host, sizeof(p->host), "sim-%03u.portalsim.test", number + 1);
	else
		(void)snprintf(p->host, sizeof(p->host), "%s", p->address);
}

static bool
has_rules(unsigned portal)
{
	return portal % 4 != 1;
}

static bool
is_forbidden(const struct sim *s, const struct page *p)
{
	return has_rules(p->portal) &&
	       (size_t)(p - s->pages - s->portals[p->portal].first_report) % FORBIDDEN_EVERY == 1;
}

void
manners_announce(struct sim *s)
{
	for (size_t i = 0; s->opt.polite && i < s->page_count; i++)
		if (is_forbidden(s, &s->pages[i]))
			journal_forbidden(s, &s->pages[i]);
}

size_t
manners_find(const struct sim *s, const char *host)
{
	for (size_t i = 0; host != NULL && i < s->portal_count; i++) {
		size_t n = strlen(s->portals[i].host);

		if (strncmp(host, s->portals[i].host, n) == 0 && (host[n] == ':' || host[n] == '\0'))
			return i;
	}
	return SIZE_MAX;
}

static void
rules(struct answer *a, const struct sim *s, unsigned portal)
{
	const struct portal *p = &s->portals[portal];

	(void)buf_add_str(&a->body, "User-agent: *\nDisallow: /\n\nUser-agent: suoyin\nCrawl-delay: 0.3\n");
	for (size_t i = p->first_report; i < p->first_report + p->report_count; i++)
		if (is_forbidden(s, &s->pages[i]))
			(void)buf_add_fmt(&a->body, "Disallow: %s$\n", s->pages[i].path);
}

static void
answer_robots(struct answer *a, struct sim *s, unsigned portal, unsigned hop)
{
	unsigned *asked = &s->portals[portal].robots_asked, before;

	(void)pthread_mutex_lock(&s->lock);
	before = (*asked)++;
	(void)pthread_mutex_unlock(&s->lock);
	a->content_type = "text/plain";
	if (!has_rules(portal)) {
		a->status = 404;
	} else if (portal % 4 == 2 && before < UNREACHABLE_TIMES) {
		a->status = 503;
	} else if (portal % 4 == 3 && hop < REDIRECTS) {
		a->status = 302;
		(void)snprintf(a->location, sizeof(a->location), "/robots-%u.txt", hop + 1);
	} else {
		rules(a, s, portal);
	}
}

/* Every so many page requests of a portal. */
static bool
is_busy(struct answer *a, struct sim *s, unsigned portal)
{
	unsigned n;

	(void)pthread_mutex_lock(&s->lock);
	n = ++s->portals[portal].pages_asked;
	(void)pthread_mutex_unlock(&s->lock);
	if (n % BUSY_EVERY == 0) {
		a->status = 503;
		a->retry_after = MANNERS_RETRY_S;
	} else if (n % TIRED_EVERY == 0) {
		a->status = 429;
	} else {
		return false;
	}
	return true;
}

bool
manners_answer(struct answer *a, struct sim *s, const struct question *q)
{
	unsigned hop;

	if (!s->opt.polite)
		return false;
	if (strcmp(q->path, "/robots.txt") == 0)
		answer_robots(a, s, q->portal, 0);
	else if (strncmp(q->path, "/robots-", 8) == 0 && (hop = (unsigned)(q->path[8] - '0')) <= REDIRECTS)
		answer_robots(a, s, q->portal, hop);
	else
		return is_busy(a, s, q->portal);
	return true;
}
