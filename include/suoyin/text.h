/* SPDX-License-Identifier: MIT */
/*
 * text.h - UTF-8 and Unicode as Chinese official pages need it.
 *
 * Decoding is by code point; everything else works on spans of valid UTF-8 and
 * gives new text in an arena.  Normalisation (NFKC, lower case, categories) is
 * libutf8proc's.  Absent in gives absent out.
 */
#ifndef SUOYIN_TEXT_H
#define SUOYIN_TEXT_H

#include <suoyin/arena.h>
#include <suoyin/span.h>

#define TEXT_BAD UINT32_MAX

/* The code point at s.p[*at], moving *at behind it; TEXT_BAD (moving one byte) on bad UTF-8. */
uint32_t text_next(struct span s, size_t *at);
bool text_is_utf8(struct span s);         /* strict: no surrogates, no overlongs */
bool text_has_multibyte(struct span s);
bool text_is_longer(struct span s, size_t codepoints); /* without counting far beyond */
size_t text_length(struct span s);        /* code points of good UTF-8 */
struct span text_first(struct span s, size_t codepoints); /* a prefix, not a copy */
struct span text_last(struct span s, size_t codepoints);

bool text_is_space(uint32_t c);   /* every Unicode space, incl. U+00A0 U+3000, CR LF TAB */
bool text_is_zero_width(uint32_t c); /* U+200B-200F 2060 FEFF 00AD */
/* False: no character that begins with this byte is one of these two; what goes on with it neither. */
bool text_may_be_blank(unsigned char byte);
bool text_is_han(uint32_t c);
bool text_is_digit(uint32_t c);   /* ASCII or full-width */

struct span text_trim(struct span s); /* Unicode spaces and zero-width, both ends */

/* White space runs folded to one blank, zero-width deleted, ends trimmed. */
struct span text_fold_space(struct arena *a, struct span s);
/* All white space and zero-width deleted. */
struct span text_strip_space(struct arena *a, struct span s);
/* U+FF01-FF5E to ASCII, U+3000 and other spaces to a blank, zero-width deleted. */
struct span text_fold_width(struct arena *a, struct span s);
/* A folded title (design 5): NFKC, lower case, without white space and punctuation.
 * The empty span (non-NULL, 0) when nothing is left. */
struct span text_fold_title(struct arena *a, struct span s);
/* What one character of NFKC text becomes in it; 0: nothing. */
uint32_t text_fold_char(uint32_t nfkc);
/* HTML entities decoded once (named ones of HTML 4, decimal, hexadecimal). */
struct span text_unescape(struct arena *a, struct span s);

#endif
