/* SPDX-License-Identifier: MIT */
/*
 * fields.h - from the record's JSON, as a child sent it, to columns and keys.
 *
 * The child has read untrusted bytes, so its answer is not trusted either: every value has a
 * type and a length here, and portal, site, URL and page hash come from the message.
 */
#ifndef WORKER_FIELDS_H
#define WORKER_FIELDS_H

#include "batch.h"

/* record: the parsed answer; its "body" is taken out of it (kept alive by the entry's arena).
 * REJECT "hostile_reply". */
int fields_take(struct entry *e, json_t *record, struct err *err);

#endif
