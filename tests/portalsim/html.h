/* SPDX-License-Identifier: MIT */
/*
 * html.h - pieces that the page templates of all dialects share: META tags of the government
 * site standard, paragraphs, chrome.  UTF-8; render.c turns it into the
 * portal's charset.
 */
#ifndef PORTALSIM_HTML_H
#define PORTALSIM_HTML_H

#include "facts.h"

struct html {
	const struct sim *sim;
	const struct portal *portal;
	const struct column *column;
	const struct page *page;     /* NULL on lists */
	const struct report *report; /* NULL on lists */
	const struct doc *doc;
	struct buf *out;
};

/* How a dialect sets its paragraphs. */
struct body_style {
	const char *open, *close;      /* around each paragraph */
	const char *centre, *right;    /* instead of open */
	const char *strong, *unstrong; /* around headings */
	const char *indent;
};

void html_add(struct html *h, const char *markup);
void html_fmt(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void html_text(struct html *h, const char *text);                     /* escaped */
void html_cut(struct html *h, const char *text, unsigned characters); /* with "..." where cut */
void html_charset(struct html *h); /* the meta tag, where this portal has one */
void html_meta(struct html *h, bool with_url);
void html_body(struct html *h, const struct body_style *style);
void html_attachments(struct html *h, const char *open, const char *close);
void html_related(struct html *h, const char *open, const char *close);
void html_share(struct html *h);
void html_footer(struct html *h, const char *class);

/* One template per dialect. */
void html_trs(struct html *h);
void html_ucap(struct html *h);
void html_jcms(struct html *h);
void html_gkmlpt(struct html *h);

#endif
