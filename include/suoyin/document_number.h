/* SPDX-License-Identifier: MIT */
/*
 * document_number.h - 文号, e.g. 晋科函〔2023〕45号 (GB/T 9704-2012, 7.2.5).
 *
 * Brackets of every kind become 〔〕, spaces and zero-width characters go, the raw form is
 * kept.  Only class "canonical" is a key, and only together with the title.
 */
#ifndef SUOYIN_DOCUMENT_NUMBER_H
#define SUOYIN_DOCUMENT_NUMBER_H

#include <suoyin/index_number.h>

int document_number_parse(struct number *out, struct arena *a, struct span text);
bool document_number_usable(const struct number *n);
/* canonical, order or announcement: a form in which documents carry their own number. */
bool document_number_is_own(const struct number *n);

/* The next document number inside running text at or after *at; false when there is none.
 * *at moves behind it. */
bool document_number_find(struct number *out, struct arena *a, struct span text, size_t *at);

#endif
