/* SPDX-License-Identifier: MIT */
/* html: pages as portals write them, to the tree and the text that browsers show. */
#include "pages_support.h"

#include <time.h>

#include "../../core/tag.h"

static uint32_t
find(const struct html *h, const char *tag)
{
	for (uint32_t i = 1; i < h->count; i++)
		if (html_is(h, i, tag))
			return i;
	fail_msg("no <%s>", tag);
	return 0;
}

static size_t
count_of(const struct html *h, const char *tag)
{
	size_t n = 0;

	for (uint32_t i = 1; i < h->count; i++)
		n += html_is(h, i, tag);
	return n;
}

/* The tree holds together: children inside their parents, siblings in order. */
static void
assert_sound(const struct html *h)
{
	assert_int_equal(h->nodes[0].end, h->count);
	for (uint32_t i = 1; i < h->count; i++) {
		const struct html_node *n = &h->nodes[i], *parent = &h->nodes[n->parent];

		assert_true(n->parent < i && n->end > i && n->end <= parent->end);
		assert_true(
		    n->next == 0 || (n->next == n->end && h->nodes[n->next].parent == n->parent));
		assert_true(n->child == 0 || n->child == i + 1);
		assert_true(n->attr + n->attr_count <= h->attr_count);
	}
}

static struct html
parse(void **state, const char *page)
{
	struct blocks ignored;
	struct html h;

	parse_html(*state, &h, &ignored, page);
	assert_sound(&h);
	return h;
}

static void
assert_text(void **state, const char *page, const char *want)
{
	struct pages *p = *state;
	struct html h = parse(state, page);

	assert_span(html_text(&h, &p->a, 0), want);
}

static void
assert_blocks(void **state, const char *page, const char *want)
{
	struct pages *p = *state;
	struct html h;
	struct blocks blocks;
	struct buf b;

	parse_html(p, &h, &blocks, page);
	buf_init(&b, 65536);
	for (size_t i = 0; i < blocks.count; i++) {
		assert_int_equal(blocks.items[i].chars, text_length(blocks.items[i].text));
		(void)buf_add_str(&b, i > 0 ? "|" : "");
		(void)buf_add_span(&b, blocks.items[i].text);
	}
	assert_span(buf_span(&b), want);
	buf_fini(&b);
}

static void
elements_attributes_and_text_form_a_tree(void **state)
{
	struct html h = parse(state, "<div align=left ID=Zoom class='a  b' style='color:red'><P>甲<b>乙</b></P>丙</div>");
	uint32_t div = find(&h, "div"), p = find(&h, "p"), b = find(&h, "b");

	assert_span(html_attr(&h, div, "id"), "Zoom");
	assert_span(html_attr(&h, div, "class"), "a  b");
	assert_int_equal(h.nodes[div].attr_count, 2); /* of the others nothing is asked */
	assert_int_equal(h.nodes[p].parent, div);
	assert_int_equal(h.nodes[b].parent, p);
	assert_int_equal(h.nodes[div].child, p);
	assert_int_equal(h.nodes[h.nodes[p].next].kind, HTML_TEXT);
	assert_span(h.nodes[h.nodes[p].next].text, "丙");
}

static void
entities_are_decoded_and_once_more_in_text(void **state)
{
	struct html h = parse(state, "<a href='/x?a=1&amp;b=2' title='&lt;甲&#x4e59;&quot;'>");
	uint32_t a = find(&h, "a");

	assert_span(html_attr(&h, a, "href"), "/x?a=1&b=2");
	assert_span(html_attr(&h, a, "title"), "<甲乙\"");
	assert_text(state, "甲&nbsp;&ensp;&emsp;乙&#12288;丙", "甲 乙 丙");
	assert_text(state, "&lt;p&gt;&ldquo;甲&rdquo;&mdash;&#20057;&#x4E19;", "<p>“甲”—乙丙");
	assert_text(state, "索&amp;nbsp;引&amp;ensp;号：甲&amp;amp;乙", "索 引 号：甲&乙");
	assert_text(state, "甲&乙 & 丙&; &nonsense;", "甲&乙 & 丙&; &nonsense;");
	assert_text(state, "甲&#0;&#xD800;&#x110000;&#99999999999;乙", "甲乙");
}

static void
void_elements_take_no_children(void **state)
{
	struct html h = parse(state, "<p>甲<br>乙<img src=a>丙<input><hr>丁</p>");

	assert_int_equal(h.nodes[find(&h, "br")].child, 0);
	assert_int_equal(h.nodes[find(&h, "img")].child, 0);
	assert_blocks(state, "<p>甲<br>乙<img src=a>丙<br/>丁</p>", "甲|乙丙|丁");
}

static void
what_is_left_open_is_closed(void **state)
{
	struct html h = parse(state, "<div><p>甲<p>乙<ul><li>丙<li>丁</div><p>戊");

	assert_int_equal(count_of(&h, "p"), 3);
	assert_int_equal(h.nodes[find(&h, "ul")].end - find(&h, "ul"), 5);
	assert_blocks(state, "<div><p>甲<p>乙<ul><li>丙<li>丁</div><p>戊", "甲|乙|丙|丁|戊");
	assert_blocks(state, "<table><tr><td>甲<td>乙<tr><td>丙</table>", "甲|乙|丙");
	assert_blocks(state, "<b>甲<p>乙</b>丙", "甲|乙丙");
	assert_blocks(state, "甲</div></p>乙</b>丙", "甲|乙丙");
	assert_blocks(state, "<p class='甲", "");
}

/* libxml2 opens html, body and p by itself, under names of its own. */
static void
elements_the_parser_adds_are_closed_too(void **state)
{
	struct html h = parse(state, "甲</p>乙<p>丙</p>丁");

	for (uint32_t i = 1; i < h.count; i++)
		if (h.nodes[i].kind == HTML_TEXT && span_eq(h.nodes[i].text, SPAN("乙")))
			assert_true(html_is(&h, h.nodes[i].parent, "body"));
	assert_blocks(state, "甲</p>乙<p>丙</p>丁", "甲|乙|丙|丁");
}

static void
several_roots_and_several_ends_of_html_are_read_to_the_last(void **state)
{
	assert_blocks(state,
	    "<html><body><p>甲</p></body></html><html><body><p>乙</p></body></html>"
	    "</html><div>丙</div>",
	    "甲|乙|丙");
	assert_blocks(state,
	    "<!DOCTYPE html><div>甲</div><head><title>乙</title></head><div>丙</div>", "甲|丙");
	assert_blocks(state, "</html></body><p>甲</p></html></html>", "甲");
}

static void
nul_bytes_do_not_end_the_page(void **state)
{
	struct pages *p = *state;
	const struct span page = SPAN("<p>甲\0乙</p><p title='a\0b'>丙</p>\0<p>丁</p>");
	struct html h;

	assert_int_equal(html_parse(&h, &p->a, page, &p->err), 0);
	assert_sound(&h);
	assert_span(html_text(&h, &p->a, 0), "甲 乙 丙 丁");
}

static void
scripts_are_data_and_styles_and_comments_nothing(void **state)
{
	struct pages *p = *state;
	struct html h =
	    parse(state, "<style>p {}</style><script>var a = '<p>甲</p>' && 1 < 2;</script>"
			 "<!-- <p>乙</p> --><p>丙</p>");
	size_t scripts = 0;

	for (uint32_t i = 1; i < h.count; i++) {
		if (h.nodes[i].kind == HTML_SCRIPT && scripts++ == 0)
			assert_span(h.nodes[i].text, "var a = '<p>甲</p>' && 1 < 2;");
	}
	assert_int_equal(scripts, 1);
	assert_int_equal(count_of(&h, "p"), 1);
	assert_span(html_text(&h, &p->a, 0), "丙");
}

/* libxml2 hands it over in pieces of 1,000 bytes. */
static void
a_long_script_is_one_text(void **state)
{
	struct pages *p = *state;
	struct span code = repeated(p, "", "var a = '甲';\n", 500, "");
	struct html h = parse(state, repeated(p, "<script>a</script><script>", code.p, 1, "</script>").p);
	uint32_t first = find(&h, "script"), second = h.nodes[first].next;

	assert_span(h.nodes[first + 1].text, "a");
	assert_true(span_eq(h.nodes[second + 1].text, code));
	assert_int_equal(h.nodes[second].end, second + 2);
}

static void
what_is_not_displayed_is_not_text(void **state)
{
	assert_blocks(state,
	    "<p style='color:red; DISPLAY : None'>甲</p><p style='display: block'>乙</p>"
	    "<p style='xdisplay; display:nonexx'>丙</p><p hidden>丁</p><p class='x ng-hide'>戊</p>"
	    "<title>己</title><select><option>庚</select><textarea>辛</textarea><noscript>壬</noscript>"
	    "<p>癸</p>",
	    "乙|癸");
}

static void
hidden_text_of_an_element_is_found_by_asking_for_it(void **state)
{
	struct pages *p = *state;
	struct html h = parse(state, "<title> 甲 \n 乙 </title><p hidden>丙</p>");

	assert_span(html_text(&h, &p->a, find(&h, "title")), "甲 乙");
	assert_span(html_text(&h, &p->a, find(&h, "p")), "丙");
	assert_false(html_is_shown(&h, find(&h, "p")));
	assert_false(html_is_shown(&h, find(&h, "title")));
}

static void
white_space_is_folded_and_block_edges_part_words(void **state)
{
	assert_text(state, "<div> 甲\n\t乙 <p>丙</p>丁<b>戊</b>己</div>", "甲 乙 丙 丁戊己");
	assert_text(state, "甲\xE2\x80\x8B乙\xEF\xBB\xBF丙", "甲乙丙");
	assert_blocks(state, "<div>甲<b> 乙</b><i></i> 丙<p> \n </p>丁</div>", "甲 乙 丙|丁");
}

/* Edges count however many elements end there at once. */
static void
deep_edges_part_words_too(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, "", "<div>", 20, "甲");
	struct html h;

	page = repeated(p, page.p, "</div>", 11, "乙");
	page = repeated(p, page.p, "</div>", 9, "丙");
	assert_int_equal(html_parse(&h, &p->a, page, &p->err), 0);
	assert_span(html_text(&h, &p->a, 0), "甲 乙 丙");
}

static void
every_line_of_preformatted_text_is_a_paragraph(void **state)
{
	assert_blocks(state, "<p>甲\n乙</p><pre>  丙\n\n丁 <b>戊\n</b>己\n</pre>庚\n辛",
	    "甲 乙|丙|丁 戊|己|庚 辛");
}

static void
blocks_know_where_they_stand(void **state)
{
	struct pages *p = *state;
	struct html h;
	struct blocks b;

	parse_html(p, &h, &b,
	    "<h1>甲</h1><table><tr><td><div>乙 <a href=x>丙丁</a></div></td></tr></table><p>戊</p>");
	assert_int_equal(b.count, 3);
	assert_true(b.items[0].heading && !b.items[0].cell);
	assert_true(b.items[1].cell && !b.items[1].heading);
	assert_int_equal(b.items[1].node, find(&h, "div"));
	assert_int_equal(b.items[1].chars, 4);
	assert_int_equal(b.items[1].link_chars, 3); /* with the blank before */
	assert_span(h.nodes[b.items[1].first].text, "乙 ");
	assert_span(h.nodes[b.items[1].last].text, "丙丁");
	assert_true(!b.items[2].cell && !b.items[2].heading && b.items[2].link_chars == 0);
}

static void
small_elements_are_told_from_large_ones(void **state)
{
	struct pages *p = *state;
	struct span page =
	    repeated(p, "<p>甲<b>乙</b></p><div>", "<i></i>", HTML_SMALL_NODES + 1, "</div>");
	struct html h;

	assert_int_equal(html_parse(&h, &p->a, page, &p->err), 0);
	assert_true(html_is_small(&h, find(&h, "p"), 6));
	assert_false(html_is_small(&h, find(&h, "p"), 5));
	assert_false(html_is_small(&h, find(&h, "div"), 5));
}

static double
seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void
a_page_too_deep_is_refused_in_linear_time(void **state)
{
	struct pages *p = *state;
	struct span deep = repeated(p, "", "<div>", 100000, ""), mixed;
	struct html h;
	double begin = seconds();

	assert_refused(p, html_parse(&h, &p->a, deep, &p->err), "too_deep");
	p->err = (struct err){0};
	mixed = repeated(p, "", "<div></span>", 100000, "");
	assert_refused(p, html_parse(&h, &p->a, mixed, &p->err), "too_deep");
	assert_true(seconds() - begin < 2);
}

/* html and body are two of them. */
static void
the_last_depth_allowed_is_read(void **state)
{
	struct pages *p = *state;
	struct span page = repeated(p, "<html><body>", "<div>", MAX_DEPTH - 2, "甲");
	struct html h;

	assert_int_equal(html_parse(&h, &p->a, page, &p->err), 0);
	assert_span(html_text(&h, &p->a, 0), "甲");
	page = repeated(p, "<html><body>", "<div>", MAX_DEPTH - 1, "甲");
	assert_refused(p, html_parse(&h, &p->a, page, &p->err), "too_deep");
}

static struct span
with_attributes(struct pages *p, unsigned count)
{
	struct buf b;
	struct span page;

	buf_init(&b, (size_t)16 << 20);
	(void)buf_add_str(&b, "<p ");
	for (unsigned i = 0; i < count; i++)
		(void)buf_add_fmt(&b, "a%u=%u ", i, i);
	(void)buf_add_str(&b, ">甲</p>");
	page = arena_dup_buf(&p->a, &b);
	buf_fini(&b);
	return page;
}

static void
an_element_of_too_many_attributes_is_refused_in_linear_time(void **state)
{
	struct pages *p = *state;
	struct html h;
	double begin;

	assert_int_equal(
	    html_parse(&h, &p->a, with_attributes(p, HTML_ATTRIBUTES_MAX), &p->err), 0);
	assert_span(html_text(&h, &p->a, 0), "甲");
	assert_refused(p,
	    html_parse(&h, &p->a, with_attributes(p, HTML_ATTRIBUTES_MAX + 1), &p->err),
	    "too_large");
	p->err = (struct err){0};
	begin = seconds();
	assert_refused(p, html_parse(&h, &p->a, with_attributes(p, 300000), &p->err), "too_large");
	assert_true(seconds() - begin < 2);
}

static void
empty_input_is_an_empty_page(void **state)
{
	struct pages *p = *state;
	struct html h;
	struct blocks b;

	assert_int_equal(html_parse(&h, &p->a, SPAN(""), &p->err), 0);
	assert_int_equal(html_blocks(&b, &h, &p->a, &p->err), 0);
	assert_int_equal(b.count, 0);
	assert_int_equal(h.count, 1);
	assert_span(html_text(&h, &p->a, 0), "");
	assert_blocks(state, " \n ", "");
}

/* Whatever the arena has room for: the page, or a clean refusal. */
static void
a_full_arena_refuses_cleanly(void **state)
{
	struct pages *p = *state;
	const struct span page =
	    SPAN("<div class=a>甲<p>乙&amp;amp;</p><!-- c --><script>s</script></div>");
	bool done = false;

	for (size_t limit = 0; limit < 65536 && !done; limit += 64) {
		struct arena small;
		struct html h;
		struct blocks b;
		struct err err = {0};

		arena_init(&small, limit);
		done = html_parse(&h, &small, page, &err) == 0 &&
		       html_blocks(&b, &h, &small, &err) == 0 && html_text(&h, &small, 0).p != NULL;
		if (!done && err.code != ERR_NONE)
			assert_string_equal(err.reason, "too_large");
		arena_fini(&small);
	}
	assert_true(done);
	(void)p;
}

static void
tags_are_found_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(tag_by_name(SPAN("a")), TAG_A);
	assert_int_equal(tag_by_name(SPAN("td")), TAG_TD);
	assert_int_equal(tag_by_name(SPAN("ucapcontent")), TAG_UCAPCONTENT);
	assert_int_equal(tag_by_name(SPAN("ul")), TAG_UL);
	assert_int_equal(tag_by_name(SPAN("span")), TAG_OTHER);
	assert_int_equal(tag_by_name(SPAN("")), TAG_OTHER);
	assert_int_equal(tag_props(TAG_TD), TAG_BLOCK | TAG_CELL);
	assert_int_equal(tag_props(TAG_COUNT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(elements_attributes_and_text_form_a_tree),
	    PAGE_TEST(entities_are_decoded_and_once_more_in_text),
	    PAGE_TEST(void_elements_take_no_children),
	    PAGE_TEST(what_is_left_open_is_closed),
	    PAGE_TEST(elements_the_parser_adds_are_closed_too),
	    PAGE_TEST(several_roots_and_several_ends_of_html_are_read_to_the_last),
	    PAGE_TEST(nul_bytes_do_not_end_the_page),
	    PAGE_TEST(scripts_are_data_and_styles_and_comments_nothing),
	    PAGE_TEST(a_long_script_is_one_text),
	    PAGE_TEST(what_is_not_displayed_is_not_text),
	    PAGE_TEST(hidden_text_of_an_element_is_found_by_asking_for_it),
	    PAGE_TEST(white_space_is_folded_and_block_edges_part_words),
	    PAGE_TEST(deep_edges_part_words_too),
	    PAGE_TEST(every_line_of_preformatted_text_is_a_paragraph),
	    PAGE_TEST(blocks_know_where_they_stand),
	    PAGE_TEST(small_elements_are_told_from_large_ones),
	    PAGE_TEST(a_page_too_deep_is_refused_in_linear_time),
	    PAGE_TEST(the_last_depth_allowed_is_read),
	    PAGE_TEST(an_element_of_too_many_attributes_is_refused_in_linear_time),
	    PAGE_TEST(empty_input_is_an_empty_page),
	    PAGE_TEST(a_full_arena_refuses_cleanly),
	    PAGE_TEST(tags_are_found_by_their_names),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
