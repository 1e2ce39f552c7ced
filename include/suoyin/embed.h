/* SPDX-License-Identifier: MIT */
/* embed.h - files built into the programs (cmake/embed.cmake); the table ends with {NULL, NULL}. */
#ifndef SUOYIN_EMBED_H
#define SUOYIN_EMBED_H

struct embedded {
	const char *name, *text;
};

extern const struct embedded sql_migrations[]; /* sql/schema, in order of number */
extern const struct embedded sql_grants[];     /* sql/grants.sql, run after each migrate up */

#endif
