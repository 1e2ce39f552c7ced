/* SPDX-License-Identifier: MIT */
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/xpath.h>

#include "fold.h"
#include "tag.h"

#define OPERATIONS_MAX 50000000 /* nodes one expression may visit: seconds, not minutes */
#define EXPRESSION_MAX 4096     /* longer ones are no XPath that a person wrote */

struct xpath {
	xmlDocPtr doc;
	xmlXPathContextPtr ctx;
	char why[200]; /* libxml2's last complaint about an expression */
	bool limit_hit;
};

/* What the parser's callbacks count, beside the tree. */
struct guard {
	htmlParserCtxtPtr ctxt;
	size_t nodes;
	const char *failed;
};

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **atts)
{
	htmlParserCtxtPtr ctxt = ctx;
	struct guard *g = ctxt->_private;

	if (g->failed != NULL)
		return;
	if (ctxt->nodeNr >= MAX_DEPTH)
		g->failed = "too_deep";
	else if (++g->nodes > HTML_NODES_MAX)
		g->failed = "too_large";
	if (g->failed != NULL)
		xmlStopParser(ctxt);
	else
		xmlSAX2StartElement(ctx, name, atts);
}

static void
on_xpath_error(void *ctx, xmlErrorPtr error)
{
	const int base = (int)XML_XPATH_EXPRESSION_OK - (int)XPATH_EXPRESSION_OK;
	struct xpath *x = ctx;
	size_t n;

	if (error->code == base + XPATH_OP_LIMIT_EXCEEDED ||
	    error->code == base + XPATH_RECURSION_LIMIT_EXCEEDED)
		x->limit_hit = true;
	if (x->why[0] != '\0' || error->message == NULL)
		return;
	n = strlen(error->message);
	while (n > 0 && (error->message[n - 1] == '\n' || error->message[n - 1] == ' '))
		n--;
	if (n >= sizeof(x->why))
		n = sizeof(x->why) - 1;
	memcpy(x->why, error->message, n);
	x->why[n] = '\0';
}

static xmlDocPtr
parse(struct span utf8, const char **failed)
{
	htmlParserCtxtPtr ctxt = htmlNewParserCtxt();
	struct guard guard = {.ctxt = ctxt};
	xmlDocPtr doc;

	*failed = "too_large";
	if (ctxt == NULL)
		return NULL;
	ctxt->_private = &guard;
	ctxt->sax->startElement = on_start;
	ctxt->sax->error = NULL;
	ctxt->sax->warning = NULL;
	doc = htmlCtxtReadMemory(ctxt, utf8.n == 0 ? " " : utf8.p,
	    utf8.n == 0 ? 1 : (int)utf8.n, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | XML_PARSE_HUGE | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
	    HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_COMPACT);
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
		    utf8.n, MAX_DEPTH, HTML_NODES_MAX);
		return NULL;
	}
	x->ctx->error = on_xpath_error;
	x->ctx->userData = x;
	x->ctx->opLimit = OPERATIONS_MAX;
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

static xmlXPathObjectPtr
evaluate(struct xpath *x, const struct xpath_node *context, const char *expr, struct err *err)
{
	xmlXPathCompExprPtr compiled = NULL;
	xmlXPathObjectPtr value = NULL;

	x->why[0] = '\0';
	x->limit_hit = false;
	x->ctx->node = context != NULL ? raw(context) : (xmlNodePtr)x->doc;
	x->ctx->opCount = 0;
	if (strlen(expr) <= EXPRESSION_MAX)
		compiled = xmlXPathCtxtCompile(x->ctx, (const xmlChar *)expr);
	if (compiled != NULL)
		value = xmlXPathCompiledEval(compiled, x->ctx);
	xmlXPathFreeCompExpr(compiled);
	if (value == NULL && x->limit_hit)
		(void)err_set(err, ERR_REJECT, "too_large",
		    "xpath: \"%.200s\" visits too many nodes of this page", expr);
	else if (value == NULL)
		(void)err_set(err, ERR_FATAL, "bad_xpath", "xpath: \"%.200s\": %s", expr,
		    x->why[0] != '\0' ? x->why : "cannot be evaluated");
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
