/* SPDX-License-Identifier: MIT */
/*
 * child.h - untrusted bytes are parsed in child processes (design section 6).
 *
 * A child is our own binary by fork and exec (`--child ROLE`), with an empty environment and
 * no descriptor but its socket (0).  It warms up, then locks itself in (rlimits, seccomp) and
 * answers requests one at a time.  Parent side: a pool, one request in flight per child, a
 * deadline per request; a child that crashes, hangs or answers nonsense is killed, counted and
 * replaced, and its request ends with that verdict.  The parent treats replies as hostile.
 *
 * Frame of a reply: u32 length, u32 meta length, meta (JSON text), body.  Little endian.  Of a request the
 * two lengths alone: meta and body stand in memory that the child has mapped to read, and from which the
 * parent itself reads nothing.
 */
#ifndef SUOYIN_CHILD_H
#define SUOYIN_CHILD_H

#include <poll.h>
#include <suoyin/buf.h>
#include <suoyin/err.h>

enum child_verdict {
	CHILD_OK,       /* reply holds the answer */
	CHILD_REJECTED, /* the handler said REJECT: reply is {"reason":…,"text":…} */
	CHILD_CRASHED,  /* reason "extract_crash" and the like: role + "_crash" */
	CHILD_TIMEOUT,
	CHILD_HOSTILE,  /* frame too large, not UTF-8, NUL inside */
	CHILD_STOPPED,  /* the pool was freed first */
};
extern const char *const child_verdict_names[];

struct child_pool_options {
	const char *role;        /* "extract", "list" */
	int children;            /* how many at once */
	int deadline_ms;         /* per request */
	size_t memory_bytes;     /* RLIMIT_AS of a child; 0 = none (sanitizers) */
	size_t reply_max;        /* longer replies are hostile */
	/* reply is borrowed for the call only, and absent unless OK or REJECTED. done() may submit
	 * the next request; it must not free the pool. */
	void (*done)(void *ctx, void *request, enum child_verdict verdict, struct span reply);
	void *ctx;
};

struct child_pool;
/* Starts the children and waits until each is locked in; FATAL "child" when one cannot.  The
 * calling thread must outlive the pool: children die with it (PR_SET_PDEATHSIG). */
struct child_pool *child_pool_new(const struct child_pool_options *options, struct err *err);
void child_pool_free(struct child_pool *pool); /* kills and reaps; pending ends as STOPPED */
/* Within done(): the memory that its reply is in, now the caller's (free); a NUL stands behind it. */
char *child_take_reply(struct child_pool *pool);
/* Whether a child is ready and idle. One that died is replaced by child_pool_poll(): at once, or
 * after a pause when it died without a request. */
bool child_pool_has_room(const struct child_pool *pool);
/* Sends a request; meta and body are copied. -1 when
 * there is no room (RETRY) or it is over CHILD_REQUEST_MAX (REJECT). */
int child_submit(struct child_pool *pool, void *request, struct span meta, struct span body,
    struct err *err);
/* Descriptors to wait for, at most `room`; returns the count. */
size_t child_pool_fds(const struct child_pool *pool, struct pollfd *out, size_t room);
/* Moves bytes, calls done(), enforces deadlines; never blocks. */
void child_pool_poll(struct child_pool *pool);
/* Milliseconds until the next deadline or new start of a child, -1 when there is none. */
int child_pool_wait_ms(const struct child_pool *pool);

/* Child side: called by main() of the program when it sees --child. */
struct child_role {
	const char *name;
	/* Opens what the handler needs and makes libraries look up what they look up once (best:
	 * handles a small input); its result, NULL too, is `kit`. Afterwards no file opens. */
	void *(*warm_up)(void);
	/* The answer to one request, appended to reply (JSON text). -1: err is sent as REJECTED. */
	int (*handle)(void *kit, struct span meta, struct span body, struct buf *reply,
	    struct err *err);
};
/* If argv is `PROGRAM --child ROLE` serves until the parent closes, then ends the process without
 * exit handlers (or returns the exit code when there is no such role); else returns -1.  Call it
 * first in main: before threads, settings and signals. */
int child_main(int argc, char **argv, const struct child_role *roles, size_t count);

#endif
