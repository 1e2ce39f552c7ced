/* SPDX-License-Identifier: MIT */
/* answer.h - what a portal says to a request for a path.  No HTTP library here. */
#ifndef PORTALSIM_ANSWER_H
#define PORTALSIM_ANSWER_H

#include "sim.h"

struct question {
	unsigned portal;
	const char *path;
	const char *if_none_match, *if_modified_since; /* NULL: not asked */
	/* A parameter of the query as it was sent, escapes and all; NULL: none has this name. */
	const char *(*argument)(void *ctx, const char *name);
	void *ctx;
};

struct answer {
	unsigned status;
	const char *content_type;
	struct buf body;
	int fd; /* not -1: the body is this file's bytes instead; the caller's to close */
	uint64_t fd_bytes;
	bool huge;          /* the body is bad_huge()'s */
	char etag[HEX_MAX]; /* with its quotes; "": none */
	char last_modified[40];
	const char *set_cookie; /* NULL: none */
	char location[40];    /* "": none */
	unsigned retry_after; /* seconds; 0: none */
	struct page *page; /* NULL: no page of the plan */
	unsigned revision;
	bool bad; /* a page of sim-bad */
};

void answer_make(struct answer *a, struct sim *s, const struct question *q);
void answer_fini(struct answer *a); /* body only */

#endif
