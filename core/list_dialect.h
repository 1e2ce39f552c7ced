/* SPDX-License-Identifier: MIT */
/* list_dialect.h - addresses of articles, by the habits of the platforms. */
#ifndef CORE_LIST_DIALECT_H
#define CORE_LIST_DIALECT_H

#include <suoyin/span.h>

/* A word for the habit that this address follows (its path and query), or NULL. */
const char *list_dialect(struct span path);

#endif
