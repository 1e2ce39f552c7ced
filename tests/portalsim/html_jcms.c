/* SPDX-License-Identifier: MIT */
/* The manner of 大汉 jcms: label and value in one cell, #zoom, marks of the vendor around the text.
 */
#include "html.h"

static const struct body_style style = {
    .open = "<p style=\"font-size: 14pt; font-family: 宋体; line-height: 1.75;\">",
    .close = "</p>",
    .centre = "<p style=\"text-align: center;\">",
    .right = "<p style=\"text-align: right; padding-right: 40px;\">",
    .strong = "<b>",
    .unstrong = "</b>",
    .indent = "&emsp;&emsp;",
};

static void
block(struct html *h)
{
	struct pair pairs[PAIRS_MAX];
	unsigned n = facts_block(h->portal, h->report, pairs);

	if (n == 0)
		return;
	html_add(h, "<table class=\"xxgk\" cellspacing=\"0\">\n");
	for (unsigned i = 0; i < n; i++) {
		html_add(h, i % 2 == 0 ? "<tr>" : "");
		html_fmt(h, "<td>%s: ", pairs[i].label);
		html_text(h, pairs[i].value);
		html_add(h, i % 2 == 0 ? "</td>" : "</td></tr>\n");
	}
	html_add(h, "</table>\n");
}

static void
head(struct html *h)
{
	html_add(h, "<!doctype html>\n<html>\n<head>\n");
	html_charset(h);
	html_add(h, "<title>");
	html_text(h, h->portal->name);
	html_fmt(h, " %s ", h->column->name);
	html_text(h, h->report->title);
	html_add(h, "</title>\n<!--网站标签-->\n");
	html_meta(h, true);
	html_fmt(h,
	    "<meta name=\"category\" content=\"\">\n<meta name=\"language\" content=\"中文\">\n"
	    "<meta name=\"level\" content=\"0\">\n<meta name=\"guid\" content=\"%u\">\n"
	    "<link rel=\"stylesheet\" href=\"/script/0/css/jcms.css\">\n</head>\n",
	    h->page->id);
	html_fmt(h,
	    "<body>\n<div class=\"bt-header\"><a href=\"/\">%s</a></div>\n"
	    "<div class=\"bt-nav\"><a href=\"/\">首页</a> <a href=\"/col/col1/index.html\">要闻</a> "
	    "<a href=\"/col/col2/index.html\">公开</a> <a href=\"/col/col3/index.html\">服务</a></div>\n"
	    "<div class=\"position\">您所在的位置：首页 &gt; %s</div>\n",
	    h->portal->name, h->column->name);
}

void
html_jcms(struct html *h)
{
	struct pair info[INFO_PAIRS];

	facts_info(h->portal, h->report, info);
	head(h);
	html_add(h, "<div class=\"main-article\" id=\"c\">\n");
	block(h);
	html_add(h, "<!--<$[信息名称(html)]>begin--><h1 class=\"title\">");
	html_text(h, h->report->title);
	html_add(h, "</h1><!--<$[信息名称(html)]>end-->\n<p class=\"sp_time\">");
	html_fmt(h, "<font>%s：%s</font> <font>%s：", info[INFO_PUBLISHED].label,
	    info[INFO_PUBLISHED].value, info[INFO_SOURCE].label);
	html_text(h, info[INFO_SOURCE].value);
	html_add(h,
	    "</font> <font>浏览次数：<script src=\"/vc/vc/interface/artcount/artcount.jsp?i_columnid=1\">"
	    "</script></font></p>\n<div id=\"zoom\" class=\"main-txt\">"
	    "<!--ZJEG_RSS.content.begin--><meta name=\"ContentStart\">\n");
	html_body(h, &style);
	html_attachments(h, "<p>", "</p>\n");
	html_add(h, "<meta name=\"ContentEnd\"><!--ZJEG_RSS.content.end--></div>\n");
	html_share(h);
	html_add(h, "<div class=\"relevant\"><span>相关信息</span><br>\n");
	html_related(h, "", "<br>\n");
	html_add(h, "</div>\n</div>\n");
	html_footer(h, "bt-footer");
	html_add(h, "</body>\n</html>\n");
}
