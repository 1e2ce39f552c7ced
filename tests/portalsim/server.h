/* SPDX-License-Identifier: MIT */
/*
 * server.h - HTTP, by libmicrohttpd: one daemon for all portals.
 *
 * The address a connection came to tells which portal is meant.  A page counts as seen only
 * when its answer was sent whole.
 */
#ifndef PORTALSIM_SERVER_H
#define PORTALSIM_SERVER_H

#include "sim.h"

struct server;

/* Takes the descriptors, one per portal, also when it fails. */
struct server *server_start(struct sim *s, const int *fds);
void server_stop(struct server *server); /* ends every connection; accepts NULL */

#endif
