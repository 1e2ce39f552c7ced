/* SPDX-License-Identifier: MIT */
/*
 * robots.h - robots.txt: which paths an agent may ask for (RFC 9309).
 *
 * robots_parse() keeps what concerns one agent: the rules of all groups that name it, else of all
 * groups that name `*`.  The longest matching rule decides, Allow where two are as long; `*` is
 * any text and `$` at the end of a rule the end of the path.  Both sides are brought to one
 * spelling before they are compared (§2.2.2): unreserved bytes as they are, all others that may
 * not stand in a URI as %XX.  As Google's parser does: a missing colon is forgiven, and so are
 * common misspellings; a rule that allows /x/index.html allows /x/ too.
 *
 * Used by the crawler before each request, and by `suoyinctl robots`.
 */
#ifndef SUOYIN_ROBOTS_H
#define SUOYIN_ROBOTS_H

#include <suoyin/arena.h>

struct robots_rule {
	struct span pattern; /* in the one spelling; '*' is any text */
	struct span text;    /* the line as it stands in the file, trimmed */
	size_t octets;       /* of the pattern: the longest wins */
	unsigned line;       /* from 1 */
	bool allow, at_end;  /* at_end: the path must end where the pattern does */
};

struct robots {
	struct robots_rule *rules; /* the first that matches decides */
	size_t count;
	int64_t delay_ms; /* Crawl-delay of the group, the longest; 0: none */
};

/* The product token that groups are looked for by: of "suoyin/1.0 (+https://…)" it is "suoyin".
 * Empty (only `*` groups): what stands before the first '/' is no token. */
struct span robots_token(struct span agent);

/* What `text` says to the agent; all of it in arena a, `text` itself need not live on.
 * Bytes beyond ROBOTS_BYTES_MAX are not read. -1: the arena is full. */
int robots_parse(struct robots *out, struct arena *a, struct span text, struct span agent);
/* A copy in one piece of memory, to be freed with free(). NULL: out of memory. */
struct robots *robots_dup(const struct robots *from);

/* Path and query of a URL, "/" where it has none; `url` may lack the scheme. */
struct span robots_path(struct arena *a, struct span url);

/* The rule that decides about path and query; NULL: none, which allows. The path may be spelt in
 * any way. *failed (may be NULL): memory ran out, and nothing was decided. */
const struct robots_rule *robots_decide(const struct robots *r, struct span path, bool *failed);

#endif
