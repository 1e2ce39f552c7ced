/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/limits.h>

#include "html_input.h"

struct feed {
	htmlParserCtxtPtr ctxt;
	struct html_lean lean;
	struct span piece; /* what is left of it */
	enum html_input input;
};

/* The rest of a piece, or the next one; empty at the end. */
static struct span
next_piece(struct feed *f)
{
	if (f->piece.n == 0 && f->input == HTML_INPUT_LEAN)
		f->piece = html_lean_next(&f->lean);
	return f->piece;
}

/* libxml2 asks for more when it has less than some hundred bytes to look at.  Its array of
 * attributes, names and values, doubles; it is this large only if one element filled it. */
static int
feed_next(void *ctx, char *out, int room)
{
	struct feed *f = ctx;
	size_t n = 0;

	if (f->ctxt->maxatts > 8 * HTML_ATTRIBUTES_MAX)
		return 0;
	while (n < (size_t)room && next_piece(f).n > 0) {
		struct span part = span_cut(f->piece, 0, (size_t)room - n);

		memcpy(out + n, part.p, part.n);
		f->piece = span_cut(f->piece, part.n, f->piece.n);
		n += part.n;
	}
	for (char *nul = out; (nul = memchr(nul, '\0', (size_t)(out + n - nul))) != NULL;)
		*nul = ' ';
	return (int)n;
}

xmlDocPtr
html_input_parse(htmlParserCtxtPtr ctxt, struct span utf8, enum html_input input,
    struct html_marks *marks, int options)
{
	struct feed f = {.ctxt = ctxt, .input = input};

	if (input == HTML_INPUT_LEAN)
		f.lean = (struct html_lean){.page = utf8, .marks = marks};
	else
		f.piece = utf8;
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
