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
void journal_request(struct sim *s, int64_t t, const char *method, const char *host,
    const char *path, unsigned status);

#endif
