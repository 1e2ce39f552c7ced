/* SPDX-License-Identifier: MIT */
/* RFC 8259 by one loop: what is open is a stack of bits, an object or a list each. */
#include <string.h>
#include <suoyin/json_write.h>

#include "json_plain.h"

struct scan {
	const char *p, *end;
	uint64_t objects; /* the innermost level is the lowest bit: 1 an object, 0 a list */
	int depth;
};

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Behind \u: four digits, neither NUL nor half of a pair. */
static bool
hex4(struct scan *s)
{
	unsigned v = 0;

	if (s->end - s->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = *s->p++;

		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (unsigned)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v << 4 | (unsigned)(c - 'A' + 10);
		else
			return false;
	}
	return v != 0 && (v < 0xD800 || v > 0xDFFF);
}

static bool
string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	for (;;) {
		s->p = json_plain_end(s->p, s->end);
		if (s->p == s->end || (unsigned char)*s->p < 0x20)
			return false;
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		s->p++; /* a backslash */
		if (s->p == s->end || strchr("\"\\/bfnrtu", *s->p) == NULL || *s->p == '\0')
			return false;
		if (*s->p++ == 'u' && !hex4(s))
			return false;
	}
}

static bool
digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool
number(struct scan *s)
{
	(void)take(s, '-');
	if (!take(s, '0') && !digits(s))
		return false;
	if (take(s, '.') && !digits(s))
		return false;
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return digits(s);
	}
	return true;
}

static bool
word(struct scan *s, const char *name)
{
	size_t n = strlen(name);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, name, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
scalar(struct scan *s)
{
	if (s->p == s->end)
		return false;
	switch (*s->p) {
	case '"':
		return string(s);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s);
	}
}

/* Behind a member's name, and before its value. */
static bool
name(struct scan *s)
{
	skip_space(s);
	if (!string(s))
		return false;
	skip_space(s);
	return take(s, ':');
}

/* A value begins: 1 it is over, 0 it has opened a level that is not empty, -1 bad. */
static int
value(struct scan *s)
{
	bool object;

	skip_space(s);
	if (s->p == s->end || (*s->p != '{' && *s->p != '['))
		return scalar(s) ? 1 : -1;
	object = *s->p++ == '{';
	skip_space(s);
	if (take(s, object ? '}' : ']'))
		return 1;
	if (s->depth == JSON_DEPTH_MAX)
		return -1;
	s->depth++;
	s->objects = s->objects << 1 | (object ? 1 : 0);
	return object && !name(s) ? -1 : 0;
}

/* A value is over: closes levels up to the next value. 1 there is one, 0 all is closed, -1 bad. */
static int
next(struct scan *s)
{
	while (s->depth > 0) {
		bool object = (s->objects & 1) != 0;

		skip_space(s);
		if (take(s, ','))
			return object && !name(s) ? -1 : 1;
		if (!take(s, object ? '}' : ']'))
			return -1;
		s->objects >>= 1;
		s->depth--;
	}
	return 0;
}

bool
json_is_object_text(struct span text)
{
	struct scan s = {text.p, text.p + text.n, 0, 0};
	int more = 1;

	if (text.n == 0 || *text.p != '{')
		return false;
	while (more == 1) {
		int over = value(&s);

		if (over == -1)
			return false;
		if (over == 1)
			more = next(&s);
	}
	skip_space(&s);
	return more == 0 && s.p == s.end;
}
