/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))
#define UNIT_MAX 6000 /* bytes of one subsection with its table */
#define LINE_MAX 600  /* of a paragraph of one sentence */
#define TAIL_MAX 2000 /* of signature, related pages, footer */
#define SUBSECTIONS 8 /* of a section */

struct writer {
	struct buf *out;
	uint64_t state;
	unsigned section, subsection;
};

static const char *const topics[] = {"行政执法监督", "重大决策程序", "规范性文件清理", "政务公开",
    "矛盾纠纷化解", "营商环境优化", "普法宣传", "行政复议应诉", "数字政府建设", "基层治理",
    "合同审查", "应急管理"};
static const char *const laws[] = {"中华人民共和国行政处罚法", "优化营商环境条例",
    "重大行政决策程序暂行条例", "中华人民共和国行政复议法", "中华人民共和国政府信息公开条例"};
static const char *const bureaus[] = {
    "司法局", "财政局", "教育局", "水利局", "审计局", "商务局", "民政局", "统计局"};

/* say() fills @topic, @bureau, @law by their first letter, @d with a digit, @n with a number. */
static const char *const plain[] = {
    "@b年初列出@t的重点任务，分片包干、逐项销号，年内没有发生被纠错的情形。",
    "@b把@t纳入年度学习计划，组织执法人员旁听庭审，以案说法、以案释规。",
    "@b主要负责人多次听取@t情况的汇报，协调解决经费、人员和场地等实际困难。",
    "坚持问题导向，@b对@t中群众反映较多的环节逐一分析原因，明确了整改时限和责任人。",
};
static const char *const counted[] = {
    "全县共办理@t事项@n件，按时办结率达到9@d.@d%。",
    "依照《@l》的规定，@b对@n名持证人员重新核验了资格。",
    "投入资金@n.@d万元，用于@t和@t，群众办事的材料明显减少。",
    "一是理清台账，@b定期对账；二是公开结果，清单全部上网；三是跟踪问效，退回补正&nbsp;@n&nbsp;件。",
};

static const char *const head[] = {
    "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<title>青岭县2024年法治政府建设年度报告-青岭县人民政府</title>\n",
    "<meta name=\"SiteName\" content=\"青岭县人民政府\">\n",
    "<meta name=\"SiteIDCode\" content=\"3309990001\">\n",
    "<meta name=\"ArticleTitle\" content=\"青岭县2024年法治政府建设年度报告\">\n",
    "<meta name=\"PubDate\" content=\"2025-03-04 09:30\">\n",
    "<link rel=\"stylesheet\" href=\"/css/main.css\">\n",
};
static const char *const block[] = {
    "<div class=\"dqwz\">当前位置：<a href=\"/\">首页</a> &gt; <a href=\"/zwgk/\">政务公开</a></div>\n",
    "<div class=\"xxgk\"><table>\n<tr><td>索引号：</td><td>113309990012345678/2025-0@d@d@d@d</td>",
    "<td>主题分类：</td><td>司法</td></tr>\n<tr><td>发布机构：</td><td>青岭县人民政府</td>",
    "<td>成文日期：</td><td>2025年02月28日</td></tr>\n<tr><td>文号：</td><td>青政发〔2025〕@n号</td>",
    "<td>有效性：</td><td>有效</td></tr>\n</table></div>\n",
    "<h1>青岭县2024年法治政府建设年度报告</h1>\n",
    "<div class=\"info\"><span>发布时间：2025-03-04 09:30</span> <span>来源：县司法局</span></div>\n",
    "<div class=\"article\" id=\"zoom\"><div class=\"TRS_Editor\">\n",
};

static unsigned
draw(struct writer *w, unsigned below)
{
	w->state = w->state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(w->state >> 33) % below;
}

#define ANY(w, list) ((list)[draw(w, COUNT(list))])

static void
fill(struct writer *w, char name)
{
	switch (name) {
	case 't':
		(void)buf_add_str(w->out, ANY(w, topics));
		break;
	case 'b':
		(void)buf_add_str(w->out, ANY(w, bureaus));
		break;
	case 'l':
		(void)buf_add_str(w->out, ANY(w, laws));
		break;
	case 'd':
		(void)buf_add_fmt(w->out, "%u", draw(w, 10));
		break;
	default:
		(void)buf_add_fmt(w->out, "%u", draw(w, 900) + 1);
		break;
	}
}

static void
say(struct writer *w, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '@')
			fill(w, *++text);
		else
			(void)buf_add_byte(w->out, *text);
}

/* 1 … 99 */
static void
say_ordinal(struct buf *out, unsigned n)
{
	static const char *const digits[] = {
	    "", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

	if (n >= 20)
		(void)buf_add_str(out, digits[n / 10]);
	if (n >= 10)
		(void)buf_add_str(out, "十");
	(void)buf_add_str(out, digits[n % 10]);
}

/* In a word processor's span; real reports have about five numbers per 1,000 bytes of text. */
static void
sentence(struct writer *w)
{
	bool number = draw(w, 12) >= 7;

	say(w, "<span style=\"font-family: 仿宋_GB2312; font-size: 16pt; mso-hansi-font-family: 仿宋;\">");
	say(w, number ? ANY(w, counted) : ANY(w, plain));
	say(w, "</span>");
}

static void
paragraph(struct writer *w, unsigned sentences)
{
	say(w, "<p class=\"MsoNormal\" style=\"margin: 0pt; text-align: justify; text-indent: 32pt; "
	       "line-height: 28pt;\">");
	while (sentences-- > 0)
		sentence(w);
	say(w, "</p>\n");
}

static void
table(struct writer *w)
{
	say(w, "<table border=\"1\" cellspacing=\"0\"><tbody>\n<tr><td>单位</td><td>事项</td><td>件数</td>"
	       "<td>办结率</td></tr>\n");
	for (unsigned rows = draw(w, 5) + 3; rows > 0; rows--)
		say(w, "<tr><td width=\"120\">@b</td><td>@t</td><td>@n</td><td>8@d.@d%</td></tr>\n");
	say(w, "</tbody></table>\n");
}

static void
section(struct writer *w)
{
	say(w, "<p style=\"line-height: 28pt;\"><strong>　　");
	say_ordinal(w->out, w->section++ % 99 + 1);
	say(w, "、@t工作的情况</strong></p>\n<p>　　印发关于@t的通知（青政办发〔202@d〕@n号），任务分到各部门。</p>\n");
	w->subsection = 0;
}

static void
subsection(struct writer *w)
{
	if (w->subsection % SUBSECTIONS == 0)
		section(w);
	say(w, "<p style=\"line-height: 28pt;\"><span>　　（");
	say_ordinal(w->out, ++w->subsection);
	say(w, "）推进@t</span></p>\n");
	for (unsigned n = draw(w, 2) + 1; n > 0; n--)
		paragraph(w, draw(w, 3) + 2);
	for (unsigned step = 1, steps = draw(w, 3); step <= steps; step++) {
		(void)buf_add_fmt(w->out, "<p class=\"MsoNormal\">　　%u.", step);
		say(w, "落实@t责任。");
		sentence(w);
		say(w, "</p>\n");
	}
	if (draw(w, 4) == 0)
		table(w);
}

static void
begin(struct writer *w)
{
	for (unsigned i = 0; i < COUNT(head); i++)
		say(w, head[i]);
	say(w, "<script>\n");
	for (unsigned i = 0; i < 24; i++)
		(void)buf_add_fmt(w->out,
		    "var item%u = document.getElementById(\"menu-%u\"); if (item%u) item%u.hide();\n", i, i,
		    i, i);
	say(w, "</script>\n</head>\n<body>\n<!-- 页头 -->\n<div class=\"header\"><ul class=\"nav\">\n");
	for (unsigned i = 0; i < 36; i++)
		(void)buf_add_fmt(w->out,
		    "<li class=\"nav-item\"><a href=\"/zwgk/col%u/index.html\" title=\"%s\">%s</a></li>\n", i,
		    topics[i % COUNT(topics)], topics[i % COUNT(topics)]);
	say(w, "</ul></div>\n");
	for (unsigned i = 0; i < COUNT(block); i++)
		say(w, block[i]);
}

static void
end(struct writer *w)
{
	say(w, "<p style=\"text-align: right;\">青岭县人民政府</p>\n"
	       "<p style=\"text-align: right;\">2025年2月28日</p>\n</div></div>\n"
	       "<div class=\"xgwz\"><h3>相关文章</h3><ul>\n");
	for (unsigned i = 0; i < 10; i++)
		say(w, "<li><a href=\"./t20250301_1@d@d@d@d@d.html\">青岭县@b@t要点</a><span>2025-03-01</span></li>\n");
	say(w, "</ul></div>\n<div class=\"footer\"><p>主办：青岭县人民政府办公室</p>"
	       "<p>网站标识码：3309990001</p></div>\n</body>\n</html>\n");
}

int
report_page(struct buf *out, size_t bytes, unsigned seed)
{
	struct writer w = {.out = out, .state = seed};

	begin(&w);
	while (!out->failed && out->n + UNIT_MAX + TAIL_MAX < bytes)
		subsection(&w);
	while (!out->failed && out->n + LINE_MAX + TAIL_MAX < bytes)
		paragraph(&w, 1);
	end(&w);
	return out->failed || out->n > bytes ? -1 : 0;
}
