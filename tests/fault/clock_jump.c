/* SPDX-License-Identifier: MIT */
/*
 * clock_jump.c - preloaded into a program, it tells it another time of day than the machine has.
 *
 * CLOCK_JUMP_FILE names a file that holds one int64: nanoseconds to add. Whoever changes it makes the
 * clock jump. CLOCK_MONOTONIC stays as it is. cnd_timedwait, by which librdkafka waits, follows the time
 * of day as the kernel would let it: a jump forward ends a wait early, a jump back makes it longer.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define SLICE (SECOND / 50)

static const int64_t none;
static const volatile int64_t *jump = &none; /* other libraries may ask before start() has run */

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CLOCK_JUMP_FILE");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *p = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof(*jump), PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		_exit(125);
	(void)close(fd);
	jump = p;
}

static int64_t
now(void)
{
	struct timespec t;

	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec + *jump;
}

static void
put(struct timespec *out, int64_t ns)
{
	out->tv_sec = ns / SECOND;
	out->tv_nsec = ns % SECOND;
}

int
clock_gettime(clockid_t clock_id, struct timespec *tp)
{
	if (clock_id != CLOCK_REALTIME && clock_id != CLOCK_REALTIME_COARSE)
		return (int)syscall(SYS_clock_gettime, clock_id, tp);
	put(tp, now());
	return 0;
}

int
timespec_get(struct timespec *ts, int base)
{
	if (base != TIME_UTC)
		return 0;
	put(ts, now());
	return base;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	int64_t ns = now();

	(void)tz;
	tv->tv_sec = ns / SECOND;
	tv->tv_usec = ns % SECOND / 1000;
	return 0;
}

time_t
time(time_t *timer)
{
	time_t t = now() / SECOND;

	if (timer != NULL)
		*timer = t;
	return t;
}

/* In slices of the machine's time, until it is the time that was asked for in ours. */
int
cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict time_point)
{
	static int (*real)(cnd_t *restrict, mtx_t *restrict, const struct timespec *restrict);
	int64_t end = time_point->tv_sec * SECOND + time_point->tv_nsec;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "cnd_timedwait");
	for (;;) {
		int64_t left = end - now();
		struct timespec slice;
		int rc;

		put(&slice, now() - *jump + (left < 0 ? 0 : left < SLICE ? left : SLICE));
		rc = real(cond, mutex, &slice);
		if (rc != thrd_timedout || left <= SLICE)
			return rc;
	}
}
