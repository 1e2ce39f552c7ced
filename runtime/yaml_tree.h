/* SPDX-License-Identifier: MIT */
/*
 * yaml_tree.h - one YAML file as libyaml's document, a mark per node, with our limits.
 *
 * Refused: files over CONFIG_FILE_MAX, nesting over CONFIG_DEPTH_MAX, several documents, aliases
 * (an alias makes a small file large), tags, NUL.  All that is wrong goes into the errors given.
 */
#ifndef YAML_TREE_H
#define YAML_TREE_H

#include <suoyin/config.h>
#include <suoyin/span.h>
#include <yaml.h>

struct yaml_tree {
	const char *path;
	struct config_errors *errors;
	yaml_document_t doc;
	yaml_node_t *root; /* NULL: the file is empty */
};

/* 0, or -1 with errors; after 0 the caller calls yaml_tree_fini(). Keeps path and errors. */
int yaml_tree_load(struct yaml_tree *tree, const char *path, struct config_errors *errors);
void yaml_tree_fini(struct yaml_tree *tree);

/* An error at a node. */
void yaml_tree_error(const struct yaml_tree *tree, const yaml_node_t *node, const char *key,
    const char *suggestion, const char *reason, ...) __attribute__((format(printf, 5, 6)));

/* A mapping's pairs in order of the file; keys that stand twice or are no text are reported and
 * left out. */
struct yaml_pair {
	const char *key;
	const yaml_node_t *key_node;
	yaml_node_t *value;
};
struct yaml_map {
	struct yaml_pair *pairs;
	size_t count;
};
void yaml_map_open(
    struct yaml_map *map, struct yaml_tree *tree, const yaml_node_t *node, const char *path);
void yaml_map_close(struct yaml_map *map);
const struct yaml_pair *yaml_map_find(const struct yaml_map *map, const char *key);

/* "batch" + "messages" → "batch.messages"; cut where it does not fit. */
void yaml_path_join(const char *path, const char *key, char *out, size_t size);

/* Empty, ~ or null, not in quotes. */
bool yaml_is_null(const yaml_node_t *node);
struct span yaml_text(const yaml_node_t *scalar);
int yaml_line(const yaml_node_t *node);
int yaml_column(const yaml_node_t *node);
const char *yaml_kind(const yaml_node_t *node); /* "a list", "a mapping", "one value" */

#endif
