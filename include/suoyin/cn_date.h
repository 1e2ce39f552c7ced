/* SPDX-License-Identifier: MIT */
/*
 * cn_date.h - dates as Chinese portals print them, read as Asia/Shanghai (UTC+8, no
 * summer time since 1991).
 *
 * 2024-1-25 15:01:04, 2024年3月8日, 二〇二四年三月八日, full-width digits, U+2236, months
 * and years alone, ISO with zone, epoch seconds and milliseconds.  Precision is kept:
 * a day is not midnight.  Impossible dates are flagged, never bent.
 */
#ifndef SUOYIN_CN_DATE_H
#define SUOYIN_CN_DATE_H

#include <suoyin/span.h>

enum cn_precision { CN_NONE, CN_IMPOSSIBLE, CN_YEAR, CN_MONTH, CN_DAY, CN_MINUTE, CN_SECOND };

struct cn_date {
	enum cn_precision precision; /* CN_NONE, CN_IMPOSSIBLE: the rest is zero */
	int year, month, day, hour, minute, second;
};

/* The date that the text is (a label before it and 印发 behind it are tolerated). */
struct cn_date cn_date_parse(struct span text);
/* The first complete date (day or finer) inside running text, and where it stands. */
struct cn_date cn_date_find(struct span text, size_t from, size_t *begin, size_t *end);
/* ISO local time to the precision printed: 2024, 2024-03, 2024-03-08, …T15:01, …T15:01:04. */
void cn_date_format(const struct cn_date *d, char out[24]); /* "" for none */
const char *cn_precision_name(enum cn_precision p); /* "none" … "second" */

#endif
