/* SPDX-License-Identifier: MIT */
/* listen.h - one port, the same on every portal's address. */
#ifndef PORTALSIM_LISTEN_H
#define PORTALSIM_LISTEN_H

#include "sim.h"

/* Fills fds (one per portal) and s->port. -1: said on stderr why not. */
int listen_all(struct sim *s, int *fds);

#endif
