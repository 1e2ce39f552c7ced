/* SPDX-License-Identifier: MIT */
/*
 * charset_label.h - from what a page or a header calls its charset to one that we decode.
 *
 * Labels are those of the WHATWG Encoding Standard, as far as pages here can carry them;
 * several labels mean one charset, and all of the GB family mean GB18030.
 */
#ifndef CORE_CHARSET_LABEL_H
#define CORE_CHARSET_LABEL_H

#include <suoyin/span.h>

struct charset_name {
	struct span name;       /* as reported in the record */
	const char *iconv_name; /* NULL: decoded by charset.c itself */
};

extern const struct charset_name charset_names[];
extern const size_t charset_name_count;

#define CHARSET_UTF8 0 /* rows of charset_names that charset.c treats by name */
#define CHARSET_GB18030 1
#define CHARSET_UTF16LE 2
#define CHARSET_UTF16BE 3
#define CHARSET_LAST_MULTIBYTE 8 /* the rows behind it are charsets of one byte */

/* Row of charset_names, or -1 for a label that we do not know. */
int charset_by_label(struct span label);

/* The label that a <meta> in the first bytes declares, in *label even when it is not known to
 * us; the row, or -1. The first known one wins (WHATWG prescan). */
int charset_prescan(struct span bytes, struct span *label);

#endif
