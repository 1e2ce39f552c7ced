/* SPDX-License-Identifier: MIT */
#include "bad.h"

#include "journal.h"

#include <string.h>

#define DEPTH 100000

static const struct {
	const char *name, *path;
} pages[BAD_KINDS] = {
    [BAD_EMPTY] = {"empty", "/bad/empty.html"},
    [BAD_BINARY] = {"binary", "/bad/binary.html"},
    [BAD_DEEP] = {"deep", "/bad/deep.html"},
    [BAD_HUGE] = {"huge", "/bad/huge.html"},
};

static const char huge_head[] = "<html><head><title>huge</title></head><body>\n";
static const char huge_line[] =
    "<p>0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghi</p>\n";

const char *
bad_path(enum bad_kind kind)
{
	return pages[kind].path;
}

const char *
bad_name(enum bad_kind kind)
{
	return pages[kind].name;
}

bool
bad_find(const char *path, enum bad_kind *kind)
{
	for (unsigned i = 0; i < BAD_KINDS; i++)
		if (strcmp(pages[i].path, path) == 0) {
			*kind = (enum bad_kind)i;
			return true;
		}
	return false;
}

static void
binary(struct buf *out)
{
	static const char magic[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	uint32_t x = 0x5eed;

	(void)buf_add(out, magic, sizeof(magic) - 1);
	for (unsigned i = 0; i < 20000; i++) {
		x = x * 1664525U + 1013904223U;
		(void)buf_add_byte(out, (char)(x >> 24));
	}
}

static void
deep(struct buf *out)
{
	(void)buf_add_str(out, "<html><head><title>deep</title></head><body>");
	for (unsigned i = 0; i < DEPTH; i++)
		(void)buf_add_str(out, "<div>");
	(void)buf_add_str(out, "<p>bottom</p>");
	for (unsigned i = 0; i < DEPTH; i++)
		(void)buf_add_str(out, "</div>");
	(void)buf_add_str(out, "</body></html>\n");
}

int
bad_body(enum bad_kind kind, struct buf *out)
{
	if (kind == BAD_BINARY)
		binary(out);
	else if (kind == BAD_DEEP)
		deep(out);
	return out->failed ? -1 : 0;
}

size_t
bad_huge(uint64_t pos, char *out, size_t max)
{
	size_t n = 0;

	for (; n < max && pos < BAD_HUGE_BYTES; n++, pos++)
		out[n] = pos < sizeof(huge_head) - 1
			     ? huge_head[pos]
			     : huge_line[(pos - (sizeof(huge_head) - 1)) % (sizeof(huge_line) - 1)];
	return n;
}

void
bad_announce(struct sim *s)
{
	if (s->opt.serve != NULL || !s->opt.misbehave)
		return;
	for (unsigned i = 0; i < BAD_KINDS; i++)
		journal_bad(s, s->opt.portals, pages[i].name, pages[i].path);
}

void
bad_mark_seen(struct sim *s, const char *path)
{
	enum bad_kind kind;

	if (bad_find(path, &kind))
		s->bad_seen |= 1U << (unsigned)kind;
}

bool
bad_all_seen(const struct sim *s)
{
	return s->bad_seen == (1U << BAD_KINDS) - 1;
}
