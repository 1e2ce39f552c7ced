/* SPDX-License-Identifier: MIT */
/*
 * page_source.h - where `portal test` has its pages from: the portal, or what was recorded of it.
 *
 * A page is asked for once and kept.  From the portal: HTTP within the crawler's bounds, one request
 * at a time and the portal's delay between two, public addresses only unless networks are allowed.
 * Nothing else is touched: no database, no Kafka.
 */
#ifndef CTL_PAGE_SOURCE_H
#define CTL_PAGE_SOURCE_H

#include <suoyin/buf.h>
#include <suoyin/guard.h>
#include <suoyin/portal.h>

struct source_page {
	char *url; /* that was asked for */
	char *at;  /* where redirects led */
	int status; /* 0: none came */
	const char *failure; /* a word; NULL: fine */
	char *content_type;  /* or NULL */
	char *location;      /* of a redirect, or NULL */
	struct buf body;
};

struct page_source_options {
	const char *user_agent;
	const char *record, *replay; /* folders; at most one is set */
	const struct guard *guard;
};

struct page_source;
struct page_source *page_source_new(const struct page_source_options *options, struct err *err);
void page_source_free(struct page_source *s);

/* The page, redirects within the portal's hosts followed; owned by the source. `failure` tells what
 * went wrong with it: dns connect timeout tls address broken too_large off_site too_many_redirects
 * not_recorded robots robots_unreachable.  NULL: FATAL, the folder cannot be used. */
const struct source_page *page_source_get(
    struct page_source *s, const struct portal *portal, const char *url, struct err *err);
bool page_source_has_host(const struct portal *portal, struct span host);

/* One exchange over HTTP (page_http.c). Fills all but url and at. */
void page_http_get(struct source_page *page, const struct page_source_options *options,
    const char *url);

/* A JSON text of the folder; NULL: there is none. */
json_t *page_source_load(const struct page_source *s, const char *name);
int page_source_save(
    const struct page_source *s, const char *name, const json_t *json, struct err *err);

#endif
