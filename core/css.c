/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <suoyin/css.h>

struct css {
	struct span s;
	size_t at;
	struct buf *out;
	struct err *err;
};

static int
bad(struct css *c, const char *why)
{
	return err_set(c->err, ERR_REJECT, "bad_css", "character %zu: %s", c->at + 1, why);
}

static char
peek(const struct css *c)
{
	return c->at < c->s.n ? c->s.p[c->at] : '\0';
}

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

static struct span
name(struct css *c)
{
	size_t from = c->at;

	while (c->at < c->s.n && is_name_byte(c->s.p[c->at]))
		c->at++;
	return span_cut(c->s, from, c->at);
}

static bool
blanks(struct css *c)
{
	size_t from = c->at;

	while (c->at < c->s.n && isspace((unsigned char)c->s.p[c->at]))
		c->at++;
	return c->at > from;
}

/* A literal of XPath: there are no escapes in one. */
static int
literal(struct css *c, struct span value)
{
	char quote = span_find_byte(value, '\'', 0) == SIZE_MAX ? '\'' : '"';

	if (span_find_byte(value, quote, 0) != SIZE_MAX)
		return bad(c, "a value with both kinds of quotes");
	(void)buf_add_byte(c->out, quote);
	(void)buf_add_span(c->out, value);
	(void)buf_add_byte(c->out, quote);
	return 0;
}

/* One of several words in an attribute. */
static int
has_word(struct css *c, struct span attribute, struct span word)
{
	struct buf spaced;
	int rc;

	buf_init(&spaced, 4096);
	(void)buf_add_byte(&spaced, ' ');
	(void)buf_add_span(&spaced, word);
	(void)buf_add_byte(&spaced, ' ');
	(void)buf_add_fmt(c->out, "[contains(concat(' ',normalize-space(@%.*s),' '),",
	    SPAN_ARG(attribute));
	rc = spaced.failed ? bad(c, "too long") : literal(c, buf_span(&spaced));
	(void)buf_add_str(c->out, ")]");
	buf_fini(&spaced);
	return rc;
}

static int
compare(struct css *c, struct span attribute, char how, struct span value)
{
	if (how == '~')
		return has_word(c, attribute, value);
	if (how == '=')
		(void)buf_add_fmt(c->out, "[@%.*s=", SPAN_ARG(attribute));
	else if (how == '^')
		(void)buf_add_fmt(c->out, "[starts-with(@%.*s,", SPAN_ARG(attribute));
	else if (how == '*')
		(void)buf_add_fmt(c->out, "[contains(@%.*s,", SPAN_ARG(attribute));
	else
		(void)buf_add_fmt(c->out, "[substring(@%.*s,string-length(@%.*s)-%zu)=",
		    SPAN_ARG(attribute), SPAN_ARG(attribute), value.n > 0 ? value.n - 1 : 0);
	if (literal(c, value) == -1)
		return -1;
	(void)buf_add_str(c->out, how == '^' || how == '*' ? ")]" : "]");
	return 0;
}

static int
attribute(struct css *c)
{
	struct span key, value;
	char how = '=', quote;
	size_t end;

	c->at++;
	(void)blanks(c);
	key = name(c);
	(void)blanks(c);
	if (key.n == 0)
		return bad(c, "an attribute's name is expected");
	if (peek(c) == ']') {
		c->at++;
		(void)buf_add_fmt(c->out, "[@%.*s]", SPAN_ARG(key));
		return 0;
	}
	if (peek(c) != '\0' && strchr("^$*~", peek(c)) != NULL)
		how = c->s.p[c->at++];
	if (peek(c) != '=')
		return bad(c, "= ^= $= *= ~= or ] is expected");
	c->at++;
	(void)blanks(c);
	quote = peek(c);
	if (quote == '"' || quote == '\'') {
		if ((end = span_find_byte(c->s, quote, c->at + 1)) == SIZE_MAX)
			return bad(c, "a text does not end");
		value = span_cut(c->s, c->at + 1, end);
		c->at = end + 1;
	} else {
		value = name(c);
	}
	(void)blanks(c);
	if (peek(c) != ']')
		return bad(c, "] is expected");
	c->at++;
	/* lengths are counted in characters by XPath and in bytes by us */
	for (size_t i = 0; how == '$' && i < value.n; i++)
		if ((unsigned char)value.p[i] >= 0x80)
			return bad(c, "$= takes ASCII only");
	return compare(c, key, how, value);
}

static int
pseudo(struct css *c)
{
	struct span word, number;
	uint64_t n;

	c->at++;
	word = name(c);
	if (span_eq(word, SPAN("first-child")))
		return buf_add_str(c->out, "[not(preceding-sibling::*)]");
	if (span_eq(word, SPAN("last-child")))
		return buf_add_str(c->out, "[not(following-sibling::*)]");
	if (!span_eq(word, SPAN("nth-child")) || peek(c) != '(')
		return bad(c, "of pseudo-classes :first-child, :last-child and :nth-child(n) are known");
	c->at++;
	number = name(c);
	if (span_u64(number, 100000, &n) == -1 || n == 0 || peek(c) != ')')
		return bad(c, ":nth-child takes a number");
	c->at++;
	return buf_add_fmt(c->out, "[count(preceding-sibling::*)=%u]", (unsigned)n - 1);
}

/* tag, or *, and what stands behind it; `axis` is written before it. */
static int
compound(struct css *c, const char *axis)
{
	size_t from = c->at;
	bool any = peek(c) == '*';
	struct span tag, word;

	c->at += any ? 1 : 0;
	tag = any ? SPAN("*") : name(c);
	(void)buf_add_str(c->out, axis);
	/* "+ tag": the next element, if it is one */
	if (strcmp(axis, "/following-sibling::*[1]") == 0)
		(void)buf_add_fmt(c->out, "[self::%.*s]", SPAN_ARG(tag.n > 0 ? tag : SPAN("*")));
	else
		(void)buf_add_span(c->out, tag.n > 0 ? tag : SPAN("*"));
	for (;;) {
		char next = peek(c);
		int rc = 0;

		if (next == '.' || next == '#') {
			c->at++;
			if ((word = name(c)).n == 0)
				return bad(c, "a name is expected");
			rc = next == '.' ? has_word(c, SPAN("class"), word)
					 : compare(c, SPAN("id"), '=', word);
		} else if (next == '[') {
			rc = attribute(c);
		} else if (next == ':' && c->at + 1 < c->s.n && c->s.p[c->at + 1] != ':') {
			rc = pseudo(c);
		} else {
			return c->at > from ? 0 : bad(c, "a selector is expected");
		}
		if (rc == -1)
			return c->out->failed ? bad(c, "too long") : -1;
	}
}

/* ::attr(name) at the end of a selector. */
static int
attribute_step(struct css *c)
{
	struct span key;

	c->at += 2;
	if (!span_starts(span_cut(c->s, c->at, c->s.n), SPAN("attr(")))
		return bad(c, "behind :: only attr(name) is known");
	c->at += strlen("attr(");
	key = name(c);
	if (key.n == 0 || peek(c) != ')')
		return bad(c, "::attr takes one name");
	c->at++;
	return buf_add_fmt(c->out, "/@%.*s", SPAN_ARG(key));
}

static int
read_selector(struct css *c, bool relative)
{
	const char *axis = relative ? ".//" : "//";

	for (;;) {
		bool blank;
		char next;

		if (compound(c, axis) == -1)
			return -1;
		if (peek(c) == ':' && attribute_step(c) == -1)
			return -1;
		blank = blanks(c);
		next = peek(c);
		if (next == '\0' || next == ',')
			return 0;
		if (next == '>' || next == '+' || next == '~') {
			c->at++;
			(void)blanks(c);
			axis = next == '>'   ? "/"
			       : next == '+' ? "/following-sibling::*[1]"
					     : "/following-sibling::";
		} else if (blank) {
			axis = "//";
		} else {
			return bad(c, "not known here");
		}
	}
}

int
css_to_xpath(struct buf *out, struct span selector, bool relative, struct err *err)
{
	struct css c = {.s = span_trim(selector), .out = out, .err = err};

	for (;;) {
		if (read_selector(&c, relative) == -1)
			return -1;
		if (peek(&c) != ',')
			break;
		c.at++;
		(void)blanks(&c);
		(void)buf_add_byte(out, '|');
	}
	return out->failed ? bad(&c, "too long") : 0;
}
