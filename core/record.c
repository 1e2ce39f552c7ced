/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <suoyin/digest.h>
#include <suoyin/json_write.h>
#include <suoyin/record.h>
#include <suoyin/text.h>

/* "name": text, null where it is absent. */
static void
text(struct buf *out, const char *name, struct span s)
{
	json_write_name(out, name);
	json_write_text_or_null(out, s);
}

struct span
record_date(const struct cn_date *d, bool day_only, char room[RECORD_DATE_SIZE])
{
	struct cn_date copy = *d;

	if (day_only && copy.precision > CN_DAY) {
		copy.precision = CN_DAY;
		copy.hour = copy.minute = copy.second = 0;
	}
	if (copy.precision < (day_only ? CN_DAY : CN_YEAR))
		return (struct span){NULL, 0};
	cn_date_format(&copy, room);
	return span_of(room);
}

static void
date(struct buf *out, const char *name, const struct cn_date *d, bool day_only)
{
	char room[RECORD_DATE_SIZE];

	text(out, name, record_date(d, day_only, room));
}

static void
open_list(struct buf *out, const char *name)
{
	json_write_name(out, name);
	(void)buf_add_byte(out, '[');
}

static void
open_object(struct buf *out, const char *name)
{
	json_write_name(out, name);
	(void)buf_add_byte(out, '{');
}

static void
open_item(struct buf *out)
{
	json_write_item(out);
	(void)buf_add_byte(out, '{');
}

static void
end_list(struct buf *out)
{
	(void)buf_add_byte(out, ']');
}

static void
end_object(struct buf *out)
{
	(void)buf_add_byte(out, '}');
}

static void
integer(struct buf *out, const char *name, int64_t v)
{
	json_write_name(out, name);
	json_write_int(out, v);
}

static void
texts(struct buf *out, const char *name, const struct span *items, size_t count)
{
	open_list(out, name);
	for (size_t i = 0; i < count; i++) {
		json_write_item(out);
		json_write_text(out, items[i]);
	}
	end_list(out);
}

static void
number(struct buf *out, const char *name, const struct number *n)
{
	if (n->raw.n == 0) {
		text(out, name, n->raw);
		return;
	}
	open_object(out, name);
	text(out, "raw", n->raw);
	text(out, "normalized", n->normalized);
	text(out, "class", n->class_);
	texts(out, "flags", n->flags, n->flag_count);
	end_object(out);
}

/* Names as they are written, one after the other: bad ones may become equal. */
struct names {
	struct buf text;
	size_t *ends;
};

static struct span
name_at(const struct names *names, size_t i)
{
	size_t from = i == 0 ? 0 : names->ends[i - 1];

	return span_cut(buf_span(&names->text), from, names->ends[i]);
}

/* Whether one of names[from] … names[to - 1] is the same as names[i]. */
static bool
is_among(const struct names *names, size_t i, size_t from, size_t to)
{
	for (size_t k = from; k < to; k++)
		if (span_eq(name_at(names, k), name_at(names, i)))
			return true;
	return false;
}

/* Names to values; of equal names the first counts, or the last. */
static void
object(struct buf *out, const char *name, const struct pairs *pairs, bool last_wins)
{
	struct names names = {.ends = calloc(pairs->count + 1, sizeof(size_t))};

	buf_init(&names.text, out->limit);
	for (size_t i = 0; names.ends != NULL && i < pairs->count; i++) {
		text_mended(&names.text, pairs->items[i].name);
		names.ends[i] = names.text.n;
	}
	open_object(out, name);
	for (size_t i = 0; names.ends != NULL && !names.text.failed && i < pairs->count; i++) {
		if (is_among(&names, i, last_wins ? i + 1 : 0, last_wins ? pairs->count : i))
			continue;
		json_write_item(out);
		json_write_text(out, name_at(&names, i));
		(void)buf_add_byte(out, ':');
		json_write_text(out, pairs->items[i].value);
	}
	end_object(out);
	out->failed |= names.ends == NULL || names.text.failed;
	buf_fini(&names.text);
	free(names.ends);
}

static void
open_section(struct buf *out, const struct section *s)
{
	open_item(out);
	integer(out, "level", s->level);
	text(out, "ordinal", s->ordinal);
	text(out, "heading", s->heading);
	json_write_name(out, "inline");
	(void)buf_add_str(out, s->inline_text ? "true" : "false");
	text(out, "role", s->role);
	text(out, "text", s->text);
	integer(out, "enumerations", s->enumerations);
	open_list(out, "children");
}

static void
end_section(struct buf *out)
{
	end_list(out);
	end_object(out);
}

/* In document order: the parent of a section is the one before it, or one that this one is in. */
static void
sections(struct buf *out, const struct structure *s)
{
	size_t open = SIZE_MAX; /* the innermost */

	open_list(out, "sections");
	for (size_t i = 0; i < s->section_count; i++) {
		for (; open != SIZE_MAX && open != s->sections[i].parent; open = s->sections[open].parent)
			end_section(out);
		open_section(out, &s->sections[i]);
		open = i;
	}
	for (; open != SIZE_MAX; open = s->sections[open].parent)
		end_section(out);
	end_list(out);
}

static void
parts(struct buf *out, const struct meaning *m)
{
	open_object(out, "required_parts");
	for (size_t i = 0; i < PART_COUNT; i++) {
		const struct part_finding *p = &m->parts[i];

		open_object(out, part_names[i]);
		text(out, "status", p->status.n == 0 ? SPAN("absent") : p->status);
		text(out, "evidence", p->evidence);
		end_object(out);
	}
	end_object(out);
}

static void
citations(struct buf *out, const struct meaning *m)
{
	open_list(out, "citations");
	for (size_t i = 0; i < m->citation_count; i++) {
		const struct citation *c = &m->citations[i];

		open_item(out);
		text(out, "title", c->title);
		integer(out, "count", c->count);
		text(out, "kind", c->kind);
		texts(out, "nested", c->nested, c->nested_count);
		end_object(out);
	}
	end_list(out);
}

static void
numbers_cited(struct buf *out, const struct meaning *m)
{
	open_list(out, "document_numbers_cited");
	for (size_t i = 0; i < m->number_count; i++) {
		open_item(out);
		text(out, "raw", m->numbers_cited[i].raw);
		text(out, "normalized", m->numbers_cited[i].normalized);
		end_object(out);
	}
	end_list(out);
}

/* Whole numbers without a fraction. */
static void
value_of(struct buf *out, double v)
{
	json_write_name(out, "value");
	if (v == floor(v) && fabs(v) < 9e15)
		json_write_int(out, (int64_t)v);
	else
		json_write_real(out, v);
}

static void
quantities(struct buf *out, const struct meaning *m)
{
	open_list(out, "quantities");
	for (size_t i = 0; i < m->quantity_count; i++) {
		const struct quantity *q = &m->quantities[i];

		open_item(out);
		value_of(out, q->value);
		text(out, "unit", q->unit);
		text(out, "qualifier", q->qualifier);
		text(out, "context", q->context);
		end_object(out);
	}
	end_list(out);
}

static void
attachments(struct buf *out, const struct pairs *pairs)
{
	open_list(out, "attachments");
	for (size_t i = 0; i < pairs->count; i++) {
		open_item(out);
		text(out, "text", pairs->items[i].name);
		text(out, "url", pairs->items[i].value);
		end_object(out);
	}
	end_list(out);
}

static void
extraction(struct buf *out, const struct record *r)
{
	open_object(out, "extraction");
	integer(out, "version", EXTRACTION_VERSION);
	open_object(out, "charset");
	text(out, "used", r->charset.used);
	text(out, "declared", r->charset.declared);
	text(out, "evidence", r->charset.evidence);
	integer(out, "replacements", (int64_t)r->charset.replacements);
	end_object(out);
	text(out, "method", r->method);
	json_write_name(out, "confidence");
	json_write_real(out, round(r->confidence * 100) / 100);
	text(out, "page_sha256", r->page_sha256);
	text(out, "content_sha256", r->content_sha256);
	if (r->portal_unknown) {
		json_write_name(out, "portal_unknown");
		(void)buf_add_str(out, "true");
	}
	end_object(out);
}

static void
region(struct buf *out, const struct meaning *m)
{
	open_object(out, "region");
	text(out, "province", m->province);
	text(out, "city", m->city);
	text(out, "county", m->county);
	end_object(out);
}

static void
scalars(struct buf *out, const struct record *r)
{
	const struct meaning *m = &r->meaning;

	text(out, "url", r->url);
	text(out, "site_name", r->site_name);
	text(out, "site_id_code", r->site_id_code);
	text(out, "title", r->title);
	text(out, "document_type", m->document_type);
	if (m->report_year == 0)
		text(out, "report_year", (struct span){NULL, 0});
	else
		integer(out, "report_year", m->report_year);
	number(out, "index_number", &r->index_number);
	number(out, "document_number", &r->document_number);
	text(out, "agency", r->agency);
	text(out, "source", r->source);
	texts(out, "signed_by", r->structure.signed_by, r->structure.signed_by_count);
	date(out, "signed_on", &r->signed_on, true);
	text(out, "printed_by", r->structure.printed_by);
	date(out, "printed_on", &r->printed_on, true);
	date(out, "published_on", &r->published_at, true);
	date(out, "published_at", &r->published_at, false);
	region(out, m);
	text(out, "addressee", r->structure.addressee);
}

int
record_write(struct buf *out, const struct record *r, bool with_body)
{
	const struct structure *s = &r->structure;

	(void)buf_add_byte(out, '{');
	scalars(out, r);
	object(out, "metadata", &r->metadata, false);
	text(out, "preamble", s->preamble);
	if (with_body)
		text(out, "body", s->body);
	sections(out, s);
	parts(out, &r->meaning);
	citations(out, &r->meaning);
	numbers_cited(out, &r->meaning);
	quantities(out, &r->meaning);
	attachments(out, &r->attachments);
	texts(out, "noise", s->noise, s->noise_count);
	extraction(out, r);
	object(out, "provenance", &r->provenance, true);
	end_object(out);
	return out->failed ? -1 : 0;
}

json_t *
record_to_json(const struct record *r)
{
	struct buf out;
	json_t *json;

	buf_init(&out, SIZE_MAX / 2);
	json = record_write(&out, r, true) == 0 ? json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	buf_fini(&out);
	return json;
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
