/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include "portal_private.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <suoyin/json_pointer.h>
#include <suoyin/limits.h>
#include <suoyin/xpath.h>

static void
unknown_key(const struct portal_node *n, const struct yaml_pair *pair, const char *const *names)
{
	struct config_guess guess;
	char suggestion[100] = "";

	config_guess_init(&guess, pair->key);
	for (; *names != NULL; names++)
		config_guess_try(&guess, *names);
	if (guess.best != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean %s?", guess.best);
	portal_error(n, pair->key, pair->key_node, suggestion, "is no key of a portal file here");
}

static bool
is_name(const char *key, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(key, *names) == 0)
			return true;
	return false;
}

int
portal_node_open(struct portal_node *n, struct yaml_tree *tree, const yaml_node_t *node,
    const char *path, const char *const *names)
{
	*n = (struct portal_node){.tree = tree, .node = node};
	(void)snprintf(n->path, sizeof(n->path), "%s", path);
	if (node->type != YAML_MAPPING_NODE) {
		yaml_tree_error(tree, node, path, NULL, "must be a mapping (key: value), not %s",
		    yaml_is_null(node) ? "empty" : yaml_kind(node));
		return -1;
	}
	yaml_map_open(&n->map, tree, node, path);
	for (size_t i = 0; i < n->map.count; i++)
		if (!is_name(n->map.pairs[i].key, names))
			unknown_key(n, &n->map.pairs[i], names);
	return 0;
}

void
portal_node_close(struct portal_node *n)
{
	yaml_map_close(&n->map);
}

void
portal_error(const struct portal_node *n, const char *key, const yaml_node_t *at,
    const char *suggestion, const char *reason, ...)
{
	char text[512], path[PORTAL_PATH_MAX + 64];
	va_list ap;

	va_start(ap, reason);
	(void)vsnprintf(text, sizeof(text), reason, ap);
	va_end(ap);
	yaml_path_join(n->path, key, path, sizeof(path));
	yaml_tree_error(n->tree, at, path, suggestion, "%s", text);
}

const yaml_node_t *
portal_scalar(const struct portal_node *n, const char *key, bool required)
{
	const struct yaml_pair *pair = yaml_map_find(&n->map, key);

	if (pair == NULL) {
		if (required)
			portal_error(n, key, n->node, NULL, "is missing");
		return NULL;
	}
	if (pair->value->type != YAML_SCALAR_NODE)
		portal_error(
		    n, key, pair->value, NULL, "takes one value, not %s", yaml_kind(pair->value));
	else if (yaml_is_null(pair->value))
		portal_error(n, key, pair->key_node, required ? NULL : "or leave the key out",
		    "has no value");
	else
		return pair->value;
	return NULL;
}

static bool
has_control(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7F)
			return true;
	return false;
}

static json_t *
json_of(struct span text)
{
	return config_must(json_stringn(text.p, text.n));
}

json_t *
portal_text(const struct portal_node *n, const char *key, bool required, size_t max)
{
	const yaml_node_t *value = portal_scalar(n, key, required);
	struct span text;

	if (value == NULL)
		return json_null();
	text = span_trim(yaml_text(value));
	if (text.n == 0)
		portal_error(n, key, value, NULL, "is empty");
	else if (text.n > max)
		portal_error(n, key, value, NULL, "is longer than %zu bytes", max);
	else if (has_control(text))
		portal_error(n, key, value, NULL, "holds a control character");
	else
		return json_of(text);
	return json_null();
}

static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/* What may have been meant, letter by letter; "" when nothing is left. */
static void
suggest_word(struct span text, size_t max, char out[160])
{
	char word[129];
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < max && n + 1 < sizeof(word); i++) {
		char c = text.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == ' ')
			c = '-';
		if (is_word_byte(c))
			word[n++] = c;
	}
	word[n] = '\0';
	out[0] = '\0';
	if (n > 0)
		(void)snprintf(out, 160, "for example %s", word);
}

json_t *
portal_word(const struct portal_node *n, const char *key, bool required, size_t max)
{
	const yaml_node_t *value = portal_scalar(n, key, required);
	char suggestion[160], quoted[64];
	struct span text;
	size_t i = 0;

	if (value == NULL)
		return json_null();
	text = yaml_text(value);
	while (i < text.n && is_word_byte(text.p[i]))
		i++;
	if (text.n > 0 && text.n <= max && i == text.n)
		return json_of(text);
	suggest_word(text, max, suggestion);
	portal_error(n, key, value, suggestion, "%s is not 1 … %zu of a-z 0-9 . - _",
	    config_quoted(text, quoted), max);
	return json_null();
}

json_t *
portal_level(const struct portal_node *n)
{
	static const char *const levels[] = {"national", "province", "city", "county"};
	const yaml_node_t *value = portal_scalar(n, "level", false);
	char word[64], quoted[64], suggestion[100] = "";
	struct config_guess guess;

	if (value == NULL)
		return json_null();
	(void)snprintf(word, sizeof(word), "%.60s", (const char *)value->data.scalar.value);
	config_guess_init(&guess, word);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (span_eq(yaml_text(value), span_of(levels[i])))
			return json_of(yaml_text(value));
		config_guess_try(&guess, levels[i]);
	}
	if (guess.best != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean %s?", guess.best);
	portal_error(n, "level", value, suggestion,
	    "%s is none of national, province, city, county",
	    config_quoted(yaml_text(value), quoted));
	return json_null();
}

json_t *
portal_duration(
    const struct portal_node *n, const char *key, int64_t fallback, int64_t min, int64_t max)
{
	const yaml_node_t *value = portal_scalar(n, key, false);
	char reason[128], suggestion[64], low[32], high[32], quoted[64];
	int64_t ms = fallback;

	if (value == NULL)
		return config_must(json_integer(fallback));
	if (config_parse_duration(yaml_text(value), &ms) == -1) {
		config_unit_explain(yaml_text(value), false, reason, suggestion);
		portal_error(n, key, value, suggestion, "%s", reason);
	} else if (ms < min || ms > max) {
		config_format_duration(min, low);
		config_format_duration(max, high);
		portal_error(n, key, value, NULL, "%s is out of range, %s … %s",
		    config_quoted(yaml_text(value), quoted), low, high);
	}
	return config_must(json_integer(ms));
}

json_t *
portal_xpath(const struct portal_node *n, const char *key, bool required, const char *fallback)
{
	const yaml_node_t *value = portal_scalar(n, key, required);
	struct err err = {0};
	struct span text;

	if (value == NULL)
		return fallback == NULL ? json_null() : json_of(span_of(fallback));
	text = span_trim(yaml_text(value));
	if (text.n == 0)
		portal_error(n, key, value, NULL, "is empty");
	else if (text.n > XPATH_EXPRESSION_MAX)
		portal_error(n, key, value, NULL, "is longer than %d bytes", XPATH_EXPRESSION_MAX);
	else if (xpath_check((const char *)value->data.scalar.value, &err) == -1)
		portal_error(n, key, value, NULL, "is not XPath 1.0: %s", err.text);
	else
		return json_of(text);
	return json_null();
}

/* "title", and "#/title" as in a URL, for /title; other languages are left alone. */
static void
suggest_pointer(struct span text, char out[160])
{
	out[0] = '\0';
	if (span_starts(text, SPAN("#/")))
		text = span_cut(text, 2, text.n);
	if (text.n > 0 && text.n <= 100 && text.p[0] != '/' && text.p[0] != '$')
		(void)snprintf(out, 160, "write /%.*s", SPAN_ARG(text));
}

/* Not trimmed: a key may end in a space. */
json_t *
portal_pointer(const struct portal_node *n, const char *key)
{
	const yaml_node_t *value = portal_scalar(n, key, false);
	char suggestion[160], quoted[64];
	struct err err = {0};

	if (value == NULL)
		return json_null();
	if (json_pointer_check(yaml_text(value), &err) == 0)
		return json_of(yaml_text(value));
	suggest_pointer(yaml_text(value), suggestion);
	portal_error(n, key, value, suggestion, "%s is no JSON pointer: it %s",
	    config_quoted(yaml_text(value), quoted), err.text);
	return json_null();
}

json_t *
portal_url(const struct portal_node *n, const char *key, struct arena *a, struct url *url)
{
	const yaml_node_t *value = portal_scalar(n, key, true);
	struct err err = {0};
	struct span text;
	bool bare;

	*url = (struct url){0};
	if (value == NULL)
		return json_null();
	text = yaml_text(value);
	if (url_parse(url, a, text, &err) == 0)
		return json_of(url->text);
	*url = (struct url){0};
	bare = text.n > 0 && span_find(text, SPAN(":"), 0) == SIZE_MAX;
	portal_error(
	    n, key, value, bare ? "write http://... or https://..." : NULL, "%s", err.text);
	return json_null();
}

struct span
portal_host(const struct portal_node *n, const char *key, const yaml_node_t *at, struct arena *a)
{
	char suggestion[120] = "", quoted[64];
	struct url url;
	struct span text, whole;

	if (at->type != YAML_SCALAR_NODE || yaml_is_null(at)) {
		portal_error(n, key, at, NULL, "must be a list of hosts");
		return (struct span){NULL, 0};
	}
	text = yaml_text(at);
	whole = arena_fmt(a, "http://%.*s/", SPAN_ARG(text));
	if (url_parse(&url, a, whole, NULL) == 0 && url.port == 80 && url.path.n == 1 &&
	    url.query.n == 0 && url.host.n > 0 && url.text.n == url.host.n + strlen("http:///"))
		return url.host;
	/* a URL, or a host with its port */
	if (url_parse(&url, a, text, NULL) == 0 || url_parse(&url, a, whole, NULL) == 0)
		(void)snprintf(suggestion, sizeof(suggestion), "write %.*s",
		    url.host.n > 100 ? 100 : (int)url.host.n, url.host.p);
	portal_error(
	    n, key, at, suggestion, "%s is not a host name alone", config_quoted(text, quoted));
	return (struct span){NULL, 0};
}
