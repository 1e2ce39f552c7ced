/* SPDX-License-Identifier: MIT */
#include "child_proc.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/clock.h>
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/text.h>
#include <sys/socket.h>

#define START_MS 30000     /* to warm up and lock in, on a busy machine */
#define BACK_OFF_MS 100    /* doubled with each bad start in a row */
#define BACK_OFF_MAX_MS 5000

const char *const child_verdict_names[] = {
	"ok", "rejected", "crashed", "timeout", "hostile", "stopped"};

struct child_pool {
	struct child_pool_options options;
	char *role;
	bool stopping;
	char *lent; /* the reply that done() is looking at */
	char why[200]; /* what the last bad start said */
	size_t count;
	struct proc procs[];
};

static void
count(const char *event)
{
	metric_add(M_CHILDREN, event, 1);
}

static void
back_off(struct proc *p)
{
	unsigned doublings = p->bad_starts < 6 ? p->bad_starts : 6;
	int64_t wait = (int64_t)BACK_OFF_MS << doublings;

	p->bad_starts++;
	p->deadline_ms = clock_ms() + (wait < BACK_OFF_MAX_MS ? wait : BACK_OFF_MAX_MS);
}

static void
start(struct child_pool *pool, struct proc *p)
{
	struct err err = {0};

	if (proc_start(p, &pool->options, &err) == 0) {
		count("started");
		p->deadline_ms = clock_ms() + START_MS;
		return;
	}
	log_event(LEVEL_ERROR, "child_not_started", F_STR("role", pool->role), F_ERR(&err));
	(void)memcpy(pool->why, err.text, sizeof(pool->why) - 1);
	back_off(p);
}

/* A process that served no request since it was started is not started again at once. */
static void
bad_start(struct child_pool *pool, struct proc *p, const char *why)
{
	size_t n = strlen(why);

	count("crashed");
	log_event(LEVEL_ERROR, "child_not_ready", F_STR("role", pool->role), F_INT("pid", p->pid),
	    F_STR("error", why));
	n = n < sizeof(pool->why) ? n : sizeof(pool->why) - 1;
	(void)memcpy(pool->why, why, n);
	pool->why[n] = '\0';
	proc_kill(p);
	proc_reap(p, pool->role);
	back_off(p);
}

/* The process is no use any more: it dies, the request ends, and another takes its place. */
static void
give_up(struct child_pool *pool, struct proc *p, enum child_verdict verdict)
{
	void *request = p->request;

	count(child_verdict_names[verdict]);
	log_event(LEVEL_WARN, "child_failed", F_STR("role", pool->role), F_INT("pid", p->pid),
	    F_STR("verdict", child_verdict_names[verdict]));
	p->request = NULL;
	p->bad_starts = 0;
	proc_kill(p);
	if (verdict == CHILD_CRASHED) { /* it has hung up, so it is all but gone */
		proc_reap(p, pool->role);
		p->deadline_ms = 0;
	}
	pool->options.done(pool->options.ctx, request, verdict, (struct span){NULL, 0});
}

static bool
is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && s[n] == '\0' && n < sizeof(((struct err *)NULL)->reason);
}

static bool
is_rejection(struct span body)
{
	json_t *o = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *text = json_string_value(json_object_get(o, "text"));
	bool fine = reason != NULL && is_word(reason) && text != NULL &&
	    strlen(text) < sizeof(((struct err *)NULL)->text) && json_object_size(o) == 2;

	json_decref(o);
	return fine;
}

static enum child_verdict
judge(struct span meta, struct span body)
{
	if (memchr(body.p, '\0', body.n) != NULL || !text_is_utf8(body))
		return CHILD_HOSTILE;
	if (span_eq(meta, SPAN(REPLY_OK)))
		return CHILD_OK;
	if (span_eq(meta, SPAN(REPLY_REJECTED)) && is_rejection(body))
		return CHILD_REJECTED;
	return CHILD_HOSTILE;
}

static void
answered(struct child_pool *pool, struct proc *p)
{
	struct span meta = {p->in, p->in_meta}, body = {p->in + p->in_meta, p->in_body};
	enum child_verdict verdict = judge(meta, body);
	void *request = p->request;

	if (verdict == CHILD_HOSTILE) {
		give_up(pool, p, verdict);
		return;
	}
	/* done() may submit the next request to this very process. */
	pool->lent = p->in;
	p->in = NULL;
	proc_forget_reply(p);
	proc_forget_request(p);
	p->bad_starts = 0;
	p->state = PROC_READY;
	pool->options.done(pool->options.ctx, request, verdict, body);
	free(child_take_reply(pool));
}

char *
child_take_reply(struct child_pool *pool)
{
	char *reply = pool->lent;

	pool->lent = NULL;
	return reply;
}

static void
poll_starting(struct child_pool *pool, struct proc *p)
{
	struct span meta, body;
	int rc = proc_receive(p, sizeof(((struct err *)NULL)->text));

	if (rc == 0 && clock_ms() < p->deadline_ms)
		return;
	if (rc != 1) {
		bad_start(pool, p, rc == 0 ? "not ready in time" : "ended before it was ready");
		return;
	}
	meta = (struct span){p->in, p->in_meta};
	body = (struct span){p->in + p->in_meta, p->in_body};
	if (span_eq(meta, SPAN(REPLY_READY)) && body.n == 0) {
		proc_forget_reply(p);
		p->state = PROC_READY;
	} else {
		bad_start(pool, p,
		    span_eq(meta, SPAN(REPLY_UNABLE)) && text_is_utf8(body) ? body.p :
		                                                              "nonsense at start");
	}
}

static void
poll_ready(struct child_pool *pool, struct proc *p)
{
	if (proc_receive(p, 0) != 0 || p->got > 0)
		bad_start(pool, p, "ended, or spoke, without a request");
}

static void
poll_busy(struct child_pool *pool, struct proc *p)
{
	int rc = proc_tell(p);

	if (rc == 1)
		rc = proc_receive(p, pool->options.reply_max);
	if (rc == 1)
		answered(pool, p);
	else if (rc == -1)
		give_up(pool, p, CHILD_CRASHED);
	else if (rc == -2)
		give_up(pool, p, CHILD_HOSTILE);
	else if (clock_ms() >= p->deadline_ms)
		give_up(pool, p, CHILD_TIMEOUT);
}

/* Its socket closes when its memory is gone: waiting for it after that does not block. */
static void
poll_ending(struct child_pool *pool, struct proc *p)
{
	char scrap[4096];
	ssize_t n;

	do
		n = recv(p->fd, scrap, sizeof(scrap), 0);
	while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	proc_reap(p, pool->role);
	p->deadline_ms = 0;
}

static void
poll_one(struct child_pool *pool, struct proc *p)
{
	switch (p->state) {
	case PROC_STARTING:
		poll_starting(pool, p);
		break;
	case PROC_READY:
		poll_ready(pool, p);
		break;
	case PROC_BUSY:
		poll_busy(pool, p);
		break;
	case PROC_ENDING:
		poll_ending(pool, p);
		break;
	case PROC_NONE:
		break;
	}
	if (p->state == PROC_NONE && clock_ms() >= p->deadline_ms)
		start(pool, p);
}

void
child_pool_poll(struct child_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		poll_one(pool, &pool->procs[i]);
}

/* All processes ready, or -1 at the first that could not. */
static int
wait_for_all(struct child_pool *pool, struct err *err)
{
	struct pollfd fd;

	for (size_t i = 0; i < pool->count; i++) {
		struct proc *p = &pool->procs[i];

		while (p->state == PROC_STARTING) {
			fd = (struct pollfd){.fd = p->fd, .events = POLLIN};
			(void)poll(&fd, 1, 1000);
			poll_starting(pool, p);
		}
		if (p->state != PROC_READY)
			return err_set(err, ERR_FATAL, "child", "cannot start a child (%s): %s",
			    pool->role, pool->why);
	}
	return 0;
}

struct child_pool *
child_pool_new(const struct child_pool_options *options, struct err *err)
{
	size_t n = options->children > 0 ? (size_t)options->children : 1;
	struct child_pool *pool = calloc(1, sizeof(*pool) + n * sizeof(pool->procs[0]));

	if (pool == NULL || (pool->role = strdup(options->role)) == NULL) {
		free(pool);
		(void)err_set(err, ERR_RETRY, "child", "out of memory");
		return NULL;
	}
	pool->options = *options;
	pool->options.role = pool->role;
	pool->count = n;
	for (size_t i = 0; i < n; i++)
		pool->procs[i] = (struct proc){.fd = -1, .pid = -1};
	for (size_t i = 0; i < n; i++)
		start(pool, &pool->procs[i]);
	if (wait_for_all(pool, err) == 0)
		return pool;
	child_pool_free(pool);
	return NULL;
}

void
child_pool_free(struct child_pool *pool)
{
	if (pool == NULL)
		return;
	pool->stopping = true;
	for (size_t i = 0; i < pool->count; i++)
		if (pool->procs[i].state != PROC_NONE)
			proc_kill(&pool->procs[i]);
	for (size_t i = 0; i < pool->count; i++) {
		struct proc *p = &pool->procs[i];

		if (p->state != PROC_NONE)
			proc_reap(p, pool->role);
		if (p->request != NULL)
			pool->options.done(pool->options.ctx, p->request, CHILD_STOPPED,
			    (struct span){NULL, 0});
	}
	free(pool->role);
	free(pool);
}

static const struct proc *
ready(const struct child_pool *pool)
{
	for (size_t i = 0; !pool->stopping && i < pool->count; i++)
		if (pool->procs[i].state == PROC_READY)
			return &pool->procs[i];
	return NULL;
}

bool
child_pool_has_room(const struct child_pool *pool)
{
	return ready(pool) != NULL;
}

int
child_submit(struct child_pool *pool, void *request, struct span meta, struct span body,
    struct err *err)
{
	const struct proc *free_one = ready(pool);
	struct proc *p;

	if (free_one == NULL)
		return err_set(err, ERR_RETRY, "child", "no child is free");
	if (meta.n > CHILD_REQUEST_MAX || body.n > CHILD_REQUEST_MAX - meta.n)
		return err_set(err, ERR_REJECT, "too_large", "a request of %zu + %zu bytes", meta.n,
		    body.n);
	p = &pool->procs[free_one - pool->procs];
	p->request = request;
	p->deadline_ms = clock_ms() + pool->options.deadline_ms;
	p->state = PROC_BUSY;
	proc_lay(p, meta, body);
	(void)proc_tell(p); /* whether it could is seen at the next poll */
	return 0;
}

size_t
child_pool_fds(const struct child_pool *pool, struct pollfd *out, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < pool->count && n < room; i++) {
		const struct proc *p = &pool->procs[i];

		if (p->state != PROC_NONE)
			out[n++] = (struct pollfd){.fd = p->fd,
			    .events = p->state == PROC_BUSY && !p->told ? POLLOUT : POLLIN};
	}
	return n;
}

int
child_pool_wait_ms(const struct child_pool *pool)
{
	int64_t now = clock_ms(), least = -1;

	for (size_t i = 0; i < pool->count; i++) {
		const struct proc *p = &pool->procs[i];
		int64_t left = p->deadline_ms > now ? p->deadline_ms - now : 0;

		if (p->state != PROC_READY && p->state != PROC_ENDING &&
		    (least == -1 || left < least))
			least = left;
	}
	return least > INT32_MAX ? INT32_MAX : (int)least;
}
