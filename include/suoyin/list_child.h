/* SPDX-License-Identifier: MIT */
/*
 * list_child.h - the role "list" of a child process: one page of a list in, its rows out.
 *
 * Request: meta {"url": of the page, "content_type", "list": URL of the list or null, "page": its
 * number from 1, and the list's rules (docs/PORTALS.md: "kind", "rows", "link", …)}, body = the
 * page's bytes.  With "show": true the rows that patterns leave out are told, too.
 *
 * With "attachments": true it is a page, and meta has {"url", "content_type", "portal": {"extract"}};
 * the reply has the files it links: {"rows":[{"url","title": name as linked,"date": null}], "cut"}.
 *
 * Reply: {"rows":[{"url","title","date"}], "next": URL or null, "seen": rows matched, "bad": rows
 * without a usable link, "filtered": rows that patterns left out, "cut": bool, "more":[URL],
 * "total","pages": as advertised or -1, "print": 16 hex digits, "shell","end","unordered": bool, "stopped","decided": text
 * or null, "out": rows left out, where asked for} (list_page.h says what each means).
 */
#ifndef SUOYIN_LIST_CHILD_H
#define SUOYIN_LIST_CHILD_H

#include <suoyin/child.h>

extern const struct child_role list_role;

#endif
