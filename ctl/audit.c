/* SPDX-License-Identifier: MIT */
#include "audit.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
audit_write(struct pg *pg, const char *what, const json_t *details, struct err *err)
{
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "?", who[600];
	char *text = json_dumps(details, JSON_COMPACT);
	const char *values[] = {who, what, text};
	int64_t rows;

	if (text == NULL)
		return err_set(err, ERR_FATAL, "memory", "audit: out of memory");
	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(who, sizeof(who), "%s@%s", user != NULL ? user->pw_name : "?", host);
	rows = pg_do(pg, NULL, "INSERT INTO core.audit (who, what, details) VALUES ($1, $2, $3::jsonb)", 3, values,
	    err);
	free(text);
	return rows == 1 ? 0 : -1;
}
