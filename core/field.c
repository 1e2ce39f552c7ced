/* SPDX-License-Identifier: MIT */
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#include "field.h"
#include "organ.h"

#define PROVENANCE_MAX 32
#define OPENING_LINES 8  /* of the body that may say when it was adopted */
#define ROWS_LOOKED_AT 60

int
field_note(struct record *out, struct arena *a, const char *field, struct span where)
{
	struct pairs *p = &out->provenance;

	if (p->items == NULL &&
	    (p->items = arena_array(a, PROVENANCE_MAX, sizeof(*p->items))) == NULL)
		return -1;
	if (p->count < PROVENANCE_MAX && where.p != NULL)
		p->items[p->count++] = (struct pair){span_of(field), where};
	return 0;
}

/* The choice of one field's value: candidates are offered to it in the order of the rules. */
struct choice {
	const struct facts *facts;
	struct arena *a;
	enum field field;
	/* Why a text is no value of the field, or NULL. */
	const char *(*refuse)(struct arena *a, struct span text);
	bool taken;         /* there is a value */
	struct value value; /* if it was taken here */
};

static struct choice
choice_of(const struct facts *facts, struct arena *a, enum field field,
    const char *(*refuse)(struct arena *, struct span))
{
	return (struct choice){.facts = facts, .a = a, .field = field, .refuse = refuse};
}

/* What follows would be looked at only to be explained. */
static bool
is_done(const struct choice *c)
{
	return c->taken && c->facts->explain == NULL;
}

/* One more candidate; text is absent where nothing is there.  Returns is_done(). */
static bool
offer(struct choice *c, struct span where, struct span text)
{
	const char *refused;

	if (text.p == NULL)
		return is_done(c);
	refused = text.n == 0 ? "no value is printed" : c->refuse(c->a, text);
	if (refused == NULL && c->taken)
		refused = "what comes before it has a value";
	explain_note(c->facts->explain, c->field, refused == NULL, where, text, "%s",
	    refused != NULL ? refused : "the first that has a value");
	if (refused == NULL) {
		c->taken = true;
		c->value = (struct value){text, where};
	}
	return is_done(c);
}

/* By configuration or portal JSON. */
static bool
offer_given(struct choice *c)
{
	const struct value *given = &c->facts->given[c->field];

	return offer(c, given->where, given->text);
}

static bool
offer_label(struct choice *c, enum label_field field)
{
	const struct labelled *l = NULL;

	while (!is_done(c) && (l = labels_next(&c->facts->labels, field, l)) != NULL)
		(void)offer(c, arena_fmt(c->a, "%s:%.*s", l->block ? "block" : "info",
		    SPAN_ARG(l->name)), l->value);
	return is_done(c);
}

static bool
offer_meta(struct choice *c, const char *where, enum head_name name)
{
	return offer(c, span_of(where), c->facts->head.values[name]);
}

static const char *
refuse_placeholder(struct arena *a, struct span text)
{
	(void)a;
	return label_is_placeholder(text) ? "a placeholder" : NULL;
}

static const char *
refuse_index(struct arena *a, struct span text)
{
	struct number n = {0};

	if (label_is_placeholder(text))
		return "a placeholder";
	return index_number_parse(&n, a, text) == -1 || span_eq(n.class_, SPAN("absent")) ?
	    "no number" : NULL;
}

static const char *
refuse_number(struct arena *a, struct span text)
{
	struct number n = {0};

	if (label_is_placeholder(text))
		return "a placeholder";
	return document_number_parse(&n, a, text) == -1 || span_eq(n.class_, SPAN("absent")) ?
	    "no number" : NULL;
}

bool
field_take_date(struct cn_date *out, struct span text)
{
	struct cn_date d = cn_date_parse(text);
	size_t from, to;

	if (text.n == 0)
		return false;
	if (d.precision < CN_DAY)
		d = cn_date_find(text, 0, &from, &to);
	if (d.precision < CN_DAY)
		return false;
	*out = d;
	return true;
}

static const char *
refuse_date(struct arena *a, struct span text)
{
	struct cn_date d;

	(void)a;
	if (field_take_date(&d, text))
		return NULL;
	d = cn_date_parse(text);
	if (d.precision == CN_IMPOSSIBLE)
		return "a date that cannot be";
	return d.precision == CN_NONE ? "no date of a day" : "a month or a year, no day";
}

static int
set_title(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in)
{
	struct choice c = choice_of(facts, a, FIELD_TITLE, refuse_placeholder);
	struct span list = {NULL, 0};

	if (!offer_given(&c) && !offer(&c, facts->title.where, facts->title.text)) {
		if (in->list_title.n > 0)
			list = text_fold_space(a, in->list_title);
		(void)offer(&c, SPAN("list"), list);
	}
	out->title = c.value.text;
	return field_note(out, a, "title", c.value.where);
}

static int
set_index(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_INDEX, refuse_index);

	(void)(offer_given(&c) || offer_label(&c, LABEL_INDEX));
	if (!c.taken)
		return 0;
	if (index_number_parse(&out->index_number, a, c.value.text) == -1)
		return -1;
	return field_note(out, a, "index_number", c.value.where);
}

static int
set_number(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_NUMBER, refuse_number);

	(void)(offer_given(&c) || offer_label(&c, LABEL_NUMBER) ||
	    offer(&c, SPAN("info:number"), facts->bare_number));
	if (!c.taken)
		return 0;
	if (document_number_parse(&out->document_number, a, c.value.text) == -1)
		return -1;
	return field_note(out, a, "document_number", c.value.where);
}

static int
set_source(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_SOURCE, refuse_placeholder);

	(void)(offer_given(&c) || offer_label(&c, LABEL_SOURCE) ||
	    offer_meta(&c, "meta:ContentSource", HEAD_CONTENT_SOURCE));
	out->source = c.value.text;
	return field_note(out, a, "source", c.value.where);
}

/* Dates of the document or of the catalogue's entry come behind what the page says of itself. */
static int
set_published(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in)
{
	struct choice c = choice_of(facts, a, FIELD_PUBLISHED, refuse_date);

	(void)(offer_given(&c) || offer_label(&c, LABEL_PUBLISHED) ||
	    offer_label(&c, LABEL_DATED) || offer(&c, SPAN("info:date"), facts->bare_date) ||
	    offer_label(&c, LABEL_ISSUED) || offer_label(&c, LABEL_ENTERED) ||
	    offer_meta(&c, "meta:PubDate", HEAD_PUB_DATE) ||
	    offer_meta(&c, "meta:firstpublishedtime", HEAD_FIRST_PUBLISHED) ||
	    offer(&c, SPAN("list"), in->list_date));
	(void)field_take_date(&out->published_at, c.value.text);
	return field_note(out, a, "published_at", c.value.where);
}

static int
set_agency(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_AGENCY, refuse_placeholder);

	(void)(offer_given(&c) || offer_label(&c, LABEL_AGENCY));
	out->agency = c.value.text;
	return field_note(out, a, "agency", c.value.where);
}

static int
set_site(struct record *out, struct arena *a, const struct facts *facts)
{
	out->site_name = facts->head.values[HEAD_SITE_NAME];
	out->site_id_code = facts->head.values[HEAD_SITE_ID_CODE];
	if (out->site_name.n > 0 && field_note(out, a, "site_name", SPAN("meta:SiteName")) == -1)
		return -1;
	return out->site_id_code.n == 0 ? 0 :
	    field_note(out, a, "site_id_code", SPAN("meta:SiteIDCode"));
}

int
field_before(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in)
{
	if (set_title(out, a, facts, in) == -1 || set_index(out, a, facts) == -1 ||
	    set_number(out, a, facts) == -1 || set_source(out, a, facts) == -1 ||
	    set_published(out, a, facts, in) == -1 || set_site(out, a, facts) == -1 ||
	    set_agency(out, a, facts) == -1)
		return -1;
	return labels_to_pairs(&out->metadata, a, &facts->labels);
}

static const char *
refuse_foreign_number(struct arena *a, struct span text)
{
	struct number n = {0};

	return document_number_parse(&n, a, text) == 0 && document_number_is_own(&n) ? NULL :
	    "no number of a document's own form";
}

/* "…表（浙金罚决字〔2024〕52号）": a number in brackets that ends the title; absent: none. */
static struct span
number_in_title(struct arena *a, struct span title)
{
	size_t at = 0;
	struct number n;

	while (document_number_find(&n, a, title, &at)) {
		struct span rest = text_trim(span_cut(title, at, title.n));

		if (span_eq(rest, SPAN("）")) || span_eq(rest, SPAN(")")))
			return n.raw;
	}
	return (struct span){NULL, 0};
}

/* A row of a table "…文号 | number" in the body; absent: none. */
static struct span
number_in_row(struct arena *a, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count && i < ROWS_LOOKED_AT; i++) {
		struct span line = lines->items[i];
		size_t tab = span_find_byte(line, '\t', 0);
		struct number n;

		if (tab == SIZE_MAX || tab > 60 || line.n > 300)
			continue;
		if (!span_ends(span_cut(line, 0, tab), SPAN("文号")))
			continue;
		if (document_number_parse(&n, a, span_cut(line, tab + 1, line.n)) == 0 &&
		    span_eq(n.class_, SPAN("canonical")))
			return n.raw;
	}
	return (struct span){NULL, 0};
}

static int
number_after(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_NUMBER, refuse_foreign_number);
	struct span head = out->structure.document_number;

	c.taken = out->document_number.raw.n > 0;
	if (span_find_byte(head, '\t', 0) != SIZE_MAX)
		head = (struct span){NULL, 0};
	(void)(is_done(&c) || offer(&c, SPAN("body:head"), head) ||
	    offer(&c, SPAN("title"), number_in_title(a, out->title)) ||
	    offer(&c, SPAN("body:row"), number_in_row(a, &facts->text.lines)));
	if (c.value.text.n == 0)
		return 0;
	if (document_number_parse(&out->document_number, a, c.value.text) == -1)
		return -1;
	return field_note(out, a, "document_number", c.value.where);
}

/* "（2007年6月29日第十届…通过）" under the title: the date in it; absent: none. */
static struct span
date_of_opening(const struct lines *lines)
{
	for (size_t i = 0; i < lines->count && i < OPENING_LINES; i++) {
		struct span line = lines->items[i];
		size_t from = 0, to = 0;

		if (!span_starts(line, SPAN("（")) && !span_starts(line, SPAN("(")))
			continue;
		if (!span_ends(line, SPAN("）")) && !span_ends(line, SPAN(")")))
			continue;
		if (cn_date_find(line, 0, &from, &to).precision == CN_DAY && from <= 3)
			return span_cut(line, from, to);
	}
	return (struct span){NULL, 0};
}

/* The date under the signature, in its normal form; absent: none. */
static struct span
date_of_signature(struct arena *a, const struct structure *s)
{
	char iso[24];

	if (s->signed_on.precision < CN_DAY)
		return (struct span){NULL, 0};
	cn_date_format(&s->signed_on, iso);
	return arena_dup(a, span_of(iso));
}

static int
signed_after(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_SIGNED, refuse_date);

	(void)(offer_given(&c) || offer_label(&c, LABEL_SIGNED) ||
	    offer(&c, SPAN("body:signature"), date_of_signature(a, &out->structure)) ||
	    offer(&c, SPAN("body:opening"), date_of_opening(&facts->text.lines)));
	(void)field_take_date(&out->signed_on, c.value.text);
	return field_note(out, a, "signed_on", c.value.where);
}

/* The organs that signed; a mayor signs for one. */
static struct span
joined(struct arena *a, const struct span *items, size_t count)
{
	struct buf b;
	struct span out = {NULL, 0};

	if (count == 0 || (count == 1 && organ_is_person(items[0])))
		return out;
	if (count == 1)
		return items[0];
	buf_init(&b, a->limit);
	for (size_t i = 0; i < count; i++) {
		if (organ_is_person(items[i]))
			continue;
		if (b.n > 0)
			(void)buf_add_str(&b, "、");
		(void)buf_add_span(&b, items[i]);
	}
	out = arena_dup_buf(a, &b);
	buf_fini(&b);
	return out;
}

/* "（万载县统计局）" as the last line. */
static struct span
organ_in_brackets(const struct facts *facts)
{
	const struct span none = {NULL, 0};
	struct span line;

	if (facts->text.lines.count == 0)
		return none;
	line = facts->text.lines.items[facts->text.lines.count - 1];
	if (line.n > 120 || line.n < 6)
		return none;
	if (span_starts(line, SPAN("（")) && span_ends(line, SPAN("）")))
		line = span_cut(line, 3, line.n - 3);
	else if (span_starts(line, SPAN("(")) && span_ends(line, SPAN(")")))
		line = span_cut(line, 1, line.n - 1);
	else
		return none;
	return organ_is(line) ? line : none;
}

static int
agency_after(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_AGENCY, refuse_placeholder);
	const struct structure *s = &out->structure;

	c.taken = out->agency.n > 0;
	(void)(is_done(&c) ||
	    offer(&c, SPAN("body:signature"), joined(a, s->signed_by, s->signed_by_count)) ||
	    offer(&c, SPAN("body:last line"), organ_in_brackets(facts)) ||
	    offer(&c, SPAN("title:issuer"), meaning_issuer(out->title)));
	if (c.value.text.n > 0)
		out->agency = c.value.text;
	return field_note(out, a, "agency", c.value.where);
}

/* A row of a table signs nothing. */
static void
drop_rows(struct structure *s)
{
	for (size_t i = 0; i < s->signed_by_count; i++) {
		if (span_find_byte(s->signed_by[i], '\t', 0) != SIZE_MAX) {
			s->signed_by_count = 0;
			s->signed_on = (struct cn_date){0};
		}
	}
}

static int
title_after(struct record *out, struct arena *a, const struct facts *facts)
{
	struct choice c = choice_of(facts, a, FIELD_TITLE, refuse_placeholder);

	c.taken = out->title.n > 0;
	(void)offer(&c, SPAN("body:head"), out->structure.title);
	if (c.value.text.n > 0)
		out->title = c.value.text;
	return field_note(out, a, "title", c.value.where);
}

int
field_after(struct record *out, struct arena *a, const struct facts *facts)
{
	drop_rows(&out->structure);
	if (title_after(out, a, facts) == -1)
		return -1;
	out->printed_on = out->structure.printed_on;
	if (out->printed_on.precision != CN_NONE &&
	    field_note(out, a, "printed_on", SPAN("body:imprint")) == -1)
		return -1;
	if (number_after(out, a, facts) == -1 || signed_after(out, a, facts) == -1)
		return -1;
	return agency_after(out, a, facts);
}
