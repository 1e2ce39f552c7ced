/* SPDX-License-Identifier: MIT */
/* render.h - the bytes of each page and list, in the portal's charset. */
#ifndef PORTALSIM_RENDER_H
#define PORTALSIM_RENDER_H

#include "sim.h"

#include <jansson.h>

/* Gives *facts, what the page prints (facts.h); facts NULL: nobody asks. */
int render_page(const struct sim *s, const struct page *page, unsigned revision, struct buf *out,
    json_t **facts);
/* 1: there is no such list page. */
int render_list(struct sim *s, unsigned portal, unsigned column, unsigned number, struct buf *out);
int render_home(const struct sim *s, unsigned portal, struct buf *out);
/* Takes `utf8`; appends it in the portal's charset. */
int render_finish(const struct portal *portal, struct buf *utf8, struct buf *out);
int render_missing(const struct sim *s, unsigned portal, struct buf *out); /* body of a 404 */

const char *render_content_type(const struct portal *portal);
void render_digest(struct span bytes, char hex[HEX_MAX]);
/* RFC 9110 date of a revision of the page. */
void render_last_modified(const struct page *page, unsigned revision, char *out, size_t size);

#endif
