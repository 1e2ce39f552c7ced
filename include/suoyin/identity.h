/* SPDX-License-Identifier: MIT */
/*
 * identity.h - which report a page belongs to (design section 5, rules 0-4).
 *
 * A pure function over what a look-up found.  The worker looks up, locks and writes; this
 * decides.  U, I, D, C are the reports that the page's url, index, docno and content keys
 * lead to, merged_into followed (I by number#title first, then by number).  Two of them may
 * be the same report: they are compared by id.
 */
#ifndef SUOYIN_IDENTITY_H
#define SUOYIN_IDENTITY_H

#include <suoyin/arena.h>

/* What a page brings.  Absent spans are keys that it has not, or that are not usable. */
struct identity_page {
	struct span title;   /* folded (text_fold_title); absent: the page has none */
	struct span index;   /* normalized index number */
	struct span docno;   /* normalized document number */
	bool late;           /* not newer than its URL's last (time, id) */
};

/* What the store knows of one report. */
struct identity_report {
	int64_t id;
	bool conflict;
	struct span title;   /* folded, the last one stored; absent: it had none */
	struct span docno;   /* the last one stored; absent: none */
	const struct span *titles;  /* folded titles it has had */
	size_t title_count;
	const struct span *indexes; /* index numbers it has had, without #… */
	size_t index_count;
	uint32_t live_elsewhere;    /* live URLs other than the page's */
};

struct identity_found {
	const struct identity_report *url, *index, *docno, *content; /* NULL: none */
};

enum identity_rule {
	IDENTITY_LATE,       /* 0: to `target` as a revision that is not current, or same */
	IDENTITY_LATE_NEW,   /* 0: new report, born withdrawn */
	IDENTITY_CONFLICTED, /* 1: U is in conflict and stays */
	IDENTITY_OWN_INDEX,  /* 2a */
	IDENTITY_SAME_INDEX, /* 2b */
	IDENTITY_CONFLICT,   /* 2c: opens a conflict with I; target U, or NULL = new */
	IDENTITY_REUSED,     /* 3: the portal reused the address: new report */
	IDENTITY_MOVED,      /* 3: to D or C */
	IDENTITY_URL,        /* 3: stays with U */
	IDENTITY_DOCNO,      /* 4 */
	IDENTITY_CONTENT,    /* 4 */
	IDENTITY_NEW,        /* 4 */
	IDENTITY_RULES,
};
extern const char *const identity_rule_names[IDENTITY_RULES]; /* as the model prints them */

struct identity_verdict {
	enum identity_rule rule;
	const struct identity_report *target; /* NULL: a new report */
	bool conflict; /* target (or the new report) is in conflict from now on */
	bool merge;    /* U is merged into target */
};

void identity_judge(struct identity_verdict *out, const struct identity_page *page,
    const struct identity_found *found);

/* Equal folded titles; a missing one equals everything (rule 2b). */
bool identity_same_title(struct span a, struct span b);

/* "<number>#<8 hexadecimal digits of SHA-256 of the folded title>": the index key of a report
 * in conflict. */
struct span identity_conflict_key(struct arena *a, struct span number, struct span title);
/* "<document number>#<32 hexadecimal digits of SHA-256 of the folded title>": a title may be
 * longer than a btree key.  Absent when either is missing. */
struct span identity_docno_key(struct arena *a, struct span docno, struct span title);

#endif
