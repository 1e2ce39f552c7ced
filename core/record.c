/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/record.h>
#include <suoyin/text.h>

/* Text from outside that is no UTF-8, or holds NUL, with U+FFFD in the place of what is bad. */
static json_t *
mended(struct span s)
{
	struct buf b;
	json_t *value;

	buf_init(&b, SIZE_MAX / 2);
	for (size_t at = 0; at < s.n && !b.failed;) {
		size_t begin = at;
		uint32_t c = text_next(s, &at);

		if (c == TEXT_BAD || c == 0)
			(void)buf_add_str(&b, "\xEF\xBF\xBD");
		else
			(void)buf_add(&b, s.p + begin, at - begin);
	}
	value = b.failed ? NULL : json_stringn(buf_span(&b).p, b.n);
	buf_fini(&b);
	return value;
}

static json_t *
text(struct span s)
{
	json_t *value = NULL;

	if (s.n == 0)
		return json_null();
	if (memchr(s.p, 0, s.n) == NULL)
		value = json_stringn(s.p, s.n);
	return value != NULL ? value : mended(s);
}

/* Like text(), but an empty text is "" and not null. */
static json_t *
text_or_empty(struct span s)
{
	return s.n == 0 ? json_string("") : text(s);
}

static json_t *
date(const struct cn_date *d, bool day_only)
{
	struct cn_date copy = *d;
	char out[24];

	if (day_only && copy.precision > CN_DAY) {
		copy.precision = CN_DAY;
		copy.hour = copy.minute = copy.second = 0;
	}
	if (copy.precision < (day_only ? CN_DAY : CN_YEAR))
		return json_null();
	cn_date_format(&copy, out);
	return out[0] == '\0' ? json_null() : json_string(out);
}

/* The list with one more item; NULL when memory is out, whichever of them it was out for. */
static json_t *
longer(json_t *list, json_t *item)
{
	if (json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* The same of an object. */
static json_t *
with(json_t *o, const char *name, json_t *value)
{
	if (json_object_set_new(o, name, value) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
number(const struct number *n)
{
	json_t *flags;

	if (n->raw.n == 0)
		return json_null();
	flags = json_array();
	for (size_t i = 0; i < n->flag_count; i++)
		flags = longer(flags, text(n->flags[i]));
	return json_pack("{s:o, s:o, s:o, s:o}", "raw", text(n->raw), "normalized",
	    text(n->normalized), "class", text(n->class_), "flags", flags);
}

static json_t *
texts(const struct span *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		list = longer(list, text_or_empty(items[i]));
	return list;
}

/* Names to values; of two equal names the first counts. */
static json_t *
object(const struct pairs *pairs, bool last_wins)
{
	json_t *o = json_object();

	for (size_t i = 0; i < pairs->count; i++) {
		json_t *name = text_or_empty(pairs->items[i].name);
		const char *key = json_string_value(name);

		if (key == NULL || last_wins || json_object_get(o, key) == NULL)
			o = with(o, key, text_or_empty(pairs->items[i].value));
		json_decref(name);
	}
	return o;
}

static json_t *
section(const struct section *s)
{
	return json_pack("{s:i, s:o, s:o, s:b, s:o, s:o, s:i, s:[]}", "level", s->level, "ordinal",
	    text(s->ordinal), "heading", text(s->heading), "inline", s->inline_text ? 1 : 0, "role",
	    text(s->role), "text", text(s->text), "enumerations", s->enumerations, "children");
}

/* Sections come in document order, a parent before its children. */
static json_t *
sections(const struct structure *s)
{
	json_t *top = json_array(), **all = calloc(s->section_count + 1, sizeof(json_t *));
	int bad = all == NULL ? -1 : 0;

	for (size_t i = 0; i < s->section_count && bad == 0; i++) {
		size_t parent = s->sections[i].parent;
		json_t *list = parent < i ? json_object_get(all[parent], "children") : top;

		all[i] = section(&s->sections[i]);
		bad = json_array_append_new(list, all[i]); /* the list keeps it alive */
	}
	free(all);
	if (bad == 0)
		return top;
	json_decref(top);
	return NULL;
}

static json_t *
parts(const struct meaning *m)
{
	json_t *o = json_object();

	for (size_t i = 0; i < PART_COUNT; i++)
		o = with(o, part_names[i],
		    json_pack("{s:o, s:o}", "status",
			m->parts[i].status.n == 0 ? json_string("absent") : text(m->parts[i].status),
			"evidence", text(m->parts[i].evidence)));
	return o;
}

static json_t *
citations(const struct meaning *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->citation_count; i++) {
		const struct citation *c = &m->citations[i];

		list = longer(list,
		    json_pack("{s:o, s:i, s:o, s:o}", "title", text(c->title), "count", c->count,
			"kind", text(c->kind), "nested", texts(c->nested, c->nested_count)));
	}
	return list;
}

static json_t *
numbers_cited(const struct meaning *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->number_count; i++)
		list = longer(list,
		    json_pack("{s:o, s:o}", "raw", text(m->numbers_cited[i].raw), "normalized",
			text(m->numbers_cited[i].normalized)));
	return list;
}

/* Whole numbers without a fraction; what is no number at all is null. */
static json_t *
value_of(double v)
{
	if (!isfinite(v))
		return json_null();
	if (v == floor(v) && fabs(v) < 9e15)
		return json_integer((json_int_t)v);
	return json_real(v);
}

static json_t *
quantities(const struct meaning *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->quantity_count; i++) {
		const struct quantity *q = &m->quantities[i];

		list = longer(list,
		    json_pack("{s:o, s:o, s:o, s:o}", "value", value_of(q->value), "unit",
			text(q->unit), "qualifier", text(q->qualifier), "context",
			text(q->context)));
	}
	return list;
}

static json_t *
attachments(const struct pairs *pairs)
{
	json_t *list = json_array();

	for (size_t i = 0; i < pairs->count; i++)
		list = longer(list,
		    json_pack("{s:o, s:o}", "text", text(pairs->items[i].name), "url",
			text(pairs->items[i].value)));
	return list;
}

static json_t *
extraction(const struct record *r)
{
	json_t *charset = json_pack("{s:o, s:o, s:o, s:I}", "used", text(r->charset.used),
	    "declared", text(r->charset.declared), "evidence", text(r->charset.evidence),
	    "replacements", (json_int_t)r->charset.replacements);

	return json_pack("{s:i, s:o, s:o, s:f, s:o, s:o}", "version", EXTRACTION_VERSION, "charset",
	    charset, "method", text(r->method), "confidence", round(r->confidence * 100) / 100,
	    "page_sha256", text(r->page_sha256), "content_sha256", text(r->content_sha256));
}

static json_t *
region(const struct meaning *m)
{
	return json_pack("{s:o, s:o, s:o}", "province", text(m->province), "city", text(m->city),
	    "county", text(m->county));
}

static json_t *
with_scalars(json_t *o, const struct record *r)
{
	const struct meaning *m = &r->meaning;

	o = with(o, "url", text(r->url));
	o = with(o, "site_name", text(r->site_name));
	o = with(o, "site_id_code", text(r->site_id_code));
	o = with(o, "title", text(r->title));
	o = with(o, "document_type", text(m->document_type));
	o = with(o, "report_year",
	    m->report_year == 0 ? json_null() : json_integer(m->report_year));
	o = with(o, "index_number", number(&r->index_number));
	o = with(o, "document_number", number(&r->document_number));
	o = with(o, "agency", text(r->agency));
	o = with(o, "source", text(r->source));
	o = with(o, "signed_by", texts(r->structure.signed_by, r->structure.signed_by_count));
	o = with(o, "signed_on", date(&r->signed_on, true));
	o = with(o, "printed_by", text(r->structure.printed_by));
	o = with(o, "printed_on", date(&r->printed_on, true));
	o = with(o, "published_on", date(&r->published_at, true));
	o = with(o, "published_at", date(&r->published_at, false));
	o = with(o, "region", region(m));
	return with(o, "addressee", text(r->structure.addressee));
}

json_t *
record_to_json(const struct record *r)
{
	const struct structure *s = &r->structure;
	json_t *o = with_scalars(json_object(), r);

	o = with(o, "metadata", object(&r->metadata, false));
	o = with(o, "preamble", text(s->preamble));
	o = with(o, "body", text(s->body));
	o = with(o, "sections", sections(s));
	o = with(o, "required_parts", parts(&r->meaning));
	o = with(o, "citations", citations(&r->meaning));
	o = with(o, "document_numbers_cited", numbers_cited(&r->meaning));
	o = with(o, "quantities", quantities(&r->meaning));
	o = with(o, "attachments", attachments(&r->attachments));
	o = with(o, "noise", texts(s->noise, s->noise_count));
	o = with(o, "extraction", extraction(r));
	return with(o, "provenance", object(&r->provenance, true));
}

void
record_content_sha256(struct record *r, struct arena *a)
{
	const struct span fields[] = {r->title, r->index_number.normalized,
	    r->document_number.normalized, r->structure.body};
	struct digest *d = digest_new();
	char hex[DIGEST_HEX + 1];

	if (d == NULL) {
		a->failed = true;
		return;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		digest_add_field(d, text_strip_space(a, fields[i]));
	for (size_t i = 0; i < r->attachments.count; i++)
		digest_add_field(d, text_strip_space(a, r->attachments.items[i].value));
	digest_end(d, hex);
	r->content_sha256 = arena_dup(a, span_of(hex));
}
