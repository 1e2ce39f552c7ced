/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include "html.h"
#include "render.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

static const struct manner {
	enum dialect dialect;
	const char *list; /* of a column; %u: its number */
	const char *data; /* where the rows are, if elsewhere: path only */
	const char *platform; /* as the portal file calls it, or NULL */
	const char *rules;    /* of a list, beside its address */
} manners[LISTS_MANNERS] = {
    [LISTS_SCRIPT] = {DIALECT_TRS, "/zwgk/c%u/index.html", NULL, "trs", ""},
    [LISTS_SCRIPT_ROWS] = {DIALECT_UCAP, "/xrmzf/c%u/list.shtml", NULL, "ucap",
	"        paging: script\n"},
    [LISTS_NSETPAGE] = {DIALECT_TRS, "/zwgk/c%u/index.html", NULL, "trs", ""},
    [LISTS_TEMPLATE] = {DIALECT_UCAP, "/xrmzf/c%u/list.shtml", NULL, "ucap",
	"        paging: \"{stem}_{page}{ext}\"\n"},
    [LISTS_COUNTDOWN] = {DIALECT_UCAP, "/xxgk%u.htm", NULL, "vsb", ""},
    [LISTS_DATASTORE] = {DIALECT_JCMS, "/col/col%u/index.html",
	"/module/web/jpage/dataproxy.jsp", "jcms", ""},
    [LISTS_ASSIGNMENTS] = {DIALECT_JCMS,
	"/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=10&perpage=10&columnid=%u", NULL,
	"jcms",
	"        size: 10\n"
	"        paging: \"?startrecord={start}&endrecord={end}&perpage={size}&columnid=%u\"\n"},
    [LISTS_JPAAS] = {DIALECT_JCMS, "/col/col%u/index.html",
	"/api-gateway/jpaas-publish-server/front/page/build/unit", "jpaas", ""},
    [LISTS_GKMLPT] = {DIALECT_GKMLPT, "/c%u/gkmlpt/index", "/c%u/gkmlpt/api/all/0", "gkmlpt", ""},
    [LISTS_UCAP] = {DIALECT_UCAP, "/common/search/%u?page=1&_pageSize=10&_isJson=true", NULL,
	"ucap", "        kind: ucap\n"},
    [LISTS_SEARCH] = {DIALECT_TRS,
	"/igs/front/list.html?columnid=%u&pageNumber=1&pageSize=10", NULL, NULL,
	"        kind: json\n        rows: /page/content\n        link: /DOCPUBURL\n"
	"        title: /DOCTITLE\n        date: /PUBDATE\n        total: /page/total\n"
	"        paging: \"query:pageNumber\"\n"},
    [LISTS_FEED] = {DIALECT_TRS, "/rss/%u.xml", NULL, NULL,
	"        kind: feed\n        paging: \"query:page\"\n"},
    [LISTS_SITEMAP] = {DIALECT_TRS, "/sitemap_%u.xml", "/sitemap_%u_", NULL,
	"        kind: sitemap\n"},
    [LISTS_AUTO] = {DIALECT_TRS, "/zwgk/c%u/index.html", NULL, NULL, "        kind: auto\n"},
};

/* The text with the number where it says %u. */
static void
with_number(char *out, size_t size, const char *text, unsigned number)
{
	const char *at = strstr(text, "%u");

	if (at == NULL)
		(void)snprintf(out, size, "%s", text);
	else
		(void)snprintf(out, size, "%.*s%u%s", (int)(at - text), text, number, at + 2);
}

void
lists_plan(struct portal *p, unsigned i)
{
	p->lists = 1 + i % (LISTS_MANNERS - 1);
	p->dialect = manners[p->lists].dialect;
	p->rows = 10;
	p->charset = i % 2 == 0 ? CHARSET_UTF8_META : CHARSET_GB_META;
	p->block = true;
}

static unsigned
number_of(const struct column *c)
{
	const char *digits = strpbrk(c->list, "0123456789");

	return digits == NULL ? 0 : (unsigned)strtoul(strstr(c->list, "1000"), NULL, 10);
}

void
lists_column(const struct portal *p, struct column *c, unsigned which)
{
	unsigned number = 100021 + which * 3;

	(void)snprintf(c->name, sizeof(c->name), "%s", which == 0 ? "法治政府建设" : "通知公告");
	with_number(c->list, sizeof(c->list), manners[p->lists].list, number);
	switch (p->dialect) {
	case DIALECT_TRS:
		(void)snprintf(c->path, sizeof(c->path), "zwgk/c%u", number);
		break;
	case DIALECT_UCAP:
		(void)snprintf(c->path, sizeof(c->path), "xrmzf/c%u", number);
		break;
	case DIALECT_JCMS:
	case DIALECT_GKMLPT:
	default:
		(void)snprintf(c->path, sizeof(c->path), "%u", number);
		break;
	}
}

void
lists_write_portal(const struct portal *p, FILE *f)
{
	if (manners[p->lists].platform != NULL)
		(void)fprintf(f, "    platform: %s\n", manners[p->lists].platform);
}

void
lists_write_list(const struct portal *p, const struct column *c, FILE *f)
{
	char rules[512];

	with_number(rules, sizeof(rules), manners[p->lists].rules, number_of(c));
	(void)fputs(rules, f);
}

/* -- questions ------------------------------------------------------------------------------- */

static const char *
argument(const struct question *q, const char *name)
{
	return q->argument == NULL ? NULL : q->argument(q->ctx, name);
}

static unsigned
argument_number(const struct question *q, const char *name, unsigned fallback)
{
	const char *text = argument(q, name);
	uint64_t n;

	return text != NULL && span_u64(span_of(text), 1000000, &n) == 0 ? (unsigned)n : fallback;
}

/* "_7.html" or "/7.html" behind a stem: the number; 0: something else. */
static unsigned
suffix(const char *path, size_t stem, char mark, const char *ending)
{
	const char *digits = path + stem + 1;
	size_t n = strspn(digits, "0123456789");
	uint64_t number;

	if (path[stem] != mark || n == 0 || strcmp(digits + n, ending) != 0 ||
	    span_u64((struct span){digits, n}, 1000000, &number) == -1)
		return 0;
	return (unsigned)number;
}

/* The column whose list, or later page of it, the path is; its page from 0.  -1: none. */
static int
page_of_files(const struct portal *p, const struct column *c, const char *path)
{
	const char *dot = strrchr(c->list, '.');
	size_t stem = (size_t)(dot - c->list);
	bool from_one = p->lists == LISTS_SCRIPT || p->lists == LISTS_AUTO;
	unsigned n;

	if (strcmp(path, c->list) == 0)
		return 0;
	if (strncmp(path, c->list, stem) != 0)
		return -1;
	if (p->lists == LISTS_COUNTDOWN) /* the page is told from the count, by its asker */
		return (n = suffix(path, stem, '/', dot)) > 0 ? (int)n : -1;
	n = suffix(path, stem, '_', dot);
	if (n < (from_one ? 1U : 2U))
		return -1;
	return (int)(from_one ? n : n - 1);
}

static bool
same_path(const char *path, const char *list)
{
	size_t n = strcspn(list, "?");

	return strlen(path) == n && strncmp(path, list, n) == 0;
}

/* jpaas looks for its page inside one parameter, and nowhere else. */
static unsigned
page_inside(const struct question *q)
{
	const char *json = argument(q, "paramJson"), *at;

	if (json == NULL || (at = strstr(json, "pageNo%22%3A")) == NULL)
		return 0;
	return (unsigned)strtoul(at + strlen("pageNo%22%3A"), NULL, 10) - 1;
}

/* -1: the path is no list of this column. *elsewhere: it is where the rows are. */
static int
page_of(const struct portal *p, const struct column *c, const struct question *q, bool *elsewhere)
{
	const char *data = manners[p->lists].data;
	unsigned number = number_of(c);
	char path[128];

	*elsewhere = false;
	switch (p->lists) {
	case LISTS_ASSIGNMENTS:
		if (!same_path(q->path, c->list) || argument_number(q, "columnid", 0) != number)
			return -1;
		return (int)(argument_number(q, "startrecord", 1) - 1) / 10;
	case LISTS_UCAP:
		return same_path(q->path, c->list) ? (int)argument_number(q, "page", 1) - 1 : -1;
	case LISTS_SEARCH:
		return same_path(q->path, c->list) && argument_number(q, "columnid", 0) == number
			   ? (int)argument_number(q, "pageNumber", 1) - 1
			   : -1;
	case LISTS_FEED:
		return same_path(q->path, c->list) ? (int)argument_number(q, "page", 1) - 1 : -1;
	case LISTS_DATASTORE:
	case LISTS_JPAAS:
	case LISTS_GKMLPT:
	case LISTS_SITEMAP:
		if (strcmp(q->path, c->list) == 0)
			return 0;
		*elsewhere = true;
		with_number(path, sizeof(path), data, number);
		if (p->lists == LISTS_SITEMAP)
			return strncmp(q->path, path, strlen(path)) == 0
				   ? (int)suffix(q->path, strlen(path) - 1, '_', ".xml") - 1
				   : -1;
		if (strcmp(q->path, path) != 0)
			return -1;
		if (p->lists == LISTS_GKMLPT)
			return (int)argument_number(q, "page", 1) - 1;
		if (argument_number(q, p->lists == LISTS_JPAAS ? "pageId" : "columnid", 0) != number)
			return -1;
		return (int)(p->lists == LISTS_JPAAS ? page_inside(q) : argument_number(q, "page", 0));
	default:
		return page_of_files(p, c, q->path);
	}
}

/* -- pages ----------------------------------------------------------------------------------- */

static void
html_rows(struct html *h, const struct list_view *v)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct page *p = &h->sim->pages[v->rows[i]];
		const struct day *d = &p->report->published;

		html_fmt(h, "<li><a href=\"%s\" title=\"", p->path);
		html_text(h, p->report->title);
		html_add(h, "\" target=\"_blank\">");
		html_cut(h, p->report->title, 20);
		html_fmt(h, "</a><span>%04d-%02d-%02d</span></li>\n", d->year, d->month, d->day);
	}
}

static void
html_paging(struct html *h, const struct list_view *v)
{
	const char *dot = strrchr(h->column->list, '.'), *slash = strrchr(h->column->list, '/') + 1;
	int stem = (int)(dot - slash);

	switch (h->portal->lists) {
	case LISTS_SCRIPT:
	case LISTS_AUTO:
		html_fmt(h,
		    "<script>function createPageHTML(_n, _c, _p, _e) { document.write(_n); }\n"
		    "createPageHTML(%u, %u, \"%.*s\", \"%s\");</script>\n",
		    v->pages, v->page, stem, slash, dot + 1);
		break;
	case LISTS_SCRIPT_ROWS:
		html_fmt(h, "<script>createPageHTML('page_div',%u,%u,'%.*s','%s',%zu);</script>\n",
		    v->pages, v->page + 1, stem, slash, dot + 1, v->total);
		break;
	case LISTS_NSETPAGE:
		html_fmt(h, "<script>nsetpage(%u,%u,'%.*s')</script>\n", v->pages, v->page + 1, stem,
		    slash);
		break;
	case LISTS_COUNTDOWN:
		if (v->page == 0 && v->pages > 1)
			html_fmt(h, "<span class=\"p_no\"><a href=\"%.*s/%u%s\">2</a></span>\n", stem,
			    slash, v->pages - 1, dot);
		break;
	default:
		break;
	}
}

static void
html_list(struct html *h, const struct list_view *v)
{
	html_add(h, "<!DOCTYPE html>\n<html>\n<head>\n");
	html_charset(h);
	html_fmt(h, "<title>%s-%s</title>\n</head>\n<body>\n<ul class=\"nav\"><li><a href=\"/\">首页</a></li>"
		    "<li><a href=\"/bsfw/\">办事服务</a></li></ul>\n",
	    h->column->name, h->portal->name);
	if (h->portal->lists == LISTS_JPAAS) {
		html_fmt(h,
		    "<script parseType=\"bulidstatic\" src=\"/jpaas/unit.js\" url=\"%s\" "
		    "queryData=\"{'webId':'w1','tplSetId':'t1','pageType':'column','tagId':'当前栏目list',"
		    "'pageId':'%u'}\"></script>\n",
		    manners[LISTS_JPAAS].data, number_of(h->column));
	} else if (h->portal->lists == LISTS_GKMLPT) {
		html_add(h, "<script>window._CONFIG = {PID: '1', SID: '662001', TREE: []};</script>\n");
	} else if (h->portal->lists == LISTS_DATASTORE) {
		html_add(h, "<div id=\"list\"></div><script type=\"text/xml\">");
		lists_datastore(v, h->out);
		html_add(h, "</script>\n");
	} else {
		html_add(h, "<ul class=\"list\">\n");
		html_rows(h, v);
		html_add(h, "</ul>\n");
		html_paging(h, v);
	}
	html_footer(h, "footer");
	html_add(h, "</body>\n</html>\n");
}

static void
make_page(struct answer *a, struct sim *s, const struct list_view *v, bool elsewhere)
{
	struct buf utf8;
	struct html h = {.sim = s, .portal = v->portal, .column = v->column, .out = &utf8};

	a->content_type = "application/json;charset=UTF-8";
	switch (v->portal->lists) {
	case LISTS_ASSIGNMENTS:
		a->content_type = "text/plain;charset=UTF-8";
		lists_assignments(v, &a->body);
		return;
	case LISTS_UCAP:
	case LISTS_SEARCH:
		lists_json(v, &a->body);
		return;
	case LISTS_FEED:
		a->content_type = "text/xml";
		lists_feed(v, &a->body);
		return;
	case LISTS_SITEMAP:
		a->content_type = "application/xml";
		lists_sitemap(v, &a->body);
		return;
	default:
		break;
	}
	if (elsewhere && v->portal->lists == LISTS_DATASTORE) {
		a->content_type = "text/xml;charset=UTF-8";
		lists_datastore(v, &a->body);
	} else if (elsewhere && v->portal->lists == LISTS_JPAAS) {
		lists_jpaas(v, &a->body);
	} else if (elsewhere) {
		lists_json(v, &a->body);
	} else {
		a->content_type = render_content_type(v->portal);
		buf_init(&utf8, PAGE_BYTES_MAX);
		html_list(&h, v);
		if (render_finish(v->portal, &utf8, &a->body) == -1)
			a->status = 500;
	}
}

bool
lists_answer(struct answer *a, struct sim *s, const struct question *q)
{
	const struct portal *p = &s->portals[q->portal];
	struct list_view v = {.sim = s, .portal = p};
	bool elsewhere, more;
	int page = -1;

	for (unsigned i = 0; i < COLUMNS && page < 0 && p->lists != LISTS_PLAIN; i++) {
		v.column = &p->columns[i];
		page = page_of(p, v.column, q, &elsewhere);
	}
	if (page < 0 || v.column->room == 0)
		return false;
	v.total = state_count(s, v.column);
	v.pages = v.total == 0 ? 1 : (unsigned)((v.total + p->rows - 1) / p->rows);
	if (p->lists == LISTS_COUNTDOWN && page > 0)
		page = (int)v.pages - page;
	v.first_look = !elsewhere;
	v.page = page < 0 ? v.pages : (unsigned)page;
	v.count = state_rows(s, v.column, (size_t)v.page * p->rows, p->rows, v.rows, &more);
	/* files that are not there; programs answer with an empty list */
	if (v.count == 0 && v.page > 0 && strchr(v.column->list, '?') == NULL && !elsewhere &&
	    p->lists != LISTS_FEED)
		return false;
	state_list_seen(s);
	make_page(a, s, &v, elsewhere);
	if (a->body.failed)
		a->status = 500;
	return true;
}
