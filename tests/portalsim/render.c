/* SPDX-License-Identifier: MIT */
#include "render.h"

#include "bad.h"
#include "html.h"
#include "script.h"
#include "state.h"

#include <iconv.h>
#include <openssl/evp.h>
#include <string.h>
#include <time.h>

int
render_finish(const struct portal *portal, struct buf *utf8, struct buf *out)
{
	bool gb = portal->charset == CHARSET_GB_META || portal->charset == CHARSET_GB_HTTP;
	char *in = utf8->p, chunk[4096];
	size_t left = utf8->n;
	iconv_t cd;
	int rc = 0;

	if (!utf8->failed && !gb)
		rc = buf_add_span(out, buf_span(utf8));
	else if (utf8->failed || (cd = iconv_open("GB18030", "UTF-8")) == (iconv_t)-1)
		rc = -1;
	else {
		while (left > 0 && rc == 0) {
			char *to = chunk;
			size_t room = sizeof(chunk), before = left;

			(void)iconv(cd, &in, &left, &to, &room);
			rc = left == before ? -1 : buf_add(out, chunk, sizeof(chunk) - room);
		}
		(void)iconv_close(cd);
	}
	buf_fini(utf8);
	return rc;
}

int
render_page(const struct sim *s, const struct page *page, unsigned revision, struct buf *out,
    json_t **facts)
{
	static void (*const templates[])(struct html *) = {
	    [DIALECT_TRS] = html_trs,
	    [DIALECT_UCAP] = html_ucap,
	    [DIALECT_JCMS] = html_jcms,
	    [DIALECT_GKMLPT] = html_gkmlpt,
	};
	const struct portal *portal = &s->portals[page->portal];
	struct buf utf8;
	struct doc doc;
	struct html h = {.sim = s,
	    .portal = portal,
	    .column = &portal->columns[page->column],
	    .page = page,
	    .report = page->report,
	    .doc = &doc,
	    .out = &utf8};
	int rc;

	buf_init(&utf8, PAGE_BYTES_MAX);
	if (compose(&doc, s->opt.seed, portal, page->report, revision) == 0)
		templates[portal->dialect](&h);
	else
		utf8.failed = true;
	rc = render_finish(portal, &utf8, out);
	if (rc == 0 && facts != NULL && (*facts = facts_of(s, page, &doc)) == NULL)
		rc = -1;
	doc_fini(&doc);
	return rc;
}

int
render_home(const struct sim *s, unsigned portal, struct buf *out)
{
	const struct portal *p = &s->portals[portal];
	struct buf utf8;
	struct html h = {.sim = s, .portal = p, .column = &p->columns[0], .out = &utf8};

	buf_init(&utf8, PAGE_BYTES_MAX);
	html_add(&h, "<!DOCTYPE html>\n<html><head>\n");
	html_charset(&h);
	html_fmt(&h, "<title>%s</title></head>\n<body><h1>%s</h1>\n<ul>\n", p->name, p->name);
	for (unsigned c = 0; c < COLUMNS; c++)
		if (p->columns[c].room > 0)
			html_fmt(&h, "<li><a href=\"%s\">%s</a></li>\n", p->columns[c].list,
			    p->columns[c].name);
	html_add(&h, "</ul></body></html>\n");
	return render_finish(p, &utf8, out);
}

int
render_missing(const struct sim *s, unsigned portal, struct buf *out)
{
	struct buf utf8;
	struct html h = {.sim = s, .portal = &s->portals[portal], .out = &utf8};

	buf_init(&utf8, PAGE_BYTES_MAX);
	html_add(&h, "<html><head>");
	html_charset(&h);
	html_add(&h,
	    "<title>404</title></head><body><p>您访问的页面不存在或已删除。</p></body></html>\n");
	return render_finish(h.portal, &utf8, out);
}

static void
list_rows(struct html *h, const size_t *rows, size_t count)
{
	bool trs = h->portal->dialect == DIALECT_TRS;
	size_t folder = trs ? (size_t)(strrchr(h->column->list, '/') - h->column->list) + 1 : 0;

	for (size_t i = 0; i < count; i++) {
		const struct page *p = &h->sim->pages[rows[i]];
		const char *title =
		    p->report != NULL ? p->report->title : h->sim->files[rows[i]].name;

		/* TRS writes addresses relative to the list's folder and cuts what it shows */
		html_fmt(h, "<li><a href=\"%s%s\" title=\"", trs ? "./" : "", p->path + folder);
		html_text(h, title);
		if (h->sim->opt.script != NULL && p->revision > 0)
			html_fmt(h, "（修订%u）", p->revision);
		html_add(h, "\" target=\"_blank\">");
		html_cut(h, title, trs && p->report != NULL ? 24 : 400);
		html_add(h, "</a>");
		if (p->report != NULL)
			html_fmt(h,
			    h->portal->dialect == DIALECT_JCMS ? "<span>[%04d-%02d-%02d]</span>"
							       : "<span>%04d-%02d-%02d</span>",
			    p->report->published.year, p->report->published.month,
			    p->report->published.day);
		html_add(h, "</li>\n");
	}
}

static void
bad_rows(struct html *h)
{
	for (unsigned i = 0; i < BAD_KINDS; i++)
		html_fmt(h, "<li><a href=\"%s\" title=\"%s\">%s</a><span>2026-03-0%u</span></li>\n",
		    bad_path((enum bad_kind)i), bad_name((enum bad_kind)i),
		    bad_name((enum bad_kind)i), i + 1);
}

static void
list_pager(struct html *h, unsigned number, bool more)
{
	char path[128];
	bool ucap = h->portal->dialect == DIALECT_UCAP || h->portal->dialect == DIALECT_GKMLPT;

	html_fmt(h, "<div class=\"%s\">", ucap ? "pagination" : "page");
	if (number > 0) {
		paths_list(h->portal, h->column, number - 1, path, sizeof(path));
		html_fmt(h, "<a class=\"prev\" href=\"%s\">上一页</a> ", strrchr(path, '/') + 1);
	}
	html_fmt(h, "<span class=\"current\">%u</span>", number + 1);
	if (more) {
		paths_list(h->portal, h->column, number + 1, path, sizeof(path));
		html_fmt(h, " <a class=\"next\" href=\"%s\">下一页</a>", strrchr(path, '/') + 1);
	}
	html_add(h, "</div>\n");
}

/* The oldest of the column. */
static void
pinned_rows(struct html *h)
{
	size_t rows[16], max = script_pinned(h->sim), skip = h->column->count, n;
	bool more;

	max = max > 16 ? 16 : max > skip ? skip : max;
	n = state_rows((struct sim *)(uintptr_t)h->sim, h->column, skip - max, max, rows, &more);
	list_rows(h, rows, n);
}

static void
list_page(struct html *h, const size_t *rows, size_t count, unsigned number, bool more)
{
	html_add(h, "<!DOCTYPE html>\n<html>\n<head>\n");
	html_charset(h);
	html_fmt(h, "<title>%s-%s</title>\n", h->column->name, h->portal->name);
	html_meta(h, false);
	html_fmt(h,
	    "</head>\n<body>\n<ul class=\"nav\"><li><a href=\"/\">首页</a></li><li><a href=\"/bsfw/\">办事服务</a>"
	    "</li></ul>\n<h2>%s</h2>\n<ul class=\"%s\">\n",
	    h->column->name,
	    script_hides_rows(h->sim)               ? "news-list"
	    : h->portal->dialect == DIALECT_UCAP ? "list-ul"
						    : "list");
	if (number == 0 && strcmp(h->portal->id, "sim-bad") == 0)
		bad_rows(h);
	if (number == 0 && script_pinned(h->sim) > 0)
		pinned_rows(h);
	list_rows(h, rows, script_rows(h->sim, count));
	html_add(h, "</ul>\n");
	if (script_rows(h->sim, count) == count)
		list_pager(h, number, more);
	html_footer(h, "footer");
	html_add(h, "</body>\n</html>\n");
}

int
render_list(struct sim *s, unsigned portal, unsigned column, unsigned number, struct buf *out)
{
	const struct portal *p = &s->portals[portal];
	size_t rows[64], count;
	struct buf utf8;
	struct html h = {.sim = s, .portal = p, .column = &p->columns[column], .out = &utf8};
	bool more;

	count = state_rows(s, h.column, (size_t)number * p->rows, p->rows, rows, &more);
	if (count == 0 && number > 0)
		return 1;
	buf_init(&utf8, PAGE_BYTES_MAX);
	list_page(&h, rows, count, number, more);
	return render_finish(p, &utf8, out);
}

const char *
render_content_type(const struct portal *portal)
{
	switch (portal->charset) {
	case CHARSET_UTF8_HTTP:
		return "text/html; charset=utf-8";
	case CHARSET_GB_HTTP:
		return "text/html;charset=gb2312";
	case CHARSET_UTF8_META:
	case CHARSET_GB_META:
	default:
		return "text/html";
	}
}

void
render_digest(struct span bytes, char hex[HEX_MAX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	hex[0] = '\0';
	if (EVP_Digest(bytes.p, bytes.n, sum, &n, EVP_sha256(), NULL) != 1)
		return;
	for (unsigned i = 0; i < n && i < 32; i++)
		(void)snprintf(hex + (size_t)i * 2, 3, "%02x", sum[i]);
}

void
render_last_modified(const struct page *page, unsigned revision, char *out, size_t size)
{
	const struct day *d = &page->report->published;
	struct tm tm = {.tm_year = d->year - 1900,
	    .tm_mon = d->month - 1,
	    .tm_mday = d->day + (int)revision,
	    .tm_hour = d->hour,
	    .tm_min = d->minute};
	time_t t = timegm(&tm);

	*out = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}
