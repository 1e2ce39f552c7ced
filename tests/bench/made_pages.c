/* SPDX-License-Identifier: MIT */
/*
 * made_pages - generated report pages (report_page.h) for the benches in Python, on stdout.
 *
 * usage: made_pages COUNT LEAST MOST
 *
 * Sizes from LEAST to MOST bytes, evenly; each page: u32 length, little endian, and its bytes.  The
 * same arguments give the same bytes.
 */
#include "report_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <suoyin/limits.h>

static int
put_page(struct buf *page, size_t bytes, unsigned seed)
{
	unsigned char head[4];

	buf_clear(page);
	if (report_page(page, bytes, seed) == -1)
		return -1;
	for (int i = 0; i < 4; i++)
		head[i] = (unsigned char)(page->n >> 8 * i & 0xFF);
	return fwrite(head, 1, sizeof(head), stdout) == sizeof(head) &&
	        fwrite(page->p, 1, page->n, stdout) == page->n ?
	    0 :
	    -1;
}

int
main(int argc, char **argv)
{
	unsigned long count, least, most;
	struct buf page;
	int rc = 0;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: made_pages COUNT LEAST MOST\n");
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	least = strtoul(argv[2], NULL, 10);
	most = strtoul(argv[3], NULL, 10);
	if (least < REPORT_PAGE_LEAST || most < least || most > PAGE_BODY_MAX) {
		(void)fprintf(stderr, "made_pages: %d to %d bytes\n", REPORT_PAGE_LEAST, PAGE_BODY_MAX);
		return 2;
	}
	buf_init(&page, PAGE_BODY_MAX);
	for (unsigned long n = 0; rc == 0 && n < count; n++) /* a step that visits all sizes */
		rc = put_page(&page, least + n * 7919 % (most - least + 1), (unsigned)n);
	buf_fini(&page);
	if (rc == -1 || fflush(stdout) != 0) {
		(void)fprintf(stderr, "made_pages: cannot write\n");
		return 1;
	}
	return 0;
}
