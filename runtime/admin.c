/* SPDX-License-Identifier: MIT */
#include "admin_address.h"
#include "notify.h"
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/admin.h>
#include <suoyin/buf.h>
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONDITIONS_MAX 16
#define ANSWER_MAX 4194304 /* /metrics with every label value there can be is below */
#define CONNECTIONS_MAX 32
#define CONNECTION_BYTES 16384
#define IDLE_S 5
#define STATE_MAX 4096

#define PLAIN "text/plain; charset=utf-8"
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct condition {
	char name[32], why[200]; /* why "" = it holds */
};

struct admin {
	struct MHD_Daemon *daemon; /* NULL: no server */
	int port;
	int64_t stale_ms;
	_Atomic int64_t ticked_ms;
	struct notify notify; /* of the main loop's thread, as admin_tick() is */
	atomic_bool changed;  /* a condition, since systemd was told */
	pthread_mutex_t lock; /* of what follows */
	size_t count;
	struct condition conditions[CONDITIONS_MAX];
};

static unsigned
live(struct admin *a, struct buf *out)
{
	int64_t age = clock_ms() - atomic_load(&a->ticked_ms);

	if (a->stale_ms <= 0 || age <= a->stale_ms) {
		(void)buf_add_str(out, "ok\n");
		return MHD_HTTP_OK;
	}
	(void)buf_add_fmt(out, "the main loop last ticked %lld ms ago\n", (long long)age);
	return MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned
ready(struct admin *a, struct buf *out)
{
	unsigned status = MHD_HTTP_OK;

	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->count; i++) {
		const struct condition *c = &a->conditions[i];

		(void)buf_add_fmt(out, "%s: %s\n", c->name, c->why[0] == '\0' ? "ok" : c->why);
		if (c->why[0] != '\0')
			status = MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	(void)pthread_mutex_unlock(&a->lock);
	if (out->n == 0)
		(void)buf_add_str(out, "ok\n");
	metric_set(M_READY, NULL, status == MHD_HTTP_OK ? 1 : 0);
	return status;
}

static unsigned
measure(struct admin *a, struct buf *out)
{
	(void)ready(a, out);
	buf_clear(out);
	metrics_write(out);
	return MHD_HTTP_OK;
}

static const struct {
	const char *path, *type;
	unsigned (*answer)(struct admin *a, struct buf *out);
} paths[] = {
	{"/livez", PLAIN, live},
	{"/readyz", PLAIN, ready},
	{"/metrics", PROMETHEUS, measure},
};

static enum MHD_Result
respond(struct MHD_Connection *to, unsigned status, const char *type, struct buf *body)
{
	struct MHD_Response *response;
	enum MHD_Result rc;

	if (body->failed) {
		status = MHD_HTTP_INTERNAL_SERVER_ERROR;
		type = PLAIN;
		buf_clear(body);
	}
	response = MHD_create_response_from_buffer(body->n, body->p, MHD_RESPMEM_MUST_COPY);
	buf_fini(body);
	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	rc = MHD_queue_response(to, status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result /* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's signature */
on_request(void *ctx, struct MHD_Connection *from, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct buf body;

	(void)version;
	(void)data;
	(void)size;
	(void)state;
	buf_init(&body, ANSWER_MAX);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		(void)buf_add_str(&body, "only GET and HEAD\n");
		return respond(from, MHD_HTTP_METHOD_NOT_ALLOWED, PLAIN, &body);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(url, paths[i].path) == 0) {
			unsigned status = paths[i].answer(ctx, &body);

			return respond(from, status, paths[i].type, &body);
		}
	(void)buf_add_str(&body, "try /livez, /readyz or /metrics\n");
	return respond(from, MHD_HTTP_NOT_FOUND, PLAIN, &body);
}

/* A listening socket, -1 with errno. */
static int
open_socket(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, off = 0, why;

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at->ai_family == AF_INET6) /* [::] takes IPv4 too */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, CONNECTIONS_MAX) == 0)
		return fd;
	why = errno;
	(void)close(fd);
	errno = why;
	return -1;
}

static int
port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at = {0};
	socklen_t n = sizeof(at);

	if (getsockname(fd, &at.any, &n) == -1)
		return 0;
	return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

/* Signals are for the main loop: the server's thread starts with all of them blocked. */
static struct MHD_Daemon *
start(struct admin *a, int fd)
{
	struct MHD_Daemon *daemon;
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
	    on_request, a, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

static int
serve(struct admin *a, const char *listen, struct err *err)
{
	struct addrinfo *at = admin_resolve(listen, true, err);
	int fd = -1;

	if (at == NULL)
		return -1;
	for (const struct addrinfo *i = at; i != NULL && fd == -1; i = i->ai_next)
		fd = open_socket(i);
	freeaddrinfo(at);
	if (fd == -1)
		return err_set(err, ERR_FATAL, "admin", "admin.listen %s: %s", listen,
		    strerror(errno));
	a->port = port_of(fd);
	if ((a->daemon = start(a, fd)) != NULL)
		return 0;
	(void)close(fd);
	return err_set(err, ERR_FATAL, "admin", "admin.listen %s: the HTTP server did not start",
	    listen);
}

struct admin *
admin_new(const char *listen, int64_t stale_ms, struct err *err)
{
	struct admin *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		(void)err_set(err, ERR_RETRY, "admin", "out of memory");
		return NULL;
	}
	a->stale_ms = stale_ms;
	(void)pthread_mutex_init(&a->lock, NULL);
	a->notify.fd = -1; /* ready is told by the first turn of the loop */
	admin_tick(a);
	if (listen == NULL || listen[0] == '\0' || serve(a, listen, err) == 0) {
		notify_open(&a->notify);
		return a;
	}
	admin_free(a);
	return NULL;
}

void
admin_free(struct admin *a)
{
	if (a == NULL)
		return;
	if (a->daemon != NULL)
		MHD_stop_daemon(a->daemon);
	notify_close(&a->notify);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

int
admin_port(const struct admin *a)
{
	return a->port;
}

/* Ready, or what is missing. */
static void
tell_systemd(struct admin *a)
{
	struct buf text;

	buf_init(&text, STATE_MAX);
	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->count; i++)
		if (a->conditions[i].why[0] != '\0')
			(void)buf_add_fmt(&text, "%s%s: %s", text.n == 0 ? "" : "; ", a->conditions[i].name,
			    a->conditions[i].why);
	(void)pthread_mutex_unlock(&a->lock);
	notify_state(&a->notify, text.n == 0 ? "ready" : text.p);
	buf_fini(&text);
}

void
admin_tick(struct admin *a)
{
	int64_t now = clock_ms();

	atomic_store(&a->ticked_ms, now);
	notify_tick(&a->notify, now);
	if (a->notify.fd != -1 && atomic_exchange(&a->changed, false))
		tell_systemd(a);
}

/* Each condition is one line: what breaks lines becomes a blank. */
static void
copy_line(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < size; text++)
		out[n++] = (unsigned char)*text < ' ' ? ' ' : *text;
	out[n] = '\0';
}

void
admin_condition(struct admin *a, const char *name, const char *why)
{
	char before[sizeof(a->conditions[0].why)];
	size_t i = 0;

	(void)pthread_mutex_lock(&a->lock);
	while (i < a->count && strcmp(a->conditions[i].name, name) != 0)
		i++;
	if (i < CONDITIONS_MAX) {
		memcpy(before, a->conditions[i].why, sizeof(before));
		copy_line(a->conditions[i].name, sizeof(a->conditions[i].name), name);
		copy_line(a->conditions[i].why, sizeof(a->conditions[i].why),
		    why == NULL ? "" : why[0] == '\0' ? "no" : why);
		if (strcmp(before, a->conditions[i].why) != 0)
			atomic_store(&a->changed, true);
		if (i == a->count)
			a->count++;
	}
	(void)pthread_mutex_unlock(&a->lock);
}
