/* SPDX-License-Identifier: MIT */
/*
 * notify.h - what systemd is told of a daemon (sd_notify(3)): ready, alive, and one line of state.
 *
 * A datagram to $NOTIFY_SOCKET; without one nothing is done.  Called by the main loop's thread, so
 * that a loop that hangs is noticed: WatchdogSec= of the unit says after how long.
 */
#ifndef RUNTIME_NOTIFY_H
#define RUNTIME_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int fd;                    /* -1: nobody listens */
	int64_t every_ms, next_ms; /* 0: no watchdog */
	bool ready;
};

void notify_open(struct notify *n);
void notify_close(struct notify *n);
/* The loop turned: READY=1 the first time, WATCHDOG=1 as often as asked for. */
void notify_tick(struct notify *n, int64_t now_ms);
/* One line, for `systemctl status`. */
void notify_state(struct notify *n, const char *text);

#endif
