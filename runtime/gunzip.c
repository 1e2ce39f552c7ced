/* SPDX-License-Identifier: MIT */
#include "gunzip.h"

#include <zlib.h>

bool
gunzip_is(struct span bytes)
{
	return span_starts(bytes, SPAN("\x1f\x8b\x08"));
}

/* What a broken file holds before the break is no list: rows would be missing in silence. */
int
gunzip(struct buf *out, struct span bytes, struct err *err)
{
	unsigned char chunk[65536];
	z_stream z = {.next_in = (z_const Bytef *)bytes.p, .avail_in = (uInt)bytes.n};
	int rc;

	if (bytes.n > INT32_MAX || inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(err, ERR_REJECT, "too_large", "gzip: out of memory");
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			break;
		if (buf_add(out, chunk, sizeof(chunk) - z.avail_out) == -1)
			break;
	} while (rc != Z_STREAM_END);
	(void)inflateEnd(&z);
	if (out->failed)
		return err_set(
		    err, ERR_REJECT, "too_large", "gzip: holds more than %zu bytes", out->limit);
	return rc == Z_STREAM_END ? 0
				  : err_set(err, ERR_REJECT, "encoding", "gzip: the file is broken");
}
