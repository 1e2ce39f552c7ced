/* SPDX-License-Identifier: MIT */
/*
 * Lists: a list page through the child's handler, and replies as the parent takes them.
 *
 * An input that begins with '{' is a reply, hostile as it may be.  Any other is a list page: what
 * our own child answers to it must be taken.  "#KIND" and a line end before it say what kind of list
 * it is; without, it is read by XPaths.
 */
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <suoyin/list_child.h>

#include "fuzz.h"
#include "list.h"

static char host[] = "www.example.gov.cn";
static char *hosts[] = {host};
static const struct portal portal = {.hosts = hosts, .host_count = 1};

static const struct span plain =
    SPAN_INIT("{\"url\": \"http://www.example.gov.cn/list/index.html\", \"content_type\": null,"
	      " \"rows\": \"//li|//tr\", \"link\": \".//a/@href\", \"title\": \".//a\","
	      " \"date\": \".//span\", \"next\": \"//a[@class='next']/@href\"}");

#define LIST(more)                                                                                \
	SPAN_INIT("{\"url\": \"http://www.example.gov.cn/gkmlpt/index_3.html\", \"page\": 2,"    \
		  " \"list\": \"http://www.example.gov.cn/gkmlpt/index.html\", " more "}")
#define MARKUP "\"rows\": \"//li\", \"link\": \".//a/@href\", \"title\": \".//a\", "

static const struct kind {
	struct span name, rules;
} kinds[] = {
    {SPAN_INIT("script"), LIST(MARKUP "\"paging\": \"script\", \"total\": \"//b\"")},
    {SPAN_INIT("countdown"), LIST(MARKUP "\"paging\": \"countdown\"")},
    {SPAN_INIT("template"), LIST(MARKUP "\"paging\": \"{stem}_{page}{ext}?{start}-{end}\"")},
    {SPAN_INIT("datastore"),
	LIST("\"kind\": \"datastore\", \"rows\": \"//body\", \"link\": \".//a/@href\", \"show\": true,"
	     " \"title\": \".//a\", \"include\": [\"*a?b\", \"url:art\"], \"exclude\": [\"column:\"]")},
    {SPAN_INIT("json"),
	LIST("\"kind\": \"json\", \"link\": \"/a/{/url}.html\", \"title\": \"/title\", \"date\": \"/date\","
	     " \"rows\": \"/rows\", \"next\": \"/next\", \"total\": \"/total\", \"column\": \"/c\"")},
    {SPAN_INIT("jpaas"),
	LIST("\"kind\": \"jpaas\", " MARKUP "\"paging\": \"paramjson\", \"total\": \"//div/@count\"")},
    {SPAN_INIT("gkmlpt"),
	LIST("\"kind\": \"gkmlpt\", \"rows\": \"/articles\", \"link\": \"/url\", \"title\": \"/title\","
	     " \"date\": \"/date\", \"paging\": \"query:page\", \"total\": \"/classify/post_count\"")},
    {SPAN_INIT("feed"), LIST("\"kind\": \"feed\", \"paging\": \"query:p\"")},
    {SPAN_INIT("sitemap"), LIST("\"kind\": \"sitemap\"")},
    {SPAN_INIT("auto"), LIST("\"kind\": \"auto\"")},
};

static int
take(struct span reply)
{
	struct found found = {0};
	struct err err = {0};
	int rc = list_take_reply(&found, &portal, reply, &err);

	if (rc == -1)
		must(strcmp(err.reason, "list_hostile") == 0, "a bad reply has another reason");
	else
		must(found.seen <= (found.unordered ? SITEMAP_ROWS_MAX : LIST_ROWS_MAX) &&
			 found.bad <= found.seen && found.count <= SITEMAP_ROWS_MAX,
		    "too many rows");
	for (size_t i = 0; rc == 0 && i < found.count; i++)
		must(span_starts(found.rows[i].url, SPAN("http")), "a row is no web address");
	arena_fini(&found.arena);
	return rc;
}

static void
read_list(struct span rules, struct span page)
{
	static void *kit;
	struct err err = {0};
	struct buf reply;

	if (kit == NULL)
		kit = list_role.warm_up();
	must(kit != NULL, "no charsets");
	buf_init(&reply, LIST_JSON_MAX);
	if (list_role.handle(kit, rules, page, &reply, &err) == 0)
		must(take(buf_span(&reply)) == 0, "our own child's reply is refused");
	else
		must(err.code == ERR_REJECT && err.reason[0] != '\0', "a bad list is no REJECT");
	buf_fini(&reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = {(const char *)data, size};
	size_t end = span_starts(input, SPAN("#")) ? span_find_byte(input, '\n', 0) : SIZE_MAX;

	if (span_starts(input, SPAN("{")))
		(void)take(input);
	else if (end == SIZE_MAX)
		read_list(plain, input);
	else
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (span_eq(span_cut(input, 1, end), kinds[i].name))
				read_list(kinds[i].rules, span_cut(input, end + 1, input.n));
	return 0;
}
