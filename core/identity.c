/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <suoyin/digest.h>
#include <suoyin/identity.h>

const char *const identity_rule_names[IDENTITY_RULES] = {
    [IDENTITY_LATE] = "0",
    [IDENTITY_LATE_NEW] = "0 new",
    [IDENTITY_CONFLICTED] = "1",
    [IDENTITY_OWN_INDEX] = "2a",
    [IDENTITY_SAME_INDEX] = "2b",
    [IDENTITY_CONFLICT] = "2c",
    [IDENTITY_REUSED] = "3 reused",
    [IDENTITY_MOVED] = "3 moved",
    [IDENTITY_URL] = "3",
    [IDENTITY_DOCNO] = "4 docno",
    [IDENTITY_CONTENT] = "4 content",
    [IDENTITY_NEW] = "4 new",
};

bool
identity_same_title(struct span a, struct span b)
{
	return a.p == NULL || b.p == NULL || span_eq(a, b);
}

static bool
same_report(const struct identity_report *a, const struct identity_report *b)
{
	return a != NULL && b != NULL && a->id == b->id;
}

static bool
is_among(struct span value, const struct span *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(list[i], value))
			return true;
	return false;
}

static bool
has_had_number(const struct identity_report *r, const struct identity_page *page)
{
	return page->index.p != NULL && is_among(page->index, r->indexes, r->index_count);
}

static bool
has_had_title(const struct identity_report *r, const struct identity_page *page)
{
	return page->title.p != NULL && is_among(page->title, r->titles, r->title_count);
}

/* The report has no index number that contradicts the page's. */
static bool
numbers_agree(const struct identity_report *r, const struct identity_page *page)
{
	return page->index.p == NULL || r->index_count == 0 || has_had_number(r, page);
}

/* Rule 2b: folded titles equal, or both have the same document number. */
static bool
same_document(const struct identity_report *r, const struct identity_page *page)
{
	return identity_same_title(r->title, page->title) ||
	    (page->docno.p != NULL && r->docno.p != NULL && span_eq(page->docno, r->docno));
}

/* A report that loses its last live URL to `target` was a second record of the same document. */
static bool
is_emptied(const struct identity_report *u, const struct identity_page *page)
{
	return u != NULL && u->live_elsewhere == 0 && has_had_title(u, page);
}

static void
judge_late(struct identity_verdict *out, const struct identity_page *page,
    const struct identity_found *f)
{
	const struct identity_report *target = NULL;

	if (f->index != NULL && (same_document(f->index, page) || same_report(f->index, f->url)))
		target = f->index;
	else if (f->url != NULL &&
	    (page->title.p == NULL || has_had_number(f->url, page) || has_had_title(f->url, page)))
		target = f->url;
	else
		target = f->docno != NULL ? f->docno : f->content;
	out->rule = target != NULL ? IDENTITY_LATE : IDENTITY_LATE_NEW;
	out->target = target;
	out->conflict = target == NULL && f->index != NULL;
}

/* Rule 2 for an I that is not U. */
static void
judge_index(struct identity_verdict *out, const struct identity_page *page,
    const struct identity_found *f)
{
	if (same_document(f->index, page)) {
		out->rule = IDENTITY_SAME_INDEX;
		out->target = f->index;
		out->merge = is_emptied(f->url, page);
		return;
	}
	out->rule = IDENTITY_CONFLICT;
	out->target = f->url != NULL && f->url->index_count == 0 ? f->url : NULL;
	out->conflict = true;
}

static bool
is_reused(const struct identity_report *u, const struct identity_page *page)
{
	return page->index.p != NULL && !identity_same_title(u->title, page->title) &&
	    (u->index_count > 0 || u->live_elsewhere > 0);
}

/* Rule 3: U exists, I does not. */
static void
judge_url(struct identity_verdict *out, const struct identity_page *page,
    const struct identity_found *f)
{
	const struct identity_report *other = f->docno != NULL ? f->docno : f->content;

	if (is_reused(f->url, page)) {
		out->rule = IDENTITY_REUSED;
	} else if (other != NULL && !same_report(other, f->url) &&
	    span_eq(other->title, page->title) && numbers_agree(other, page)) {
		out->rule = IDENTITY_MOVED;
		out->target = other;
		out->merge = is_emptied(f->url, page);
	} else {
		out->rule = IDENTITY_URL;
		out->target = f->url;
	}
}

void
identity_judge(struct identity_verdict *out, const struct identity_page *page,
    const struct identity_found *f)
{
	*out = (struct identity_verdict){.rule = IDENTITY_NEW};
	if (page->late) {
		judge_late(out, page, f);
	} else if (f->url != NULL && f->url->conflict &&
	    (page->index.p == NULL || has_had_number(f->url, page))) {
		out->rule = IDENTITY_CONFLICTED;
		out->target = f->url;
	} else if (same_report(f->index, f->url)) {
		out->rule = IDENTITY_OWN_INDEX;
		out->target = f->url;
	} else if (f->index != NULL) {
		judge_index(out, page, f);
	} else if (f->url != NULL) {
		judge_url(out, page, f);
	} else if (f->docno != NULL) {
		out->rule = IDENTITY_DOCNO;
		out->target = f->docno;
	} else if (f->content != NULL) {
		out->rule = IDENTITY_CONTENT;
		out->target = f->content;
	}
}

struct span
identity_conflict_key(struct arena *a, struct span number, struct span title)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(title, hex);
	return arena_fmt(a, "%.*s#%.8s", SPAN_ARG(number), hex);
}

struct span
identity_docno_key(struct arena *a, struct span docno, struct span title)
{
	char hex[DIGEST_HEX + 1];

	/* a title may be longer than a btree key allows: its hash stands for it */
	if (docno.p == NULL || title.p == NULL)
		return (struct span){NULL, 0};
	digest_hex(title, hex);
	return arena_fmt(a, "%.*s#%.32s", SPAN_ARG(docno), hex);
}
