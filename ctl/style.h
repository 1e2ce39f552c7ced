/* SPDX-License-Identifier: MIT */
/*
 * style.h - colour for eyes: only on a terminal, never where NO_COLOR says so (no-color.org).
 */
#ifndef CTL_STYLE_H
#define CTL_STYLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum style { STYLE_PLAIN, STYLE_HEAD, STYLE_GOOD, STYLE_WARN, STYLE_BAD };

/* Decides for this stream once and for all commands that follow. */
void style_setup(FILE *to);
/* Text between the marks of a style; width: at least so many columns (ASCII texts). */
void style_print(FILE *to, enum style style, int width, const char *text);
/* Text of a page or an operator: no control characters, at most `columns` wide (Chinese: two each).
 */
void style_print_foreign(FILE *to, const char *text, int columns);
/* "12 s", "3 min", "5 h", "2 d" of a number of seconds. */
const char *style_age(double seconds, char out[32]);

/* A member of a JSON object as what it should be: 0 and "" where it is none. */
long long json_count(const json_t *object, const char *key);
const char *json_text(const json_t *object, const char *key);

#endif
