/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/err.h>

int
err_set(struct err *err, enum err_code code, const char *reason, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL || err->code != ERR_NONE)
		return -1;
	err->code = code;
	(void)snprintf(err->reason, sizeof(err->reason), "%s", reason);
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	int n;

	if (err == NULL || err->code == ERR_NONE)
		return -1;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(err->text))
		return -1;
	(void)snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %.*s",
	    (int)(sizeof(err->text) - (size_t)n - 3), old);
	return -1;
}
