/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is one function over bytes.  libFuzzer calls it (preset fuzz), or replay.c with the
 * files of a corpus (every other preset).  Sanitizers find memory errors; must() finds answers
 * that are wrong.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <suoyin/span.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with what is broken when `holds` is false. */
void must(bool holds, const char *what);

/* One line of *rest, without its '\n'; *rest becomes what follows. */
struct span fuzz_line(struct span *rest);

#endif
