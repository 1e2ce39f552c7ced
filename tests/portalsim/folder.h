/* SPDX-License-Identifier: MIT */
/* folder.h - --serve: one portal whose pages are the files of a folder, byte for byte. */
#ifndef PORTALSIM_FOLDER_H
#define PORTALSIM_FOLDER_H

#include "sim.h"

int folder_plan(struct sim *s);
void folder_free(struct sim *s);
const struct folder_file *folder_file(const struct sim *s, const struct page *page);
int folder_digest(const struct sim *s, const struct page *page, char hex[HEX_MAX]);
/* A descriptor to read the page's bytes from; the caller closes it. -1: it is gone. */
int folder_open(const struct sim *s, const struct page *page, uint64_t *bytes);

#endif
