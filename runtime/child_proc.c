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
#include <suoyin/clock.h>
#include <suoyin/log.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/* The child gets `end` as descriptor 0, `shared` until it has mapped it, nothing to read or write else, and no
 * environment. */
static int
spawn(pid_t *pid, int end, int shared, const struct child_pool_options *options)
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
	    (rc = posix_spawn_file_actions_adddup2(&files, shared, SHARED_FD)) == 0 &&
	    (rc = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)) == 0 &&
	    (CHILD_SANITIZED || /* reports of a sanitizer are worth seeing */
	        (rc = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)) ==
	            0) &&
	    (rc = posix_spawn_file_actions_addclosefrom_np(&files, SHARED_FD + 1)) == 0)
		rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, empty);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* A record mostly fits as it is: each time that a side waits for the other costs a switch between the two. The kernel
 * may grant less. */
static void
widen(int end)
{
	const int bytes = 1 << 20;

	(void)setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

/* Memory of a fixed size, so that neither side can make the other's reading of it fail. */
static int
share(char **shared)
{
	int fd = memfd_create("request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *map;

	if (fd == -1)
		return -1;
	if (ftruncate(fd, SHARED_BYTES) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0 &&
	    (map = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) != MAP_FAILED) {
		*shared = map;
		return fd;
	}
	(void)close(fd);
	return -1;
}

static void
unshare_request(struct proc *p)
{
	(void)munmap(p->shared, SHARED_BYTES);
	p->shared = NULL;
}

/* Above what spawn() makes of them, in the order in which it does: none may fall onto another. */
static int
out_of_the_way(int fd)
{
	int higher = fd > SHARED_FD ? fd : fcntl(fd, F_DUPFD_CLOEXEC, SHARED_FD + 1);

	if (higher != fd)
		(void)close(fd);
	return higher;
}

int
proc_start(struct proc *p, const struct child_pool_options *options, struct err *err)
{
	int ends[2], shared, flags, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return err_set(err, ERR_RETRY, "child", "socketpair: %s", strerror(errno));
	if ((shared = share(&p->shared)) == -1) {
		rc = errno;
		(void)close(ends[0]);
		(void)close(ends[1]);
		return err_set(err, ERR_RETRY, "child", "memory to share: %s", strerror(rc));
	}
	widen(ends[1]);
	ends[1] = out_of_the_way(ends[1]);
	shared = out_of_the_way(shared);
	flags = fcntl(ends[0], F_GETFL);
	(void)fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
	rc = spawn(&p->pid, ends[1], shared, options);
	(void)close(ends[1]);
	(void)close(shared);
	if (rc != 0) {
		(void)close(ends[0]);
		unshare_request(p);
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
	unshare_request(p);
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

void
proc_lay(struct proc *p, struct span meta, struct span body)
{
	if (meta.n > 0)
		memcpy(p->shared, meta.p, meta.n);
	if (body.n > 0)
		memcpy(p->shared + meta.n, body.p, body.n);
	p->shared[meta.n + body.n] = '\0';
	p->shared_used = meta.n + body.n;
	frame_put(p->head, meta.n, body.n);
	p->told = false;
}

int
proc_tell(struct proc *p)
{
	ssize_t n;

	if (p->told)
		return 1;
	do
		n = send(p->fd, p->head, FRAME_HEAD, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
		return 0;
	p->told = n == FRAME_HEAD; /* nothing else is in the socket: all of it, or nothing */
	return p->told ? 1 : -1;
}

void
proc_forget_request(struct proc *p)
{
	p->request = NULL;
	if (p->shared_used > KEPT_BYTES)
		(void)madvise(p->shared, SHARED_BYTES, MADV_REMOVE);
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
