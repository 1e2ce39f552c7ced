/* SPDX-License-Identifier: MIT */
/*
 * head.h - what a page says about itself for machines: META tags, <title>, <base>.
 *
 * Names are matched without case, the first non-empty value wins.  Values are decoded once
 * more (portals escape twice), freed of markup and folded.
 */
#ifndef CORE_HEAD_H
#define CORE_HEAD_H

#include <suoyin/html.h>

enum head_name {
	HEAD_ARTICLE_TITLE,
	HEAD_PUB_DATE,
	HEAD_CONTENT_SOURCE,
	HEAD_SITE_NAME,
	HEAD_SITE_ID_CODE,
	HEAD_FIRST_PUBLISHED, /* gov.cn's own firstpublishedtime */
	HEAD_COUNT
};

struct head {
	struct span values[HEAD_COUNT]; /* absent: no such tag, or empty */
	struct span title;              /* <title> */
	struct span base;               /* <base href>, as printed */
};

/* -1: REJECT "too_large" at the arena's limit. */
int head_read(struct head *out, struct arena *a, const struct html *h, struct err *err);

#endif
