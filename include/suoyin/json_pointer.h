/* SPDX-License-Identifier: MIT */
/*
 * json_pointer.h - JSON pointers (RFC 6901): "/data/files/0/name" names a value in a JSON value.
 *
 * Portals that serve their documents as JSON say with them which value is which field
 * (docs/PORTALS.md).  In a key, ~1 stands for / and ~0 for ~.  An item of an array is named by
 * its index, decimal without leading zeros; "-", the item behind the last, never exists here.
 */
#ifndef SUOYIN_JSON_POINTER_H
#define SUOYIN_JSON_POINTER_H

#include <jansson.h>
#include <suoyin/err.h>
#include <suoyin/span.h>

/* Whether it is a pointer into a value, of at most JSON_POINTER_MAX bytes: the empty one, which
 * names the whole, is refused. -1: REJECT "bad_pointer" with the reason. */
int json_pointer_check(struct span pointer, struct err *err);

/* The value that the pointer names, borrowed from root; NULL: there is none, or it is no pointer. */
const json_t *json_pointer_get(const json_t *root, struct span pointer);

#endif
