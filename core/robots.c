/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/robots.h>

#include "robots_line.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_alpha(char c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

static bool
is_unreserved(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
}

/* RFC 3986 2.2, without '*' and '$', which mean something in a rule. */
static bool
is_reserved(char c)
{
	return c != '\0' && strchr(":/?#[]@!&'()+,;=", c) != NULL;
}

/* One byte, or one escape, in the one spelling; *at moves behind it. */
static void
add_spelt(struct buf *out, struct span s, size_t *at)
{
	char c = s.p[(*at)++];

	if (c == '%' && *at + 1 < s.n && hex(s.p[*at]) >= 0 && hex(s.p[*at + 1]) >= 0) {
		c = (char)(hex(s.p[*at]) * 16 + hex(s.p[*at + 1]));
		*at += 2;
		if (is_unreserved(c))
			(void)buf_add_byte(out, c);
		else
			(void)buf_add_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
	} else if (is_unreserved(c) || is_reserved(c)) {
		(void)buf_add_byte(out, c);
	} else {
		(void)buf_add_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
	}
}

struct span
robots_token(struct span agent)
{
	size_t end = span_find_byte(agent, '/', 0);
	struct span token = span_cut(agent, 0, end == SIZE_MAX ? agent.n : end);

	return robots_token_prefix(token).n == token.n ? token : span_cut(agent, 0, 0);
}

/* ---- groups */

struct reader {
	struct arena *arena;
	struct span token;
	struct robots named, any; /* of groups that name the agent, and of those that name `*` */
	bool is_named, is_any;    /* the group we are in */
	bool has_rules;           /* it has one: the next user-agent line begins another */
	bool ever_named;
};

static void
read_agent(struct reader *r, struct span value)
{
	struct span token = robots_token_prefix(value);

	if (r->has_rules)
		r->is_named = r->is_any = r->has_rules = false;
	if (value.n > 0 && value.p[0] == '*' &&
	    (value.n == 1 || value.p[1] == ' ' || value.p[1] == '\t'))
		r->is_any = true;
	else if (token.n > 0 && span_eq_ci(token, r->token))
		r->is_named = r->ever_named = true;
}

/* Doubled whenever full. */
static struct robots_rule *
add_rule(struct reader *r, struct robots *to)
{
	if ((to->count & (to->count - 1)) == 0) {
		size_t room = to->count == 0 ? 1 : 2 * to->count;

		to->rules =
		    arena_grow(r->arena, to->rules, to->count, room, sizeof(struct robots_rule));
		if (to->rules == NULL)
			return NULL;
	}
	return &to->rules[to->count++];
}

static int
compile(struct reader *r, struct robots_rule *rule, struct span value)
{
	struct buf b;
	size_t i = 0;

	if (value.p[value.n - 1] == '$') {
		rule->at_end = true;
		rule->octets++;
		value.n--;
	}
	buf_init(&b, 3 * ROBOTS_LINE_MAX + 1);
	(void)buf_add_str(&b, "");
	while (i < value.n) {
		size_t before = b.n;

		if (value.p[i] == '*') {
			(void)buf_add_byte(&b, '*');
			i++;
		} else {
			add_spelt(&b, value, &i);
		}
		/* a '$' that is not last is only spelt longer, not more */
		rule->octets += value.p[i - 1] == '$' ? 1 : b.n - before;
	}
	rule->pattern = arena_dup_buf(r->arena, &b);
	buf_fini(&b);
	return rule->pattern.p == NULL ? -1 : 0;
}

static int
keep_rule(struct reader *r, struct robots *to, const struct robots_line *line, bool allow,
    struct span value)
{
	struct robots_rule *rule = add_rule(r, to);

	if (rule == NULL)
		return -1;
	*rule = (struct robots_rule){
	    .line = line->number, .allow = allow, .text = arena_dup(r->arena, line->text)};
	return rule->text.p == NULL ? -1 : compile(r, rule, value);
}

static struct span
last_segment(struct span value)
{
	size_t i = value.n;

	while (i > 0 && value.p[i - 1] != '/')
		i--;
	return span_cut(value, i, value.n);
}

/* A rule counts for the named group and, where both share it, for `*` as well. */
static int
read_rule(struct reader *r, const struct robots_line *line)
{
	bool allow = line->key == ROBOTS_ALLOW;
	struct robots *const to[] = {
	    r->is_named ? &r->named : NULL, r->is_any ? &r->any : NULL};
	struct span last = last_segment(line->value);

	if (!r->is_named && !r->is_any)
		return 0;
	r->has_rules = true;
	if (line->value.n == 0)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (to[i] == NULL)
			continue;
		if (keep_rule(r, to[i], line, allow, line->value) == -1)
			return -1;
		if (allow && last.n < line->value.n && span_starts(last, SPAN("index.htm"))) {
			struct span folder =
			    arena_fmt(r->arena, "%.*s$", (int)(line->value.n - last.n), line->value.p);

			if (folder.p == NULL || keep_rule(r, to[i], line, true, folder) == -1)
				return -1;
		}
	}
	return 0;
}

static void
read_delay(struct reader *r, struct span value)
{
	int64_t ms;

	if (robots_delay(value, &ms) == -1)
		return;
	if (r->is_named && ms > r->named.delay_ms)
		r->named.delay_ms = ms;
	if (r->is_any && ms > r->any.delay_ms)
		r->any.delay_ms = ms;
}

/* The longest first, Allow first among equals, else as they stand. */
static int
by_weight(const void *left, const void *right)
{
	const struct robots_rule *a = left, *b = right;

	if (a->octets != b->octets)
		return a->octets < b->octets ? 1 : -1;
	if (a->allow != b->allow)
		return a->allow ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

int
robots_parse(struct robots *out, struct arena *a, struct span text, struct span agent)
{
	struct reader r = {.arena = a, .token = robots_token(agent)};
	struct robots_lines lines;
	struct robots_line line;

	robots_lines_init(&lines, text);
	while (robots_lines_next(&lines, &line)) {
		if (line.key == ROBOTS_USER_AGENT)
			read_agent(&r, line.value);
		else if (line.key == ROBOTS_CRAWL_DELAY)
			read_delay(&r, line.value);
		else if (line.key != ROBOTS_OTHER && read_rule(&r, &line) == -1)
			return -1;
	}
	*out = r.ever_named ? r.named : r.any;
	if (out->count > 1)
		qsort(out->rules, out->count, sizeof(*out->rules), by_weight);
	return 0;
}

struct robots *
robots_dup(const struct robots *from)
{
	size_t size = sizeof(*from) + from->count * sizeof(*from->rules);
	struct robots *to;
	char *p;

	for (size_t i = 0; i < from->count; i++)
		size += from->rules[i].pattern.n + from->rules[i].text.n;
	if ((to = malloc(size)) == NULL)
		return NULL;
	*to = *from;
	to->rules = (struct robots_rule *)(to + 1);
	p = (char *)(to->rules + to->count);
	for (size_t i = 0; i < from->count; i++) {
		struct robots_rule *rule = &to->rules[i];
		struct span *const parts[] = {&rule->pattern, &rule->text};

		*rule = from->rules[i];
		for (size_t k = 0; k < 2; k++) {
			if (parts[k]->n > 0)
				memcpy(p, parts[k]->p, parts[k]->n);
			parts[k]->p = p;
			p += parts[k]->n;
		}
	}
	return to;
}

/* ---- verdict */

struct span
robots_path(struct arena *a, struct span url)
{
	size_t from = 0, scheme, end;

	if ((end = span_find_byte(url, '#', 0)) != SIZE_MAX)
		url = span_cut(url, 0, end);
	if (span_starts(url, SPAN("//")))
		from = 2;
	else if ((scheme = span_find(url, SPAN("://"), 0)) != SIZE_MAX &&
		 scheme < span_find_byte(url, '/', 0) && scheme < span_find_byte(url, '?', 0))
		from = scheme + 3;
	while (from < url.n && strchr("/?;", url.p[from]) == NULL)
		from++;
	url = span_cut(url, from, url.n);
	if (url.n > 0 && url.p[0] == '/')
		return arena_dup(a, url);
	return arena_fmt(a, "/%.*s", (int)url.n, url.p);
}

/* Each piece between two '*' is taken where it stands first: if any way fits, this one does. */
static bool
matches(const struct robots_rule *rule, struct span path)
{
	struct span pattern = rule->pattern;
	size_t star = span_find_byte(pattern, '*', 0), at;
	struct span piece = span_cut(pattern, 0, star);

	if (!span_starts(path, piece))
		return false;
	at = piece.n;
	if (star == SIZE_MAX)
		return !rule->at_end || at == path.n;
	for (;;) {
		size_t from = star + 1, found;

		star = span_find_byte(pattern, '*', from);
		piece = span_cut(pattern, from, star);
		if (star == SIZE_MAX && rule->at_end)
			return path.n - at >= piece.n && span_ends(path, piece);
		if ((found = span_find(path, piece, at)) == SIZE_MAX)
			return false;
		if (star == SIZE_MAX)
			return true;
		at = found + piece.n;
	}
}

const struct robots_rule *
robots_decide(const struct robots *r, struct span path, bool *failed)
{
	const struct robots_rule *rule = NULL;
	struct buf b;

	if (failed != NULL)
		*failed = false;
	if (r->count == 0)
		return NULL;
	buf_init(&b, 3 * path.n + 1);
	(void)buf_add_str(&b, "");
	for (size_t i = 0; i < path.n;)
		add_spelt(&b, path, &i);
	if (b.failed && failed != NULL)
		*failed = true;
	for (size_t i = 0; i < r->count && rule == NULL && !b.failed; i++)
		if (matches(&r->rules[i], buf_span(&b)))
			rule = &r->rules[i];
	buf_fini(&b);
	return rule;
}
