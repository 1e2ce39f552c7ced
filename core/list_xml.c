/* SPDX-License-Identifier: MIT */
/*
 * Feeds (RSS, Atom) and sitemaps, by libxml2's SAX events: no tree, no entity of the document's own
 * (a declaration of one ends the reading: hostile_xml), no external subset, no network.
 */
#include "list.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "fold.h"

#define XML_DEPTH_MAX 200 /* libxml2 itself stops at 256, and says nothing of it here */
#define VALUE_MAX 65536 /* text of one element that is looked at */

enum value { VALUE_LINK, VALUE_TITLE, VALUE_DATE, VALUE_OTHER_DATE, VALUE_ID, VALUES, NO_VALUE };

struct xml {
	struct list_reader *r;
	xmlParserCtxtPtr ctxt;
	bool is_sitemap;
	bool in_row, in_map; /* in <item>, <entry>, <url>; in <sitemap> */
	size_t depth, row_depth;
	enum value reading;
	size_t reading_depth;
	struct buf text;
	struct span values[VALUES];
	size_t elements;
	const char *failed; /* a word */
	struct err *err;
	int rc;
};

static bool
is(const xmlChar *name, const char *word)
{
	return strcmp((const char *)name, word) == 0;
}

static void
stop(struct xml *x, const char *word)
{
	if (x->failed == NULL)
		x->failed = word;
	xmlStopParser(x->ctxt);
}

static const char *
attribute(const xmlChar **attributes, int count, const char *name, size_t *n)
{
	for (int i = 0; i < count; i++) {
		const xmlChar **a = attributes + (ptrdiff_t)i * 5;

		if (is(a[0], name)) {
			*n = (size_t)(a[4] - a[3]);
			return (const char *)a[3];
		}
	}
	*n = 0;
	return NULL;
}

static struct span
attribute_of(const xmlChar **attributes, int count, const char *name)
{
	size_t n;
	const char *p = attribute(attributes, count, name, &n);

	return (struct span){p, n};
}

/* Atom: <link rel= href=>; the link of an entry is the one that is an alternate, or says nothing. */
static void
atom_link(struct xml *x, const xmlChar **attributes, int count)
{
	struct span href = attribute_of(attributes, count, "href");
	struct span rel = attribute_of(attributes, count, "rel");

	if (href.p == NULL)
		return;
	href = text_unescape(x->r->a, href); /* libxml2 gives & in attributes as &#38; */
	if (!x->in_row && span_eq(rel, SPAN("next")))
		list_take_next(x->r, href);
	if (x->in_row && x->values[VALUE_LINK].p == NULL &&
	    (rel.p == NULL || span_eq(rel, SPAN("alternate"))))
		x->values[VALUE_LINK] = arena_dup(&x->r->row, href);
}

static enum value
value_of(const struct xml *x, const xmlChar *name)
{
	static const struct {
		const char *name;
		enum value value;
	} names[] = {{"title", VALUE_TITLE}, {"pubDate", VALUE_DATE}, {"date", VALUE_DATE},
	    {"published", VALUE_DATE}, {"updated", VALUE_OTHER_DATE}, {"guid", VALUE_ID}};

	if (x->is_sitemap)
		return is(name, "loc")	     ? VALUE_LINK
		       : is(name, "lastmod") ? VALUE_DATE
					     : NO_VALUE;
	if (is(name, "link"))
		return VALUE_LINK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(name, names[i].name))
			return names[i].value;
	return NO_VALUE;
}

static void
begin_row(struct xml *x, bool is_map)
{
	x->in_row = true;
	x->in_map = is_map;
	x->row_depth = x->depth;
	memset(x->values, 0, sizeof(x->values));
	arena_reset(&x->r->row);
}

static void /* NOLINTNEXTLINE(readability-function-size): libxml2's signature */
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int ns_count,
    const xmlChar **ns, int count, int defaulted, const xmlChar **attributes)
{
	struct xml *x = ((xmlParserCtxtPtr)ctx)->_private;

	(void)prefix;
	(void)uri;
	(void)ns_count;
	(void)ns;
	(void)defaulted;
	x->depth++;
	if (x->depth > XML_DEPTH_MAX) {
		stop(x, "too_deep");
		return;
	}
	if (++x->elements > HTML_NODES_MAX) {
		stop(x, "too_large");
		return;
	}
	if (x->is_sitemap && !x->in_row && (is(name, "url") || is(name, "sitemap")))
		begin_row(x, is(name, "sitemap"));
	else if (!x->is_sitemap && !x->in_row && (is(name, "item") || is(name, "entry")))
		begin_row(x, false);
	if (!x->is_sitemap && is(name, "link"))
		atom_link(x, attributes, count);
	if (x->in_row && x->reading == NO_VALUE && x->depth == x->row_depth + 1 &&
	    (x->reading = value_of(x, name)) != NO_VALUE) {
		x->reading_depth = x->depth;
		buf_clear(&x->text);
	}
}

static void
on_text(void *ctx, const xmlChar *text, int n)
{
	struct xml *x = ((xmlParserCtxtPtr)ctx)->_private;

	if (x->reading != NO_VALUE && x->text.n < VALUE_MAX)
		(void)buf_add(&x->text, text, (size_t)n);
}

static struct span
folded(struct arena *a, struct span s)
{
	struct span out;
	struct fold f;

	fold_init(&f, a->limit);
	fold_add(&f, s);
	out = arena_dup_buf(a, &f.out);
	fold_fini(&f);
	return out;
}

static void
end_value(struct xml *x)
{
	struct span *value = &x->values[x->reading];
	struct span text = span_trim(buf_span(&x->text));

	if (text.n > 0 && value->p == NULL)
		*value = folded(&x->r->row, text);
	x->reading = NO_VALUE;
}

static void
add_map(struct xml *x, struct span link)
{
	struct list_page *p = x->r->out;
	struct url url;

	if (p->more == NULL)
		p->more = arena_array(x->r->a, SITEMAP_PAGES_MAX, sizeof(*p->more));
	if (p->more == NULL) {
		x->rc = list_too_large(x->err);
		stop(x, "too_large");
	} else if (p->more_count == SITEMAP_PAGES_MAX) {
		p->cut = true;
	} else if (url_resolve(&url, x->r->a, x->r->base, link, NULL) == 0) {
		p->more[p->more_count++] = url.text;
	} else {
		p->bad++;
	}
}

static void
end_row(struct xml *x)
{
	struct list_cells c = {.link = x->values[VALUE_LINK],
	    .title = x->values[VALUE_TITLE],
	    .date = x->values[VALUE_DATE].p != NULL ? x->values[VALUE_DATE]
						    : x->values[VALUE_OTHER_DATE]};

	c.date = list_instant(&x->r->row, c.date);

	x->in_row = false;
	if (x->in_map) {
		add_map(x, c.link);
		return;
	}
	if (c.link.p == NULL && span_starts(x->values[VALUE_ID], SPAN("http")))
		c.link = x->values[VALUE_ID];
	switch (list_add(x->r, &c, x->err)) {
	case 0:
		break;
	case 1:
		xmlStopParser(x->ctxt);
		break;
	default:
		x->rc = -1;
		stop(x, "too_large");
		break;
	}
}

static void
on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = ((xmlParserCtxtPtr)ctx)->_private;

	(void)name;
	(void)prefix;
	(void)uri;
	if (x->reading != NO_VALUE && x->depth == x->reading_depth)
		end_value(x);
	if (x->in_row && x->depth == x->row_depth)
		end_row(x);
	if (x->depth > 0)
		x->depth--;
}

static void
on_entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id,
    const xmlChar *system_id, xmlChar *content)
{
	(void)name;
	(void)type;
	(void)public_id;
	(void)system_id;
	(void)content;
	stop(((xmlParserCtxtPtr)ctx)->_private, "hostile_xml");
}

static void
silent(void *ctx, xmlErrorPtr error)
{
	(void)ctx;
	(void)error;
}

static void
set_callbacks(xmlSAXHandlerPtr sax)
{
	memset(sax, 0, sizeof(*sax));
	sax->initialized = XML_SAX2_MAGIC;
	sax->startElementNs = on_start;
	sax->endElementNs = on_end;
	sax->characters = on_text;
	sax->cdataBlock = on_text;
	sax->entityDecl = on_entity;
	sax->serror = silent;
}

static int
run(struct xml *x, struct err *err)
{
	struct span text = span_trim(x->r->text);
	xmlDocPtr doc;

	/* bytes of all kinds: what is no XML at all is told from XML without rows */
	if (text.n == 0 || text.p[0] != '<')
		return err_set(err, ERR_REJECT, "not_xml", "list: no XML");
	if ((x->ctxt = xmlNewParserCtxt()) == NULL)
		return list_too_large(err);
	set_callbacks(x->ctxt->sax);
	x->ctxt->_private = x;
	/* without HUGE libxml2 keeps its own bounds on text and depth */
	doc = xmlCtxtReadMemory(x->ctxt, text.p, (int)text.n, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		XML_PARSE_IGNORE_ENC);
	xmlFreeDoc(doc); /* of declarations alone */
	xmlFreeParserCtxt(x->ctxt);
	if (x->rc == -1)
		return -1;
	if (x->failed != NULL)
		return err_set(err, ERR_REJECT, x->failed, "list: XML: %s", x->failed);
	return x->elements > 0 ? 0 : err_set(err, ERR_REJECT, "not_xml", "list: no XML");
}

static int
read_xml(struct list_reader *r, bool is_sitemap, struct err *err)
{
	struct xml x = {.r = r, .is_sitemap = is_sitemap, .reading = NO_VALUE, .err = err};
	int rc;

	if (r->text.n > INT32_MAX)
		return list_too_large(err);
	buf_init(&x.text, (size_t)VALUE_MAX * 2);
	rc = run(&x, err);
	buf_fini(&x.text);
	return rc;
}

int
list_read_feed(struct list_reader *r, struct err *err)
{
	if (read_xml(r, false, err) == -1)
		return -1;
	r->out->end = r->out->seen == 0 && list_page_number(r) > 1;
	if (r->out->next.p == NULL && r->out->seen > 0)
		list_page_next(r);
	return 0;
}

int
list_read_sitemap(struct list_reader *r, struct err *err)
{
	r->out->unordered = true;
	if (read_xml(r, true, err) == -1)
		return -1;
	/* an index has no pages of its own */
	r->out->shell = r->out->seen == 0 && r->out->more_count > 0;
	return 0;
}
