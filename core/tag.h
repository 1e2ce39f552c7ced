/* SPDX-License-Identifier: MIT */
/* tag.h - the element names that mean something for text, as numbers with properties. */
#ifndef CORE_TAG_H
#define CORE_TAG_H

#include <suoyin/span.h>

enum tag {
	TAG_OTHER, /* not listed: inline */
	TAG_A, TAG_ADDRESS, TAG_ARTICLE, TAG_ASIDE, TAG_BLOCKQUOTE, TAG_BODY, TAG_BR, TAG_BUTTON,
	TAG_CAPTION, TAG_CENTER, TAG_DD, TAG_DIV, TAG_DL, TAG_DT, TAG_EMBED, TAG_FIELDSET, TAG_FIGURE,
	TAG_FOOTER, TAG_FORM, TAG_H1, TAG_H2, TAG_H3, TAG_H4, TAG_H5, TAG_H6, TAG_HEAD,
	TAG_HEADER, TAG_HR, TAG_HTML, TAG_IFRAME, TAG_IMG, TAG_LEGEND, TAG_LI, TAG_MAIN, TAG_META,
	TAG_NAV, TAG_NOSCRIPT, TAG_OBJECT, TAG_OL, TAG_OPTION, TAG_P, TAG_PRE, TAG_SCRIPT,
	TAG_SECTION, TAG_SELECT, TAG_STYLE, TAG_TABLE, TAG_TBODY, TAG_TD, TAG_TEMPLATE,
	TAG_TEXTAREA, TAG_TFOOT, TAG_TH, TAG_THEAD, TAG_TITLE, TAG_TR, TAG_UCAPCONTENT, TAG_UL,
	TAG_COUNT
};

#define TAG_BLOCK 1   /* its edges end a paragraph */
#define TAG_SILENT 2  /* nothing below it is printed */
#define TAG_CELL 4    /* td, th */
#define TAG_HEADING 8 /* h1 … h6 */
#define TAG_PICTURE 16 /* shows something that is no text */

enum tag tag_by_name(struct span lower);
unsigned tag_props(unsigned tag); /* TAG_BLOCK | … */

#endif
