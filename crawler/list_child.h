/* SPDX-License-Identifier: MIT */
/*
 * list_child.h - the child side of reading lists (`suoyin-crawler --child list`): one list page in,
 * its rows out.
 *
 * Request: meta {"url","content_type","rows","link","title","date","next"} (XPaths; content_type,
 * title, date and next may be null), body = the page's bytes.  Reply: {"rows":[{"url","title",
 * "date"}],"next":URL or null,"seen":rows matched,"bad":rows without a usable link,"cut":bool}.
 */
#ifndef CRAWLER_LIST_CHILD_H
#define CRAWLER_LIST_CHILD_H

#include <suoyin/child.h>

extern const struct child_role list_role;

#endif
