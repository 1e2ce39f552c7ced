/* SPDX-License-Identifier: MIT */
/*
 * Dates: one value, and all dates of a running text.
 *
 * An input is text, looked at as both.
 */
#include <suoyin/cn_date.h>
#include <suoyin/text.h>

#include "fuzz.h"

static bool
same_date(const struct cn_date *a, const struct cn_date *b)
{
	return a->precision == b->precision && a->year == b->year && a->month == b->month &&
	    a->day == b->day && a->hour == b->hour && a->minute == b->minute &&
	    a->second == b->second;
}

static bool
is_between(int value, int min, int max, bool printed)
{
	return printed ? value >= min && value <= max : value == 0;
}

static int
days_of(const struct cn_date *d)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	return d->month == 2 && leap ? 29 : days[d->month - 1];
}

/* A date can be, says nothing that was not printed, and is written as it is read. */
static void
check_date(struct buf *out, const struct cn_date *d)
{
	struct cn_date again;
	char text[24];

	must(is_between(d->year, 1900, 2199, d->precision >= CN_YEAR), "a year cannot be");
	must(is_between(d->month, 1, 12, d->precision >= CN_MONTH), "a month cannot be");
	must(d->precision < CN_DAY ? d->day == 0 : d->day >= 1 && d->day <= days_of(d),
	    "a day cannot be");
	must(is_between(d->hour, 0, 23, d->precision >= CN_MINUTE) &&
		is_between(d->minute, 0, 59, d->precision >= CN_MINUTE) &&
		is_between(d->second, 0, 59, d->precision == CN_SECOND),
	    "a time of day cannot be");
	cn_date_format(d, text);
	again = cn_date_parse(span_of(text));
	must(d->precision < CN_YEAR ? text[0] == '\0' : same_date(&again, d),
	    "a date is not read as it was written");
	(void)buf_add_fmt(out, "%s %s;", cn_precision_name(d->precision), text);
}

/* Dates stand one behind the other; each is found again alone. */
static void
check_found(struct buf *out, struct span text)
{
	size_t from = 0, begin = 0, end = 0;
	bool is_text = text_is_utf8(text);
	struct cn_date d;

	while ((d = cn_date_find(text, from, &begin, &end)).precision != CN_NONE) {
		size_t b = 0, e = 0;
		struct span part = span_cut(text, begin, end);
		struct cn_date alone = cn_date_find(part, 0, &b, &e);

		must(d.precision >= CN_DAY, "a date in running text is not complete");
		must(begin >= from && begin < end && end <= text.n, "a date is out of order");
		must(!is_text || text_is_utf8(part), "a date cuts a character");
		must(same_date(&alone, &d) && b == 0 && e == part.n, "a date alone is another");
		check_date(out, &d);
		from = end;
	}
}

static int
answer(struct buf *out, struct arena *a, struct span input, struct err *err)
{
	struct cn_date d = cn_date_parse(input);

	(void)a;
	(void)err;
	check_date(out, &d);
	check_found(out, input);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_ask(answer, (struct span){(const char *)data, size});
	return 0;
}
