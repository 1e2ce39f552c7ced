/* SPDX-License-Identifier: MIT */
/*
 * meaning_parts.h - the steps of meaning_find(), a file each.
 *
 * Each reads the body and fills its fields of `struct meaning`; -1: arena full.
 */
#ifndef CORE_MEANING_PARTS_H
#define CORE_MEANING_PARTS_H

#include <suoyin/meaning.h>

void meaning_parts(struct meaning *out, const struct structure *s);
int meaning_citations(struct meaning *out, struct arena *a, struct span body);
int meaning_quantities(struct meaning *out, struct arena *a, struct span body);
/* The names that say where the issuer is, the best first. */
void meaning_region(struct meaning *out, const struct structure *s, struct span title,
    struct span agency);

/* Behind the 》 that closes the 《 at `at`; 0: `at` opens no title. */
size_t citation_end(struct span text, size_t at);

#endif
