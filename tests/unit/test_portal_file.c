/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <suoyin/limits.h>
#include <suoyin/portal.h>

#include "yaml_mutate.h"

static const char whole[] = "portals:\n"
			    "  - id: yangjiang-kjj\n"
			    "    name: 阳江市科学技术局\n"
			    "    home: HTTP://WWW.Yangjiang.gov.cn\n"
			    "    site: yangjiang\n"
			    "    level: city\n"
			    "    region: {province: 广东省, city: 阳江市}\n"
			    "    hosts: [Files.Yangjiang.gov.cn, www.yangjiang.gov.cn]\n"
			    "    delay: 500ms\n"
			    "    revisit: 7d\n"
			    "    lists:\n"
			    "      - url: http://www.yangjiang.gov.cn/list.html#top\n"
			    "        rows: //ul[@class='list']/li\n"
			    "        link: ./a/@href\n"
			    "        title: ./a\n"
			    "        date: .//span\n"
			    "        next: //a[.='下一页']/@href\n"
			    "        every: 10m\n"
			    "    extract:\n"
			    "      title: //h1\n"
			    "      body: //div[@id='content']\n"
			    "      json: {title: /data/f_1, published_on: /data/0/a~1b}\n";

/* Errors as printed, without the path of the scratch file. */
static void
expect(const struct config_errors *errors, const char *want)
{
	char *text = NULL, *at;
	size_t n = 0, path = strlen(scratch_path);
	FILE *out = open_memstream(&text, &n);

	config_errors_print(errors, out);
	(void)fclose(out);
	while ((at = strstr(text, scratch_path)) != NULL)
		memmove(at, at + path, strlen(at + path) + 1);
	assert_string_equal(text, want);
	free(text);
}

static char *
canonical_of(const char *yaml)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	char *text;

	assert_int_equal(
	    portal_file_load(&set, scratch(yaml), &errors), errors.count == 0 ? 0 : -1);
	expect(&errors, "");
	assert_int_equal(set.count, 1);
	text = json_dumps(set.items[0].config, JSON_COMPACT | JSON_SORT_KEYS);
	portal_set_fini(&set);
	return text;
}

static void
file_gives(const char *yaml, const char *want)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};

	assert_int_equal(portal_file_load(&set, scratch(yaml), &errors), -1);
	expect(&errors, want);
	assert_int_equal(set.count, 0);
	config_errors_fini(&errors);
	portal_set_fini(&set);
}

static const char portal_head[] = "portals:\n- id: a\n  name: A\n  home: http://a.cn/\n"
				  "  lists: [{url: 'http://a.cn/l', rows: //li}]\n";

static void
keys_of_the_schedule_stand_only_where_they_are_given(void **state)
{
	static const char file[] =
	    "portals:\n- id: a\n  name: A\n  home: http://a.cn\n  lists:\n"
	    "  - {url: http://a.cn/1, rows: //li, every: 30m, backfill: all}\n"
	    "  - {url: http://a.cn/2, rows: //li, backfill: 3 pages, sweep: 1d, may_be_empty: true,\n"
	    "     pace: fixed}\n"
	    "  - {url: http://a.cn/3, rows: //li, backfill: since 2024-02-29, every: 1h, pace: "
	    "arrivals}\n";
	char *text = canonical_of(file);
	json_t *json = json_loads(text, 0, NULL), *lists = json_object_get(json, "lists");
	struct err err = {0};
	struct portal *p = portal_from_json(json, 1, &err);

	(void)state;
	assert_int_equal(json_object_size(json_array_get(lists, 0)), 8); /* with backfill: all */
	assert_non_null(strstr(text, "\"backfill\":\"3 pages\""));
	assert_non_null(p);
	assert_true(p->lists[0].by_arrivals && !p->lists[1].by_arrivals && p->lists[2].by_arrivals);
	assert_int_equal(p->lists[0].sweep_ms, 604800000);
	assert_int_equal(p->lists[1].sweep_ms, 86400000);
	assert_true(p->lists[1].may_be_empty && !p->lists[0].may_be_empty);
	assert_int_equal(p->lists[0].backfill_pages, 0);
	assert_null(p->lists[0].backfill_since);
	assert_int_equal(p->lists[1].backfill_pages, 3);
	assert_string_equal(p->lists[2].backfill_since, "2024-02-29");
	portal_free(p);
	json_decref(json);
	free(text);
}

/* A good portal with the lines of one test inside. */
static void
portal_gives(const char *lines, const char *want)
{
	char text[8192];

	(void)snprintf(text, sizeof(text), "%s%s", portal_head, lines);
	file_gives(text, want);
}

static void
the_canonical_form_is_complete_sorted_and_lower_case(void **state)
{
	char *text = canonical_of(whole);

	(void)state;
	assert_string_equal(text,
	    "{\"delay_ms\":500,\"extract\":{\"body\":\"//div[@id='content']\","
	    "\"json\":{\"published_on\":\"/data/0/a~1b\",\"title\":\"/data/f_1\"},\"title\":\"//h1\"},"
	    "\"home\":\"http://www.yangjiang.gov.cn/\","
	    "\"hosts\":[\"www.yangjiang.gov.cn\",\"files.yangjiang.gov.cn\"],\"id\":\"yangjiang-"
	    "kjj\","
	    "\"level\":\"city\",\"lists\":[{\"date\":\".//span\",\"every_ms\":600000,\"link\":\"./"
	    "a/@href\","
	    "\"next\":\"//a[.='下一页']/@href\",\"rows\":\"//ul[@class='list']/li\",\"title\":\"./"
	    "a\","
	    "\"url\":\"http://www.yangjiang.gov.cn/list.html\"}],\"name\":\"阳江市科学技术局\","
	    "\"region\":{\"city\":\"阳江市\",\"county\":null,\"province\":\"广东省\"},"
	    "\"revisit_ms\":604800000,\"site\":\"yangjiang\"}");
	free(text);
}

static void
defaults_are_filled_in(void **state)
{
	char *text = canonical_of("portals:\n- id: a\n  name: A\n  home: http://a.cn\n"
				  "  lists: [{url: http://a.cn/l, rows: //li}]\n");

	(void)state;
	assert_string_equal(text,
	    "{\"delay_ms\":2000,\"extract\":{},\"home\":\"http://a.cn/"
	    "\",\"hosts\":[\"a.cn\"],\"id\":\"a\","
	    "\"level\":null,\"lists\":[{\"date\":null,\"every_ms\":1800000,\"link\":\".//a/@href\","
	    "\"next\":null,\"rows\":\"//li\",\"title\":\".//a\",\"url\":\"http://a.cn/"
	    "l\"}],\"name\":\"A\","
	    "\"region\":{\"city\":null,\"county\":null,\"province\":null},\"revisit_ms\":86400000,"
	    "\"site\":\"a\"}");
	free(text);
}

/* A good portal with the lines of one test inside, as canonical JSON of its "extract". */
static void
extract_is(const char *lines, const char *want)
{
	char text[8192], *canonical;
	json_t *config;

	(void)snprintf(text, sizeof(text), "%s%s", portal_head, lines);
	canonical = canonical_of(text);
	config = json_loads(canonical, 0, NULL);
	free(canonical);
	canonical = json_dumps(json_object_get(config, "extract"), JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(canonical, want);
	free(canonical);
	json_decref(config);
}

static void
pointers_stand_beside_xpaths_in_the_canonical_form(void **state)
{
	(void)state;
	extract_is("  extract:\n    title: //h1\n    json:\n      title: /f_1\n"
		   "      published_on: /data/0/pubDate\n      index_number: /a~1b\n      body: /正文\n",
	    "{\"json\":{\"body\":\"/正文\",\"index_number\":\"/a~1b\",\"published_on\":\"/data/0/pubDate\","
	    "\"title\":\"/f_1\"},\"title\":\"//h1\"}");
	extract_is("  extract: {json: {document_number: /a, agency: /b, source: /c, signed_on: /d}}\n",
	    "{\"json\":{\"agency\":\"/b\",\"document_number\":\"/a\",\"signed_on\":\"/d\",\"source\":\"/c\"}}");
	extract_is("  extract: {json: {title: '/ ', body: \"/\\t\"}}\n", /* keys are taken as they are */
	    "{\"json\":{\"body\":\"/\\t\",\"title\":\"/ \"}}");
}

/* Else every portal would get a new version by an update of the program. */
static void
without_pointers_the_canonical_form_knows_nothing_of_them(void **state)
{
	(void)state;
	extract_is("", "{}");
	extract_is("  extract: {json: {}}\n", "{}");
	extract_is("  extract: {title: //h1, json: {}}\n", "{\"title\":\"//h1\"}");
}

static void
bad_pointers_are_told_with_their_place(void **state)
{
	(void)state;
	portal_gives("  extract:\n    json:\n      titel: /f_1\n      body: f_2\n      agency: ''\n"
		     "      source: '#/data/a'\n      signed_on:\n      index_number: [/a]\n"
		     "      published_on: /a~b\n      document_number: $.a\n",
	    ":8:7: portals[0].extract.json.titel: is no key of a portal file here (did you mean title?)\n"
	    ":9:13: portals[0].extract.json.body: \"f_2\" is no JSON pointer: it does not begin with / "
	    "(write /f_2)\n"
	    ":10:15: portals[0].extract.json.agency: \"\" is no JSON pointer: it is empty\n"
	    ":11:15: portals[0].extract.json.source: \"#/data/a\" is no JSON pointer: it does not begin with "
	    "/ (write /data/a)\n"
	    ":12:7: portals[0].extract.json.signed_on: has no value (or leave the key out)\n"
	    ":13:21: portals[0].extract.json.index_number: takes one value, not a list\n"
	    ":14:21: portals[0].extract.json.published_on: \"/a~b\" is no JSON pointer: it has a ~ that is "
	    "neither ~0 (for ~) nor ~1 (for /)\n"
	    ":15:24: portals[0].extract.json.document_number: \"$.a\" is no JSON pointer: it does not begin "
	    "with /\n");
	portal_gives("  extract: {json: /f_1}\n",
	    ":6:19: portals[0].extract.json: must be a mapping (key: value), not one value\n");
	portal_gives("  extract: {json: }\n",
	    ":6:19: portals[0].extract.json: must be a mapping (key: value), not empty\n");
	portal_gives("  extract: {jsn: {title: /a}}\n",
	    ":6:13: portals[0].extract.jsn: is no key of a portal file here (did you mean json?)\n");
	portal_gives("  extract: {json: {json: {title: /a}}}\n",
	    ":6:20: portals[0].extract.json.json: is no key of a portal file here\n");
}

static void
a_pointer_has_a_longest_length(void **state)
{
	char lines[JSON_POINTER_MAX + 64], want[256];

	(void)state;
	(void)snprintf(lines, sizeof(lines), "  extract: {json: {title: /%0*d}}\n", JSON_POINTER_MAX, 0);
	(void)snprintf(want, sizeof(want),
	    ":6:27: portals[0].extract.json.title: \"/%039d...\" is no JSON pointer: it is longer than %d "
	    "bytes\n", 0, JSON_POINTER_MAX);
	portal_gives(lines, want);
}

static void
order_and_spelling_of_the_file_do_not_matter(void **state)
{
	char *a = canonical_of("portals:\n- id: a\n  name: A\n  home: http://a.cn\n  delay: 60s\n"
			       "  lists: [{url: http://a.cn/l, rows: //li}]\n");
	char *b = canonical_of(
	    "portals:\n- lists:\n  - {rows: //li, url: 'HTTP://A.CN:80/l'}\n  site: a\n"
	    "  delay: 1m\n  home: http://a.cn/\n  hosts: [A.cn]\n  id: a\n  name: ' A '\n");

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void
what_a_file_gives_the_crawler_can_read(void **state)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	struct err err = {0};
	struct portal *p;

	(void)state;
	assert_int_equal(portal_file_load(&set, scratch(whole), &errors), 0);
	assert_string_equal(set.items[0].id, "yangjiang-kjj");
	assert_string_equal(set.items[0].site, "yangjiang");
	p = portal_from_json(set.items[0].config, 3, &err);
	portal_set_fini(&set);
	assert_non_null(p);
	assert_string_equal(p->hosts[0], "www.yangjiang.gov.cn");
	assert_int_equal(p->lists[0].every_ms, 600000);
	portal_free(p);
}

static void
every_error_is_listed_with_its_place(void **state)
{
	(void)state;
	file_gives("portals:\n"
		   "  - id: Bad City\n"
		   "    name:\n"
		   "    home: www.x.cn\n"
		   "    levl: city\n"
		   "    region: {provnce: x, city: [a]}\n"
		   "    delay: 2\n"
		   "    lists:\n"
		   "      - {url: 'http://c.cn/', evry: 3m, every: 1.5m}\n"
		   "      - foo\n"
		   "  - 5\n",
	    ":2:9: portals[0].id: \"Bad City\" is not 1 … 64 of a-z 0-9 . - _ (for example "
	    "bad-city)\n"
	    ":3:5: portals[0].name: has no value\n"
	    ":4:11: portals[0].home: URL without a scheme: www.x.cn (write http://... or "
	    "https://...)\n"
	    ":5:5: portals[0].levl: is no key of a portal file here (did you mean level?)\n"
	    ":6:14: portals[0].region.provnce: is no key of a portal file here (did you mean "
	    "province?)\n"
	    ":6:32: portals[0].region.city: takes one value, not a list\n"
	    ":7:12: portals[0].delay: \"2\" has no unit, one of ms s m h d (write 2s or the like)\n"
	    ":9:9: portals[0].lists[0].rows: is missing\n"
	    ":9:15: portals[0].lists[0].url: is on a host that is not the portal's (add c.cn to "
	    "hosts)\n"
	    ":9:31: portals[0].lists[0].evry: is no key of a portal file here (did you mean "
	    "every?)\n"
	    ":9:48: portals[0].lists[0].every: \"1.5m\" is not whole (write 90s)\n"
	    ":10:9: portals[0].lists[1]: must be a mapping (key: value), not one value\n"
	    ":11:5: portals[1]: must be a mapping (key: value), not one value\n");
}

static void
single_values_are_checked(void **state)
{
	(void)state;
	portal_gives("  level: town\n",
	    ":6:10: portals[0].level: \"town\" is none of national, province, city, county\n");
	portal_gives("  level: contry\n",
	    ":6:10: portals[0].level: \"contry\" is none of national, "
	    "province, city, county (did you mean county?)\n");
	portal_gives(
	    "  delay: 10ms\n", ":6:10: portals[0].delay: \"10ms\" is out of range, 50ms … 1h\n");
	portal_gives("  revisit: 366d\n",
	    ":6:12: portals[0].revisit: \"366d\" is out of range, 1s … 365d\n");
	portal_gives(
	    "  site: 阳江\n", ":6:9: portals[0].site: \"阳江\" is not 1 … 128 of a-z 0-9 . - _\n");
	portal_gives("  hosts: a.cn\n",
	    ":6:10: portals[0].hosts: must be a list of hosts (write [host, host])\n");
	portal_gives("  hosts: ['http://b.cn/x', 'b.cn:8080', 'b.cn/x', ~]\n",
	    ":6:11: portals[0].hosts: \"http://b.cn/x\" is not a host name alone (write b.cn)\n"
	    ":6:28: portals[0].hosts: \"b.cn:8080\" is not a host name alone (write b.cn)\n"
	    ":6:41: portals[0].hosts: \"b.cn/x\" is not a host name alone (write b.cn)\n"
	    ":6:51: portals[0].hosts: must be a list of hosts\n");
	portal_gives("  name: B\n", ":6:3: portals[0].name: stands twice, first in line 3\n");
	portal_gives("  region: x\n",
	    ":6:11: portals[0].region: must be a mapping (key: value), not one value\n");
	portal_gives("  region: {city: \"a\\nb\"}\n",
	    ":6:18: portals[0].region.city: holds a control character\n");
	portal_gives("  extract: {titel: //h1}\n", ":6:13: portals[0].extract.titel: is no key of "
						   "a portal file here (did you mean title?)\n");
}

static void
a_bad_xpath_is_found_before_any_page(void **state)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	const char *yaml =
	    "portals:\n- id: a\n  name: A\n  home: http://a.cn/\n"
	    "  lists: [{url: 'http://a.cn/l', rows: '//li['}]\n  extract: {body: 'nofn('}\n";

	(void)state;
	assert_int_equal(portal_file_load(&set, scratch(yaml), &errors), -1);
	assert_int_equal(errors.count, 2);
	assert_int_equal(errors.items[0].line, 5);
	assert_string_equal(errors.items[0].key, "portals[0].lists[0].rows");
	assert_non_null(strstr(errors.items[0].reason, "is not XPath 1.0: "));
	assert_int_equal(errors.items[1].line, 6);
	assert_string_equal(errors.items[1].key, "portals[0].extract.body");
	config_errors_fini(&errors);
	portal_set_fini(&set);
}

static void
a_portal_needs_a_list_and_each_list_once(void **state)
{
	(void)state;
	file_gives("portals:\n- id: a\n  name: A\n  home: http://a.cn/\n",
	    ":2:3: portals[0].lists: is missing: a portal needs a list to watch\n");
	file_gives("portals:\n- id: a\n  name: A\n  home: http://a.cn/\n  lists: []\n",
	    ":5:10: portals[0].lists: holds 0 lists, not 1 … 1000\n");
	file_gives("portals:\n- id: a\n  name: A\n  home: http://a.cn/\n  lists: {url: x}\n",
	    ":5:10: portals[0].lists: must be a list (begin each with \"- url:\")\n");
	file_gives(
	    "portals:\n- id: a\n  name: A\n  home: http://a.cn/\n  lists:\n"
	    "  - {url: 'http://a.cn/l', rows: //li}\n  - {url: 'http://A.cn:80/l', rows: //li}\n",
	    ":7:11: portals[0].lists[1].url: stands twice, first in line 6\n");
}

static void
an_id_stands_once_in_all_files(void **state)
{
	static const char yaml[] = "portals:\n- id: a\n  name: A\n  home: http://a.cn\n"
				   "  lists: [{url: http://a.cn/l, rows: //li}]\n";
	struct config_errors errors = {0};
	struct portal_set set = {0};
	char want[256];

	(void)state;
	assert_int_equal(portal_file_load(&set, scratch(yaml), &errors), 0);
	assert_int_equal(portal_file_load(&set, scratch(yaml), &errors), -1);
	assert_int_equal(set.count, 1);
	(void)snprintf(want, sizeof(want), "a stands twice, first at %s:2", scratch_path);
	assert_string_equal(errors.items[0].reason, want);
	assert_int_equal(errors.items[0].line, 2);
	config_errors_fini(&errors);
	portal_set_fini(&set);
}

static void
other_files_are_told_apart_by_one_error(void **state)
{
	(void)state;
	file_gives("batch: {messages: 5}\ntopic: x\n",
	    ":1:1: portals: is missing: this is no portal file\n");
	file_gives("portal: []\n",
	    ":1:1: portals: is missing: this is no portal file (rename portal in line 1)\n");
	file_gives("", ":1:1: portals: is missing: the file is empty\n");
	file_gives("portals: 5\n",
	    ":1:10: portals: must be a list of portals (begin each with \"- id:\")\n");
	file_gives("- a\n", ":1:1: must be a mapping (key: value), not a list\n");
	file_gives("portals: []\nx: 1\n", ":2:1: x: is no key of a portal file here\n");
}

static void
damaged_files_give_errors_and_nothing_worse(void **state)
{
	char text[2 * sizeof(whole)];
	uint64_t seed = 2;
	int bad = 0, runs = mutations();

	(void)state;
	for (int i = 0; i < runs; i++) {
		size_t n = mutate(whole, sizeof(whole) - 1, text, sizeof(text), &seed);
		struct config_errors errors = {0};
		struct portal_set set = {0};
		int rc = portal_file_load(&set, scratch_write(text, n), &errors);

		assert_int_equal(rc, errors.count == 0 ? 0 : -1);
		bad += rc != 0;
		for (size_t j = 0; j < set.count; j++) {
			struct err err = {0};
			struct portal *p = portal_from_json(set.items[j].config, 1, &err);

			if (p == NULL)
				fail_msg("%.*s\n%s", (int)n, text, err.text);
			portal_free(p);
		}
		config_errors_fini(&errors);
		portal_set_fini(&set);
	}
	assert_in_range(bad, runs / 4, runs);
}

static int
clean(void **state)
{
	(void)state;
	scratch_remove();
	return 0;
}

/* Found by fuzzing: a list of errors that is full told nothing of a portal without a name. */
static void
a_wrong_portal_behind_a_full_list_of_errors_is_not_taken(void **state)
{
	struct config_errors errors = {0};
	struct portal_set set = {0};
	char text[4096];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < CONFIG_ERRORS_MAX + 2; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "x%d: 1\n", i);
	(void)snprintf(text + n, sizeof(text) - n, "portals: [{id: a}]\n");
	assert_int_equal(portal_file_load(&set, scratch(text), &errors), -1);
	assert_int_equal(set.count, 0);
	assert_int_equal(portal_file_load(&set, scratch("portals: [{id: b}]\n"), &errors), -1);
	assert_int_equal(set.count, 0);
	config_errors_fini(&errors);
	portal_set_fini(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wrong_portal_behind_a_full_list_of_errors_is_not_taken),
	    cmocka_unit_test(the_canonical_form_is_complete_sorted_and_lower_case),
	    cmocka_unit_test(defaults_are_filled_in),
	    cmocka_unit_test(keys_of_the_schedule_stand_only_where_they_are_given),
	    cmocka_unit_test(pointers_stand_beside_xpaths_in_the_canonical_form),
	    cmocka_unit_test(without_pointers_the_canonical_form_knows_nothing_of_them),
	    cmocka_unit_test(bad_pointers_are_told_with_their_place),
	    cmocka_unit_test(a_pointer_has_a_longest_length),
	    cmocka_unit_test(order_and_spelling_of_the_file_do_not_matter),
	    cmocka_unit_test(what_a_file_gives_the_crawler_can_read),
	    cmocka_unit_test(every_error_is_listed_with_its_place),
	    cmocka_unit_test(single_values_are_checked),
	    cmocka_unit_test(a_bad_xpath_is_found_before_any_page),
	    cmocka_unit_test(a_portal_needs_a_list_and_each_list_once),
	    cmocka_unit_test(an_id_stands_once_in_all_files),
	    cmocka_unit_test(other_files_are_told_apart_by_one_error),
	    cmocka_unit_test(damaged_files_give_errors_and_nothing_worse),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, clean);
}
