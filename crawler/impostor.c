/* SPDX-License-Identifier: MIT */
#include "impostor.h"

#include "overlap.h"

#include <ctype.h>
#include <iconv.h>
#include <string.h>

#define SCRIPTED_MAX 16384 /* a wall's page is small */
#define TEXT_MAX 72        /* bytes of text that it may show: "please enable scripts" */
#define NAME_BYTES 24      /* of a title, that a page which is meant must hold: eight characters */

static bool
has(struct span body, const char *what)
{
	return span_find_ci(body, span_of(what), 0) != SIZE_MAX;
}

/* Where `end` begins, from `at` on; else the end of the body. */
static size_t
skip_to(struct span body, const char *end, size_t at)
{
	size_t found = span_find_ci(body, span_of(end), at);

	return found == SIZE_MAX ? body.n : found + strlen(end);
}

/* Bytes that a reader would see: outside of tags, scripts, styles and comments. */
static size_t
visible_bytes(struct span body)
{
	size_t n = 0, at = 0;

	while (at < body.n) {
		struct span rest = span_cut(body, at, at + 8);

		if (body.p[at] != '<') {
			n += isspace((unsigned char)body.p[at++]) == 0;
			continue;
		}
		if (span_eq_ci(span_cut(rest, 0, 7), SPAN("<script")))
			at = skip_to(body, "</script>", at);
		else if (span_eq_ci(span_cut(rest, 0, 6), SPAN("<style")))
			at = skip_to(body, "</style>", at);
		else if (span_eq_ci(span_cut(rest, 0, 6), SPAN("<title")))
			at = skip_to(body, "</title>", at);
		else if (span_eq(span_cut(rest, 0, 4), SPAN("<!--")))
			at = skip_to(body, "-->", at);
		else
			at = skip_to(body, ">", at);
	}
	return n;
}

/* A page that shows next to nothing and whose script wants a cookie, or sets one. */
static bool
is_scripted_wall(struct span body, bool sets_cookie)
{
	if (body.n > SCRIPTED_MAX || !has(body, "<script"))
		return false;
	if (has(body, "$_ts") || has(body, "__jsl_clearance") || has(body, "acw_sc__v2"))
		return true;
	return (sets_cookie || has(body, "document.cookie")) && visible_bytes(body) <= TEXT_MAX;
}

bool
impostor_is_challenge(int status, struct span body, bool sets_cookie)
{
	switch (status) {
	case 405: /* to a GET */
	case 412:
	case 488:
	case 521:
		return true;
	case 200:
	case 202:
	case 403:
	case 503:
		return body.p != NULL && is_scripted_wall(body, sets_cookie);
	default:
		return false;
	}
}

static uint64_t
hash(const char *text)
{
	return overlap_hash(OVERLAP_SEED, text, strlen(text));
}

bool
soft_is_known(const struct soft_pages *s, const char *sha256)
{
	for (size_t i = 0; i < s->known_count; i++)
		if (s->known[i] == hash(sha256))
			return true;
	return false;
}

void
soft_learn(struct soft_pages *s, const char *sha256)
{
	s->known[s->known_count < SOFT_KNOWN ? s->known_count++ : s->turn % SOFT_KNOWN] =
	    hash(sha256);
}

/* The beginning of a title, no code point cut in two. */
static struct span
name_in(const char *title)
{
	struct span name = span_trim(span_of(title));

	if (name.n > NAME_BYTES) {
		name.n = NAME_BYTES;
		while (name.n > 0 && ((unsigned char)name.p[name.n] & 0xC0) == 0x80)
			name.n--;
	}
	return name;
}

/* In the charsets that portals use. */
static bool
names(struct span body, struct span name)
{
	char gb[4 * NAME_BYTES], *in = (char *)(uintptr_t)name.p, *out = gb;
	size_t left = name.n, room = sizeof(gb);
	iconv_t cd;

	if (name.n == 0 || span_find(body, name, 0) != SIZE_MAX)
		return true;
	if ((cd = iconv_open("GB18030", "UTF-8")) == (iconv_t)-1)
		return true;
	(void)iconv(cd, &in, &left, &out, &room);
	(void)iconv_close(cd);
	return left > 0 || span_find(body, (struct span){gb, sizeof(gb) - room}, 0) != SIZE_MAX;
}

bool
soft_note(struct soft_pages *s, const char *sha256, struct span body, const char *url,
    const char *title)
{
	uint64_t own = hash(sha256), own_url = hash(url), own_title = hash(title == NULL ? "" : title);
	size_t copies = 1, i;

	for (i = 0; i < SOFT_SEEN; i++) {
		if (s->seen[i].body != own)
			continue;
		if (s->seen[i].url == own_url)
			return false;
		/* the same document in two columns has one title */
		copies += s->seen[i].title != own_title;
	}
	i = s->turn++ % SOFT_SEEN;
	s->seen[i].body = own;
	s->seen[i].url = own_url;
	s->seen[i].title = own_title;
	if (copies < SOFT_COPIES || title == NULL || names(body, name_in(title)))
		return false;
	soft_learn(s, sha256);
	return true;
}

void
fence_note(struct fence *f, const char *url, bool missing)
{
	uint64_t own = hash(url);
	size_t i = 0;

	while (i < FENCE_PAGES && f->pages[i].url != own)
		i++;
	if (i == FENCE_PAGES)
		i = f->turn++ % FENCE_PAGES;
	f->pages[i].url = own;
	f->pages[i].missing = missing;
}

bool
fence_stands(const struct fence *f)
{
	size_t known = 0, missing = 0;

	for (size_t i = 0; i < FENCE_PAGES; i++) {
		known += f->pages[i].url != 0;
		missing += f->pages[i].url != 0 && f->pages[i].missing;
	}
	return known >= FENCE_LEAST && missing * 5 >= known * 4;
}
