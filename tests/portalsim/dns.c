/* SPDX-License-Identifier: MIT */
#include "dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_MAX_BYTES 256
#define STEPS_MAX 8
#define PACKET_MAX 512
#define TYPE_A 1
#define TYPE_AAAA 28

struct name {
	char name[NAME_MAX_BYTES];
	char steps[STEPS_MAX][NAME_MAX_BYTES];
	unsigned ttl, count, at;
};

struct dns {
	const struct sim *sim;
	struct name *names;
	size_t count;
	pthread_t thread;
	int fd, wake;
};

static int
read_line(struct name *n, char *line)
{
	char *rest = line, *word = strtok_r(rest, " \t\n", &rest), *ttl = strtok_r(NULL, " \t\n", &rest), *step;

	if (word == NULL || *word == '#')
		return 0;
	if (ttl == NULL || strlen(word) >= sizeof(n->name))
		return -1;
	*n = (struct name){.ttl = (unsigned)strtoul(ttl, NULL, 10)};
	(void)snprintf(n->name, sizeof(n->name), "%s", word);
	while (n->count < STEPS_MAX && (step = strtok_r(NULL, " |\t\n", &rest)) != NULL)
		(void)snprintf(n->steps[n->count++], NAME_MAX_BYTES, "%s", step);
	return n->count > 0 ? 1 : -1;
}

static int
read_file(struct dns *d, const char *path)
{
	FILE *in = fopen(path, "re");
	char line[2048];
	int rc = 0;

	if (in == NULL)
		rc = -1;
	while (rc == 0 && fgets(line, sizeof(line), in) != NULL) {
		struct name *grown = realloc(d->names, (d->count + 1) * sizeof(*grown));
		int got;

		if (grown == NULL)
			rc = -1;
		else
			d->names = grown;
		if (rc == 0 && (got = read_line(&d->names[d->count], line)) != 0) {
			d->count += got == 1;
			rc = got == 1 ? 0 : -1;
		}
	}
	if (in != NULL)
		(void)fclose(in);
	if (rc == -1)
		(void)fprintf(stderr, "portalsim: --dns %s: cannot be read, or a line is wrong\n", path);
	return rc;
}

static struct name *
find(struct dns *d, const char *name)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcasecmp(d->names[i].name, name) == 0)
			return &d->names[i];
	return NULL;
}

/* The addresses of a name now, or NULL; *ttl of them. */
static const char *
step_of(struct dns *d, const char *name, unsigned type, unsigned *ttl)
{
	struct name *n = find(d, name);
	const char *step;

	*ttl = n == NULL ? 60 : n->ttl;
	if (n != NULL) {
		step = n->steps[n->at];
		if (type == TYPE_A && n->at + 1 < n->count)
			n->at++;
		return step;
	}
	for (size_t i = 0; i < d->sim->portal_count; i++)
		if (strcasecmp(d->sim->portals[i].host, name) == 0)
			return d->sim->portals[i].address;
	return NULL;
}

static void
put16(unsigned char *p, unsigned n)
{
	p[0] = (unsigned char)(n >> 8);
	p[1] = (unsigned char)n;
}

/* One answer record; the size it takes, 0: of the other family, or no room. */
static size_t
add_record(unsigned char *p, size_t room, const char *text, unsigned type, unsigned ttl)
{
	unsigned char bits[16];
	size_t n = type == TYPE_A ? 4 : 16;

	if (room < 12 + n || inet_pton(type == TYPE_A ? AF_INET : AF_INET6, text, bits) != 1)
		return 0;
	put16(p, 0xC00C); /* the name of the question */
	put16(p + 2, type);
	put16(p + 4, 1);
	put16(p + 6, ttl >> 16);
	put16(p + 8, ttl & 0xFFFF);
	put16(p + 10, (unsigned)n);
	memcpy(p + 12, bits, n);
	return 12 + n;
}

/* The name of the question, dotted; where its type stands. 0: not understood. */
static size_t
read_name(const unsigned char *p, size_t size, char out[NAME_MAX_BYTES])
{
	size_t at = 12, n = 0;

	while (at < size && p[at] != 0) {
		size_t label = p[at++];

		if (label > 63 || at + label >= size || n + label + 1 >= NAME_MAX_BYTES)
			return 0;
		if (n > 0)
			out[n++] = '.';
		memcpy(out + n, p + at, label);
		n += label;
		at += label;
	}
	out[n] = '\0';
	return at + 5 <= size ? at + 1 : 0;
}

/* Turns the question into its answer; the size, 0: none is sent. */
static size_t
answer(struct dns *d, unsigned char *p, size_t size)
{
	char name[NAME_MAX_BYTES], addresses[NAME_MAX_BYTES], *rest = addresses, *one;
	size_t at = size < 12 ? 0 : read_name(p, size, name);
	unsigned type = at == 0 ? 0 : (unsigned)p[at] << 8 | p[at + 1], ttl, count = 0;
	const char *step;

	if (at == 0)
		return 0;
	step = step_of(d, name, type, &ttl);
	if (step != NULL && strcmp(step, "!") == 0)
		return 0;
	at += 4;
	put16(p + 2, 0x8180 | (step == NULL || strcmp(step, "-") == 0 ? 3U : 0U));
	memset(p + 4, 0, 8);
	put16(p + 4, 1);
	(void)snprintf(addresses, sizeof(addresses), "%s", step == NULL ? "" : step);
	while ((type == TYPE_A || type == TYPE_AAAA) && (one = strtok_r(rest, ",", &rest)) != NULL) {
		size_t n = add_record(p + at, PACKET_MAX - at, one, type, ttl);

		at += n;
		count += n > 0;
	}
	put16(p + 6, count);
	return at;
}

static void *
serve(void *ctx)
{
	struct dns *d = ctx;
	struct pollfd fds[] = {{.fd = d->fd, .events = POLLIN}, {.fd = d->wake, .events = POLLIN}};
	unsigned char packet[PACKET_MAX];
	struct sockaddr_in from;

	while (poll(fds, 2, -1) >= 0 && fds[1].revents == 0) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(d->fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
		size_t size = n <= 0 ? 0 : answer(d, packet, (size_t)n);

		if (size > 0)
			(void)sendto(d->fd, packet, size, 0, (struct sockaddr *)&from, len);
	}
	return NULL;
}

static int
open_socket(struct dns *d, unsigned *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
	socklen_t n = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	d->wake = eventfd(0, EFD_CLOEXEC);
	if (d->fd == -1 || d->wake == -1 || bind(d->fd, (const struct sockaddr *)&in, n) == -1 ||
	    getsockname(d->fd, (struct sockaddr *)&in, &n) == -1) {
		(void)fprintf(stderr, "portalsim: name server: %s\n", strerror(errno));
		return -1;
	}
	*port = ntohs(in.sin_port);
	return 0;
}

static void
dns_free(struct dns *d)
{
	if (d->fd != -1)
		(void)close(d->fd);
	if (d->wake != -1)
		(void)close(d->wake);
	free(d->names);
	free(d);
}

struct dns *
dns_start(const struct sim *s, unsigned *port)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->sim = s;
	d->fd = d->wake = -1;
	if ((s->opt.dns == NULL || read_file(d, s->opt.dns) == 0) && open_socket(d, port) == 0 &&
	    pthread_create(&d->thread, NULL, serve, d) == 0)
		return d;
	dns_free(d);
	return NULL;
}

void
dns_stop(struct dns *d)
{
	uint64_t one = 1;

	if (d == NULL)
		return;
	(void)!write(d->wake, &one, sizeof(one));
	(void)pthread_join(d->thread, NULL);
	dns_free(d);
}
