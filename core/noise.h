/* SPDX-License-Identifier: MIT */
/*
 * noise.h - lines that belong to the page or to the paper, not to the document.
 */
#ifndef CORE_NOISE_H
#define CORE_NOISE_H

#include <suoyin/span.h>

enum noise {
	NOISE_NONE,
	NOISE_MARKS,  /* no letter, digit or character at all */
	NOISE_CELLS,  /* only bars and blanks: the remains of a table or page control */
	NOISE_PAGE,   /* a page number */
	NOISE_CHROME, /* 扫一扫, 打印本页, 版权所有 … */
	NOISE_WEAK,   /* address, telephone: noise only beside a site's footer */
};

enum noise noise_of(struct span line);

#endif
