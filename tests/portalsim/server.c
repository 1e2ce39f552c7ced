/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "answer.h"
#include "bad.h"
#include "journal.h"
#include "manners.h"
#include "state.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS 4U
#define CONNECTIONS 16384U
#define IDLE_SECONDS 120U
#define CHUNK 65536 /* of a streamed page */
#define STOP UINT64_MAX

struct server {
	struct sim *sim;
	struct MHD_Daemon *daemon;
	pthread_t acceptor;
	bool accepting;
	int epoll, wake;
	int *fds;
};

/* One request, from its head to its end. */
struct request {
	struct page *page;
	unsigned status, revision;
	bool get, bad;
	char path[256];
	int64_t began_ms; /* of the log, written at the end where ends count */
	char method[16], host[96], address[24];
};

static unsigned
portal_of(const struct sim *s, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_in in = {0};
	socklen_t n = sizeof(in);
	uint32_t ip, i;
	size_t named;

	named = !s->opt.polite ? SIZE_MAX
		: manners_find(s, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host"));
	if (named != SIZE_MAX)
		return (unsigned)named;
	if (info == NULL || getsockname(info->connect_fd, (struct sockaddr *)&in, &n) == -1)
		return 0;
	/* the reverse of plan.c: 127.(10 + i / 250).(i % 250 + 1).1 */
	ip = ntohl(in.sin_addr.s_addr);
	i = ((ip >> 16 & 0xffU) - 10) * 250 + (ip >> 8 & 0xffU) - 1;
	return i < s->portal_count ? (unsigned)i : 0;
}

static ssize_t
huge_reader(void *cls, uint64_t pos, char *out, size_t max)
{
	size_t n = bad_huge(pos, out, max);

	(void)cls;
	return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

/* Takes the answer's body or descriptor. */
static struct MHD_Response *
response_of(struct answer *a)
{
	struct MHD_Response *r;

	if (a->huge)
		r = MHD_create_response_from_callback(
		    BAD_HUGE_BYTES, CHUNK, huge_reader, NULL, NULL);
	else if (a->fd != -1) {
		if ((r = MHD_create_response_from_fd64(a->fd_bytes, a->fd)) == NULL)
			(void)close(a->fd);
	} else if (a->body.p == NULL)
		r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	else if ((r = MHD_create_response_from_buffer(
		      a->body.n, a->body.p, MHD_RESPMEM_MUST_FREE)) != NULL)
		a->body = (struct buf){0}; /* the response's now */
	answer_fini(a);
	return r;
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct answer *a)
{
	unsigned status = a->status;
	struct MHD_Response *r = response_of(a);
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	if (status != 304)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->content_type);
	if (*a->etag != '\0')
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, a->etag);
	if (*a->location != '\0')
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_LOCATION, a->location);
	if (a->retry_after > 0) {
		char seconds[16];

		(void)snprintf(seconds, sizeof(seconds), "%u", a->retry_after);
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	if (*a->last_modified != '\0')
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_LAST_MODIFIED, a->last_modified);
	if (a->set_cookie != NULL)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_SET_COOKIE, a->set_cookie);
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static const char *
argument_of(void *ctx, const char *name)
{
	return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND, name);
}

static void
note(struct request *r, int64_t t, const char *method, const char *host, const char *address)
{
	r->began_ms = t;
	(void)snprintf(r->method, sizeof(r->method), "%s", method);
	(void)snprintf(r->host, sizeof(r->host), "%s", host == NULL ? "?" : host);
	(void)snprintf(r->address, sizeof(r->address), "%s", address);
}

static void
log_request(struct sim *s, const struct request *r, int64_t end)
{
	const struct logged_request line = {r->began_ms, end, r->method, r->host, r->path, r->address, r->status};

	journal_request(s, &line);
}

static enum MHD_Result
respond(struct sim *s, struct MHD_Connection *c, struct request *request, const char *method,
    const char *path)
{
	int64_t t = sim_now_ms(s);
	struct question q = {.portal = portal_of(s, c),
	    .path = path,
	    .argument = argument_of,
	    .ctx = c,
	    .if_none_match =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH),
	    .if_modified_since =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_MODIFIED_SINCE)};
	struct answer a;

	answer_make(&a, s, &q);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		a.status = 405;
	request->page = a.page;
	request->status = a.status;
	request->revision = a.revision;
	request->bad = a.bad;
	request->get = strcmp(method, "GET") == 0;
	(void)snprintf(request->path, sizeof(request->path), "%s", path);
	note(request, t, method, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host"),
	    s->portals[q.portal].address);
	if (!s->opt.polite)
		log_request(s, request, t);
	/* a client need not take all of a bad page for us to go on */
	if (a.bad && request->get)
		state_bad_seen(s, path);
	return send_answer(c, &a);
}

static enum MHD_Result /* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's signature */
on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **state)
{
	struct server *server = cls;

	(void)version;
	(void)upload;
	if (*state == NULL) {
		*state = calloc(1, sizeof(struct request));
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	return respond(server->sim, c, *state, method, url);
}

static void
on_completed(
    void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct server *server = cls;
	struct request *request = *state;

	(void)c;
	if (request != NULL && server->sim->opt.polite && request->method[0] != '\0')
		log_request(server->sim, request, sim_now_ms(server->sim));
	if (request != NULL && request->page != NULL && request->get &&
	    code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		if (request->status == 200)
			state_sent(server->sim, request->page, request->revision);
		else if (request->status == 404)
			state_refused(server->sim, request->page);
	}
	free(request);
	*state = NULL;
}

/* Paths are compared as they are sent: nothing is decoded. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *c, char *text)
{
	(void)cls;
	(void)c;
	return strlen(text);
}

static void
silent(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	(void)fmt;
	(void)ap;
}

static void
accept_all(struct server *server, int listener)
{
	struct sockaddr_in in;
	socklen_t n = sizeof(in);
	int fd;

	while ((fd = accept4(listener, (struct sockaddr *)&in, &n, SOCK_CLOEXEC | SOCK_NONBLOCK)) !=
	       -1) {
		/* closes the descriptor also when it has no room */
		(void)MHD_add_connection(server->daemon, fd, (const struct sockaddr *)&in, n);
		n = sizeof(in);
	}
	if (errno == EMFILE || errno == ENFILE)
		(void)usleep(10000);
}

static void *
acceptor(void *cls)
{
	struct server *server = cls;
	struct epoll_event events[64];
	int n;

	for (;;) {
		n = epoll_wait(server->epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.u64 == STOP)
				return NULL;
			accept_all(server, server->fds[events[i].data.u64]);
		}
	}
}

static int
watch(struct server *server)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = STOP};

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->wake = eventfd(0, EFD_CLOEXEC);
	if (server->epoll == -1 || server->wake == -1 ||
	    epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->wake, &event) == -1)
		return -1;
	for (size_t i = 0; i < server->sim->portal_count; i++) {
		if (server->fds[i] == -1)
			continue; /* shares its address */
		event.data.u64 = i;
		if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->fds[i], &event) == -1)
			return -1;
	}
	return 0;
}

static struct MHD_Daemon *
start_daemon(struct server *server)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
				    MHD_USE_ITC | MHD_USE_ERROR_LOG,
	    0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, silent, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_UNESCAPE_CALLBACK,
	    keep_escapes, NULL, MHD_OPTION_THREAD_POOL_SIZE, THREADS, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
}

struct server *
server_start(struct sim *s, const int *fds)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server != NULL)
		server->fds = calloc(s->portal_count, sizeof(*server->fds));
	if (server == NULL || server->fds == NULL) {
		for (size_t i = 0; i < s->portal_count; i++)
			(void)close(fds[i]);
		free(server);
		return NULL;
	}
	memcpy(server->fds, fds, s->portal_count * sizeof(*fds));
	server->sim = s;
	server->epoll = server->wake = -1;
	if (watch(server) == 0 && (server->daemon = start_daemon(server)) != NULL)
		server->accepting = pthread_create(&server->acceptor, NULL, acceptor, server) == 0;
	if (server->accepting)
		return server;
	(void)fprintf(stderr, "portalsim: cannot serve: %s\n", strerror(errno));
	server_stop(server);
	return NULL;
}

void
server_stop(struct server *server)
{
	uint64_t one = 1;

	if (server == NULL)
		return;
	if (server->accepting) {
		(void)!write(server->wake, &one, sizeof(one));
		(void)pthread_join(server->acceptor, NULL);
	}
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	for (size_t i = 0; i < server->sim->portal_count; i++)
		if (server->fds[i] != -1)
			(void)close(server->fds[i]);
	if (server->epoll != -1)
		(void)close(server->epoll);
	if (server->wake != -1)
		(void)close(server->wake);
	free(server->fds);
	free(server);
}
