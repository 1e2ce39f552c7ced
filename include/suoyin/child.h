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
 * Frame, both ways: u32 length, u32 meta length, meta (JSON text), body.  Little endian.
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
	void (*done)(void *ctx, void *request, enum child_verdict verdict, struct span reply);
	void *ctx;
};

struct child_pool;
struct child_pool *child_pool_new(const struct child_pool_options *options, struct err *err);
void child_pool_free(struct child_pool *pool); /* kills and reaps; pending ends as STOPPED */
bool child_pool_has_room(const struct child_pool *pool);
/* Sends a request; meta and body are borrowed until done() is called for `request`. -1 when
 * there is no room or no child can be started (RETRY). */
int child_submit(struct child_pool *pool, void *request, struct span meta, struct span body,
    struct err *err);
/* Descriptors to wait for, at most `room`; returns the count. */
size_t child_pool_fds(const struct child_pool *pool, struct pollfd *out, size_t room);
/* Moves bytes, calls done(), enforces deadlines; never blocks. */
void child_pool_poll(struct child_pool *pool);
/* Milliseconds until the next deadline, -1 when nothing is in flight. */
int child_pool_wait_ms(const struct child_pool *pool);

/* Child side: called by main() of the program when it sees --child. */
struct child_role {
	const char *name;
	void *(*warm_up)(void); /* opens what the handler needs; its result is `kit` */
	/* The answer to one request, appended to reply (JSON text). -1: err is sent as REJECTED. */
	int (*handle)(void *kit, struct span meta, struct span body, struct buf *reply,
	    struct err *err);
};
/* If argv is `PROGRAM --child ROLE` serves until the parent closes, returns the exit code;
 * else returns -1. */
int child_main(int argc, char **argv, const struct child_role *roles, size_t count);

#endif
