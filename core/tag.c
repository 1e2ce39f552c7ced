/* SPDX-License-Identifier: MIT */
#include "tag.h"

/* In the order of enum tag, which is alphabetical. */
static const struct row {
	struct span name;
	unsigned props;
} rows[TAG_COUNT] = {
	[TAG_OTHER] = {SPAN_INIT(""), 0},
	[TAG_A] = {SPAN_INIT("a"), 0},
	[TAG_ADDRESS] = {SPAN_INIT("address"), TAG_BLOCK},
	[TAG_ARTICLE] = {SPAN_INIT("article"), TAG_BLOCK},
	[TAG_ASIDE] = {SPAN_INIT("aside"), TAG_BLOCK},
	[TAG_BLOCKQUOTE] = {SPAN_INIT("blockquote"), TAG_BLOCK},
	[TAG_BODY] = {SPAN_INIT("body"), TAG_BLOCK},
	[TAG_BR] = {SPAN_INIT("br"), TAG_BLOCK},
	[TAG_BUTTON] = {SPAN_INIT("button"), TAG_SILENT},
	[TAG_CAPTION] = {SPAN_INIT("caption"), TAG_BLOCK},
	[TAG_CENTER] = {SPAN_INIT("center"), TAG_BLOCK},
	[TAG_DD] = {SPAN_INIT("dd"), TAG_BLOCK},
	[TAG_DIV] = {SPAN_INIT("div"), TAG_BLOCK},
	[TAG_DL] = {SPAN_INIT("dl"), TAG_BLOCK},
	[TAG_DT] = {SPAN_INIT("dt"), TAG_BLOCK},
	[TAG_EMBED] = {SPAN_INIT("embed"), TAG_PICTURE},
	[TAG_FIELDSET] = {SPAN_INIT("fieldset"), TAG_BLOCK},
	[TAG_FIGURE] = {SPAN_INIT("figure"), TAG_BLOCK},
	[TAG_FOOTER] = {SPAN_INIT("footer"), TAG_BLOCK},
	[TAG_FORM] = {SPAN_INIT("form"), TAG_BLOCK},
	[TAG_H1] = {SPAN_INIT("h1"), TAG_BLOCK | TAG_HEADING},
	[TAG_H2] = {SPAN_INIT("h2"), TAG_BLOCK | TAG_HEADING},
	[TAG_H3] = {SPAN_INIT("h3"), TAG_BLOCK | TAG_HEADING},
	[TAG_H4] = {SPAN_INIT("h4"), TAG_BLOCK | TAG_HEADING},
	[TAG_H5] = {SPAN_INIT("h5"), TAG_BLOCK | TAG_HEADING},
	[TAG_H6] = {SPAN_INIT("h6"), TAG_BLOCK | TAG_HEADING},
	[TAG_HEAD] = {SPAN_INIT("head"), TAG_BLOCK},
	[TAG_HEADER] = {SPAN_INIT("header"), TAG_BLOCK},
	[TAG_HR] = {SPAN_INIT("hr"), TAG_BLOCK},
	[TAG_HTML] = {SPAN_INIT("html"), TAG_BLOCK},
	[TAG_IFRAME] = {SPAN_INIT("iframe"), TAG_SILENT | TAG_PICTURE},
	[TAG_IMG] = {SPAN_INIT("img"), TAG_PICTURE},
	[TAG_LEGEND] = {SPAN_INIT("legend"), TAG_BLOCK},
	[TAG_LI] = {SPAN_INIT("li"), TAG_BLOCK},
	[TAG_MAIN] = {SPAN_INIT("main"), TAG_BLOCK},
	[TAG_META] = {SPAN_INIT("meta"), 0},
	[TAG_NAV] = {SPAN_INIT("nav"), TAG_BLOCK},
	[TAG_NOSCRIPT] = {SPAN_INIT("noscript"), TAG_SILENT},
	[TAG_OBJECT] = {SPAN_INIT("object"), TAG_SILENT},
	[TAG_OL] = {SPAN_INIT("ol"), TAG_BLOCK},
	[TAG_OPTION] = {SPAN_INIT("option"), TAG_SILENT},
	[TAG_P] = {SPAN_INIT("p"), TAG_BLOCK},
	[TAG_PRE] = {SPAN_INIT("pre"), TAG_BLOCK},
	[TAG_SCRIPT] = {SPAN_INIT("script"), TAG_SILENT},
	[TAG_SECTION] = {SPAN_INIT("section"), TAG_BLOCK},
	[TAG_SELECT] = {SPAN_INIT("select"), TAG_SILENT},
	[TAG_STYLE] = {SPAN_INIT("style"), TAG_SILENT},
	[TAG_TABLE] = {SPAN_INIT("table"), TAG_BLOCK},
	[TAG_TBODY] = {SPAN_INIT("tbody"), TAG_BLOCK},
	[TAG_TD] = {SPAN_INIT("td"), TAG_BLOCK | TAG_CELL},
	[TAG_TEMPLATE] = {SPAN_INIT("template"), TAG_SILENT},
	[TAG_TEXTAREA] = {SPAN_INIT("textarea"), TAG_SILENT},
	[TAG_TFOOT] = {SPAN_INIT("tfoot"), TAG_BLOCK},
	[TAG_TH] = {SPAN_INIT("th"), TAG_BLOCK | TAG_CELL},
	[TAG_THEAD] = {SPAN_INIT("thead"), TAG_BLOCK},
	[TAG_TITLE] = {SPAN_INIT("title"), TAG_BLOCK | TAG_SILENT},
	[TAG_TR] = {SPAN_INIT("tr"), TAG_BLOCK},
	[TAG_UCAPCONTENT] = {SPAN_INIT("ucapcontent"), TAG_BLOCK},
	[TAG_UL] = {SPAN_INIT("ul"), TAG_BLOCK},
};

enum tag
tag_by_name(struct span lower)
{
	size_t low = 1, high = TAG_COUNT;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = span_cmp(rows[mid].name, lower);

		if (order == 0)
			return (enum tag)mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return TAG_OTHER;
}

unsigned
tag_props(unsigned tag)
{
	return tag < TAG_COUNT ? rows[tag].props : 0;
}
