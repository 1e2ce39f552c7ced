/* SPDX-License-Identifier: MIT */
/*
 * list.h - parts of reading a list page (list_page.h): one reader a page, one file a kind.
 */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include <suoyin/list_page.h>
#include <suoyin/url.h>
#include <suoyin/xpath.h>

struct list_reader {
	const struct list_rules *rules;
	const struct list_input *in;
	struct list_page *out;
	struct arena *a; /* what is given back */
	struct arena row; /* one row; forgotten before the next */
	struct span text; /* the page, decoded */
	struct span base; /* that links are relative to */
	const struct xpath_node **nodes; /* room for LIST_ROWS_MAX + 1, made when first needed */
	size_t room;      /* of out->rows */
	size_t most;      /* rows that are read */
};

/* What a row says, as printed; absent members allowed. */
struct list_cells {
	struct span link, title, date, column;
};

/* Counts it as seen; keeps it, or counts why not. 0, or -1: REJECT too_large.  1: no more room. */
int list_add(struct list_reader *r, const struct list_cells *cells, struct err *err);
int list_too_large(struct err *err);

int list_read_kind(struct list_reader *r, struct err *err); /* by r->rules->kind */
/* An instant that a machine wrote (ISO with Z, RFC 822) as China's clock shows it; any other date as it
 * is printed. */
struct span list_instant(struct arena *a, struct span date);

/* One file a kind. */
int list_read_html(struct list_reader *r, struct err *err);
int list_read_datastore(struct list_reader *r, struct err *err);
int list_read_json(struct list_reader *r, struct err *err);
int list_read_jpaas(struct list_reader *r, struct err *err);
int list_read_gkmlpt(struct list_reader *r, struct err *err);
int list_read_feed(struct list_reader *r, struct err *err);
int list_read_sitemap(struct list_reader *r, struct err *err);
int list_read_auto(struct list_reader *r, struct err *err);

/* Rows by XPaths, below `context` (NULL: the document). */
int list_rows_xpath(struct list_reader *r, struct xpath *x, const struct list_rules *rules,
    struct err *err);
/* <base href> of the page, as browsers obey it. */
void list_base(struct list_reader *r, struct xpath *x);
/* total and pages by XPaths. */
int list_counts_xpath(struct list_reader *r, struct xpath *x, struct err *err);

/* A JSON value out of what a server sent: also behind a callback's name (JSONP). NULL: REJECT. */
json_t *list_json_load(struct span text, struct err *err);

/* list_paging.c: sets out->next by rules->paging, and by script where that finds a call. */
void list_page_next(struct list_reader *r);
/* href of the page as the next one. */
void list_take_next(struct list_reader *r, struct span href);
/* list_script.c: createPageHTML(…) and its like. Whether a call was found and understood. */
bool list_script_next(struct list_reader *r);
/* VSB: STEM.htm, then STEM/N.htm down to STEM/1.htm. */
bool list_countdown_next(struct list_reader *r);

/* The number of the page, from 1. */
int64_t list_page_number(const struct list_reader *r);
/* The first whole number in a text, or -1. */
int64_t list_number_in(struct span text);
/* The address with the query's parameter set; REJECT where it is no address then. */
int list_set_query(
    struct url *out, struct arena *a, struct span address, const char *name, struct span value);
struct span list_query_value(struct arena *a, struct span address, const char *name); /* decoded */
struct span list_escape(struct arena *a, struct span s);   /* for a query's value */
struct span list_unescape(struct arena *a, struct span s);

#endif
