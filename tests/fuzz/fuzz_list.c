/* SPDX-License-Identifier: MIT */
/*
 * Lists: a list page through the child's handler, and replies as the parent takes them.
 *
 * An input that begins with '{' is a reply, hostile as it may be.  Any other is a list page: what
 * our own child answers to it must be taken.
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

static const struct span rules =
    SPAN_INIT("{\"url\": \"http://www.example.gov.cn/list/index.html\", \"content_type\": null,"
	      " \"rows\": \"//li|//tr\", \"link\": \".//a/@href\", \"title\": \".//a\","
	      " \"date\": \".//span\", \"next\": \"//a[@class='next']/@href\"}");

static int
take(struct span reply)
{
	struct found found = {0};
	struct err err = {0};
	int rc = list_take_reply(&found, &portal, reply, &err);

	if (rc == -1)
		must(strcmp(err.reason, "list_hostile") == 0, "a bad reply has another reason");
	else
		must(found.seen <= LIST_ROWS_MAX && found.bad <= LIST_ROWS_MAX, "too many rows");
	for (size_t i = 0; rc == 0 && i < found.count; i++)
		must(span_starts(found.rows[i].url, SPAN("http")), "a row is no web address");
	arena_fini(&found.arena);
	return rc;
}

static void
read_list(struct span page)
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

	if (span_starts(input, SPAN("{")))
		(void)take(input);
	else
		read_list(input);
	return 0;
}
