/* SPDX-License-Identifier: MIT */
/* Lists that are no HTML page: each kind's rows, its next page, and what it does with garbage. */
#include "list_support.h"

#include <zlib.h>

#define STORE                                                                                      \
	"{'url':'http://a.cn/col/col1/index.html','kind':'datastore','rows':'//body',"                 \
	"'link':'.//a/@href','title':'.//a','date':'.//span'}"

static void
a_datastore_in_a_page_gives_its_records_and_the_next_group(void **state)
{
	json_t *r = read_list(STORE,
	    "<html><body><ul id=p></ul><script type=\"text/xml\"><datastore>\n<totalrecord>714</totalrecord>"
	    "<totalpage>48</totalpage><nextgroup><![CDATA[<a href=\"/module/web/jpage/dataproxy.jsp?page=1&"
	    "appid=1&webid=3&path=/&columnid=1&unitid=6\"></a>]]></nextgroup><recordset>\n"
	    "<record><![CDATA[<li><a href=\"/art/2024/3/8/art_1_2.html\">One & two</a>"
	    "<span>2024-03-08</span></li>]]></record>"
	    "<record><![CDATA[<tr><td><a href='/art/2024/3/7/art_1_1.html'>Two</a></td></tr>]]></record>"
	    "</recordset></datastore></script></body></html>");

	(void)state;
	assert_int_equal(rows(r), 2);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/art/2024/3/8/art_1_2.html");
	assert_string_equal(field(r, 0, "title"), "One & two");
	assert_string_equal(field(r, 0, "date"), "2024-03-08");
	assert_string_equal(field(r, 1, "title"), "Two");
	assert_string_equal(text(r, "next"),
	    "http://a.cn/module/web/jpage/dataproxy.jsp?page=1&appid=1&webid=3&path=/&columnid=1&unitid=6");
	assert_int_equal(number(r, "total"), 714);
	json_decref(r);
}

static void
a_dataproxy_reply_without_records_ends_the_list(void **state)
{
	json_t *r = read_list(STORE, "<datastore><recordset></recordset></datastore>");

	(void)state;
	assert_int_equal(rows(r), 0);
	assert_true(is_true(r, "end"));
	assert_null(text(r, "next"));
	json_decref(r);
}

static void
encrypted_parameters_stop_the_paging_and_say_so(void **state)
{
	json_t *r = read_list(STORE,
	    "<datastore><nextgroup><![CDATA[<a href=\"/module/web/jpage/dataproxy.jsp?page=1&p=9f3aC0ffee"
	    "77dd02aa\"></a>]]></nextgroup><record><![CDATA[<a href='/a'>x</a>]]></record></datastore>");

	(void)state;
	assert_int_equal(rows(r), 1);
	assert_null(text(r, "next"));
	assert_string_equal(text(r, "stopped"), "encrypted_paging");
	json_decref(r);
}

static void
a_datastore_as_assignments_of_a_script_is_read(void **state)
{
	json_t *r = read_list(
	    "{'url':'http://a.cn/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=2&perpage=2',"
	    "'list':'http://a.cn/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=2&perpage=2','kind':"
	    "'datastore','rows':'//li','link':'.//a/@href','size':2,'paging':"
	    "'?startrecord={start}&endrecord={end}&perpage={size}'}",
	    "totalRecord=3.0;totalPage = 2;dataStore = ['<li><a href=\"/a\\'1\">x</a></li>',\n"
	    "\"<li><a href='/b'>y</a></li>\"];");

	(void)state;
	assert_int_equal(rows(r), 2);
	assert_string_equal(field(r, 1, "url"), "http://a.cn/b");
	assert_string_equal(text(r, "next"),
	    "http://a.cn/module/web/jpage/dataproxy.jsp?startrecord=3&endrecord=4&perpage=2");
	json_decref(r);
}

static void
pointers_find_rows_in_json(void **state)
{
	json_t *r = read_list(
	    "{'url':'http://a.cn/api?p=1','kind':'json','rows':'/page/content','link':'/DOCPUBURL',"
	    "'title':'/DOCTITLE','date':'/PUBDATE','total':'/page/total','paging':'query:p'}",
	    "\xEF\xBB\xBF\n\n{\"page\":{\"total\":5,\"content\":["
	    "{\"DOCPUBURL\":\"/1.html\",\"DOCTITLE\":\"a <em>b</em> &lt;c\",\"PUBDATE\":1375891200000},"
	    "{\"DOCPUBURL\":\"2.html\",\"DOCTITLE\":7,\"PUBDATE\":\"2021-11-23T03:35:00.000Z\"},"
	    "{\"DOCTITLE\":\"no link\"},{\"DOCPUBURL\":\"/n\\u0000ul\"}]}}");

	(void)state;
	assert_int_equal(rows(r), 2);
	assert_int_equal(number(r, "bad"), 2);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/1.html");
	assert_string_equal(field(r, 0, "title"), "a b <c");
	assert_string_equal(field(r, 0, "date"), "2013-08-08T00:00:00");
	assert_string_equal(field(r, 1, "date"), "2021-11-23T11:35:00");
	assert_int_equal(number(r, "total"), 5);
	assert_string_equal(text(r, "next"), "http://a.cn/api?p=2");
	json_decref(r);
}

static void
links_can_be_made_of_a_rows_values_and_callbacks_are_taken_off(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/x/','kind':'json','link':'/art/{/id}_{/k}.html'}",
	    "cb_1([{\"id\":12,\"k\":\"a/b\"},{\"id\":13}]);");

	(void)state;
	assert_int_equal(rows(r), 1);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/art/12_a%2Fb.html");
	assert_int_equal(number(r, "bad"), 1);
	json_decref(r);
}

static void
an_empty_array_ends_a_list_and_a_missing_one_does_not(void **state)
{
	static const char meta[] = "{'url':'http://a.cn/','kind':'json','rows':'/d','link':'/u','page':3}";
	json_t *empty = read_list(meta, "{\"d\":[]}"), *missing = read_list(meta, "{\"e\":[]}");

	(void)state;
	assert_true(is_true(empty, "end"));
	assert_false(is_true(missing, "end"));
	json_decref(empty);
	json_decref(missing);
	assert_null(read_list(meta, "<html>busy</html>"));
	assert_string_equal(why.reason, "not_json");
}

/* What no JSON is, is refused by that name; what is odd and JSON gives the rows that are whole. */
static void
poisoned_json_is_refused_or_loses_only_the_rows_that_are_bad(void **state)
{
	static const char meta[] = "{'url':'http://a.cn/','kind':'json','link':'/u','title':'/t','date':'/d'}";
	static const char *const refused[] = {
		"[{\"u\":\"/1\",\"t\":\"a\"},{\"u\":\"/2", "[{\"u\":\"/1\",\"d\":NaN}]", "[{\"u\":\"/1\",\"d\":1e999}]",
		"[{\"u\":\"/1\",\"t\":\"\\ud800\"}]", "[{\"u\":\"/1\",\"t\":\"\xff\xfe\"}]", "[{\"u\":\"/1\"}] [", "",
	};
	struct buf deep;
	json_t *r;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_null(read_list(meta, refused[i]));
		assert_int_equal(why.code, ERR_REJECT);
	}
	buf_init(&deep, 1 << 20);
	(void)buf_add_str(&deep, "[{\"u\":\"/1\",\"t\":");
	for (int i = 0; i < 2049; i++)
		(void)buf_add_str(&deep, "[");
	for (int i = 0; i < 2049; i++)
		(void)buf_add_str(&deep, "]");
	(void)buf_add_str(&deep, "}]");
	assert_null(read_bytes(meta, buf_span(&deep)));
	assert_string_equal(why.reason, "not_json");
	buf_fini(&deep);
	r = read_list(meta, "[{\"u\":\"/1\",\"t\":{\"x\":1},\"d\":[]},{\"u\":5,\"t\":\"b\"},7,null,[],"
	    "{\"u\":\"/2\",\"u\":\"/3\",\"d\":\"2026-13-45\"},{\"u\":{\"v\":1}}]");
	assert_non_null(r);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/1");
	assert_string_equal(field(r, rows(r) - 1, "url"), "http://a.cn/3");
	assert_string_equal(field(r, rows(r) - 1, "date"), "2026-13-45"); /* a text: who reads dates refuses it */
	assert_true(rows(r) <= 3); /* the number may stand for an address */
	json_decref(r);
}

#define JPAAS                                                                                      \
	"'kind':'jpaas','rows':'//li[.//a]','link':'.//a/@href','title':'.//a','date':'.//span',"     \
	"'paging':'paramjson','total':'//div/@count'"

static void
jpaas_asks_for_its_pages_inside_a_parameter(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/unit?webId=1&pageId=2'," JPAAS "}",
	    "{\"success\":true,\"data\":{\"html\":\"<ul><li><a href='/art/1.html'>x</a><span>2024-01-02"
	    "</span></li></ul><div class='pagination' rows='1' count='2'></div>\"}}");

	(void)state;
	assert_int_equal(rows(r), 1);
	assert_string_equal(field(r, 0, "date"), "2024-01-02");
	assert_int_equal(number(r, "total"), 2);
	assert_string_equal(text(r, "next"),
	    "http://a.cn/unit?webId=1&pageId=2&paramJson=%7B%22pageNo%22%3A2%7D");
	json_decref(r);
	r = read_list("{'url':'http://a.cn/unit?paramJson=%7B%22pageNo%22%3A2%2C%22pageSize%22%3A9%7D&x=1',"
		      "'page':2," JPAAS "}",
	    "{\"data\":{\"html\":\"<li><a href='/art/2.html'>x</a></li><div count=\\\"30\\\">\"}}");
	assert_string_equal(text(r, "next"),
	    "http://a.cn/unit?paramJson=%7B%22pageNo%22%3A3%2C%22pageSize%22%3A9%7D&x=1");
	json_decref(r);
}

static void
a_page_that_jpaas_fills_leads_to_its_rows(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/col/col1/index.html'," JPAAS "}",
	    "<html><body><script src='/jpaas.js' parseType='bulidstatic' url='/api-gateway/unit' queryData=\""
	    "{'webId':'w 1','tagId':'当前','pageId':'9'}\"></script></body></html>");

	(void)state;
	assert_true(is_true(r, "shell"));
	assert_int_equal(rows(r), 0);
	assert_string_equal(text(r, "next"),
	    "http://a.cn/api-gateway/unit?parseType=bulidstatic&webId=w%201&tagId=%E5%BD%93%E5%89%8D&pageId=9");
	json_decref(r);
}

#define GKMLPT                                                                                     \
	"'kind':'gkmlpt','rows':'/articles','link':'/url','title':'/title','date':'/display_publish_time'," \
	"'paging':'query:page','total':'/classify/post_count','category':'4146'"

static void
gkmlpt_is_found_by_its_number_and_paged(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/kjj/gkmlpt/index'," GKMLPT "}",
	    "<html><script>window._CONFIG = {PID: '1', SITE_SID: 3, SID: '662001', TREE: []};</script></html>");

	(void)state;
	assert_true(is_true(r, "shell"));
	assert_string_equal(
	    text(r, "next"), "http://a.cn/kjj/gkmlpt/api/all/4146?page=1&sid=662001");
	json_decref(r);
	r = read_list("{'url':'http://a.cn/kjj/gkmlpt/api/all/4146?page=1&sid=662001'," GKMLPT "}",
	    "{\"classify\":{\"post_count\":2},\"articles\":[{\"url\":\"http://a.cn/gkmlpt/content/2/2519/"
	    "post_2519864.html#4146\",\"title\":\"t\",\"display_publish_time\":1604397663}]}");
	assert_string_equal(
	    field(r, 0, "url"), "http://a.cn/gkmlpt/content/2/2519/post_2519864.html");
	assert_string_equal(field(r, 0, "date"), "2020-11-03T18:01:03");
	assert_string_equal(
	    text(r, "next"), "http://a.cn/kjj/gkmlpt/api/all/4146?page=2&sid=662001");
	json_decref(r);
}

static void
ucap_results_are_rows(void **state)
{
	json_t *r = read_list(
	    "{'url':'http://a.cn/common/search/5b?page=2&_pageSize=1&_isJson=true','page':2,'kind':'ucap',"
	    "'rows':'/data/results','link':'/url','title':'/title','date':'/publishedTimeStr','paging':"
	    "'query:page','total':'/data/total','size':1}",
	    "{\"data\":{\"total\":2,\"results\":[{\"title\":\"t\",\"url\":\"/c1/202401/a.shtml\","
	    "\"publishedTimeStr\":\"2024-01-05 10:00:00\"}]}}");

	(void)state;
	assert_string_equal(field(r, 0, "url"), "http://a.cn/c1/202401/a.shtml");
	assert_string_equal(field(r, 0, "date"), "2024-01-05 10:00:00");
	assert_null(text(r, "next")); /* two rows of one a page: this is the last */
	json_decref(r);
}

static void
feeds_of_all_three_kinds_are_read(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/feed','kind':'feed'}",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>c</title>"
	    "<link>http://a.cn/</link><item><title><![CDATA[A & <b>]]></title><link> http://a.cn/1?a=1&amp;b=2"
	    " </link><pubDate>Fri, 08 Mar 2024 13:25:00 +0800</pubDate></item>"
	    "<item><guid>http://a.cn/2</guid><title>B</title>"
	    "<pubDate>Thu, 7 Mar 2024 20:00:00 GMT</pubDate></item></channel></rss>");

	(void)state;
	assert_int_equal(rows(r), 2);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/1?a=1&b=2");
	assert_string_equal(field(r, 0, "title"), "A & <b>");
	assert_string_equal(field(r, 0, "date"), "2024-03-08T13:25:00");
	assert_string_equal(field(r, 1, "url"), "http://a.cn/2");
	assert_string_equal(field(r, 1, "date"), "2024-03-08T04:00:00");
	json_decref(r);
	r = read_list("{'url':'http://a.cn/feed','kind':'feed'}",
	    "<feed xmlns=\"http://www.w3.org/2005/Atom\"><link rel=\"next\" href=\"/feed?p=2&amp;q=1\"/><entry>"
	    "<title>t</title><link rel=\"edit\" href=\"/edit\"/><link href=\"/e1\"/><updated>2024-03-09T00:00:00Z"
	    "</updated><published>2024-03-08T00:00:00Z</published><author><title>no</title></author></entry></feed>");
	assert_int_equal(rows(r), 1);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/e1");
	assert_string_equal(field(r, 0, "date"), "2024-03-08T08:00:00"); /* by the clock of China */
	assert_string_equal(text(r, "next"), "http://a.cn/feed?p=2&q=1");
	json_decref(r);
	r = read_list("{'url':'http://a.cn/feed','kind':'feed'}",
	    "<rdf:RDF xmlns:rdf=\"r\" xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"d\"><channel/><item "
	    "rdf:about=\"x\"><title>t</title><link>/r1</link><dc:date>2024-03-08</dc:date></item></rdf:RDF>");
	assert_string_equal(field(r, 0, "url"), "http://a.cn/r1");
	assert_string_equal(field(r, 0, "date"), "2024-03-08");
	json_decref(r);
}

static void
sitemaps_and_their_index_are_read(void **state)
{
	json_t *r = read_list("{'url':'http://a.cn/sitemap.xml','kind':'sitemap'}",
	    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>http://a.cn/1?x&amp;y</loc>"
	    "<lastmod>2024-03-08</lastmod></url><url><lastmod>x</lastmod></url></urlset>");

	(void)state;
	assert_int_equal(rows(r), 1);
	assert_int_equal(number(r, "bad"), 1);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/1?x&y");
	assert_string_equal(field(r, 0, "date"), "2024-03-08");
	assert_true(is_true(r, "unordered"));
	assert_false(is_true(r, "shell"));
	json_decref(r);
	r = read_list("{'url':'http://a.cn/sitemap.xml','kind':'sitemap'}",
	    "<sitemapindex><sitemap><loc>/s1.xml.gz</loc></sitemap><sitemap><loc>/s2.xml</loc></sitemap>"
	    "</sitemapindex>");
	assert_true(is_true(r, "shell"));
	assert_int_equal(json_array_size(json_object_get(r, "more")), 2);
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(r, "more"), 1)), "http://a.cn/s2.xml");
	json_decref(r);
}

/* gzip, by zlib itself. */
static void
zip(struct buf *out, struct span plain)
{
	unsigned char chunk[65536];
	z_stream z = {.next_in = (z_const Bytef *)plain.p, .avail_in = (uInt)plain.n};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	do {
		z.next_out = chunk;
		z.avail_out = sizeof(chunk);
		assert_int_not_equal(deflate(&z, Z_FINISH), Z_STREAM_ERROR);
		assert_int_equal(buf_add(out, chunk, sizeof(chunk) - z.avail_out), 0);
	} while (z.avail_out == 0);
	(void)deflateEnd(&z);
}

static void
a_zipped_sitemap_is_unzipped_and_a_bomb_or_a_torn_one_is_not(void **state)
{
	static const char meta[] = "{'url':'http://a.cn/sitemap.xml.gz','kind':'sitemap'}";
	struct buf zipped, bomb;
	json_t *r;
	char *zeros = calloc(1, 60 << 20);

	(void)state;
	buf_init(&zipped, 1 << 20);
	buf_init(&bomb, 1 << 20);
	zip(&zipped, SPAN("<urlset><url><loc>http://a.cn/1</loc></url></urlset>"));
	r = read_bytes(meta, buf_span(&zipped));
	assert_int_equal(rows(r), 1);
	json_decref(r);
	assert_null(read_bytes(meta, span_cut(buf_span(&zipped), 0, zipped.n / 2)));
	assert_string_equal(why.reason, "encoding");
	assert_non_null(zeros);
	zip(&bomb, (struct span){zeros, 60 << 20});
	assert_null(read_bytes(meta, buf_span(&bomb)));
	assert_string_equal(why.reason, "too_large");
	free(zeros);
	buf_fini(&zipped);
	buf_fini(&bomb);
}

static void
entities_of_a_document_are_never_expanded(void **state)
{
	static const char *const bombs[] = {
	    "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;"
	    "&b;&b;&b;&b;&b;\">]><rss><channel><item><link>http://a.cn/&c;</link></item></channel></rss>",
	    "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><item><link>http://a.cn/</link><title>"
	    "&x;</title></item></rss>",
	    "<!DOCTYPE rss [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/x.dtd\"> %x;]><rss/>"};

	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		assert_null(read_list("{'url':'http://a.cn/feed','kind':'feed'}", bombs[i]));
		assert_string_equal(why.reason, "hostile_xml");
	}
	assert_null(read_list("{'url':'http://a.cn/feed','kind':'feed'}", "not xml"));
	assert_string_equal(why.reason, "not_xml");
}

static void
too_much_of_anything_is_cut_or_refused(void **state)
{
	struct buf body;
	json_t *r;

	(void)state;
	buf_init(&body, 16 << 20);
	(void)buf_add_str(&body, "[");
	for (int i = 0; i < LIST_ROWS_MAX + 5; i++)
		(void)buf_add_fmt(&body, "%s{\"url\":\"/%d\"}", i > 0 ? "," : "", i);
	(void)buf_add_str(&body, "]");
	r = read_bytes("{'url':'http://a.cn/','kind':'json','link':'/url'}", buf_span(&body));
	assert_int_equal(rows(r), LIST_ROWS_MAX);
	assert_true(is_true(r, "cut"));
	json_decref(r);
	buf_clear(&body);
	for (int i = 0; i < 100000; i++)
		(void)buf_add_str(&body, "[");
	assert_null(read_bytes("{'url':'http://a.cn/','kind':'json','link':'/url'}", buf_span(&body)));
	assert_string_equal(why.reason, "not_json");
	buf_clear(&body);
	(void)buf_add_str(&body, "<rss>");
	for (int i = 0; i < 100000; i++)
		(void)buf_add_str(&body, "<item>");
	assert_null(read_bytes("{'url':'http://a.cn/','kind':'feed'}", buf_span(&body)));
	assert_int_equal(why.code, ERR_REJECT);
	buf_clear(&body);
	(void)buf_add_str(&body, "<datastore>");
	for (int i = 0; i < LIST_ROWS_MAX + 5; i++)
		(void)buf_add_fmt(&body, "<record><![CDATA[<a href=%d>x</a>]]></record>", i);
	(void)buf_add_str(&body, "</datastore>");
	r = read_bytes(STORE, buf_span(&body));
	assert_int_equal(rows(r), LIST_ROWS_MAX);
	assert_true(is_true(r, "cut"));
	json_decref(r);
	buf_fini(&body);
}

static void
patterns_leave_rows_out_and_they_are_counted_and_shown(void **state)
{
	json_t *r = read_list(
	    "{'url':'http://a.cn/','kind':'json','link':'/u','title':'/t','column':'/c','show':true,"
	    "'include':['法治政府建设*报告','column:信息公开'],'exclude':['url:/old/']}",
	    "[{\"u\":\"/1\",\"t\":\"2023年法治政府 建设年度报告\"},{\"u\":\"/2\",\"t\":\"招聘公告\"},"
	    "{\"u\":\"/3\",\"t\":\"年报\",\"c\":\"政府信息公开\"},{\"u\":\"/old/4\",\"t\":\"法治政府建设报告\"},"
	    "{\"u\":\"/5\",\"t\":\"某局关于2023年度法治...\"},{\"u\":\"/6\"}]");
	const json_t *out = json_object_get(r, "out");

	(void)state;
	/* a title that is cut short, or missing, cannot be held against a pattern */
	assert_int_equal(rows(r), 4);
	assert_string_equal(field(r, 0, "url"), "http://a.cn/1");
	assert_string_equal(field(r, 1, "url"), "http://a.cn/3");
	assert_string_equal(field(r, 2, "url"), "http://a.cn/5");
	assert_string_equal(field(r, 3, "url"), "http://a.cn/6");
	assert_int_equal(number(r, "filtered"), 2);
	assert_int_equal(json_array_size(out), 2);
	assert_string_equal(text(json_array_get(out, 0), "title"), "招聘公告");
	assert_string_equal(text(json_array_get(out, 1), "url"), "http://a.cn/old/4");
	json_decref(r);
}

static void
rules_that_are_none_are_refused(void **state)
{
	static const char *const metas[] = {"{'url':'http://a.cn/','kind':'soap','rows':'//a','link':'a'}",
	    "{'url':'http://a.cn/','kind':'json'}", "{'url':'http://a.cn/','kind':7}",
	    "{'url':'http://a.cn/','kind':'feed','include':'x'}",
	    "{'url':'http://a.cn/','kind':'feed','include':[7]}",
	    "{'url':'http://a.cn/','kind':'feed','from':-1}", "{'kind':'feed'}"};

	(void)state;
	for (size_t i = 0; i < sizeof(metas) / sizeof(metas[0]); i++) {
		assert_null(read_list(metas[i], "<rss/>"));
		assert_string_equal(why.reason, "bad_request");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_datastore_in_a_page_gives_its_records_and_the_next_group),
	    cmocka_unit_test(a_dataproxy_reply_without_records_ends_the_list),
	    cmocka_unit_test(encrypted_parameters_stop_the_paging_and_say_so),
	    cmocka_unit_test(a_datastore_as_assignments_of_a_script_is_read),
	    cmocka_unit_test(pointers_find_rows_in_json),
	    cmocka_unit_test(links_can_be_made_of_a_rows_values_and_callbacks_are_taken_off),
	    cmocka_unit_test(an_empty_array_ends_a_list_and_a_missing_one_does_not),
	    cmocka_unit_test(poisoned_json_is_refused_or_loses_only_the_rows_that_are_bad),
	    cmocka_unit_test(jpaas_asks_for_its_pages_inside_a_parameter),
	    cmocka_unit_test(a_page_that_jpaas_fills_leads_to_its_rows),
	    cmocka_unit_test(gkmlpt_is_found_by_its_number_and_paged),
	    cmocka_unit_test(ucap_results_are_rows),
	    cmocka_unit_test(feeds_of_all_three_kinds_are_read),
	    cmocka_unit_test(sitemaps_and_their_index_are_read),
	    cmocka_unit_test(a_zipped_sitemap_is_unzipped_and_a_bomb_or_a_torn_one_is_not),
	    cmocka_unit_test(entities_of_a_document_are_never_expanded),
	    cmocka_unit_test(too_much_of_anything_is_cut_or_refused),
	    cmocka_unit_test(patterns_leave_rows_out_and_they_are_counted_and_shown),
	    cmocka_unit_test(rules_that_are_none_are_refused),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, open_kit, close_kit);
}
