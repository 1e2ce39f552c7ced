/* SPDX-License-Identifier: MIT */
/*
 * sim.h - what portalsim plays: portals, their reports, the pages that show them.
 *
 * The plan (plan.c) is made once from the options and never changes; only the fields of
 * `struct page` marked "state" and the columns' rows do, under sim.lock (state.c).  Page bytes
 * are not kept: page_render() makes them again from seed, report and revision.
 */
#ifndef PORTALSIM_SIM_H
#define PORTALSIM_SIM_H

#include "options.h"

#include <pthread.h>
#include <stdio.h>
#include <suoyin/buf.h>

#define HEX_MAX 65
#define PAGE_BYTES_MAX (8 << 20)  /* of one rendered page; real ones are below 100 kB */
#define COLUMNS 2                 /* reports; notices */
#define PORTAL_REPORTS_MAX 18000  /* names that can be told apart: offices x years */

enum dialect { DIALECT_TRS, DIALECT_UCAP, DIALECT_JCMS, DIALECT_GKMLPT };

/* How a portal serves its lists; LISTS_PLAIN: as its dialect does (lists.h). */
enum lists {
	LISTS_PLAIN,
	LISTS_SCRIPT,
	LISTS_SCRIPT_ROWS,
	LISTS_NSETPAGE,
	LISTS_TEMPLATE,
	LISTS_COUNTDOWN,
	LISTS_DATASTORE,
	LISTS_ASSIGNMENTS,
	LISTS_JPAAS,
	LISTS_GKMLPT,
	LISTS_UCAP,
	LISTS_SEARCH,
	LISTS_FEED,
	LISTS_SITEMAP,
	LISTS_AUTO,
	LISTS_MANNERS
};

enum charset {
	CHARSET_UTF8_META,  /* UTF-8, said in meta */
	CHARSET_UTF8_HTTP,  /* UTF-8, said in the HTTP header alone */
	CHARSET_GB_META,    /* GB18030, called gb2312 in meta alone */
	CHARSET_GB_HTTP,    /* GB18030, called gb2312 in the HTTP header alone */
};

enum validators { VALIDATORS_NONE = 0, VALIDATORS_ETAG = 1, VALIDATORS_DATE = 2 };

struct day {
	int year, month, day, hour, minute;
};

struct report {
	unsigned number;       /* 1 … over all portals */
	unsigned portal;       /* its place in sim.portals */
	unsigned rank;         /* 0 … within the portal, oldest first */
	unsigned year;         /* reported on */
	bool notice;           /* 通知 or 公告, not a yearly report */
	bool bare;             /* its block leaves the index number out */
	unsigned attachments;
	unsigned target;       /* characters of the body, at least */
	struct day published, signed_on;
	char agency[96];
	char title[288];
	char index_number[64]; /* as printed; "": none */
	char document_number[96];
};

struct column {
	char name[32];  /* 法治政府建设 */
	char path[64];  /* TRS: zwgk/fzzf; others: number or site part */
	char list[96];  /* path of the first list page */
	size_t *rows;   /* state: places in sim.pages, oldest first */
	size_t count, room;
};

struct portal {
	char id[64];
	char address[24];
	char host[48];       /* as its addresses name it: the address, or a name */
	char province[32], city[32], county[32];
	char name[96];
	char site_code[16];
	char organ[24];      /* prefix of its index numbers */
	enum dialect dialect;
	unsigned lists; /* enum lists */
	enum charset charset;
	unsigned validators; /* enum validators */
	bool block;          /* prints a metadata block */
	unsigned rows;       /* of one list page */
	unsigned first_report, report_count;
	struct column columns[COLUMNS];
	unsigned robots_asked, pages_asked; /* state, of --scenario polite */
};

struct page {
	const struct report *report; /* NULL: a file of --serve */
	unsigned portal, column;
	unsigned id;             /* number in its address */
	bool late;               /* published after the start */
	char path[256];          /* escaped, as in the URL */
	/* state */
	bool published, gone;
	unsigned revision;
	unsigned served;         /* bit n: revision n was sent whole */
	int64_t served_ms;       /* when first, -1: never */
	unsigned gone_seen;      /* answers 404 since it is gone */
	char sha256[HEX_MAX];
};

enum event_kind { EVENT_REPUBLISH, EVENT_EDIT, EVENT_REMOVE };

struct event {
	enum event_kind kind;
	size_t page;        /* that was published */
	size_t second;      /* republish: the page to come */
	int64_t due_ms;     /* after the scenario began */
	bool done;
};

enum script_mode { /* what all portals do wrong now */
	SCRIPT_NONE,
	SCRIPT_CHALLENGE,     /* 412 with a script */
	SCRIPT_CHALLENGE_200, /* 200 with a script */
	SCRIPT_SOFT_404,      /* the home page for every page */
	SCRIPT_FENCE,         /* 404 for every page */
	SCRIPT_LAYOUT,        /* lists have other markup */
	SCRIPT_SHRINK,        /* two rows and no more */
	SCRIPT_EMPTY,         /* no rows */
	SCRIPT_ERROR,         /* 500 */
	SCRIPT_LIE,           /* lists answer 304 to whoever has a validator, and never change theirs */
	SCRIPT_MODES
};

struct script {
	long done; /* bytes of the file */
	_Atomic enum script_mode mode;
	_Atomic size_t pinned;
};

struct folder_file {
	char *name;
	long long bytes;
	bool html;
};

struct path_slot {
	size_t page; /* place + 1; 0: empty */
};

struct sim {
	struct options opt;
	unsigned port;
	struct portal *portals;
	size_t portal_count;
	struct report *reports;
	size_t report_count;
	struct page *pages; /* the first report_count of them are each report's own */
	size_t page_count;
	struct path_slot *slots; /* by portal and path */
	size_t slot_count;
	struct event *events;
	size_t event_count;
	struct folder_file *files; /* --serve: one per page */
	size_t *late;              /* pages to come, in order */
	size_t late_count;

	struct script script;      /* state */

	pthread_mutex_t lock;
	int64_t began_ms;     /* state: first look at a list, -1: not yet */
	size_t late_done;     /* state */
	bool ended;           /* state */
	unsigned bad_seen;    /* state: bit per bad page */
	int64_t start_ms;     /* monotone clock */
	FILE *journal, *requests;
	pthread_mutex_t log_lock;
};

/* plan.c */
int sim_plan(struct sim *s);
void sim_free(struct sim *s);

/* paths.c: where a page of a portal stands, and back again. */
void paths_page(const struct sim *s, struct page *p);
/* Of the n-th attachment (from 1). */
void paths_attachment(
    const struct sim *s, const struct page *p, unsigned n, char *out, size_t size);
void paths_column(const struct portal *portal, struct column *c, unsigned which);
void paths_list(const struct portal *portal, const struct column *c, unsigned page, char *out,
    size_t size);
/* Which list page `path` is: column and number from 0. */
bool paths_is_list(const struct sim *s, unsigned portal, const char *path, unsigned *column,
    unsigned *number);
int paths_index(struct sim *s);
struct page *paths_find(const struct sim *s, unsigned portal, const char *path);
void paths_url(const struct sim *s, unsigned portal, const char *path, char *out, size_t size);

/* clock */
int64_t sim_now_ms(const struct sim *s);

#endif
