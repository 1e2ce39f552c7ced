/* SPDX-License-Identifier: MIT */
/*
 * extract_child.h - the role "extract" of a child process: one page in, its record out.
 *
 * Request: meta {"url", "content_type", "list_title", "list_date": text or null, "portal": the
 * portal's configuration or null}, body = the page's bytes.  Reply: the record's JSON text
 * (record.h).  What extract() rejects is passed on as it is.
 */
#ifndef SUOYIN_EXTRACT_CHILD_H
#define SUOYIN_EXTRACT_CHILD_H

#include <suoyin/child.h>

extern const struct child_role extract_role;

#endif
