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
#include <suoyin/digest.h>
#include <suoyin/span.h>

bool impostor_is_challenge(int status, struct span body, bool sets_cookie);

#define SOFT_SEEN 32  /* pages remembered */
#define SOFT_KNOWN 16 /* soft pages known, of one portal */
#define SOFT_COPIES 3 /* distinct pages with the same bytes that make a soft one */

struct soft_pages {
	struct {
		char sha256[DIGEST_HEX + 1];
		uint64_t url, title;
	} seen[SOFT_SEEN];
	size_t turn;
	char known[SOFT_KNOWN][DIGEST_HEX + 1];
	size_t known_count;
};

bool soft_is_known(const struct soft_pages *s, const char *sha256);
void soft_learn(struct soft_pages *s, const char *sha256);
/* A page of these bytes was got for this URL, which its list calls `title` (NULL: does not). True:
 * it is a soft one, and was not known to be. */
bool soft_note(
    struct soft_pages *s, const char *sha256, struct span body, const char *url, const char *title);

#define FENCE_LOOKS 10  /* looks at published pages that are remembered … */
#define FENCE_MISSING 8 /* … and how many 404 among them are a fence */

struct fence {
	bool missing[FENCE_LOOKS];
	size_t looks;
};

void fence_note(struct fence *f, bool missing);
bool fence_stands(const struct fence *f);

#endif
