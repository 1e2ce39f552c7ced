/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <string.h>
#include <suoyin/buf.h>
#include <suoyin/limits.h>
#include <suoyin/url.h>

#define INPUT_MAX ((size_t)4 * URL_MAX) /* dot segments may shrink a text, but not that much */

static int
bad(struct err *err, struct span text, const char *why)
{
	struct span head = span_cut(text, 0, 200);

	(void)err_set(err, ERR_REJECT, "bad_url", "%s: %.*s", why, SPAN_ARG(head));
	return -1;
}

static int
no_memory(struct err *err, enum err_code code, const char *reason)
{
	(void)err_set(err, code, reason, "URL: out of memory");
	return -1;
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Length of "scheme" before its colon (RFC 3986 3.1), 0: the text has none. */
static size_t
scheme_length(struct span s)
{
	size_t i = 0;

	while (i < s.n && (is_alpha(s.p[i]) || (i > 0 && (is_digit(s.p[i]) || s.p[i] == '+' ||
							     s.p[i] == '-' || s.p[i] == '.'))))
		i++;
	return i > 0 && i < s.n && s.p[i] == ':' ? i : 0;
}

/* A byte behind the authority: what may not stand in a URL as it is becomes %XX. */
static void
add_escaped(struct buf *out, struct span s, size_t *at)
{
	char c = s.p[*at];

	if (c == '%' && *at + 2 < s.n && hex_value(s.p[*at + 1]) >= 0 &&
	    hex_value(s.p[*at + 2]) >= 0) {
		int value = hex_value(s.p[*at + 1]) * 16 + hex_value(s.p[*at + 2]);

		if (value == '.') /* else it would hide a dot segment */
			(void)buf_add_byte(out, '.');
		else
			(void)buf_add_fmt(out, "%%%02X", (unsigned)value);
		*at += 2;
	} else if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7F ||
		   strchr("\"<>`", c) != NULL) {
		(void)buf_add_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
	} else {
		(void)buf_add_byte(out, c);
	}
}

/* The text as browsers read it: ends trimmed, tabs and line ends deleted, '\' before the query
 * is '/', fragment cut; then everything behind the authority escaped. */
static int
clean(struct buf *out, struct arena *a, struct span text, struct err *err)
{
	struct buf raw;
	struct span s;
	size_t i = 0, query;

	while (text.n > 0 && (unsigned char)text.p[0] <= ' ')
		text = span_cut(text, 1, text.n);
	while (text.n > 0 && (unsigned char)text.p[text.n - 1] <= ' ')
		text.n--;
	if (text.n > INPUT_MAX)
		return bad(err, text, "URL too long");
	text = span_cut(text, 0, span_find_byte(text, '#', 0));
	query = span_find_byte(text, '?', 0);
	buf_init(&raw, INPUT_MAX);
	for (; i < text.n; i++)
		if (text.p[i] == '\\' && i < query)
			(void)buf_add_byte(&raw, '/');
		else if (text.p[i] != '\t' && text.p[i] != '\r' && text.p[i] != '\n')
			(void)buf_add_byte(&raw, text.p[i]);
	s = arena_dup_buf(a, &raw);
	buf_fini(&raw);
	if (s.p == NULL)
		return no_memory(err, ERR_REJECT, "too_large");
	if (span_find_byte(s, '\0', 0) != SIZE_MAX)
		return bad(err, s, "URL with a NUL byte");
	i = scheme_length(s);
	i += i > 0;                                       /* the colon */
	if (span_starts(span_cut(s, i, s.n), SPAN("//"))) /* the host is not ours to escape */
		for (i += 2; i < s.n && s.p[i] != '/' && s.p[i] != '?';)
			i++;
	(void)buf_add(out, s.p, i);
	for (; i < s.n; i++)
		add_escaped(out, s, &i);
	return out->failed ? bad(err, s, "URL too long") : 0;
}

static struct span
part(CURLU *u, struct arena *a, CURLUPart what, unsigned flags)
{
	struct span s = {NULL, 0};
	char *text = NULL;

	if (curl_url_get(u, what, &text, flags) == CURLUE_OK && text != NULL)
		s = arena_dup(a, span_of(text));
	curl_free(text);
	return s;
}

static bool
host_is_sane(struct span host)
{
	if (host.n > 2 && host.p[0] == '[') /* curl has parsed it; a zone names our interfaces */
		return host.p[host.n - 1] == ']' && span_find_byte(host, '%', 0) == SIZE_MAX;
	if (host.n == 0 || host.n > 253 || host.p[0] == '.' || host.p[host.n - 1] == '.')
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (!is_alpha(host.p[i]) && !is_digit(host.p[i]) &&
		    strchr("-._", host.p[i]) == NULL)
			return false;
	return span_find(host, SPAN(".."), 0) == SIZE_MAX;
}

/* The dot that may end a name off.  Without it a name that ends in a number would be an address,
 * so it keeps the dot, and is refused with it. */
static struct span
without_last_dot(struct span host)
{
	size_t label = host.n < 2 ? 0 : host.n - 1;

	if (label == 0 || host.p[label] != '.')
		return host;
	while (label > 0 && host.p[label - 1] != '.')
		label--;
	return is_digit(host.p[label]) ? host : span_cut(host, 0, host.n - 1);
}

/* Puts the parts that curl found together again: the same text from any release of it. */
static int
assemble(struct url *out, struct arena *a, CURLU *u, struct span text, struct err *err)
{
	struct span scheme = part(u, a, CURLUPART_SCHEME, 0);
	struct span host = part(u, a, CURLUPART_HOST, CURLU_PUNYCODE);
	struct span port = part(u, a, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	struct span path = part(u, a, CURLUPART_PATH, 0);
	struct span query = part(u, a, CURLUPART_QUERY, 0), whole;
	bool https = span_eq(scheme, SPAN("https"));
	uint64_t number;
	size_t at;

	host = without_last_dot(host);
	if (!host_is_sane(host))
		return bad(err, text, "bad host name");
	if (span_u64(port, UINT16_MAX, &number) == -1 || number == 0)
		return bad(err, text, "bad port");
	for (size_t i = 0; i < host.n; i++)
		((char *)(uintptr_t)host.p)[i] = lower(host.p[i]); /* our own copy */
	if (path.n == 0)
		path = SPAN("/");
	whole = number == (https ? 443 : 80)
		    ? arena_fmt(a, "%s://%.*s%.*s%s%.*s", https ? "https" : "http", SPAN_ARG(host),
			  (int)path.n, path.p, query.n > 0 ? "?" : "", (int)query.n,
			  query.n > 0 ? query.p : "")
		    : arena_fmt(a, "%s://%.*s:%u%.*s%s%.*s", https ? "https" : "http",
			  SPAN_ARG(host), (unsigned)number, (int)path.n, path.p,
			  query.n > 0 ? "?" : "", (int)query.n, query.n > 0 ? query.p : "");
	if (whole.p == NULL)
		return no_memory(err, ERR_REJECT, "too_large");
	if (whole.n > URL_MAX)
		return bad(err, text, "URL too long");
	at = span_find(whole, SPAN("://"), 0) + 3;
	out->text = whole;
	out->scheme = span_cut(whole, 0, at - 3);
	out->host = span_cut(whole, at, at + host.n);
	at = whole.n - query.n - (query.n > 0 ? 1 : 0);
	out->path = span_cut(whole, at - path.n, at);
	out->query = query.n > 0 ? span_cut(whole, at + 1, whole.n) : (struct span){NULL, 0};
	out->port = (uint16_t)number;
	return 0;
}

/* Cleaned absolute text to canonical form. */
static int
parse_clean(struct url *out, struct arena *a, struct span text, struct err *err)
{
	size_t n = scheme_length(text), end;
	struct span scheme = span_cut(text, 0, n);
	CURLU *u;
	CURLUcode code;
	int rc;

	if (!span_eq_ci(scheme, SPAN("http")) && !span_eq_ci(scheme, SPAN("https")))
		return bad(
		    err, text, n == 0 ? "URL without a scheme" : "scheme is not http or https");
	if (!span_starts(span_cut(text, n, text.n), SPAN("://")))
		return bad(err, text, "URL without a host");
	for (end = n + 3; end < text.n && text.p[end] != '/' && text.p[end] != '?';)
		end++;
	if (end == n + 3)
		return bad(err, text, "URL without a host");
	if (span_find_byte(span_cut(text, n + 3, end), '@', 0) != SIZE_MAX)
		return bad(err, text, "URL with user info");
	if (span_find_byte(span_cut(text, n + 3, end), '%', 0) != SIZE_MAX)
		return bad(err, text, "bad host name"); /* releases of curl differ in decoding it */
	if ((u = curl_url()) == NULL)
		return no_memory(err, ERR_RETRY, "memory");
	code = curl_url_set(u, CURLUPART_URL, text.p, CURLU_DISALLOW_USER);
	rc = code == CURLUE_OK ? assemble(out, a, u, text, err)
			       : bad(err, text, curl_url_strerror(code));
	curl_url_cleanup(u);
	return rc;
}

int
url_parse(struct url *out, struct arena *a, struct span text, struct err *err)
{
	struct buf b;
	int rc;

	buf_init(&b, 3 * INPUT_MAX);
	(void)buf_add_str(&b, "");
	if ((rc = clean(&b, a, text, err)) == 0)
		rc = parse_clean(out, a, buf_span(&b), err);
	buf_fini(&b);
	return rc;
}

/* RFC 3986 5.2.2, as text: what of the base stands before the reference. */
static struct span
kept_of_base(const struct url *base, struct span ref)
{
	struct span whole = base->text;
	size_t path = (size_t)(base->path.p - whole.p), end = path + base->path.n;

	if (ref.n == 0)
		return whole;
	if (scheme_length(ref) > 0)
		return span_cut(whole, 0, 0);
	if (span_starts(ref, SPAN("//")))
		return span_cut(whole, 0, base->scheme.n + 1);
	if (ref.p[0] == '/')
		return span_cut(whole, 0, path);
	if (ref.p[0] == '?')
		return span_cut(whole, 0, end);
	while (whole.p[end - 1] != '/')
		end--;
	return span_cut(whole, 0, end);
}

int
url_resolve(struct url *out, struct arena *a, struct span base, struct span href, struct err *err)
{
	struct buf ref, whole;
	struct url from = {0};
	int rc = -1;

	if (url_parse(&from, a, base, err) != 0)
		return -1;
	buf_init(&ref, 3 * INPUT_MAX);
	buf_init(&whole, 4 * INPUT_MAX);
	(void)buf_add_str(&ref, "");
	if (clean(&ref, a, href, err) == 0) {
		(void)buf_add_span(&whole, kept_of_base(&from, buf_span(&ref)));
		(void)buf_add_span(&whole, buf_span(&ref));
		rc = whole.failed ? bad(err, href, "URL too long")
				  : parse_clean(out, a, buf_span(&whole), err);
	}
	buf_fini(&ref);
	buf_fini(&whole);
	return rc;
}
