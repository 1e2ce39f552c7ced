/* SPDX-License-Identifier: MIT */
/*
 * err.h - what went wrong, and what the loop does next.
 *
 * Every function that can fail takes a `struct err *` last and returns -1 (or
 * NULL).  `code` tells the caller what to do, `reason` is a stable word for
 * metrics and dead letters, `text` is for a person: what, where, what next.
 * The first error wins: setting an error that is already set changes nothing.
 * A NULL `err` is allowed where nobody wants to know.
 */
#ifndef SUOYIN_ERR_H
#define SUOYIN_ERR_H

enum err_code {
	ERR_NONE,
	ERR_REJECT, /* the input is bad: set it aside, go on */
	ERR_RETRY,  /* the world is bad: back off, try the same again */
	ERR_FATAL,  /* we are bad: stop, let the supervisor restart us */
};

struct err {
	enum err_code code;
	char reason[32]; /* snake_case word, e.g. "too_deep" */
	char text[480];
};

/* Records the error and returns -1, so that callers can `return err_set(...)`. */
int err_set(struct err *err, enum err_code code, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "prefix: " before the text of an error that is set. Returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
