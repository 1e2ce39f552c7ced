/* SPDX-License-Identifier: MIT */
/*
 * visit.h - one leased URL on its way: what we knew of it, what was answered, what follows.
 *
 * A visit stands in one queue at a time; whoever takes it out owns it.  What an answer means is
 * decided here, by functions without I/O: visit_judge() for one HTTP answer, paging_step() for one
 * page of a list.
 */
#ifndef CRAWLER_VISIT_H
#define CRAWLER_VISIT_H

#include "list_memory.h"
#include "overlap.h"
#include "portals.h"

#include <suoyin/digest.h>
#include <suoyin/url.h>

/* One HTTP exchange, as fetch.h fills it. */
struct answer {
	int status;          /* 0: none came */
	const char *failure; /* why none came, or it is of no use: dns connect …; NULL: fine */
	bool too_large;
	int64_t bytes;   /* Content-Length where too large and said, else decoded bytes seen */
	struct buf body; /* of another status than 200 its first SAMPLE_MAX bytes */
	char *content_type, *etag, *last_modified, *location; /* UTF-8 or NULL */
	bool just_modified; /* last_modified is too young to prove anything later */
	int64_t ended_ms;
	bool set_cookie;
	int64_t retry_after_ms; /* the pause that the server asked for; 0: none that can be meant */
};

enum end_kind {        /* how a visit ends: the words of suoyin_fetches_total */
	END_RELEASED,  /* nothing was done: as if it had not been claimed */
	END_UNCHANGED, /* 304, or the bytes of the last publication */
	END_PUBLISHED,
	END_GONE,   /* published as gone */
	END_MISSED, /* 404, 410: not confirmed, or known */
	END_FAILED,
	END_REFUSED,
	END_LISTED, /* a list was read to its end */
	END_KINDS
};
extern const char *const end_names[END_KINDS];

struct ending {
	enum end_kind kind;
	const char *reason; /* of FAILED and REFUSED */
	int64_t wait_ms;    /* until the next visit; of RELEASED: no visit before, 0: as it was due */
	int64_t bytes;      /* of REFUSED too_large */
};

/* A row of a list page, as the child read it; all in visit->found's arena. */
struct found_row {
	struct span url, title, date; /* title, date may be absent */
	/* filled by frontier_found() */
	bool fresh; /* nobody has named it before */
	bool known; /* this list has */
	bool twin;  /* stands above on this page */
	bool listed, marked;
	bool edited; /* title or date are not what they were */
	bool was_pinned, pinned;
	bool repeated; /* of the first page, at the same place */
	bool old;      /* no news: lies deeper than the list was ever read */
	bool deep;     /* … and than `backfill` asks for: not taken */
};

struct found {
	struct arena arena;
	struct found_row *rows; /* on the portal's hosts only */
	size_t count, seen, bad, off_site;
	bool cut;         /* there were more than LIST_ROWS_MAX */
	struct span next; /* absent: none */
	/* as list_page.h says */
	size_t filtered;
	bool shell, end, unordered;
	struct span print, stopped, decided;
	struct span *more; /* pages to read besides */
	size_t more_count;
	/* filled by frontier_found() */
	size_t known, fresh, distinct;
	bool complete_before; /* a complete visit has ended under these rules */
	int64_t total, pages; /* of the list, as it says itself; -1: it does not */
};

struct paging {
	int pages;
	uint64_t *seen; /* hashes of addresses: as linked, and where redirects led */
	size_t seen_count;
	char **more; /* pages of the list still to be read, besides those that follow each other */
	size_t more_count, more_done;
	char print[24]; /* of the last page */
	int repeats;    /* pages in a row that were the one before them again */
};

#define SAMPLE_MAX 512 /* bytes of an answer that are kept as evidence */

struct health_change { /* scope NULL: none; it lives as long as the visit */
	const char *scope;
	enum health_state from, to;
	int bad, seen; /* of the last visits */
};

struct visit {
	struct visit *next;                  /* in a queue */
	struct visit *live_prev, *live_next; /* among all visits of this crawler */
	struct watch *watch;
	int64_t id, lease_no; /* of crawl.url */
	bool lost;            /* the lease is somebody else's now: write nothing */
	int rank;
	bool is_list, is_attachment;
	/* what we knew when we claimed it */
	char *url, *list_url, *list_title, *list_date, *sha256;
	char *final_url, *etag, *last_modified; /* final_url NULL: url itself */
	bool baseline, must_publish, was_gone, conditional_list;
	char *parent_url, *filename; /* of an attachment: for which page it is published */
	int misses, failures;
	int64_t published_ago_ms, missed_ago_ms; /* 0: never */
	/* the exchange */
	char *at;        /* what is asked now: the URL, a redirect's target, a list page */
	char *host;      /* of `at` */
	char address[48]; /* where the host was found, as in URLs; "": to be looked up */
	int64_t address_until_ms;          /* it may have moved since */
	struct clock *place;               /* of the address: clock.c's */
	int64_t slot_no, address_slot_no;  /* of crawl.clock, while we hold them */
	int64_t slot_until_ms;             /* they may be somebody else's from then on */
	struct robots_origin *robots; /* not NULL: it asks for this robots.txt, and has no row */
	int hops;
	bool conditional;
	struct answer answer;
	size_t held_bytes; /* of its body, counted against publish.memory */
	/* a list */
	struct paging paging;
	struct found found;
	struct overlap overlap;
	struct list_memory memory;
	int64_t total, pages; /* of its first page */
	struct buf request; /* to the child */
	/* a publication */
	bool gone;
	char new_sha256[DIGEST_HEX + 1];
	char ce_id[33], ce_time[32];
	char *refused_by; /* the line of robots.txt, UTF-8 */
	struct ending ending;
	/* what it shows of the portal */
	char sample[SAMPLE_MAX];
	size_t sample_bytes;
	bool is_soft, soft_fresh; /* a soft 404; it was not known to be one */
	struct health_change health;
};

struct visit_queue {
	struct visit *head, *tail;
	size_t count;
};

void visit_push(struct visit_queue *q, struct visit *v);
void visit_push_front(struct visit_queue *q, struct visit *v);
struct visit *visit_pop(struct visit_queue *q);
void visit_move_all(struct visit_queue *from, struct visit_queue *to); /* behind what is there */

void visit_free(struct visit *v);
/* Next to ask: `url`, which is canonical. */
int visit_aim(struct visit *v, const struct url *url);
void answer_clear(struct answer *a);

struct retry_policy {
	int64_t first_ms, most_ms;
};

enum visit_verdict {
	JUDGED_END,      /* v->ending says how */
	JUDGED_REDIRECT, /* v->at has moved: ask again, at that host's time */
	JUDGED_PUBLISH,  /* v->gone, v->new_sha256 say what */
	JUDGED_READ,     /* a list page: to the child */
};
/* The longest that a page of the portal waits for the next look. */
int64_t visit_longest_pause(const struct portal *portal);
/* … and this one, as it was found unchanged, or published; so long ago. */
int64_t visit_pause(const struct visit *v, int64_t age_ms);
enum visit_verdict visit_judge(struct visit *v, const struct retry_policy *retry);

enum visit_verdict visit_fail(
    struct visit *v, const char *reason, const struct retry_policy *retry);
/* What is asked next is not on one of the portal's hosts (any more). */
bool visit_is_off_site(const struct visit *v);
enum visit_verdict visit_refuse(struct visit *v, const char *reason, int64_t bytes);

#define REPEATS_MOST 2 /* equal pages behind one: the server counts no pages */

enum paging_step { PAGING_FOLLOW, PAGING_COMPLETE, PAGING_LAYOUT, PAGING_FAILED };
/* After a page's rows are written down: on to found.next, or done. PAGING_FOLLOW: v->at moved. */
enum paging_step paging_step(struct visit *v);
void visit_end_list(struct visit *v);

#endif
