/* SPDX-License-Identifier: MIT */
/*
 * url.h - URLs, by libcurl's parser, so that the checker and the fetcher agree.
 *
 * The canonical URL is part of the Kafka key and of identity: changing a rule
 * here moves keys.  Rules (version 1): scheme and host lower case, default port
 * dropped, dot segments removed, fragment dropped, user info refused, empty path
 * is "/", percent escapes upper case, blanks, control bytes, non-ASCII and "<>` escaped; query
 * and path case are kept.  http and https only.  As browsers do: ends trimmed, tabs and line
 * ends deleted, '\' before the query is '/', %2E is a dot, an empty query is none, a dot behind
 * the host goes, IDN hosts become punycode.
 */
#ifndef SUOYIN_URL_H
#define SUOYIN_URL_H

#include <suoyin/arena.h>
#include <suoyin/err.h>

#define URL_CANONICAL_VERSION 1

struct url {
	struct span text; /* canonical, whole */
	struct span scheme, host, path, query; /* parts of it; host without port */
	uint16_t port;
};

/* Absolute URL to canonical form. REJECT "bad_url". */
int url_parse(struct url *out, struct arena *a, struct span text, struct err *err);
/* href as printed on the page `base` (canonical or not). REJECT "bad_url". */
int url_resolve(struct url *out, struct arena *a, struct span base, struct span href,
    struct err *err);

#endif
