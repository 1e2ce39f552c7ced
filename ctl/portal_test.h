/* SPDX-License-Identifier: MIT */
/*
 * portal_test.h - what a portal file finds, as one JSON object, and how it is printed.
 *
 * {"portal": id, "lists": [{"url", "pages": [{"page", "url", "status", "bytes", "failure" or what
 * the list child said (list_child.h), "off_site"}]}], "report": {"url", "failure" or fields},
 * "rows": {URL: title}, "compared": {"with", "more": {URL: title}, "lost": {URL: title}}}
 */
#ifndef CTL_PORTAL_TEST_H
#define CTL_PORTAL_TEST_H

#include "page_source.h"

struct test_limits {
	int pages;            /* of each list */
	const char *only_list; /* NULL: all lists */
};

/* Reads the lists of one portal; adds to "lists", "rows".  -1: FATAL. */
int portal_test_lists(json_t *result, struct page_source *source, const struct portal *portal,
    const struct test_limits *limits, struct err *err);
/* One report: the first row that is on the portal's hosts. */
int portal_test_report(json_t *result, struct page_source *source, const struct portal *portal,
    const json_t *config, struct err *err);
/* Rows that only one of two results has. */
void portal_test_compare(json_t *result, const json_t *other_rows, const char *with);
void portal_test_print(const json_t *result, FILE *to);
/* Whether each list gave rows, and a report was read. */
bool portal_test_is_fine(const json_t *result);

#endif
