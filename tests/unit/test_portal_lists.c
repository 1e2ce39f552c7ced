/* SPDX-License-Identifier: MIT */
/* Kinds, platforms and rules of lists, as a portal file says them. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <suoyin/list_page.h>
#include <suoyin/portal.h>

#include "yaml_mutate.h"

/* A portal with one list, as a file. */
static const char *
file_with(const char *portal, const char *list)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text),
	    "portals:\n  - id: p\n    name: p\n    home: http://a.cn/\n%s    lists:\n      - url: http://a.cn/l\n%s",
	    portal, list);
	return scratch(text);
}

/* The canonical list; NULL: the first error is in `said`. */
static json_t *
list_of(const char *portal, const char *list, char said[512])
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	json_t *json = NULL;

	said[0] = '\0';
	if (portal_file_load(&set, file_with(portal, list), &errors) == 0)
		json = json_incref(
		    json_array_get(json_object_get(set.items[0].config, "lists"), 0));
	else
		(void)snprintf(said, 512, "%s: %s (%s)", errors.items[0].key, errors.items[0].reason,
		    errors.items[0].suggestion != NULL ? errors.items[0].suggestion : "");
	config_errors_fini(&errors);
	portal_set_fini(&set);
	return json;
}

static void
rules_are(const char *portal, const char *list, const char *want)
{
	char said[512], *text;
	json_t *json = list_of(portal, list, said);

	if (json == NULL)
		fail_msg("%s", said);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, want);
	free(text);
	json_decref(json);
}

static void
a_list_of_old_keeps_its_canonical_form(void **state)
{
	(void)state;
	rules_are("", "        rows: //li\n",
	    "{\"date\":null,\"every_ms\":1800000,\"link\":\".//a/@href\",\"next\":null,\"rows\":\"//li\",\"title\":\".//a\","
	    "\"url\":\"http://a.cn/l\"}");
}

static void
kinds_say_their_rules_in_full(void **state)
{
	(void)state;
	rules_are("", "        kind: gkmlpt\n        title: /name\n",
	    "{\"category\":\"0\",\"date\":\"/display_publish_time\",\"every_ms\":1800000,\"kind\":\"gkmlpt\",\"link\":\"/url\","
	    "\"paging\":\"query:page\",\"rows\":\"/articles\",\"title\":\"/name\",\"total\":\"/classify/post_count\","
	    "\"url\":\"http://a.cn/l\"}");
	rules_are("", "        kind: feed\n",
	    "{\"every_ms\":1800000,\"kind\":\"feed\",\"url\":\"http://a.cn/l\"}");
	rules_are("",
	    "        kind: json\n        link: \"/art/{/id}.html\"\n        include: a*b\n        exclude: [x, \"url:/y/\"]\n"
	    "        size: 20\n        from: 0\n        paging: \"?o={offset}\"\n",
	    "{\"every_ms\":1800000,\"exclude\":[\"x\",\"url:/y/\"],\"from\":0,\"include\":[\"a*b\"],\"kind\":\"json\","
	    "\"link\":\"/art/{/id}.html\","
	    "\"paging\":\"?o={offset}\",\"size\":20,\"title\":\"/title\",\"url\":\"http://a.cn/l\"}");
}

static void
css_is_written_as_the_xpath_it_means(void **state)
{
	(void)state;
	rules_are("",
	    "        rows: \"css: ul.l > li\"\n        link: \"css:a::attr(href)\"\n"
	    "        next: \"css:#n a::attr(href)\"\n",
	    "{\"date\":null,\"every_ms\":1800000,\"link\":\".//a/@href\",\"next\":\"//*[@id='n']//a/@href\",\"rows\":"
	    "\"//ul[contains(concat(' ',normalize-space(@class),' '),' l ')]/li\","
	    "\"title\":\".//a\",\"url\":\"http://a.cn/l\"}");
}

static void
a_platform_makes_three_lines_enough(void **state)
{
	static const char *const names[] = {"trs", "jcms", "jpaas", "ucap", "gkmlpt", "vsb"};
	static const char *const kinds[] = {NULL, "datastore", "jpaas", NULL, "gkmlpt", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char portal[64], said[512];
		struct list_rules rules;
		json_t *json;

		(void)snprintf(portal, sizeof(portal), "    platform: %s\n", names[i]);
		if ((json = list_of(portal, "", said)) == NULL)
			fail_msg("%s: %s", names[i], said);
		assert_int_equal(list_rules_read(&rules, json, NULL), 0);
		if (kinds[i] == NULL)
			assert_int_equal(rules.kind, LIST_HTML);
		else
			assert_string_equal(list_kind_names[rules.kind], kinds[i]);
		json_decref(json);
	}
}

static void
a_list_may_be_of_another_kind_than_its_platform(void **state)
{
	(void)state;
	rules_are("    platform: ucap\n", "        kind: ucap\n",
	    "{\"date\":\"/publishedTimeStr\",\"every_ms\":1800000,\"kind\":\"ucap\",\"link\":\"/url\",\"paging\":\"query:page\","
	    "\"rows\":\"/data/results\",\"title\":\"/title\",\"total\":\"/data/total\",\"url\":\"http://a.cn/l\"}");
}

static void
what_is_wrong_is_named_with_the_key(void **state)
{
	static const struct {
		const char *portal, *list, *want;
	} cases[] = {
	    {"", "", "portals[0].lists[0].rows: is missing ()"},
	    {"    platform: tsr\n", "",
		"portals[0].platform: \"tsr\" is none of trs, jcms, jpaas, ucap, gkmlpt, vsb (did you mean trs?)"},
	    {"", "        kind: jsn\n",
		"portals[0].lists[0].kind: \"jsn\" is none of html, datastore, json, jpaas, gkmlpt, ucap, feed, sitemap, "
		"auto (did you mean json?)"},
	    {"", "        kind: feed\n        rows: //item\n",
		"portals[0].lists[0].rows: is no key of a list of kind feed (leave it out)"},
	    {"", "        kind: json\n        link: //a\n        title: x\n",
		"portals[0].lists[0].title: \"x\" is no JSON pointer: it does not begin with / (write /x)"},
	    {"", "        rows: \"css:ul >\"\n",
		"portals[0].lists[0].rows: is no CSS selector that is known here: "
		"character 5: a selector is expected ()"},
	    {"", "        rows: //li\n        paging: \"page_{n}.html\"\n",
		"portals[0].lists[0].paging: {n} is none of {page} {start} {offset} {end} {size} {stem} {ext} (script, "
		"countdown, paramjson, none, query:page or index_{page}.html)"},
	    {"", "        rows: //li\n        paging: next\n",
		"portals[0].lists[0].paging: a template of addresses needs {page}, {start} or {offset} (script, countdown, "
		"paramjson, none, query:page or index_{page}.html)"},
	    {"", "        rows: //li\n        size: 0\n",
		"portals[0].lists[0].size: is not a number from 1 to 1000000 ()"},
	    {"", "        rows: //li\n        include: [\"\"]\n",
		"portals[0].lists[0].include: a pattern has 1 … 256 bytes ()"},
	    {"", "        rows: //li\n        exclude: {a: b}\n",
		"portals[0].lists[0].exclude: must be a list of patterns ()"},
	    {"", "        rows: //li\n        category: 7\n",
		"portals[0].lists[0].category: is a key of kind gkmlpt ()"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char said[512];

		assert_null(list_of(cases[i].portal, cases[i].list, said));
		assert_string_equal(said, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_list_of_old_keeps_its_canonical_form),
	    cmocka_unit_test(kinds_say_their_rules_in_full),
	    cmocka_unit_test(css_is_written_as_the_xpath_it_means),
	    cmocka_unit_test(a_platform_makes_three_lines_enough),
	    cmocka_unit_test(a_list_may_be_of_another_kind_than_its_platform),
	    cmocka_unit_test(what_is_wrong_is_named_with_the_key),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
