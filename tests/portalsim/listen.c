/* SPDX-License-Identifier: MIT */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES 100 /* ports tried before we give up */

static int
listen_one(const char *address, unsigned port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), saved;

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (inet_pton(AF_INET, address, &in.sin_addr) == 1 &&
	    bind(fd, (const struct sockaddr *)&in, sizeof(in)) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_in in = {0};
	socklen_t n = sizeof(in);

	return getsockname(fd, (struct sockaddr *)&in, &n) == 0 ? ntohs(in.sin_port) : 0;
}

/* How many addresses could be bound: all of them, or where it stopped. */
static size_t
listen_on(struct sim *s, unsigned port, int *fds)
{
	for (size_t i = 0; i < s->portal_count; i++) {
		if (i > 0 && strcmp(s->portals[i].address, s->portals[i - 1].address) == 0) {
			fds[i] = -1; /* it listens there already */
			continue;
		}
		if ((fds[i] = listen_one(s->portals[i].address, port)) == -1)
			return i;
		if (port == 0)
			port = port_of(fds[i]);
	}
	s->port = port;
	return s->portal_count;
}

int
listen_all(struct sim *s, int *fds)
{
	for (int i = 0; i < TRIES; i++) {
		size_t bound = listen_on(s, s->opt.port, fds);
		int why = errno;

		if (bound == s->portal_count)
			return 0;
		for (size_t j = 0; j < bound; j++)
			(void)close(fds[j]);
		if (s->opt.port == 0 && bound > 0 && why == EADDRINUSE)
			continue; /* another one may be free on all */
		(void)fprintf(stderr, "portalsim: %s port %u: %s\n", s->portals[bound].address,
		    s->opt.port, strerror(why));
		return -1;
	}
	(void)fputs("portalsim: found no port that is free on all addresses\n", stderr);
	return -1;
}
