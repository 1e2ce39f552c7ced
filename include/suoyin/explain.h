/* SPDX-License-Identifier: MIT */
/*
 * explain.h - why a record says what it says: the candidates of its fields, and their verdicts.
 *
 * For a person who adds a portal or doubts a value (`suoyinctl extract --explain`).  The caller
 * gives extract() a zeroed struct explain; the rules note to it each candidate that they look
 * at, in their own order, and look at what comes behind the winner too.  Without one (NULL, as
 * in the worker) they stop at the winner, and a note costs the test of a pointer.  What is
 * extracted is the same with and without.
 */
#ifndef SUOYIN_EXPLAIN_H
#define SUOYIN_EXPLAIN_H

#include <suoyin/limits.h>
#include <suoyin/span.h>

/* The first FIELD_COUNT are those that a portal's "extract" may name (docs/PORTALS.md). */
enum field { FIELD_TITLE, FIELD_INDEX, FIELD_NUMBER, FIELD_AGENCY, FIELD_SOURCE, FIELD_PUBLISHED,
	FIELD_SIGNED, FIELD_BODY, FIELD_COUNT, FIELD_CHARSET = FIELD_COUNT, FIELD_ATTACHMENTS,
	FIELD_EXPLAINED };

extern const char *const field_names[FIELD_EXPLAINED]; /* "title" … */

#define EXPLAIN_WHY_MAX 112 /* bytes of a reason, with its NUL */

struct candidate {
	struct span where; /* as provenance says it: "block:发布日期"; of a charset its evidence */
	struct span value; /* as found, whole; absent: nothing is there.  Of a body its first line */
	char why[EXPLAIN_WHY_MAX]; /* why it won or lost */
	bool won;          /* several attachments do, of any other field one candidate at most */
};

/* In the order in which the rules tried them; the spans live as long as the page's arena. */
struct explained {
	struct candidate items[EXPLAIN_MAX];
	size_t count;
	size_t left_out; /* more candidates than there was room for; a winner never is one */
};

struct explain {
	struct explained fields[FIELD_EXPLAINED];
};

/* For the rules in core.  x may be NULL: nothing is noted.  A candidate (the same bytes of
 * the same place) that is noted again gets the new verdict, but keeps why it won when it wins again.
 * An XPath goes before all others: the portal's file comes first, although it is read last. */
void explain_note(struct explain *x, enum field field, bool won, struct span where,
    struct span value, const char *why, ...) __attribute__((format(printf, 6, 7)));
/* What has won so far has lost after all. */
void explain_overrule(struct explain *x, enum field field, const char *why);

#endif
