/* SPDX-License-Identifier: MIT */
#include "facts.h"

#define WORDS 15 /* characters of body_first and body_last */

void
facts_day(const struct day *day, char out[DAY_MAX])
{
	(void)snprintf(out, DAY_MAX, "%04d-%02d-%02d", day->year, day->month, day->day);
}

static void
pair(struct pair *out, const char *label, const char *value)
{
	out->label = label;
	(void)snprintf(out->value, sizeof(out->value), "%s", value);
}

unsigned
facts_block(const struct portal *portal, const struct report *r, struct pair pairs[PAIRS_MAX])
{
	bool spaced = portal->dialect == DIALECT_TRS;
	char day[DAY_MAX], signed_on[DAY_MAX];
	unsigned n = 0;

	if (!portal->block)
		return 0;
	facts_day(&r->published, day);
	(void)snprintf(signed_on, sizeof(signed_on), "%04d年%02d月%02d日", r->signed_on.year,
	    r->signed_on.month, r->signed_on.day);
	pair(&pairs[n++], spaced ? "索 引 号" : "索引号", r->index_number);
	pair(&pairs[n++], "主题分类", r->notice ? "综合政务" : "法治建设");
	pair(&pairs[n++], "发布机构", r->agency);
	pair(&pairs[n++], "成文日期", signed_on);
	pair(&pairs[n++], spaced ? "标　　题" : "名称", r->title);
	pair(&pairs[n++], spaced ? "文　　号" : "发文字号",
	    *r->document_number == '\0' && r->rank % 2 == 0 ? "无" : r->document_number);
	pair(&pairs[n++], "发布日期", day);
	pair(&pairs[n++], "有效性", r->rank % 3 == 0 ? "" : "有效");
	return n;
}

void
facts_info(const struct portal *portal, const struct report *r, struct pair pairs[INFO_PAIRS])
{
	static const struct {
		const char *published, *source;
		bool minutes, seconds;
	} dialects[] = {
	    [DIALECT_TRS] = {"发布时间", "来源", true, false},
	    [DIALECT_UCAP] = {"发布时间", "来源", true, false},
	    [DIALECT_JCMS] = {"发布日期", "信息来源", false, false},
	    [DIALECT_GKMLPT] = {"发布日期", "来源", true, true},
	};
	char day[DAY_MAX], at[DAY_MAX * 2];

	facts_day(&r->published, day);
	(void)snprintf(at, sizeof(at), "%s %02d:%02d%s", day, r->published.hour,
	    r->published.minute, dialects[portal->dialect].seconds ? ":00" : "");
	pair(&pairs[INFO_PUBLISHED], dialects[portal->dialect].published,
	    dialects[portal->dialect].minutes ? at : day);
	pair(&pairs[INFO_SOURCE], dialects[portal->dialect].source, r->agency);
}

/* -- for the journal ------------------------------------------------------------------------- */

static json_t *
attachments(const struct sim *s, const struct page *page)
{
	json_t *list = json_array();
	char name[256], path[320], url[448];

	for (unsigned n = 1; n <= page->report->attachments; n++) {
		compose_attachment(page->report, n, name, sizeof(name));
		paths_attachment(s, page, n, path, sizeof(path));
		paths_url(s, page->portal, path, url, sizeof(url));
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s}", "text", name, "url", url));
	}
	return list;
}

static json_t *
headings(const struct doc *doc)
{
	json_t *list = json_array();

	for (size_t i = 0; i < doc->count; i++) {
		const struct piece *p = &doc->pieces[i];

		if (p->kind == PIECE_H1 || p->kind == PIECE_H2 || p->kind == PIECE_H3)
			(void)json_array_append_new(list,
			    json_stringn(doc->text.p + p->from, p->heading_to - p->from));
	}
	return list;
}

static bool
starts_character(char c)
{
	return ((unsigned char)c & 0xc0U) != 0x80U;
}

static json_t *
first_words(const struct buf *text)
{
	size_t end = 0;

	for (unsigned left = WORDS; end < text->n; end++)
		if (starts_character(text->p[end]) && left-- == 0)
			break;
	return json_stringn(text->p, end);
}

static json_t *
last_words(const struct buf *text)
{
	size_t from = text->n;

	for (unsigned left = WORDS; from > 0 && left > 0;)
		left -= starts_character(text->p[--from]);
	return json_stringn(text->p + from, text->n - from);
}

/* Of the block; a page without one has its info line alone. */
static json_t *
metadata(const struct portal *portal, const struct report *report)
{
	json_t *object = json_object();
	struct pair pairs[PAIRS_MAX];
	unsigned n = facts_block(portal, report, pairs);

	if (n == 0) {
		facts_info(portal, report, pairs);
		n = INFO_PAIRS;
	}
	for (unsigned i = 0; i < n; i++)
		(void)json_object_set_new(object, pairs[i].label, json_string(pairs[i].value));
	return object;
}

json_t *
facts_of(const struct sim *s, const struct page *page, const struct doc *doc)
{
	const struct portal *portal = &s->portals[page->portal];
	struct pair info[INFO_PAIRS];
	char signed_on[DAY_MAX];

	facts_info(portal, page->report, info);
	facts_day(&page->report->signed_on, signed_on);
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o}", "source", info[INFO_SOURCE].value,
	    "signed_on", signed_on, "site_name", portal->name, "site_id_code", portal->site_code,
	    "metadata", metadata(portal, page->report), "attachments", attachments(s, page),
	    "headings", headings(doc), "body_first", first_words(&doc->text), "body_last",
	    last_words(&doc->text));
}
