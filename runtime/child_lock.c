/* SPDX-License-Identifier: MIT */
/*
 * A child shuts itself in: after this it computes, reads and writes its socket, gets memory, and
 * ends.  Looking for a file fails like a file that is not there for us (the C library does so in
 * odd places); any other call kills the process.
 */
#include "child_proc.h"
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static int
limit(__rlimit_resource_t what, size_t value, const char *name, struct err *err)
{
	struct rlimit l = {value, value};

	if (setrlimit(what, &l) == 0)
		return 0;
	return err_set(err, ERR_FATAL, "child", "%s: %s", name, strerror(errno));
}

static int
set_limits(size_t memory, struct err *err)
{
	if (limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err) == -1 ||
	    limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE", err) == -1)
		return -1;
	/* Requests lie in memory that is not the child's own. */
	if (!CHILD_SANITIZED && memory != 0 && limit(RLIMIT_AS, memory + SHARED_BYTES, "RLIMIT_AS", err) == -1)
		return -1;
	/* The socket is descriptor 0, and there will not be a 1. */
	return limit(RLIMIT_NOFILE, 1, "RLIMIT_NOFILE", err);
}

static int
set_process(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    (!CHILD_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1))
		return err_set(err, ERR_FATAL, "child", "prctl: %s", strerror(errno));
	return 0;
}

#if CHILD_SANITIZED

static int
filter(struct err *err)
{
	(void)err;
	return 0;
}

#else

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
	SCMP_SYS(getpid), SCMP_SYS(gettid), /* abort */
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

static int
add_rules(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; rc == 0 && i < sizeof(refused) / sizeof(refused[0]); i++)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EACCES), refused[i], 0, NULL);
	if (rc == 0)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec);
	if (rc == 0)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec);
	if (rc == 0)
		rc = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
	return rc;
}

static int
filter(struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = ctx == NULL ? -ENOMEM : add_rules(ctx);

	if (rc == 0)
		rc = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	if (rc == 0)
		return 0;
	return err_set(err, ERR_FATAL, "child", "seccomp: %s", strerror(-rc));
}

#endif

int
child_lock(size_t memory, struct err *err)
{
	/* Warming up may have opened something; a sanitizer keeps its report. */
	if (close_range(CHILD_SANITIZED ? 3 : 1, ~0U, 0) == -1)
		return err_set(err, ERR_FATAL, "child", "close_range: %s", strerror(errno));
	if (set_limits(memory, err) == -1 || set_process(err) == -1)
		return -1;
	return filter(err);
}
