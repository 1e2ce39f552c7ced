/* SPDX-License-Identifier: MIT */
#include "notify.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/span.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_BYTES 512

static int64_t
number_in(const char *name)
{
	const char *text = getenv(name);
	uint64_t number = 0;

	return text != NULL && span_u64(span_of(text), INT64_MAX, &number) == 0 ? (int64_t)number
										: 0;
}

/* "@name" is an abstract address: its first byte is NUL. */
static int
connect_to(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = path == NULL ? 0 : strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	int fd;

	if (n < 2 || n >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -1;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && connect(fd, (const struct sockaddr *)&to, size) == -1) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

void
notify_open(struct notify *n)
{
	int64_t watchdog_us = number_in("WATCHDOG_USEC"), pid = number_in("WATCHDOG_PID");

	*n = (struct notify){.fd = connect_to(getenv("NOTIFY_SOCKET"))};
	if (pid == 0 || pid == (int64_t)getpid())
		n->every_ms = watchdog_us / 1000 / 3; /* two may be late */
}

void
notify_close(struct notify *n)
{
	if (n->fd != -1)
		(void)close(n->fd);
	n->fd = -1;
}

/* What cannot be sent now is not worth waiting for. */
static void
say(const struct notify *n, const char *text)
{
	(void)send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

void
notify_tick(struct notify *n, int64_t now_ms)
{
	if (n->fd == -1)
		return;
	if (!n->ready)
		say(n, "READY=1");
	n->ready = true;
	if (n->every_ms > 0 && now_ms >= n->next_ms) {
		say(n, "WATCHDOG=1");
		n->next_ms = now_ms + n->every_ms;
	}
}

void
notify_state(struct notify *n, const char *text)
{
	char line[LINE_MAX_BYTES];

	if (n->fd == -1)
		return;
	(void)snprintf(line, sizeof(line), "STATUS=%s", text);
	say(n, line);
}
