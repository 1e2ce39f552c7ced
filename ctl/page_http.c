/* SPDX-License-Identifier: MIT */
/* One request within the crawler's bounds, for `portal test`. */
#include "page_source.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/fetch_word.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 15000L
#define TIMEOUT_MS 60000L
#define STALL_S 20L

struct exchange {
	struct source_page *page;
	const struct guard *guard;
	size_t header_bytes;
	bool closed, too_large;
};

/* What is returned short of n ends the transfer. */
static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	(void)p;
	x->header_bytes += size * n;
	return x->header_bytes <= RESPONSE_HEADERS_MAX ? size * n : 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	if (buf_add(&x->page->body, p, size * n) == 0)
		return size * n;
	x->too_large = true;
	return 0;
}

static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	struct exchange *x = ctx;

	(void)total;
	(void)up_total;
	(void)up;
	x->too_large = x->too_large || now > PAGE_BODY_MAX;
	return x->too_large ? 1 : 0;
}

/* Judged by the very address that is about to be connected, so that no name slips past. */
static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = ctx;

	if (purpose != CURLSOCKTYPE_IPCXN || !guard_allows(x->guard, &address->addr)) {
		x->closed = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void
set_bounds(CURL *e, const char *url, const char *agent)
{
	(void)curl_easy_setopt(e, CURLOPT_URL, url);
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, agent);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
	(void)curl_easy_setopt(e, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 10L);
	(void)curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, STALL_S);
	(void)curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)PAGE_BODY_MAX);
}

static void
set_callbacks(CURL *e, struct exchange *x)
{
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	(void)curl_easy_setopt(e, CURLOPT_XFERINFODATA, x);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
}

/* A header as it can be recorded and printed: UTF-8. */
static char *
header(CURL *e, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(e, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK ||
	    !text_is_utf8(span_of(h->value)))
		return NULL;
	return strdup(h->value);
}

void
page_http_get(
    struct source_page *page, const struct page_source_options *options, const char *url)
{
	struct exchange x = {.page = page, .guard = options->guard};
	CURL *e = curl_easy_init();
	long status = 0;
	CURLcode code;

	page->failure = "memory";
	if (e == NULL)
		return;
	set_bounds(e, url, options->user_agent);
	set_callbacks(e, &x);
	code = curl_easy_perform(e);
	(void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	page->status = (int)status;
	page->failure = x.too_large ? "too_large" : x.closed ? "address" : fetch_word((int)code);
	page->content_type = header(e, "content-type");
	page->location = header(e, "location");
	curl_easy_cleanup(e);
}
