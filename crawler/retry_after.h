/* SPDX-License-Identifier: MIT */
/* retry_after.h - the pause that an answer asks for (RFC 9110 10.2.3), without I/O. */
#ifndef CRAWLER_RETRY_AFTER_H
#define CRAWLER_RETRY_AFTER_H

#include <stdint.h>
#include <suoyin/span.h>

/* Milliseconds from a Retry-After: seconds, or a date, which is counted from the server's own `date`
 * (absent: from now_s, since 1970), so that its clock may be wrong.  0: no pause that can be meant:
 * none, zero, past, or no time at all. */
int64_t retry_after_ms(struct span value, struct span date, int64_t now_s);

#endif
