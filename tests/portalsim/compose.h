/* SPDX-License-Identifier: MIT */
/*
 * compose.h - the text of a report: paragraphs in order, each with its part in the document
 * (GB/T 9704).  The same seed, report and revision give the same text; revision 1 is the
 * edited one.
 */
#ifndef PORTALSIM_COMPOSE_H
#define PORTALSIM_COMPOSE_H

#include "sim.h"

enum piece_kind {
	PIECE_NUMBER, /* document number, centred, where no block prints it */
	PIECE_ADDRESSEE,
	PIECE_TEXT,
	PIECE_H1,
	PIECE_H2,
	PIECE_H3,
	PIECE_ATTACHED, /* 附件：… */
	PIECE_SIGNATURE,
	PIECE_DATE,
};

struct piece {
	enum piece_kind kind;
	size_t from, to;   /* in text */
	size_t heading_to; /* PIECE_H1 … H3: end of the heading; text may follow on its line */
};

struct doc {
	struct buf text;
	struct piece *pieces;
	size_t count, room;
	size_t chars;
	bool failed;
};

int compose(struct doc *doc, uint64_t seed, const struct portal *portal,
    const struct report *report, unsigned revision); /* -1: out of memory */
void doc_fini(struct doc *doc);
/* Name of the n-th attachment (from 1) as the document calls it. */
void compose_attachment(const struct report *report, unsigned n, char *out, size_t size);

#endif
