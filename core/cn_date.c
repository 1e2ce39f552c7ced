/* SPDX-License-Identifier: MIT */
#include "cn_number.h"
#include <stdio.h>
#include <suoyin/cn_date.h>
#include <suoyin/text.h>

#define WINDOW 96     /* code points looked at for one date with its time and zone */
#define LABEL_MAX 24  /* code points of a label before the date */
#define YEAR_MIN 1900 /* years outside are placeholders and misprints */
#define YEAR_MAX 2199
#define EPOCH_YEAR_MIN 1990 /* earlier epochs are unset fields */
#define CHINA_OFFSET 28800

/* Folded code points with the byte offset of each; off[n] is the end. */
struct window {
	uint32_t c[WINDOW];
	size_t off[WINDOW + 1];
	size_t n;
};

struct cursor {
	const struct window *w;
	size_t at;
};

static void
window_fill(struct window *w, struct span s, size_t from)
{
	w->n = 0;
	while (from < s.n && w->n < WINDOW) {
		w->off[w->n] = from;
		w->c[w->n] = cn_fold(text_next(s, &from));
		if (!text_is_zero_width(w->c[w->n]))
			w->n++;
	}
	w->off[w->n] = from;
}

static uint32_t
peek(const struct cursor *k, size_t ahead)
{
	return k->at + ahead < k->w->n ? k->w->c[k->at + ahead] : 0;
}

static void
skip_space(struct cursor *k)
{
	while (k->at < k->w->n && text_is_space(k->w->c[k->at]))
		k->at++;
}

static bool
take(struct cursor *k, uint32_t c)
{
	struct cursor try = *k;

	skip_space(&try);
	if (peek(&try, 0) != c)
		return false;
	try.at++;
	*k = try;
	return true;
}

static bool
is_ascii_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static int
digit_of(uint32_t c)
{
	return is_ascii_digit(c) ? (int)(c - '0') : cn_digit(c);
}

/* ASCII digits, at most `most`; how many there were. */
static size_t
digits(struct cursor *k, size_t most, int *value)
{
	size_t n = 0;

	*value = 0;
	while (n < most && is_ascii_digit(peek(k, n)))
		*value = *value * 10 + (int)(peek(k, n++) - '0');
	k->at += n;
	return n;
}

static int
days_in(int year, int month)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 and back (proleptic Gregorian; the year begins in March). */
static int64_t
days_from(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
set_days(struct cn_date *d, int64_t days)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	d->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	d->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

static void
add_seconds(struct cn_date *d, int64_t seconds)
{
	int64_t clock = (d->hour * 60 + d->minute) * 60 + d->second;
	int64_t t = days_from(d->year, d->month, d->day) * 86400 + clock + seconds;
	int64_t days = t / 86400, rest = t % 86400;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	set_days(d, days);
	d->hour = (int)(rest / 3600);
	d->minute = (int)(rest % 3600 / 60);
	d->second = (int)(rest % 60);
}

/* Four digits, ASCII or Chinese. */
static bool
take_year(struct cursor *k, int *year)
{
	int v = 0;

	for (size_t i = 0; i < 4; i++) {
		int d = digit_of(peek(k, i));

		if (d < 0)
			return false;
		v = v * 10 + d;
	}
	k->at += 4;
	*year = v;
	return true;
}

/* A month or a day. */
static bool
take_small(struct cursor *k, int *value)
{
	size_t n;

	skip_space(k);
	if (digits(k, 2, value) > 0)
		return !is_ascii_digit(peek(k, 0));
	n = cn_small(k->w->c + k->at, k->w->n - k->at, value);
	k->at += n;
	return n > 0;
}

/* "+08:00", "+0800", "Z" as seconds east of Greenwich. */
static bool
take_zone(struct cursor *k, int *east)
{
	struct cursor try = *k;
	int h, m = 0, sign;

	if (peek(k, 0) == 'Z' || peek(k, 0) == 'z') {
		k->at++;
		*east = 0;
		return true;
	}
	if (peek(k, 0) != '+' && peek(k, 0) != '-')
		return false;
	sign = peek(k, 0) == '+' ? 1 : -1;
	try.at++;
	if (digits(&try, 2, &h) != 2)
		return false;
	if (peek(&try, 0) == ':')
		try.at++;
	(void)digits(&try, 2, &m);
	if (h > 14 || m > 59)
		return false;
	*east = sign * (h * 3600 + m * 60);
	*k = try;
	return true;
}

/* Hours that 上午 or 下午 before a time of day adds. */
static int
half_of_day(struct cursor *k)
{
	uint32_t first = peek(k, 0);

	if (peek(k, 1) != 0x5348 || (first != 0x4E0A && first != 0x4E0B)) /* 上午 下午 */
		return 0;
	k->at += 2;
	return first == 0x4E0B ? 12 : 0;
}

static void
take_fraction(struct cursor *k)
{
	int skipped;

	if (peek(k, 0) == '.' && is_ascii_digit(peek(k, 1))) {
		k->at++;
		(void)digits(k, 9, &skipped);
	}
}

/* Minutes and seconds behind the hour; the precision that was printed. */
static enum cn_precision
take_minutes(struct cursor *k, int *m, int *s)
{
	*m = *s = 0;
	if (take(k, 0x65F6)) { /* 时 */
		struct cursor try = *k;

		skip_space(&try);
		if (digits(&try, 2, m) == 0 || !take(&try, 0x5206)) /* 分 */
			return CN_DAY;
		*k = try;
		skip_space(&try);
		if (digits(&try, 2, s) == 0 || !take(&try, 0x79D2)) { /* 秒 */
			*s = 0; /* 15时01分 20人: another number */
			return CN_MINUTE;
		}
		*k = try;
		return CN_SECOND;
	}
	if (!take(k, ':'))
		return CN_NONE;
	skip_space(k);
	if (digits(k, 2, m) == 0)
		return CN_NONE;
	if (!take(k, ':'))
		return CN_MINUTE;
	skip_space(k);
	if (digits(k, 2, s) == 0)
		return CN_NONE;
	take_fraction(k);
	return CN_SECOND;
}

/* A time of day behind a date.  One that cannot be is stepped over and leaves the day. */
static void
take_time(struct cursor *k, struct cn_date *d)
{
	struct cursor try = *k;
	enum cn_precision p;
	int h, m, s, half, east;

	skip_space(&try);
	if (peek(&try, 0) == 'T' || peek(&try, 0) == 't')
		try.at++;
	half = half_of_day(&try);
	skip_space(&try);
	if (digits(&try, 2, &h) == 0 || (p = take_minutes(&try, &m, &s)) == CN_NONE)
		return;
	*k = try;
	h += half == 12 && h < 12 ? 12 : 0;
	if (p == CN_DAY || h > 24 || m > 59 || s > 59 || (h == 24 && m + s > 0))
		return;
	*d = (struct cn_date){p, d->year, d->month, d->day, 0, 0, 0};
	add_seconds(d, h * 3600 + m * 60 + s);
	if (take_zone(k, &east))
		add_seconds(d, CHINA_OFFSET - east);
}

/* Month and day behind a year that was ended by `sep` (年 - / .). */
static void
take_rest(struct cursor *k, uint32_t sep, struct cn_date *d)
{
	uint32_t next = sep == 0x5E74 ? 0x6708 : sep; /* 年 … 月 */
	struct cursor try = *k;
	int month, day;

	if (!take_small(&try, &month) || (sep == 0x5E74 && !take(&try, next)))
		return;
	*k = try;
	d->month = month;
	d->precision = CN_MONTH;
	if ((sep != 0x5E74 && !take(&try, next)) || !take_small(&try, &day))
		return;
	d->day = day;
	d->precision = CN_DAY;
	*k = try;
	if (!take(k, 0x65E5)) /* 日 号 */
		(void)take(k, 0x53F7);
}

static bool
is_possible(const struct cn_date *d)
{
	if (d->year < YEAR_MIN || d->year > YEAR_MAX)
		return false;
	if (d->precision >= CN_MONTH && (d->month < 1 || d->month > 12))
		return false;
	return d->precision < CN_DAY || (d->day >= 1 && d->day <= days_in(d->year, d->month));
}

static struct cn_date
impossible(void)
{
	return (struct cn_date){.precision = CN_IMPOSSIBLE};
}

/* Year, month, day in separated form at the cursor. */
static struct cn_date
take_separated(struct cursor *k)
{
	struct cn_date d = {.precision = CN_YEAR};
	static const uint32_t seps[] = {0x5E74, '-', '/', '.'};
	uint32_t sep = 0;

	if (!take_year(k, &d.year) || is_ascii_digit(peek(k, 0)))
		return (struct cn_date){.precision = CN_NONE};
	for (size_t i = 0; i < sizeof(seps) / sizeof(seps[0]) && sep == 0; i++)
		if (take(k, seps[i]))
			sep = seps[i];
	if (sep == 0x5E74)
		(void)take(k, 0x5EA6); /* 年度 */
	if (sep != 0) {
		take_rest(k, sep, &d);
		if (d.precision == CN_YEAR && sep != 0x5E74)
			k->at--;
	}
	if (!is_possible(&d))
		return impossible();
	if (d.precision == CN_DAY)
		take_time(k, &d);
	return is_possible(&d) ? d : impossible(); /* 24:00 and zones may lead out of the years */
}

static struct cn_date
from_epoch(int64_t seconds)
{
	struct cn_date d = {CN_SECOND, 1970, 1, 1, 0, 0, 0};

	add_seconds(&d, seconds + CHINA_OFFSET);
	return d.year < EPOCH_YEAR_MIN || d.year > YEAR_MAX ? impossible() : d;
}

/* 20231207, 202312071405, 20231207140530, epoch seconds and milliseconds. */
static struct cn_date
take_compact(struct cursor *k, size_t n)
{
	struct cn_date d = {.precision = CN_DAY};
	int64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all = all * 10 + (int64_t)(peek(k, i) - '0');
	if (n == 10 || n == 13) {
		k->at += n;
		return from_epoch(n == 13 ? all / 1000 : all);
	}
	(void)digits(k, 4, &d.year);
	(void)digits(k, 2, &d.month);
	(void)digits(k, 2, &d.day);
	if (n >= 12) {
		(void)digits(k, 2, &d.hour);
		(void)digits(k, 2, &d.minute);
		d.precision = CN_MINUTE;
	}
	if (n == 14) {
		(void)digits(k, 2, &d.second);
		d.precision = CN_SECOND;
	}
	if (!is_possible(&d) || d.hour > 23 || d.minute > 59 || d.second > 59)
		return impossible();
	if (d.precision == CN_DAY)
		take_time(k, &d);
	return is_possible(&d) ? d : impossible(); /* 24:00 and zones may lead out of the years */
}

static size_t
digit_run(const struct cursor *k)
{
	size_t n = 0;

	while (is_ascii_digit(peek(k, n)))
		n++;
	return n;
}

static bool
is_closing(uint32_t c)
{
	static const uint32_t marks[] = {')', ']', '}', '.', ',', ';', '>', '|', 0x3011, 0x3015,
	    0x3002, 0x3001};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marks[i] == c)
			return true;
	return text_is_space(c);
}

static bool
take_word(struct cursor *k, struct span word)
{
	size_t n = 0;

	for (size_t at = 0; at < word.n; n++)
		if (text_next(word, &at) != peek(k, n))
			return false;
	k->at += n;
	return true;
}

/* What may stand behind a date that is the whole value. */
static bool
is_tail(struct cursor *k)
{
	static const struct span tails[] = {SPAN_INIT("印发"), SPAN_INIT("发布"), SPAN_INIT("公布"),
	    SPAN_INIT("发文"), SPAN_INIT("起施行"), SPAN_INIT("施行"), SPAN_INIT("通过"),
	    SPAN_INIT("印")};

	skip_space(k);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
		if (take_word(k, tails[i]))
			break;
	if (take_word(k, SPAN("星期")) || take_word(k, SPAN("周")))
		k->at++;
	while (k->at < k->w->n && is_closing(peek(k, 0)))
		k->at++;
	return k->at >= k->w->n && k->w->n < WINDOW;
}

static bool
ends_with(const struct window *w, size_t n, struct span word)
{
	size_t len = text_length(word), at = 0;

	if (n < len)
		return false;
	for (size_t i = n - len; i < n; i++)
		if (text_next(word, &at) != w->c[i])
			return false;
	return true;
}

/* What may stand before it: nothing, an opening bracket, or a label. */
static bool
is_label(const struct window *w, size_t n)
{
	static const struct span ends[] = {SPAN_INIT(":"), SPAN_INIT("】"), SPAN_INIT("]"),
	    SPAN_INIT("日期"), SPAN_INIT("时间"), SPAN_INIT("公元"), SPAN_INIT("于"), SPAN_INIT("|")};

	while (n > 0 && (text_is_space(w->c[n - 1]) || w->c[n - 1] == '(' || w->c[n - 1] == '[' ||
	    w->c[n - 1] == 0x3010 || w->c[n - 1] == 0x3014))
		n--;
	if (n == 0)
		return true;
	for (size_t i = 0; n <= LABEL_MAX && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(w, n, ends[i]))
			return true;
	return false;
}

struct cn_date
cn_date_parse(struct span text)
{
	struct cn_date d = {.precision = CN_NONE};
	struct window w;
	struct cursor k = {&w, 0};

	window_fill(&w, text_trim(text), 0);
	while (k.at < w.n && !is_ascii_digit(w.c[k.at]) &&
	    (digit_of(peek(&k, 0)) < 0 || digit_of(peek(&k, 1)) < 0))
		k.at++;
	if (k.at == w.n || !is_label(&w, k.at))
		return d;
	switch (digit_run(&k)) {
	case 8:
	case 10:
	case 12:
	case 13:
	case 14:
		d = take_compact(&k, digit_run(&k));
		break;
	default:
		d = take_separated(&k);
		break;
	}
	return d.precision != CN_NONE && is_tail(&k) ? d : (struct cn_date){.precision = CN_NONE};
}

static bool
joins(uint32_t c)
{
	return is_ascii_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
	    c == '/' || c == '.' || c == '_';
}

/* A date at the window's beginning, for running text: nothing may be glued to it. */
static struct cn_date
date_here(struct cursor *k)
{
	bool compact = digit_run(k) == 8 && !joins(peek(k, 8));
	struct cn_date d = compact ? take_compact(k, 8) : take_separated(k);

	if (d.precision < CN_DAY || is_ascii_digit(peek(k, 0)))
		d.precision = CN_NONE;
	return d;
}

/* A year may begin here, behind the character `before`.  Most numbers are none: a window for each
 * would cost many times what reading the text does. */
static bool
may_begin(struct span text, size_t at, uint32_t before)
{
	if (joins(before) || cn_digit(before) >= 0)
		return false;
	for (size_t n = 0; n < 4;) {
		uint32_t c = at < text.n ? cn_fold(text_next(text, &at)) : 0;

		if (digit_of(c) >= 0)
			n++;
		else if (!text_is_zero_width(c))
			return false;
	}
	return true;
}

struct cn_date
cn_date_find(struct span text, size_t from, size_t *begin, size_t *end)
{
	uint32_t before = 0;

	for (size_t at = from; at < text.n;) {
		size_t here = at;
		uint32_t c = cn_fold(text_next(text, &at));

		if (digit_of(c) >= 0 && may_begin(text, here, before)) {
			struct window w;
			struct cursor k = {&w, 0};
			struct cn_date d;

			window_fill(&w, text, here);
			d = date_here(&k);
			if (d.precision != CN_NONE) {
				*begin = here;
				*end = w.off[k.at];
				return d;
			}
		}
		if (!text_is_zero_width(c))
			before = c;
	}
	return (struct cn_date){.precision = CN_NONE};
}

void
cn_date_format(const struct cn_date *d, char out[24])
{
	int n = 0;

	out[0] = '\0';
	if (d->precision >= CN_YEAR)
		n = snprintf(out, 24, "%04d", d->year % 10000);
	if (d->precision >= CN_MONTH)
		n += snprintf(out + n, 24 - (size_t)n, "-%02d", d->month % 100);
	if (d->precision >= CN_DAY)
		n += snprintf(out + n, 24 - (size_t)n, "-%02d", d->day % 100);
	if (d->precision >= CN_MINUTE)
		n += snprintf(out + n, 24 - (size_t)n, "T%02d:%02d", d->hour % 100, d->minute % 100);
	if (d->precision == CN_SECOND)
		(void)snprintf(out + n, 24 - (size_t)n, ":%02d", d->second % 100);
}

const char *
cn_precision_name(enum cn_precision p)
{
	static const char *const names[] = {"none", "impossible", "year", "month", "day", "minute",
	    "second"};

	return names[p];
}
