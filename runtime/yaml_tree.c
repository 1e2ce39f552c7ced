/* SPDX-License-Identifier: MIT */
#include "yaml_tree.h"
#include "config_private.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <unistd.h>

int
config_slurp(const char *path, size_t limit, struct buf *out, char reason[128])
{
	char chunk[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf_init(out, limit);
	if (fd == -1) {
		(void)snprintf(reason, 128, "cannot be opened: %s", strerror(errno));
		return -1;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			(void)snprintf(reason, 128, "cannot be read: %s", strerror(errno));
		else if (buf_add(out, chunk, (size_t)n) == -1)
			(void)snprintf(reason, 128, "is larger than %zu bytes", limit);
		else
			continue;
		(void)close(fd);
		return -1;
	}
	(void)close(fd);
	return 0;
}

static void
parser_error(const struct yaml_tree *tree, const yaml_parser_t *parser, struct span text)
{
	int line = (int)parser->problem_mark.line + 1,
	    column = (int)parser->problem_mark.column + 1;
	const char *problem = parser->problem == NULL ? "is not YAML" : parser->problem;

	/* the reader knows an offset only */
	if (parser->error == YAML_READER_ERROR) {
		line = 1;
		column = 1;
		for (size_t i = 0; i < text.n && i < parser->problem_offset; i++) {
			column = text.p[i] == '\n' ? 1 : column + 1;
			line += text.p[i] == '\n';
		}
	}
	config_errors_add(tree->errors, tree->path, line, column, NULL,
	    strstr(problem, "tab") != NULL || strstr(problem, "start any token") != NULL
		? "YAML indents with blanks; quote values that begin with @ ` or %"
		: NULL,
	    "is not valid YAML: %s%s%s", problem, parser->context == NULL ? "" : " ",
	    parser->context == NULL ? "" : parser->context);
}

static const char *
refusal(const yaml_event_t *event, int depth, int documents)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return "aliases (*name) are not supported: write the value out";
	case YAML_SCALAR_EVENT:
		if (event->data.scalar.tag != NULL)
			return "tags (!name) are not supported";
		if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
			return "a NUL character is not allowed";
		return NULL;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return depth > CONFIG_DEPTH_MAX ? "is nested too deeply" : NULL;
	case YAML_DOCUMENT_START_EVENT:
		return documents > 1 ? "a second document (---) is not allowed" : NULL;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		break;
	}
	return NULL;
}

/* A first reading by events: the document API resolves aliases and knows no depth. */
static int
scan(const struct yaml_tree *tree, struct span text)
{
	yaml_parser_t parser;
	yaml_event_t event;
	int depth = 0, documents = 0, rc = 0;
	bool end = false;

	if (yaml_parser_initialize(&parser) == 0)
		(void)config_must(NULL);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	while (!end && rc == 0) {
		const char *why;

		if (yaml_parser_parse(&parser, &event) == 0) {
			parser_error(tree, &parser, text);
			rc = -1;
			break;
		}
		depth += event.type == YAML_SEQUENCE_START_EVENT ||
			 event.type == YAML_MAPPING_START_EVENT;
		depth -=
		    event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
		documents += event.type == YAML_DOCUMENT_START_EVENT;
		end = event.type == YAML_STREAM_END_EVENT;
		if ((why = refusal(&event, depth, documents)) != NULL) {
			config_errors_add(tree->errors, tree->path, (int)event.start_mark.line + 1,
			    (int)event.start_mark.column + 1, NULL, NULL, "%s", why);
			rc = -1;
		}
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return rc;
}

int
yaml_tree_load(struct yaml_tree *tree, const char *path, struct config_errors *errors)
{
	yaml_parser_t parser;
	struct buf text;
	char reason[128];
	int rc = -1;

	*tree = (struct yaml_tree){.path = path, .errors = errors};
	if (config_slurp(path, CONFIG_FILE_MAX, &text, reason) == -1) {
		config_errors_add(errors, path, 0, 0, NULL, NULL, "%s", reason);
	} else if (scan(tree, buf_span(&text)) == 0) {
		if (yaml_parser_initialize(&parser) == 0)
			(void)config_must(NULL);
		yaml_parser_set_input_string(
		    &parser, (const unsigned char *)buf_span(&text).p, text.n);
		if (yaml_parser_load(&parser, &tree->doc) != 0)
			rc = 0;
		else
			parser_error(tree, &parser, buf_span(&text));
		yaml_parser_delete(&parser);
	}
	buf_fini(&text);
	if (rc == 0)
		tree->root = yaml_document_get_root_node(&tree->doc);
	return rc;
}

void
yaml_tree_fini(struct yaml_tree *tree)
{
	yaml_document_delete(&tree->doc);
}

void
yaml_tree_error(const struct yaml_tree *tree, const yaml_node_t *node, const char *key,
    const char *suggestion, const char *reason, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, reason);
	(void)vsnprintf(text, sizeof(text), reason, ap);
	va_end(ap);
	config_errors_add(tree->errors, tree->path, yaml_line(node), yaml_column(node), key,
	    suggestion, "%s", text);
}

static int
by_key(const void *a, const void *b)
{
	const struct yaml_pair *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return x->key_node->start_mark.index < y->key_node->start_mark.index ? -1 : 1;
}

static int
by_place(const void *a, const void *b)
{
	const struct yaml_pair *x = a, *y = b;

	return x->key_node->start_mark.index < y->key_node->start_mark.index ? -1 : 1;
}

/* Of pairs sorted by key, all but the first of each key go. */
static void
drop_twins(struct yaml_map *map, const struct yaml_tree *tree, const char *path)
{
	size_t kept = 0;
	char name[256];

	for (size_t i = 0; i < map->count; i++) {
		const struct yaml_pair *pair = &map->pairs[i];

		if (kept > 0 && strcmp(map->pairs[kept - 1].key, pair->key) == 0) {
			yaml_path_join(path, pair->key, name, sizeof(name));
			yaml_tree_error(tree, pair->key_node, name, NULL,
			    "stands twice, first in line %d",
			    yaml_line(map->pairs[kept - 1].key_node));
			continue;
		}
		map->pairs[kept++] = *pair;
	}
	map->count = kept;
}

void
yaml_map_open(
    struct yaml_map *map, struct yaml_tree *tree, const yaml_node_t *node, const char *path)
{
	const yaml_node_pair_t *at = node->data.mapping.pairs.start;
	const yaml_node_pair_t *end = node->data.mapping.pairs.top;

	*map = (struct yaml_map){0};
	map->pairs = config_must(calloc((size_t)(end - at) + 1, sizeof(*map->pairs)));
	for (; at < end; at++) {
		yaml_node_t *key = yaml_document_get_node(&tree->doc, at->key);

		if (key->type != YAML_SCALAR_NODE) {
			yaml_tree_error(
			    tree, key, path, NULL, "a key must be text, not %s", yaml_kind(key));
			continue;
		}
		map->pairs[map->count++] = (struct yaml_pair){(const char *)key->data.scalar.value,
		    key, yaml_document_get_node(&tree->doc, at->value)};
	}
	qsort(map->pairs, map->count, sizeof(*map->pairs), by_key);
	drop_twins(map, tree, path);
	qsort(map->pairs, map->count, sizeof(*map->pairs), by_place);
}

void
yaml_map_close(struct yaml_map *map)
{
	free(map->pairs);
	*map = (struct yaml_map){0};
}

const struct yaml_pair *
yaml_map_find(const struct yaml_map *map, const char *key)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->pairs[i].key, key) == 0)
			return &map->pairs[i];
	return NULL;
}

void
yaml_path_join(const char *path, const char *key, char *out, size_t size)
{
	(void)snprintf(out, size, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);
}

bool
yaml_is_null(const yaml_node_t *node)
{
	struct span text;

	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	text = yaml_text(node);
	return text.n == 0 || span_eq(text, SPAN("~")) || span_eq_ci(text, SPAN("null"));
}

struct span
yaml_text(const yaml_node_t *scalar)
{
	return (struct span){(const char *)scalar->data.scalar.value, scalar->data.scalar.length};
}

int
yaml_line(const yaml_node_t *node)
{
	return (int)node->start_mark.line + 1;
}

int
yaml_column(const yaml_node_t *node)
{
	return (int)node->start_mark.column + 1;
}

const char *
yaml_kind(const yaml_node_t *node)
{
	return node->type == YAML_SEQUENCE_NODE  ? "a list"
	       : node->type == YAML_MAPPING_NODE ? "a mapping"
						 : "one value";
}
