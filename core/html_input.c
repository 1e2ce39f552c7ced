/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/limits.h>

#include "html_input.h"

struct feed {
	htmlParserCtxtPtr ctxt;
	struct span left;
};

/* libxml2 asks for more when it has less than some hundred bytes to look at.  Its array of
 * attributes, names and values, doubles; it is this large only if one element filled it. */
static int
feed_next(void *ctx, char *out, int room)
{
	struct feed *f = ctx;
	size_t n = (size_t)room < f->left.n ? (size_t)room : f->left.n;

	if (f->ctxt->maxatts > 8 * HTML_ATTRIBUTES_MAX)
		return 0;
	memcpy(out, f->left.p, n);
	for (char *nul = out; (nul = memchr(nul, '\0', (size_t)(out + n - nul))) != NULL;)
		*nul = ' ';
	f->left = span_cut(f->left, n, f->left.n);
	return (int)n;
}

xmlDocPtr
html_input_parse(htmlParserCtxtPtr ctxt, struct span utf8, int options)
{
	struct feed f = {ctxt, utf8};

	return htmlCtxtReadIO(ctxt, feed_next, NULL, &f, NULL, "UTF-8",
	    options | HTML_PARSE_RECOVER | XML_PARSE_HUGE | HTML_PARSE_NOERROR |
	    HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET);
}

bool
html_input_is_crowded(const xmlChar *const *attributes)
{
	size_t n = 0;

	while (attributes != NULL && n <= HTML_ATTRIBUTES_MAX && attributes[2 * n] != NULL)
		n++;
	return n > HTML_ATTRIBUTES_MAX;
}
