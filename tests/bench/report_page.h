/* SPDX-License-Identifier: MIT */
/*
 * report_page.h - a page as county governments show their reports, of any size: navigation,
 * metadata block, headings of three levels, paragraphs as word processors leave them, tables,
 * related pages, footer.  UTF-8.  The same size and seed give the same bytes.
 */
#ifndef BENCH_REPORT_PAGE_H
#define BENCH_REPORT_PAGE_H

#include <suoyin/buf.h>

#define REPORT_PAGE_LEAST 16384 /* what stands around the text, and a little of it */

/* At most `bytes`, and less than 2 kB below.  -1: too few, or the limit of `out`. */
int report_page(struct buf *out, size_t bytes, unsigned seed);

#endif
