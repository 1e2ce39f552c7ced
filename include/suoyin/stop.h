/* SPDX-License-Identifier: MIT */
/*
 * stop.h - SIGTERM and SIGINT as wishes that the loop reads.
 *
 * stop_install() also ignores SIGPIPE.  One signal asks to drain and end; a second asks to
 * end at once.  The handler only sets a flag.
 */
#ifndef SUOYIN_STOP_H
#define SUOYIN_STOP_H

#include <stdbool.h>

void stop_install(void);
bool stop_asked(void); /* drain, then end */
bool stop_now(void);   /* asked twice: roll back, end */
void stop_ask(void);   /* the program asks itself */

#endif
