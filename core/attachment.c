/* SPDX-License-Identifier: MIT */
#include <suoyin/extract.h>
#include <suoyin/limits.h>
#include <suoyin/text.h>
#include <suoyin/url.h>

#include "attachment.h"
#include "tag.h"

#define LEVELS_AROUND 2 /* elements around the article that may hold its files */
#define LINKS_MAX ((size_t)4 * ATTACHMENTS_MAX) /* links to files looked at: many may lead to one */
#define ROOM 16         /* the list grows by so many */

static const struct span endings[] = {
	SPAN_INIT(".pdf"), SPAN_INIT(".doc"), SPAN_INIT(".docx"), SPAN_INIT(".xls"),
	SPAN_INIT(".xlsx"), SPAN_INIT(".ppt"), SPAN_INIT(".pptx"), SPAN_INIT(".wps"),
	SPAN_INIT(".et"), SPAN_INIT(".dps"), SPAN_INIT(".ofd"), SPAN_INIT(".zip"),
	SPAN_INIT(".rar"), SPAN_INIT(".7z"), SPAN_INIT(".txt"), SPAN_INIT(".csv"),
	SPAN_INIT(".ceb"), SPAN_INIT(".rtf"),
};

/* Each has "down" in it: attachment_may_be_linked() looks for that. */
static const struct span scripts[] = {
	SPAN_INIT("downfile.jsp"), SPAN_INIT("download.jsp"), SPAN_INIT("downloadattach"),
	SPAN_INIT("filedownload"), SPAN_INIT("downloadfile"), SPAN_INIT("/attachdown"),
};

static bool
ends_ci(struct span s, struct span end)
{
	return s.n > end.n && span_eq_ci(span_cut(s, s.n - end.n, s.n), end);
}

static bool
has_ending(struct span s)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_ci(s, endings[i]))
			return true;
	return false;
}

static bool
begins_ci(struct span s, size_t at, struct span with)
{
	return span_eq_ci(span_cut(s, at, at + with.n), with);
}

static bool
names_ending(struct span bytes, size_t dot)
{
	char next = dot + 1 < bytes.n ? (char)(bytes.p[dot + 1] | ('a' - 'A')) : '\0';

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (next == (endings[i].p[1] | ('a' - 'A')) && begins_ci(bytes, dot, endings[i]))
			return true;
	return false;
}

static bool
names_script(struct span bytes, size_t w)
{
	return w >= 2 && begins_ci(bytes, w - 2, SPAN("down"));
}

static bool
is_number(struct span bytes, size_t amp)
{
	return amp + 1 < bytes.n && bytes.p[amp + 1] == '#';
}

static bool
any(struct span bytes, char which, bool (*is)(struct span, size_t))
{
	for (size_t at = 0; (at = span_find_byte(bytes, which, at)) != SIZE_MAX; at++)
		if (is(bytes, at))
			return true;
	return false;
}

bool
attachment_may_be_linked(struct span bytes)
{
	return span_find_byte(span_cut(bytes, 0, 1024), '\0', 0) != SIZE_MAX ||
	       any(bytes, '&', is_number) || any(bytes, '.', names_ending) || any(bytes, 'w', names_script) ||
	       any(bytes, 'W', names_script) ||
	       /* UTF-16, letters written as numbers, JSON: a scan of bytes does not tell */
	       span_find(bytes, SPAN("\"attachment\""), 0) != SIZE_MAX;
}

static size_t
find_any(struct span s, const char *bytes, size_t from)
{
	for (size_t at = from; at < s.n; at++)
		for (const char *b = bytes; *b != '\0'; b++)
			if (s.p[at] == *b)
				return at;
	return s.n;
}

static bool
leads_away(struct span href)
{
	return href.n > 0 && href.n <= URL_MAX && href.p[0] != '#' &&
	    !span_eq_ci(span_cut(href, 0, 11), SPAN("javascript:")) &&
	    !span_eq_ci(span_cut(href, 0, 7), SPAN("mailto:")) &&
	    !span_eq_ci(span_cut(href, 0, 5), SPAN("data:"));
}

bool
attachment_is_file(struct span href)
{
	href = span_trim(href);
	if (!leads_away(href))
		return false;
	href = span_cut(href, 0, find_any(href, "#", 0));
	for (size_t at = 0, end; at < href.n; at = end + 1) {
		end = find_any(href, "?&;", at); /* the path, then each value of the query */
		if (has_ending(span_cut(href, at, end)))
			return true;
	}
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (span_find_ci(href, scripts[i], 0) != SIZE_MAX)
			return true;
	return false;
}

static struct span
last_segment(struct span href)
{
	size_t at = href.n;

	while (at > 0 && href.p[at - 1] != '/' && href.p[at - 1] != '=')
		at--;
	return span_cut(href, at, href.n);
}

/* Link texts that are a hash or nothing: the title attribute has the real name. */
static bool
is_nameless(struct span text)
{
	size_t hex = 0;

	for (size_t i = 0; i < text.n; i++)
		hex += (text.p[i] >= '0' && text.p[i] <= '9') ||
		    (text.p[i] >= 'a' && text.p[i] <= 'f') || text.p[i] == '.' || text.p[i] == '-';
	return text.n == 0 || (text.n >= 24 && hex + 4 >= text.n);
}

static struct span
name_of(const struct html *h, struct arena *a, uint32_t node)
{
	struct span text = {NULL, 0}, title;

	if (html_is_small(h, node, TITLE_MAX))
		text = html_text(h, a, node);
	if (!is_nameless(text))
		return text;
	title = text_trim(html_attr(h, node, "title"));
	return title.n > 0 && title.n <= TITLE_MAX ? title : text;
}

bool
attachment_is_link(struct span href, struct span name)
{
	return attachment_is_file(href) || (leads_away(span_trim(href)) && has_ending(text_trim(name)));
}

static struct span
resolve(struct arena *a, struct span href, struct span url)
{
	struct url out;

	if ((url.n > 0 && url_resolve(&out, a, url, href, NULL) == 0) ||
	    url_parse(&out, a, href, NULL) == 0)
		return out.text;
	return href;
}

static bool
is_listed(const struct pairs *pairs, struct span url)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (span_eq(pairs->items[i].value, url))
			return true;
	return false;
}

int
attachments_add(struct pairs *list, struct arena *a, struct span name, struct span href,
    struct span url)
{
	struct span to;

	href = span_trim(href);
	if (list->count == ATTACHMENTS_MAX || is_listed(list, to = resolve(a, href, url)))
		return 0;
	if (list->count % ROOM == 0) {
		struct pair *items = arena_grow(a, list->items, list->count, list->count + ROOM,
		    sizeof(*items));

		if (items == NULL)
			return -1;
		list->items = items;
	}
	list->items[list->count++] = (struct pair){name.n > 0 ? name : last_segment(href), to};
	return 1;
}

/* What the page's links are relative to. */
static struct span
base_of(struct arena *a, struct span url, struct span base)
{
	struct url out;

	if (base.n > 0 && ((url.n > 0 && url_resolve(&out, a, url, base, NULL) == 0) ||
	    url_parse(&out, a, base, NULL) == 0))
		return out.text;
	return url;
}

static uint32_t
around(const struct html *h, uint32_t node)
{
	for (int up = 0; up < LEVELS_AROUND && node != 0; up++) {
		uint32_t parent = h->nodes[node].parent;

		if (h->nodes[parent].tag == TAG_BODY || h->nodes[parent].tag == TAG_HTML)
			break;
		node = parent;
	}
	return node;
}

int
attachments_find(struct pairs *out, struct arena *a, const struct html *h, uint32_t node,
    const struct attachment_hints *hints, struct err *err)
{
	struct span url = base_of(a, hints->url, hints->base);
	struct explain *x = hints->explain;
	struct pairs found = *out;
	uint32_t end = h->nodes[around(h, node)].end;
	size_t links = 0;

	for (uint32_t i = node; i < end && links < LINKS_MAX; i++) {
		const struct html_node *n = &h->nodes[i];
		struct span href, name;
		int added;

		if (n->kind == HTML_ELEMENT && n->hidden && i != node) {
			i = n->end - 1;
			continue;
		}
		if (n->tag != TAG_A || (href = html_attr(h, i, "href")).p == NULL)
			continue;
		name = name_of(h, a, i);
		if (!attachment_is_link(href, name)) {
			explain_note(x, FIELD_ATTACHMENTS, false, SPAN("link"), href,
			    "no file: neither its ending, a download script's name nor its text");
			continue;
		}
		links++;
		added = attachments_add(&found, a, name, href, url);
		if (added == -1)
			return err_set(err, ERR_REJECT, "too_large",
			    "attachments: need more than %zu bytes of memory", a->limit);
		explain_note(x, FIELD_ATTACHMENTS, added == 1, SPAN("link"), href, "%s",
		    added == 1 ? "a file, in or close to the article" :
		    "listed already, or the list is full");
	}
	*out = found;
	return 0;
}
