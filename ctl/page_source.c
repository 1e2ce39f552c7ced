/* SPDX-License-Identifier: MIT */
#include "page_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/limits.h>
#include <suoyin/robots.h>
#include <suoyin/url.h>
#include <sys/stat.h>
#include <time.h>

/* The robots.txt of one scheme, host and port. */
struct robots_site {
	char *url;
	struct robots *robots; /* NULL: unreachable */
	const char *why;       /* then: what went wrong */
};

struct page_source {
	struct page_source_options options;
	struct source_page **pages;
	size_t count;
	bool asked; /* the delay is owed */
	struct robots_site *sites;
	size_t site_count;
};

struct page_source *
page_source_new(const struct page_source_options *options, struct err *err)
{
	struct page_source *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	s->options = *options;
	if (options->record != NULL && mkdir(options->record, 0777) == -1 && errno != EEXIST) {
		(void)err_set(err, ERR_FATAL, "file", "%s: %s", options->record, strerror(errno));
		free(s);
		return NULL;
	}
	return s;
}

void
page_source_free(struct page_source *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++) {
		buf_fini(&s->pages[i]->body);
		free(s->pages[i]->url);
		free(s->pages[i]->at);
		free(s->pages[i]->content_type);
		free(s->pages[i]->location);
		free(s->pages[i]);
	}
	for (size_t i = 0; i < s->site_count; i++) {
		free(s->sites[i].url);
		free(s->sites[i].robots);
	}
	free(s->sites);
	free(s->pages);
	free(s);
}

bool
page_source_has_host(const struct portal *portal, struct span host)
{
	for (size_t i = 0; i < portal->host_count; i++)
		if (span_eq(host, span_of(portal->hosts[i])))
			return true;
	return false;
}

/* -- the folder ------------------------------------------------------------------------------ */

static FILE *
open_file(const char *folder, const char *name, const char *mode)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, mode);
}

static int
unusable(struct err *err, const char *folder, const char *name)
{
	return err_set(err, ERR_FATAL, "file", "%s/%s: %s", folder, name, strerror(errno));
}

static int
write_file(const char *folder, const char *name, struct span bytes, struct err *err)
{
	FILE *f = open_file(folder, name, "we");

	if (f == NULL)
		return unusable(err, folder, name);
	if (bytes.n > 0 && fwrite(bytes.p, 1, bytes.n, f) != bytes.n) {
		(void)fclose(f);
		return unusable(err, folder, name);
	}
	return fclose(f) == 0 ? 0 : unusable(err, folder, name);
}

/* -1: there is none. */
static int
read_file(const char *folder, const char *name, struct buf *out)
{
	FILE *f = open_file(folder, name, "re");
	char chunk[65536];
	size_t n;

	if (f == NULL)
		return -1;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && buf_add(out, chunk, n) == 0)
		;
	(void)fclose(f);
	return out->failed ? -1 : 0;
}

json_t *
page_source_load(const struct page_source *s, const char *name)
{
	const char *folder = s->options.replay != NULL ? s->options.replay : s->options.record;
	json_t *json = NULL;
	struct buf text;

	buf_init(&text, LIST_JSON_MAX);
	if (folder != NULL && read_file(folder, name, &text) == 0)
		json = json_loadb(text.p, text.n, 0, NULL);
	buf_fini(&text);
	return json;
}

int
page_source_save(
    const struct page_source *s, const char *name, const json_t *json, struct err *err)
{
	char *text;
	int rc;

	if (s->options.record == NULL)
		return 0;
	if ((text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS)) == NULL)
		return err_set(err, ERR_FATAL, "memory", "out of memory");
	rc = write_file(s->options.record, name, span_of(text), err);
	free(text);
	return rc;
}

/* One answer is two files: what was said, and the bytes. */
static void
names_of(const char *url, char head[80], char body[80])
{
	char hex[DIGEST_HEX + 1];

	digest_hex(span_of(url), hex);
	(void)snprintf(head, 80, "%.16s.json", hex);
	(void)snprintf(body, 80, "%.16s.body", hex);
}

static int
record(const struct page_source *s, const char *url, const struct source_page *page, struct err *err)
{
	char head[80], body[80];
	json_t *json = json_object();
	int rc;

	names_of(url, head, body);
	(void)json_object_set_new(json, "url", json_string(url));
	(void)json_object_set_new(json, "status", json_integer(page->status));
	if (page->content_type != NULL)
		(void)json_object_set_new(json, "content_type", json_string(page->content_type));
	if (page->location != NULL)
		(void)json_object_set_new(json, "location", json_string(page->location));
	if (page->failure != NULL)
		(void)json_object_set_new(json, "failure", json_string(page->failure));
	rc = page_source_save(s, head, json, err);
	json_decref(json);
	return rc == -1 ? -1
			: write_file(s->options.record, body, buf_span(&page->body), err);
}

static char *
copy_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text == NULL ? NULL : strdup(text);
}

static void
replay(const struct page_source *s, const char *url, struct source_page *page)
{
	char head[80], body[80];
	json_t *json;

	names_of(url, head, body);
	page->failure = "not_recorded";
	if ((json = page_source_load(s, head)) == NULL)
		return;
	if (read_file(s->options.replay, body, &page->body) == 0) {
		page->status = (int)json_integer_value(json_object_get(json, "status"));
		page->content_type = copy_of(json, "content_type");
		page->location = copy_of(json, "location");
		page->failure = json_object_get(json, "failure") != NULL ? "failed_when_recorded" : NULL;
	}
	json_decref(json);
}

/* -- pages ----------------------------------------------------------------------------------- */

static void
owe_delay(struct page_source *s, const struct portal *portal)
{
	struct timespec t = {.tv_sec = (time_t)(portal->delay_ms / 1000),
	    .tv_nsec = (long)(portal->delay_ms % 1000) * 1000000};

	if (s->asked)
		(void)nanosleep(&t, NULL);
	s->asked = true;
}

#define ROBOTS_HOPS 5

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void
forget(struct source_page *page)
{
	buf_fini(&page->body);
	free(page->content_type);
	free(page->location);
}

/* A 4xx allows all, but 429 and all else that is no answer forbid all (RFC 9309 2.3.1). */
static void
read_robots(struct page_source *s, const struct portal *portal, struct robots_site *site, struct arena *a)
{
	struct span at = span_of(site->url);
	struct robots robots;
	struct url url;

	for (int hops = 0; hops <= ROBOTS_HOPS; hops++) {
		struct source_page page = {0};
		bool moved, gone;
		struct span text;

		buf_init(&page.body, PAGE_BODY_MAX);
		owe_delay(s, portal);
		page_http_get(&page, &s->options, at.p);
		moved = page.failure == NULL && is_redirect(page.status) && page.location != NULL &&
			url_resolve(&url, a, at, span_of(page.location), NULL) == 0;
		gone = page.failure == NULL && page.status >= 400 && page.status < 500 &&
		       page.status != 429;
		text = gone ? SPAN("") : buf_span(&page.body);
		if ((gone || (page.failure == NULL && page.status == 200)) &&
		    robots_parse(&robots, a, text, span_of(s->options.user_agent)) == 0)
			site->robots = robots_dup(&robots);
		site->why = page.failure != NULL ? page.failure : "robots_unreachable";
		forget(&page);
		if (!moved)
			break;
		at = url.text;
	}
}

/* The robots.txt of an address' host, asked for once; redirects as far as RFC 9309 2.3.1.2 asks. NULL:
 * out of memory. Where it cannot be reached nothing of the host may be asked for. */
static const struct robots_site *
robots_of(struct page_source *s, const struct portal *portal, const struct url *url)
{
	struct arena a;
	struct robots_site *site = NULL, *grown;
	struct span at;
	char *copy;

	arena_init(&a, (size_t)16 << 20);
	at = arena_fmt(&a, "%.*s/robots.txt",
	    SPAN_ARG(span_cut(url->text, 0, url->text.n - url->path.n - (url->query.n > 0 ? url->query.n + 1 : 0))));
	for (size_t i = 0; i < s->site_count; i++)
		if (span_eq(span_of(s->sites[i].url), at)) {
			arena_fini(&a);
			return &s->sites[i];
		}
	grown = realloc(s->sites, (s->site_count + 1) * sizeof(struct robots_site));
	if (grown != NULL)
		s->sites = grown;
	if (grown != NULL && at.p != NULL && (copy = strndup(at.p, at.n)) != NULL) {
		site = &s->sites[s->site_count++];
		*site = (struct robots_site){.url = copy};
		read_robots(s, portal, site, &a);
	}
	arena_fini(&a);
	return site;
}

/* NULL: the portal allows it. Else why it may not be asked. */
static const char *
ask_robots(struct page_source *s, const struct portal *portal, const char *address)
{
	const struct robots_rule *rule = NULL;
	const struct robots_site *site;
	const char *why = NULL;
	bool failed = true;
	struct arena a;
	struct url url;

	arena_init(&a, 1 << 20);
	if (url_parse(&url, &a, span_of(address), NULL) == 0) {
		if ((site = robots_of(s, portal, &url)) == NULL)
			why = "memory";
		else if (site->robots == NULL)
			why = site->why;
		else
			rule = robots_decide(site->robots, robots_path(&a, url.text), &failed);
	}
	if (why == NULL && (failed || (rule != NULL && !rule->allow)))
		why = "robots";
	arena_fini(&a);
	return why;
}

/* Every request to a portal begins here. */
static int
exchange(struct page_source *s, const struct portal *portal, const char *url,
    struct source_page *page, struct err *err)
{
	if (s->options.replay != NULL) {
		replay(s, url, page);
		return 0;
	}
	if ((page->failure = ask_robots(s, portal, url)) == NULL) {
		owe_delay(s, portal);
		page_http_get(page, &s->options, url);
	}
	return s->options.record != NULL ? record(s, url, page, err) : 0;
}

/* The next address of a chain, in page->at; false: it ends here, perhaps with a failure. */
static bool
follow(struct source_page *page, const struct portal *portal, int hops)
{
	struct arena a;
	struct url to;
	bool go = false;

	if (page->failure != NULL || !is_redirect(page->status) || page->location == NULL)
		return false;
	arena_init(&a, 1 << 20);
	if (hops == REDIRECTS_MAX)
		page->failure = "too_many_redirects";
	else if (url_resolve(&to, &a, span_of(page->at), span_of(page->location), NULL) == -1)
		page->failure = "redirect_bad_url";
	else if (!page_source_has_host(portal, to.host))
		page->failure = "off_site";
	else
		go = true;
	if (go) {
		char *at = strndup(to.text.p, to.text.n);

		free(page->at);
		page->at = at;
		free(page->location);
		free(page->content_type);
		page->location = page->content_type = NULL;
		buf_clear(&page->body);
		go = at != NULL;
	}
	arena_fini(&a);
	return go;
}

static struct source_page *
add_page(struct page_source *s, const char *url)
{
	struct source_page *page = calloc(1, sizeof(*page));
	struct source_page **grown = realloc(s->pages, (s->count + 1) * sizeof(struct source_page *));

	if (grown != NULL)
		s->pages = grown;
	if (grown == NULL || page == NULL || (page->url = strdup(url)) == NULL ||
	    (page->at = strdup(url)) == NULL) {
		if (page != NULL)
			free(page->url);
		free(page);
		return NULL;
	}
	buf_init(&page->body, PAGE_BODY_MAX);
	return s->pages[s->count++] = page;
}

const struct source_page *
page_source_get(
    struct page_source *s, const struct portal *portal, const char *url, struct err *err)
{
	struct source_page *page;
	int hops = 0;

	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->pages[i]->url, url) == 0)
			return s->pages[i];
	if ((page = add_page(s, url)) == NULL) {
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	do {
		if (exchange(s, portal, page->at, page, err) == -1)
			return NULL;
	} while (follow(page, portal, hops++));
	return page;
}
