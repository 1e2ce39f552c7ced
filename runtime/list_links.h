/* SPDX-License-Identifier: MIT */
/* list_links.h - the files that a page links, for the list child. */
#ifndef RUNTIME_LIST_LINKS_H
#define RUNTIME_LIST_LINKS_H

#include <jansson.h>
#include <suoyin/buf.h>
#include <suoyin/charset.h>

#define PAGE_FILES_MAX 500 /* of one page */

/* Adds {"rows": [{"url", "title", "date": null}], "cut": bool} to the reply.  -1: as extract()
 * rejects, or REJECT "too_large". */
int list_links_read(struct charset_kit *kit, const json_t *meta, struct span body, struct buf *reply,
    struct err *err);

#endif
