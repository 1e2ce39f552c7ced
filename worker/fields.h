/* SPDX-License-Identifier: MIT */
/*
 * fields.h - from a child's answer to columns and keys.
 *
 * The child has read untrusted bytes, so its answer is not trusted either: what it says is decoded
 * by extract_child.h, every value has a length and a form here, and portal, site, URL and page hash
 * come from the message.
 */
#ifndef WORKER_FIELDS_H
#define WORKER_FIELDS_H

#include <suoyin/extract_child.h>

#include "batch.h"

/* Copies what the worker keeps into the entry's arena; the long texts stay in e->reply, which the reply
 * points into.  REJECT "hostile_reply", "too_large". */
int fields_take(struct entry *e, const struct extract_reply *reply, struct err *err);

#endif
