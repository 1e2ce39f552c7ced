/* SPDX-License-Identifier: MIT */
#include "cn_number.h"
#include "noise.h"
#include "words.h"
#include <suoyin/text.h>

#define LINK_MAX 40   /* characters of a line that offers something */
#define FOOTER_MAX 200
#define WORD_BYTES_MAX 20 /* of a line that is a word of a control and two marks */
#define BAR_HAN 0x4E28 /* 丨 */
#define PAGE_CHARS_MAX 16 /* of a page number with what is around it */


static const struct span offers[] = {SPAN_INIT("扫一扫"), SPAN_INIT("扫描二维码"),
    SPAN_INIT("打印本页"), SPAN_INIT("打印页面"), SPAN_INIT("关闭窗口"), SPAN_INIT("关闭本页"),
    SPAN_INIT("关闭页面"), SPAN_INIT("返回顶部"), SPAN_INIT("返回列表"), SPAN_INIT("回到顶部"),
    SPAN_INIT("上一篇"), SPAN_INIT("下一篇"), SPAN_INIT("分享到"), SPAN_INIT("分享至"),
    SPAN_INIT("责任编辑"), SPAN_INIT("用微信扫描"),
    SPAN_INIT("手机扫一扫"), SPAN_INIT("微信扫一扫"), SPAN_INIT("用手机扫"), SPAN_INIT("一键分享"),
    SPAN_INIT("网友评论"), SPAN_INIT("发表评论"), SPAN_INIT("您对该信息"), SPAN_INIT("您对本信息"),
    SPAN_INIT("您对本页"), SPAN_INIT("您的评价"), SPAN_INIT("热门文章")};
/* The same only where the word ends there: 相关政策落实情况 and 关于我们县 are text. */
static const struct span boxes[] = {SPAN_INIT("相关解读"), SPAN_INIT("相关政策"),
    SPAN_INIT("相关稿件"), SPAN_INIT("相关链接"), SPAN_INIT("相关文章"), SPAN_INIT("相关阅读"),
    SPAN_INIT("相关新闻"), SPAN_INIT("相关文件"), SPAN_INIT("相关信息"), SPAN_INIT("网站地图"),
    SPAN_INIT("网站声明"), SPAN_INIT("联系我们"), SPAN_INIT("关于我们")};
static const struct span words[] = {SPAN_INIT("打印"), SPAN_INIT("关闭"), SPAN_INIT("分享"),
    SPAN_INIT("收藏"), SPAN_INIT("返回"), SPAN_INIT("纠错"), SPAN_INIT("首页"), SPAN_INIT("TOP")};
static const struct span footers[] = {SPAN_INIT("版权所有"), SPAN_INIT("版权声明"),
    SPAN_INIT("技术支持"), SPAN_INIT("网站标识码"),
    SPAN_INIT("政府网站标识码"), SPAN_INIT("备案序号"), SPAN_INIT("备案号"), SPAN_INIT("Copyright"),
    SPAN_INIT("copyright"), SPAN_INIT("©")};
static const struct span inside[] = {SPAN_INIT("ICP备"), SPAN_INIT("公网安备"),
    SPAN_INIT("版权所有"), SPAN_INIT("网站标识码")};
static const struct span weak[] = {SPAN_INIT("主办单位"), SPAN_INIT("主办："), SPAN_INIT("主办:"),
    SPAN_INIT("承办单位"), SPAN_INIT("承办："), SPAN_INIT("承办:"), SPAN_INIT("地址"), SPAN_INIT("电话"), SPAN_INIT("联系电话"),
    SPAN_INIT("传真"), SPAN_INIT("邮编"), SPAN_INIT("邮政编码"), SPAN_INIT("邮箱"),
    SPAN_INIT("电子邮箱"), SPAN_INIT("E-mail"), SPAN_INIT("Email"), SPAN_INIT("您是第"),
    SPAN_INIT("访问量"), SPAN_INIT("推荐使用"), SPAN_INIT("建议使用")};

static bool
is_box(struct span s)
{
	for (size_t i = 0; i < COUNT_OF(boxes); i++) {
		size_t at = boxes[i].n;

		if (span_starts(s, boxes[i]))
			return at == s.n || !text_is_han(text_next(s, &at));
	}
	return false;
}

/* What the characters of the line are, apart from blanks. */
struct census {
	size_t bars, dashes, digits, others, marks;
};

static struct census
census_of(struct span s)
{
	struct census n = {0};

	for (size_t at = 0; at < s.n;) {
		uint32_t c = cn_fold(text_next(s, &at));

		if (text_is_space(c) || text_is_zero_width(c))
			continue;
		if (c == '|' || c == 0x2502 || c == BAR_HAN) /* │ 丨 */
			n.bars++;
		else if (c == '-' || c == 0x30FC || c == 0x2500)
			n.dashes++;
		else if (c >= '0' && c <= '9')
			n.digits++;
		else if (text_is_han(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= 0xC0 && c < 0x2000) || c >= 0x3040 || (c >= 0x2150 && c < 0x2500))
			n.others++;
		else
			n.marks++;
	}
	return n;
}

/* With one that is read: 丨 is used as a bar. */
static bool
begins_with_han(struct span s)
{
	size_t at = 0;
	uint32_t c = text_next(s, &at);

	return text_is_han(c) && c != BAR_HAN;
}

/* "— 3 —", "第3页", "第 3 页 共 5 页" */
static bool
is_page_number(struct span s)
{
	struct census n;

	if (begins_with_han(s) && !span_starts(s, SPAN("第")))
		return false;
	n = census_of(s);

	if (n.others == 0 && n.marks == 0 && n.bars == 0)
		return n.dashes >= 2 && n.digits >= 1 && n.digits <= 4 &&
		    !text_is_digit((unsigned char)s.p[0]) &&
		    !text_is_digit((unsigned char)s.p[s.n - 1]);
	return n.digits >= 1 && n.others <= 4 && span_starts(s, SPAN("第")) && span_ends(s, SPAN("页"));
}

static bool
is_word(struct span s)
{
	for (size_t i = 0; i < COUNT_OF(words) && s.n <= WORD_BYTES_MAX; i++) {
		size_t at = span_find(s, words[i], 0);

		if (at != SIZE_MAX && text_length(s) <= text_length(words[i]) + 2 &&
		    census_of(span_cut(s, 0, at)).others == 0 &&
		    census_of(span_cut(s, at + words[i].n, s.n)).others == 0)
			return true;
	}
	return false;
}

/* Whether the line has a character that is read, and not only marks. */
static bool
has_matter(struct span s)
{
	static const size_t chars[] = {1, PAGE_CHARS_MAX, SIZE_MAX}; /* mostly the first one tells */

	if (begins_with_han(s))
		return true;
	for (size_t i = 0; i < COUNT_OF(chars); i++) {
		struct census n = census_of(text_first(s, chars[i]));

		if (n.others + n.digits > 0)
			return true;
	}
	return false;
}

static bool
is_chrome(struct span s, size_t length)
{
	if (words_begin(s, footers, COUNT_OF(footers)))
		return true;
	for (size_t i = 0; i < COUNT_OF(inside); i++)
		if (span_find(s, inside[i], 0) != SIZE_MAX)
			return true;
	return length <= LINK_MAX &&
	    (words_begin(s, offers, COUNT_OF(offers)) || is_box(s) || is_word(s));
}

enum noise
noise_of(struct span line)
{
	struct span s = text_trim(line);
	struct census n;
	size_t length;

	if (s.n == 0)
		return NOISE_NONE;
	if (!has_matter(s)) {
		n = census_of(s);
		return n.bars > 0 && n.marks + n.dashes == 0 ? NOISE_CELLS : NOISE_MARKS;
	}
	if (text_is_longer(s, FOOTER_MAX))
		return NOISE_NONE;
	length = text_length(s);
	if (length <= PAGE_CHARS_MAX && is_page_number(s))
		return NOISE_PAGE;
	if (is_chrome(s, length))
		return NOISE_CHROME;
	if (!words_begin(s, weak, COUNT_OF(weak)))
		return NOISE_NONE;
	return census_of(s).bars > 0 ? NOISE_CHROME : NOISE_WEAK; /* several in a row, parted by bars */
}
