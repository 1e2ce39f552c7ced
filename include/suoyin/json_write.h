/* SPDX-License-Identifier: MIT */
/*
 * json_write.h - JSON text straight into a buffer, and the check of such text from elsewhere.
 *
 * For what is written once and read by others, and large: no tree is built.  Objects and lists are
 * written by their brackets; json_write_name() and json_write_item() put the comma where one is due.  What does
 * not fit marks the buffer as failed, like any add to it.
 */
#ifndef SUOYIN_JSON_WRITE_H
#define SUOYIN_JSON_WRITE_H

#include <suoyin/buf.h>

void json_write_item(struct buf *out); /* before a value of a list */
/* "name": in an object; the name needs no escape. */
void json_write_name(struct buf *out, const char *name);
/* A string in quotes. Bad UTF-8 and NUL become U+FFFD. */
void json_write_text(struct buf *out, struct span s);
void json_write_text_or_null(struct buf *out, struct span s); /* null where it is empty */
void json_write_int(struct buf *out, int64_t v);
/* With a fraction or an exponent, as short as it can be read back; null for no number. */
void json_write_real(struct buf *out, double v);

/* Digits of a number below a milliard that has six decimals at most; false, and nothing, where it is another. */
bool json_write_decimal(struct buf *out, double v);

/* The same text, with U+FFFD where it is bad UTF-8 or NUL. */
void text_mended(struct buf *out, struct span s);

/* Whether PostgreSQL takes this valid UTF-8 as jsonb that is an object: well formed, no deeper than
 * JSON_DEPTH_MAX, and no escape of NUL or of half a character (we write none at all beyond U+FFFF). */
#define JSON_DEPTH_MAX 64
bool json_is_object_text(struct span s);

#endif
