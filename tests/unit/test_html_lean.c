/* SPDX-License-Identifier: MIT */
/* html_lean: what is left out of a page before libxml2 reads it, and that nobody notices. */
#include "pages_support.h"

#include "../../core/html_lean.h"
#include "html_same.h"

static void
assert_same_tree(struct pages *p, struct span page)
{
	struct html lean, whole;

	assert_int_equal(html_parse_as(&lean, &p->a, page, HTML_INPUT_LEAN, &p->err), 0);
	assert_int_equal(html_parse_as(&whole, &p->a, page, HTML_INPUT_WHOLE, &p->err), 0);
	if (!html_same(&lean, &whole))
		fail_msg("another tree: %.*s", SPAN_ARG(page));
}

static struct span
lean_of(struct pages *p, struct span page)
{
	struct html_lean lean = {.page = page};
	struct span piece, out;
	struct buf b;

	buf_init(&b, page.n);
	while ((piece = html_lean_next(&lean)).n > 0)
		(void)buf_add_span(&b, piece);
	out = arena_dup_buf(&p->a, &b);
	buf_fini(&b);
	assert_non_null(out.p);
	return out;
}

static void
assert_lean(void **state, const char *page, const char *want)
{
	assert_span(lean_of(*state, span_of(page)), want);
	assert_same_tree(*state, span_of(page));
}

static void
assert_whole(void **state, const char *page)
{
	assert_lean(state, page, page);
}

static void
attributes_that_no_rule_asks_for_are_left_out(void **state)
{
	assert_lean(state, "<p class=\"a\" style=\"color: red\" id='b'>甲</p>", "<p class=\"a\"  id='b'>甲</p>");
	assert_lean(state, "<P STYLE='x'CLASS=a width=1>甲<br clear=all/>乙", "<P CLASS=a >甲<br >乙");
	assert_lean(state, "<a\n\ttarget = _blank href=/x/ nowrap>甲</a >", "<a\n\t href=/x/ >甲</a >");
	assert_lean(state, "<img src=\"a>b\" alt='<p>' title=\"c>d\"/>", "<img   title=\"c>d\"/>");
	assert_lean(state, "<br style=a/>甲<br style='a'/>乙", "<br >甲<br />乙");
	assert_lean(state, "<p style=>甲<p style= >乙<p style = ''>丙", "<p >甲<p >乙<p >丙");
	assert_lean(state, "<p a= style='x' id=b>甲", "<p  id=b>甲");
}

static void
what_may_hide_an_element_stays(void **state)
{
	assert_whole(state, "<p style='display:none'>甲</p><p hidden>乙</p><p class='ng-hide'>丙</p>");
	assert_whole(state, "<p style='DISPLAY : none' width=1>甲</p>");
	assert_whole(state, "<p style='&#100;isplay:none'>甲</p>");
	assert_whole(state, "<p style='color:red' style='display:none'>甲</p>"); /* the first counts */
	assert_whole(state, "<p style='display:none' style='color:red'>甲</p>");
}

static void
comments_are_emptied_and_styles_have_no_text(void **state)
{
	assert_lean(state, "<head> <!-- a <p style='b'> --> 甲<!----></head>", "<head> <!----> 甲<!----></head>");
	assert_lean(state, "<body>甲<!--a-b->c--->乙", "<body>甲<!---->乙");
	assert_lean(state, "<style type=a>p { color: red }</STYLE >甲<style></style>",
	    "<style ></STYLE >甲<style></style>");
	assert_lean(state, "<!--[if IE]><p><![endif]-->甲<![if !IE]><b>乙<![endif]>",
	    "<!---->甲<![if !IE]><b>乙<![endif]>");
}

static void
scripts_stay_as_they_are(void **state)
{
	assert_lean(state, "<script type='a'>w(\"<p style='b'>\") // <!-- </p>\n</script><p style='c'>甲",
	    "<script >w(\"<p style='b'>\") // <!-- </p>\n</script><p >甲");
	assert_lean(state, "<script src='a'/><p style='b'>甲</p>", "<script /><p >甲</p>");
}

static void
text_of_all_kinds_is_no_markup(void **state)
{
	assert_lean(state, "甲 < 乙 <2024> << <中 style='a'> <_b style='c'> <p style='d'>丙",
	    "甲 < 乙 <2024> << <中 style='a'> <_b style='c'> <p >丙");
	assert_lean(state, "<title>甲<p style='a'>乙</title><textarea><!-- b --></textarea>",
	    "<title>甲<p >乙</title><textarea><!----></textarea>");
	assert_lean(state, "<!DOCTYPE html PUBLIC \"a\" 'b'><?xml:namespace ns = \"c\" /><o:p style='d'>甲</o:p>",
	    "<!DOCTYPE html PUBLIC \"a\" 'b'><?xml:namespace ns = \"c\" /><o:p >甲</o:p>");
}

/* Each of these begins with what libxml2 reads in its own way, and goes on with what would be
 * left out elsewhere, much of it inside a value or a script as libxml2 sees it. */
static void
behind_what_is_not_plain_all_stays(void **state)
{
	static const char *const begins[] = {"<p class='a>", "<p class=\"a>", "<p 'a>", "<p =a>",
	    "<p a/b>", "<p @click='a>", "<p\"a>", "<p甲 a>", "<p title='b' ='>", "<_a>", "<:a>",
	    "</ p>", "</>", "</p title='>", "</p x<i style='>' a='b'>", "<!-->", "<!--->",
	    "<!-- a --!> ' -->", "<!-- a", "<! ' >", "<? a>", "<?a '>' ?>", "<!a <b>>",
	    "<!a ' <b title='>", "<?", "<script>a", "<script><p>", "<style><a>",
	    "<script>a</scripts>", "<script><noscript><a title='</script>", "<style>a</styles>b",
	    "<style>a</style b='>", "<!DOCTYPE html SYSTEM \"a>", "<p title='a'style>", "<"};
	static const char *const ends[] = {"<p class='a' style='b'>甲<!-- c -->乙</p>",
	    "<p style=\"b\" id=c>甲<!-- d -->'>乙</script></p>",
	    "'<p style=\"color:red\" id=c>甲</style></script>\"<p style='b'>乙"};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++)
			assert_same_tree(p, arena_fmt(&p->a, "<div>%s%s", begins[i], ends[k]));
	assert_whole(state, "<p class='a><b style=\"c\">甲</b>");
	assert_whole(state, "<p 甲><b style='c'>乙<!-- d --></b>");
	assert_whole(state, "<!--> <b style='c'>甲</b> <!-- d -->");
	assert_whole(state, "<!---> <b style='c'>甲</b> <!-- d -->");
	assert_whole(state, "<style>p {} <b style='c'>甲</b>");
}

/* More attributes than are left out; names and pieces of all lengths, over the edges of what
 * libxml2 is given at a time. */
static void
long_pages_give_the_same_tree(void **state)
{
	struct pages *p = *state;
	struct span many = repeated(p, "<p ", "a='b' ", 100, "style='c' class='d'>甲</p>");

	assert_same_tree(p, many);
	assert_true(lean_of(p, many).n < many.n);
	assert_same_tree(p, repeated(p, "<p ", "a", 100, "class='b'>甲</p>")); /* two attributes */
	for (size_t n = 0; n < 40; n++) {
		struct span filler = repeated(p, "", "甲", 1300 + n, "");
		const char *unit = arena_fmt(&p->a, "<p style='x' class='y' id=z>%.*s<!-- a%.*s -->"
		    "<b title='&lt;' width=\"1\">乙</b> <style>%.*s</style></p>", (int)n, filler.p,
		    SPAN_ARG(filler), SPAN_ARG(filler)).p;

		assert_same_tree(p, repeated(p, "<body>", unit, 20, "</body>"));
	}
}

/* How many marks libxml2 is given for the page. */
static size_t
marks_of(struct pages *p, const char *page)
{
	struct html_marks marks;
	struct html_lean lean = {.page = span_of(page), .marks = &marks};

	assert_int_equal(html_marks_init(&marks, &p->a, lean.page), 0);
	while (html_lean_next(&lean).n > 0)
		;
	assert_same_tree(p, lean.page);
	return marks.count;
}

#define LONG "一段足够长的文字，libxml2 不必读它" /* a text that is worth a mark */

static void
marks_stand_for_plain_text_and_values(void **state)
{
	assert_int_equal(marks_of(*state, "<p>" LONG "</p><a title=\"" LONG "\" href='/zwgk/2024/1.html'>短</a> " LONG),
	    4);
	assert_int_equal(marks_of(*state, "<p>  " LONG "\n" LONG "\t</p><style>" LONG "</style><!--" LONG "-->"), 2);
	assert_int_equal(marks_of(*state, LONG "&nbsp;" LONG "&#12288;" LONG "&amp;lt;" LONG), 4);
	assert_int_equal(marks_of(*state, "<head>\r\n                    <meta name='a'>\n\n                    <p>                 "
	    LONG "            </p>                "), 1);
	assert_int_equal(marks_of(*state, "<script>var a = '" LONG "'; // <p>" LONG "</script><p>" LONG "</p>"), 1);
}

/* What a reference ends at is libxml2's business; what it drops must be seen by it. */
static void
text_that_is_not_plain_gets_no_mark(void **state)
{
	assert_int_equal(marks_of(*state, "<p>&lt" LONG "</p>" LONG), 2);
	assert_int_equal(marks_of(*state, "<p title='" LONG "&amp;'>&nbsp" "一段足够长的文字没有空格</p>" LONG), 1);
	assert_int_equal(marks_of(*state, "<p>" LONG "\xEF\xBF\xBE" LONG "\x01" LONG "\xEF\xBF\xA5" LONG), 4);
	assert_int_equal(marks_of(*state, "<p title=abcdefghijklmnopq class=b>短</p>短短短短短短短短短短短"), 1);
}

/* Behind the start of a paragraph, cell or row, and of leaves in it. */
static void
marks_stand_for_leaves(void **state)
{
	static const struct {
		const char *page;
		size_t marks;
	} cases[] = {
	    {"<p><span style='color:red'>甲</span><b>乙</b> <SPAN>丙丁</Span>戊</p>", 3},
	    {"<td><span lang=x><font color=y>甲</font></span><i>乙</i><!-- c --><u>丙</u>", 3},
	    {"<p>甲&nbsp;<b>乙&nbsp;</b>丁<br><b> 戊 </b><br/>己<b>1 > 2</b></p>", 2},
	    {"<p title='甲'><strong>" LONG "</strong><em style=''> </em>", 2},
	    {"<table><tr><td>甲</td>\n<TH width='1'>乙</th><td>&nbsp;<b>丙</b><br></td><td> </td></tr><tr ><td>丁</td>", 5},
	    {"<p><span>甲<b>乙</b></span><span>丙<b>丁</b></span><span>戊</span>", 3},
	    {"<p><b><b><b><b><b><b><b><b><b><b>甲</b></b></b></b></b></b></b></b></b></b><b>乙</b></p>", 1},
	};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(marks_of(p, arena_fmt(&p->a, "%s%99s", cases[i].page, "").p), cases[i].marks);
}

/* Where libxml2 may close or open something, where it has more to see, and where nothing is known. */
static void
other_elements_get_no_mark(void **state)
{
	static const char *const pages[] = {"<span>甲</span>", "<html><span>甲</span>",
	    "<head><title>甲</title><span>乙</span>", "<p>甲</p><span>乙</span>", "<p/><span>甲</span>",
	    "<p><img><span>甲</span>", "<p><o:p></o:p><span>甲</span>", "<p></b><span>甲</span>",
	    "<p><span>甲</b></span>", "<p><span></span>", "<p><span>甲</span >", "<p><span>甲",
	    "<p><span>甲&amp;</span>", "<p><span>\xEF\xBF\xBF甲</span>", "<p><span>甲\n乙</span>", "<p><span>甲</spans>",
	    "<p><span class=a>甲</span>", "<p><span hidden>甲</span>", "<p><span style='display:none'>甲</span>",
	    "<p><span 'a>甲</span>", "<p><![if a]><span>甲</span>", "<p><?a?><span>甲</span>", "<p><span/>甲<b>乙</b>",
	    "<p></p><script><p></script><b>甲</b>", "<p><h4><b>甲</b>", "<p><td>甲</td>", "<p>甲<b><td>乙</td>",
	    "<tr><b>甲</b>", "<td>甲</td><td>乙</td>", "<tr><td><p></td><td>甲</td>",
	    "<tr><td class=a>甲</td><td>&nbsp;<tr></td><td>甲</td>", "<tr><td>甲<td>乙</td>", "<tr></tr><td>甲</td>",
	    "<tr><span>甲&nbsp;</span><th>乙</th>", "<p>甲 < 乙<b>丙</b>"};
	struct pages *p = *state;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (marks_of(p, arena_fmt(&p->a, "%s<i class='a'>\n</i>%99s", pages[i], "").p) != 0)
			fail_msg("marked: %s", pages[i]);
}

/* A leaf that a mark stands for counts as one that is deeper. */
static void
a_mark_is_as_deep_as_its_leaf(void **state)
{
	struct pages *p = *state;
	struct html h;

	for (int n = MAX_DEPTH - 3; n <= MAX_DEPTH; n++) {
		struct span page = repeated(p, "<html><body>", "<div>", (size_t)n, "<b>甲</b>");
		int lean = html_parse_as(&h, &p->a, page, HTML_INPUT_LEAN, &p->err);

		assert_int_equal(lean, html_parse_as(&h, &p->a, page, HTML_INPUT_WHOLE, &p->err));
		assert_int_equal(lean, n + 3 <= MAX_DEPTH ? 0 : -1);
	}
}

/* Tags in any order, well nested or not: libxml2 alone knows what they make. */
static void
tags_in_any_order_give_the_same_tree(void **state)
{
	static const char *const tokens[] = {"<p>", "<p class='a'>", "</p>", "<div>", "</div>", "<tr>", "</tr>", "<td>",
	    "<td width=1>", "</td>", "<th>", "</th>", "<table>", "</table>", "<li>", "</li>", "<a>", "</a>", "<span>",
	    "<span lang=a>", "</span>", "<b>", "</b>", "<font>", "</font>", "<span>甲</span>", "<b>乙</b>", "<td>丙</td>",
	    "<th>丁</th>", "<font size=1> </font>", "甲", "乙丙", " ", "\n", "&nbsp;", "&lt", "<br>", "<br/>", "<img>",
	    "<!-- a -->", "<h1>", "</h1>", "<html>", "<head>", "</head>", "<body>", "</body>", "</html>", "<title>",
	    "</title>", "<script>", "</script>", "<select>", "<option>", "<form>", "</form>", "<b", "<", "<i>戊</i ",
	    "<p/>", "<b/>", "<dl>", "<dd>", "<h1>", "<tbody>", "<center>", "<ul>", "<u hidden>己</u>",
	    "<!DOCTYPE html>"};
	struct pages *p = *state;
	uint64_t random = 20261129;
	char page[1024];

	for (int round = 0; round < 20000; round++) {
		size_t n = 0;

		for (int i = 0; i < 24; i++) {
			const char *token;

			random = random * 6364136223846793005U + 1442695040888963407U;
			token = tokens[(random >> 33) % (sizeof(tokens) / sizeof(tokens[0]))];
			memcpy(page + n, token, strlen(token));
			n += strlen(token);
		}
		memset(page + n, ' ', 256); /* as many marks as it takes */
		assert_same_tree(p, (struct span){page, n + 256});
		arena_reset(&p->a);
	}
}

/* A page that says such a character itself. */
static void
no_page_can_make_a_mark(void **state)
{
	assert_int_equal(marks_of(*state, "<p>" LONG "</p>\xF3\xB0\x80\x80<p>" LONG), 0);
	assert_int_equal(marks_of(*state, "<p>&#983040;</p><p title='&#xF0000;'>" LONG), 0);
	assert_int_equal(marks_of(*state, "<p>&#x0f0001;" LONG), 0);
	assert_int_equal(marks_of(*state, "<p>&#0000012288;&#x03000;&#xFFFF; " LONG "&#99999;"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(attributes_that_no_rule_asks_for_are_left_out),
	    PAGE_TEST(what_may_hide_an_element_stays),
	    PAGE_TEST(comments_are_emptied_and_styles_have_no_text),
	    PAGE_TEST(scripts_stay_as_they_are),
	    PAGE_TEST(text_of_all_kinds_is_no_markup),
	    PAGE_TEST(behind_what_is_not_plain_all_stays),
	    PAGE_TEST(long_pages_give_the_same_tree),
	    PAGE_TEST(marks_stand_for_plain_text_and_values),
	    PAGE_TEST(text_that_is_not_plain_gets_no_mark),
	    PAGE_TEST(marks_stand_for_leaves),
	    PAGE_TEST(other_elements_get_no_mark),
	    PAGE_TEST(a_mark_is_as_deep_as_its_leaf),
	    PAGE_TEST(tags_in_any_order_give_the_same_tree),
	    PAGE_TEST(no_page_can_make_a_mark),
	};

	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
