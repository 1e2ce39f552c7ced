/* SPDX-License-Identifier: MIT */
/* The rules of a list as the file gives them, as its kind has them, as its platform has them. */
#include "config_private.h"
#include "portal_private.h"
#include <inttypes.h>
#include <string.h>
#include <suoyin/css.h>
#include <suoyin/limits.h>
#include <suoyin/list_page.h>
#include <suoyin/xpath.h>

/* Digits as 9, so that addresses and dates can be told by their shape. */
#define SHAPE(what) "translate(" what ",'0123456789','9999999999')"
/* The text of a row that is a date: short, and begins or goes on like 2024-3. */
#define DATE                                                                                       \
	".//text()[string-length(normalize-space(.))<24]"                                          \
	"[contains(translate(.,'0123456789./','9999999999--'),'9999-9') or "                       \
	"contains(" SHAPE(".") ",'9999年9')]"
#define LINK(test) ".//a[" test "]/@href"
#define TITLE(test) ".//a[" test "]/@title|.//a[" test "][not(string(@title))]"
/* Rows of lists, and of tables that are no layout around them. */
#define ROWS(test)                                                                                 \
	"//li[.//a[" test "]][not(.//li)]|//tr[.//a[" test "]][not(.//li)][not(.//tr)]"
#define IS_TRS "contains(" SHAPE("@href") ",'/t99999999_')"
#define IS_UCAP "contains(" SHAPE("@href") ",'/999999/')"
#define IS_VSB "contains(@href,'info/') or contains(@href,'wbnewsid=')"
#define NEXT_LINK "//a[contains(.,'下一页') or contains(.,'下页')]/@href"

static const struct platform {
	const char *name;
	struct list_rules rules;
} platforms[] = {
    {"trs",
	{.kind = LIST_HTML,
	    .rows = ROWS(IS_TRS),
	    .link = LINK(IS_TRS),
	    .title = TITLE(IS_TRS),
	    .date = DATE,
	    .paging = "script"}},
    {"jcms", {.kind = LIST_DATASTORE}},
    {"jpaas", {.kind = LIST_JPAAS}},
    {"ucap",
	{.kind = LIST_HTML,
	    .rows = ROWS(IS_UCAP),
	    .link = LINK(IS_UCAP),
	    .title = TITLE(IS_UCAP),
	    .date = DATE,
	    .next = NEXT_LINK}},
    {"gkmlpt", {.kind = LIST_GKMLPT}},
    {"vsb",
	{.kind = LIST_HTML,
	    .rows = ROWS(IS_VSB),
	    .link = LINK(IS_VSB),
	    .title = TITLE(IS_VSB),
	    .date = DATE,
	    .next = NEXT_LINK,
	    .paging = "countdown"}},
};

/* Which keys a kind takes: XPaths, pointers, or neither. */
enum shape { SHAPE_MARKUP, SHAPE_JSON, SHAPE_FIXED };

static enum shape
shape_of(enum list_kind kind)
{
	switch (kind) {
	case LIST_JSON:
	case LIST_GKMLPT:
	case LIST_UCAP:
		return SHAPE_JSON;
	case LIST_FEED:
	case LIST_SITEMAP:
	case LIST_AUTO:
		return SHAPE_FIXED;
	case LIST_HTML:
	case LIST_DATASTORE:
	case LIST_JPAAS:
	case LIST_KINDS:
	default:
		return SHAPE_MARKUP;
	}
}

static void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		(void)config_must(NULL);
}

static json_t *
text_json(struct span text)
{
	return config_must(json_stringn(text.p, text.n));
}

/* One of several words; -1: it is none of them, which is told. */
static int
one_of(const struct portal_node *n, const char *key, const char *const *words, size_t count)
{
	const yaml_node_t *value = portal_scalar(n, key, false);
	char word[64], quoted[64], all[200] = "", suggestion[100] = "";
	struct config_guess guess;
	size_t used = 0;

	if (value == NULL)
		return -1;
	(void)snprintf(word, sizeof(word), "%.60s", (const char *)value->data.scalar.value);
	config_guess_init(&guess, word);
	for (size_t i = 0; i < count; i++) {
		if (span_eq(yaml_text(value), span_of(words[i])))
			return (int)i;
		config_guess_try(&guess, words[i]);
		used += (size_t)snprintf(
		    all + used, sizeof(all) - used, "%s%s", i > 0 ? ", " : "", words[i]);
	}
	if (guess.best != NULL)
		(void)snprintf(suggestion, sizeof(suggestion), "did you mean %s?", guess.best);
	portal_error(n, key, value, suggestion, "%s is none of %s",
	    config_quoted(yaml_text(value), quoted), all);
	return -1;
}

const struct list_rules *
portal_platform(const struct portal_node *n, json_t *config)
{
	const char *names[sizeof(platforms) / sizeof(platforms[0])];
	size_t count = sizeof(platforms) / sizeof(platforms[0]);
	int which;

	for (size_t i = 0; i < count; i++)
		names[i] = platforms[i].name;
	if ((which = one_of(n, "platform", names, count)) == -1)
		return NULL;
	put(config, "platform", text_json(span_of(platforms[which].name)));
	return &platforms[which].rules;
}

/* "css:" and a selector, or an XPath. */
static json_t *
selector(const struct portal_node *n, const char *key, bool relative, const char *fallback)
{
	const struct yaml_pair *pair = yaml_map_find(&n->map, key);
	struct span text = {NULL, 0};
	struct err err = {0};
	json_t *json = json_null();
	struct buf xpath;

	if (pair != NULL && pair->value->type == YAML_SCALAR_NODE)
		text = span_trim(yaml_text(pair->value));
	if (pair == NULL || !span_starts(text, SPAN("css:")))
		return portal_xpath(n, key, false, fallback);
	buf_init(&xpath, XPATH_EXPRESSION_MAX);
	if (css_to_xpath(&xpath, span_cut(text, 4, text.n), relative, &err) == -1 ||
	    xpath_check(xpath.p, &err) == -1)
		portal_error(n, key, pair->value, NULL, "is no CSS selector that is known here: %s",
		    err.text);
	else
		json = text_json(buf_span(&xpath));
	buf_fini(&xpath);
	return json;
}

/* A pointer, or for links an address with pointers between braces. */
static json_t *
pointer(const struct portal_node *n, const char *key, const char *fallback)
{
	const struct yaml_pair *pair = yaml_map_find(&n->map, key);

	if (pair == NULL)
		return fallback == NULL ? json_null() : text_json(span_of(fallback));
	if (strcmp(key, "link") == 0 && pair->value->type == YAML_SCALAR_NODE &&
	    span_find(yaml_text(pair->value), SPAN("{/"), 0) != SIZE_MAX)
		return portal_text(n, key, false, JSON_POINTER_MAX);
	return portal_pointer(n, key);
}

static json_t *
place(const struct portal_node *n, enum list_kind kind, const char *key, const char *fallback)
{
	/* what is looked for in the whole page, and not in a row */
	bool whole = strcmp(key, "rows") == 0 || strcmp(key, "next") == 0 ||
		     strcmp(key, "total") == 0 || strcmp(key, "pages") == 0;
	const struct yaml_pair *pair = yaml_map_find(&n->map, key);

	switch (shape_of(kind)) {
	case SHAPE_JSON:
		return pointer(n, key, fallback);
	case SHAPE_MARKUP:
		return selector(n, key, !whole, fallback);
	case SHAPE_FIXED:
	default:
		if (pair != NULL)
			portal_error(n, key, pair->key_node, "leave it out",
			    "is no key of a list of kind %s", list_kind_names[kind]);
		return json_null();
	}
}

/* Kinds other than html say only what they have, so that what is stored can be read. */
static void
put_place(const struct portal_node *n, json_t *list, enum list_kind kind, const char *key,
    const char *fallback)
{
	json_t *value = place(n, kind, key, fallback);
	bool plain = kind == LIST_HTML && strcmp(key, "column") != 0 &&
		     strcmp(key, "total") != 0 && strcmp(key, "pages") != 0;

	if (plain || !json_is_null(value))
		put(list, key, value);
	else
		json_decref(value);
}

static void
put_paging(const struct portal_node *n, json_t *list, const char *fallback)
{
	const yaml_node_t *value = portal_scalar(n, "paging", false);
	struct err err = {0};

	if (value == NULL) {
		if (fallback != NULL && yaml_map_find(&n->map, "paging") == NULL)
			put(list, "paging", text_json(span_of(fallback)));
	} else if (list_paging_check(yaml_text(value), &err) == -1) {
		portal_error(n, "paging", value,
		    "script, countdown, paramjson, none, query:page or index_{page}.html", "%s",
		    err.text);
	} else {
		put(list, "paging", text_json(yaml_text(value)));
	}
}

static void
put_number(const struct portal_node *n, json_t *list, const char *key, uint64_t least)
{
	const yaml_node_t *value = portal_scalar(n, key, false);
	uint64_t number;

	if (value == NULL)
		return;
	if (span_u64(yaml_text(value), 1000000, &number) == -1 || number < least)
		portal_error(n, key, value, NULL, "is not a number from %d to 1000000", (int)least);
	else
		put(list, key, config_must(json_integer((json_int_t)number)));
}

static void
add_pattern(const struct portal_node *n, const char *key, const yaml_node_t *node, json_t *out)
{
	struct span text;

	if (node->type != YAML_SCALAR_NODE || yaml_is_null(node)) {
		portal_error(n, key, node, NULL, "must be a list of patterns");
		return;
	}
	text = span_trim(yaml_text(node));
	if (text.n == 0 || text.n > LIST_PATTERN_MAX)
		portal_error(n, key, node, NULL, "a pattern has 1 … %d bytes", LIST_PATTERN_MAX);
	else if (json_array_size(out) == LIST_PATTERNS_MAX)
		portal_error(n, key, node, NULL, "more than %d patterns", LIST_PATTERNS_MAX);
	else if (json_array_append_new(out, text_json(text)) == -1)
		(void)config_must(NULL);
}

static void
put_patterns(const struct portal_node *n, json_t *list, const char *key)
{
	const struct yaml_pair *pair = yaml_map_find(&n->map, key);
	json_t *out;

	if (pair == NULL)
		return;
	out = config_must(json_array());
	if (pair->value->type == YAML_SEQUENCE_NODE)
		for (const yaml_node_item_t *item = pair->value->data.sequence.items.start;
		     item < pair->value->data.sequence.items.top; item++)
			add_pattern(n, key, yaml_document_get_node(&n->tree->doc, *item), out);
	else
		add_pattern(n, key, pair->value, out);
	put(list, key, out);
}

/* Which kind it is, and that kind's rules where the file is silent. */
static const struct list_rules *
defaults_of(
    const struct portal_node *n, json_t *list, const struct list_rules *platform, bool *known)
{
	enum list_kind kind = LIST_HTML;
	int said = -1;

	if (yaml_map_find(&n->map, "kind") != NULL)
		said = one_of(n, "kind", list_kind_names, LIST_KINDS);
	*known = said != -1 || yaml_map_find(&n->map, "kind") == NULL;
	if (said != -1)
		kind = (enum list_kind)said;
	else if (platform != NULL)
		kind = platform->kind;
	if (kind != LIST_HTML)
		put(list, "kind", text_json(span_of(list_kind_names[kind])));
	if (platform != NULL && platform->kind == kind && platform->rows != NULL)
		return platform;
	return list_kind_defaults(kind);
}

void
portal_list_rules(const struct portal_node *n, json_t *list, const struct list_rules *platform)
{
	enum list_kind kind = LIST_HTML;
	bool known;
	const struct list_rules *d = defaults_of(n, list, platform, &known);

	if (json_object_get(list, "kind") != NULL)
		kind = list_kind_find(span_of(json_string_value(json_object_get(list, "kind"))));
	if (!known) /* its other keys cannot be judged */
		return;
	if (kind == LIST_HTML && d->rows == NULL && yaml_map_find(&n->map, "rows") == NULL)
		(void)portal_scalar(n, "rows", true); /* tells that it is missing */
	put_place(n, list, kind, "rows", d->rows);
	put_place(n, list, kind, "link", d->link);
	put_place(n, list, kind, "title", d->title);
	put_place(n, list, kind, "date", d->date);
	put_place(n, list, kind, "next", d->next);
	put_place(n, list, kind, "column", d->column);
	put_place(n, list, kind, "total", d->total);
	put_place(n, list, kind, "pages", d->pages);
	put_paging(n, list, d->paging);
	put_number(n, list, "from", 0);
	put_number(n, list, "size", 1);
	put_patterns(n, list, "include");
	put_patterns(n, list, "exclude");
	if (kind == LIST_GKMLPT || kind == LIST_AUTO) {
		if (yaml_map_find(&n->map, "category") != NULL)
			put(list, "category", portal_word(n, "category", false, 64));
		else if (d->category != NULL)
			put(list, "category", text_json(span_of(d->category)));
	} else if (yaml_map_find(&n->map, "category") != NULL) {
		portal_error(n, "category", yaml_map_find(&n->map, "category")->key_node, NULL,
		    "is a key of kind gkmlpt");
	}
}
