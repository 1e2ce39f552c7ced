/* SPDX-License-Identifier: MIT */
/*
 * extract.h - from the bytes of a page to its record; the one function that `suoyinctl
 * extract` and the worker's children both call.
 *
 * Pure: no socket, file, clock or global.  HTML, plain text (text/plain, or no tag at all)
 * and portal JSON records come in.  REJECT reasons: empty (no text), binary (not text),
 * too_deep, too_large.
 */
#ifndef SUOYIN_EXTRACT_H
#define SUOYIN_EXTRACT_H

#include <suoyin/explain.h>
#include <suoyin/record.h>

/* Told to who asks, as each is reached: there is no clock here. */
enum extract_step { EXTRACT_DECODED, EXTRACT_PARSED };

struct extract_input {
	struct span bytes;
	struct span sha256;       /* of the bytes, who has it; absent: taken here */
	struct span url;          /* absent: not known; links stay unresolved */
	struct span content_type; /* as the portal sent it; absent allowed */
	struct span list_title, list_date; /* what the list said; absent allowed */
	const json_t *portal;     /* the portal's configuration (docs/PORTALS.md), NULL: defaults.
	                             "extract": {"title","body","index_number",…: XPath,
	                             "json": {"title",…: JSON pointer}} and "region" */
	struct explain *explain;  /* the candidates are noted to it, also of a page that is refused;
	                             NULL: nobody asks */
	void (*step)(void *ctx, enum extract_step step); /* NULL: nobody asks */
	void *step_ctx;
};

int extract(struct record *out, struct arena *a, struct charset_kit *kit,
    const struct extract_input *in, struct err *err);

/* Whether a page may link a file at all, by a scan of its bytes: false is certain, true is not. */
bool attachment_may_be_linked(struct span bytes);

#endif
