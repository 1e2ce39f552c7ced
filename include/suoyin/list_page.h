/* SPDX-License-Identifier: MIT */
/*
 * list_page.h - one page of a portal's list: bytes in, rows and the next page out.
 *
 * A list is data (docs/PORTALS.md): its kind says what the bytes are, its rules where rows, links,
 * titles, dates and the next page are.  Pure and without memory of other pages: which page of the
 * visit it is comes in by number.  Scripts are read for their arguments and never run; XML entities
 * are never expanded; nothing is fetched.  Called by the "list" child (list_child.h).
 */
#ifndef SUOYIN_LIST_PAGE_H
#define SUOYIN_LIST_PAGE_H

#include <jansson.h>
#include <suoyin/charset.h>

enum list_kind {
	LIST_HTML,      /* rules are XPaths over the page */
	LIST_DATASTORE, /* records as markup inside XML, in a page or a reply (jcms) */
	LIST_JSON,      /* rules are JSON pointers */
	LIST_JPAAS,     /* JSON that holds a fragment of HTML */
	LIST_GKMLPT,
	LIST_UCAP,
	LIST_FEED,    /* RSS, Atom */
	LIST_SITEMAP, /* urlset, sitemapindex */
	LIST_AUTO,    /* what of these it is, is decided by the page */
	LIST_KINDS
};
extern const char *const list_kind_names[LIST_KINDS];

/* The rules of a list, borrowed from its JSON.  What is NULL is not looked for. */
struct list_rules {
	enum list_kind kind;
	const char *rows, *link, *title, *date, *column; /* column: text that patterns may ask for */
	const char *next;   /* where the next page's address stands */
	const char *paging; /* script countdown none query:NAME paramjson, or a template of addresses */
	const char *total, *pages; /* where the numbers of rows and pages stand */
	const char *category;      /* gkmlpt's */
	int64_t from;              /* number of the second page in its address */
	int64_t size;              /* rows of a page, 0: as many as the first has */
	const json_t *include, *exclude; /* patterns (list_matches) */
};

/* A list's keys that are its rules, ended by NULL: those of struct list_rules. */
extern const char *const list_rule_keys[];
/* REJECT "bad_request": it is no object of rules. */
int list_rules_read(struct list_rules *out, const json_t *object, struct err *err);
/* What a kind's rules are where the file does not say; all of kind LIST_AUTO is NULL. */
const struct list_rules *list_kind_defaults(enum list_kind kind);
/* Kind of the name, or LIST_KINDS. */
enum list_kind list_kind_find(struct span name);

/* Whether the pattern stands in the text: * for any characters, ? for one, all else for itself
 * (ASCII case and white space do not count). */
bool list_matches(struct span text, struct span pattern);
/* A paging rule that the reader knows; -1: REJECT "bad_paging". */
int list_paging_check(struct span paging, struct err *err);

struct list_input {
	struct span bytes, content_type; /* content_type absent: not said */
	struct span url;                 /* of this page */
	struct span list;                /* of the list, which templates are relative to; absent: url */
	int64_t page;                    /* 1 for the first with rows; 0 counts as 1 */
	const struct list_rules *rules;
};

struct list_row {
	struct span url; /* canonical */
	struct span title, date, column;
};

struct list_page {
	struct list_row *rows;
	size_t count;
	size_t seen, bad;    /* rows matched; of them without a usable link */
	uint64_t print;      /* hash of the rows' addresses: equal pages have equal ones */
	struct list_row *out; /* rows that the patterns leave out */
	size_t filtered;     /* how many: also beyond LIST_FILTERED_SHOWN */
	bool cut;            /* there were more rows than are read */
	struct span next;    /* absent: none */
	struct span *more;   /* pages that are read besides (a sitemap index) */
	size_t more_count;
	int64_t total, pages; /* rows and pages of the list as advertised; -1: not */
	bool shell;      /* no rows are expected here: they are at `next` */
	bool end;        /* it says itself that there is nothing more, so no rows are no error */
	bool unordered;  /* known rows say nothing about those behind them */
	struct span stopped; /* why the next page is not read though there is one: a word */
	struct span decided; /* what kind auto, or a shell, was taken for: for people */
};

#define LIST_FILTERED_SHOWN 200

/* REJECT: too_large too_deep not_json not_xml hostile_xml; FATAL bad_xpath. */
int list_page_read(struct list_page *out, struct arena *a, struct charset_kit *kit,
    const struct list_input *in, struct err *err);

#endif
