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

#include "portals.h"

#include <suoyin/digest.h>
#include <suoyin/url.h>

/* One HTTP exchange, as fetch.h fills it. */
struct answer {
	int status;          /* 0: none came */
	const char *failure; /* why none came, or it is of no use: dns connect …; NULL: fine */
	bool too_large;
	int64_t bytes;   /* Content-Length where too large and said, else decoded bytes seen */
	struct buf body; /* of a 200 only */
	char *content_type, *etag, *last_modified, *location; /* UTF-8 or NULL */
	bool just_modified; /* last_modified is too young to prove anything later */
	int64_t ended_ms;
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
};

struct found {
	struct arena arena;
	struct found_row *rows; /* on the portal's hosts only */
	size_t count, seen, bad, off_site;
	bool cut;         /* there were more than LIST_ROWS_MAX */
	struct span next; /* absent: none */
	/* filled by frontier_found() */
	size_t known, fresh, distinct;
	bool complete_before; /* a complete visit has ended under these rules */
};

struct paging {
	int pages;
	uint64_t *seen; /* hashes of addresses: as linked, and where redirects led */
	size_t seen_count;
};

struct visit {
	struct visit *next;                  /* in a queue */
	struct visit *live_prev, *live_next; /* among all visits of this crawler */
	struct watch *watch;
	int64_t id, lease_no; /* of crawl.url */
	bool lost;            /* the lease is somebody else's now: write nothing */
	int rank;
	bool is_list;
	/* what we knew when we claimed it */
	char *url, *list_url, *list_title, *list_date, *sha256;
	char *final_url, *etag, *last_modified; /* final_url NULL: url itself */
	bool baseline, must_publish, was_gone, conditional_list;
	int misses, failures;
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
	struct buf request; /* to the child */
	/* a publication */
	bool gone;
	char new_sha256[DIGEST_HEX + 1];
	char ce_id[33], ce_time[32];
	char *refused_by; /* the line of robots.txt, UTF-8 */
	struct ending ending;
};

struct visit_queue {
	struct visit *head, *tail;
	size_t count;
};

void visit_push(struct visit_queue *q, struct visit *v);
void visit_push_front(struct visit_queue *q, struct visit *v);
struct visit *visit_pop(struct visit_queue *q);

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
enum visit_verdict visit_judge(struct visit *v, const struct retry_policy *retry);

enum visit_verdict visit_fail(
    struct visit *v, const char *reason, const struct retry_policy *retry);
/* What is asked next is not on one of the portal's hosts (any more). */
bool visit_is_off_site(const struct visit *v);
enum visit_verdict visit_refuse(struct visit *v, const char *reason, int64_t bytes);

enum paging_step { PAGING_FOLLOW, PAGING_COMPLETE, PAGING_LAYOUT, PAGING_FAILED };
/* After a page's rows are written down: on to found.next, or done. PAGING_FOLLOW: v->at moved. */
enum paging_step paging_step(struct visit *v);
void visit_end_list(struct visit *v);

#endif
