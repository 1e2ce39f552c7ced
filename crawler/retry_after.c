/* SPDX-License-Identifier: MIT */
#include "retry_after.h"

#include <curl/curl.h>
#include <string.h>

#define MOST_S INT64_C(31536000) /* a year: beyond, the cap of the back-off decides anyway */

/* curl_getdate() wants a text that ends; -1: no date. */
static int64_t
seconds_of(struct span date)
{
	char text[64];

	if (date.n == 0 || date.n >= sizeof(text))
		return -1;
	memcpy(text, date.p, date.n);
	text[date.n] = '\0';
	return (int64_t)curl_getdate(text, NULL);
}

int64_t
retry_after_ms(struct span value, struct span date, int64_t now_s)
{
	int64_t at, from = seconds_of(span_trim(date));
	uint64_t seconds;

	value = span_trim(value);
	if (value.n > 0 && value.p[0] >= '0' && value.p[0] <= '9' &&
	    span_find_byte(value, ' ', 0) == SIZE_MAX) {
		if (span_u64(value, UINT64_MAX, &seconds) == -1)
			return 0;
		return seconds > (uint64_t)MOST_S ? MOST_S * 1000 : (int64_t)seconds * 1000;
	}
	/* a date has a weekday or a month: words alone are none, whatever curl makes of them */
	if ((at = seconds_of(value)) == -1 || span_find_byte(value, ':', 0) == SIZE_MAX)
		return 0;
	at -= from == -1 ? now_s : from;
	return at <= 0 ? 0 : (at > MOST_S ? MOST_S : at) * 1000;
}
