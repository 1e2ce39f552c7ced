/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/document_number.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "page_kinds.h"

#define CONTROL_SHARE 50  /* more control bytes than one in so many: no text */
#define NUMBER_LINES 6    /* of the body that may repeat the document's number */
#define REPLACED_SHARE 10 /* more undecodable characters than one in so many: no text */

static int
too_large(struct err *err, const struct arena *a)
{
	return err_set(err, ERR_REJECT, "too_large",
	    "extract: the page needs more than %zu bytes of memory", a->limit);
}

/* Formats that portals serve under the name of a page. */
static const char *
magic(struct span s)
{
	static const struct {
		struct span mark;
		const char *name;
	} marks[] = {
		{SPAN_INIT("%PDF-"), "PDF"},
		{SPAN_INIT("\x89PNG\r\n"), "PNG"},
		{SPAN_INIT("\xFF\xD8\xFF"), "JPEG"},
		{SPAN_INIT("GIF8"), "GIF"},
		{SPAN_INIT("PK\x03\x04"), "ZIP (or docx, xlsx, ofd)"},
		{SPAN_INIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "OLE (doc, xls, wps)"},
		{SPAN_INIT("Rar!\x1A"), "RAR"},
		{SPAN_INIT("7z\xBC\xAF\x27\x1C"), "7z"},
		{SPAN_INIT("\x1F\x8B\x08"), "gzip"},
		{SPAN_INIT("\x7F" "ELF"), "ELF"},
		{SPAN_INIT("RIFF"), "RIFF"},
		{SPAN_INIT("OggS"), "Ogg"},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts(s, marks[i].mark))
			return marks[i].name;
	return NULL;
}

/* All below the blank but tab, the ends of lines and pages, and ESC, which ISO 2022 needs. */
static const uint32_t controls = ~(UINT32_C(1) << '\t' | UINT32_C(1) << '\n' | UINT32_C(1) << '\f' |
    UINT32_C(1) << '\r' | UINT32_C(1) << 0x1B);

/* Eight bytes, none of them below the blank. */
static bool
is_plain_word(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return ((w - ones * 0x20) & ~w & ones << 7) == 0;
}

static size_t
count_controls(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (s.n - i >= 8 && is_plain_word(s.p + i))
			i += 7;
		else if (c < 0x20)
			n += controls >> c & 1;
	}
	return n;
}

static bool
is_utf16(const struct charset *charset)
{
	return span_starts(charset->used, SPAN("UTF-16"));
}

/* Bytes to text; what is no text is refused. */
static int
decode(struct record *out, struct span *text, struct arena *a, struct charset_kit *kit,
    const struct extract_input *in, struct err *err)
{
	const struct charset_hints hints = {in->content_type, in->explain};
	const char *format = magic(in->bytes);
	size_t count;

	if (in->bytes.n > PAGE_BODY_MAX)
		return err_set(err, ERR_REJECT, "too_large", "extract: %zu bytes, at most %d",
		    in->bytes.n, PAGE_BODY_MAX);
	if (format != NULL)
		return err_set(err, ERR_REJECT, "binary", "extract: a file of type %s", format);
	if (charset_decode_explained(kit, &out->charset, text, a, in->bytes, &hints, err) == -1)
		return -1;
	count = count_controls(is_utf16(&out->charset) ? *text : in->bytes);
	if (count * CONTROL_SHARE > in->bytes.n)
		return err_set(err, ERR_REJECT, "binary",
		    "extract: %zu of %zu bytes are control characters", count, in->bytes.n);
	if (out->charset.replacements > 16 &&
	    out->charset.replacements * REPLACED_SHARE > text_length(*text))
		return err_set(err, ERR_REJECT, "binary",
		    "extract: %zu bytes cannot be read as %.*s", out->charset.replacements,
		    SPAN_ARG(out->charset.used));
	if (text_trim(*text).n == 0)
		return err_set(err, ERR_REJECT, "empty", "extract: no text at all");
	if (in->step != NULL)
		in->step(in->step_ctx, EXTRACT_DECODED);
	return 0;
}

static bool
is_type(struct span content_type, struct span type)
{
	return span_eq_ci(span_cut(span_trim(content_type), 0, type.n), type);
}

static int
read_page(struct facts *facts, struct record *out, struct arena *a, struct span text,
    const struct extract_input *in, struct err *err)
{
	if (is_type(in->content_type, SPAN("application/json")) || portal_json_is(text)) {
		int rc = portal_json_text(facts, out, a, text, in, err);

		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	if (is_type(in->content_type, SPAN("text/plain")) || !page_has_tag(text))
		return page_plain(facts, out, a, text, err);
	return page_html(facts, out, a, text, in, err);
}

static struct span
region_part(struct arena *a, const struct extract_input *in, const char *name, struct span found)
{
	const char *s =
	    json_string_value(json_object_get(json_object_get(in->portal, "region"), name));

	return found.n == 0 && s != NULL ? arena_dup(a, span_of(s)) : found;
}

/* What the page does not say about its place, the portal's configuration does. */
static void
fill_region(struct record *out, struct arena *a, const struct extract_input *in)
{
	struct meaning *m = &out->meaning;

	m->province = region_part(a, in, "province", m->province);
	m->city = region_part(a, in, "city", m->city);
	if (span_eq(m->county, m->city)) /* the text's 某某市 may be of either level */
		m->county = (struct span){NULL, 0};
	m->county = region_part(a, in, "county", m->county);
}

/* The document's number again as a line above its text: the block has said it. */
static int
drop_number_line(struct lines *lines, struct arena *a, const struct number *known)
{
	if (known->normalized.n == 0)
		return 0;
	for (size_t i = 0; i < lines->count && i < NUMBER_LINES; i++) {
		struct number n = {0};

		if (lines->items[i].n > 120)
			continue;
		if (document_number_parse(&n, a, lines->items[i]) == -1)
			return -1;
		if (!span_eq(n.normalized, known->normalized))
			continue;
		for (size_t k = i + 1; k < lines->count; k++)
			lines->items[k - 1] = lines->items[k];
		lines->count--;
		return 0;
	}
	return 0;
}

/* Chrome in the article's element is noise of the document, like what its structure finds. */
static int
add_noise(struct structure *out, struct arena *a, const struct lines *more)
{
	size_t count = out->noise_count + more->count;

	count = count < NOISE_MAX ? count : NOISE_MAX;
	out->noise = arena_grow(a, out->noise, out->noise_count, count, sizeof(*out->noise));
	if (out->noise == NULL)
		return -1;
	for (size_t i = 0; out->noise_count < count; i++)
		out->noise[out->noise_count++] = more->items[i];
	return 0;
}

static int
understand(struct record *out, struct arena *a, struct facts *facts,
    const struct extract_input *in, struct err *err)
{
	struct document of;

	if (field_before(out, a, facts, in) == -1 ||
	    drop_number_line(&facts->article.lines, a, &out->document_number) == -1)
		return too_large(err, a);
	if (structure_parse(&out->structure, a, facts->article.lines.items, facts->article.lines.count,
		out->title, err) == -1)
		return -1;
	if (add_noise(&out->structure, a, &facts->article.noise) == -1 || field_after(out, a, facts) == -1)
		return too_large(err, a);
	of = (struct document){out->title, out->agency, out->document_number.normalized};
	if (meaning_find(&out->meaning, a, &out->structure, &of, err) == -1)
		return -1;
	fill_region(out, a, in);
	record_content_sha256(out, a);
	return 0;
}

int
extract(struct record *out, struct arena *a, struct charset_kit *kit,
    const struct extract_input *in, struct err *err)
{
	struct record record = {.url = in->url};
	struct facts facts = {.explain = in->explain};
	struct span text = {NULL, 0};
	char hex[DIGEST_HEX + 1];

	a->failed = false;
	if (in->sha256.p == NULL)
		digest_hex(in->bytes, hex);
	record.page_sha256 = in->sha256.p != NULL ? in->sha256 : arena_dup(a, span_of(hex));
	if (decode(&record, &text, a, kit, in, err) != 0 ||
	    read_page(&facts, &record, a, text, in, err) == -1 ||
	    understand(&record, a, &facts, in, err) == -1 ||
	    a->failed) /* something was left out: a record with holes is worse than none */
		return a->failed ? too_large(err, a) : -1;
	*out = record;
	return 0;
}
