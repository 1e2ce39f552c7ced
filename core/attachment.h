/* SPDX-License-Identifier: MIT */
/* attachment.h - links to files that an article carries, with resolved addresses. */
#ifndef CORE_ATTACHMENT_H
#define CORE_ATTACHMENT_H

#include <suoyin/explain.h>
#include <suoyin/html.h>
#include <suoyin/record.h>

/* The href leads to a file and not to a page: by its ending, or by a download script's name. */
bool attachment_is_file(struct span href);
/* The same of a link; where its address says nothing, its text does that is a file's name. */
bool attachment_is_link(struct span href, struct span text);

struct attachment_hints {
	struct span url, base;   /* of the page; its <base href>; absent: not known */
	struct explain *explain; /* all links there are noted to it; NULL: nobody asks */
};

/* Adds the links to files in and close to the element `node` (0: the whole page), each address
 * once.  Relative ones are resolved against <base> and the page's URL; kept as printed where neither
 * is known. -1: REJECT "too_large". */
int attachments_find(struct pairs *out, struct arena *a, const struct html *h, uint32_t node,
    const struct attachment_hints *hints, struct err *err);

/* One more (1), unless its address is listed or the list is full (0). name may be empty.
 * -1: arena full. */
int attachments_add(struct pairs *list, struct arena *a, struct span name, struct span href,
    struct span url);

#endif
