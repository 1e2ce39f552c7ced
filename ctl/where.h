/* SPDX-License-Identifier: MIT */
/*
 * where.h - from what an operator names to the coordinates of its bytes in the topic.
 *
 * A report (its number), a URL (of a page, or of an attachment) or a dead letter
 * (TOPIC/PARTITION/OFFSET).  Sources: core.revision, core.sighting, core.attachment,
 * core.dead_letter.
 */
#ifndef CTL_WHERE_H
#define CTL_WHERE_H

#include "ctl.h"
#include <suoyin/digest.h>

struct where {
	char topic[256];
	int32_t partition;
	int64_t offset;
	char sha256[DIGEST_HEX + 1]; /* of the bytes, as PostgreSQL has it */
	char what[600];              /* for a person: "revision 7 of report 3, http://…" */
};

/* revision: revision_id of api.report_revision, 0: what is shown now.  portal: NULL, or which one where
 * several sites have the URL.  REJECT "not_found" with what there is instead. */
int where_is(struct where *out, struct pg *pg, const char *what, int64_t revision, const char *portal,
    struct err *err);

#endif
