/* SPDX-License-Identifier: MIT */
#include "config_private.h"
#include <inttypes.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit time_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};
static const struct unit size_units[] = {
    {"GiB", 1073741824}, {"MiB", 1048576}, {"KiB", 1024}, {"B", 1}, {NULL, 0}};

/* What people write instead. */
static const struct {
	const char *written, *meant;
} time_words[] = {{"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"min", "m"},
    {"mins", "m"}, {"minute", "m"}, {"minutes", "m"}, {"hour", "h"}, {"hours", "h"}, {"day", "d"},
    {"days", "d"}, {"msec", "ms"}, {"s", "s"}, {"h", "h"}, {"d", "d"}, {"ms", "ms"}},
  size_words[] = {{"b", "B"}, {"byte", "B"}, {"bytes", "B"}, {"k", "KiB"}, {"kb", "KiB"},
      {"ki", "KiB"}, {"kib", "KiB"}, {"m", "MiB"}, {"mb", "MiB"}, {"mi", "MiB"}, {"mib", "MiB"},
      {"g", "GiB"}, {"gb", "GiB"}, {"gi", "GiB"}, {"gib", "GiB"}};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static size_t
digits_of(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return n;
}

static int
parse(struct span text, const struct unit *units, int64_t *out)
{
	size_t digits = digits_of(text);
	struct span name = span_cut(text, digits, text.n);
	uint64_t n;

	if (digits == 0 || (digits > 1 && text.p[0] == '0'))
		return -1;
	for (; units->name != NULL; units++) {
		if (!span_eq(name, span_of(units->name)))
			continue;
		if (span_u64(
			span_cut(text, 0, digits), (uint64_t)(INT64_MAX / units->factor), &n) == -1)
			return -1;
		*out = (int64_t)n * units->factor;
		return 0;
	}
	return -1;
}

int
config_parse_duration(struct span text, int64_t *ms)
{
	return parse(text, time_units, ms);
}

int
config_parse_size(struct span text, int64_t *bytes)
{
	return parse(text, size_units, bytes);
}

static const char *
meant_by(struct span word, bool is_size)
{
	if (word.n == 0)
		return is_size ? "MiB" : "s";
	if (is_size) {
		for (size_t i = 0; i < COUNT_OF(size_words); i++)
			if (span_eq_ci(word, span_of(size_words[i].written)))
				return size_words[i].meant;
		return NULL;
	}
	for (size_t i = 0; i < COUNT_OF(time_words); i++)
		if (span_eq_ci(word, span_of(time_words[i].written)))
			return time_words[i].meant;
	return span_eq(word, SPAN("m")) ? "m" : NULL;
}

/* "1.5h" in the next smaller units that hold it: 90m. */
static void
suggest_fraction(struct span text, const struct unit *units, char suggestion[64])
{
	size_t whole = digits_of(text);
	size_t part = digits_of(span_cut(text, whole + 1, text.n));
	struct span name = span_cut(text, whole + 1 + part, text.n);
	const struct unit *unit = units;
	uint64_t a, b, scale = 1;
	int64_t total;

	while (unit->name != NULL && !span_eq(name, span_of(unit->name)))
		unit++;
	if (unit->name == NULL || part == 0 || part > 3 ||
	    span_u64(span_cut(text, 0, whole), 1000000, &a) == -1 ||
	    span_u64(span_cut(text, whole + 1, whole + 1 + part), 999, &b) == -1)
		return;
	for (size_t i = 0; i < part; i++)
		scale *= 10;
	total = (int64_t)a * unit->factor + (int64_t)b * unit->factor / (int64_t)scale;
	for (unit = units; unit->name != NULL && total % unit->factor != 0;)
		unit++;
	if (unit->name != NULL)
		(void)snprintf(
		    suggestion, 64, "write %" PRId64 "%s", total / unit->factor, unit->name);
}

void
config_unit_explain(struct span text, bool is_size, char reason[128], char suggestion[64])
{
	const char *kind = is_size ? "size" : "duration";
	const char *units = is_size ? "B KiB MiB GiB" : "ms s m h d";
	struct span t = span_trim(text);
	size_t digits = digits_of(t);
	struct span word = span_trim(span_cut(t, digits, t.n));
	char quoted[64];
	const char *meant;
	uint64_t n = 0;

	suggestion[0] = '\0';
	config_quoted(text, quoted);
	if (digits == 0) {
		(void)snprintf(
		    reason, 128, "%s is not a %s, a number and one of %s", quoted, kind, units);
	} else if (word.n > 1 && word.p[0] == '.') {
		(void)snprintf(reason, 128, "%s is not whole", quoted);
		suggest_fraction(t, is_size ? size_units : time_units, suggestion);
	} else if (span_u64(span_cut(t, 0, digits), INT64_MAX / 1000, &n) == -1) {
		(void)snprintf(reason, 128, "%s is too large", quoted);
	} else if ((meant = meant_by(word, is_size)) != NULL) {
		(void)snprintf(reason, 128,
		    word.n == 0 ? "%s has no unit, one of %s"
				: "%s is not written as a number and one of %s",
		    quoted, units);
		(void)snprintf(suggestion, 64, "write %" PRIu64 "%s%s", n, meant,
		    word.n == 0 ? " or the like" : "");
	} else {
		(void)snprintf(reason, 128, "%s has an unknown unit, not one of %s", quoted, units);
	}
}

const char *
config_quoted(struct span text, char out[64])
{
	size_t n = text.n > 40 ? 40 : text.n;

	/* not through the middle of a character */
	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	(void)snprintf(
	    out, 64, "\"%.*s%s\"", (int)n, n == 0 ? "" : text.p, n < text.n ? "..." : "");
	return out;
}

static void
format(int64_t n, const struct unit *units, char out[32])
{
	while (units[1].name != NULL && (n == 0 || n % units->factor != 0))
		units++;
	(void)snprintf(out, 32, "%" PRId64 "%s", n / units->factor, units->name);
}

void
config_format_duration(int64_t ms, char out[32])
{
	format(ms, time_units, out);
}

void
config_format_size(int64_t bytes, char out[32])
{
	format(bytes, size_units, out);
}
