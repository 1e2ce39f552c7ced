/* SPDX-License-Identifier: MIT */
/*
 * fetch_word.h - why a page could not be fetched, by a word that stays: crawl.url.failure shows it, and `suoyinctl`.
 * Called by crawler and ctl.
 */
#ifndef SUOYIN_FETCH_WORD_H
#define SUOYIN_FETCH_WORD_H

/* Of what libcurl answered (CURLcode); NULL: it was fetched. */
const char *fetch_word(int code);

#endif
