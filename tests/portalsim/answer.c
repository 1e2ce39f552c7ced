/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "bad.h"
#include "folder.h"
#include "lists.h"
#include "manners.h"
#include "render.h"
#include "script.h"
#include "state.h"

#include <string.h>

static void
failed(struct answer *a)
{
	a->status = 500;
	a->content_type = "text/plain";
	buf_clear(&a->body);
}

static void
missing(struct answer *a, struct sim *s, const struct question *q)
{
	a->status = 404;
	a->content_type = render_content_type(&s->portals[q->portal]);
	if (render_missing(s, q->portal, &a->body) == -1)
		failed(a);
}

/* RFC 9110 13.2.2: If-Modified-Since counts only where no If-None-Match is sent. */
static void
unless_same(struct answer *a, const struct question *q)
{
	bool same = false;

	if (q->if_none_match != NULL)
		same = *a->etag != '\0' && strstr(q->if_none_match, a->etag) != NULL;
	else if (q->if_modified_since != NULL)
		same = *a->last_modified != '\0' &&
		       strcmp(q->if_modified_since, a->last_modified) == 0;
	if (!same)
		return;
	a->status = 304;
	buf_clear(&a->body);
}

static void
set_etag(struct answer *a, const char *hex)
{
	(void)snprintf(a->etag, sizeof(a->etag), "\"%.20s\"", hex);
}

static void
answer_file(struct answer *a, struct sim *s)
{
	a->content_type = folder_file(s, a->page)->html ? "text/html" : "text/plain";
	if ((a->fd = folder_open(s, a->page, &a->fd_bytes)) == -1)
		failed(a);
}

static void
answer_page(struct answer *a, struct sim *s, const struct question *q)
{
	const struct portal *portal = &s->portals[q->portal];
	struct page_view view = state_look(s, a->page);

	if (!view.published || view.gone) {
		missing(a, s, q);
		return;
	}
	if (a->page->report == NULL) {
		answer_file(a, s);
		return;
	}
	a->revision = view.revision;
	if ((portal->validators & VALIDATORS_ETAG) != 0)
		set_etag(a, view.sha256);
	if ((portal->validators & VALIDATORS_DATE) != 0)
		render_last_modified(
		    a->page, view.revision, a->last_modified, sizeof(a->last_modified));
	if (render_page(s, a->page, view.revision, &a->body, NULL) == -1)
		failed(a);
	else
		unless_same(a, q);
}

static void
answer_list(
    struct answer *a, struct sim *s, const struct question *q, unsigned column, unsigned number)
{
	char hex[HEX_MAX];
	int rc;

	if (s->portals[q->portal].columns[column].room == 0) {
		missing(a, s, q);
		return;
	}
	if ((rc = render_list(s, q->portal, column, number, &a->body)) != 0) {
		if (rc == 1)
			missing(a, s, q);
		else
			failed(a);
		return;
	}
	state_list_seen(s);
	if (s->script.mode == SCRIPT_LIE) {
		set_etag(a, "never changes, whatever the rows");
		unless_same(a, q);
		return;
	}
	if ((s->portals[q->portal].validators & VALIDATORS_ETAG) == 0)
		return;
	render_digest(buf_span(&a->body), hex);
	set_etag(a, hex);
	unless_same(a, q);
}

/* Portals 1, 3, 5 … have a robots.txt, the others answer 404: both allow all that is listed. */
static void
answer_robots(struct answer *a, struct sim *s, const struct question *q)
{
	if (q->portal % 2 != 0) {
		missing(a, s, q);
		return;
	}
	a->content_type = "text/plain";
	(void)buf_add_str(&a->body, "User-agent: *\nDisallow: /search/\nDisallow: /admin/\n");
}

static bool
is_attachment(const char *path)
{
	const char *name = strrchr(path, '/'), *dot = name == NULL ? NULL : strrchr(name, '.');

	if (dot == NULL)
		return false;
	return strncmp(path, "/module/download/", 17) == 0 ||
	       strncmp(path, "/attachment/", 12) == 0 || strncmp(name, "/P0", 3) == 0;
}

static void
answer_attachment(struct answer *a, const struct question *q)
{
	a->content_type = "application/octet-stream";
	(void)buf_add_fmt(&a->body, "%%PDF-1.4\n%% portalsim: %.200s\n%%%%EOF\n", q->path);
}

static void
answer_bad(struct answer *a, enum bad_kind kind)
{
	a->bad = true;
	a->huge = kind == BAD_HUGE;
	if (!a->huge && bad_body(kind, &a->body) == -1)
		failed(a);
}

static void
answer_home(struct answer *a, struct sim *s, const struct question *q)
{
	if (render_home(s, q->portal, &a->body) == -1)
		failed(a);
}

void
answer_make(struct answer *a, struct sim *s, const struct question *q)
{
	unsigned column, number;
	enum bad_kind kind;

	*a = (struct answer){
	    .status = 200, .content_type = render_content_type(&s->portals[q->portal]), .fd = -1};
	buf_init(&a->body, PAGE_BYTES_MAX);
	if (s->opt.script != NULL && strcmp(q->path, "/robots.txt") != 0 &&
	    script_answer(a, s, q, paths_is_list(s, q->portal, q->path, &column, &number)))
		return;
	if (manners_answer(a, s, q))
		return;
	if ((a->page = paths_find(s, q->portal, q->path)) != NULL)
		answer_page(a, s, q);
	else if (lists_answer(a, s, q))
		;
	else if (s->portals[q->portal].lists == LISTS_PLAIN && paths_is_list(s, q->portal, q->path, &column, &number))
		answer_list(a, s, q, column, number);
	else if (s->opt.misbehave && q->portal == s->opt.portals && bad_find(q->path, &kind))
		answer_bad(a, kind);
	else if (strcmp(q->path, "/") == 0)
		answer_home(a, s, q);
	else if (strcmp(q->path, "/robots.txt") == 0)
		answer_robots(a, s, q);
	else if (is_attachment(q->path) && s->opt.serve == NULL)
		answer_attachment(a, q);
	else
		missing(a, s, q);
}

void
answer_fini(struct answer *a)
{
	buf_fini(&a->body);
}
