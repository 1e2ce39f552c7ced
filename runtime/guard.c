/* SPDX-License-Identifier: MIT */
#include <suoyin/guard.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* IPv4 is kept as ::ffff:a.b.c.d, so that one comparison serves both. */
struct network {
	unsigned char address[16];
	unsigned bits;
};

struct guard {
	struct network *allowed;
	size_t count;
};

struct range {
	unsigned char first[16];
	unsigned bits;
};

/* IANA IPv4 Special-Purpose Address Registry, and multicast. */
static const struct range closed4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

/* Within 2000::/3, the only part of IPv6 that is global unicast (RFC 4291, IANA). */
static const struct range closed6[] = {
    {{0x20, 0x01}, 23},             /* IETF protocol assignments, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool
in_any(const struct range *ranges, size_t count, const unsigned char *address)
{
	for (size_t i = 0; i < count; i++)
		if (same_bits(address, ranges[i].first, ranges[i].bits))
			return true;
	return false;
}

static void
map4(unsigned char out[16], const void *in)
{
	static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(out, prefix, sizeof(prefix));
	memcpy(out + 12, in, 4);
}

static int
parse_network(struct network *out, const char *text)
{
	size_t n = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	unsigned char four[4];
	unsigned base = 0;
	uint64_t bits;

	if (n >= sizeof(address))
		return -1;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, four) == 1) {
		map4(out->address, four);
		base = 96;
	} else if (inet_pton(AF_INET6, address, out->address) != 1) {
		return -1;
	}
	bits = 128 - base;
	if (text[n] == '/' && span_u64(span_of(text + n + 1), 128 - base, &bits) == -1)
		return -1;
	out->bits = base + (unsigned)bits;
	return 0;
}

struct guard *
guard_new(const struct config_list *networks, struct err *err)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g == NULL || (g->allowed = calloc(networks->count + 1, sizeof(*g->allowed))) == NULL) {
		free(g);
		(void)err_set(err, ERR_FATAL, "memory", "out of memory");
		return NULL;
	}
	for (; g->count < networks->count; g->count++)
		if (parse_network(&g->allowed[g->count], networks->items[g->count]) == -1) {
			(void)err_set(err, ERR_FATAL, "config",
			    "allow_networks: not a network: %.60s (expected 127.0.0.0/8 or "
			    "fd00::/8)",
			    networks->items[g->count]);
			guard_free(g);
			return NULL;
		}
	return g;
}

void
guard_free(struct guard *g)
{
	if (g == NULL)
		return;
	free(g->allowed);
	free(g);
}

static bool
is_public4(const unsigned char *four)
{
	return !in_any(closed4, COUNT_OF(closed4), four);
}

static bool
is_public(const unsigned char *a)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b}; /* RFC 6052 */

	if (memcmp(a, mapped, sizeof(mapped)) == 0 || memcmp(a, nat64, sizeof(nat64)) == 0)
		return is_public4(a + 12);
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4, RFC 3056 */
		return is_public4(a + 2);
	return a[0] >> 5 == 1 && !in_any(closed6, COUNT_OF(closed6), a);
}

bool
guard_allows(const struct guard *g, const struct sockaddr *address)
{
	unsigned char a[16];

	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		map4(a, &in.sin_addr);
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, address, sizeof(in));
		memcpy(a, &in.sin6_addr, sizeof(a));
	} else {
		return false;
	}
	for (size_t i = 0; i < g->count; i++)
		if (same_bits(a, g->allowed[i].address, g->allowed[i].bits))
			return true;
	return is_public(a);
}
