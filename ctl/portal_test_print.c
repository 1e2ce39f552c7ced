/* SPDX-License-Identifier: MIT */
#include "portal_test.h"

#include <string.h>

#define LINES_MAX 20 /* rows of a page, left out and compared, that are printed */

/* Text of a portal never reaches a terminal with its control bytes. */
static void
print_text(FILE *to, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		(void)putc((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text, to);
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static long long
number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void
print_row(FILE *to, const char *mark, const json_t *row)
{
	const char *date = text_of(row, "date");

	(void)fprintf(to, "    %s ", mark);
	print_text(to, date != NULL ? date : "(no date)");
	(void)fputs("  ", to);
	print_text(to, text_of(row, "title") != NULL ? text_of(row, "title") : "(no title)");
	(void)fputs("  ", to);
	print_text(to, text_of(row, "url"));
	(void)putc('\n', to);
}

static void
print_rows(FILE *to, const char *mark, const json_t *rows, size_t count)
{
	size_t n = json_array_size(rows);

	for (size_t i = 0; i < n && i < LINES_MAX; i++)
		print_row(to, mark, json_array_get(rows, i));
	if (count > LINES_MAX)
		(void)fprintf(to, "    %s … and %zu more\n", mark, count - LINES_MAX);
}

static void
print_counts(FILE *to, const json_t *page)
{
	const json_t *rows = json_object_get(page, "rows");

	(void)fprintf(to, "%zu rows", json_array_size(rows));
	if (number_of(page, "bad") > 0)
		(void)fprintf(to, ", %lld without a link", number_of(page, "bad"));
	if (number_of(page, "filtered") > 0)
		(void)fprintf(to, ", %lld left out by patterns", number_of(page, "filtered"));
	if (number_of(page, "off_site") > 0)
		(void)fprintf(to, ", %lld on hosts that are not the portal's", number_of(page, "off_site"));
	if (json_is_true(json_object_get(page, "cut")))
		(void)fputs(", and more than are read", to);
	if (number_of(page, "total") >= 0)
		(void)fprintf(to, "; the list says it has %lld", number_of(page, "total"));
	if (number_of(page, "pages") >= 0)
		(void)fprintf(to, "; %lld pages", number_of(page, "pages"));
	(void)putc('\n', to);
}

static void
print_where_next(FILE *to, const json_t *page)
{
	const char *next = text_of(page, "next"), *stopped = text_of(page, "stopped");
	size_t more = json_array_size(json_object_get(page, "more"));

	(void)fputs("    next: ", to);
	if (next != NULL)
		print_text(to, next);
	else if (stopped != NULL)
		(void)fprintf(to, "not followed: %s", stopped);
	else if (more > 0)
		(void)fprintf(to, "%zu pages that this one names", more);
	else
		(void)fputs("none", to);
	(void)putc('\n', to);
}

static void
print_page(FILE *to, const json_t *page)
{
	const char *failure = text_of(page, "failure"), *decided = text_of(page, "decided");

	(void)fprintf(to, "  page %lld: ", number_of(page, "page"));
	print_text(to, text_of(page, "url"));
	(void)fprintf(to, "  %lld, %lld bytes\n", number_of(page, "status"), number_of(page, "bytes"));
	if (failure != NULL) {
		(void)fprintf(to, "    failed: %s", failure);
		if (text_of(page, "why") != NULL) {
			(void)fputs(": ", to);
			print_text(to, text_of(page, "why"));
		}
		(void)putc('\n', to);
		return;
	}
	if (decided != NULL) {
		(void)fputs("    read as ", to);
		print_text(to, decided);
		(void)putc('\n', to);
	}
	(void)fputs("    ", to);
	print_counts(to, page);
	print_rows(to, "+", json_object_get(page, "rows"),
	    json_array_size(json_object_get(page, "rows")));
	print_rows(to, "left out:", json_object_get(page, "out"),
	    (size_t)number_of(page, "filtered"));
	print_where_next(to, page);
}

static void
print_report(FILE *to, const json_t *report)
{
	static const char *const keys[] = {"title", "index_number", "document_number", "agency",
	    "published_on", "document_type", "method"};

	(void)fputs("report ", to);
	print_text(to, text_of(report, "url"));
	(void)putc('\n', to);
	if (text_of(report, "failure") != NULL) {
		(void)fprintf(to, "  failed: %s (%lld)\n", text_of(report, "failure"),
		    number_of(report, "status"));
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		(void)fprintf(to, "  %-16s ", keys[i]);
		print_text(to, text_of(report, keys[i]) != NULL ? text_of(report, keys[i]) : "-");
		(void)putc('\n', to);
	}
	(void)fprintf(to, "  %-16s %lld bytes\n  %-16s %lld\n", "body", number_of(report, "body_bytes"),
	    "attachments", number_of(report, "attachments"));
}

static void
print_difference(FILE *to, const char *mark, const json_t *rows)
{
	size_t shown = 0;
	const char *url;
	json_t *title;

	json_object_foreach((json_t *)rows, url, title)
	{
		if (shown++ == LINES_MAX) {
			(void)fprintf(to, "  %s … and %zu more\n", mark,
			    json_object_size(rows) - LINES_MAX);
			return;
		}
		(void)fprintf(to, "  %s ", mark);
		print_text(to, json_is_string(title) ? json_string_value(title) : "(no title)");
		(void)fputs("  ", to);
		print_text(to, url);
		(void)putc('\n', to);
	}
}

void
portal_test_print(const json_t *result, FILE *to)
{
	const json_t *lists = json_object_get(result, "lists"), *compared, *more, *lost;

	for (size_t i = 0; i < json_array_size(lists); i++) {
		const json_t *list = json_array_get(lists, i), *pages = json_object_get(list, "pages");

		(void)fprintf(to, "portal %s, list %s\n", text_of(result, "portal"), text_of(list, "url"));
		for (size_t k = 0; k < json_array_size(pages); k++)
			print_page(to, json_array_get(pages, k));
	}
	if (json_object_get(result, "report") != NULL)
		print_report(to, json_object_get(result, "report"));
	if ((compared = json_object_get(result, "compared")) == NULL)
		return;
	more = json_object_get(compared, "more");
	lost = json_object_get(compared, "lost");
	(void)fprintf(to, "compared with %s: finds %zu more, loses %zu\n", text_of(compared, "with"),
	    json_object_size(more), json_object_size(lost));
	print_difference(to, "more:", more);
	print_difference(to, "lost:", lost);
}

static json_t *
only_in(const json_t *rows, const json_t *other)
{
	json_t *out = json_object(), *title;
	const char *url;

	json_object_foreach((json_t *)rows, url, title)
	{
		if (json_object_get(other, url) == NULL)
			(void)json_object_set(out, url, title);
	}
	return out;
}

void
portal_test_compare(json_t *result, const json_t *other_rows, const char *with)
{
	const json_t *rows = json_object_get(result, "rows");
	json_t *compared = json_object();

	(void)json_object_set_new(compared, "with", json_string(with));
	(void)json_object_set_new(compared, "more", only_in(rows, other_rows));
	(void)json_object_set_new(compared, "lost", only_in(other_rows, rows));
	(void)json_object_set_new(result, "compared", compared);
}

/* A later page that is not there: how a template of addresses finds its end. */
static bool
is_behind_the_end(const json_t *page)
{
	long long status = number_of(page, "status");

	return number_of(page, "page") > 1 && (status == 404 || status == 410);
}

bool
portal_test_is_fine(const json_t *result)
{
	const json_t *lists = json_object_get(result, "lists");
	const json_t *report = json_object_get(result, "report");

	for (size_t i = 0; i < json_array_size(lists); i++) {
		const json_t *pages = json_object_get(json_array_get(lists, i), "pages");
		size_t rows = 0;

		for (size_t k = 0; k < json_array_size(pages); k++) {
			const json_t *page = json_array_get(pages, k);

			if (json_object_get(page, "failure") != NULL && !is_behind_the_end(page))
				return false;
			rows += (size_t)number_of(page, "seen");
		}
		if (rows == 0)
			return false;
	}
	return report == NULL || json_object_get(report, "failure") == NULL;
}
