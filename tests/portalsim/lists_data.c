/* SPDX-License-Identifier: MIT */
#include "lists.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct page *
page_at(const struct list_view *v, size_t i)
{
	return &v->sim->pages[v->rows[i]];
}

static void
day_of(const struct page *p, char out[32])
{
	const struct day *d = &p->report->published;

	(void)snprintf(out, 32, "%04d-%02d-%02d", d->year, d->month, d->day);
}

static void
escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			(void)buf_add_str(out, "&amp;");
		else if (*text == '<')
			(void)buf_add_str(out, "&lt;");
		else if (*text == '"')
			(void)buf_add_str(out, "&quot;");
		else
			(void)buf_add_byte(out, *text);
	}
}

static void
markup(const struct list_view *v, size_t i, struct buf *out)
{
	const struct page *p = page_at(v, i);
	char day[32];

	day_of(p, day);
	(void)buf_add_fmt(out, "<li><a href='%s' title='", p->path);
	escaped(out, p->report->title);
	(void)buf_add_str(out, "' target='_blank'>");
	escaped(out, p->report->title);
	(void)buf_add_fmt(out, "</a><span>%s</span></li>", day);
}

void
lists_datastore(const struct list_view *v, struct buf *out)
{
	(void)buf_add_fmt(
	    out, "<datastore>\n<totalrecord>%zu</totalrecord><totalpage>%u</totalpage>", v->total, v->pages);
	if (v->page + 1 < v->pages)
		(void)buf_add_fmt(out,
		    "<nextgroup><![CDATA[<a href=\"/module/web/jpage/dataproxy.jsp?page=%u&appid=1&webid=3&"
		    "path=/&columnid=%s&unitid=6\"></a>]]></nextgroup>",
		    v->page + 1, v->column->path);
	(void)buf_add_str(out, "<recordset>\n");
	for (size_t i = 0; i < v->count; i++) {
		(void)buf_add_str(out, "<record><![CDATA[\n");
		markup(v, i, out);
		(void)buf_add_str(out, "]]></record>\n");
	}
	(void)buf_add_str(out, "</recordset></datastore>");
}

void
lists_assignments(const struct list_view *v, struct buf *out)
{
	(void)buf_add_fmt(
	    out, "totalRecord=%zu.0;totalPage = %u;dataStore = [", v->total, v->pages);
	for (size_t i = 0; i < v->count; i++) {
		(void)buf_add_str(out, i > 0 ? ",\n\"" : "\"");
		markup(v, i, out);
		(void)buf_add_byte(out, '"');
	}
	(void)buf_add_str(out, "];");
}

static void
dump(struct buf *out, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	if (text == NULL || buf_add_str(out, text) == -1)
		out->failed = true;
	free(text);
	json_decref(json);
}

void
lists_jpaas(const struct list_view *v, struct buf *out)
{
	struct buf html;

	buf_init(&html, PAGE_BYTES_MAX);
	(void)buf_add_str(&html, "<div class=\"xxgk_list\"><ul>");
	for (size_t i = 0; i < v->count; i++)
		markup(v, i, &html);
	(void)buf_add_fmt(&html, "</ul></div><div class=\"pagination\" rows=\"%u\" count=\"%zu\"></div>",
	    v->portal->rows, v->total);
	dump(out, json_pack("{s:b,s:s,s:{s:s}}", "success", 1, "code", "200", "data", "html", html.p));
	buf_fini(&html);
}

/* CST at noon, so that the day is the same in every zone that a reader may take. */
static json_int_t
epoch_of(const struct day *d)
{
	int64_t y = d->year - (d->month <= 2), era = y / 400, yoe = y - era * 400;
	int64_t doy = (INT64_C(153) * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
	int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;

	return days * 86400 + INT64_C(4) * 3600;
}

static json_t *
row_json(const struct list_view *v, size_t i)
{
	const struct page *p = page_at(v, i);
	char day[32], url[300];

	day_of(p, day);
	paths_url(v->sim, p->portal, p->path, url, sizeof(url));
	if (v->portal->lists == LISTS_GKMLPT) {
		(void)snprintf(url + strlen(url), sizeof(url) - strlen(url), "#%s", v->column->path);
		return json_pack("{s:i,s:s,s:s,s:I}", "id", (int)p->id, "title", p->report->title, "url",
		    url, "display_publish_time", epoch_of(&p->report->published));
	}
	if (v->portal->lists == LISTS_UCAP)
		return json_pack("{s:s,s:s,s:s}", "title", p->report->title, "url", p->path,
		    "publishedTimeStr", day);
	return json_pack("{s:s,s:s,s:s}", "DOCTITLE", p->report->title, "DOCPUBURL", url, "PUBDATE", day);
}

void
lists_json(const struct list_view *v, struct buf *out)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < v->count; i++)
		(void)json_array_append_new(rows, row_json(v, i));
	if (v->portal->lists == LISTS_GKMLPT)
		dump(out, json_pack("{s:{s:i},s:o}", "classify", "post_count", (int)v->total, "articles", rows));
	else if (v->portal->lists == LISTS_UCAP)
		dump(out, json_pack("{s:i,s:{s:i,s:i,s:o}}", "code", 0, "data", "total", (int)v->total, "page",
			      (int)v->page + 1, "results", rows));
	else
		dump(out, json_pack("{s:{s:i,s:o}}", "page", "total", (int)v->total, "content", rows));
}

/* The first column is RSS, the other Atom that names its next page. */
void
lists_feed(const struct list_view *v, struct buf *out)
{
	bool atom = v->column != &v->portal->columns[0];
	char day[32], url[300];

	(void)buf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	(void)buf_add_str(out, atom ? "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>"
				    : "<rss version=\"2.0\"><channel><title>");
	escaped(out, v->column->name);
	(void)buf_add_str(out, "</title>\n");
	if (atom && v->page + 1 < v->pages)
		(void)buf_add_fmt(out, "<link rel=\"next\" href=\"%s?page=%u&amp;size=10\"/>\n",
		    v->column->list, v->page + 2);
	for (size_t i = 0; i < v->count; i++) {
		const struct page *p = page_at(v, i);

		day_of(p, day);
		paths_url(v->sim, p->portal, p->path, url, sizeof(url));
		(void)buf_add_str(out, atom ? "<entry><title>" : "<item><title>");
		escaped(out, p->report->title);
		if (atom)
			(void)buf_add_fmt(out,
			    "</title><link rel=\"alternate\" href=\"%s\"/>"
			    "<updated>%s</updated></entry>\n",
			    p->path, day);
		else
			(void)buf_add_fmt(out,
			    "</title><link>%s</link><pubDate>%s</pubDate></item>\n", url, day);
	}
	(void)buf_add_str(out, atom ? "</feed>" : "</channel></rss>");
}

void
lists_sitemap(const struct list_view *v, struct buf *out)
{
	const char *space = "http://www.sitemaps.org/schemas/sitemap/0.9";
	char day[32], url[300];

	(void)buf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (v->first_look) {
		(void)buf_add_fmt(out, "<sitemapindex xmlns=\"%s\">\n", space);
		for (unsigned i = 0; i < v->pages; i++)
			(void)buf_add_fmt(out, "<sitemap><loc>%.*s_%u.xml</loc></sitemap>\n",
			    (int)strcspn(v->column->list, "."), v->column->list, i + 1);
		(void)buf_add_str(out, "</sitemapindex>");
		return;
	}
	(void)buf_add_fmt(out, "<urlset xmlns=\"%s\">\n", space);
	for (size_t i = 0; i < v->count; i++) {
		const struct page *p = page_at(v, i);

		day_of(p, day);
		paths_url(v->sim, p->portal, p->path, url, sizeof(url));
		(void)buf_add_fmt(out, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", url, day);
	}
	(void)buf_add_str(out, "</urlset>");
}
