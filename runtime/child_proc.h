/* SPDX-License-Identifier: MIT */
/*
 * child_proc.h - one child process as its parent sees it, and what both sides of the socket share.
 *
 * A process goes STARTING → READY ⇄ BUSY → ENDING → NONE.  It is READY once it has said that it
 * is locked in, so a request never waits for a child that cannot start.  ENDING: it was killed,
 * or hung up, and waits to be reaped (its socket closes just before that is possible).
 */
#ifndef RUNTIME_CHILD_PROC_H
#define RUNTIME_CHILD_PROC_H

#include <suoyin/child.h>
#include <suoyin/limits.h>
#include <sys/types.h>

/* A frame: u32 bytes behind these eight, u32 how many of them are meta.  Those of a reply follow it; those of a
 * request stand in memory that both sides have mapped, so that a page is copied once and not three times. */
#define FRAME_HEAD 8
#define SHARED_FD 3                            /* of the child, until it has mapped it */
#define SHARED_BYTES (CHILD_REQUEST_MAX + 1) /* and a NUL */
#define KEPT_BYTES 1048576 /* what a request or a reply took beyond is given back after it */
#define FRAME_META_MAX 64 /* of a reply: one of the words below */

#define REPLY_READY "{\"verdict\":\"ready\"}"
#define REPLY_OK "{\"verdict\":\"ok\"}"
#define REPLY_REJECTED "{\"verdict\":\"rejected\"}"
#define REPLY_UNABLE "{\"verdict\":\"unable\"}" /* could not lock itself in; body says why */

void frame_put(unsigned char head[FRAME_HEAD], size_t meta, size_t body);
/* Lengths of a frame; -1 when they contradict each other or exceed `max` in all. */
int frame_get(const unsigned char head[FRAME_HEAD], size_t max, size_t *meta, size_t *body);

enum proc_state { PROC_NONE, PROC_STARTING, PROC_READY, PROC_BUSY, PROC_ENDING };

struct proc {
	enum proc_state state;
	pid_t pid;
	int fd;
	int64_t deadline_ms; /* STARTING, BUSY: killed then; NONE: started again then */
	unsigned bad_starts; /* in a row */

	void *request;
	char *shared; /* what the request says: written here, only read by the child */
	size_t shared_used;
	unsigned char head[FRAME_HEAD]; /* of the request */
	bool told;                      /* the child, that the request is there */

	unsigned char in_head[FRAME_HEAD];
	size_t got; /* of head and frame together */
	size_t in_meta, in_body;
	char *in;
};

int proc_start(struct proc *p, const struct child_pool_options *options, struct err *err);
void proc_kill(struct proc *p);        /* SIGKILL, state ENDING */
void proc_reap(struct proc *p, const char *role); /* waits for one that has ended, state NONE */
void proc_forget_reply(struct proc *p);

/* Lays a request of at most CHILD_REQUEST_MAX bytes before a READY process. */
void proc_lay(struct proc *p, struct span meta, struct span body);
/* Tells it so, once: 1 told, 0 later, -1 the child hung up. */
int proc_tell(struct proc *p);
/* The request is over: the memory that a large one took is given back. */
void proc_forget_request(struct proc *p);
/* Reads what is there: 1 a whole reply, 0 later, -1 the child hung up, -2 its frame is hostile. */
int proc_receive(struct proc *p, size_t reply_max);

/* Child side, child_lock.c. Shuts the process in for good; memory 0 = no limit. */
int child_lock(size_t memory, struct err *err);
/* Child side, child_serve.c: locks in, answers until the parent closes; the exit code. */
int child_serve(const struct child_role *role, size_t memory, size_t reply_max);

/* Sanitizers need memory, files and calls that the lock forbids. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHILD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CHILD_SANITIZED 1
#endif
#endif
#ifndef CHILD_SANITIZED
#define CHILD_SANITIZED 0
#endif

#endif
