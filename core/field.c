/* SPDX-License-Identifier: MIT */
#include <suoyin/document_number.h>
#include <suoyin/text.h>

#include "field.h"
#include "organ.h"

#define PROVENANCE_MAX 32
#define OPENING_LINES 8  /* of the body that may say when it was adopted */
#define ROWS_LOOKED_AT 60

const char *const field_names[FIELD_COUNT] = {
	[FIELD_TITLE] = "title",
	[FIELD_INDEX] = "index_number",
	[FIELD_NUMBER] = "document_number",
	[FIELD_AGENCY] = "agency",
	[FIELD_SOURCE] = "source",
	[FIELD_PUBLISHED] = "published_on",
	[FIELD_SIGNED] = "signed_on",
	[FIELD_BODY] = "body",
};

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

static struct span
where_of(struct arena *a, const struct labelled *label)
{
	return arena_fmt(a, "%s:%.*s", label->block ? "block" : "info", SPAN_ARG(label->name));
}

/* The first of these labels that has a value; its provenance in *where. */
static struct span
by_labels(struct arena *a, const struct facts *facts, const enum label_field *fields, size_t count,
    struct span *where)
{
	for (size_t i = 0; i < count; i++) {
		const struct labelled *label = labels_find(&facts->labels, fields[i]);

		if (label != NULL) {
			*where = where_of(a, label);
			return label->value;
		}
	}
	return (struct span){NULL, 0};
}

static struct span
by_label(struct arena *a, const struct facts *facts, enum label_field field, struct span *where)
{
	return by_labels(a, facts, &field, 1, where);
}

/* Given by configuration or JSON, else by the label. */
static struct span
given_or_label(struct arena *a, const struct facts *facts, enum field field,
    enum label_field label, struct span *where)
{
	if (!label_is_placeholder(facts->given[field].text)) {
		*where = facts->given[field].where;
		return facts->given[field].text;
	}
	return by_label(a, facts, label, where);
}

static int
set_title(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in)
{
	const struct value *given = &facts->given[FIELD_TITLE];

	if (given->text.n > 0) {
		out->title = given->text;
		return field_note(out, a, "title", given->where);
	}
	if (facts->title.text.n > 0) {
		out->title = facts->title.text;
		return field_note(out, a, "title", facts->title.where);
	}
	if (in->list_title.n > 0) {
		out->title = text_fold_space(a, in->list_title);
		return field_note(out, a, "title", SPAN("list"));
	}
	return 0;
}

static int
set_numbers(struct record *out, struct arena *a, const struct facts *facts)
{
	struct span where = {NULL, 0}, text;

	text = given_or_label(a, facts, FIELD_INDEX, LABEL_INDEX, &where);
	if (text.n > 0) {
		if (index_number_parse(&out->index_number, a, text) == -1)
			return -1;
		if (out->index_number.raw.n > 0 && field_note(out, a, "index_number", where) == -1)
			return -1;
	}
	text = given_or_label(a, facts, FIELD_NUMBER, LABEL_NUMBER, &where);
	if (text.n > 0) {
		if (document_number_parse(&out->document_number, a, text) == -1)
			return -1;
		if (span_eq(out->document_number.class_, SPAN("absent")))
			out->document_number = (struct number){0};
		else if (field_note(out, a, "document_number", where) == -1)
			return -1;
	}
	if (span_eq(out->index_number.class_, SPAN("absent")))
		out->index_number = (struct number){0};
	return 0;
}

static int
set_source(struct record *out, struct arena *a, const struct facts *facts)
{
	struct span where = {NULL, 0};
	struct span text = given_or_label(a, facts, FIELD_SOURCE, LABEL_SOURCE, &where);

	if (text.n == 0) {
		text = facts->head.values[HEAD_CONTENT_SOURCE];
		where = SPAN("meta:ContentSource");
		if (label_is_placeholder(text))
			return 0;
	}
	out->source = text;
	return text.n > 0 ? field_note(out, a, "source", where) : 0;
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

static int
set_published(struct record *out, struct arena *a, const struct facts *facts,
    const struct extract_input *in)
{
	static const enum label_field printed[] = {LABEL_PUBLISHED, LABEL_DATED};
	static const enum label_field late[] = {LABEL_ISSUED, LABEL_ENTERED};
	const struct value *given = &facts->given[FIELD_PUBLISHED];
	struct span where = {NULL, 0};

	if (field_take_date(&out->published_at, given->text))
		return field_note(out, a, "published_at", given->where);
	for (size_t i = 0; i < 2; i++)
		if (field_take_date(&out->published_at, by_label(a, facts, printed[i], &where)))
			return field_note(out, a, "published_at", where);
	if (field_take_date(&out->published_at, facts->bare_date))
		return field_note(out, a, "published_at", SPAN("info:date"));
	for (size_t i = 0; i < 2; i++)
		if (field_take_date(&out->published_at, by_label(a, facts, late[i], &where)))
			return field_note(out, a, "published_at", where);
	if (field_take_date(&out->published_at, facts->head.values[HEAD_PUB_DATE]))
		return field_note(out, a, "published_at", SPAN("meta:PubDate"));
	if (field_take_date(&out->published_at, facts->head.values[HEAD_FIRST_PUBLISHED]))
		return field_note(out, a, "published_at", SPAN("meta:firstpublishedtime"));
	if (field_take_date(&out->published_at, in->list_date))
		return field_note(out, a, "published_at", SPAN("list"));
	return 0;
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
	struct span where = {NULL, 0};

	if (set_title(out, a, facts, in) == -1 || set_numbers(out, a, facts) == -1 ||
	    set_source(out, a, facts) == -1 || set_published(out, a, facts, in) == -1 ||
	    set_site(out, a, facts) == -1)
		return -1;
	out->agency = given_or_label(a, facts, FIELD_AGENCY, LABEL_AGENCY, &where);
	if (out->agency.n > 0 && field_note(out, a, "agency", where) == -1)
		return -1;
	return labels_to_pairs(&out->metadata, a, &facts->labels);
}

static bool
is_own_number(const struct number *n)
{
	return n->raw.n > 0 && (span_eq(n->class_, SPAN("canonical")) ||
	    span_eq(n->class_, SPAN("order")) || span_eq(n->class_, SPAN("announcement")));
}

/* "…表（浙金罚决字〔2024〕52号）": a number in brackets that ends the title. */
static bool
number_in_title(struct number *out, struct arena *a, struct span title)
{
	size_t at = 0;
	struct number n;

	while (document_number_find(&n, a, title, &at)) {
		struct span rest = text_trim(span_cut(title, at, title.n));

		if ((span_eq(rest, SPAN("）")) || span_eq(rest, SPAN(")"))) &&
		    is_own_number(&n)) {
			*out = n;
			return true;
		}
	}
	return false;
}

/* A row of a table "…文号 | number" in the body. */
static bool
number_in_row(struct number *out, struct arena *a, const struct lines *lines)
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
		    span_eq(n.class_, SPAN("canonical"))) {
			*out = n;
			return true;
		}
	}
	return false;
}

static int
number_after(struct record *out, struct arena *a, const struct facts *facts)
{
	struct span where = SPAN("body:head"), head = out->structure.document_number;
	struct number n = {0};

	if (out->document_number.raw.n > 0)
		return 0;
	if (head.n > 0 && span_find_byte(head, '\t', 0) == SIZE_MAX &&
	    document_number_parse(&n, a, head) == -1)
		return -1;
	if (!is_own_number(&n)) {
		where = SPAN("title");
		if (!number_in_title(&n, a, out->title)) {
			where = SPAN("body:row");
			if (!number_in_row(&n, a, &facts->lines))
				return 0;
		}
	}
	out->document_number = n;
	return field_note(out, a, "document_number", where);
}

/* "（2007年6月29日第十届…通过）" under the title. */
static bool
date_of_opening(struct cn_date *out, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count && i < OPENING_LINES; i++) {
		struct span line = lines->items[i];
		size_t from = 0, to = 0;
		struct cn_date d;

		if (!span_starts(line, SPAN("（")) && !span_starts(line, SPAN("(")))
			continue;
		if (!span_ends(line, SPAN("）")) && !span_ends(line, SPAN(")")))
			continue;
		d = cn_date_find(line, 0, &from, &to);
		if (d.precision == CN_DAY && from <= 3) {
			*out = d;
			return true;
		}
	}
	return false;
}

static int
signed_after(struct record *out, struct arena *a, const struct facts *facts)
{
	const struct value *given = &facts->given[FIELD_SIGNED];
	struct span where = {NULL, 0};

	if (field_take_date(&out->signed_on, given->text))
		return field_note(out, a, "signed_on", given->where);
	if (field_take_date(&out->signed_on, by_label(a, facts, LABEL_SIGNED, &where)))
		return field_note(out, a, "signed_on", where);
	if (out->structure.signed_on.precision >= CN_DAY) {
		out->signed_on = out->structure.signed_on;
		return field_note(out, a, "signed_on", SPAN("body:signature"));
	}
	if (date_of_opening(&out->signed_on, &facts->lines))
		return field_note(out, a, "signed_on", SPAN("body:opening"));
	return 0;
}

static struct span
joined(struct arena *a, const struct span *items, size_t count)
{
	struct buf b;
	struct span out;

	if (count == 1)
		return items[0];
	buf_init(&b, a->limit);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
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

	if (facts->lines.count == 0)
		return none;
	line = facts->lines.items[facts->lines.count - 1];
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
	if (out->agency.n > 0)
		return 0;
	if (out->structure.signed_by_count == 0 &&
	    (out->agency = organ_in_brackets(facts)).n > 0)
		return field_note(out, a, "agency", SPAN("body:last line"));
	if (out->structure.signed_by_count > 0) {
		out->agency = joined(a, out->structure.signed_by, out->structure.signed_by_count);
		return field_note(out, a, "agency", SPAN("body:signature"));
	}
	out->agency = meaning_issuer(out->title);
	return out->agency.n > 0 ? field_note(out, a, "agency", SPAN("title:issuer")) : 0;
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

int
field_after(struct record *out, struct arena *a, const struct facts *facts)
{
	drop_rows(&out->structure);
	if (out->title.n == 0 && out->structure.title.n > 0) {
		out->title = out->structure.title;
		if (field_note(out, a, "title", SPAN("body:head")) == -1)
			return -1;
	}
	out->printed_on = out->structure.printed_on;
	if (out->printed_on.precision != CN_NONE &&
	    field_note(out, a, "printed_on", SPAN("body:imprint")) == -1)
		return -1;
	if (number_after(out, a, facts) == -1 || signed_after(out, a, facts) == -1)
		return -1;
	return agency_after(out, a, facts);
}
