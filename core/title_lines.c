/* SPDX-License-Identifier: MIT */
#include <suoyin/text.h>

#include "organ.h"
#include "title_lines.h"
#include "words.h"

#define TITLE_CHARS_MIN 5
#define TITLE_CHARS_MAX 160 /* a longer line is text */
#define NEXT_CHARS_MAX 80   /* of a line that a title goes on with */

/* GB/T 9704-2012, 7.3.1 */
bool
title_reads(struct span s)
{
	static const struct span kinds[] = {SPAN_INIT("报告"), SPAN_INIT("通知"), SPAN_INIT("公告"),
	    SPAN_INIT("通告"), SPAN_INIT("意见"), SPAN_INIT("办法"), SPAN_INIT("规定"),
	    SPAN_INIT("决定"), SPAN_INIT("决议"), SPAN_INIT("函"), SPAN_INIT("批复"),
	    SPAN_INIT("方案"), SPAN_INIT("细则"), SPAN_INIT("条例"), SPAN_INIT("纪要"),
	    SPAN_INIT("总结"), SPAN_INIT("要点"), SPAN_INIT("计划"), SPAN_INIT("情况"),
	    SPAN_INIT("公示"), SPAN_INIT("年报"), SPAN_INIT("制度"), SPAN_INIT("规则"),
	    SPAN_INIT("章程"), SPAN_INIT("议案"), SPAN_INIT("通报"), SPAN_INIT("请示"),
	    SPAN_INIT("指南"), SPAN_INIT("清单"), SPAN_INIT("预案"), SPAN_INIT("规划"),
	    SPAN_INIT("措施"), SPAN_INIT("说明"), SPAN_INIT("公报"), SPAN_INIT("命令"),
	    SPAN_INIT("纲要"), SPAN_INIT("标准"), SPAN_INIT("解读"), SPAN_INIT("目录")};
	struct span t = words_without_note(s);
	size_t n = text_length(t);

	return n >= TITLE_CHARS_MIN && n <= TITLE_CHARS_MAX && !words_has_stop(s) &&
	    words_end(t, kinds, COUNT_OF(kinds));
}

bool
title_goes_on(struct span line, struct span next)
{
	static const struct span verbs[] = {SPAN_INIT("关于"), SPAN_INIT("印发"), SPAN_INIT("转发"),
	    SPAN_INIT("批转"), SPAN_INIT("公布"), SPAN_INIT("发布")};

	if (text_length(next) > NEXT_CHARS_MAX || !title_reads(next))
		return false;
	if (organ_is(line))
		return words_begin(next, verbs, COUNT_OF(verbs));
	return words_has(line, SPAN("关于")) && !title_reads(line) && !words_has_stop(line) &&
	    !words_begin(next, verbs, 1);
}
