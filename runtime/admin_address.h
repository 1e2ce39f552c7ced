/* SPDX-License-Identifier: MIT */
/* admin_address.h - "host:port" and "[v6]:port" as addresses, for server and health check. */
#ifndef RUNTIME_ADMIN_ADDRESS_H
#define RUNTIME_ADMIN_ADDRESS_H

#include <netdb.h>
#include <stdbool.h>
#include <suoyin/err.h>

/* Addresses of `listen` (caller: freeaddrinfo), NULL with err. No host, 0.0.0.0 and [::] mean
 * "all of this machine" to a server and loopback to a client. */
struct addrinfo *admin_resolve(const char *listen, bool server, struct err *err);

/* admin_healthcheck() with a deadline. */
int admin_ask(const char *listen, const char *path, int deadline_ms, struct err *err);

#endif
