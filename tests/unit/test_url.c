/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <suoyin/fetch_word.h>
#include <suoyin/limits.h>
#include <suoyin/url.h>

struct golden {
	const char *in, *want; /* want NULL: refused */
};

/* Version 1 of the canonical form: a change here moves keys (URL_CANONICAL_VERSION). */
static const struct golden table[] = {
    {"http://www.example.gov.cn/", "http://www.example.gov.cn/"},
    {"HTTP://WWW.Example.GOV.cn", "http://www.example.gov.cn/"},
    {"https://h.cn:443/a", "https://h.cn/a"},
    {"http://h.cn:80/a", "http://h.cn/a"},
    {"http://h.cn:0080/a", "http://h.cn/a"},
    {"http://h.cn:443/a", "http://h.cn:443/a"},
    {"https://h.cn:80/a", "https://h.cn:80/a"},
    {"http://h.cn:/a", "http://h.cn/a"},
    {"http://h.cn./a", "http://h.cn/a"},
    {"http://h.cn/A/b?C=d", "http://h.cn/A/b?C=d"},
    {"http://h.cn/a/../b/./c", "http://h.cn/b/c"},
    {"http://h.cn/a/b/..", "http://h.cn/a/"},
    {"http://h.cn/../../a", "http://h.cn/a"},
    {"http://h.cn/a/%2e%2E/b", "http://h.cn/b"},
    {"http://h.cn/a//b", "http://h.cn/a//b"},
    {"http://h.cn/a?x=/../b", "http://h.cn/a?x=/../b"},
    {"http://h.cn?x=1", "http://h.cn/?x=1"},
    {"http://h.cn/a?", "http://h.cn/a"},
    {"http://h.cn/a#top", "http://h.cn/a"},
    {"http://h.cn/a?b=c#d?e", "http://h.cn/a?b=c"},
    {"http://h.cn/%e4%bd%a0", "http://h.cn/%E4%BD%A0"},
    {"http://h.cn/你好?q=好", "http://h.cn/%E4%BD%A0%E5%A5%BD?q=%E5%A5%BD"},
    {"http://h.cn/100%", "http://h.cn/100%"},
    {"http://h.cn/%zz", "http://h.cn/%zz"},
    {"http://h.cn/a%2fb", "http://h.cn/a%2Fb"},
    {"http://h.cn/a b?c d", "http://h.cn/a%20b?c%20d"},
    {"  http://h.cn/a \r\n", "http://h.cn/a"},
    {"http://h.cn/a\n\tb", "http://h.cn/ab"},
    {"http://h.cn/a\x01"
     "b\x7f",
	"http://h.cn/a%01b%7F"},
    {"http://h.cn/\"<>`", "http://h.cn/%22%3C%3E%60"},
    {"http:\\\\h.cn\\a\\b?c\\d", "http://h.cn/a/b?c\\d"},
    {"http://h.cn/a?b=[1]&c='x'", "http://h.cn/a?b=[1]&c='x'"},
    {"http://政务.cn/a", "http://xn--zfr164b.cn/a"},
    {"http://XN--ZFR164B.cn/a", "http://xn--zfr164b.cn/a"},
    {"http://[::1]/a", "http://[::1]/a"},
    {"http://[2001:DB8:0:0::1]:8080/a", "http://[2001:db8::1]:8080/a"},
    {"http://[fe80::1%25eth0]/a", NULL},
    {"http://127.1/a", "http://127.0.0.1/a"},
    {"http://0x7f000001/a", "http://127.0.0.1/a"},
    {"http://my_host.cn/a", "http://my_host.cn/a"},
    {"http://user@h.cn/", NULL},
    {"http://user:pw@h.cn/", NULL},
    {"http://@h.cn/", NULL},
    {"http://h.cn\\@evil.cn/", "http://h.cn/@evil.cn/"},
    {"http://h.cn/@x", "http://h.cn/@x"},
    {"http://h%2ecn/", NULL},
    {"http://h..cn/", NULL},
    {"http://h.cn../", NULL},
    {"http://127./", NULL}, /* without the dot it would be an address */
    {"http://h.0x7f./", NULL},
    {"http://.h.cn/", NULL},
    {"http://h cn/", NULL},
    {"http://h.cn:0/", NULL},
    {"http://h.cn:65536/", NULL},
    {"http://h.cn:8o/", NULL},
    {"http:///a", NULL},
    {"http:/a", NULL},
    {"http://", NULL},
    {"//h.cn/a", NULL},
    {"/a", NULL},
    {"", NULL},
    {"ftp://h.cn/a", NULL},
    {"file:///etc/passwd", NULL},
    {"javascript:void(0)", NULL},
    {"mailto:a@h.cn", NULL},
};

static struct arena arena;

static int
setup(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
check(int rc, const struct url *u, const struct err *err, const char *in, const char *want)
{
	if (want == NULL) {
		if (rc == 0)
			fail_msg("%s must be refused, is %s", in, u->text.p);
		assert_int_equal(err->code, ERR_REJECT);
		assert_string_equal(err->reason, "bad_url");
		return;
	}
	if (rc == -1)
		fail_msg("%s: %s", in, err->text);
	assert_string_equal(u->text.p, want);
}

static void
every_url_has_one_canonical_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err err = {0};
		struct url u = {0};

		arena_reset(&arena);
		check(url_parse(&u, &arena, span_of(table[i].in), &err), &u, &err, table[i].in,
		    table[i].want);
	}
}

static void
the_canonical_form_is_a_fixed_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err err = {0};
		struct url u = {0};

		if (table[i].want == NULL)
			continue;
		arena_reset(&arena);
		check(url_parse(&u, &arena, span_of(table[i].want), &err), &u, &err, table[i].want,
		    table[i].want);
	}
}

static void
parts_point_into_the_text(void **state)
{
	struct err err = {0};
	struct url u;

	(void)state;
	assert_int_equal(url_parse(&u, &arena, SPAN("HTTPS://H.cn:8443/a/b?c=d"), &err), 0);
	assert_true(span_eq(u.scheme, SPAN("https")));
	assert_true(span_eq(u.host, SPAN("h.cn")));
	assert_true(span_eq(u.path, SPAN("/a/b")));
	assert_true(span_eq(u.query, SPAN("c=d")));
	assert_int_equal(u.port, 8443);
	assert_ptr_equal(u.scheme.p, u.text.p);
	assert_int_equal(url_parse(&u, &arena, SPAN("http://[::1]/"), &err), 0);
	assert_true(span_eq(u.host, SPAN("[::1]")));
	assert_true(span_eq(u.path, SPAN("/")));
	assert_null(u.query.p);
	assert_int_equal(u.port, 80);
}

static void
links_are_resolved_as_browsers_do(void **state)
{
	static const char base[] = "http://H.cn/dir/list.html?page=2#x";
	static const struct golden links[] = {
	    {"a.html", "http://h.cn/dir/a.html"},
	    {"./a.html", "http://h.cn/dir/a.html"},
	    {"../a.html", "http://h.cn/a.html"},
	    {"../../../a.html", "http://h.cn/a.html"},
	    {"..\\up\\a.html", "http://h.cn/up/a.html"},
	    {"/a.html", "http://h.cn/a.html"},
	    {"//other.cn/a", "http://other.cn/a"},
	    {"\\\\other.cn\\a", "http://other.cn/a"},
	    {"?page=3", "http://h.cn/dir/list.html?page=3"},
	    {"", "http://h.cn/dir/list.html?page=2"},
	    {"#top", "http://h.cn/dir/list.html?page=2"},
	    {"https://h.cn/b", "https://h.cn/b"},
	    {"\n  a b.html ", "http://h.cn/dir/a%20b.html"},
	    {"a.html?u=http://x.cn/", "http://h.cn/dir/a.html?u=http://x.cn/"},
	    {"关于.html", "http://h.cn/dir/%E5%85%B3%E4%BA%8E.html"},
	    {"javascript:;", NULL},
	    {"data:text/html,x", NULL},
	    {"http://u:p@h.cn/", NULL},
	    {"//", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct err err = {0};
		struct url u = {0};

		arena_reset(&arena);
		check(url_resolve(&u, &arena, span_of(base), span_of(links[i].in), &err), &u, &err,
		    links[i].in, links[i].want);
	}
}

static void
a_url_of_the_longest_size_passes_and_one_more_byte_is_refused(void **state)
{
	char text[URL_MAX + 2];
	struct err err = {0};
	struct url u;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h.cn/", 12);
	assert_int_equal(url_parse(&u, &arena, (struct span){text, URL_MAX}, &err), 0);
	assert_int_equal(u.text.n, URL_MAX);
	assert_int_equal(url_parse(&u, &arena, (struct span){text, URL_MAX + 1}, &err), -1);
	assert_string_equal(err.reason, "bad_url");
}

static void
escapes_count_towards_the_longest_size(void **state)
{
	char text[URL_MAX];
	struct err err = {0};
	struct url u;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "http://h.cn/", 12);
	text[sizeof(text) - 1] = 'x';
	assert_int_equal(url_parse(&u, &arena, (struct span){text, sizeof(text)}, &err), -1);
	assert_string_equal(err.reason, "bad_url");
}

static void
a_nul_byte_is_refused(void **state)
{
	struct err err = {0};
	struct url u;

	(void)state;
	assert_int_equal(url_parse(&u, &arena, SPAN("http://h.cn/a\0b"), &err), -1);
	assert_string_equal(err.reason, "bad_url");
}

static void
the_memory_limit_rejects_and_never_crashes(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 400; limit += 8) {
		struct err err = {0};
		struct arena small;
		struct url u;

		arena_init(&small, limit);
		if (url_resolve(&u, &small, SPAN("http://h.cn/a/"), SPAN("b"), &err) == -1)
			assert_int_equal(err.code, ERR_REJECT);
		else
			assert_string_equal(u.text.p, "http://h.cn/a/b");
		arena_fini(&small);
	}
}

static void
what_libcurl_answers_has_a_word(void **state)
{
	(void)state;
	assert_null(fetch_word(CURLE_OK));
	assert_string_equal(fetch_word(CURLE_COULDNT_RESOLVE_HOST), "dns");
	assert_string_equal(fetch_word(CURLE_COULDNT_CONNECT), "connect");
	assert_string_equal(fetch_word(CURLE_OPERATION_TIMEDOUT), "timeout");
	assert_string_equal(fetch_word(CURLE_SSL_CACERT_BADFILE), "tls");
	assert_string_equal(fetch_word(CURLE_FILESIZE_EXCEEDED), "too_large");
	assert_string_equal(fetch_word(CURLE_BAD_CONTENT_ENCODING), "encoding");
	assert_string_equal(fetch_word(CURLE_GOT_NOTHING), "broken");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_url_has_one_canonical_form),
	    cmocka_unit_test(the_canonical_form_is_a_fixed_point),
	    cmocka_unit_test(parts_point_into_the_text),
	    cmocka_unit_test(links_are_resolved_as_browsers_do),
	    cmocka_unit_test(a_url_of_the_longest_size_passes_and_one_more_byte_is_refused),
	    cmocka_unit_test(escapes_count_towards_the_longest_size),
	    cmocka_unit_test(a_nul_byte_is_refused),
	    cmocka_unit_test(the_memory_limit_rejects_and_never_crashes),
	    cmocka_unit_test(what_libcurl_answers_has_a_word),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, setup, teardown);
}
