/* SPDX-License-Identifier: MIT */
/*
 * names.h - entries by name: a balanced tree (tsearch) of structs whose first member is the name.
 */
#ifndef CRAWLER_NAMES_H
#define CRAWLER_NAMES_H

#include <search.h>
#include <stddef.h>
#include <string.h>

/* What is looked for, and how each entry begins. */
struct named {
	char *name;
};

static inline int
named_order(const void *left, const void *right)
{
	return strcmp(((const struct named *)left)->name, ((const struct named *)right)->name);
}

/* The entry of this name, or NULL. */
static inline void *
named_find(void *const *root, const char *name)
{
	struct named key = {(char *)(size_t)name};
	void *const *node = tfind(&key, root, named_order);

	return node == NULL ? NULL : *node;
}

static inline int
named_add(void **root, void *entry)
{
	return tsearch(entry, root, named_order) == NULL ? -1 : 0;
}

static inline void
named_remove(void **root, void *entry)
{
	(void)tdelete(entry, root, named_order);
}

#endif
