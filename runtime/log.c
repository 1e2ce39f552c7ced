/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <suoyin/log.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096  /* PIPE_BUF: up to here one write(2) is one piece in a pipe */
#define VALUE_MAX_BYTES 1024 /* of a value as given; longer ones end in "..." */
#define TAIL_BYTES 16        /* kept free for what closes a line */

static const char *program_name = "suoyin";
static enum log_level least_level = LEVEL_INFO;
static enum log_format line_format = FORMAT_LOGFMT;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* A line that grows to its limit; what does not fit marks it full. */
struct line {
	char p[LINE_MAX_BYTES];
	size_t n;
	bool full;
};

void
log_setup(const char *program, enum log_level least, enum log_format format)
{
	program_name = program;
	least_level = least;
	line_format = format;
}

static void
add(struct line *l, const char *p, size_t n)
{
	if (l->full || n > sizeof(l->p) - TAIL_BYTES - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static void add_fmt(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
add_fmt(struct line *l, const char *fmt, ...)
{
	char text[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		add(l, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* Length of the UTF-8 sequence at s, and its code point; 0 when it is none. */
static size_t
sequence(struct span s, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s.p[0];
	size_t n = c < 0x80                ? 1
		   : c >= 0xC2 && c < 0xE0 ? 2
		   : c >= 0xE0 && c < 0xF0 ? 3
		   : c >= 0xF0 && c < 0xF5 ? 4
					   : 0;
	uint32_t v = n <= 1 ? c : c & (0x7FU >> n);

	if (n == 0 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		unsigned char next = (unsigned char)s.p[i];

		if ((next & 0xC0) != 0x80)
			return 0;
		v = v << 6 | (next & 0x3F);
	}
	if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v < 0xE000))
		return 0;
	*cp = v;
	return n;
}

/* Controls, line breaks of Unicode and marks that turn the direction of a terminal's text. */
static bool
is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
	       (c >= 0xFFF9 && c <= 0xFFFB) || c >= 0xE0000;
}

/* The inside of a quoted string. Both formats escape alike, so that one reader fits both. */
static void
add_escaped(struct line *l, struct span s)
{
	bool cut = s.n > VALUE_MAX_BYTES;

	if (cut)
		s.n = VALUE_MAX_BYTES;
	while (s.n > 0) {
		uint32_t c = 0;
		size_t n = sequence(s, &c);

		if (n == 0 || c == 0) { /* many readers of JSON refuse a NUL */
			if (n == 0 && cut && s.n < 4)
				break; /* a character the cut went through */
			add(l, "\\ufffd", 6);
			n = 1;
		} else if (c == '"' || c == '\\') {
			add(l, "\\", 1);
			add(l, s.p, 1);
		} else if (c == '\n') {
			add(l, "\\n", 2);
		} else if (c == '\t') {
			add(l, "\\t", 2);
		} else if (c == '\r') {
			add(l, "\\r", 2);
		} else if (c > 0xFFFF && is_dangerous(c)) {
			add_fmt(l, "\\u%04x\\u%04x", 0xD7C0U + (c >> 10), 0xDC00U | (c & 0x3FF));
		} else if (is_dangerous(c)) {
			add_fmt(l, "\\u%04x", c);
		} else {
			add(l, s.p, n);
		}
		s = span_cut(s, n, s.n);
	}
	if (cut)
		add(l, "...", 3);
}

static bool
is_bare(struct span s)
{
	if (s.n == 0 || s.n > VALUE_MAX_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '=' ||
		    s.p[i] == '\\')
			return false;
	return true;
}

static void
add_text(struct line *l, struct span s)
{
	if (s.p == NULL) {
		if (line_format == FORMAT_JSON)
			add(l, "null", 4);
	} else if (line_format == FORMAT_LOGFMT && is_bare(s)) {
		add(l, s.p, s.n);
	} else {
		add(l, "\"", 1);
		add_escaped(l, s);
		add(l, "\"", 1);
	}
}

static void
add_key(struct line *l, const char *key)
{
	if (line_format == FORMAT_JSON) {
		add_fmt(l, "%s\"%s\":", l->n == 0 ? "{" : ",", key);
	} else {
		add_fmt(l, "%s%s=", l->n == 0 ? "" : " ", key);
	}
}

static void
add_field(struct line *l, const struct log_field *field)
{
	size_t before = l->n;

	add_key(l, field->key);
	switch (field->type) {
	case FIELD_TEXT:
		add_text(l, field->text);
		break;
	case FIELD_INT:
		add_fmt(l, "%lld", (long long)field->integer);
		break;
	case FIELD_REAL:
		/* JSON has no word for infinity */
		if (isfinite(field->real))
			add_fmt(l, "%.6g", field->real);
		else
			add(l, "null", 4);
		break;
	}
	if (l->full)
		l->n = before; /* a field stands whole or not at all */
}

static void
add_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char text[64] = "";
	size_t n;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(now.tv_nsec / 1000000));
	add_field(l, &(struct log_field)F_STR("time", text));
}

static void
put(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* nowhere left to complain */
		p += done;
		n -= (size_t)done;
	}
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	int saved = errno;
	struct line l;

	if (level < least_level)
		return;
	l.n = 0;
	l.full = false;
	add_time(&l);
	add_field(&l, &(struct log_field)F_STR("level", level_names[level]));
	add_field(&l, &(struct log_field)F_STR("program", program_name));
	add_field(&l, &(struct log_field)F_STR("event", event));
	for (; fields->key != NULL && !l.full; fields++)
		add_field(&l, fields);
	/* TAIL_BYTES are free for these */
	if (l.full) {
		const char *mark = line_format == FORMAT_JSON ? ",\"cut\":true" : " cut=true";

		memcpy(l.p + l.n, mark, strlen(mark));
		l.n += strlen(mark);
	}
	if (line_format == FORMAT_JSON)
		l.p[l.n++] = '}';
	l.p[l.n++] = '\n';
	put(l.p, l.n);
	errno = saved;
}
