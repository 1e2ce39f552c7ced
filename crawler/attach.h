/* SPDX-License-Identifier: MIT */
/*
 * attach.h - the files that a page links: found before the page is published, visited as URLs of
 * their own (crawl.url, kind 'attachment'), and published once for each page that links them
 * (crawl.attached).
 *
 * The files of a page stand in visit->found, as the list child read them.  All functions are called
 * by the loop's thread; -1 is an error of the database, and the call may be made again.
 */
#ifndef CRAWLER_ATTACH_H
#define CRAWLER_ATTACH_H

#include "visit.h"

/* Whether the page that is about to be published is to be read for links to files. */
bool attach_is_wanted(const struct visit *v);
/* What the reading gave is reported; the page goes on whatever it was. failure NULL: none. */
void attach_report(const struct visit *v, const char *failure);

/* Writes down the files of each page in the queue, before its publication is begun. */
int attach_keep(struct pg *pg, struct visit_queue *pages, struct err *err);
/* Of the visits that ended: which pages have been told of their file. */
int attach_tell(struct pg *pg, const struct visit_queue *ended, struct err *err);

#endif
