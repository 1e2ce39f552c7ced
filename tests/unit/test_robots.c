/* SPDX-License-Identifier: MIT */
/*
 * Verdicts as a table.  The cases up to "ours" hold what Google's robots_test.cc holds, with texts
 * and addresses of our own.  Where Google compares bytes and RFC 9309 2.2.2 asks for one spelling
 * first (%62%61%7A is baz, a raw letter is its escape), we follow the RFC: these say "RFC".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/limits.h>
#include <suoyin/robots.h>

struct verdict {
	const char *file, *agent, *url;
	bool allowed;
	unsigned line; /* that decides; 0: none does */
};

#define G "http://x.gov.cn"
#define SHUT "user-agent: Crab\ndisallow: /\n"
#define GROUPS \
	"allow: /lost/\n\nuser-agent: Crab\ndisallow: /\nallow: /a/\nuser-agent: Gull\n" \
	"disallow: /\nallow: /b/\n\n\nallow: /c/\nuser-agent: Seal\n\nuser-agent: Crab\n" \
	"allow: /d/\ndisallow: /\n"
#define CASES(u, a, d) u ": Crab\n" a ": /a/\n" d ": /\n"
#define TWO_WORDS(name) "User-Agent: " name "\nAllow: /a/\nDisallow: /\n"
#define ONLY(rule) "user-agent: Crab\ndisallow: /\nallow: " rule "\n"

static const struct verdict table[] = {
    /* empty things */
    {"", "Crab", "", true, 0},
    {SHUT, "", "", true, 0},
    {SHUT, "Crab", "", false, 2},
    {"", "", "", true, 0},
    /* the syntax of a line */
    {SHUT, "Crab", G "/a/b", false, 2},
    {"agent: Crab\nno: /\n", "Crab", G "/a/b", true, 0},
    {"user-agent Crab\ndisallow /\n", "Crab", G "/a/b", false, 2},
    /* groups: merged, and rules outside of them are none */
    {GROUPS, "Crab", G "/a/1", true, 5},
    {GROUPS, "Crab", G "/d/1", true, 15},
    {GROUPS, "Crab", G "/b/1", false, 4},
    {GROUPS, "Gull", G "/b/1", true, 8},
    {GROUPS, "Gull", G "/c/1", true, 11},
    {GROUPS, "Gull", G "/d/1", false, 7},
    {GROUPS, "Seal", G "/d/1", true, 15},
    {GROUPS, "Crab", G "/lost/", false, 4},
    {GROUPS, "Gull", G "/lost/", false, 7},
    {GROUPS, "Seal", G "/lost/", false, 16},
    /* lines that are no rules do not end a group's names */
    {"User-agent: Gull\nSitemap: https://x.gov.cn/map\nUser-agent: *\nDisallow: /\n", "Crab", G "/", false, 4},
    {"User-agent: Gull\nSitemap: https://x.gov.cn/map\nUser-agent: *\nDisallow: /\n", "Gull", G "/", false, 4},
    {"User-agent: Crab\nSomething: else\nUser-agent: *\nDisallow: /\n", "Crab", G "/", false, 4},
    {"User-agent: Crab\nSomething: else\nUser-agent: *\nDisallow: /\n", "Gull", G "/", false, 4},
    /* names of lines, in any case */
    {CASES("USER-AGENT", "ALLOW", "DISALLOW"), "Crab", G "/a/b", true, 2},
    {CASES("user-agent", "allow", "disallow"), "Crab", G "/a/b", true, 2},
    {CASES("uSer-aGent", "aLlow", "diSallOw"), "Crab", G "/a/b", true, 2},
    {CASES("USER-AGENT", "ALLOW", "DISALLOW"), "Crab", G "/b", false, 3},
    {CASES("user-agent", "allow", "disallow"), "Crab", G "/b", false, 3},
    {CASES("uSer-aGent", "aLlow", "diSallOw"), "Crab", G "/b", false, 3},
    /* names of agents, in any case, up to the first blank */
    {TWO_WORDS("CRAB CAKE"), "Crab", G "/a/b", true, 2},
    {TWO_WORDS("crab cake"), "Crab", G "/a/b", true, 2},
    {TWO_WORDS("cRab caKe"), "Crab", G "/a/b", true, 2},
    {TWO_WORDS("CRAB CAKE"), "Crab", G "/b", false, 3},
    {TWO_WORDS("crab cake"), "Crab", G "/b", false, 3},
    {TWO_WORDS("cRab caKe"), "Crab", G "/b", false, 3},
    {TWO_WORDS("CRAB CAKE"), "crab", G "/a/b", true, 2},
    {TWO_WORDS("crab cake"), "crab", G "/b", false, 3},
    {"User-Agent: *\nDisallow: /\n" TWO_WORDS("Crab Cake"), "Crab", G "/a/b", true, 4},
    {"User-Agent: *\nDisallow: /\n" TWO_WORDS("Crab Cake"), "Crab Cake", G "/a/b", false, 2},
    /* the group of all others */
    {"user-agent: *\nallow: /\n" SHUT, "Crab", G "/a", false, 4},
    {"user-agent: *\nallow: /\n" SHUT, "Gull", G "/a", true, 2},
    {"user-agent: Seal\nallow: /\n" SHUT, "Gull", G "/a", true, 0},
    /* paths have their case */
    {"user-agent: Crab\ndisallow: /a/\n", "Crab", G "/a/b", false, 2},
    {"user-agent: Crab\ndisallow: /A/\n", "Crab", G "/a/b", true, 0},
    /* the longest wins, Allow among equals */
    {"user-agent: Crab\ndisallow: /a/b.html\nallow: /a/\n", "Crab", G "/a/b.html", false, 2},
    {"user-agent: Crab\nallow: /a/b.html\ndisallow: /a/\n", "Crab", G "/a/b.html", true, 2},
    {"user-agent: Crab\nallow: /a/b.html\ndisallow: /a/\n", "Crab", G "/a/", false, 3},
    {"user-agent: Crab\ndisallow: \nallow: \n", "Crab", G "/a/b.html", true, 0},
    {"user-agent: Crab\ndisallow: /\nallow: /\n", "Crab", G "/a/b.html", true, 3},
    {"user-agent: Crab\ndisallow: /a\nallow: /a/\n", "Crab", G "/a", false, 2},
    {"user-agent: Crab\ndisallow: /a\nallow: /a/\n", "Crab", G "/a/", true, 3},
    {"user-agent: Crab\ndisallow: /a/b.html\nallow: /a/b.html\n", "Crab", G "/a/b.html", true, 3},
    {"user-agent: Crab\nallow: /doc\ndisallow: /*.html\n", "Crab", G "/doc.html", false, 3},
    {"user-agent: Crab\nallow: /doc\ndisallow: /*.html\n", "Crab", G "/doc", true, 2},
    {"user-agent: Crab\nallow: /a/doc.\ndisallow: /*.html\n", "Crab", G "/a/doc.html", true, 2},
    {"user-agent: Crab\nallow: /a/doc.\ndisallow: /*.html\n", "Crab", G "/a/b.html", false, 3},
    {"User-agent: *\nDisallow: /a/\nUser-agent: Crab\nDisallow: /b/\n", "Crab", G "/a/doc", true, 0},
    {"User-agent: *\nDisallow: /a/\nUser-agent: Crab\nDisallow: /b/\n", "Crab", G "/b/doc", false, 4},
    /* spelling */
    {ONLY("/a/b?c=d&e=http://y.cn?f&g"), "Crab", G "/a/b?c=d&e=http://y.cn?f&g", true, 3},
    {ONLY("/a/索"), "Crab", G "/a/%E7%B4%A2", true, 3},
    {ONLY("/a/索"), "Crab", G "/a/索", true, 3}, /* RFC: Google says no */
    {ONLY("/a/%E7%B4%A2"), "Crab", G "/a/%E7%B4%A2", true, 3},
    {ONLY("/a/%E7%B4%A2"), "Crab", G "/a/索", true, 3},  /* RFC: Google says no */
    {ONLY("/a/%62%61%7A"), "Crab", G "/a/baz", true, 3}, /* RFC: Google says no */
    {ONLY("/a/%62%61%7A"), "Crab", G "/a/%62%61%7A", true, 3},
    {ONLY("/a/\xc3\xa1"), "Crab", G "/a/%C3%A1", true, 3},
    {ONLY("/a/%aa"), "Crab", G "/a/%AA", true, 3},
    /* signs with a meaning */
    {"User-agent: Crab\nDisallow: /a/b/e\nAllow: /a/*/f\n", "Crab", G "/a/b/e", false, 2},
    {"User-agent: Crab\nDisallow: /a/b/e\nAllow: /a/*/f\n", "Crab", G "/a/e", true, 0},
    {"User-agent: Crab\nDisallow: /a/b/e\nAllow: /a/*/f\n", "Crab", G "/a//e", true, 0},
    {"User-agent: Crab\nDisallow: /a/b/e\nAllow: /a/*/f\n", "Crab", G "/a/c/e", true, 0},
    {"User-agent: Crab\nDisallow: /a/b$\nAllow: /a/b/f\n", "Crab", G "/a/b", false, 2},
    {"User-agent: Crab\nDisallow: /a/b$\nAllow: /a/b/f\n", "Crab", G "/a/b/f", true, 3},
    {"User-agent: Crab\nDisallow: /a/b$\nAllow: /a/b/f\n", "Crab", G "/a/b/", true, 0},
    {"User-agent: Crab\nDisallow: /a/b$\nAllow: /a/b/f\n", "Crab", G "/a/b/c", true, 0},
    {"User-agent: Crab\n# Disallow: /\nDisallow: /a/e#f\nAllow: /\n", "Crab", G "/a/b", true, 4},
    {"User-agent: Crab\n# Disallow: /\nDisallow: /a/e#f\nAllow: /\n", "Crab", G "/a/e", false, 3},
    /* index.html stands for its folder */
    {"User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "crab", G "/a/", true, 2},
    {"User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "crab", G "/a/index.htm", false, 3},
    {"User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "crab", G "/a/index.html", true, 2},
    {"User-Agent: *\nAllow: /a/index.html\nDisallow: /\n", "crab", G "/b", false, 3},
    /* what a path begins with */
    {ONLY("/fish"), "Crab", G "/bar", false, 2},
    {ONLY("/fish"), "Crab", G "/fish", true, 3},
    {ONLY("/fish"), "Crab", G "/fish.html", true, 3},
    {ONLY("/fish"), "Crab", G "/fish/cod.html", true, 3},
    {ONLY("/fish"), "Crab", G "/fishnet", true, 3},
    {ONLY("/fish"), "Crab", G "/fishnet/big.html", true, 3},
    {ONLY("/fish"), "Crab", G "/fish.html?id=1", true, 3},
    {ONLY("/fish"), "Crab", G "/Fish.asp", false, 2},
    {ONLY("/fish"), "Crab", G "/codfish", false, 2},
    {ONLY("/fish"), "Crab", G "/?id=fish", false, 2},
    {ONLY("/fish*"), "Crab", G "/bar", false, 2},
    {ONLY("/fish*"), "Crab", G "/fish", true, 3},
    {ONLY("/fish*"), "Crab", G "/fish.html", true, 3},
    {ONLY("/fish*"), "Crab", G "/fish/cod.html", true, 3},
    {ONLY("/fish*"), "Crab", G "/fishnet", true, 3},
    {ONLY("/fish*"), "Crab", G "/fishnet/big.html", true, 3},
    {ONLY("/fish*"), "Crab", G "/fish.html?id=1", true, 3},
    {ONLY("/fish*"), "Crab", G "/Fish.bar", false, 2},
    {ONLY("/fish*"), "Crab", G "/codfish", false, 2},
    {ONLY("/fish*"), "Crab", G "/?id=fish", false, 2},
    {ONLY("/fish/"), "Crab", G "/bar", false, 2},
    {ONLY("/fish/"), "Crab", G "/fish/", true, 3},
    {ONLY("/fish/"), "Crab", G "/fish/cod", true, 3},
    {ONLY("/fish/"), "Crab", G "/fish/?cod", true, 3},
    {ONLY("/fish/"), "Crab", G "/fish/cod.html", true, 3},
    {ONLY("/fish/"), "Crab", G "/fish/?id=1", true, 3},
    {ONLY("/fish/"), "Crab", G "/fish", false, 2},
    {ONLY("/fish/"), "Crab", G "/fish.html", false, 2},
    {ONLY("/fish/"), "Crab", G "/Fish/Cod.html", false, 2},
    {ONLY("/*.php"), "Crab", G "/bar", false, 2},
    {ONLY("/*.php"), "Crab", G "/file.php", true, 3},
    {ONLY("/*.php"), "Crab", G "/folder/file.php", true, 3},
    {ONLY("/*.php"), "Crab", G "/folder/file.php?id=1", true, 3},
    {ONLY("/*.php"), "Crab", G "//folder/any.php.file.html", true, 3},
    {ONLY("/*.php"), "Crab", G "/file.php/", true, 3},
    {ONLY("/*.php"), "Crab", G "/index?f=file.php/", true, 3},
    {ONLY("/*.php"), "Crab", G "/php/", false, 2},
    {ONLY("/*.php"), "Crab", G "/index?php", false, 2},
    {ONLY("/*.php"), "Crab", G "/file.PHP", false, 2},
    {ONLY("/*.php$"), "Crab", G "/bar", false, 2},
    {ONLY("/*.php$"), "Crab", G "/file.php", true, 3},
    {ONLY("/*.php$"), "Crab", G "/folder/file.php", true, 3},
    {ONLY("/*.php$"), "Crab", G "/file.php?id=1", false, 2},
    {ONLY("/*.php$"), "Crab", G "/file.php/", false, 2},
    {ONLY("/*.php$"), "Crab", G "/file.php5", false, 2},
    {ONLY("/*.php$"), "Crab", G "/php/", false, 2},
    {ONLY("/*.php$"), "Crab", G "/file?php", false, 2},
    {ONLY("/*.php$"), "Crab", G "/aaaphpaaa", false, 2},
    {ONLY("/*.php$"), "Crab", G "//file.PHP", false, 2},
    {ONLY("/fish*.php"), "Crab", G "/bar", false, 2},
    {ONLY("/fish*.php"), "Crab", G "/fish.php", true, 3},
    {ONLY("/fish*.php"), "Crab", G "/fishnet/cod.php?id=1", true, 3},
    {ONLY("/fish*.php"), "Crab", G "/Fish.PHP", false, 2},
    /* which of two */
    {"user-agent: Crab\nallow: /p\ndisallow: /\n", "Crab", G "/page", true, 2},
    {"user-agent: Crab\nallow: /dir\ndisallow: /dir\n", "Crab", G "/dir/page", true, 2},
    {"user-agent: Crab\nallow: /page\ndisallow: /*.htm\n", "Crab", G "/page.htm", false, 3},
    {"user-agent: Crab\nallow: /$\ndisallow: /\n", "Crab", G "/", true, 2},
    {"user-agent: Crab\nallow: /$\ndisallow: /\n", "Crab", G "/page.htm", false, 3},
    /* ends of lines, and where a line is the sixth */
    {"User-Agent: a\nAllow: /some\nUser-Agent: b\n\n\nDisallow: /\n", "b", G "/", false, 6},
    {"User-Agent: a\r\nAllow: /some\r\nUser-Agent: b\r\n\r\n\r\nDisallow: /\r\n", "b", G "/", false, 6},
    {"User-Agent: a\rAllow: /some\rUser-Agent: b\r\r\rDisallow: /\r", "b", G "/", false, 6},
    {"User-Agent: a\nAllow: /some\nUser-Agent: b\n\n\nDisallow: /", "b", G "/", false, 6},
    {"User-Agent: a\nAllow: /some\r\nUser-Agent: b\n\r\n\nDisallow: /", "b", G "/", false, 6},
    /* a byte order mark, whole, in part, broken, and where it has no business */
    {"\xEF\xBB\xBFUser-Agent: a\nDisallow: /\n", "a", G "/", false, 2},
    {"\xEF\xBBUser-Agent: a\nDisallow: /\n", "a", G "/", false, 2},
    {"\xEFUser-Agent: a\nDisallow: /\n", "a", G "/", false, 2},
    {"\xEF\x11\xBFUser-Agent: a\nDisallow: /\n", "a", G "/", true, 0},
    {"User-Agent: a\n\xEF\xBB\xBF"
     "Disallow: /\n",
	"a", G "/", true, 0},
    /* ours: RFC 9309 2.2.2 and 2.2.3 */
    {ONLY("/a?b=https%3A%2F%2Fc"), "Crab", G "/a?b=https%3a%2f%2fc", true, 3},
    {ONLY("/a?b=https%3A%2F%2Fc"), "Crab", G "/a?b=https://c", false, 2},
    {ONLY("/file-%2A.html"), "Crab", G "/file-*.html", true, 3},
    {ONLY("/file-%2A.html"), "Crab", G "/file-1.html", false, 2},
    {ONLY("/file-%24"), "Crab", G "/file-$", true, 3},
    {ONLY("/a$b"), "Crab", G "/a$b", true, 3},
    {ONLY("/a b"), "Crab", G "/a%20b", true, 3},
    {ONLY("/100%"), "Crab", G "/100%25", true, 3},
    {"user-agent: Crab\nallow: /a$\ndisallow: /a\n", "Crab", G "/a", true, 2},
    {"user-agent: Crab\ndisallow: /a/***/b$\n", "Crab", G "/a/x/y/b", false, 2},
    {"user-agent: Crab\ndisallow: /a/***/b$\n", "Crab", G "/a/b", true, 0},
    {"user-agent: Crab\ndisallow: /*b*b$\n", "Crab", G "/b", true, 0},
    {"user-agent: Crab\ndisallow: *\n", "Crab", G "/", false, 2},
    {"user-agent: Crab\ndisallow: $\n", "Crab", G "/", true, 0},
    {"user-agent: Crab\ndisallow: a\n", "Crab", G "/a", true, 0},
    /* ours: agents */
    {"user-agent: Crab/2.0\ndisallow: /\n", "Crab/1.0 (+http://x)", G "/", false, 2},
    {"user-agent: CrabCake\ndisallow: /\n", "Crab", G "/", true, 0},
    {"user-agent: Crab\nuser-agent: *\ndisallow: /a\n", "Crab", G "/a", false, 3},
    {"user-agent: Crab\nuser-agent: *\ndisallow: /a\n", "Gull", G "/a", false, 3},
    {"user-agent: *bot\ndisallow: /\n", "Crab", G "/", true, 0},
    {"user-agent:\ndisallow: /\n", "", G "/", true, 0},
    {"user-agent: * # all\ndisallow: /\n", "Crab", G "/", false, 2},
    {"user-agent: *\ndisallow: /\nuser-agent: Crab\n", "Crab", G "/", true, 0},
    /* ours: misspelt, and not robots.txt at all */
    {"useragent: Crab\ndisalow: /\n", "Crab", G "/", false, 2},
    {"user-agent: Crab\ndisallow / all\n", "Crab", G "/", true, 0},
    {"<!DOCTYPE html>\n<html><body>404: not here</body></html>\n", "Crab", G "/", true, 0},
};

static const struct robots_rule *
decide(struct arena *a, const char *file, struct span agent, struct span url)
{
	struct robots r;
	struct robots *copy;
	const struct robots_rule *rule, *again;
	struct span path;
	bool failed = true;

	assert_int_equal(robots_parse(&r, a, span_of(file), agent), 0);
	path = robots_path(a, url);
	assert_non_null(path.p);
	rule = robots_decide(&r, path, &failed);
	assert_false(failed);
	assert_non_null(copy = robots_dup(&r));
	again = robots_decide(copy, path, NULL);
	assert_int_equal(again == NULL ? 0 : again->line, rule == NULL ? 0 : rule->line);
	free(copy);
	return rule;
}

static void
verdicts_and_the_lines_that_decided(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct verdict *v = &table[i];
		const struct robots_rule *rule;
		struct arena a;

		arena_init(&a, 1 << 22);
		rule = decide(&a, v->file, span_of(v->agent), span_of(v->url));
		if ((rule == NULL || rule->allow) != v->allowed ||
		    (rule == NULL ? 0 : rule->line) != v->line) {
			print_error("%zu: %s for \"%s\": line %u, not %u of\n%s\n", i, v->url,
			    v->agent, rule == NULL ? 0 : rule->line, v->line, v->file);
			wrong++;
		}
		arena_fini(&a);
	}
	assert_int_equal(wrong, 0);
}

static void
the_line_is_told_as_it_stands(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	assert_true(span_eq(
	    decide(&a, "user-agent: *\r\n\t DisAllow :  /a%2fb* # why\r\n", SPAN(""), SPAN("/a%2Fb"))->text,
	    SPAN("DisAllow :  /a%2fb*")));
	arena_fini(&a);
}

static void
the_path_of_an_address(void **state)
{
	static const char *const paths[][2] = {{"", "/"}, {G, "/"}, {G "/", "/"}, {G "/a", "/a"}, {G "/a/", "/a/"},
	    {G "/a/b?c=http://d.e/", "/a/b?c=http://d.e/"}, {G "/a/b?c=d&e=f#g", "/a/b?c=d&e=f"}, {"x.cn", "/"},
	    {"x.cn/", "/"}, {"x.cn/a", "/a"}, {"x.cn/a/", "/a/"}, {"x.cn/a/b?c=d&e=f#g", "/a/b?c=d&e=f"}, {"a", "/"},
	    {"a/", "/"}, {"/a", "/a"}, {"a/b", "/b"}, {"x.cn?a", "/?a"}, {"x.cn/a;b#c", "/a;b"}, {"//a/b/c", "/b/c"},
	    {"/a?u=http://b/c", "/a?u=http://b/c"}, {"x.cn?u=http://b/c", "/?u=http://b/c"}};
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_string_equal(robots_path(&a, span_of(paths[i][0])).p, paths[i][1]);
	arena_fini(&a);
}

static void
agents_that_are_names(void **state)
{
	static const char *const good[] = {"Crab", "Crab-Cake", "Crab_Cake"};
	static const char *const bad[] = {"", "索", "Crab*", " Crab ", "Crab Cake", "Crab 2/1", "/x"};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_true(span_eq(robots_token(span_of(good[i])), span_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(robots_token(span_of(bad[i])).n, 0);
	/* what a program calls itself: its name, not its version */
	assert_true(span_eq(robots_token(SPAN("suoyin/0.1.0 (+mailto:a@b.cn)")), SPAN("suoyin")));
}

static void
lines_are_cut_where_google_cuts_them(void **state)
{
	struct buf file, url;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 22);
	buf_init(&file, 1 << 20);
	buf_init(&url, 1 << 20);
	(void)buf_add_str(&file, "user-agent: Crab\ndisallow: ");
	(void)buf_add_str(&url, "/a/");
	while (url.n < 2083U * 8 - 3 - 10 + 1)
		(void)buf_add_byte(&url, 'x');
	(void)buf_add_span(&file, buf_span(&url));
	(void)buf_add_str(&file, "/end\n");
	(void)buf_add_str(&url, "/ice");
	assert_null(decide(&a, file.p, SPAN("Crab"), SPAN("/ice")));
	assert_non_null(decide(&a, file.p, SPAN("Crab"), buf_span(&url)));
	buf_fini(&file);
	buf_fini(&url);
	arena_fini(&a);
}

static void
nothing_is_read_beyond_500_kib(void **state)
{
	static const char shut[] = "User-agent: *\nDisallow: /a\n";
	struct buf file;
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 22);
	buf_init(&file, 1 << 20);
	while (file.n + sizeof(shut) - 1 < ROBOTS_BYTES_MAX)
		(void)buf_add_byte(&file, '\n');
	(void)buf_add_str(&file, shut);
	assert_int_equal(file.n, ROBOTS_BYTES_MAX);
	(void)buf_add_str(&file, "Disallow: /b\n");
	assert_non_null(decide(&a, file.p, SPAN("Crab"), SPAN("/a")));
	assert_null(decide(&a, file.p, SPAN("Crab"), SPAN("/b")));
	/* a line that the end cuts through is not taken for a shorter one, which forbids more */
	buf_clear(&file);
	while (file.n + sizeof(shut) - 2 < ROBOTS_BYTES_MAX)
		(void)buf_add_byte(&file, '\n');
	(void)buf_add_str(&file, "User-agent: *\nDisallow: /abc\n");
	assert_null(decide(&a, file.p, SPAN("Crab"), SPAN("/ab")));
	buf_fini(&file);
	arena_fini(&a);
}

static void
crawl_delay_is_the_groups_own(void **state)
{
	static const struct {
		const char *file;
		int64_t ms;
	} delays[] = {
	    {"user-agent: Crab\ncrawl-delay: 10\n", 10000},
	    {"user-agent: Crab\nCrawl-Delay: 0.5\ndisallow: /x\n", 500},
	    {"user-agent: Crab\ncrawl-delay: .25\n", 250},
	    {"user-agent: Crab\ncrawl-delay: 1.23456\n", 1234},
	    {"user-agent: Crab\ncrawl-delay: 2\n\nuser-agent: Crab\ncrawl-delay: 1\n", 2000},
	    {"user-agent: *\ncrawl-delay: 3\nuser-agent: Gull\ndisallow: /\n", 3000},
	    {"user-agent: *\ncrawl-delay: 3\ndisallow: /a\nuser-agent: Crab\ndisallow: /\n", 0},
	    {"crawl-delay: 10\nuser-agent: Crab\ndisallow: /\n", 0},
	    {"user-agent: Crab\ncrawl-delay: 99999999\n", 86400000},
	    {"user-agent: Crab\ncrawl-delay: soon\n", 0},
	    {"user-agent: Crab\ncrawl-delay: -1\n", 0},
	    {"user-agent: Crab\ncrawl-delay: 1.x\n", 0},
	    {"user-agent: Crab\ncrawl-delay: .\n", 0},
	    {"user-agent: Crab\ncrawl-delay:\n", 0},
	};
	struct arena a;
	struct robots r;

	(void)state;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		assert_int_equal(robots_parse(&r, &a, span_of(delays[i].file), SPAN("Crab")), 0);
		if (r.delay_ms != delays[i].ms)
			fail_msg("%s: %lld", delays[i].file, (long long)r.delay_ms);
	}
	arena_fini(&a);
}

static void
many_rules_cost_little_time(void **state)
{
	struct buf file, path;
	struct robots r;
	struct arena a;

	(void)state;
	arena_init(&a, 64 << 20);
	buf_init(&file, 1 << 20);
	buf_init(&path, 1 << 20);
	(void)buf_add_str(&file, "user-agent: *\n");
	while (file.n < ROBOTS_BYTES_MAX)
		(void)buf_add_str(&file, "disallow: /*a*a*a*a*a*a*b$\n");
	(void)buf_add_byte(&path, '/');
	while (path.n < URL_MAX)
		(void)buf_add_byte(&path, 'a');
	assert_int_equal(robots_parse(&r, &a, buf_span(&file), SPAN("Crab")), 0);
	assert_true(r.count > 10000);
	assert_null(robots_decide(&r, buf_span(&path), NULL));
	buf_fini(&file);
	buf_fini(&path);
	arena_fini(&a);
}

static void
a_full_arena_is_said(void **state)
{
	struct robots r;
	struct arena a;

	(void)state;
	arena_init(&a, 64);
	assert_int_equal(robots_parse(&r, &a, SPAN("user-agent: *\ndisallow: /a\ndisallow: /b\n"), SPAN("x")), -1);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts_and_the_lines_that_decided),
	    cmocka_unit_test(the_line_is_told_as_it_stands),
	    cmocka_unit_test(the_path_of_an_address),
	    cmocka_unit_test(agents_that_are_names),
	    cmocka_unit_test(lines_are_cut_where_google_cuts_them),
	    cmocka_unit_test(nothing_is_read_beyond_500_kib),
	    cmocka_unit_test(crawl_delay_is_the_groups_own),
	    cmocka_unit_test(many_rules_cost_little_time),
	    cmocka_unit_test(a_full_arena_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
