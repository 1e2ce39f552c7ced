/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/digest.h>

#define SHA256_BYTES 32

struct digest {
	EVP_MD_CTX *ctx;
};

struct digest *
digest_new(void)
{
	struct digest *d = malloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx == NULL || EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(d->ctx);
		free(d);
		return NULL;
	}
	return d;
}

void
digest_add(struct digest *d, struct span bytes)
{
	if (bytes.n > 0)
		(void)EVP_DigestUpdate(d->ctx, bytes.p, bytes.n);
}

void
digest_add_field(struct digest *d, struct span bytes)
{
	char length[32];
	int n = snprintf(length, sizeof(length), "%zu:", bytes.n);

	digest_add(d, (struct span){length, (size_t)n});
	digest_add(d, bytes);
}

static void
write_hex(const unsigned char *raw, char hex[DIGEST_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_BYTES; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[DIGEST_HEX] = '\0';
}

void
digest_end(struct digest *d, char hex[DIGEST_HEX + 1])
{
	unsigned char raw[EVP_MAX_MD_SIZE] = {0};

	(void)EVP_DigestFinal_ex(d->ctx, raw, NULL);
	EVP_MD_CTX_free(d->ctx);
	free(d);
	write_hex(raw, hex);
}

void
digest_hex(struct span bytes, char hex[DIGEST_HEX + 1])
{
	unsigned char raw[EVP_MAX_MD_SIZE] = {0};

	(void)EVP_Digest(bytes.n > 0 ? bytes.p : "", bytes.n, raw, NULL, EVP_sha256(), NULL);
	write_hex(raw, hex);
}

bool
digest_is_hex(struct span s)
{
	if (s.n != DIGEST_HEX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}
