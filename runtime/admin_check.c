/* SPDX-License-Identifier: MIT */
/* The health check of a container: one request to our own server, by plain socket. */
#include "admin_address.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/admin.h>
#include <suoyin/clock.h>
#include <suoyin/span.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 3000

/* "[v6]:port" or "host:port" into host and port; -1 when it is neither. */
static int
split(const char *listen, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(listen, ':'), *from = listen, *to = colon;
	uint64_t number;

	if (colon == NULL || span_u64(span_of(colon + 1), 65535, &number) == -1)
		return -1;
	if (*from == '[') {
		if (to == from || to[-1] != ']')
			return -1;
		from++;
		to--;
	} else if (memchr(from, ':', (size_t)(to - from)) != NULL) {
		return -1;
	}
	if ((size_t)(to - from) >= size)
		return -1;
	(void)snprintf(host, size, "%.*s", (int)(to - from), from);
	*port = colon + 1;
	return 0;
}

static bool
is_everywhere(const char *host)
{
	return host[0] == '\0' || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

struct addrinfo *
admin_resolve(const char *listen, bool server, struct err *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	const char *port, *name;
	char host[256];
	int rc;

	if (split(listen, host, sizeof(host), &port) == -1) {
		(void)err_set(err, ERR_FATAL, "admin",
		    "admin.listen %s: expected HOST:PORT or [IPv6]:PORT", listen);
		return NULL;
	}
	name = host;
	if (is_everywhere(host) && !server)
		name = strcmp(host, "::") == 0 ? "::1" : "127.0.0.1";
	else if (host[0] == '\0')
		name = "0.0.0.0";
	if ((rc = getaddrinfo(name, port, &hints, &found)) == 0)
		return found;
	(void)err_set(err, ERR_FATAL, "admin", "admin.listen %s: %s", listen, gai_strerror(rc));
	return NULL;
}

/* 0 when the socket is ready before the deadline, else -1 with errno. */
static int
wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = deadline - clock_ms();
	int rc = poll(&p, 1, left > 0 ? (int)left : 0);

	if (rc == 0)
		errno = ETIMEDOUT;
	return rc == 1 ? 0 : -1;
}

static int
connect_to(const struct addrinfo *at, int64_t deadline)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int why = 0;
	socklen_t n = sizeof(why);

	if (fd == -1)
		return -1;
	if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS || wait_for(fd, POLLOUT, deadline) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n) == -1)
		why = errno;
	if (why == 0)
		return fd;
	(void)close(fd);
	errno = why;
	return -1;
}

/* Asks and reads what comes until `size` or the end; bytes read, -1 with errno. */
static ssize_t
ask(int fd, const char *path, char *answer, size_t size, int64_t deadline)
{
	char request[512];
	int n = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	size_t got = 0;
	ssize_t rc = 1;

	if (n < 0 || (size_t)n >= sizeof(request)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		return -1;
	while (got < size && rc > 0) {
		if (wait_for(fd, POLLIN, deadline) == -1)
			return -1;
		if ((rc = recv(fd, answer + got, size - got, 0)) > 0)
			got += (size_t)rc;
	}
	return rc < 0 ? -1 : (ssize_t)got;
}

/* Status of an HTTP answer, 0 when it is none; *body is what it says. */
static unsigned
status_of(struct span answer, struct span *body)
{
	uint64_t status = 0;
	size_t end = span_find(answer, SPAN("\r\n\r\n"), 0);

	if (!span_starts(answer, SPAN("HTTP/1.")) ||
	    span_u64(span_cut(answer, 9, 12), 999, &status) == -1)
		return 0;
	*body = end == SIZE_MAX ? SPAN("") : span_trim(span_cut(answer, end + 4, answer.n));
	return (unsigned)status;
}

static int
judge(struct span answer, const char *listen, const char *path, struct err *err)
{
	struct span body = {"", 0};
	unsigned status = status_of(answer, &body);

	if (status == 200)
		return 0;
	if (status == 0)
		return err_set(err, ERR_RETRY, "admin", "%s%s: not an HTTP answer", listen, path);
	return err_set(err, ERR_RETRY, "admin", "%s%s: %u: %.*s", listen, path, status,
	    SPAN_ARG(body));
}

int
admin_ask(const char *listen, const char *path, int deadline_ms, struct err *err)
{
	int64_t deadline = clock_ms() + deadline_ms;
	struct addrinfo *at;
	char answer[2048];
	ssize_t n = -1;
	int fd = -1;

	if (listen == NULL || listen[0] == '\0')
		return err_set(err, ERR_FATAL, "admin", "admin.listen is not set: nothing to ask");
	if ((at = admin_resolve(listen, false, err)) == NULL)
		return -1;
	for (const struct addrinfo *i = at; i != NULL && fd == -1; i = i->ai_next)
		fd = connect_to(i, deadline);
	freeaddrinfo(at);
	if (fd != -1)
		n = ask(fd, path, answer, sizeof(answer), deadline);
	if (n == -1)
		(void)err_set(err, ERR_RETRY, "admin", "%s%s: %s", listen, path, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return n == -1 ? -1 : judge((struct span){answer, (size_t)n}, listen, path, err);
}

int
admin_healthcheck(const char *listen, const char *path, struct err *err)
{
	return admin_ask(listen, path, DEADLINE_MS, err);
}
