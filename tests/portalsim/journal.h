/* SPDX-License-Identifier: MIT */
/* journal.h - the oracle: what was published, edited, removed, as JSON lines (README.md). */
#ifndef PORTALSIM_JOURNAL_H
#define PORTALSIM_JOURNAL_H

#include "sim.h"

#include <jansson.h>

int journal_open(struct sim *s);  /* also the log of requests */
int journal_close(struct sim *s); /* -1: something could not be written */
/* Takes facts, what the page prints (facts.h); NULL: nothing more to tell. */
void journal_page(struct sim *s, const char *event, const struct page *page, json_t *facts);
void journal_bad(struct sim *s, unsigned portal, const char *kind, const char *path);
void journal_end(struct sim *s);
void journal_forbidden(struct sim *s, const struct page *page); /* by robots.txt */

struct logged_request {
	int64_t began_ms, ended_ms; /* ended: the answer was sent whole; as began where nobody counts */
	const char *method, *host, *path;
	const char *address; /* of ours */
	unsigned status;
};
void journal_request(struct sim *s, const struct logged_request *request);

#endif
