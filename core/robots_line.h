/* SPDX-License-Identifier: MIT */
/*
 * robots_line.h - robots.txt as lines of key and value, for robots.c.
 *
 * CR, LF and CRLF end a line; a byte order mark, even a part of one, is skipped; # begins a
 * comment.  Bytes of a line beyond ROBOTS_LINE_MAX are cut off, as is a line that the end of
 * ROBOTS_BYTES_MAX cuts through.
 */
#ifndef ROBOTS_LINE_H
#define ROBOTS_LINE_H

#include <suoyin/span.h>

enum robots_key {
	ROBOTS_OTHER, /* of no meaning to us, or no key at all */
	ROBOTS_USER_AGENT,
	ROBOTS_ALLOW,
	ROBOTS_DISALLOW,
	ROBOTS_CRAWL_DELAY,
};

struct robots_line {
	enum robots_key key;
	struct span value;
	struct span text; /* as it stands there, trimmed, without comment */
	unsigned number;  /* from 1 */
};

struct robots_lines {
	struct span rest;
	unsigned number;
	bool cut; /* the text goes on behind `rest` */
};

void robots_lines_init(struct robots_lines *l, struct span text);
bool robots_lines_next(struct robots_lines *l, struct robots_line *line);

/* The letters, '-' and '_' that a text begins with. */
struct span robots_token_prefix(struct span s);
/* "10", "0.5" seconds to milliseconds, at most a day. -1: no such number. */
int robots_delay(struct span value, int64_t *ms);

#endif
