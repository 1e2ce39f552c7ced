/* SPDX-License-Identifier: MIT */
#include <libxml/SAX2.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/xpath.h>

#include "fold.h"
#include "html_input.h"
#include "tag.h"

struct xpath {
	xmlDocPtr doc;
	xmlXPathContextPtr ctx;
	const char *why; /* first complaint about the last expression, or NULL */
	int at;          /* byte of it */
	bool too_much;   /* it is the page that is too large for it */
};

/* What the parser's callbacks count, beside the tree. */
struct guard {
	size_t nodes;
	const char *failed;
};

/* Whether the tree may have one more node. */
static bool
has_room(htmlParserCtxtPtr ctxt)
{
	struct guard *g = ctxt->_private;

	if (g->failed == NULL && ctxt->nodeNr >= MAX_DEPTH)
		g->failed = "too_deep";
	else if (g->failed == NULL && ++g->nodes > XPATH_NODES_MAX)
		g->failed = "too_large";
	if (g->failed != NULL)
		xmlStopParser(ctxt);
	return g->failed == NULL;
}

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	htmlParserCtxtPtr ctxt = ctx;
	struct guard *g = ctxt->_private;

	if (g->failed == NULL && html_input_is_crowded(atts))
		g->failed = "too_large";
	if (has_room(ctxt))
		xmlSAX2StartElement(ctx, name, atts);
}

static void
on_comment(void *ctx, const xmlChar *text)
{
	if (has_room(ctx))
		xmlSAX2Comment(ctx, text);
}

/* libxml2 gives its handler a code and a place, but no text. */
static const char *
complaint(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{XPATH_UNFINISHED_LITERAL_ERROR, "a literal does not end"},
		{XPATH_START_LITERAL_ERROR, "a literal is expected"},
		{XPATH_UNDEF_VARIABLE_ERROR, "there are no variables here"},
		{XPATH_INVALID_PREDICATE_ERROR, "a predicate does not end"},
		{XPATH_UNCLOSED_ERROR, "a bracket does not close"},
		{XPATH_UNKNOWN_FUNC_ERROR, "there is no such function"},
		{XPATH_INVALID_TYPE, "an argument has the wrong type"},
		{XPATH_INVALID_ARITY, "wrong number of arguments"},
		{XPATH_UNDEF_PREFIX_ERROR, "there are no prefixes here"},
		{XPATH_OP_LIMIT_EXCEEDED, "visits too many nodes of this page"},
		{XPATH_RECURSION_LIMIT_EXCEEDED, "is nested too deep"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "no XPath 1.0 expression";
}

static void
on_xpath_error(void *ctx, xmlErrorPtr error)
{
	struct xpath *x = ctx;
	int code = error->code - XML_XPATH_EXPRESSION_OK + XPATH_EXPRESSION_OK;

	x->too_much = x->too_much || code == XPATH_OP_LIMIT_EXCEEDED;
	if (x->why != NULL)
		return;
	x->why = complaint(code);
	x->at = error->int1;
}

static void
unknown_function(xmlXPathParserContextPtr ctxt, int count)
{
	(void)count;
	xmlXPathErr(ctxt, XPATH_UNKNOWN_FUNC_ERROR);
}

/* Asked before libxml2 looks itself, which would print to stderr what it does not find. */
static xmlXPathFunction
look_up(void *ctx, const xmlChar *name, const xmlChar *uri)
{
	const struct xpath *x = ctx;
	bool known = uri == NULL && xmlHashLookup(x->ctx->funcHash, name) != NULL;

	return known ? NULL : unknown_function;
}

static xmlDocPtr
parse(struct span utf8, const char **failed)
{
	htmlParserCtxtPtr ctxt = htmlNewParserCtxt();
	struct guard guard = {0};
	xmlDocPtr doc;

	*failed = "too_large";
	if (ctxt == NULL)
		return NULL;
	ctxt->_private = &guard;
	ctxt->sax->startElement = on_start;
	ctxt->sax->comment = on_comment;
	ctxt->sax->processingInstruction = NULL; /* no HTML has any */
	ctxt->sax->error = NULL;
	ctxt->sax->warning = NULL;
	doc = html_input_parse(ctxt, utf8.n == 0 ? SPAN(" ") : utf8, HTML_INPUT_WHOLE, NULL,
	    HTML_PARSE_COMPACT);
	htmlFreeParserCtxt(ctxt);
	*failed = guard.failed;
	if (guard.failed != NULL) {
		xmlFreeDoc(doc);
		return NULL;
	}
	if (doc == NULL)
		*failed = "too_large";
	return doc;
}

struct xpath *
xpath_new(struct span utf8, struct err *err)
{
	struct xpath *x = calloc(1, sizeof(*x));
	const char *failed = "too_large";

	if (x == NULL || utf8.n > INT32_MAX || (x->doc = parse(utf8, &failed)) == NULL ||
	    (x->ctx = xmlXPathNewContext(x->doc)) == NULL) {
		xpath_free(x);
		(void)err_set(err, ERR_REJECT, failed != NULL ? failed : "too_large",
		    "xpath: no tree of a page of %zu bytes (depth at most %d, nodes at most %d)",
		    utf8.n, MAX_DEPTH, XPATH_NODES_MAX);
		return NULL;
	}
	(void)xmlXPathOrderDocElems(x->doc); /* else sorting a result is quadratic in siblings */
	xmlXPathRegisterFuncLookup(x->ctx, look_up, x);
	x->ctx->error = on_xpath_error;
	x->ctx->userData = x;
	x->ctx->opLimit = XPATH_VISITS_MAX;
	return x;
}

void
xpath_free(struct xpath *x)
{
	if (x == NULL)
		return;
	xmlXPathFreeContext(x->ctx);
	xmlFreeDoc(x->doc);
	free(x);
}

static xmlNodePtr
raw(const struct xpath_node *node)
{
	return (xmlNodePtr)(uintptr_t)node;
}

static void
complain(const struct xpath *x, const char *expr, struct err *err)
{
	char place[32] = "";

	if (x->at > 0) /* known while it is compiled only */
		(void)snprintf(place, sizeof(place), "byte %d: ", x->at + 1);
	(void)err_set(err, x->too_much ? ERR_REJECT : ERR_FATAL,
	    x->too_much ? "too_large" : "bad_xpath", "xpath: \"%.200s\": %s%s", expr, place,
	    x->why != NULL ? x->why : "cannot be evaluated");
}

static xmlXPathObjectPtr
evaluate(struct xpath *x, const struct xpath_node *context, const char *expr, struct err *err)
{
	xmlXPathCompExprPtr compiled = NULL;
	xmlXPathObjectPtr value = NULL;

	x->why = NULL;
	x->at = 0;
	x->too_much = false;
	x->ctx->node = context != NULL ? raw(context) : (xmlNodePtr)x->doc;
	x->ctx->opCount = 0;
	if (strlen(expr) <= XPATH_EXPRESSION_MAX)
		compiled = xmlXPathCtxtCompile(x->ctx, (const xmlChar *)expr);
	if (compiled != NULL)
		value = xmlXPathCompiledEval(compiled, x->ctx);
	xmlXPathFreeCompExpr(compiled);
	if (value == NULL)
		complain(x, expr, err);
	return value;
}

int
xpath_nodes(struct xpath *x, const struct xpath_node *context, const char *expr,
    const struct xpath_node **out, size_t room, struct err *err)
{
	xmlXPathObjectPtr value = evaluate(x, context, expr, err);
	size_t n = 0;

	if (value == NULL)
		return -1;
	if (value->type == XPATH_NODESET && value->nodesetval != NULL) {
		xmlXPathNodeSetSort(value->nodesetval);
		for (int i = 0; i < value->nodesetval->nodeNr && n < room; i++)
			if (value->nodesetval->nodeTab[i]->type != XML_NAMESPACE_DECL)
				out[n++] =
				    (const struct xpath_node *)value->nodesetval->nodeTab[i];
	}
	xmlXPathFreeObject(value);
	return (int)n;
}

static struct span
content(const xmlNode *node)
{
	return span_of((const char *)node->content);
}

static unsigned
props_of(const xmlNode *node)
{
	return tag_props(tag_by_name(span_of((const char *)node->name)));
}

/* The text below a node, without recursion; edges of blocks break by `edge`. */
static void
gather(struct fold *f, const xmlNode *top, char edge)
{
	const xmlNode *n = top;

	if (top->type == XML_TEXT_NODE || top->type == XML_CDATA_SECTION_NODE) {
		fold_add(f, content(top));
		return;
	}
	for (n = top->children; n != NULL;) {
		bool enter = n->type == XML_ELEMENT_NODE && (props_of(n) & TAG_SILENT) == 0;

		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			fold_add(f, content(n));
		if (enter && props_of(n) & TAG_BLOCK)
			fold_break(f, edge);
		if (enter && n->children != NULL) {
			n = n->children;
			continue;
		}
		while (n != top && n->next == NULL) {
			n = n->parent;
			if (n != top && n->type == XML_ELEMENT_NODE && props_of(n) & TAG_BLOCK)
				fold_break(f, edge);
		}
		if (n == top)
			return;
		n = n->next;
	}
}

static struct span
text_of(const xmlNode *node, struct arena *a, char edge)
{
	struct fold f;
	struct span text;

	fold_init(&f, a->limit);
	gather(&f, node, edge);
	text = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	return text;
}

static struct span
text_of_value(xmlXPathObjectPtr value, struct arena *a)
{
	struct span text = {"", 0};
	xmlChar *copy;
	struct fold f;

	if (value->type == XPATH_NODESET) {
		if (value->nodesetval == NULL)
			return text;
		xmlXPathNodeSetSort(value->nodesetval);
		for (int i = 0; i < value->nodesetval->nodeNr && text.n == 0; i++) {
			const xmlNode *node = value->nodesetval->nodeTab[i];

			if (node->type != XML_NAMESPACE_DECL &&
			    (text = text_of(node, a, ' ')).p == NULL)
				break;
		}
		return text;
	}
	if ((copy = xmlXPathCastToString(value)) == NULL)
		return (struct span){NULL, 0};
	fold_init(&f, a->limit);
	fold_add(&f, span_of((const char *)copy));
	text = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	xmlFree(copy);
	return text;
}

int
xpath_text(struct xpath *x, const struct xpath_node *context, const char *expr, struct arena *a,
    struct span *out, struct err *err)
{
	xmlXPathObjectPtr value = evaluate(x, context, expr, err);
	struct span text;

	if (value == NULL)
		return -1;
	text = text_of_value(value, a);
	xmlXPathFreeObject(value);
	if (text.p == NULL)
		return err_set(err, ERR_REJECT, "too_large",
		    "xpath: text of \"%.200s\" needs more than %zu bytes of memory", expr,
		    a->limit);
	*out = text.n == 0 ? (struct span){NULL, 0} : text;
	return 0;
}

struct span
xpath_paragraphs(const struct xpath_node *node, struct arena *a)
{
	return text_of(raw(node), a, '\n');
}

/* Errors of functions and their arguments show only when an expression runs: it is run over
 * a page with a little of everything. */
int
xpath_check(const char *expr, struct err *err)
{
	struct err why = {0};
	struct xpath *x = xpath_new(SPAN("<p id='a' class='b'>text<a href='c'>link</a></p>"), err);
	xmlXPathObjectPtr value;

	if (x == NULL)
		return -1;
	value = evaluate(x, NULL, expr, &why);
	xmlXPathFreeObject(value);
	xpath_free(x);
	return value != NULL ? 0 : err_set(err, ERR_REJECT, "bad_xpath", "%s", why.text);
}
