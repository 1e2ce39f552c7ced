/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/text.h>

#include "label.h"

#define LABEL_CHARS_MAX 10 /* code points of the longest label below */

static const struct row {
	struct span name;
	enum label_field field;
} rows[] = {
	{SPAN_INIT("索引号"), LABEL_INDEX},
	{SPAN_INIT("信息索引号"), LABEL_INDEX},
	{SPAN_INIT("信息索引"), LABEL_INDEX},
	{SPAN_INIT("索取号"), LABEL_INDEX},
	{SPAN_INIT("信息索取号"), LABEL_INDEX},
	{SPAN_INIT("索引码"), LABEL_INDEX},
	{SPAN_INIT("索引编号"), LABEL_INDEX},
	{SPAN_INIT("文件索引号"), LABEL_INDEX},
	{SPAN_INIT("公开索引号"), LABEL_INDEX},
	{SPAN_INIT("发布机构"), LABEL_AGENCY},
	{SPAN_INIT("发布机关"), LABEL_AGENCY},
	{SPAN_INIT("发布单位"), LABEL_AGENCY},
	{SPAN_INIT("发布部门"), LABEL_AGENCY},
	{SPAN_INIT("发文机关"), LABEL_AGENCY},
	{SPAN_INIT("发文机构"), LABEL_AGENCY},
	{SPAN_INIT("发文单位"), LABEL_AGENCY},
	{SPAN_INIT("制发机关"), LABEL_AGENCY},
	{SPAN_INIT("制发单位"), LABEL_AGENCY},
	{SPAN_INIT("公开责任部门"), LABEL_AGENCY},
	{SPAN_INIT("责任部门"), LABEL_AGENCY},
	{SPAN_INIT("公开机构"), LABEL_AGENCY},
	{SPAN_INIT("公开单位"), LABEL_AGENCY},
	{SPAN_INIT("办文部门"), LABEL_AGENCY},
	{SPAN_INIT("公开主体"), LABEL_AGENCY},
	{SPAN_INIT("公开部门"), LABEL_AGENCY},
	{SPAN_INIT("制定机关"), LABEL_AGENCY},
	{SPAN_INIT("公布机关"), LABEL_AGENCY},
	{SPAN_INIT("发文部门"), LABEL_AGENCY},
	{SPAN_INIT("制发部门"), LABEL_AGENCY},
	{SPAN_INIT("制发机构"), LABEL_AGENCY},
	{SPAN_INIT("部门"), LABEL_AGENCY},
	{SPAN_INIT("来源"), LABEL_SOURCE},
	{SPAN_INIT("信息来源"), LABEL_SOURCE},
	{SPAN_INIT("文章来源"), LABEL_SOURCE},
	{SPAN_INIT("稿件来源"), LABEL_SOURCE},
	{SPAN_INIT("内容来源"), LABEL_SOURCE},
	{SPAN_INIT("来自"), LABEL_SOURCE},
	{SPAN_INIT("稿源"), LABEL_SOURCE},
	{SPAN_INIT("新闻来源"), LABEL_SOURCE},
	{SPAN_INIT("来源单位"), LABEL_SOURCE},
	{SPAN_INIT("文件来源"), LABEL_SOURCE},
	{SPAN_INIT("发布日期"), LABEL_PUBLISHED},
	{SPAN_INIT("发布时间"), LABEL_PUBLISHED},
	{SPAN_INIT("发稿时间"), LABEL_PUBLISHED},
	{SPAN_INIT("时间发布"), LABEL_PUBLISHED},
	{SPAN_INIT("信息发布"), LABEL_OTHER},
	{SPAN_INIT("信息发布时间"), LABEL_PUBLISHED},
	{SPAN_INIT("公开日期"), LABEL_PUBLISHED},
	{SPAN_INIT("公开时间"), LABEL_PUBLISHED},
	{SPAN_INIT("公布日期"), LABEL_PUBLISHED},
	{SPAN_INIT("公布时间"), LABEL_PUBLISHED},
	{SPAN_INIT("日期"), LABEL_DATED},
	{SPAN_INIT("时间"), LABEL_DATED},
	{SPAN_INIT("更新时间"), LABEL_DATED},
	{SPAN_INIT("更新日期"), LABEL_DATED},
	{SPAN_INIT("更新"), LABEL_DATED},
	{SPAN_INIT("发表时间"), LABEL_DATED},
	{SPAN_INIT("发布于"), LABEL_DATED},
	{SPAN_INIT("发表于"), LABEL_DATED},
	{SPAN_INIT("发表日期"), LABEL_DATED},
	{SPAN_INIT("信息时间"), LABEL_DATED},
	{SPAN_INIT("信息日期"), LABEL_DATED},
	{SPAN_INIT("上网时间"), LABEL_DATED},
	{SPAN_INIT("上网日期"), LABEL_DATED},
	{SPAN_INIT("录入时间"), LABEL_DATED},
	{SPAN_INIT("添加时间"), LABEL_DATED},
	{SPAN_INIT("创建时间"), LABEL_DATED},
	{SPAN_INIT("提交时间"), LABEL_DATED},
	{SPAN_INIT("发布"), LABEL_DATED},
	{SPAN_INIT("发文日期"), LABEL_ISSUED},
	{SPAN_INIT("发文时间"), LABEL_ISSUED},
	{SPAN_INIT("印发日期"), LABEL_ISSUED},
	{SPAN_INIT("印发时间"), LABEL_ISSUED},
	{SPAN_INIT("生成日期"), LABEL_ENTERED},
	{SPAN_INIT("生成时间"), LABEL_ENTERED},
	{SPAN_INIT("登记日期"), LABEL_ENTERED},
	{SPAN_INIT("著录日期"), LABEL_ENTERED},
	{SPAN_INIT("信息生成日期"), LABEL_ENTERED},
	{SPAN_INIT("成文日期"), LABEL_SIGNED},
	{SPAN_INIT("成文时间"), LABEL_SIGNED},
	{SPAN_INIT("产生日期"), LABEL_SIGNED},
	{SPAN_INIT("签发日期"), LABEL_SIGNED},
	{SPAN_INIT("签发时间"), LABEL_SIGNED},
	{SPAN_INIT("签署日期"), LABEL_SIGNED},
	{SPAN_INIT("制发日期"), LABEL_SIGNED},
	{SPAN_INIT("形成日期"), LABEL_SIGNED},
	{SPAN_INIT("标题"), LABEL_TITLE},
	{SPAN_INIT("名称"), LABEL_TITLE},
	{SPAN_INIT("信息名称"), LABEL_TITLE},
	{SPAN_INIT("文件名称"), LABEL_TITLE},
	{SPAN_INIT("公文名称"), LABEL_TITLE},
	{SPAN_INIT("公文标题"), LABEL_TITLE},
	{SPAN_INIT("文件标题"), LABEL_TITLE},
	{SPAN_INIT("信息标题"), LABEL_TITLE},
	{SPAN_INIT("公开事项名称"), LABEL_TITLE},
	{SPAN_INIT("文号"), LABEL_NUMBER},
	{SPAN_INIT("发文字号"), LABEL_NUMBER},
	{SPAN_INIT("发文文号"), LABEL_NUMBER},
	{SPAN_INIT("文件编号"), LABEL_NUMBER},
	{SPAN_INIT("公文文号"), LABEL_NUMBER},
	{SPAN_INIT("备注文号"), LABEL_NUMBER},
	{SPAN_INIT("文件文号"), LABEL_NUMBER},
	{SPAN_INIT("文件字号"), LABEL_NUMBER},
	{SPAN_INIT("公文字号"), LABEL_NUMBER},
	{SPAN_INIT("公文编号"), LABEL_NUMBER},
	{SPAN_INIT("发文编号"), LABEL_NUMBER},
	{SPAN_INIT("发文号"), LABEL_NUMBER},
	{SPAN_INIT("文件号"), LABEL_NUMBER},
	{SPAN_INIT("统一编号"), LABEL_OTHER},
	{SPAN_INIT("生效日期"), LABEL_OTHER},
	{SPAN_INIT("生效时间"), LABEL_OTHER},
	{SPAN_INIT("废止日期"), LABEL_OTHER},
	{SPAN_INIT("废止时间"), LABEL_OTHER},
	{SPAN_INIT("失效日期"), LABEL_OTHER},
	{SPAN_INIT("失效时间"), LABEL_OTHER},
	{SPAN_INIT("实施日期"), LABEL_OTHER},
	{SPAN_INIT("施行日期"), LABEL_OTHER},
	{SPAN_INIT("有效期"), LABEL_OTHER},
	{SPAN_INIT("有效性"), LABEL_OTHER},
	{SPAN_INIT("时效"), LABEL_OTHER},
	{SPAN_INIT("时效性"), LABEL_OTHER},
	{SPAN_INIT("时效状态"), LABEL_OTHER},
	{SPAN_INIT("效力状态"), LABEL_OTHER},
	{SPAN_INIT("效力状况"), LABEL_OTHER},
	{SPAN_INIT("文件有效性"), LABEL_OTHER},
	{SPAN_INIT("是否有效"), LABEL_OTHER},
	{SPAN_INIT("公文时效"), LABEL_OTHER},
	{SPAN_INIT("文件时效"), LABEL_OTHER},
	{SPAN_INIT("文件状态"), LABEL_OTHER},
	{SPAN_INIT("有效状态"), LABEL_OTHER},
	{SPAN_INIT("有效期限"), LABEL_OTHER},
	{SPAN_INIT("信息有效性"), LABEL_OTHER},
	{SPAN_INIT("施行时间"), LABEL_OTHER},
	{SPAN_INIT("实施时间"), LABEL_OTHER},
	{SPAN_INIT("主题分类"), LABEL_OTHER},
	{SPAN_INIT("体裁分类"), LABEL_OTHER},
	{SPAN_INIT("体裁"), LABEL_OTHER},
	{SPAN_INIT("信息分类"), LABEL_OTHER},
	{SPAN_INIT("信息分类名称"), LABEL_OTHER},
	{SPAN_INIT("信息类别"), LABEL_OTHER},
	{SPAN_INIT("组配分类"), LABEL_OTHER},
	{SPAN_INIT("公开分类"), LABEL_OTHER},
	{SPAN_INIT("公开目录"), LABEL_OTHER},
	{SPAN_INIT("公文种类"), LABEL_OTHER},
	{SPAN_INIT("服务对象"), LABEL_OTHER},
	{SPAN_INIT("分类"), LABEL_OTHER},
	{SPAN_INIT("栏目"), LABEL_OTHER},
	{SPAN_INIT("所属目录"), LABEL_OTHER},
	{SPAN_INIT("所属栏目"), LABEL_OTHER},
	{SPAN_INIT("所属主题"), LABEL_OTHER},
	{SPAN_INIT("主题信息"), LABEL_OTHER},
	{SPAN_INIT("机构分类"), LABEL_OTHER},
	{SPAN_INIT("行业分类"), LABEL_OTHER},
	{SPAN_INIT("信息类型"), LABEL_OTHER},
	{SPAN_INIT("公文类别"), LABEL_OTHER},
	{SPAN_INIT("公文类型"), LABEL_OTHER},
	{SPAN_INIT("文件类型"), LABEL_OTHER},
	{SPAN_INIT("文件种类"), LABEL_OTHER},
	{SPAN_INIT("文种"), LABEL_OTHER},
	{SPAN_INIT("载体类型"), LABEL_OTHER},
	{SPAN_INIT("记录形式"), LABEL_OTHER},
	{SPAN_INIT("公开事项"), LABEL_OTHER},
	{SPAN_INIT("主题词"), LABEL_OTHER},
	{SPAN_INIT("关键词"), LABEL_OTHER},
	{SPAN_INIT("关键字"), LABEL_OTHER},
	{SPAN_INIT("内容概述"), LABEL_OTHER},
	{SPAN_INIT("公开方式"), LABEL_OTHER},
	{SPAN_INIT("公开类别"), LABEL_OTHER},
	{SPAN_INIT("公开属性"), LABEL_OTHER},
	{SPAN_INIT("公开范围"), LABEL_OTHER},
	{SPAN_INIT("公开时限"), LABEL_OTHER},
	{SPAN_INIT("公开形式"), LABEL_OTHER},
	{SPAN_INIT("公开程序"), LABEL_OTHER},
	{SPAN_INIT("发布形式"), LABEL_OTHER},
	{SPAN_INIT("文章类型"), LABEL_OTHER},
	{SPAN_INIT("语种"), LABEL_OTHER},
	{SPAN_INIT("备注"), LABEL_OTHER},
	{SPAN_INIT("作者"), LABEL_OTHER},
	{SPAN_INIT("发布人"), LABEL_OTHER},
	{SPAN_INIT("发布者"), LABEL_OTHER},
	{SPAN_INIT("信息员"), LABEL_OTHER},
	{SPAN_INIT("责任编辑"), LABEL_OTHER},
	{SPAN_INIT("值班编辑"), LABEL_OTHER},
	{SPAN_INIT("责编"), LABEL_OTHER},
	{SPAN_INIT("校对"), LABEL_OTHER},
	{SPAN_INIT("审核"), LABEL_OTHER},
	{SPAN_INIT("审核人"), LABEL_OTHER},
	{SPAN_INIT("初审"), LABEL_OTHER},
	{SPAN_INIT("复审"), LABEL_OTHER},
	{SPAN_INIT("终审"), LABEL_OTHER},
	{SPAN_INIT("一审"), LABEL_OTHER},
	{SPAN_INIT("二审"), LABEL_OTHER},
	{SPAN_INIT("三审"), LABEL_OTHER},
	{SPAN_INIT("编辑"), LABEL_OTHER},
	{SPAN_INIT("访问量"), LABEL_OTHER},
	{SPAN_INIT("浏览量"), LABEL_OTHER},
	{SPAN_INIT("阅读量"), LABEL_OTHER},
	{SPAN_INIT("点击数"), LABEL_OTHER},
	{SPAN_INIT("点击量"), LABEL_OTHER},
	{SPAN_INIT("点击率"), LABEL_OTHER},
	{SPAN_INIT("阅读"), LABEL_OTHER},
	{SPAN_INIT("浏览"), LABEL_OTHER},
	{SPAN_INIT("浏览次数"), LABEL_OTHER},
	{SPAN_INIT("阅读次数"), LABEL_OTHER},
	{SPAN_INIT("访问次数"), LABEL_OTHER},
	{SPAN_INIT("点击次数"), LABEL_OTHER},
	{SPAN_INIT("点击"), LABEL_OTHER},
	{SPAN_INIT("阅读数"), LABEL_OTHER},
	{SPAN_INIT("浏览数"), LABEL_OTHER},
	{SPAN_INIT("访问数"), LABEL_OTHER},
	{SPAN_INIT("人气"), LABEL_OTHER},
	{SPAN_INIT("浏览字号"), LABEL_CHROME},
	{SPAN_INIT("字体大小"), LABEL_CHROME},
	{SPAN_INIT("字号大小"), LABEL_CHROME},
	{SPAN_INIT("文字大小"), LABEL_CHROME},
	{SPAN_INIT("文章字号"), LABEL_CHROME},
	{SPAN_INIT("字体"), LABEL_CHROME},
	{SPAN_INIT("字号"), LABEL_CHROME},
	{SPAN_INIT("大中小"), LABEL_CHROME},
	{SPAN_INIT("打印"), LABEL_CHROME},
	{SPAN_INIT("打印本页"), LABEL_CHROME},
	{SPAN_INIT("打印此页"), LABEL_CHROME},
	{SPAN_INIT("打印页面"), LABEL_CHROME},
	{SPAN_INIT("我要打印"), LABEL_CHROME},
	{SPAN_INIT("关闭"), LABEL_CHROME},
	{SPAN_INIT("关闭窗口"), LABEL_CHROME},
	{SPAN_INIT("关闭本页"), LABEL_CHROME},
	{SPAN_INIT("关闭页面"), LABEL_CHROME},
	{SPAN_INIT("收藏"), LABEL_CHROME},
	{SPAN_INIT("加入收藏"), LABEL_CHROME},
	{SPAN_INIT("点赞"), LABEL_CHROME},
	{SPAN_INIT("返回顶部"), LABEL_CHROME},
	{SPAN_INIT("分享"), LABEL_CHROME},
	{SPAN_INIT("分享到"), LABEL_CHROME},
	{SPAN_INIT("分享至"), LABEL_CHROME},
	{SPAN_INIT("内容纠错"), LABEL_CHROME},
	{SPAN_INIT("我要纠错"), LABEL_CHROME},
	{SPAN_INIT("纠错"), LABEL_CHROME},
	{SPAN_INIT("语音播报"), LABEL_CHROME},
	{SPAN_INIT("语言播报"), LABEL_CHROME},
	{SPAN_INIT("朗读"), LABEL_CHROME},
	{SPAN_INIT("收听"), LABEL_CHROME},
	{SPAN_INIT("播放"), LABEL_CHROME},
	{SPAN_INIT("暂停"), LABEL_CHROME},
	{SPAN_INIT("保护视力色"), LABEL_CHROME},
	{SPAN_INIT("视力保护色"), LABEL_CHROME},
	{SPAN_INIT("文件下载"), LABEL_CHROME},
	{SPAN_INIT("下载"), LABEL_CHROME},
};

/* The longest label that the text begins with, or NULL.  The last byte of its second character
 * tells most of them apart; none has fewer than two. */
static const struct row *
row_of(struct span folded)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && folded.n >= 6; i++)
		if (rows[i].name.p[5] == folded.p[5] && span_starts(folded, rows[i].name) &&
		    (best == NULL || rows[i].name.n > best->name.n))
			best = &rows[i];
	return best;
}

/* Every label begins with one of these characters: most text is refused at its first one. */
static bool
may_begin(struct span s)
{
	static const char firsts[] = "索信文公发制责办部来稿内新时日更上录添创提印生登著成产签"
	    "形标名备统废失实施有效是主体组服分栏所机行载记关语作编访浏阅点人字大打我收加返纠朗播暂保视下值校审初复终一二三";

	for (size_t i = 0; i + 3 < sizeof(firsts) && s.n >= 3; i += 3)
		if (firsts[i + 2] == s.p[2] && memcmp(firsts + i, s.p, 2) == 0)
			return true;
	return false;
}

struct span
label_nth(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].name : (struct span){NULL, 0};
}

size_t
label_match(struct span s, enum label_field *field)
{
	char folded[LABEL_CHARS_MAX * 4];
	size_t ends[LABEL_CHARS_MAX], lengths[LABEL_CHARS_MAX], n = 0, used = 0;
	const struct row *row;

	if (!may_begin(s))
		return 0;
	for (size_t at = 0; at < s.n && n < LABEL_CHARS_MAX;) {
		size_t begin = at;
		uint32_t c = text_next(s, &at);

		if (text_is_space(c) || text_is_zero_width(c) || c == '/' || c == 0xFF0F)
			continue; /* 备注/文号 is one label */
		if (!text_is_han(c))
			break;
		memcpy(folded + used, s.p + begin, at - begin);
		used += at - begin;
		ends[n] = at;
		lengths[n++] = used;
	}
	row = row_of((struct span){folded, used});
	for (size_t i = 0; i < n && row != NULL; i++) {
		if (lengths[i] == row->name.n) {
			*field = row->field;
			return ends[i];
		}
	}
	return 0;
}

bool
label_is_date(enum label_field field)
{
	return field == LABEL_PUBLISHED || field == LABEL_DATED || field == LABEL_ISSUED ||
	    field == LABEL_ENTERED || field == LABEL_SIGNED;
}

bool
label_is_placeholder(struct span v)
{
	static const struct span words[] = {SPAN_INIT("无"), SPAN_INIT("无文号"),
	    SPAN_INIT("暂无"), SPAN_INIT("号"), SPAN_INIT("空"), SPAN_INIT("null"),
	    SPAN_INIT("undefined"), SPAN_INIT("无索引号")};

	v = text_trim(v);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_eq(v, words[i]))
			return true;
	for (size_t at = 0; at < v.n;) { /* dashes, slashes, dots and blanks alone */
		uint32_t c = text_next(v, &at);

		if (!text_is_space(c) && c != '-' && c != '/' && c != '.' && c != '*' &&
		    c != '_' && c != 0x3002 && !(c >= 0x2010 && c <= 0x2015) && c != '|')
			return false;
	}
	return true;
}

const struct labelled *
labels_next(const struct labels *l, enum label_field field, const struct labelled *after)
{
	bool block = after == NULL || after->block;
	size_t i = after == NULL ? 0 : (size_t)(after - l->items) + 1;

	for (int pass = block ? 0 : 1; pass < 2; pass++, i = 0)
		for (; i < l->count; i++)
			if (l->items[i].field == field && l->items[i].block == (pass == 0))
				return &l->items[i];
	return NULL;
}

const struct labelled *
labels_find(const struct labels *l, enum label_field field)
{
	const struct labelled *item = labels_next(l, field, NULL);

	while (item != NULL && label_is_placeholder(item->value))
		item = labels_next(l, field, item);
	return item;
}

bool
labels_stand(const struct labels *l, size_t line)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].line == line)
			return true;
	return l->taken[line];
}

bool
labels_date(const struct labels *l, size_t line)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].line == line && l->items[i].value.n > 0 &&
		    label_is_date(l->items[i].field))
			return true;
	return false;
}

static struct pair *
pair_named(struct pairs *pairs, struct span name)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (span_eq(pairs->items[i].name, name))
			return &pairs->items[i];
	return NULL;
}

int
labels_to_pairs(struct pairs *out, struct arena *a, const struct labels *l)
{
	struct pairs pairs = {arena_array(a, l->count + 1, sizeof(struct pair)), 0};

	if (pairs.items == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		const struct labelled *item = &l->items[i];
		struct pair *pair;

		if (item->field == LABEL_CHROME)
			continue;
		if ((pair = pair_named(&pairs, item->name)) == NULL) {
			pair = &pairs.items[pairs.count++];
			*pair = (struct pair){item->name, item->value};
		} else if (pair->value.n == 0) {
			pair->value = item->value;
		}
	}
	*out = pairs;
	return 0;
}
