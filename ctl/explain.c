/* SPDX-License-Identifier: MIT */
#include "ctl.h"
#include <suoyin/text.h>

#define VALUE_CHARS 60  /* of a value shown */
#define LOSERS_SHOWN 12 /* of one field; every winner is shown */

/* Marks that would change how a terminal shows what follows. */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
	    (c >= 0x2066 && c <= 0x2069) || c == TEXT_BAD;
}

/* Text of a page, on one line. */
static void
print_text(FILE *to, struct span s, size_t chars)
{
	struct span shown = text_first(s, chars);

	for (size_t at = 0; at < shown.n;) {
		size_t from = at;
		uint32_t c = text_next(shown, &at);

		if (is_control(c) || text_is_zero_width(c))
			(void)fputc(' ', to);
		else
			(void)fwrite(shown.p + from, 1, at - from, to);
	}
	if (shown.n < s.n)
		(void)fputs("…", to);
}

static void
print_candidate(FILE *to, const struct candidate *c)
{
	(void)fputs(c->won ? "  > " : "    ", to);
	print_text(to, c->where, VALUE_CHARS);
	if (c->value.n > 0) {
		(void)fputs(" = ", to);
		print_text(to, c->value, VALUE_CHARS);
	}
	(void)fputs("\n          ", to);
	print_text(to, span_of(c->why), EXPLAIN_WHY_MAX);
	(void)fputc('\n', to);
}

static void
print_field(FILE *to, const char *name, const struct explained *e)
{
	size_t losers = 0, won = 0;

	(void)fprintf(to, "%s\n", name);
	for (size_t i = 0; i < e->count; i++) {
		won += e->items[i].won;
		losers += !e->items[i].won;
		if (e->items[i].won || losers <= LOSERS_SHOWN)
			print_candidate(to, &e->items[i]);
	}
	if (e->left_out > 0 || losers > LOSERS_SHOWN)
		(void)fprintf(to, "    and %zu more\n",
		    e->left_out + (losers > LOSERS_SHOWN ? losers - LOSERS_SHOWN : 0));
	if (won == 0)
		(void)fprintf(to, "    %s\n", e->count == 0 ? "no candidate" : "none of them");
}

void
ctl_explain(const struct explain *x, const struct record *r, FILE *to)
{
	for (int f = 0; f < FIELD_EXPLAINED; f++)
		print_field(to, field_names[f], &x->fields[f]);
	if (r == NULL)
		return;
	(void)fputs("labels\n", to);
	for (size_t i = 0; i < r->metadata.count; i++) {
		(void)fputs("    ", to);
		print_text(to, r->metadata.items[i].name, VALUE_CHARS);
		(void)fputs(" = ", to);
		print_text(to, r->metadata.items[i].value, VALUE_CHARS);
		(void)fputc('\n', to);
	}
	(void)fprintf(to, "read as %.*s, %zu replaced; body by %.*s, confidence %.2f, %zu bytes, %zu sections\n",
	    SPAN_ARG(r->charset.used), r->charset.replacements, SPAN_ARG(r->method), r->confidence,
	    r->structure.body.n, r->structure.section_count);
}
