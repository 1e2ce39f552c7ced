/* SPDX-License-Identifier: MIT */
#include <suoyin/charset.h>
#include <suoyin/limits.h>

#include "charset_label.h"

const struct charset_name charset_names[] = {
	{SPAN_INIT("UTF-8"), NULL},
	{SPAN_INIT("GB18030"), "GB18030"},
	{SPAN_INIT("UTF-16LE"), "UTF-16LE"},
	{SPAN_INIT("UTF-16BE"), "UTF-16BE"},
	{SPAN_INIT("Big5"), "BIG5-HKSCS"},
	{SPAN_INIT("EUC-JP"), "EUC-JP-MS"},
	{SPAN_INIT("Shift_JIS"), "CP932"},
	{SPAN_INIT("ISO-2022-JP"), "ISO-2022-JP"},
	{SPAN_INIT("EUC-KR"), "CP949"},
	{SPAN_INIT("windows-1250"), "CP1250"},
	{SPAN_INIT("windows-1251"), "CP1251"},
	{SPAN_INIT("windows-1252"), "CP1252"},
	{SPAN_INIT("windows-1253"), "CP1253"},
	{SPAN_INIT("windows-1254"), "CP1254"},
	{SPAN_INIT("windows-1255"), "CP1255"},
	{SPAN_INIT("windows-1256"), "CP1256"},
	{SPAN_INIT("windows-1257"), "CP1257"},
	{SPAN_INIT("windows-1258"), "CP1258"},
	{SPAN_INIT("windows-874"), "CP874"},
	{SPAN_INIT("ISO-8859-2"), "ISO-8859-2"},
	{SPAN_INIT("ISO-8859-3"), "ISO-8859-3"},
	{SPAN_INIT("ISO-8859-4"), "ISO-8859-4"},
	{SPAN_INIT("ISO-8859-5"), "ISO-8859-5"},
	{SPAN_INIT("ISO-8859-6"), "ISO-8859-6"},
	{SPAN_INIT("ISO-8859-7"), "ISO-8859-7"},
	{SPAN_INIT("ISO-8859-8"), "ISO-8859-8"},
	{SPAN_INIT("ISO-8859-10"), "ISO-8859-10"},
	{SPAN_INIT("ISO-8859-13"), "ISO-8859-13"},
	{SPAN_INIT("ISO-8859-14"), "ISO-8859-14"},
	{SPAN_INIT("ISO-8859-15"), "ISO-8859-15"},
	{SPAN_INIT("ISO-8859-16"), "ISO-8859-16"},
	{SPAN_INIT("KOI8-R"), "KOI8-R"},
	{SPAN_INIT("KOI8-U"), "KOI8-U"},
	{SPAN_INIT("IBM866"), "CP866"},
	{SPAN_INIT("macintosh"), "MACINTOSH"},
};
const size_t charset_name_count = sizeof(charset_names) / sizeof(charset_names[0]);

/* The labels of each charset beyond its own name, separated by blanks, in lower case. */
static const struct alias {
	const char *name, *labels;
} aliases[] = {
	{"UTF-8", "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
	{"GB18030", "gb2312 gbk gb_2312 gb_2312-80 x-gbk cp936 ms936 windows-936 chinese csgb2312 "
		    "csiso58gb231280 iso-ir-58 euc-cn gb18030-2000 gb-18030 hz-gb-2312 x-euc-cn"},
	{"UTF-16LE", "utf-16 utf16 unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff utf-16-le"},
	{"UTF-16BE", "unicodefffe utf-16-be"},
	{"Big5", "big5-hkscs cn-big5 csbig5 x-x-big5 big-5 cp950"},
	{"EUC-JP", "cseucpkdfmtjapanese x-euc-jp"},
	{"Shift_JIS", "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis cp932"},
	{"ISO-2022-JP", "csiso2022jp"},
	{"EUC-KR", "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 "
		   "ksc5601 ksc_5601 windows-949 uhc cp949"},
	{"windows-1250", "cp1250 x-cp1250"},
	{"windows-1251", "cp1251 x-cp1251"},
	{"windows-1252", "ansi_x3.4-1968 ascii us-ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 "
			 "iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 "
			 "x-cp1252 x-user-defined"},
	{"windows-1253", "cp1253 x-cp1253"},
	{"windows-1254", "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
			 "iso_8859-9:1989 l5 latin5 x-cp1254"},
	{"windows-1255", "cp1255 x-cp1255"},
	{"windows-1256", "cp1256 x-cp1256"},
	{"windows-1257", "cp1257 x-cp1257"},
	{"windows-1258", "cp1258 x-cp1258"},
	{"windows-874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620"},
	{"ISO-8859-2", "csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 "
		       "latin2"},
	{"ISO-8859-3", "csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 "
		       "latin3"},
	{"ISO-8859-4", "csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 "
		       "latin4"},
	{"ISO-8859-5", "csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 "
		       "iso_8859-5:1988"},
	{"ISO-8859-6", "arabic asmo-708 csisolatinarabic ecma-114 iso-ir-127 iso8859-6 iso88596 "
		       "iso_8859-6 iso_8859-6:1987 iso-8859-6-e iso-8859-6-i"},
	{"ISO-8859-7", "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 "
		       "iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"},
	{"ISO-8859-8", "csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 iso8859-8 "
		       "iso88598 iso_8859-8 iso_8859-8:1988 logical visual"},
	{"ISO-8859-10", "csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
	{"ISO-8859-13", "iso8859-13 iso885913"},
	{"ISO-8859-14", "iso8859-14 iso885914"},
	{"ISO-8859-15", "csisolatin9 iso8859-15 iso885915 iso_8859-15 l9"},
	{"KOI8-R", "koi koi8 koi8_r cskoi8r"},
	{"KOI8-U", "koi8-ru"},
	{"IBM866", "866 cp866 csibm866"},
	{"macintosh", "csmacintosh mac x-mac-roman"},
};

static int
by_name(struct span name)
{
	for (size_t i = 0; i < charset_name_count; i++)
		if (span_eq_ci(charset_names[i].name, name))
			return (int)i;
	return -1;
}

static bool
lists(struct span words, struct span word)
{
	for (size_t at = 0; at < words.n;) {
		size_t end = span_find_byte(words, ' ', at);

		if (end == SIZE_MAX)
			end = words.n;
		if (span_eq_ci(span_cut(words, at, end), word))
			return true;
		at = end + 1;
	}
	return false;
}

int
charset_by_label(struct span label)
{
	int i = by_name(label = span_trim(label));

	if (i != -1 || label.n == 0 || label.n > 40)
		return i;
	for (size_t k = 0; k < sizeof(aliases) / sizeof(aliases[0]); k++)
		if (lists(span_of(aliases[k].labels), label))
			return by_name(span_of(aliases[k].name));
	return -1;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static size_t
skip_blank(struct span s, size_t at)
{
	while (at < s.n && blank(s.p[at]))
		at++;
	return at;
}

struct span
charset_label(struct span s)
{
	const struct span word = SPAN("charset");
	const struct span none = {NULL, 0};
	size_t at = 0, end;

	for (;;) {
		if ((at = span_find_ci(s, word, at)) == SIZE_MAX)
			return none;
		at = skip_blank(s, at + word.n);
		if (at < s.n && s.p[at] == '=')
			break;
	}
	if ((at = skip_blank(s, at + 1)) == s.n)
		return none;
	if (s.p[at] == '"' || s.p[at] == '\'') {
		end = span_find_byte(s, s.p[at], at + 1);
		return end == SIZE_MAX ? none : span_trim(span_cut(s, at + 1, end));
	}
	for (end = at; end < s.n && !blank(s.p[end]) && s.p[end] != ';' && s.p[end] != ',';)
		end++;
	return end == at ? none : span_cut(s, at, end);
}

/* One attribute of a tag at *at (WHATWG 13.2.3.2 "get an attribute"); false: the tag ends. */
static bool
next_attr(struct span s, size_t *at, struct span *name, struct span *value)
{
	size_t i = *at, begin;

	while (i < s.n && (blank(s.p[i]) || s.p[i] == '/'))
		i++;
	*name = *value = (struct span){"", 0};
	if (i == s.n || s.p[i] == '>') {
		*at = i;
		return false;
	}
	for (begin = i; i < s.n && !blank(s.p[i]) && s.p[i] != '/' && s.p[i] != '>' &&
	    (s.p[i] != '=' || i == begin);)
		i++;
	*name = span_cut(s, begin, i);
	*at = i = skip_blank(s, i);
	if (i == s.n || s.p[i] != '=')
		return true;
	i = skip_blank(s, i + 1);
	if (i < s.n && (s.p[i] == '"' || s.p[i] == '\'')) {
		size_t end = span_find_byte(s, s.p[i], i + 1);

		if (end == SIZE_MAX) { /* the value runs out of the bytes we look at */
			*at = s.n;
			return false;
		}
		*value = span_cut(s, i + 1, end);
		*at = end + 1;
		return true;
	}
	for (begin = i; i < s.n && !blank(s.p[i]) && s.p[i] != '>';)
		i++;
	*value = span_cut(s, begin, i);
	*at = i;
	return true;
}

/* What one <meta> says, given the bytes behind its name. */
static struct span
meta_label(struct span s, size_t *at)
{
	struct span name, value, label = {NULL, 0};
	bool got_pragma = false, need_pragma = false, seen_content = false, seen_charset = false;

	while (next_attr(s, at, &name, &value)) {
		if (span_eq_ci(name, SPAN("http-equiv"))) {
			got_pragma = span_eq_ci(value, SPAN("content-type"));
		} else if (span_eq_ci(name, SPAN("content")) && !seen_content && !seen_charset) {
			label = charset_label(value);
			need_pragma = label.p != NULL;
			seen_content = true;
		} else if (span_eq_ci(name, SPAN("charset")) && !seen_charset) {
			label = span_trim(value);
			need_pragma = false;
			seen_charset = true;
		}
	}
	return need_pragma && !got_pragma ? (struct span){NULL, 0} : label;
}

static bool
starts_ci(struct span s, size_t at, struct span word)
{
	return span_eq_ci(span_cut(s, at, at + word.n), word);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Moves over one piece of markup that is no <meta>. */
static size_t
skip_markup(struct span s, size_t at)
{
	struct span name, value;
	size_t end;

	if (starts_ci(s, at, SPAN("<!--"))) {
		end = span_find(s, SPAN("-->"), at + 2);
		return end == SIZE_MAX ? s.n : end + 3;
	}
	end = at + 1 < s.n && s.p[at + 1] == '/' ? at + 2 : at + 1;
	if (end < s.n && is_letter(s.p[end])) {
		while (end < s.n && !blank(s.p[end]) && s.p[end] != '>')
			end++;
		while (next_attr(s, &end, &name, &value))
			;
		return end;
	}
	if (at + 1 < s.n && (s.p[at + 1] == '!' || s.p[at + 1] == '/' || s.p[at + 1] == '?')) {
		end = span_find_byte(s, '>', at);
		return end == SIZE_MAX ? s.n : end;
	}
	return at + 1;
}

static struct span
xml_label(struct span s)
{
	size_t end = span_find(s, SPAN("?>"), 0);
	size_t at = span_find_ci(span_cut(s, 0, end == SIZE_MAX ? 0 : end), SPAN("encoding"), 0);
	struct span name, value;

	if (!starts_ci(s, 0, SPAN("<?xml")) || at == SIZE_MAX || !next_attr(s, &at, &name, &value))
		return (struct span){NULL, 0};
	return span_trim(value);
}

/* UTF-16 declared in bytes that we could read as ASCII cannot be true (WHATWG). */
static int
as_declared_inside(int row)
{
	return row == CHARSET_UTF16LE || row == CHARSET_UTF16BE ? CHARSET_UTF8 : row;
}

int
charset_prescan(struct span bytes, struct span *label)
{
	struct span s = span_cut(bytes, 0, META_PRESCAN_BYTES), found;
	int row;

	for (size_t at = 0; at < s.n;) {
		if ((at = span_find_byte(s, '<', at)) == SIZE_MAX)
			break;
		if (!starts_ci(s, at, SPAN("<meta")) || at + 5 >= s.n ||
		    (!blank(s.p[at + 5]) && s.p[at + 5] != '/')) {
			at = skip_markup(s, at);
			continue;
		}
		at += 5;
		if ((found = meta_label(s, &at)).p == NULL)
			continue;
		if (label->p == NULL)
			*label = found;
		if ((row = charset_by_label(found)) != -1) {
			*label = found;
			return as_declared_inside(row);
		}
	}
	if ((found = xml_label(s)).p == NULL)
		return -1;
	if (label->p == NULL)
		*label = found;
	return as_declared_inside(charset_by_label(found));
}
