/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>

#define ROW_ARENA_MAX ((size_t)16 << 20) /* one row; forgotten before the next */
#define DATE_MAX 256                     /* a longer "date" is text of the page */

int
list_too_large(struct err *err)
{
	return err_set(err, ERR_REJECT, "too_large", "list: out of memory");
}

/* At most `max` bytes, no code point cut in two; a copy that lives as long as the page. */
static struct span
keep(struct list_reader *r, struct span s, size_t max)
{
	if (s.n == 0)
		return (struct span){NULL, 0};
	if (s.n > max) {
		s.n = max;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	return arena_dup(r->a, s);
}

/* A title that the portal has cut short cannot be held against a pattern. */
static bool
is_cut_short(struct span title)
{
	return title.n == 0 || span_ends(title, SPAN("...")) || span_ends(title, SPAN("…"));
}

/* What the pattern asks about, and the pattern without that word. */
static struct span
asked(const struct list_row *row, struct span *pattern)
{
	if (span_starts(*pattern, SPAN("column:"))) {
		*pattern = span_cut(*pattern, strlen("column:"), pattern->n);
		return row->column;
	}
	if (span_starts(*pattern, SPAN("url:"))) {
		*pattern = span_cut(*pattern, strlen("url:"), pattern->n);
		return row->url;
	}
	return row->title;
}

static bool
any_matches(const struct list_row *row, const json_t *patterns, bool *unsure)
{
	for (size_t i = 0; i < json_array_size(patterns); i++) {
		struct span pattern = span_of(json_string_value(json_array_get(patterns, i)));
		struct span text = asked(row, &pattern);

		if (list_matches(text, pattern))
			return true;
		*unsure = *unsure || (text.p == row->title.p && is_cut_short(text));
	}
	return false;
}

static bool
is_wanted(const struct list_reader *r, const struct list_row *row)
{
	bool unsure = false;

	if (r->rules->include != NULL && json_array_size(r->rules->include) > 0 &&
	    !any_matches(row, r->rules->include, &unsure) && !unsure)
		return false;
	return r->rules->exclude == NULL || !any_matches(row, r->rules->exclude, &unsure);
}

static int
leave_out(struct list_reader *r, const struct list_row *row, struct err *err)
{
	struct list_page *p = r->out;

	if (p->out == NULL &&
	    (p->out = arena_array(r->a, LIST_FILTERED_SHOWN, sizeof(*p->out))) == NULL)
		return list_too_large(err);
	if (p->filtered < LIST_FILTERED_SHOWN)
		p->out[p->filtered] = *row;
	p->filtered++;
	return 0;
}

/* "Fri, 08 Mar 2024 13:25:00 +0800" as ISO with its zone; absent: it is no such date. */
static struct span
from_rfc822(struct arena *a, struct span s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct span part[6];
	size_t n = 0, at = span_find_byte(s, ',', 0), month;

	at = at == SIZE_MAX ? 0 : at + 1;
	for (; n < 6 && at < s.n; n++) {
		size_t end;

		while (at < s.n && s.p[at] == ' ')
			at++;
		end = span_find_byte(s, ' ', at);
		part[n] = span_cut(s, at, end == SIZE_MAX ? s.n : end);
		at = end == SIZE_MAX ? s.n : end;
	}
	if (n < 5 || part[1].n != 3 || part[2].n != 4 || part[3].n < 5 ||
	    (month = span_find(span_of(months), part[1], 0)) == SIZE_MAX || month % 3 != 0)
		return (struct span){NULL, 0};
	return arena_fmt(a, "%.*s-%02u-%.*sT%.*s%.*s", SPAN_ARG(part[2]), (unsigned)month / 3 + 1,
	    SPAN_ARG(part[0]), SPAN_ARG(part[3]),
	    SPAN_ARG(span_starts(part[4], SPAN("+")) || span_starts(part[4], SPAN("-")) ? part[4]
											: SPAN("Z")));
}

struct span
list_instant(struct arena *a, struct span date)
{
	struct span text = span_trim(date), iso = from_rfc822(a, text);
	struct cn_date read;
	char out[24];

	if (iso.p == NULL && !span_ends(text, SPAN("Z")))
		return date;
	read = cn_date_parse(iso.p != NULL ? iso : text);
	cn_date_format(&read, out);
	return out[0] == '\0' ? date : arena_dup(a, span_of(out));
}

static int
append(struct list_reader *r, const struct list_row *row, struct err *err)
{
	struct list_page *p = r->out;

	if (p->count == r->room) {
		size_t grown = r->room == 0 ? 64 : r->room * 2;

		p->rows = arena_grow(r->a, p->rows, p->count, grown, sizeof(*p->rows));
		if (p->rows == NULL)
			return list_too_large(err);
		r->room = grown;
	}
	p->rows[p->count++] = *row;
	return 0;
}

/* FNV-1a, going on from row to row. */
static void
note_print(struct list_reader *r, struct span url)
{
	uint64_t h = r->out->print != 0 ? r->out->print : UINT64_C(14695981039346656037);

	for (size_t i = 0; i < url.n; i++)
		h = (h ^ (unsigned char)url.p[i]) * UINT64_C(1099511628211);
	r->out->print = h;
}

int
list_add(struct list_reader *r, const struct list_cells *cells, struct err *err)
{
	struct list_row row = {0};
	struct url url;

	if (r->out->seen >= r->most) {
		r->out->cut = true;
		return 1;
	}
	r->out->seen++;
	if (span_is_empty(cells->link) ||
	    url_resolve(&url, &r->row, r->base, cells->link, NULL) == -1) {
		r->out->bad++;
		return 0;
	}
	row.url = keep(r, url.text, URL_MAX);
	note_print(r, row.url);
	row.title = keep(r, cells->title, TITLE_MAX);
	row.date = keep(r, cells->date, DATE_MAX);
	row.column = keep(r, cells->column, DATE_MAX);
	if (r->a->failed || row.url.p == NULL)
		return list_too_large(err);
	return is_wanted(r, &row) ? append(r, &row, err) : leave_out(r, &row, err);
}

int
list_read_kind(struct list_reader *r, struct err *err)
{
	switch (r->rules->kind) {
	case LIST_DATASTORE:
		return list_read_datastore(r, err);
	case LIST_JSON:
	case LIST_UCAP:
		return list_read_json(r, err);
	case LIST_JPAAS:
		return list_read_jpaas(r, err);
	case LIST_GKMLPT:
		return list_read_gkmlpt(r, err);
	case LIST_FEED:
		return list_read_feed(r, err);
	case LIST_SITEMAP:
		return list_read_sitemap(r, err);
	case LIST_AUTO:
		return list_read_auto(r, err);
	case LIST_HTML:
	case LIST_KINDS:
	default:
		return list_read_html(r, err);
	}
}

int
list_page_read(struct list_page *out, struct arena *a, struct charset_kit *kit,
    const struct list_input *in, struct err *err)
{
	struct list_page page = {.total = -1, .pages = -1};
	struct list_reader r = {.rules = in->rules, .in = in, .out = &page, .a = a};
	struct charset how;
	int rc;

	if (charset_decode(kit, &how, &r.text, a, in->bytes, in->content_type, err) == -1)
		return -1;
	r.base = in->url;
	r.most = in->rules->kind == LIST_SITEMAP ? SITEMAP_ROWS_MAX : LIST_ROWS_MAX;
	arena_init(&r.row, ROW_ARENA_MAX);
	rc = list_read_kind(&r, err);
	arena_fini(&r.row);
	if (rc == -1)
		return -1;
	*out = page;
	return 0;
}
