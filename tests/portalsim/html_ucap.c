/* SPDX-License-Identifier: MIT */
/* The manner of 开普云 UCAP: label and value as list items, #UCAP-CONTENT, custom elements. */
#include "html.h"

static const struct body_style style = {
    .open = "<p style=\"text-indent: 2em; text-align: justify;\">",
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
	html_add(h, "<div class=\"xxgk-info\">\n<ul class=\"clearfix\">\n");
	for (unsigned i = 0; i < n; i++) {
		html_fmt(h, "<li><label>%s：</label><span>", pairs[i].label);
		html_text(h, pairs[i].value);
		html_add(h, "</span></li>\n");
	}
	html_add(h, "</ul>\n</div>\n");
}

static void
head(struct html *h)
{
	html_add(h, "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n");
	html_charset(h);
	html_add(h, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\">\n");
	html_meta(h, false);
	html_fmt(h,
	    "<meta name=\"others\" content=\"页面生成时间 %04d-%02d-%02d 23:10:05\">\n<title>",
	    h->report->published.year, h->report->published.month, h->report->published.day);
	html_text(h, h->report->title);
	html_fmt(h,
	    "_%s</title>\n<link rel=\"stylesheet\" href=\"/xrmzf/css/common.css\">\n</head>\n<body>\n",
	    h->portal->name);
	html_add(h,
	    "<div class=\"header\"><div class=\"menu\"><a href=\"/\">网站首页</a><a href=\"/xrmzf/xxgk.shtml\">"
	    "信息公开</a><a href=\"/xrmzf/zwfw.shtml\">政务服务</a></div></div>\n");
	html_fmt(h,
	    "<div class=\"crumb\"><a href=\"/\">首页</a><span>&gt;</span><a href=\"%s\">%s</a><span>&gt;</span>"
	    "正文</div>\n",
	    h->column->list, h->column->name);
}

void
html_ucap(struct html *h)
{
	struct pair info[INFO_PAIRS];

	facts_info(h->portal, h->report, info);
	head(h);
	html_add(h, "<div class=\"article\">\n");
	block(h);
	html_add(h, "<h1 class=\"article-title\"><ucaptitle>");
	html_text(h, h->report->title);
	html_fmt(h,
	    "</ucaptitle></h1>\n<div class=\"article-info\"><span>%s：<publishtime>%s</publishtime></span>"
	    "<span>%s：",
	    info[INFO_PUBLISHED].label, info[INFO_PUBLISHED].value, info[INFO_SOURCE].label);
	html_text(h, info[INFO_SOURCE].value);
	html_add(h, "</span><span>浏览次数：<i id=\"hits\"></i></span></div>\n"
		    "<div class=\"article-content\" id=\"UCAP-CONTENT\"><ucapcontent>\n");
	html_body(h, &style);
	html_attachments(h, "<p>", "</p>\n");
	html_add(h, "</ucapcontent></div>\n");
	html_share(h);
	html_add(h, "<div class=\"related\"><p class=\"related-title\">相关稿件</p>\n<ul>\n");
	html_related(h, "<li>", "</li>\n");
	html_add(h, "</ul>\n</div>\n</div>\n");
	html_footer(h, "footer");
	html_add(h, "<script src=\"/xrmzf/js/count.js\"></script>\n</body>\n</html>\n");
}
