/* SPDX-License-Identifier: MIT */
#include <suoyin/limits.h>
#include <suoyin/text.h>

#include "head.h"
#include "tag.h"

/* By name, or by property where that is set instead; several may mean one value. */
static const struct row {
	struct span name;
	enum head_name value;
} names[] = {
	{SPAN_INIT("ArticleTitle"), HEAD_ARTICLE_TITLE},
	{SPAN_INIT("PubDate"), HEAD_PUB_DATE},
	{SPAN_INIT("ContentSource"), HEAD_CONTENT_SOURCE},
	{SPAN_INIT("SiteName"), HEAD_SITE_NAME},
	{SPAN_INIT("SiteIDCode"), HEAD_SITE_ID_CODE},
	{SPAN_INIT("firstpublishedtime"), HEAD_FIRST_PUBLISHED},
	{SPAN_INIT("publishdate"), HEAD_FIRST_PUBLISHED},
	{SPAN_INIT("article:published_time"), HEAD_FIRST_PUBLISHED},
};

/* Markup inside a value (<br/>) becomes a blank. */
static struct span
without_tags(struct arena *a, struct span s)
{
	struct buf out;
	struct span text;
	size_t at = 0;

	buf_init(&out, a->limit);
	while (at < s.n) {
		size_t open = span_find_byte(s, '<', at), close = SIZE_MAX;

		if (open != SIZE_MAX)
			close = span_find_byte(s, '>', open);
		if (close == SIZE_MAX)
			open = s.n;
		(void)buf_add_span(&out, span_cut(s, at, open));
		if (open < s.n)
			(void)buf_add_byte(&out, ' ');
		at = open < s.n ? close + 1 : s.n;
	}
	text = arena_dup_buf(a, &out);
	buf_fini(&out);
	return text;
}

static struct span
clean(struct arena *a, struct span s)
{
	s = text_unescape(a, s);
	if (s.p != NULL && span_find_byte(s, '<', 0) != SIZE_MAX)
		s = without_tags(a, s);
	return text_fold_space(a, s);
}

static int
read_meta(struct head *head, struct arena *a, const struct html *h, uint32_t i)
{
	struct span name = html_attr(h, i, "name"), content = html_attr(h, i, "content");

	if (name.n == 0)
		name = html_attr(h, i, "property");
	if (name.n == 0 || content.n == 0 || content.n > TITLE_MAX)
		return 0;
	name = span_trim(name);
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		struct span *out = &head->values[names[k].value], value;

		if (out->n > 0 || !span_eq_ci(name, names[k].name))
			continue;
		value = clean(a, content);
		if (value.p == NULL)
			return -1;
		if (value.n > 0)
			*out = value;
	}
	return 0;
}

int
head_read(struct head *out, struct arena *a, const struct html *h, struct err *err)
{
	struct head head = {0};
	bool titled = false;
	int rc = 0;

	for (uint32_t i = 1; i < h->count && rc == 0; i++) {
		const struct html_node *n = &h->nodes[i];

		if (n->kind != HTML_ELEMENT)
			continue;
		if (n->tag == TAG_META) {
			rc = read_meta(&head, a, h, i);
		} else if (n->tag == TAG_TITLE && !titled) {
			titled = true; /* drawings have a <title> too: the first one counts */
			if (html_is_small(h, i, TITLE_MAX))
				head.title = html_text(h, a, i);
		} else if (head.base.p == NULL && html_is(h, i, "base")) {
			head.base = html_attr(h, i, "href");
		}
	}
	if (rc == -1 || a->failed)
		return err_set(err, ERR_REJECT, "too_large",
		    "head: needs more than %zu bytes of memory", a->limit);
	*out = head;
	return 0;
}
