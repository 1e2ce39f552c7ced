/* SPDX-License-Identifier: MIT */
/* The manner of gkmlpt (广东): a classification table, and the record once more in _CONFIG. */
#include "html.h"

#include <stdlib.h>

static const struct body_style style = {
    .open = "<p style=\"text-indent: 2em;\">",
    .close = "</p>",
    .centre = "<p style=\"text-align: center;\">",
    .right = "<p style=\"text-align: right;\">",
    .strong = "<strong>",
    .unstrong = "</strong>",
    .indent = "",
};

static void
block(struct html *h)
{
	struct pair pairs[PAIRS_MAX];
	unsigned n = facts_block(h->portal, h->report, pairs);

	if (n == 0)
		return;
	html_add(h, "<div class=\"classify\">\n<table>\n");
	for (unsigned i = 0; i < n; i++) {
		html_add(h, i % 2 == 0 ? "<tr>\n" : "");
		html_fmt(h, "<td class=\"label\">%s:</td>\n<td><span>", pairs[i].label);
		html_text(h, pairs[i].value);
		html_add(h, i % 2 == 0 ? "</span></td>\n" : "</span></td>\n</tr>\n");
	}
	html_add(h, "</table>\n</div>\n");
}

static void
config(struct html *h)
{
	const struct report *r = h->report;
	char day[DAY_MAX], *text;
	json_t *detail;

	facts_day(&r->published, day);
	detail = json_pack("{s:s,s:{s:i,s:s,s:s,s:s,s:s,s:s}}", "SID", h->portal->site_code,
	    "DETAIL", "id", (int)h->page->id, "title", r->title, "identifier", r->index_number,
	    "document_number", r->document_number, "publisher", r->agency, "date", day);
	text = detail == NULL
		   ? NULL
		   : json_dumps(detail, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH);
	html_add(h, "<script>window._CONFIG = ");
	html_add(h, text != NULL ? text : "{}");
	html_add(h, ";</script>\n");
	free(text);
	json_decref(detail);
}

static void
head(struct html *h)
{
	html_add(h, "<!DOCTYPE html>\n<html>\n<head>\n");
	html_charset(h);
	html_add(h, "<meta name=\"renderer\" content=\"webkit\">\n<title>");
	html_text(h, h->report->title);
	html_add(h, "</title>\n");
	html_meta(h, false);
	config(h);
	html_fmt(h,
	    "</head>\n<body class=\"gkml\">\n<div class=\"header\"><h2>%s信息公开平台</h2></div>\n",
	    h->portal->name);
	html_add(h,
	    "<div class=\"nav\"><ul><li><a href=\"/gkmlpt/guide\">公开指南</a></li>"
	    "<li><a href=\"/gkmlpt/policy\">公开制度</a></li><li><a href=\"/gkmlpt/annual\">年报</a></li></ul></div>\n");
	html_fmt(h, "<div class=\"breadcrumb\"><a href=\"%s\">%s</a></div>\n", h->column->list,
	    h->column->name);
}

void
html_gkmlpt(struct html *h)
{
	struct pair info[INFO_PAIRS];

	facts_info(h->portal, h->report, info);
	head(h);
	html_add(h, "<div class=\"content-box\">\n");
	block(h);
	html_add(h, "<h1 class=\"title document-number\">");
	html_text(h, h->report->title);
	html_fmt(h,
	    "</h1>\n<div class=\"date-row\"><span class=\"date\">%s：%s</span><span class=\"ly\">%s：",
	    info[INFO_PUBLISHED].label, info[INFO_PUBLISHED].value, info[INFO_SOURCE].label);
	html_text(h, info[INFO_SOURCE].value);
	html_add(h, "</span></div>\n<div class=\"article-content\">\n");
	html_body(h, &style);
	html_add(h, "</div>\n");
	if (h->report->attachments > 0) {
		html_add(h, "<div class=\"attachment\"><h4>附件下载</h4>\n");
		html_attachments(h, "<p class=\"file\">", "</p>\n");
		html_add(h, "</div>\n");
	}
	html_share(h);
	html_add(h, "<ul class=\"relates\">\n");
	html_related(h, "<li>", "</li>\n");
	html_add(h, "</ul>\n</div>\n");
	html_footer(h, "footer");
	html_add(h, "</body>\n</html>\n");
}
