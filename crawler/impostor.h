/* SPDX-License-Identifier: MIT */
/*
 * impostor.h - answers that are not what was asked for, whatever their status says.
 *
 * A *challenge* is a page of a wall that wants a browser's script to run.  It is recognised,
 * reported and never passed: no script is run, no cookie computed.  A *soft 404* is the page that a
 * portal serves for everything that it does not have: the same bytes for pages of different titles,
 * none of which it names.  A *fence* answers 404 for all that was published: nothing was withdrawn,
 * we are shut out.
 *
 * Pure, bounded: what a portal showed lately is remembered per portal and forgotten with it.
 */
#ifndef CRAWLER_IMPOSTOR_H
#define CRAWLER_IMPOSTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <suoyin/span.h>

bool impostor_is_challenge(int status, struct span body, bool sets_cookie);

#define SOFT_SEEN 16  /* pages remembered */
#define SOFT_KNOWN 8  /* soft pages known, of one portal */
#define SOFT_COPIES 4 /* distinct pages with the same bytes that make a soft one */

struct soft_pages { /* small: there is one for each portal that is watched */
	struct {
		uint64_t body, url, title; /* hashes */
	} seen[SOFT_SEEN];
	uint64_t known[SOFT_KNOWN];
	size_t turn, known_count;
};

bool soft_is_known(const struct soft_pages *s, const char *sha256);
void soft_learn(struct soft_pages *s, const char *sha256);
/* A page of these bytes was got for this URL, which its list calls `title` (NULL: does not). True:
 * it is a soft one, and was not known to be. */
bool soft_note(
    struct soft_pages *s, const char *sha256, struct span body, const char *url, const char *title);

#define FENCE_PAGES 16 /* published pages whose last look is remembered */
#define FENCE_LEAST 5  /* of so few nothing can be said */

struct fence {
	struct {
		uint64_t url; /* hash; 0: none */
		bool missing;
	} pages[FENCE_PAGES];
	size_t turn;
};

void fence_note(struct fence *f, const char *url, bool missing);
/* Four of five, or more, are missing. */
bool fence_stands(const struct fence *f);

#endif
