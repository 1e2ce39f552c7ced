/* SPDX-License-Identifier: MIT */
/*
 * number.h - what index numbers and document numbers have in common: entities decoded,
 * width folded, a printed label taken off, soft flags.
 */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include <suoyin/index_number.h>

#define NUMBER_MAX 200 /* bytes of a normal form; longer ones are page text, and no btree key */

/* Entities decoded twice (pages escape twice), width folded, ends trimmed.  Absent: arena full. */
struct span number_fold(struct arena *a, struct span text);
/* Behind "label:", "[label]", "【label】" where the label, blanks left out, is one of the words;
 * the text itself where it is not.  A label that is printed twice is taken off twice. */
struct span number_behind_label(struct span text, const struct span *words, size_t count);
void number_flag(struct number *n, struct span flag); /* once each */
bool number_has(const struct number *n, struct span flag);

/* document_number_find() that tells "none" (0) from "arena full" (-1). */
int document_number_scan(struct number *out, struct arena *a, struct span text, size_t *at);

#endif
