/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include "names.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/clock.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>

#define TIMEOUT_MS 2000 /* of the first try; c-ares doubles it */
#define TRIES 3
#define GRACE_MS 30000 /* a visit that waits may use its address so much longer */
#define FAILED_MS 1000 /* a failure is believed this long: for those that waited for it */

struct host {
	char *name; /* first: names.h */
	struct host *next;
	struct resolver *resolver;
	char (*addresses)[48];
	size_t count, turn;
	const char *failure;
	int64_t until_ms; /* 0: never asked */
	bool asking;
	struct visit_queue waiting;
};

struct resolver {
	struct resolver_options options;
	ares_channel channel;
	void *by_name;
	struct host *hosts;
	size_t host_count, asking;
	int64_t sweep_ms;
	struct visit_queue ready;
};

/* ares_set_servers_ports_csv() wants one text. */
static int
set_servers(struct resolver *r, const struct config_list *servers, struct err *err)
{
	struct buf csv;
	int rc = 0;

	if (servers->count == 0)
		return 0;
	buf_init(&csv, 4096);
	for (size_t i = 0; i < servers->count; i++)
		(void)buf_add_fmt(&csv, "%s%s", i > 0 ? "," : "", servers->items[i]);
	if (csv.failed || ares_set_servers_ports_csv(r->channel, csv.p) != ARES_SUCCESS)
		rc = err_set(err, ERR_FATAL, "config",
		    "dns.servers: not a list of addresses: %.200s (expected 192.0.2.1 or 127.0.0.1:5353)",
		    csv.failed ? "" : csv.p);
	buf_fini(&csv);
	return rc;
}

struct resolver *
resolver_new(const struct resolver_options *options, struct err *err)
{
	struct ares_options ares = {
	    .flags = ARES_FLAG_NOSEARCH, .timeout = TIMEOUT_MS, .tries = TRIES};
	struct resolver *r = calloc(1, sizeof(*r));
	struct visit_queue none = {0};

	if (r == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(r);
		(void)err_set(err, ERR_FATAL, "dns", "c-ares cannot be used");
		return NULL;
	}
	r->options = *options;
	if (ares_init_options(&r->channel, &ares,
		ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
		free(r);
		ares_library_cleanup();
		(void)err_set(err, ERR_FATAL, "dns", "c-ares cannot be used");
		return NULL;
	}
	if (set_servers(r, options->servers, err) == -1) {
		resolver_free(r, &none);
		return NULL;
	}
	return r;
}

static void
host_free(struct resolver *r, struct host *h)
{
	named_remove(&r->by_name, h);
	free(h->name);
	free(h->addresses);
	free(h);
	r->host_count--;
}

void
resolver_free(struct resolver *r, struct visit_queue *out)
{
	if (r == NULL)
		return;
	ares_destroy(r->channel); /* calls on_answer() of all that is asked */
	visit_move_all(&r->ready, out);
	for (struct host *h = r->hosts, *next; h != NULL; h = next) {
		next = h->next;
		visit_move_all(&h->waiting, out);
		host_free(r, h);
	}
	free(r);
	ares_library_cleanup();
}

/* Once a minute: names that nobody asked for since their answer grew old. */
static void
sweep(struct resolver *r, int64_t now_ms)
{
	struct host **at = &r->hosts;

	if (now_ms < r->sweep_ms)
		return;
	r->sweep_ms = now_ms + 60000;
	while (*at != NULL) {
		struct host *h = *at;

		if (h->asking || h->waiting.head != NULL || h->until_ms + 60000 > now_ms) {
			at = &h->next;
			continue;
		}
		*at = h->next;
		host_free(r, h);
	}
}

static struct host *
host_of(struct resolver *r, const char *name)
{
	struct host *h = named_find(&r->by_name, name);

	if (h != NULL)
		return h;
	if ((h = calloc(1, sizeof(*h))) == NULL || (h->name = strdup(name)) == NULL ||
	    named_add(&r->by_name, h) == -1) {
		if (h != NULL)
			free(h->name);
		free(h);
		return NULL;
	}
	h->resolver = r;
	h->next = r->hosts;
	r->hosts = h;
	r->host_count++;
	return h;
}

/* As in URLs. */
static int
spell(const struct sockaddr *address, char out[48])
{
	char text[INET6_ADDRSTRLEN];
	bool six = address->sa_family == AF_INET6;
	const void *bits = six ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
			       : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;

	if (inet_ntop(address->sa_family, bits, text, sizeof(text)) == NULL)
		return -1;
	(void)snprintf(out, 48, six ? "[%s]" : "%s", text);
	return 0;
}

/* An address in the place of a name. 1: it is one, and allowed; 0: no address; -1: not allowed. */
static int
literal(const struct resolver *r, struct visit *v)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr *address = (const struct sockaddr *)&in;
	size_t n = strlen(v->host);
	char bare[INET6_ADDRSTRLEN];

	if (v->host[0] == '[') {
		if (n < 3 || n - 2 >= sizeof(bare))
			return -1;
		memcpy(bare, v->host + 1, n - 2);
		bare[n - 2] = '\0';
		if (inet_pton(AF_INET6, bare, &in6.sin6_addr) != 1)
			return -1;
		address = (const struct sockaddr *)&in6;
	} else if (inet_pton(AF_INET, v->host, &in.sin_addr) != 1) {
		return 0;
	}
	if (!guard_allows(r->options.guard, address) || spell(address, v->address) == -1)
		return -1;
	return 1;
}

static int64_t
keep_ms(const struct resolver *r, int64_t ttl_s)
{
	int64_t ms = ttl_s * 1000;

	if (ms < r->options.ttl_least_ms)
		ms = r->options.ttl_least_ms;
	return ms > r->options.ttl_most_ms ? r->options.ttl_most_ms : ms;
}

/* The addresses that may be asked, in the order that c-ares gives: what can be reached first. */
static void
take_addresses(struct host *h, const struct ares_addrinfo *info)
{
	struct resolver *r = h->resolver;
	int64_t ttl = INT32_MAX;
	size_t n = 0, seen = 0;

	for (const struct ares_addrinfo_node *node = info->nodes; node != NULL; node = node->ai_next)
		n++;
	free(h->addresses);
	h->count = h->turn = 0;
	if ((h->addresses = calloc(n + 1, sizeof(*h->addresses))) == NULL) {
		h->failure = "memory";
		return;
	}
	for (const struct ares_addrinfo_node *node = info->nodes; node != NULL; node = node->ai_next) {
		seen++;
		if (node->ai_ttl < ttl)
			ttl = node->ai_ttl;
		if (guard_allows(r->options.guard, node->ai_addr) &&
		    spell(node->ai_addr, h->addresses[h->count]) == 0)
			h->count++;
	}
	h->failure = h->count > 0 ? NULL : seen > 0 ? "address" : "dns";
	h->until_ms = clock_ms() + (h->count > 0 ? keep_ms(r, ttl) : FAILED_MS);
}

static void
on_answer(void *ctx, int status, int timeouts, struct ares_addrinfo *info)
{
	struct host *h = ctx;

	(void)timeouts;
	h->asking = false;
	h->resolver->asking--;
	if (status == ARES_SUCCESS) {
		take_addresses(h, info);
		ares_freeaddrinfo(info);
	} else {
		h->failure = status == ARES_ENOMEM ? "memory" : "dns";
		h->until_ms = clock_ms() + FAILED_MS;
		if (status != ARES_EDESTRUCTION)
			log_event(LEVEL_DEBUG, "name_not_found", F_STR("host", h->name),
			    F_STR("why", ares_strerror(status)));
	}
	visit_move_all(&h->waiting, &h->resolver->ready);
}

static void
look_up(struct resolver *r, struct host *h)
{
	const struct ares_addrinfo_hints hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NUMERICSERV};

	h->asking = true;
	r->asking++;
	ares_getaddrinfo(r->channel, h->name, NULL, &hints, on_answer, h); /* may answer at once */
}

enum resolved
resolver_ask(struct resolver *r, struct visit *v, int64_t now_ms, const char **why)
{
	struct host *h;
	int is = literal(r, v);

	if (is != 0) {
		*why = "address";
		v->address_until_ms = INT64_MAX;
		return is == 1 ? RESOLVED : RESOLVE_FAILED;
	}
	if ((h = host_of(r, v->host)) == NULL) {
		*why = "memory";
		return RESOLVE_FAILED;
	}
	if (h->asking || now_ms >= h->until_ms) {
		if (!h->asking)
			look_up(r, h);
		if (h->asking) {
			visit_push(&h->waiting, v);
			return RESOLVE_WAIT;
		}
	}
	if (h->failure != NULL) {
		*why = h->failure;
		return RESOLVE_FAILED;
	}
	(void)snprintf(v->address, sizeof(v->address), "%s", h->addresses[h->turn % h->count]);
	v->address_until_ms = h->until_ms + GRACE_MS;
	return RESOLVED;
}

void
resolver_failed(struct resolver *r, const struct visit *v)
{
	struct host *h = named_find(&r->by_name, v->host);

	if (h != NULL && h->count > 1 && strcmp(h->addresses[h->turn % h->count], v->address) == 0)
		h->turn++;
}

size_t
resolver_fds(const struct resolver *r, struct pollfd *out, size_t room)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned bits;
	size_t n = 0;

	if (r->asking == 0)
		return 0;
	bits = (unsigned)ares_getsock(r->channel, sockets, ARES_GETSOCK_MAXNUM);
	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM && n < room; i++) {
		/* as ARES_GETSOCK_READABLE and _WRITABLE, whose 1 << 31 is not defined */
		short events = (short)((bits >> i & 1 ? POLLIN : 0) |
				       (bits >> (i + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));

		if (events != 0)
			out[n++] = (struct pollfd){.fd = sockets[i], .events = events};
	}
	return n;
}

int64_t
resolver_wait_ms(const struct resolver *r, int64_t most)
{
	struct timeval room, *wait;
	int64_t ms;

	if (r->ready.head != NULL)
		return 0;
	if (r->asking == 0 || (wait = ares_timeout(r->channel, NULL, &room)) == NULL)
		return most;
	ms = (int64_t)wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1;
	return ms < most ? ms : most;
}

void
resolver_poll(struct resolver *r, int64_t now_ms, struct visit_queue *out)
{
	struct pollfd fds[ARES_GETSOCK_MAXNUM];
	size_t n = resolver_fds(r, fds, ARES_GETSOCK_MAXNUM);

	if (n > 0 && poll(fds, n, 0) > 0)
		for (size_t i = 0; i < n; i++)
			if (fds[i].revents != 0)
				ares_process_fd(r->channel,
				    (fds[i].events & POLLIN) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
				    (fds[i].events & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
	if (r->asking > 0)
		ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* timeouts */
	visit_move_all(&r->ready, out);
	sweep(r, now_ms);
}

void
resolver_take_all(struct resolver *r, bool inactive_only, struct visit_queue *out)
{
	for (struct host *h = r->hosts; h != NULL; h = h->next) {
		struct visit_queue keep = {0};
		struct visit *v;

		while ((v = visit_pop(&h->waiting)) != NULL)
			visit_push(
			    inactive_only && v->watch->active && !v->lost ? &keep : out, v);
		h->waiting = keep;
	}
}
