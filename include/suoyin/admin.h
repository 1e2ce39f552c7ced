/* SPDX-License-Identifier: MIT */
/*
 * admin.h - /livez, /readyz and /metrics on a port of their own (libmicrohttpd, own thread).
 *
 * /livez: 200 while the main loop ticked within the last `stale_ms` (a database that is down
 * never makes it fail).  /readyz: 200 when every named condition holds, else 503 and one line
 * per condition with its reason.  Conditions are set by the loop.
 */
#ifndef SUOYIN_ADMIN_H
#define SUOYIN_ADMIN_H

#include <stdint.h>
#include <suoyin/err.h>

struct admin;

/* listen: "127.0.0.1:9100", "[::]:9100", port 0 = any free. NULL or "" = no server: the
 * other calls still work. */
struct admin *admin_new(const char *listen, int64_t stale_ms, struct err *err);
void admin_free(struct admin *a);
int admin_port(const struct admin *a); /* the port in use, 0: no server */

void admin_tick(struct admin *a);
/* Declares or changes a condition ("kafka", "database", "schema"): why NULL = it holds. */
void admin_condition(struct admin *a, const char *name, const char *why);

/* GET path on listen; 0 when the answer is 200. For --healthcheck in containers. */
int admin_healthcheck(const char *listen, const char *path, struct err *err);

#endif
