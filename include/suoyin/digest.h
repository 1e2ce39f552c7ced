/* SPDX-License-Identifier: MIT */
/* digest.h - SHA-256 (FIPS 180-4) through libcrypto, as lower-case hexadecimal. */
#ifndef SUOYIN_DIGEST_H
#define SUOYIN_DIGEST_H

#include <suoyin/span.h>

#define DIGEST_HEX 64

struct digest; /* one running hash */

struct digest *digest_new(void); /* NULL: out of memory */
void digest_add(struct digest *d, struct span bytes);
/* Adds the length in decimal, a colon, then the bytes: two fields never run into one. */
void digest_add_field(struct digest *d, struct span bytes);
void digest_end(struct digest *d, char hex[DIGEST_HEX + 1]); /* writes the result and frees d */

void digest_hex(struct span bytes, char hex[DIGEST_HEX + 1]);
bool digest_is_hex(struct span s); /* 64 lower-case hexadecimal digits */

#endif
