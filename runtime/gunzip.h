/* SPDX-License-Identifier: MIT */
/* gunzip.h - bodies that are gzip files themselves, such as sitemap.xml.gz. */
#ifndef RUNTIME_GUNZIP_H
#define RUNTIME_GUNZIP_H

#include <suoyin/buf.h>
#include <suoyin/err.h>

bool gunzip_is(struct span bytes); /* begins as a gzip file does */
/* Appends what the file holds, within out's limit. -1: REJECT too_large, encoding. */
int gunzip(struct buf *out, struct span bytes, struct err *err);

#endif
