/* SPDX-License-Identifier: MIT */
/*
 * charset.h - page bytes to UTF-8, with the evidence for the decision.
 *
 * Order: BOM, valid UTF-8 with a multibyte sequence, HTTP content-type, <meta> prescan,
 * uchardet.  GB2312/GBK labels mean GB18030.  What cannot be decoded becomes U+FFFD, one
 * byte at a time (WHATWG), and is counted.  NUL becomes U+FFFD too.
 *
 * iconv modules are loaded on first use and kept for life: charset_warm_up() loads those we
 * may need before a child locks itself in.
 */
#ifndef SUOYIN_CHARSET_H
#define SUOYIN_CHARSET_H

#include <suoyin/arena.h>
#include <suoyin/err.h>
#include <suoyin/explain.h>

struct charset {
	struct span used;     /* "UTF-8", "GB18030", "UTF-16LE", "Big5" … */
	struct span declared; /* label as found (HTTP or meta); absent: none */
	struct span evidence; /* bom utf8 http meta uchardet default */
	size_t replacements;
};

/* Descriptors that were opened; one per process, given to charset_decode. */
struct charset_kit;
struct charset_kit *charset_kit_new(void); /* opens every charset we support */
void charset_kit_free(struct charset_kit *kit);

/* Valid UTF-8 without BOM in *text: in the arena, or the bytes themselves where they are that
 * already.  -1: REJECT "too_large" at the arena's limit. */
int charset_decode(struct charset_kit *kit, struct charset *how, struct span *text,
    struct arena *a, struct span bytes, struct span content_type, struct err *err);
/* The same, with what the evidence was. */
struct charset_hints {
	struct span content_type;
	struct explain *explain; /* each rule's evidence is noted to it; NULL: nobody asks */
};
int charset_decode_explained(struct charset_kit *kit, struct charset *how, struct span *text,
    struct arena *a, struct span bytes, const struct charset_hints *hints, struct err *err);

/* The charset label of a content-type header or <meta content>; absent when there is none. */
struct span charset_label(struct span s);

#endif
