/* SPDX-License-Identifier: MIT */
#include <suoyin/limits.h>

#include "html_lean.h"
#include "words.h"

#define NOT_PLAIN SIZE_MAX
#define NAME_MAX_BYTES 64 /* libxml2 cuts names at 100 */
#define HTML_TEXT_GAPS_MAX (HTML_GAPS_MAX / 3) /* marks in the text before an element */

/* The attributes that rules ask for; most others are long and say how things look. */
static const struct span kept[] = {SPAN_INIT("class"), SPAN_INIT("content"), SPAN_INIT("href"),
    SPAN_INIT("id"), SPAN_INIT("name"), SPAN_INIT("property"), SPAN_INIT("title")};

bool
html_lean_keeps(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(kept); i++)
		if (span_eq_ci(name, kept[i]))
			return true;
	return false;
}

/* Beyond the end: NUL, which stands nowhere in what is plain. */
static char
char_at(struct span s, size_t at)
{
	return at < s.n ? s.p[at] : '\0';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_blank(struct span s, size_t at)
{
	while (is_blank(char_at(s, at)))
		at++;
	return at;
}

/* The end of the name that begins at `at`. */
static size_t
name_end(struct span s, size_t at)
{
	size_t end = at;
	char c = char_at(s, at);

	if (!is_letter(c) && c != '_')
		return NOT_PLAIN;
	do
		c = char_at(s, ++end);
	while (is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':');
	return end - at > NAME_MAX_BYTES ? NOT_PLAIN : end;
}

/* The end of the value that begins at `at`, its quotes included. */
static size_t
value_end(struct span s, size_t at)
{
	char quote = char_at(s, at);

	if (quote == '"' || quote == '\'') {
		at = span_find_byte(s, quote, at + 1);
		return at == SIZE_MAX ? NOT_PLAIN : at + 1;
	}
	while (at < s.n && s.p[at] != '>' && !is_blank(s.p[at]))
		at++;
	return at;
}

/* The end of the attribute that begins at `at`; *name, and *value, which may be empty. */
static size_t
attribute_end(struct span s, size_t at, struct span *name, struct span *value)
{
	size_t end = name_end(s, at), sign;

	*value = SPAN("");
	if (end == NOT_PLAIN)
		return NOT_PLAIN;
	*name = span_cut(s, at, end);
	sign = skip_blank(s, end);
	if (char_at(s, sign) != '=')
		return end;
	at = skip_blank(s, sign + 1);
	end = value_end(s, at);
	if (end != NOT_PLAIN)
		*value = span_cut(s, at, end);
	return end;
}

static bool
has_byte(struct span s, char byte)
{
	return span_find_byte(s, byte, 0) != SIZE_MAX;
}

/* A style with "display" in any spelling, or a reference that may be part of it. */
static bool
may_hide(struct span name, struct span value)
{
	return span_eq_ci(name, SPAN("style")) && (has_byte(value, '&') ||
	    ((has_byte(value, 'd') || has_byte(value, 'D')) &&
		span_find_ci(value, SPAN("display"), 0) != SIZE_MAX));
}

static void
leave_out(struct html_lean *l, size_t from, size_t to)
{
	if (l->gap_count < HTML_GAPS_MAX && from < to)
		l->gaps[l->gap_count++] = (struct html_gap){.from = from, .to = to};
}

/* The run of plain text at `from`, if it is long enough for a mark.  Returns its end. */
static size_t
mark_run(struct html_lean *l, size_t from, size_t to)
{
	size_t end = html_marks_run_end(l->page, from, to);

	if (end - from >= HTML_MARKED_MIN)
		l->gaps[l->gap_count++] = (struct html_gap){from, end, span_cut(l->page, from, end), LEAF_NONE};
	return end;
}

static bool
may_mark(const struct html_lean *l)
{
	return l->marks != NULL && l->marks->room > 0;
}

/* Behind what ended a run at `at`. What a reference without ';' ends at is libxml2's business: at a blank in any
 * case. */
static size_t
special_end(struct span s, size_t at, size_t to)
{
	if (s.p[at] != '&')
		return at + ((unsigned char)s.p[at] < 0x80 ? 1 : 3);
	do
		at++;
	while (at < to && (unsigned char)s.p[at] > ' ' && s.p[at] != ';' && s.p[at] != '&');
	return at < to && s.p[at] == ';' ? at + 1 : at;
}

/* White space that is all of a text says other things than text does: no mark stands for what begins with it. */
static void
mark_text(struct html_lean *l, size_t from, size_t to)
{
	while (may_mark(l) && from < to && l->gap_count < HTML_TEXT_GAPS_MAX) {
		if ((from = skip_blank(l->page, from)) < to)
			from = mark_run(l, from, to);
		if (from < to)
			from = special_end(l->page, from, to);
	}
}

/* A value in quotes, or without them: only the former is all of it. */
static void
mark_value(struct html_lean *l, struct span value)
{
	size_t from, to;

	if (value.n < HTML_MARKED_MIN + 2 || (value.p[0] != '"' && value.p[0] != '\'') || !may_mark(l) ||
	    l->gap_count == HTML_GAPS_MAX)
		return;
	from = (size_t)(value.p - l->page.p) + 1;
	to = from + value.n - 2;
	if (html_marks_run_end(l->page, from, to) == to)
		(void)mark_run(l, from, to);
}

/* The end of the attributes from `at` on: where '>' or "/>" stands; *bare: none is kept.  Of two with the same name
 * the first counts, so a style that may hide keeps all. */
static size_t
attributes_end(struct html_lean *l, size_t at, bool *bare)
{
	const size_t gaps = l->gap_count;
	bool hides = false, keeps = false;

	for (size_t n = 0;; n++) {
		struct span name, value;
		size_t from = at = skip_blank(l->page, at);

		if (char_at(l->page, at) == '>' ||
		    (char_at(l->page, at) == '/' && char_at(l->page, at + 1) == '>'))
			break;
		at = attribute_end(l->page, at, &name, &value);
		if (at == NOT_PLAIN || n == HTML_ATTRIBUTES_MAX)
			return NOT_PLAIN;
		hides = hides || may_hide(name, value);
		if (html_lean_keeps(name) || span_eq_ci(name, SPAN("hidden"))) {
			keeps = true;
			mark_value(l, value);
		} else {
			leave_out(l, from, at);
		}
	}
	if (hides)
		l->gap_count = gaps;
	*bare = !keeps && !hides;
	return at;
}

/* The end of an end tag that begins at `at`. */
static size_t
end_tag_end(struct html_lean *l, size_t at)
{
	size_t end = name_end(l->page, at + 2), tag;

	if (end == NOT_PLAIN)
		return NOT_PLAIN;
	tag = skip_blank(l->page, end);
	if (char_at(l->page, tag) != '>')
		return NOT_PLAIN;
	html_open_end(&l->open, html_name_key(span_cut(l->page, at + 2, end)));
	return tag + 1;
}

/* The end of an element whose tag begins at `at`, if there is but plain text in it: a mark stands for all, in place of
 * the gaps within its tag. */
static size_t
leaf_end(struct html_lean *l, size_t at, size_t text, enum html_leaf leaf, size_t gaps)
{
	const struct span name = html_leaf_name(leaf);
	size_t end = span_find_byte(l->page, '<', text), name_at = end + 2, tag;

	if (end == SIZE_MAX || end == text || char_at(l->page, end + 1) != '/')
		return NOT_PLAIN;
	tag = name_at + name.n;
	if (!span_eq_ci(span_cut(l->page, name_at, tag), name) || char_at(l->page, tag) != '>' ||
	    html_marks_run_end(l->page, text, end) != end)
		return NOT_PLAIN;
	l->gap_count = gaps;
	l->gaps[l->gap_count++] = (struct html_gap){at, tag + 1, span_cut(l->page, text, end), leaf};
	return tag + 1;
}

/* The end of the text of a script or style that begins at `at`, which is all until its end tag.
 * At a tag directly behind the start tag libxml2 may close the element first. */
static size_t
raw_text_end(struct span s, size_t at, struct span name)
{
	size_t end = at;

	do {
		end = span_find(s, SPAN("</"), end);
		if (end == SIZE_MAX)
			return NOT_PLAIN;
		end += 2;
	} while (!span_eq_ci(span_cut(s, end, end + name.n), name));
	end -= 2;
	if (name_end(s, end + 2) != end + 2 + name.n || (char_at(s, at) == '<' && at != end))
		return NOT_PLAIN;
	return end;
}

static size_t
start_tag_end(struct html_lean *l, size_t at)
{
	const size_t gaps = l->gap_count;
	size_t end = name_end(l->page, at + 1), text;
	enum html_leaf leaf;
	struct span name;
	uint64_t key;
	bool style, bare;

	if (end == NOT_PLAIN)
		return NOT_PLAIN;
	name = span_cut(l->page, at + 1, end);
	key = html_name_key(name);
	end = attributes_end(l, end, &bare);
	if (end == NOT_PLAIN)
		return NOT_PLAIN;
	if (char_at(l->page, end) == '/') {
		html_open_empty(&l->open, key);
		return end + 2;
	}
	text = end + 1;
	leaf = html_leaf_of(key);
	if (bare && html_open_holds(&l->open, leaf) && may_mark(l) && gaps < HTML_GAPS_MAX &&
	    (end = leaf_end(l, at, text, leaf, gaps)) != NOT_PLAIN)
		return end;
	html_open_start(&l->open, key, leaf);
	style = span_eq_ci(name, SPAN("style"));
	if (!style && !span_eq_ci(name, SPAN("script")))
		return text;
	end = raw_text_end(l->page, text, name);
	if (style && end != NOT_PLAIN)
		leave_out(l, text, end);
	return end;
}

static size_t
comment_end(struct html_lean *l, size_t at)
{
	size_t text = at + 4, end = span_find(l->page, SPAN("-->"), text);
	struct span inside;

	if (end == SIZE_MAX)
		return NOT_PLAIN;
	inside = span_cut(l->page, text, end);
	/* what the versions of libxml2 and browsers do not agree upon */
	if (span_starts(inside, SPAN(">")) || span_starts(inside, SPAN("->")) ||
	    words_has(inside, SPAN("--!>")))
		return NOT_PLAIN;
	leave_out(l, text, end);
	return end + 3;
}

/* <!DOCTYPE …> and <?xml …>, or text that begins like them: no tag inside, and no quote that '>'
 * might stand in. */
static size_t
declaration_end(struct span s, size_t at)
{
	size_t end = span_find_byte(s, '>', at), quotes = 0, ticks = 0;

	if (end == SIZE_MAX)
		return NOT_PLAIN;
	for (size_t i = at + 1; i < end; i++) {
		quotes += s.p[i] == '"';
		ticks += s.p[i] == '\'';
		if (s.p[i] == '<')
			return NOT_PLAIN;
	}
	return quotes % 2 == 0 && ticks % 2 == 0 ? end + 1 : NOT_PLAIN;
}

/* The end of what begins with the '<' at `at`; its gaps are noted. */
static size_t
markup_end(struct html_lean *l, size_t at)
{
	char c = char_at(l->page, at + 1);

	if (is_letter(c))
		return start_tag_end(l, at);
	if (c == '/')
		return end_tag_end(l, at);
	if (span_starts(span_cut(l->page, at, l->page.n), SPAN("<!--")))
		return comment_end(l, at);
	html_open_forget(&l->open);
	if (c == '!' || c == '?')
		return declaration_end(l->page, at);
	return at + 1; /* a '<' in the text */
}

static void
look(struct html_lean *l)
{
	size_t at = span_find_byte(l->page, '<', l->looked), texts;

	l->gap = l->gap_count = 0;
	mark_text(l, l->looked, at < l->page.n ? at : l->page.n);
	texts = l->gap_count;
	l->looked = at == SIZE_MAX ? NOT_PLAIN : markup_end(l, at);
	if (l->looked == NOT_PLAIN) {
		l->gap_count = texts;
		l->looked = l->page.n;
	}
}

/* What stands before the next gap, which begins where the piece ends. */
static struct span
piece_before(struct html_lean *l, const struct html_gap *gap)
{
	struct span piece = span_cut(l->page, l->given, gap->from);

	if (gap->run.n > 0 && !html_marks_add(l->marks, gap->run, gap->leaf, l->mark))
		piece = span_cut(l->page, l->given, gap->to);
	else
		l->mark_due = gap->run.n > 0;
	l->given = gap->to;
	return piece;
}

struct span
html_lean_next(struct html_lean *l)
{
	struct span piece = {NULL, 0};

	while (piece.n == 0) {
		if (l->mark_due) {
			l->mark_due = false;
			return (struct span){l->mark, sizeof(l->mark)};
		}
		while (l->gap == l->gap_count && l->looked < l->page.n)
			look(l);
		if (l->gap == l->gap_count) {
			piece = span_cut(l->page, l->given, l->page.n);
			l->given = l->page.n;
			return piece;
		}
		piece = piece_before(l, &l->gaps[l->gap++]);
	}
	return piece;
}
