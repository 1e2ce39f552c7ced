/* SPDX-License-Identifier: MIT */
/*
 * lists.h - the other ways in which portals serve their lists (--lists all): paging by script,
 * datastores, JSON of several platforms, files that count down, feeds, sitemaps.  The pages that the
 * lists name are those of the portal's dialect.
 */
#ifndef PORTALSIM_LISTS_H
#define PORTALSIM_LISTS_H

#include "answer.h"

/* Which manner portal i has, and the dialect whose pages go with it. */
void lists_plan(struct portal *p, unsigned i);
/* Where column number `which` has its list. */
void lists_column(const struct portal *p, struct column *c, unsigned which);
/* Whether the path was one of a list; then the answer is made. */
bool lists_answer(struct answer *a, struct sim *s, const struct question *q);
/* What a portal file says of it: at the portal, at a list. */
void lists_write_portal(const struct portal *p, FILE *f);
void lists_write_list(const struct portal *p, const struct column *c, FILE *f);

/* lists_data.c: the manners that are no HTML. Rows are places in sim.pages. */
struct list_view {
	const struct sim *sim;
	const struct portal *portal;
	const struct column *column;
	unsigned page;  /* from 0 */
	unsigned pages; /* there are, at least 1 */
	size_t total;
	size_t rows[64];
	size_t count;
	bool first_look; /* the list's own address, not what it leads to */
};
void lists_datastore(const struct list_view *v, struct buf *out);
void lists_assignments(const struct list_view *v, struct buf *out);
void lists_jpaas(const struct list_view *v, struct buf *out);
void lists_json(const struct list_view *v, struct buf *out); /* gkmlpt, ucap, search */
void lists_feed(const struct list_view *v, struct buf *out);
void lists_sitemap(const struct list_view *v, struct buf *out);

#endif
