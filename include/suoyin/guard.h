/* SPDX-License-Identifier: MIT */
/*
 * guard.h - which addresses may be connected to: the globally routable ones, and the networks
 * that the operator allows.  Forms that carry an IPv4 address (mapped, 6to4, NAT64) are judged by
 * it.  Asked with the very address that is about to be connected, so no name can slip past.
 */
#ifndef SUOYIN_GUARD_H
#define SUOYIN_GUARD_H

#include <suoyin/config.h>
#include <sys/socket.h>

struct guard; /* the allowed networks */

/* From "127.0.0.0/8", "fd00::/8", "192.0.2.1". NULL: FATAL "config". */
struct guard *guard_new(const struct config_list *networks, struct err *err);
void guard_free(struct guard *g);
bool guard_allows(const struct guard *g, const struct sockaddr *address);

#endif
