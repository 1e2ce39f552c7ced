/* SPDX-License-Identifier: MIT */
#include "html.h"

#include "rng.h"

#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 2048

void
html_add(struct html *h, const char *markup)
{
	(void)buf_add_str(h->out, markup);
}

void
html_fmt(struct html *h, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	(void)buf_add_str(h->out, line);
}

static void
escape(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		switch (p[i]) {
		case '&':
			(void)buf_add_str(out, "&amp;");
			break;
		case '<':
			(void)buf_add_str(out, "&lt;");
			break;
		case '>':
			(void)buf_add_str(out, "&gt;");
			break;
		case '"':
			(void)buf_add_str(out, "&quot;");
			break;
		default:
			(void)buf_add_byte(out, p[i]);
			break;
		}
}

void
html_text(struct html *h, const char *text)
{
	escape(h->out, text, strlen(text));
}

void
html_cut(struct html *h, const char *text, unsigned characters)
{
	size_t at = 0;

	for (; text[at] != '\0'; at++)
		if (((unsigned char)text[at] & 0xc0U) != 0x80U && characters-- == 0)
			break;
	escape(h->out, text, at);
	if (text[at] != '\0')
		html_add(h, "...");
}

void
html_charset(struct html *h)
{
	switch (h->portal->charset) {
	case CHARSET_UTF8_META:
		html_add(h, "<meta charset=\"utf-8\">\n");
		break;
	case CHARSET_GB_META:
		html_add(h,
		    "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\">\n");
		break;
	case CHARSET_UTF8_HTTP:
	case CHARSET_GB_HTTP:
	default:
		break;
	}
}

static void
meta(struct html *h, const char *name, const char *value)
{
	html_fmt(h, "<meta name=\"%s\" content=\"", name);
	html_text(h, value);
	html_add(h, "\">\n");
}

void
html_meta(struct html *h, bool with_url)
{
	const struct report *r = h->report;
	struct pair info[INFO_PAIRS];
	char text[400];

	meta(h, "SiteName", h->portal->name);
	meta(h, "SiteDomain", h->portal->host);
	meta(h, "SiteIDCode", h->portal->site_code);
	meta(h, "ColumnName", h->column->name);
	meta(h, "ColumnType", h->report == NULL ? h->column->name : "信息公开");
	if (r == NULL)
		return;
	meta(h, "ArticleTitle", r->title);
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d", r->published.year,
	    r->published.month, r->published.day, r->published.hour, r->published.minute);
	meta(h, "PubDate", text);
	facts_info(h->portal, r, info);
	meta(h, "ContentSource", info[INFO_SOURCE].value);
	meta(h, "Keywords", r->notice ? "通知,公告" : "法治政府,年度报告");
	meta(h, "Description", "");
	/* relative, as many print it: bytes must not depend on the port */
	if (with_url)
		meta(h, "Url", h->page->path);
}

static const char *
opening(const struct body_style *style, enum piece_kind kind)
{
	if (kind == PIECE_NUMBER)
		return style->centre;
	return kind == PIECE_SIGNATURE || kind == PIECE_DATE ? style->right : style->open;
}

static void
paragraph(struct html *h, const struct body_style *style, const struct piece *p)
{
	bool heading = p->kind == PIECE_H1;
	bool indented = p->kind == PIECE_TEXT || p->kind == PIECE_H1 || p->kind == PIECE_H2 ||
			p->kind == PIECE_H3 || p->kind == PIECE_ATTACHED;

	html_add(h, opening(style, p->kind));
	html_add(h, heading ? style->strong : "");
	html_add(h, indented ? style->indent : "");
	escape(h->out, h->doc->text.p + p->from, p->to - p->from);
	html_add(h, heading ? style->unstrong : "");
	html_add(h, style->close);
	html_add(h, "\n");
}

void
html_body(struct html *h, const struct body_style *style)
{
	for (size_t i = 0; i < h->doc->count; i++)
		paragraph(h, style, &h->doc->pieces[i]);
}

void
html_attachments(struct html *h, const char *open, const char *close)
{
	const struct report *r = h->report;
	char name[256], path[320];

	for (unsigned n = 1; n <= r->attachments; n++) {
		compose_attachment(r, n, name, sizeof(name));
		paths_attachment(h->sim, h->page, n, path, sizeof(path));
		html_add(h, open);
		html_add(h, "<a href=\"");
		/* TRS lays them beside the page and writes its links so */
		html_add(h, h->portal->dialect == DIALECT_TRS ? "." : "");
		html_text(h, h->portal->dialect == DIALECT_TRS ? strrchr(path, '/') : path);
		html_add(h, "\" target=\"_blank\">");
		html_text(h, name);
		html_add(h, "</a>");
		html_add(h, close);
	}
}

/* Older pages of the portal; they follow from the seed, not from what is published now, so
 * that the bytes of a page never change by themselves. */
void
html_related(struct html *h, const char *open, const char *close)
{
	struct rng rng;
	unsigned older = h->report->rank < 5 ? h->report->rank : 5;

	rng_init(&rng, h->sim->opt.seed, STREAM_CHROME, h->page->id);
	for (unsigned i = 0; i < older; i++) {
		unsigned rank = h->report->rank - 1 - rng_below(&rng, i + 1);
		const struct page *p = &h->sim->pages[h->portal->first_report + rank];

		html_add(h, open);
		html_fmt(h, "<a href=\"%s\">", p->path);
		html_cut(h, p->report->title, 20);
		html_add(h, "</a>");
		html_add(h, close);
	}
}

void
html_share(struct html *h)
{
	html_add(h,
	    "<div class=\"share\"><span>分享到：</span><a href=\"javascript:;\" class=\"wx\">微信</a>"
	    "<a href=\"javascript:;\" class=\"wb\">微博</a></div>\n"
	    "<div class=\"tools\"><a href=\"javascript:window.print();\">打印本页</a> "
	    "<a href=\"javascript:window.close();\">关闭窗口</a></div>\n");
}

void
html_footer(struct html *h, const char *class)
{
	html_fmt(h,
	    "<div class=\"%s\">\n<p><a href=\"/about.html\">网站地图</a> | <a href=\"/help.html\">联系我们</a></p>\n"
	    "<p>主办：%s办公室　承办：%s政务数据中心</p>\n"
	    "<p>网站标识码：%s　备案号：演示备%s号-1</p>\n</div>\n",
	    class, h->portal->name, h->portal->county, h->portal->site_code,
	    h->portal->site_code + 2);
}
