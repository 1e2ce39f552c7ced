/* SPDX-License-Identifier: MIT */
#include "child_proc.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/log.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
put32(unsigned char *out, size_t v)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(v >> 8 * i & 0xFF);
}

static size_t
get32(const unsigned char *in)
{
	return (size_t)in[0] | (size_t)in[1] << 8 | (size_t)in[2] << 16 | (size_t)in[3] << 24;
}

void
frame_put(unsigned char head[FRAME_HEAD], size_t meta, size_t body)
{
	put32(head, meta + body);
	put32(head + 4, meta);
}

int
frame_get(const unsigned char head[FRAME_HEAD], size_t max, size_t *meta, size_t *body)
{
	size_t all = get32(head);
	size_t first = get32(head + 4);

	if (all > max || first > all)
		return -1;
	*meta = first;
	*body = all - first;
	return 0;
}

int64_t
proc_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The child gets `end` as descriptor 0, nothing to read or write else, and no environment. */
static int
spawn(pid_t *pid, int end, const struct child_pool_options *options)
{
	char memory[24], reply[24], *empty[] = {NULL};
	char option[] = "--child";
	char *argv[] = {program_invocation_name, option, (char *)(uintptr_t)options->role, memory,
	    reply, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	(void)snprintf(memory, sizeof(memory), "%zu", options->memory_bytes);
	(void)snprintf(reply, sizeof(reply), "%zu", options->reply_max);
	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return rc;
	}
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	if ((rc = posix_spawn_file_actions_adddup2(&files, end, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)) == 0 &&
	    (CHILD_SANITIZED || /* reports of a sanitizer are worth seeing */
	        (rc = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)) ==
	            0) &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files, 3)) == 0)
		rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, empty);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return rc;
}

int
proc_start(struct proc *p, const struct child_pool_options *options, struct err *err)
{
	int ends[2], flags, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return err_set(err, ERR_RETRY, "child", "socketpair: %s", strerror(errno));
	flags = fcntl(ends[0], F_GETFL);
	(void)fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
	rc = spawn(&p->pid, ends[1], options);
	(void)close(ends[1]);
	if (rc != 0) {
		(void)close(ends[0]);
		return err_set(err, ERR_RETRY, "child", "cannot start: %s", strerror(rc));
	}
	p->fd = ends[0];
	p->state = PROC_STARTING;
	p->request = NULL;
	p->got = 0;
	return 0;
}

void
proc_kill(struct proc *p)
{
	(void)kill(p->pid, SIGKILL);
	p->state = PROC_ENDING;
}

void
proc_reap(struct proc *p, const char *role)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(p->pid, &status, 0);
	while (pid == -1 && errno == EINTR);
	if (pid == p->pid && WIFSIGNALED(status))
		log_event(LEVEL_DEBUG, "child_ended", F_STR("role", role), F_INT("pid", pid),
		    F_STR("signal", sigabbrev_np(WTERMSIG(status))));
	else if (pid == p->pid)
		log_event(LEVEL_DEBUG, "child_ended", F_STR("role", role), F_INT("pid", pid),
		    F_INT("exit", WEXITSTATUS(status)));
	(void)close(p->fd);
	proc_forget_reply(p);
	p->fd = -1;
	p->pid = -1;
	p->state = PROC_NONE;
}

void
proc_forget_reply(struct proc *p)
{
	free(p->in);
	p->in = NULL;
	p->got = 0;
}

/* Adds what of `part`, which begins at offset *from of the frame, is not yet sent. */
static int
add_rest(struct iovec *out, const void *part, size_t n, size_t sent, size_t *from)
{
	size_t skip = sent > *from ? sent - *from : 0;

	*from += n;
	if (skip >= n)
		return 0;
	*out = (struct iovec){(char *)(uintptr_t)part + skip, n - skip};
	return 1;
}

int
proc_send(struct proc *p)
{
	size_t all = FRAME_HEAD + p->meta.n + p->body.n;

	while (p->sent < all) {
		struct iovec parts[3];
		struct msghdr msg = {.msg_iov = parts};
		size_t from = 0;
		ssize_t n;
		int count = add_rest(parts, p->head, FRAME_HEAD, p->sent, &from);

		count += add_rest(parts + count, p->meta.p, p->meta.n, p->sent, &from);
		count += add_rest(parts + count, p->body.p, p->body.n, p->sent, &from);
		msg.msg_iovlen = (size_t)count;
		n = sendmsg(p->fd, &msg, MSG_NOSIGNAL);
		if (n > 0)
			p->sent += (size_t)n;
		else if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
			return 0;
		else if (n == -1 && errno != EINTR)
			return -1;
	}
	return 1;
}

/* 1 filled, 0 later, -1 hung up; *have counts from `base`. */
static int
fill(int fd, char *room, size_t want, size_t *have, size_t base)
{
	while (*have - base < want) {
		ssize_t n = recv(fd, room + (*have - base), want - (*have - base), 0);

		if (n > 0)
			*have += (size_t)n;
		else if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		else if (n == 0 || errno != EINTR)
			return -1;
	}
	return 1;
}

int
proc_receive(struct proc *p, size_t reply_max)
{
	size_t n;
	int rc;

	if (p->in == NULL) {
		if ((rc = fill(p->fd, (char *)p->in_head, FRAME_HEAD, &p->got, 0)) != 1)
			return rc;
		if (frame_get(p->in_head, reply_max + FRAME_META_MAX, &p->in_meta, &p->in_body) ==
		        -1 ||
		    p->in_meta > FRAME_META_MAX || p->in_body > reply_max ||
		    (p->in = malloc(p->in_meta + p->in_body + 1)) == NULL)
			return -2;
	}
	n = p->in_meta + p->in_body;
	if ((rc = fill(p->fd, p->in, n, &p->got, FRAME_HEAD)) == 1)
		p->in[n] = '\0';
	return rc;
}
