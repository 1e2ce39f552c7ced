/* SPDX-License-Identifier: MIT */
/*
 * title_lines.h - what reads as the title of an official document, and where one is broken
 * over several lines (GB/T 9704-2012, 7.3.1: issuer, matter, kind).
 */
#ifndef CORE_TITLE_LINES_H
#define CORE_TITLE_LINES_H

#include <suoyin/span.h>

/* Ends in the kind of a document: …通知, …办法（试行）; no sentence. */
bool title_reads(struct span s);

/* The line is the begin of a title that the next one ends: an issuer above 关于…的通知, or
 * 关于印发… above …办法的通知. */
bool title_goes_on(struct span line, struct span next);

#endif
