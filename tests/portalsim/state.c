/* SPDX-License-Identifier: MIT */
#include "state.h"

#include "bad.h"
#include "folder.h"
#include "journal.h"
#include "render.h"

#include <string.h>

#define GONE_SEEN 3 /* answers 404 before a removal counts as noticed */

/* At a page as it will be shown: its digest, and what it prints (NULL for a file; given). */
static int
look_ahead(
    struct sim *s, const struct page *p, unsigned revision, char hex[HEX_MAX], json_t **facts)
{
	struct buf body;
	int rc;

	*facts = NULL;
	if (s->opt.serve != NULL)
		return folder_digest(s, p, hex);
	buf_init(&body, PAGE_BYTES_MAX);
	rc = render_page(s, p, revision, &body, facts);
	if (rc == 0)
		render_digest(buf_span(&body), hex);
	buf_fini(&body);
	return rc;
}

static struct column *
column_of(struct sim *s, const struct page *p)
{
	return &s->portals[p->portal].columns[p->column];
}

int
state_publish(struct sim *s, size_t page, const char *event)
{
	struct page *p = &s->pages[page];
	struct column *c = column_of(s, p);
	char hex[HEX_MAX];
	json_t *facts;

	if (look_ahead(s, p, 0, hex, &facts) == -1)
		return -1;
	(void)pthread_mutex_lock(&s->lock);
	memcpy(p->sha256, hex, sizeof(hex));
	journal_page(s, event, p, facts);
	p->published = true;
	c->rows[c->count++] = page;
	(void)pthread_mutex_unlock(&s->lock);
	return 0;
}

int
state_edit(struct sim *s, size_t page)
{
	struct page *p = &s->pages[page];
	char hex[HEX_MAX];
	json_t *facts;

	if (look_ahead(s, p, p->revision + 1, hex, &facts) == -1)
		return -1;
	(void)pthread_mutex_lock(&s->lock);
	memcpy(p->sha256, hex, sizeof(hex));
	journal_page(s, "edit", p, facts);
	p->revision++;
	(void)pthread_mutex_unlock(&s->lock);
	return 0;
}

int
state_remove(struct sim *s, size_t page)
{
	struct page *p = &s->pages[page];
	struct column *c = column_of(s, p);
	size_t kept = 0;

	(void)pthread_mutex_lock(&s->lock);
	journal_page(s, "remove", p, NULL);
	p->gone = true;
	for (size_t i = 0; i < c->count; i++)
		if (c->rows[i] != page)
			c->rows[kept++] = c->rows[i];
	c->count = kept;
	(void)pthread_mutex_unlock(&s->lock);
	return 0;
}

void
state_move_last(struct sim *s, size_t page)
{
	struct column *c = column_of(s, &s->pages[page]);

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = c->count; i > 0; i--)
		if (c->rows[i - 1] == page) {
			memmove(&c->rows[1], &c->rows[0], (i - 1) * sizeof(c->rows[0]));
			c->rows[0] = page;
			break;
		}
	(void)pthread_mutex_unlock(&s->lock);
}

static bool
all_seen(const struct sim *s)
{
	for (size_t i = 0; i < s->page_count; i++) {
		const struct page *p = &s->pages[i];

		if (p->gone ? p->gone_seen < GONE_SEEN : (p->served >> p->revision & 1U) == 0)
			return false;
	}
	return !s->opt.misbehave || bad_all_seen(s);
}

void
state_end(struct sim *s)
{
	(void)pthread_mutex_lock(&s->lock);
	if (!s->ended && all_seen(s)) {
		journal_end(s);
		s->ended = true;
	}
	(void)pthread_mutex_unlock(&s->lock);
}

struct page_view
state_look(struct sim *s, const struct page *page)
{
	struct page_view v;

	(void)pthread_mutex_lock(&s->lock);
	v = (struct page_view){
	    .published = page->published, .gone = page->gone, .revision = page->revision};
	memcpy(v.sha256, page->sha256, sizeof(v.sha256));
	(void)pthread_mutex_unlock(&s->lock);
	return v;
}

void
state_sent(struct sim *s, struct page *page, unsigned revision)
{
	(void)pthread_mutex_lock(&s->lock);
	page->served |= 1U << revision;
	if (page->served_ms < 0)
		page->served_ms = sim_now_ms(s);
	(void)pthread_mutex_unlock(&s->lock);
}

void
state_refused(struct sim *s, struct page *page)
{
	(void)pthread_mutex_lock(&s->lock);
	if (page->gone)
		page->gone_seen++;
	(void)pthread_mutex_unlock(&s->lock);
}

void
state_bad_seen(struct sim *s, const char *path)
{
	(void)pthread_mutex_lock(&s->lock);
	bad_mark_seen(s, path);
	(void)pthread_mutex_unlock(&s->lock);
}

void
state_list_seen(struct sim *s)
{
	(void)pthread_mutex_lock(&s->lock);
	if (s->began_ms < 0)
		s->began_ms = sim_now_ms(s);
	(void)pthread_mutex_unlock(&s->lock);
}

int64_t
state_began(struct sim *s)
{
	int64_t began;

	(void)pthread_mutex_lock(&s->lock);
	began = s->began_ms;
	(void)pthread_mutex_unlock(&s->lock);
	return began;
}

int64_t
state_served_ms(struct sim *s, size_t page)
{
	int64_t ms;

	(void)pthread_mutex_lock(&s->lock);
	ms = s->pages[page].served_ms;
	(void)pthread_mutex_unlock(&s->lock);
	return ms;
}

size_t
state_count(struct sim *s, const struct column *column)
{
	size_t n;

	(void)pthread_mutex_lock(&s->lock);
	n = column->count;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

size_t
state_rows(
    struct sim *s, const struct column *column, size_t skip, size_t max, size_t *out, bool *more)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (n < max && skip + n < column->count) {
		out[n] = column->rows[column->count - 1 - skip - n];
		n++;
	}
	*more = skip + n < column->count;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}
