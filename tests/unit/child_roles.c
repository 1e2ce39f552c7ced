/* SPDX-License-Identifier: MIT */
/* The child's side of test_child.c: what it answers, and how it misbehaves. */
#include "child_roles.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static void
raw(uint32_t length, uint32_t meta, const char *text)
{
	uint32_t head[2] = {length, meta};

	(void)!write(0, head, sizeof(head));
	(void)!write(0, text, strlen(text));
	for (;;)
		;
}

static int
refused(struct buf *reply, bool yes)
{
	return buf_add_str(reply, yes ? "\"refused\"" : "\"allowed\"");
}

static int
bomb(struct err *err)
{
	static char *kept[4096];

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if ((kept[i] = malloc(1 << 20)) == NULL)
			return err_set(err, ERR_REJECT, "out_of_memory", "after %zu MiB", i);
		memset(kept[i], 1, 1 << 20);
	}
	return 0;
}

static int /* NOLINTNEXTLINE(misc-no-recursion): the stack is to overflow */
overflow(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	return n == 0 ? 0 : overflow(n + 1) + room[0];
}

static int
open_descriptors(struct buf *reply)
{
	int n = 0;

	for (int fd = SANITIZED ? 3 : 1; fd < 1024; fd++)
		n += write(fd, "", 0) != -1 || errno != EBADF;
	return buf_add_fmt(reply, "%d", n);
}

/* Each would be a bug of the lock if it worked. */
static int
escape(const char *how, struct buf *reply)
{
	if (strcmp(how, "passwd") == 0)
		return refused(reply, open("/etc/passwd", O_RDONLY) == -1);
	if (strcmp(how, "socket") == 0)
		return refused(reply, socket(AF_INET, SOCK_STREAM, 0) == -1);
	if (strcmp(how, "fork") == 0)
		return refused(reply, fork() == -1);
	if (strcmp(how, "kill") == 0)
		return refused(reply, kill(getppid(), 0) == -1);
	if (strcmp(how, "exec_map") == 0)
		return refused(reply,
		    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		        MAP_FAILED);
	if (strcmp(how, "environ_file") == 0)
		return refused(reply, open("/proc/self/environ", O_RDONLY) == -1);
	if (strcmp(how, "new_file") == 0)
		return refused(reply, open("/tmp/suoyin-child", O_WRONLY | O_CREAT, 0600) == -1);
	if (strcmp(how, "unix_socket") == 0)
		return refused(reply, socket(AF_UNIX, SOCK_STREAM, 0) == -1);
	if (strcmp(how, "exec") == 0)
		return refused(reply, execl("/bin/true", "true", (char *)NULL) == -1);
	if (strcmp(how, "ptrace") == 0)
		return refused(reply, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == -1);
	if (strcmp(how, "unlink") == 0)
		return refused(reply, unlink("/tmp/suoyin-child") == -1);
	if (strcmp(how, "dup") == 0)
		return refused(reply, dup(0) == -1);
	return buf_add_str(reply, "\"no such way\"");
}

/* volatile: or the compiler sees what is wrong */
static int *volatile nowhere;

static int
misbehave(const char *how, struct buf *reply, struct err *err)
{
	if (strcmp(how, "reject") == 0)
		return err_set(err, ERR_REJECT, "too_deep", "at \"%d\" 层", 7);
	if (strcmp(how, "reject_bytes") == 0)
		return err_set(err, ERR_REJECT, "bad_bytes", "\xff\xfe");
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "null") == 0)
		*nowhere = 1;
	if (strcmp(how, "overflow") == 0)
		return overflow(1);
	if (strcmp(how, "exit") == 0)
		_exit(0);
	if (strcmp(how, "hang") == 0)
		for (;;)
			;
	if (strcmp(how, "bomb") == 0)
		return bomb(err);
	if (strcmp(how, "nul") == 0)
		return buf_add(reply, "\"a\0b\"", 5);
	if (strcmp(how, "latin") == 0)
		return buf_add_str(reply, "\"caf\xe9\"");
	if (strcmp(how, "large") == 0)
		while (buf_add_str(reply, "0123456789abcdef") == 0)
			;
	if (reply->failed)
		return 0;
	if (strcmp(how, "lie") == 0)
		raw(UINT32_MAX, 16, "{}");
	if (strcmp(how, "lie_meta") == 0)
		raw(16, 20, "{\"verdict\":\"ok\"}");
	if (strcmp(how, "nonsense") == 0)
		raw(18, 16, "{\"verdict\":\"OK\"}{}");
	if (strcmp(how, "false_rejection") == 0)
		raw(22 + 17, 22, "{\"verdict\":\"rejected\"}{\"reason\":\"A B\"}\n");
	return escape(how, reply);
}

static int
handle(void *kit, struct span meta, struct span body, struct buf *reply, struct err *err)
{
	char how[32];

	if (strcmp(kit, "kit") != 0)
		abort();
	(void)snprintf(how, sizeof(how), "%.*s", SPAN_ARG(meta));
	if (strcmp(how, "echo") == 0)
		return buf_add_span(reply, body);
	if (strcmp(how, "pid") == 0)
		return buf_add_fmt(reply, "%d", (int)getpid());
	if (strcmp(how, "environment") == 0)
		return buf_add_str(reply, environ == NULL || *environ == NULL ? "0" : *environ);
	if (strcmp(how, "descriptors") == 0)
		return open_descriptors(reply);
	if (strcmp(how, "scribble") == 0)
		*(volatile char *)(uintptr_t)body.p = 'x'; /* the request is there to be read */
	if (strcmp(how, "behind") == 0)
		return refused(reply, body.p[body.n] == '\0');
	return misbehave(how, reply, err);
}

static void *
warm_up(void)
{
	static char kit[] = "kit";

	/* Left open: the lock has to close it. */
	(void)!open("/dev/null", O_RDWR);
	return kit;
}

static void *
dies(void)
{
	_exit(3);
}

const struct child_role child_roles[CHILD_ROLES] = {
	{"page", warm_up, handle},
	{"stillborn", dies, handle},
};
