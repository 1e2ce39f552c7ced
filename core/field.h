/* SPDX-License-Identifier: MIT */
/*
 * field.h - which of the values that a page offers becomes a field of its record.
 *
 * First that gives a value: configured XPath and portal JSON, labels of the metadata block,
 * info line and bare date, META, then what the body's own structure shows.  What the page
 * prints beats META, whose dates are often those of page generation.
 */
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include <suoyin/extract.h>

#include "body.h"
#include "head.h"
#include "label.h"
#include "title.h"

struct value {
	struct span text;  /* absent: none */
	struct span where; /* provenance */
};

/* All that was found on a page before its fields are chosen. */
struct facts {
	struct value given[FIELD_COUNT]; /* by configuration or portal JSON */
	struct labels labels;
	struct head head;
	struct title title;
	struct span bare_date; /* a date beside the title without a label; absent: none */
	struct span bare_number; /* a document number beside the title; absent: none */
	struct body_text text; /* of the article */
	struct explain *explain; /* candidates are noted to it; NULL: nobody asks */
};

/* Everything that can be known before the body's structure is. -1: arena full. */
int field_before(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in);
/* The rest, from out->structure. -1: arena full. */
int field_after(struct record *out, struct arena *a, const struct facts *facts);

/* Takes the text when it is a date of at least a day. */
bool field_take_date(struct cn_date *out, struct span text);

/* Adds to out->provenance. -1: arena full. */
int field_note(struct record *out, struct arena *a, const char *field, struct span where);

#endif
