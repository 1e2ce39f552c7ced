/* SPDX-License-Identifier: MIT */
#include "number.h"
#include <string.h>
#include <suoyin/cn_date.h>
#include <suoyin/text.h>

#define OTHER_MIN 5 /* letters and digits: a shorter "number" identifies nothing */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* A separator in its plain form, or 0. */
static char
separator(uint32_t c)
{
	if (c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE63)
		return '-';
	if (c == '/' || c == '\\' || c == 0x2215 || c == 0x2044)
		return '/';
	return 0;
}

/* Upper case, plain separators without blanks around them.  Ends at the first blank or Chinese
 * character: what follows is the next cell.  `out` has room for the input. */
static size_t
plain(struct span s, char *out)
{
	size_t n = 0;

	for (size_t at = 0; at < s.n;) {
		size_t from = at;
		uint32_t c = text_next(s, &at);
		char sep = separator(c);

		if (sep != 0) {
			while (n > 0 && out[n - 1] == ' ')
				n--;
			out[n++] = sep;
		} else if (text_is_space(c)) {
			if (n > 0 && out[n - 1] != '-' && out[n - 1] != '/')
				out[n++] = ' ';
		} else if ((n > 0 && out[n - 1] == ' ') || text_is_han(c)) {
			break;
		} else if (c >= 'a' && c <= 'z') {
			out[n++] = (char)(c - 'a' + 'A');
		} else {
			memcpy(out + n, s.p + from, at - from);
			n += at - from;
		}
	}
	while (n > 0 && (out[n - 1] == ' ' || strchr(".,;:)]}", out[n - 1]) != NULL))
		n--;
	return n;
}

static size_t
run_of(struct span s, size_t at, bool (*is)(char))
{
	size_t n = 0;

	while (at + n < s.n && is(s.p[at + n]))
		n++;
	return n;
}

static bool
is_all(struct span s, bool (*is)(char))
{
	return s.n > 0 && run_of(s, 0, is) == s.n;
}

static bool
is_group(char c)
{
	return is_alnum(c) || c == '-';
}

/* Groups of letters and digits, joined by single dashes. */
static bool
is_groups(struct span s)
{
	return is_all(s, is_group) && s.p[0] != '-' && s.p[s.n - 1] != '-' &&
	    span_find(s, SPAN("--"), 0) == SIZE_MAX;
}

/* Digits of the year in front of the serial, YYYY or YYYYMM; 0: there is none. */
static size_t
year_digits(struct span s)
{
	size_t n = run_of(s, 0, is_digit);
	bool century = n >= 4 && (memcmp(s.p, "19", 2) == 0 || memcmp(s.p, "20", 2) == 0);
	bool month = n == 6 && (s.p[4] == '0' || (s.p[4] == '1' && s.p[5] <= '2'));

	return century && (n == 4 || month) && n < s.n && s.p[n] == '-' ? n : 0;
}

static int
value_of(char c)
{
	return is_digit(c) ? c - '0' : c - 'A' + 10;
}

/* GB 11714: eight characters and their check character. */
static bool
org_checks(struct span s)
{
	static const int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0, check;

	for (size_t i = 0; i < 8; i++)
		sum += value_of(s.p[i]) * weights[i];
	check = 11 - sum % 11;
	return s.p[8] == (check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check));
}

/* GB 32100: 17 characters and their check character, base 31. */
static bool
credit_checks(struct span s)
{
	static const char set[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	int sum = 0, weight = 1;

	for (size_t i = 0; i < 17; i++) {
		const char *at = strchr(set, s.p[i]);

		if (at == NULL)
			return false;
		sum += (int)(at - set) * weight;
		weight = weight * 3 % 31;
	}
	return s.p[17] == set[(31 - sum % 31) % 31];
}

/* Only zeros, and at most one letter behind them. */
static bool
is_zero(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == '0')
		n++;
	return n > 0 && (n == s.n || (n + 1 == s.n && !is_digit(s.p[n])));
}

static void
check(struct number *out, struct span prefix)
{
	char joined[9];

	if (prefix.n == 10 && prefix.p[8] == '-') { /* the organisation code with its hyphen */
		memcpy(joined, prefix.p, 8);
		joined[8] = prefix.p[9];
		prefix = (struct span){joined, 9};
	}
	if ((prefix.n == 9 && is_all(prefix, is_alnum) && !org_checks(prefix)) ||
	    (prefix.n == 18 && is_all(prefix, is_alnum) && !credit_checks(prefix)))
		number_flag(out, SPAN("check_character"));
}

static struct span
with_prefix(struct number *out, struct span prefix, struct span rest)
{
	size_t year = year_digits(rest);
	struct span serial = year > 0 ? span_cut(rest, year + 1, rest.n) : rest;
	bool zero = is_zero(prefix);

	if (!is_groups(prefix) || !is_all(serial, is_digit))
		return SPAN("other");
	check(out, prefix);
	if (zero)
		number_flag(out, SPAN("zero_prefix"));
	if (year == 0)
		return zero ? SPAN("prefix_serial+zero_prefix") : SPAN("prefix_serial");
	if (year == 4 && prefix.n == 9 && is_all(prefix, is_alnum))
		return zero ? SPAN("org9+zero_prefix") : SPAN("org9");
	if (year == 4 && prefix.n == 18 && is_all(prefix, is_alnum))
		return zero ? SPAN("uscc+zero_prefix") : SPAN("uscc");
	return zero ? SPAN("prefix_year_serial+zero_prefix") : SPAN("prefix_year_serial");
}

static struct span
without_prefix(struct span s)
{
	size_t known = 0, digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		known += is_alnum(s.p[i]);
		digits += is_digit(s.p[i]);
	}
	if (is_groups(s) && span_find_byte(s, '-', 0) != SIZE_MAX && digits > 0)
		return SPAN("dashed");
	return known >= OTHER_MIN && digits > 0 && is_alnum(s.p[0]) && is_alnum(s.p[s.n - 1]) ?
	    SPAN("other") :
	    SPAN("suspect");
}

static bool
has_digit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_digit(s.p[i]))
			return true;
	return false;
}

static struct span
classify(struct number *out, struct span s)
{
	size_t slash = span_find_byte(s, '/', 0);

	if (s.n > NUMBER_MAX || cn_date_parse(s).precision >= CN_DAY) /* another cell's date */
		return SPAN("suspect");
	if (span_find_byte(s, '&', 0) != SIZE_MAX) /* an entity is left: read again it is another */
		return SPAN("suspect");
	if (slash == 0) {
		number_flag(out, SPAN("partial"));
		return SPAN("partial");
	}
	if (slash != SIZE_MAX && span_find_byte(s, '/', slash + 1) == SIZE_MAX) {
		struct span class_ =
		    with_prefix(out, span_cut(s, 0, slash), span_cut(s, slash + 1, s.n));

		if (!span_eq(class_, SPAN("other")))
			return class_;
	}
	return without_prefix(s);
}

int
index_number_parse(struct number *out, struct arena *a, struct span text)
{
	static const struct span labels[] = {SPAN_INIT("信息索引号码"), SPAN_INIT("信息索引号"),
	    SPAN_INIT("信息索取号"), SPAN_INIT("索引号码"), SPAN_INIT("索引号"),
	    SPAN_INIT("索取号"), SPAN_INIT("索引码"), SPAN_INIT("索引"), SPAN_INIT("索取")};
	struct number n = {.raw = text_trim(text), .class_ = SPAN("absent")};
	struct span folded = number_fold(a, text), s;
	char *plain_text;

	if (text.p == NULL || n.raw.n == 0) {
		*out = (struct number){.class_ = SPAN("absent")};
		return 0;
	}
	if (folded.p == NULL || (plain_text = arena_alloc(a, folded.n + 1)) == NULL)
		return -1;
	folded = number_behind_label(folded, labels, sizeof(labels) / sizeof(labels[0]));
	s = (struct span){plain_text, plain(folded, plain_text)};
	if (has_digit(s)) {
		n.normalized = s;
		n.class_ = classify(&n, s);
	} else if (s.n == 0 && has_digit(folded)) {
		/* Begins with a Chinese character: a document number, or a local grammar. */
		if ((n.normalized = text_strip_space(a, folded)).p == NULL)
			return -1;
		n.class_ = SPAN("suspect");
	}
	*out = n;
	return 0;
}

bool
index_number_usable(const struct number *n)
{
	return n->normalized.n > 0 && n->normalized.n <= NUMBER_MAX &&
	    !span_eq(n->class_, SPAN("partial")) && !span_eq(n->class_, SPAN("suspect")) &&
	    !span_eq(n->class_, SPAN("absent")) && !span_ends(n->class_, SPAN("+zero_prefix"));
}
