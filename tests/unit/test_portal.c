/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/portal.h>

static const char good[] =
    "{'id':'yj','site':'s','name':'阳江','home':'http://a.cn/"
    "','hosts':['a.cn','b.cn'],'level':null,"
    "'region':{'city':null,'county':null,'province':null},'delay_ms':2000,'revisit_ms':86400000,"
    "'extract':{},'lists':[{'url':'http://a.cn/l','rows':'//li','link':'.//a/@href','title':'.//a',"
    "'date':null,'next':null,'every_ms':1800000}]}";

/* The text with ' for ", and one piece of it replaced. */
static json_t *
config(const char *piece, const char *other)
{
	char text[2048];
	const char *at = strstr(good, piece);
	json_error_t why;
	json_t *json;

	assert_non_null(at);
	(void)snprintf(
	    text, sizeof(text), "%.*s%s%s", (int)(at - good), good, other, at + strlen(piece));
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(text, 0, &why);
	if (json == NULL)
		fail_msg("%s: %s", text, why.text);
	return json;
}

static void
a_portal_has_what_its_json_says(void **state)
{
	json_t *json = config("", "");
	struct err err = {0};
	struct portal *p = portal_from_json(json, 7, &err);

	(void)state;
	json_decref(json); /* nothing of it is kept */
	assert_non_null(p);
	assert_int_equal(p->version, 7);
	assert_string_equal(p->id, "yj");
	assert_string_equal(p->site, "s");
	assert_string_equal(p->home, "http://a.cn/");
	assert_string_equal(p->name, "阳江");
	assert_int_equal(p->delay_ms, 2000);
	assert_int_equal(p->revisit_ms, 86400000);
	assert_int_equal(p->host_count, 2);
	assert_string_equal(p->hosts[1], "b.cn");
	assert_int_equal(p->list_count, 1);
	assert_string_equal(p->lists[0].url, "http://a.cn/l");
	assert_string_equal(p->lists[0].rows, "//li");
	assert_string_equal(p->lists[0].title, ".//a");
	assert_null(p->lists[0].date);
	assert_null(p->lists[0].next);
	assert_int_equal(p->lists[0].every_ms, 1800000);
	portal_free(p);
}

static void
bad_json_is_rejected_with_the_key(void **state)
{
	static const struct {
		const char *piece, *other, *want;
	} cases[] = {
	    {"'id':'yj'", "'id':5", "portal (without id): id is not text"},
	    {"'id':'yj',", "", "portal (without id): id is missing"},
	    {"'site':'s'", "'site':''", "portal yj: site is not text"},
	    {"'home':'http://a.cn/',", "", "portal yj: home is missing"},
	    {"'delay_ms':2000", "'delay_ms':'2s'",
		"portal yj: delay_ms is not a number of milliseconds"},
	    {"'delay_ms':2000", "'delay_ms':0",
		"portal yj: delay_ms is not a number of milliseconds"},
	    {"['a.cn','b.cn']", "[]", "portal yj: hosts is not a list of hosts"},
	    {"['a.cn','b.cn']", "['a.cn',1]",
		"portal yj: hosts holds something that is not a host"},
	    {"'rows':'//li',", "", "portal yj: rows is missing"},
	    {"'every_ms':1800000", "'every_ms':1.5",
		"portal yj: every_ms is not a number of milliseconds"},
	    {"'lists':[", "'lists':5,'other':[", "portal yj: lists is not a list"},
	    {"'title':'.//a'", "'title':'a\\u0000b'", "portal yj: title is not text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json;
		struct err err = {0};

		if (strstr(cases[i].other, "\\u0000") != NULL) {
			json = config("", "");
			(void)json_object_set_new(json_array_get(json_object_get(json, "lists"), 0),
			    "title", json_stringn("a\0b", 3));
		} else {
			json = config(cases[i].piece, cases[i].other);
		}
		assert_null(portal_from_json(json, 1, &err));
		assert_int_equal(err.code, ERR_REJECT);
		assert_string_equal(err.reason, "bad_portal");
		assert_string_equal(err.text, cases[i].want);
		json_decref(json);
	}
	assert_null(portal_from_json(NULL, 1, NULL));
	portal_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_portal_has_what_its_json_says),
	    cmocka_unit_test(bad_json_is_rejected_with_the_key),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
