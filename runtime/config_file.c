/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include "yaml_tree.h"
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>

#define NAME_MAX_BYTES 256
#define LIST_ITEMS_MAX 1000

struct walk {
	struct config_run *run;
	struct yaml_tree *tree;
};

static struct config_place
place_of(const struct walk *w, const yaml_node_t *node)
{
	return (struct config_place){w->tree->path, yaml_line(node), yaml_column(node)};
}

static void
read_sequence(struct walk *w, size_t index, const char *name, const yaml_node_t *node)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - item);
	struct config_place at = place_of(w, node);
	struct span *texts;
	bool good = true;

	if (count > LIST_ITEMS_MAX) {
		yaml_tree_error(
		    w->tree, node, name, NULL, "has more than %d items", LIST_ITEMS_MAX);
		return;
	}
	texts = config_must(calloc(count + 1, sizeof(*texts)));
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *value = yaml_document_get_node(&w->tree->doc, item[i]);

		if (value->type != YAML_SCALAR_NODE || yaml_is_null(value)) {
			yaml_tree_error(w->tree, value, name, NULL, "an item is %s",
			    yaml_is_null(value) ? "empty" : yaml_kind(value));
			good = false;
		} else {
			texts[i] = yaml_text(value);
		}
	}
	if (good)
		config_value_set(w->run, index, &(struct config_value){texts, count, true}, &at);
	free(texts);
}

static void
read_setting(struct walk *w, size_t index, const char *name, const struct yaml_pair *pair)
{
	struct config_place at = place_of(w, pair->value);
	struct span text;

	w->run->given[index] = true;
	if (w->run->line_of[index] > 0) {
		yaml_tree_error(w->tree, pair->key_node, name, NULL,
		    "stands twice, first in line %d", w->run->line_of[index]);
		return;
	}
	w->run->line_of[index] = yaml_line(pair->key_node);
	if (yaml_is_null(pair->value)) {
		yaml_tree_error(w->tree, pair->key_node, name, "give it one, or leave the key out",
		    "has no value");
	} else if (pair->value->type == YAML_SEQUENCE_NODE) {
		read_sequence(w, index, name, pair->value);
	} else if (pair->value->type == YAML_MAPPING_NODE) {
		yaml_tree_error(w->tree, pair->value, name, NULL, "takes one value, not a mapping");
	} else {
		text = yaml_text(pair->value);
		config_value_set(w->run, index, &(struct config_value){&text, 1, false}, &at);
	}
}

static bool
is_section(const struct config_table *table, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < table->count; i++)
		if (strncmp(table->items[i]->name, name, n) == 0 && table->items[i]->name[n] == '.')
			return true;
	return false;
}

static void
read_kafka(struct walk *w, const char *name, const struct yaml_pair *pair)
{
	struct config_place at = place_of(w, pair->value);

	if (pair->value->type != YAML_SCALAR_NODE || yaml_is_null(pair->value))
		yaml_tree_error(
		    w->tree, pair->key_node, name, NULL, "must be one value for librdkafka");
	else
		config_pairs_set(
		    w->run, span_of(name + strlen("kafka.")), yaml_text(pair->value), &at);
}

static void
unknown(struct walk *w, const char *name, const struct yaml_pair *pair)
{
	const char *near = config_table_suggest(&w->run->table, name);
	char suggestion[NAME_MAX_BYTES + 20] = "";

	if (near != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean %s?", near);
	yaml_tree_error(w->tree, pair->key_node, name, suggestion, "is no setting of %s",
	    w->run->table.program->name);
}

static void /* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by yaml_tree_load */
read_mapping(struct walk *w, const yaml_node_t *node, const char *path)
{
	char name[NAME_MAX_BYTES];
	struct yaml_map map;

	yaml_map_open(&map, w->tree, node, path);
	for (size_t i = 0; i < map.count; i++) {
		const struct yaml_pair *pair = &map.pairs[i];
		size_t index;

		yaml_path_join(path, pair->key, name, sizeof(name));
		index = config_table_find(&w->run->table, span_of(name));
		if (index < w->run->table.count)
			read_setting(w, index, name, pair);
		else if (pair->value->type == YAML_MAPPING_NODE &&
			 (is_section(&w->run->table, name) ||
			     span_starts(span_of(name), SPAN("kafka.")) ||
			     strcmp(name, "kafka") == 0))
			read_mapping(w, pair->value, name);
		else if (span_starts(span_of(name), SPAN("kafka.")))
			read_kafka(w, name, pair);
		else if (strcmp(name, "kafka") == 0 || is_section(&w->run->table, name))
			yaml_tree_error(w->tree, pair->key_node, name, NULL,
			    "is a section: its settings stand below it, indented");
		else
			unknown(w, name, pair);
	}
	yaml_map_close(&map);
}

int
config_file_load(struct config_run *run, const char *path)
{
	struct yaml_tree tree;
	struct walk w = {run, &tree};
	size_t before = run->errors->count;

	if (yaml_tree_load(&tree, path, run->errors) == -1)
		return -1;
	if (tree.root != NULL && tree.root->type == YAML_MAPPING_NODE)
		read_mapping(&w, tree.root, "");
	else if (tree.root != NULL && !yaml_is_null(tree.root))
		yaml_tree_error(&tree, tree.root, NULL, NULL,
		    "must be a mapping of settings, not %s", yaml_kind(tree.root));
	config_errors_sort(run->errors, before);
	yaml_tree_fini(&tree);
	return 0;
}
