/* SPDX-License-Identifier: MIT */
/* Pages made to keep us busy: whatever stands in them without end, time grows with the page and
 * not with its square. */
#include "pages_support.h"

#include <time.h>

#define PAGE_BYTES 750000
#ifdef __SANITIZE_ADDRESS__
#define SECONDS_MAX 12
#else
#define SECONDS_MAX 2
#endif

#define HEAD "<html><head><meta charset=utf-8><title>甲县年度报告</title></head><body>"
#define ZOOM HEAD "<div id=zoom><p>为落实各项要求，扎实推进工作，现将有关事项通知如下。</p>"

/* units of `fill` stand behind `before`, then units of `unit` for the rest of the page */
struct shape {
	const char *before, *fill, *unit, *after;
};

static void
take_time(void **state, const struct shape *s)
{
	struct pages *p = *state;
	size_t fills = s->fill[0] == '\0' ? 0 : PAGE_BYTES / 2 / strlen(s->fill);
	size_t units = PAGE_BYTES / 2 / strlen(s->unit);
	struct span page = repeated(p, s->before, s->fill, fills, "");
	struct extract_input in = {.url = SPAN("http://a.example/b/c.html")};
	struct record record;
	clock_t begin;
	double seconds;
	int rc;

	in.bytes = repeated(p, page.p, s->unit, fills == 0 ? 2 * units : units, s->after);
	begin = clock();
	rc = extract(&record, &p->a, p->kit, &in, &p->err);
	seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
	if (rc == -1)
		assert_int_equal(p->err.code, ERR_REJECT);
	if (seconds > SECONDS_MAX)
		fail_msg("%.1f s for %s|%s|%s", seconds, s->before, s->fill, s->unit);
	(void)pages_reset(state);
}

static void
take_times(void **state, const struct shape *shapes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_time(state, &shapes[i]);
}

static void
labels_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {HEAD, "", "<p>索引号：1/2024-1</p>", ""},
	    {HEAD "<table>", "", "<tr><td>索引号</td><td>文号</td></tr>", "</table>"},
	    {HEAD "<table><tr>", "", "<td>索引号</td>", "</tr><tr><td>1</td></tr></table>"},
	    {HEAD "<table><tr><td>", "<p></p>", "<p>来源</p>", "</td></tr></table>"},
	    {HEAD "<div>", "", "时间<br>", "</div>"},
	    {HEAD "<dl>", "", "<dt>甲乙：</dt><dd>丙</dd>", "</dl>"},
	    {HEAD "<p>", "", "来源：甲 ", "</p>"},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
links_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {ZOOM, "", "<a href=/f/1.pdf>附件</a>", "</div>"},
	    {ZOOM, "", "<li><a href=/x>通知公告标题一则</a></li>", "</div>"},
	    {ZOOM, "", "<a href='/1.pdf'><div>", ""},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
line_breaks_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {ZOOM, "", "<br>", "甲</div>"},
	    {ZOOM, "", "文<br>", "</div>"},
	    {HEAD "<div>时间</div>", "<br>", "<i>甲</i>", ""},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
attributes_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {ZOOM "<p ", "", "a=1 ", ">甲</p></div>"},
	    {ZOOM "<p style='", "display ", " ", "'>甲</p></div>"},
	    {HEAD "<p class='", "", "zoom a ", "'>甲</p>"},
	    {HEAD, "", "<div class=zoom><b></b>", ""},
	    {HEAD, "", "<div class=zoom></div>", ""},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
tables_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {ZOOM "<table><tr>", "<b></b>", "<td>甲</td>", "</tr></table></div>"},
	    {ZOOM "<table><tr>", "<b></b>", "<td>甲<table><tr><td>乙<td>丙</table>", "</div>"},
	    {ZOOM "<table><tr><td>", "", "<p>甲</p>", "</td><td>乙</td></tr></table></div>"},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
text_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {HEAD "<p>", "", "为落实各项要求", "</p>"},
	    {HEAD "<h1>", "", "<b>甲</b>", "</h1>"},
	    {HEAD "<div class=title><h2>甲县通知公告</h2>", "", "文字，字。", "</div>"},
	    {"", "", "为落实各项要求，", ""},
	    {"", "", "甲\n", ""},
	    {"甲县人民政府\n", "", "甲市甲县", ""},
	    {ZOOM, "", "<p>甲县科技局</p><p>2024年1月1日</p>", "</div>"},
	    {HEAD, "", "<p>打印本页</p>", ""},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

static void
what_is_no_text_without_end(void **state)
{
	static const struct shape shapes[] = {
	    {HEAD, "", "<!--a-->", "甲"},
	    {HEAD, "", "<script>_CONFIG DETAIL {</script>", "甲"},
	    {HEAD "<script>_CONFIG={DETAIL:", "", "[", "</script>甲"},
	    {HEAD, "", "<", "甲"},
	    {HEAD "<p>", "", "&", "</p>"},
	    {"<html>", "", "<meta name=SiteName content='&amp;nbsp;'>", "甲"},
	    {"{\"title\": \"甲\", \"content\": \"乙\", \"attachment\": [", "",
		"{\"url\": \"/1.pdf\"},", "{}]}"},
	};

	take_times(state, shapes, COUNT_OF(shapes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PAGE_TEST(labels_without_end),
	    PAGE_TEST(links_without_end),
	    PAGE_TEST(line_breaks_without_end),
	    PAGE_TEST(attributes_without_end),
	    PAGE_TEST(tables_without_end),
	    PAGE_TEST(text_without_end),
	    PAGE_TEST(what_is_no_text_without_end),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, pages_setup, pages_teardown);
}
