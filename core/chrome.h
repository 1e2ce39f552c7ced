/* SPDX-License-Identifier: MIT */
/*
 * chrome.h - lines of the page around an article that stand in the article's own element:
 * font sizes and sharing at its head, printing, neighbours and footers at its tail.
 */
#ifndef CORE_CHROME_H
#define CORE_CHROME_H

#include "body.h"

/* A line that is nothing but page furniture (【字体：大 中 小】, 打印本页, 责任编辑：…). */
bool chrome_is(struct span line);

/* How many of the lines are the article: what stands behind the first piece of furniture that
 * only short lines and links follow is none.  file[i]: line i is a link to a file. */
size_t chrome_tail(const struct lines *lines, const bool *file);

#endif
