/* SPDX-License-Identifier: MIT */
/*
 * portal_text.h - for the target `portal`: portal files that are made and read in memory.
 */
#ifndef PORTAL_TEXT_H
#define PORTAL_TEXT_H

#include <jansson.h>
#include <suoyin/span.h>

/* A canonical portal as a file would say it (JSON is YAML), for the caller to free(). */
char *portal_written(const json_t *config);

/* The path of a file that holds the text, until the next call. */
const char *portal_file_of(struct span text);

#endif
