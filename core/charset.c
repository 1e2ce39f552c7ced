/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/charset.h>
#include <uchardet/uchardet.h>

#include "charset_label.h"
#include "cjk_run.h"
#include "utf8_block.h"

#define GUESS_BYTES 262144 /* uchardet has made up its mind long before */
#define NEARLY 50          /* good sequences for each bad byte in what is UTF-8 all the same */

static const struct span replacement = SPAN_INIT("\xEF\xBF\xBD");

struct charset_kit {
	iconv_t *open; /* a row for each of charset_names */
};

struct charset_kit *
charset_kit_new(void)
{
	struct charset_kit *kit = calloc(1, sizeof(*kit));

	if (kit == NULL || (kit->open = calloc(charset_name_count, sizeof(iconv_t))) == NULL) {
		free(kit);
		return NULL;
	}
	for (size_t i = 0; i < charset_name_count; i++) {
		const char *name = charset_names[i].iconv_name;

		kit->open[i] = name == NULL ? (iconv_t)-1 : iconv_open("UTF-8", name);
	}
	return kit;
}

void
charset_kit_free(struct charset_kit *kit)
{
	if (kit == NULL)
		return;
	for (size_t i = 0; i < charset_name_count; i++)
		if (kit->open[i] != (iconv_t)-1)
			(void)iconv_close(kit->open[i]);
	free(kit->open);
	free(kit);
}

/* Length of the well-formed UTF-8 sequence at p (Unicode table 3-7), 0: there is none. */
static size_t
utf8_sequence(const unsigned char *p, size_t room)
{
	unsigned char low = 0x80, high = 0xBF;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (cjk_one(p, room))
		return 3;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (room < n)
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

/* Behind the blocks of good text from `from` on; the character at the end of the last one is left. */
static size_t
good_blocks(struct span s, size_t from, bool *multibyte)
{
	const unsigned char *p = (const unsigned char *)s.p;
	enum utf8_block kind;
	size_t at = from;

	while (at >= UTF8_BEFORE && s.n - at >= UTF8_BLOCK && (kind = utf8_block(p + at)) != UTF8_UNSURE) {
		*multibyte = *multibyte || kind == UTF8_MULTIBYTE;
		at += UTF8_BLOCK;
	}
	return at > from ? utf8_before(s.p, at) : from;
}

/* Offset of the first byte that is no part of good text: bad UTF-8 or NUL. */
static size_t
good_prefix(struct span s, bool *multibyte)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0, n;

	while (i < s.n) {
		i = good_blocks(s, i, multibyte);
		while (i < s.n && p[i] < 0x80 && p[i] != 0)
			i++;
		for (; i < s.n && p[i] >= 0x80; i += n) {
			n = cjk_run(s, i);
			if (n == 0 && (n = utf8_sequence(p + i, s.n - i)) == 0)
				return i;
			*multibyte = true;
		}
		if (i < s.n && p[i] == 0)
			break;
	}
	return i;
}

/* Valid UTF-8 with a multibyte sequence; *clean: without NUL, which is bad text yet valid. */
static bool
is_multibyte_utf8(struct span s, bool *clean)
{
	bool multibyte = false;

	*clean = true;
	for (size_t at = 0; at < s.n; at++) {
		at += good_prefix(span_cut(s, at, s.n), &multibyte);
		if (at < s.n && s.p[at] != '\0') {
			*clean = false;
			return false;
		}
		*clean = *clean && at == s.n;
	}
	*clean = *clean && multibyte; /* ASCII alone may be any charset */
	return multibyte;
}

/* Adds s, which is UTF-8 but for what becomes U+FFFD. Returns how often that was. */
static size_t
add_utf8(struct buf *out, struct span s)
{
	size_t replaced = 0;
	bool ignored = false;

	while (s.n > 0 && !out->failed) {
		size_t good = good_prefix(s, &ignored);

		(void)buf_add(out, s.p, good);
		s = span_cut(s, good, s.n);
		if (s.n > 0) {
			(void)buf_add_span(out, replacement);
			s = span_cut(s, 1, s.n);
			replaced++;
		}
	}
	return replaced;
}

/* What iconv stopped at: one byte (or UTF-16 unit) becomes U+FFFD; returns its length. */
static size_t
add_bad(struct buf *out, int row, const char *p, size_t room, size_t *replaced)
{
	size_t unit = row == CHARSET_UTF16LE || row == CHARSET_UTF16BE ? 2 : 1;

	if (row == CHARSET_GB18030 && (unsigned char)*p == 0x80) { /* WHATWG: the euro sign */
		(void)buf_add_str(out, "\xE2\x82\xAC");
		return 1;
	}
	(void)buf_add_span(out, replacement);
	(*replaced)++;
	return room < unit ? room : unit;
}

/* Adds the letter that iconv holds back because a mark may follow it; the state is the first one
 * again. */
static size_t
add_held(struct buf *out, iconv_t cd)
{
	char held[64], *to = held;
	size_t room = sizeof(held);

	(void)iconv(cd, NULL, NULL, &to, &room);
	return add_utf8(out, (struct span){held, sizeof(held) - room});
}

static size_t
add_converted(struct buf *out, iconv_t cd, int row, struct span s)
{
	char chunk[16384], *in = (char *)(uintptr_t)s.p;
	size_t left = s.n, replaced = 0;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0 && !out->failed) {
		char *to = chunk;
		size_t room = sizeof(chunk), rc = iconv(cd, &in, &left, &to, &room);
		int why = errno;

		replaced += add_utf8(out, (struct span){chunk, sizeof(chunk) - room});
		if (rc == (size_t)-1 && why != E2BIG) {
			size_t skip;

			replaced += add_held(out, cd);
			skip = add_bad(out, row, in, left, &replaced);
			in += skip;
			left -= skip;
		}
	}
	return replaced + add_held(out, cd);
}

static int
by_bom(struct span bytes, size_t *length)
{
	if (span_starts(bytes, SPAN("\xEF\xBB\xBF"))) {
		*length = 3;
		return CHARSET_UTF8;
	}
	*length = 2;
	if (span_starts(bytes, SPAN("\xFF\xFE")))
		return CHARSET_UTF16LE;
	if (span_starts(bytes, SPAN("\xFE\xFF")))
		return CHARSET_UTF16BE;
	*length = 0;
	return -1;
}

/* Text in UTF-8 that a cut or a stray byte has spoilt. */
static bool
is_nearly_utf8(struct span s)
{
	bool ignored = false;
	size_t bad = 0, good = 0;

	for (size_t at = 0; at < s.n; at++) {
		size_t n = good_prefix(span_cut(s, at, s.n), &ignored);

		for (size_t i = at; i < at + n; i++)
			good += (unsigned char)s.p[i] >= 0xC0;
		at += n;
		bad += at < s.n;
	}
	return good > bad * NEARLY;
}

/* Nothing but ASCII and pairs or fours of GB18030; the last one may be cut. */
static bool
is_gb18030(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0, n; i < s.n; i += n) {
		n = 1;
		if (p[i] < 0x80 || i + 1 == s.n)
			continue;
		n = p[i + 1] >= '0' && p[i + 1] <= '9' ? 4 : 2;
		if (p[i] == 0x80 || p[i] == 0xFF || (n == 2 && (p[i + 1] < 0x40 ||
		    p[i + 1] == 0x7F || p[i + 1] == 0xFF)))
			return false;
	}
	return true;
}

/* What uchardet thinks of it; -1: nothing that we know. */
static int
by_uchardet(struct span s)
{
	uchardet_t ud = uchardet_new();
	int row = -1;

	if (ud == NULL)
		return -1;
	if (uchardet_handle_data(ud, s.p, s.n) == 0) {
		uchardet_data_end(ud);
		row = charset_by_label(span_of(uchardet_get_charset(ud)));
	}
	uchardet_delete(ud);
	return row;
}

/* Undeclared, and no good UTF-8: here that is GB18030, unless it cannot be, or uchardet, which
 * takes short Chinese texts for Greek and Latin ones, knows it for another East Asian charset. */
static int
by_guess(struct span bytes, struct span *evidence)
{
	size_t first = 0;
	int row;

	*evidence = SPAN("default");
	while (first < bytes.n && (unsigned char)bytes.p[first] < 0x80)
		first++;
	bytes = span_cut(bytes, first, first + GUESS_BYTES);
	if (bytes.n == 0 || is_nearly_utf8(bytes))
		return CHARSET_UTF8;
	row = by_uchardet(bytes);
	if (row == -1 || row == CHARSET_UTF8 || (row > CHARSET_LAST_MULTIBYTE && is_gb18030(bytes)))
		return CHARSET_GB18030;
	*evidence = SPAN("uchardet");
	return row;
}

/* A rule has been asked: the first that gave a row is the evidence. */
static void
asked(struct charset *how, struct explain *x, struct span rule, struct span label, int row,
    const char *why_not)
{
	bool won = how->evidence.p == NULL && row != -1;

	if (won)
		how->evidence = rule;
	else if (row != -1)
		why_not = "not asked: stronger evidence comes before it";
	explain_note(x, FIELD_CHARSET, won, rule, label, "%s%s",
	    won ? "the first evidence there is: " : why_not, won ? charset_names[row].name.p : "");
}

/* The row of the charset, by the order that charset.h promises; *skip: bytes of the BOM; *clean:
 * what follows it is known to be good text as it stands. */
static int
decide(struct charset *how, struct span bytes, const struct charset_hints *hints, size_t *skip,
    bool *clean)
{
	const struct span none = {NULL, 0};
	struct explain *x = hints->explain;
	struct span http = charset_label(hints->content_type), meta = none;
	struct span guess = SPAN("uchardet");
	int by_meta = charset_prescan(bytes, &meta), row = by_bom(bytes, skip);

	*clean = false;
	how->declared = http.p != NULL ? http : meta;
	asked(how, x, SPAN("bom"), none, row, "there is none");
	if (row == -1 && is_multibyte_utf8(bytes, clean))
		row = CHARSET_UTF8;
	asked(how, x, SPAN("utf8"), none, row, "not UTF-8 with characters beyond ASCII");
	if (row == -1)
		row = charset_by_label(http);
	asked(how, x, SPAN("http"), http, row, http.n > 0 ? "no charset's name" : "it says none");
	if (row == -1)
		row = by_meta;
	asked(how, x, SPAN("meta"), meta, row, meta.n > 0 ? "no charset's name" : "it says none");
	if (row == -1)
		row = by_guess(bytes, &guess);
	asked(how, x, guess, none, row, "");
	return row;
}

static struct span
convert(struct charset_kit *kit, struct charset *how, struct arena *a, int row, struct span bytes)
{
	struct buf out;
	struct span copy;

	buf_init(&out, a->limit);
	how->replacements = row == CHARSET_UTF8 ? add_utf8(&out, bytes)
						: add_converted(&out, kit->open[row], row, bytes);
	copy = arena_dup_buf(a, &out);
	buf_fini(&out);
	return copy;
}

int
charset_decode(struct charset_kit *kit, struct charset *how, struct span *text, struct arena *a,
    struct span bytes, struct span content_type, struct err *err)
{
	const struct charset_hints hints = {.content_type = content_type};

	return charset_decode_explained(kit, how, text, a, bytes, &hints, err);
}

int
charset_decode_explained(struct charset_kit *kit, struct charset *how, struct span *text,
    struct arena *a, struct span bytes, const struct charset_hints *hints, struct err *err)
{
	struct charset found = {0};
	struct span copy, declared;
	size_t skip;
	bool clean;
	int row = decide(&found, bytes, hints, &skip, &clean);

	if (row != CHARSET_UTF8 && kit->open[row] == (iconv_t)-1)
		row = CHARSET_UTF8; /* a libc without this module: say so by what is `used` */
	found.used = charset_names[row].name;
	bytes = span_cut(bytes, skip, bytes.n);
	copy = clean ? bytes : convert(kit, &found, a, row, bytes);
	declared = arena_dup(a, found.declared);
	if (copy.p == NULL || (declared.p == NULL && found.declared.p != NULL))
		return err_set(err, ERR_REJECT, "too_large",
		    "charset: decoding needs more than %zu bytes of memory", a->limit);
	found.declared = declared;
	*how = found;
	*text = copy;
	return 0;
}
