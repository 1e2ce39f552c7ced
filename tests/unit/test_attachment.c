/* SPDX-License-Identifier: MIT */
/* attachment: links to files, with names and addresses. */
#include "pages_support.h"

#include <suoyin/extract.h>

#include "../../core/attachment.h"

static const struct span url = SPAN_INIT("http://www.a.example/b/c/d.html");

static void
assert_files(void **state, const char *page, struct span from, struct span base, const char *want)
{
	struct pages *p = *state;
	struct html h;
	struct blocks ignored;
	struct pairs files = {0};
	const struct attachment_hints hints = {.url = from, .base = base};
	struct buf b;

	parse_html(p, &h, &ignored, page);
	assert_int_equal(attachments_find(&files, &p->a, &h, 0, &hints, &p->err), 0);
	buf_init(&b, 65536);
	for (size_t i = 0; i < files.count; i++)
		(void)buf_add_fmt(&b, "%s%.*s=%.*s", i > 0 ? "|" : "",
		    SPAN_ARG(files.items[i].name), SPAN_ARG(files.items[i].value));
	assert_span(buf_span(&b), want);
	buf_fini(&b);
}

static void
files_are_told_from_pages_by_their_address(void **state)
{
	static const char *const files[] = {"a.pdf", "/x/A.DOCX", "./P020240308.xls", " a.wps ",
	    "a.zip#p1", "/download?file=a.ofd&id=1",
	    "/module/download/downfile.jsp?classid=0&filename=x", "x?f=a.rar",
	    "http://a.example/a.pdf;jsessionid=1"};
	static const char *const pages[] = {"", "#", "a.html", "/", "javascript:void(0)//a.pdf",
	    "JavaScript:down('a.pdf')", "mailto:a@b.pdf", "data:a.pdf", "apdf", ".pdf", "/pdf/",
	    "a.pdf.html", "#a.pdf"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (!attachment_is_file(span_of(files[i])) || !attachment_may_be_linked(span_of(files[i])))
			fail_msg("%s", files[i]);
	for (size_t i = 0; i < COUNT_OF(pages); i++)
		if (attachment_is_file(span_of(pages[i])))
			fail_msg("%s", pages[i]);
}

static void
a_page_without_any_sign_of_a_file_links_none(void **state)
{
	(void)state;
	assert_false(attachment_may_be_linked(SPAN("<p>See <a href='/a/b.html'>1.2</a> at a.example.</p>.")));
	assert_true(attachment_may_be_linked(SPAN("<a href='/x/12'>list.Pdf</a>")));
	assert_true(attachment_may_be_linked(SPAN("<a href='/x&#46;pdf'>a</a>")));
	assert_true(attachment_may_be_linked(SPAN("{\"attachment\": [{\"url\": \"/x/12\"}]}")));
	assert_true(attachment_may_be_linked((struct span){"<\0a\0", 4}));
}

static void
a_text_that_is_a_files_name_tells_a_file(void **state)
{
	assert_files(state,
	    "<a href='/file/download/12'>名录.pdf</a><a href='/x/'>甲.县</a><a href='#'>乙.doc</a>"
	    "<a href='javascript:down(1)'>丙.doc</a>", url, SPAN(""),
	    "名录.pdf=http://www.a.example/file/download/12");
}

static void
addresses_are_resolved(void **state)
{
	assert_files(state,
	    "<a href='./P1.pdf'>甲</a><a href='/x/P2.doc'>乙</a><a href='//b.example/3.xls'>丙</a>",
	    url, SPAN(""),
	    "甲=http://www.a.example/b/c/P1.pdf|乙=http://www.a.example/x/P2.doc|丙=http://b.example/3.xls");
	assert_files(state, "<a href='1.pdf'>甲</a>", url, SPAN("/base/"),
	    "甲=http://www.a.example/base/1.pdf");
	assert_files(state, "<a href='1.pdf'>甲</a>", url, SPAN("http://c.example/d/"),
	    "甲=http://c.example/d/1.pdf");
	assert_files(state, "<a href='1.pdf'>甲</a>", url, SPAN("ftp://c.example/"),
	    "甲=http://www.a.example/b/c/1.pdf");
}

static void
unknown_bases_leave_links_as_printed(void **state)
{
	const struct span none = {NULL, 0};

	assert_files(state, "<a href=' 1.pdf '>甲</a><a href='HTTP://A.example/2.pdf'>乙</a>", none,
	    none, "甲=1.pdf|乙=http://a.example/2.pdf");
	assert_files(state, "<a href='1.pdf'>甲</a>", none, SPAN("http://c.example/d/"),
	    "甲=http://c.example/d/1.pdf");
}

static void
each_address_stands_once(void **state)
{
	assert_files(state,
	    "<a href=1.pdf>甲</a><a href='./1.pdf'>乙</a><a href='/b/c/1.pdf#p'>丙</a>", url,
	    SPAN(""), "甲=http://www.a.example/b/c/1.pdf");
}

static void
a_file_without_a_name_is_named_by_its_title_or_address(void **state)
{
	assert_files(state,
	    "<a href=1.pdf title=' 甲表 '>0123456789abcdef0123456789abcdef.pdf</a><a href=2.pdf><img src=x></a>"
	    "<a href=3.pdf title=乙>丙</a>",
	    url, SPAN(""),
	    "甲表=http://www.a.example/b/c/1.pdf|2.pdf=http://www.a.example/b/c/2.pdf|丙=http://www.a.example/b/c/3.pdf");
}

static void
hidden_links_are_none(void **state)
{
	assert_files(state,
	    "<div style='display:none'><a href=1.pdf>甲</a></div><a href=2.pdf hidden>乙</a>"
	    "<!-- <a href=3.pdf>丙</a> --><a>丁</a><link href=4.pdf>",
	    url, SPAN(""), "");
}

static void
only_what_is_close_to_the_article_is_searched(void **state)
{
	struct pages *p = *state;
	struct html h;
	struct blocks ignored;
	struct pairs files = {0};
	const struct attachment_hints hints = {.url = url};
	uint32_t node = 0;

	parse_html(p, &h, &ignored,
	    "<div><a href=0.pdf>甲</a></div><div id=w><div id=v><div id=z><a href=1.pdf>乙</a></div>"
	    "<p><a href=2.pdf>丙</a></p></div></div><div><a href=3.pdf>丁</a></div>");
	for (uint32_t i = 1; i < h.count && node == 0; i++)
		if (span_eq(html_attr(&h, i, "id"), SPAN("z")))
			node = i;
	assert_int_equal(attachments_find(&files, &p->a, &h, node, &hints, &p->err), 0);
	assert_int_equal(files.count, 2);
	assert_span(files.items[0].name, "乙");
	assert_span(files.items[1].name, "丙");
}

static void
files_without_end_are_bounded(void **state)
{
	struct pages *p = *state;
	struct pairs files = {0};

	for (int i = 0; i < ATTACHMENTS_MAX + 5; i++)
		assert_int_equal(
		    attachments_add(&files, &p->a, SPAN("甲"), arena_fmt(&p->a, "%d.pdf", i), url),
		    i < ATTACHMENTS_MAX ? 1 : 0);
	assert_int_equal(files.count, ATTACHMENTS_MAX);
}

static void
a_name_without_end_is_not_taken(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, "<a href=1.pdf title=甲表>", "甲", TITLE_MAX, "</a>");

	assert_files(state, page.p, url, SPAN(""), "甲表=http://www.a.example/b/c/1.pdf");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(files_are_told_from_pages_by_their_address),
	    PAGE_TEST(a_page_without_any_sign_of_a_file_links_none),
	    PAGE_TEST(a_text_that_is_a_files_name_tells_a_file),
	    PAGE_TEST(addresses_are_resolved),
	    PAGE_TEST(unknown_bases_leave_links_as_printed),
	    PAGE_TEST(each_address_stands_once),
	    PAGE_TEST(a_file_without_a_name_is_named_by_its_title_or_address),
	    PAGE_TEST(hidden_links_are_none),
	    PAGE_TEST(only_what_is_close_to_the_article_is_searched),
	    PAGE_TEST(files_without_end_are_bounded),
	    PAGE_TEST(a_name_without_end_is_not_taken),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
