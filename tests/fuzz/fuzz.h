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

#include <suoyin/charset.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn void fuzz_broken(const char *what);

/* Ends the program with what is broken when `holds` is false. */
static inline void
must(bool holds, const char *what)
{
	if (!holds)
		fuzz_broken(what);
}

/* One line of *rest, without its '\n'; *rest becomes what follows. */
struct span fuzz_line(struct span *rest);

/* A page as it is, or "#TR" and a page, a letter or digit each: T picks the content type (a table
 * in fuzz.c), R is for the target.  Takes "#TR" off the input. */
struct fuzz_pick {
	const char *content_type; /* NULL: none */
	unsigned rules;
};
struct fuzz_pick fuzz_pick(struct span *input);

/* Kept: as in a child, one for all pages. */
struct charset_kit *fuzz_kit(void);

/* The lines of a text, empty ones too; *count of them, in the arena. NULL: it is full. */
struct span *fuzz_lines(struct arena *a, struct span text, size_t *count);

/* Asks a target for its answer three times: with a new arena, with a used one, and with one that
 * may be too small.  The same input has the same answer, or is refused as "too_large" by the last.
 * The answer is what is written to *out; -1: a refusal, in err. */
void fuzz_ask(int (*answer)(struct buf *out, struct arena *a, struct span input, struct err *err),
    struct span input);

/* Adds a field to an answer, with its length; "absent" for an absent one. */
void fuzz_tell(struct buf *out, struct span field);

/* `part` lies within `whole`, or is absent. */
bool fuzz_inside(struct span part, struct span whole);

#endif
