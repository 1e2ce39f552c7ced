/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "facts.h"
#include "folder.h"

#include <errno.h>
#include <string.h>

static FILE *
open_log(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		(void)fprintf(stderr, "portalsim: %s: %s\n", path, strerror(errno));
	return f;
}

int
journal_open(struct sim *s)
{
	if ((s->journal = open_log(s->opt.journal)) == NULL)
		return -1;
	if (s->opt.requests != NULL && (s->requests = open_log(s->opt.requests)) == NULL)
		return -1;
	return 0;
}

static int
close_log(FILE *f, const char *path)
{
	bool failed;

	if (f == NULL)
		return 0;
	failed = ferror(f) != 0;
	if (fclose(f) == 0 && !failed)
		return 0;
	(void)fprintf(stderr, "portalsim: %s: not all could be written\n", path);
	return -1;
}

int
journal_close(struct sim *s)
{
	int a = close_log(s->journal, s->opt.journal), b = close_log(s->requests, s->opt.requests);

	s->journal = s->requests = NULL;
	return a == 0 && b == 0 ? 0 : -1;
}

/* Takes `line`.  A line is written whole and flushed: readers follow the file. */
static void
append(struct sim *s, FILE *f, json_t *line)
{
	char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);

	json_decref(line);
	if (text == NULL) {
		(void)fputs("portalsim: out of memory, the journal has a hole\n", stderr);
		return;
	}
	(void)pthread_mutex_lock(&s->log_lock);
	(void)fprintf(f, "%s\n", text);
	(void)fflush(f);
	(void)pthread_mutex_unlock(&s->log_lock);
	free(text);
}

static const char *
or_null(const char *text)
{
	return *text == '\0' ? NULL : text;
}

static json_t *
report_line(const struct sim *s, const char *event, const struct page *p, const char *url)
{
	const struct report *r = p->report;
	char day[DAY_MAX];

	facts_day(&r->published, day);
	return json_pack("{s:I,s:s,s:s,s:i,s:s,s:s,s:s?,s:s?,s:s,s:s,s:s}", "t",
	    (json_int_t)sim_now_ms(s), "event", event, "portal", s->portals[p->portal].id, "report",
	    (int)r->number, "url", url, "title", r->title, "index_number", or_null(r->index_number),
	    "document_number", or_null(r->document_number), "agency", r->agency, "published_on",
	    day, "sha256", p->sha256);
}

static json_t *
file_line(const struct sim *s, const char *event, const struct page *p, const char *url)
{
	const struct folder_file *f = folder_file(s, p);

	return json_pack("{s:I,s:s,s:s,s:i,s:s,s:s,s:n,s:n,s:n,s:n,s:s,s:b,s:I}", "t",
	    (json_int_t)sim_now_ms(s), "event", event, "portal", s->portals[p->portal].id, "report",
	    (int)(p - s->pages) + 1, "url", url, "title", f->name, "index_number",
	    "document_number", "agency", "published_on", "sha256", p->sha256, "serve", 1, "bytes",
	    (json_int_t)f->bytes);
}

void
journal_page(struct sim *s, const char *event, const struct page *page, json_t *facts)
{
	char url[400];
	json_t *line;

	paths_url(s, page->portal, page->path, url, sizeof(url));
	line = page->report != NULL ? report_line(s, event, page, url)
				    : file_line(s, event, page, url);
	if (facts != NULL && json_object_update(line, facts) == -1) {
		json_decref(line);
		line = NULL;
	}
	json_decref(facts);
	append(s, s->journal, line);
}

void
journal_bad(struct sim *s, unsigned portal, const char *kind, const char *path)
{
	char url[400];

	paths_url(s, portal, path, url, sizeof(url));
	append(s, s->journal,
	    json_pack("{s:I,s:s,s:s,s:s,s:s}", "t", (json_int_t)sim_now_ms(s), "event", "bad",
		"portal", s->portals[portal].id, "kind", kind, "url", url));
}

void
journal_end(struct sim *s)
{
	append(
	    s, s->journal, json_pack("{s:I,s:s}", "t", (json_int_t)sim_now_ms(s), "event", "end"));
}

/* A client may send any bytes. */
static json_t *
foreign_text(const char *text)
{
	json_t *t = text == NULL ? NULL : json_string(text);

	return t != NULL ? t : json_string("?");
}

void
journal_forbidden(struct sim *s, const struct page *page)
{
	char url[400];

	paths_url(s, page->portal, page->path, url, sizeof(url));
	append(s, s->journal,
	    json_pack("{s:I,s:s,s:s,s:s}", "t", (json_int_t)sim_now_ms(s), "event", "forbidden",
		"portal", s->portals[page->portal].id, "url", url));
}

void
journal_request(struct sim *s, const struct logged_request *r)
{
	if (s->requests == NULL)
		return;
	append(s, s->requests,
	    json_pack("{s:I,s:o,s:o,s:o,s:i,s:s,s:I}", "t", (json_int_t)r->began_ms, "method",
		foreign_text(r->method), "host", foreign_text(r->host), "path", foreign_text(r->path),
		"status", (int)r->status, "address", r->address, "end", (json_int_t)r->ended_ms));
}
