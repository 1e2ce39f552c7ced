/* SPDX-License-Identifier: MIT */
/*
 * css.h - a small part of CSS selectors, written as XPath 1.0, for portal files.
 *
 * tag * .class #id [a] [a=v] [a^=v] [a$=v] [a*=v] [a~=v] :first-child :last-child :nth-child(n),
 * combined by blank, >, +, ~ and a comma; ::attr(name) at the end for an attribute instead of the
 * element.  Anything else is an error, never a guess.
 */
#ifndef SUOYIN_CSS_H
#define SUOYIN_CSS_H

#include <suoyin/buf.h>
#include <suoyin/err.h>

/* Appends the XPath; relative: below a context node. -1: REJECT "bad_css". */
int css_to_xpath(struct buf *out, struct span selector, bool relative, struct err *err);

#endif
