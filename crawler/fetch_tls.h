/* SPDX-License-Identifier: MIT */
/*
 * fetch_tls.h - TLS of a request: certificates verified and at least 1.2, less only as a portal's file
 * allows for that portal, each use counted.
 */
#ifndef CRAWLER_FETCH_TLS_H
#define CRAWLER_FETCH_TLS_H

#include <curl/curl.h>
#include <suoyin/portal.h>

void fetch_tls_set(CURL *easy, const struct portal_manners *manners, bool is_https);

#endif
