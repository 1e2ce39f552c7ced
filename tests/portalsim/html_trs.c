/* SPDX-License-Identifier: MIT */
/* The manner of TRS WCM: a table of labels and values, paragraphs in .TRS_Editor, Word's spans. */
#include "html.h"

static const struct body_style style = {
    .open =
	"<p align=\"justify\" style=\"line-height: 2em; margin-top: 0pt;\"><span style=\"font-family: "
	"仿宋_GB2312; font-size: 16pt;\">",
    .close = "</span></p>",
    .centre = "<p align=\"center\"><span style=\"font-size: 16pt;\">",
    .right = "<p align=\"right\" style=\"margin-right: 2em;\"><span style=\"font-size: 16pt;\">",
    .strong = "<strong>",
    .unstrong = "</strong>",
    .indent = "　　",
};

static void
block(struct html *h)
{
	struct pair pairs[PAIRS_MAX];
	unsigned n = facts_block(h->portal, h->report, pairs);

	if (n == 0)
		return;
	html_add(
	    h, "<div class=\"xxgk-head\">\n<table class=\"xl-table\" width=\"100%\">\n<tbody>\n");
	for (unsigned i = 0; i < n; i++) {
		html_add(h, i % 2 == 0 ? "<tr>\n" : "");
		html_fmt(h, "<td class=\"tit\" width=\"12%%\">%s：</td><td class=\"con\">",
		    pairs[i].label);
		html_text(h, pairs[i].value);
		html_add(h, i % 2 == 0 ? "</td>\n" : "</td>\n</tr>\n");
	}
	html_add(h, n % 2 != 0 ? "</tr>\n" : "");
	html_add(h, "</tbody>\n</table>\n</div>\n");
}

static void
head(struct html *h)
{
	html_add(h, "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" "
		    "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
		    "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n");
	html_charset(h);
	html_add(h, "<title>");
	html_text(h, h->report->title);
	html_fmt(h, "-%s</title>\n", h->portal->name);
	html_meta(h, true);
	html_add(h,
	    "<link href=\"/images/style.css\" rel=\"stylesheet\" type=\"text/css\" />\n"
	    "<script type=\"text/javascript\">var siteId = 41; function doZoom(size) {}</script>\n"
	    "</head>\n<body>\n<div class=\"top\">\n<ul class=\"nav\"><li><a href=\"/\">首页</a></li>"
	    "<li><a href=\"/zwgk/\">政务公开</a></li><li><a href=\"/bsfw/\">办事服务</a></li>"
	    "<li><a href=\"/hdjl/\">互动交流</a></li></ul>\n</div>\n");
	html_fmt(h,
	    "<div class=\"dqwz\">当前位置：<a href=\"/\">首页</a> &gt; <a href=\"../../\">政务公开</a> &gt; "
	    "<a href=\"../\">%s</a></div>\n",
	    h->column->name);
}

void
html_trs(struct html *h)
{
	struct pair info[INFO_PAIRS];

	facts_info(h->portal, h->report, info);
	head(h);
	html_add(h, "<div class=\"xl\">\n");
	block(h);
	html_add(h, "<h1 class=\"xl-title\">");
	html_text(h, h->report->title);
	html_fmt(h,
	    "</h1>\n<div class=\"xl-info\"><span>%s：%s</span>&nbsp;&nbsp;<span>%s：",
	    info[INFO_PUBLISHED].label, info[INFO_PUBLISHED].value, info[INFO_SOURCE].label);
	html_text(h, info[INFO_SOURCE].value);
	html_add(h,
	    "</span>&nbsp;&nbsp;<span>字体：[<a href=\"javascript:doZoom(18)\">大</a> "
	    "<a href=\"javascript:doZoom(16)\">中</a> <a href=\"javascript:doZoom(14)\">小</a>]</span></div>\n"
	    "<div class=\"xl-content\">\n<div class=\"view TRS_UEDITOR trs_paper_default\">\n"
	    "<div class=\"TRS_Editor\">\n");
	html_body(h, &style);
	html_add(h, "</div>\n</div>\n");
	if (h->report->attachments > 0) {
		html_add(h, "<div class=\"fj\"><b>附件：</b><ul>\n");
		html_attachments(h, "<li>", "</li>\n");
		html_add(h, "</ul></div>\n");
	}
	html_add(h, "</div>\n");
	html_share(h);
	html_add(h, "<div class=\"xgwz\"><h3>相关文章</h3>\n<ul>\n");
	html_related(h, "<li>", "</li>\n");
	html_add(h, "</ul></div>\n</div>\n");
	html_footer(h, "foot");
	html_add(h, "</body>\n</html>\n");
}
