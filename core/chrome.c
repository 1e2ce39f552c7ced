/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "chrome.h"
#include "label.h"
#include "noise.h"

#define CHROME_CHARS_MAX 60 /* longer lines are text, whatever they begin with */
#define TAIL_LINES_MAX 1000 /* lines behind an article; more short ones are the article */
#define CONTROL_CHARS_MAX 20 /* of a line of buttons */
#define SHORT_CHARS_MAX 80  /* lines behind the article: titles of others, addresses */

/* Beyond what noise.h knows of every document: furniture of pages. */
static const struct span openings[] = {
	SPAN_INIT("责任编辑"), SPAN_INIT("责编"), SPAN_INIT("编辑："), SPAN_INIT("编辑:"),
	SPAN_INIT("上一条"), SPAN_INIT("下一条"), SPAN_INIT("相关附件"), SPAN_INIT("相关文档"),
	SPAN_INIT("相关稿件"), SPAN_INIT("关联稿件"), SPAN_INIT("信息发布："),
	SPAN_INIT("附件下载"), SPAN_INIT("文件下载"), SPAN_INIT("我的收藏"), SPAN_INIT("加入收藏"),
	SPAN_INIT("站点地图"), SPAN_INIT("免责声明："), SPAN_INIT("免责声明:"), SPAN_INIT("政策解读："),
	SPAN_INIT("值班编辑"), SPAN_INIT("校对："), SPAN_INIT("审核："), SPAN_INIT("初审："),
	SPAN_INIT("复审："), SPAN_INIT("终审："), SPAN_INIT("一审："), SPAN_INIT("二审："),
	SPAN_INIT("三审："), SPAN_INIT("凡注明来源"), SPAN_INIT("凡本网注明"),
};

static struct span
without_marks(struct span s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t begin = at;
		uint32_t c = text_next(s, &at);

		if (text_is_han(c) || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z'))
			return span_cut(s, begin, s.n);
	}
	return span_cut(s, s.n, s.n);
}

/* 附件： with nothing behind it. */
static bool
is_empty_heading(struct span s)
{
	static const struct span words[] = {SPAN_INIT("附件"), SPAN_INIT("附件下载"),
	    SPAN_INIT("相关附件")};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_starts(s, words[i]) &&
		    without_marks(span_cut(s, words[i].n, s.n)).n == 0)
			return true;
	return false;
}

/* 当前位置：首页 > 政务公开 > 通知公告 */
static bool
is_path(struct span s)
{
	return span_starts(s, SPAN("当前位置")) || span_starts(s, SPAN("您的位置")) ||
	    span_starts(s, SPAN("您当前的位置")) || span_starts(s, SPAN("您现在的位置")) ||
	    (span_starts(s, SPAN("首页")) && (span_find_byte(s, '>', 0) != SIZE_MAX ||
	    span_find(s, SPAN("»"), 0) != SIZE_MAX || span_find(s, SPAN("›"), 0) != SIZE_MAX));
}

/* 打印 关闭, 字体：大 中 小, 点赞收藏, 分享到微信; not 关闭某矿的公告. */
static bool
is_control(struct span s)
{
	size_t at = 0, end;
	enum label_field field;

	if (text_is_longer(s, CONTROL_CHARS_MAX))
		return false;
	while ((end = label_match(span_cut(s, at, s.n), &field)) > 0 && field == LABEL_CHROME)
		at += end;
	return at == s.n || (at > 0 && !text_is_han(text_next(s, &at)));
}

bool
chrome_is(struct span line)
{
	struct span s;

	if (line.n > 1000)
		return false;
	s = without_marks(line);
	if (s.n == 0)
		return false;
	if (noise_of(s) == NOISE_CHROME || span_find(s, SPAN("技术支持："), 0) != SIZE_MAX)
		return true;
	if (text_is_longer(line, CHROME_CHARS_MAX))
		return false;
	if (is_control(s))
		return true;
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++)
		if (span_starts(s, openings[i]))
			return true;
	return is_empty_heading(s) || is_path(s);
}

static bool
is_short(struct span line)
{
	return line.n <= (size_t)4 * SHORT_CHARS_MAX && text_length(line) <= SHORT_CHARS_MAX &&
	    !span_ends(line, SPAN("。")) && !span_ends(line, SPAN("；")) &&
	    span_find_byte(line, '\t', 0) == SIZE_MAX; /* a row of the article's table */
}

/* Columns of a menu or footer: "a | b | c". */
static bool
is_menu(struct span line)
{
	size_t bars = 0;

	for (size_t i = 0; i < line.n; i++)
		bars += line.p[i] == '|';
	return bars > 0 && line.n <= bars * 200;
}

size_t
chrome_tail(const struct lines *lines, const bool *file)
{
	size_t end = lines->count, from = end > TAIL_LINES_MAX ? end - TAIL_LINES_MAX : 0;

	for (size_t i = end; i > from; i--) {
		struct span line = lines->items[i - 1];

		if (is_empty_heading(line) ? end == i : chrome_is(line) || (file[i - 1] && end == i) ||
		    (noise_of(line) == NOISE_WEAK && end == i && end < lines->count))
			end = i - 1;
		else if (!is_short(line) && !is_menu(line) && noise_of(line) == NOISE_NONE)
			break;
	}
	return end;
}
