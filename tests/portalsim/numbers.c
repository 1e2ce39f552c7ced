/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <string.h>

/* GB 11714: eight characters and a check digit. */
static void
org9(struct rng *rng, char out[10])
{
	static const unsigned weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = 0, check;

	(void)snprintf(out, 10, "0%07u", rng_range(rng, 1000000, 9999999));
	for (size_t i = 0; i < 8; i++)
		sum += weights[i] * (unsigned)(out[i] - '0');
	check = 11 - sum % 11;
	out[8] = (char)(check == 10 ? 'X' : check == 11 ? '0' : '0' + (int)check);
	out[9] = '\0';
}

/* GB 32100: 11, six digits of area, the nine above, a check character. */
static void
uscc(struct rng *rng, char out[19])
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	static const unsigned weights[] = {
	    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
	char code[10];
	unsigned sum = 0;

	org9(rng, code);
	(void)snprintf(out, 19, "11%06u%s", rng_range(rng, 330100, 659900), code);
	for (size_t i = 0; i < 17; i++)
		sum += weights[i] * (unsigned)(strchr(alphabet, out[i]) - alphabet);
	out[17] = alphabet[(31 - sum % 31) % 31];
	out[18] = '\0';
}

void
numbers_organ(struct portal *portal, unsigned which, struct rng *rng)
{
	char code[10], credit[19];

	switch (which % 4) {
	case 0:
		org9(rng, code);
		(void)snprintf(portal->organ, sizeof(portal->organ), "%s/", code);
		break;
	case 1:
		uscc(rng, credit);
		(void)snprintf(portal->organ, sizeof(portal->organ), "%s/", credit);
		break;
	case 2:
		(void)snprintf(portal->organ, sizeof(portal->organ), "%u0000/",
		    rng_range(rng, 330100, 659900));
		break;
	default:
		(void)snprintf(portal->organ, sizeof(portal->organ), "K%u-",
		    rng_range(rng, 10000000, 39999999));
		break;
	}
}

void
numbers_index(struct report *report, const struct portal *portal, struct rng *rng)
{
	bool wide = rng_percent(rng, 10); /* typed with a full-width stroke */
	size_t n = strlen(portal->organ);
	char separator = n > 0 ? portal->organ[n - 1] : '/';
	int prefix = n > 0 ? (int)n - 1 : 0;

	report->index_number[0] = '\0';
	if (!portal->block || report->bare)
		return;
	if (separator == '-')
		(void)snprintf(report->index_number, sizeof(report->index_number),
		    "%s%04d%02d-%05u", portal->organ, report->published.year,
		    report->published.month, report->rank + 1);
	else
		(void)snprintf(report->index_number, sizeof(report->index_number), "%.*s%s%d-%0*u",
		    prefix, portal->organ, wide ? "／" : "/", report->published.year,
		    n == 11 ? 6 : 5, report->rank + 1);
}

static void
wide_digits(unsigned n, char *out, size_t size)
{
	char digits[16];
	size_t at = 0;

	(void)snprintf(digits, sizeof(digits), "%u", n);
	*out = '\0';
	for (const char *d = digits; *d != '\0' && at + 4 <= size; d++) {
		/* U+FF10 … U+FF19 */
		out[at++] = (char)0xef;
		out[at++] = (char)0xbc;
		out[at++] = (char)(0x90 + (*d - '0'));
		out[at] = '\0';
	}
}

void
numbers_document(
    struct report *report, const struct portal *portal, const char *short_name, struct rng *rng)
{
	static const char *const kinds[] = {"发", "办发", "函", "通"};
	char *out = report->document_number, head[48], year[16], serial[20];
	size_t size = sizeof(report->document_number);
	unsigned y = (unsigned)report->published.year, n = report->rank + 1;

	(void)snprintf(
	    head, sizeof(head), "%.3s%s%s", portal->county, short_name, kinds[rng_below(rng, 4)]);
	switch (rng_below(rng, 12)) {
	case 0:
	case 1:
		*out = '\0';
		break;
	case 2:
		(void)snprintf(out, size, "%s﹝%u﹞%u号", head, y, n);
		break;
	case 3:
		(void)snprintf(out, size, "%s[%u]%u号", head, y, n);
		break;
	case 4:
		wide_digits(y, year, sizeof(year));
		wide_digits(n, serial, sizeof(serial));
		(void)snprintf(out, size, "%s〔%s〕%s号", head, year, serial);
		break;
	case 5:
		(void)snprintf(out, size, "%s〔%u〕%u 号", head, y, n);
		break;
	default:
		(void)snprintf(out, size, "%s〔%u〕%u号", head, y, n);
		break;
	}
}
