/* SPDX-License-Identifier: MIT */
/*
 * URLs: a canonical URL is its own canonical form, and what a link leads to is canonical.
 *
 * An input is a base in the first line, and a link.
 */
#include <suoyin/limits.h>
#include <suoyin/url.h>

#include "fuzz.h"

static void
check_canonical(struct arena *a, const struct url *url)
{
	struct url again;

	must(url->text.n <= URL_MAX, "a canonical URL is too long");
	must(url_parse(&again, a, url->text, NULL) == 0, "a canonical URL is refused");
	must(span_eq(again.text, url->text), "a canonical URL has another canonical form");
	must(span_eq(again.host, url->host) && span_eq(again.path, url->path) &&
		span_eq(again.query, url->query) && again.port == url->port,
	    "the parts of a canonical URL change");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span link = {(const char *)data, size}, base = fuzz_line(&link);
	struct url url;
	struct arena a;

	arena_init(&a, 1 << 20);
	if (url_parse(&url, &a, base, NULL) == 0)
		check_canonical(&a, &url);
	if (url_resolve(&url, &a, base, link, NULL) == 0)
		check_canonical(&a, &url);
	arena_fini(&a);
	return 0;
}
