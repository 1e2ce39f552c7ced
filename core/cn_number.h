/* SPDX-License-Identifier: MIT */
/*
 * cn_number.h - numbers written in Chinese characters, as dates and ordinals use them.
 *
 * Positional (二〇二四), with tens (三十一, 廿一, 元 for the first month) and in bank
 * capitals (贰零贰叁, 拾).  Code points in, values out.
 */
#ifndef CORE_CN_NUMBER_H
#define CORE_CN_NUMBER_H

#include <suoyin/span.h>

int cn_digit(uint32_t c);   /* 0 … 9, or -1 */
bool cn_is_ten(uint32_t c); /* 十 拾 */
uint32_t cn_fold(uint32_t c); /* full-width and look-alike characters to their plain form */
/* How many of the n code points at c make a number below 100, and its value; 0: none. */
size_t cn_small(const uint32_t *c, size_t n, int *value);

#endif
