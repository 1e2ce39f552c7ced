/* SPDX-License-Identifier: MIT */
#include "metrics_process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Fields of /proc/self/stat, counted from the one behind the name (proc(5) calls that the third). */
enum { UTIME = 11, STIME = 12, THREADS = 17, START = 19, VSIZE = 20, RSS = 21 };

static void
add(struct buf *out, const char *name, const char *type, const char *help, double v)
{
	(void)buf_add_fmt(out, "# HELP %s %s\n# TYPE %s %s\n%s %.14g\n", name, help, name, type, name, v);
}

/* The whole file, or false: /proc may be hidden. */
static bool
read_file(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (file == NULL)
		return false;
	n = fread(out, 1, size - 1, file);
	(void)fclose(file);
	out[n] = '\0';
	return n > 0;
}

/* The program's name is in parentheses and may hold blanks: fields are counted from the last ')'. */
static const char *
field(const char *stat, int number)
{
	const char *at = strrchr(stat, ')');

	for (int i = 0; at != NULL && i <= number; i++)
		at = strchr(at + 1, ' ');
	return at;
}

static double
number_at(const char *stat, int number)
{
	const char *at = field(stat, number);

	return at == NULL ? 0 : strtod(at, NULL);
}

static double
clock_s(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
add_stat(struct buf *out, double *started_s)
{
	double ticks = (double)sysconf(_SC_CLK_TCK), page = (double)sysconf(_SC_PAGESIZE);
	char stat[1024];

	if (!read_file("/proc/self/stat", stat, sizeof(stat)) || field(stat, RSS) == NULL || ticks <= 0)
		return;
	add(out, "process_cpu_seconds_total", "counter", "CPU time of the process, user and system, in seconds.",
	    (number_at(stat, UTIME) + number_at(stat, STIME)) / ticks);
	add(out, "process_resident_memory_bytes", "gauge", "Memory of the process that is in RAM.",
	    number_at(stat, RSS) * page);
	add(out, "process_virtual_memory_bytes", "gauge", "Address space of the process.", number_at(stat, VSIZE));
	add(out, "process_threads", "gauge", "Threads of the process.", number_at(stat, THREADS));
	/* the file has it in ticks since the machine came up; a clock that is set must not move it */
	if (*started_s <= 0)
		*started_s = clock_s(CLOCK_REALTIME) - clock_s(CLOCK_BOOTTIME) + number_at(stat, START) / ticks;
	add(out, "process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", *started_s);
}

static void
add_fds(struct buf *out)
{
	struct rlimit limit;
	DIR *dir = opendir("/proc/self/fd");
	int n = -1; /* opendir() has one itself */

	for (const struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;)
		n += d->d_name[0] != '.';
	if (dir != NULL) {
		(void)closedir(dir);
		add(out, "process_open_fds", "gauge", "File descriptors that are open.", n);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		add(out, "process_max_fds", "gauge", "File descriptors that may be open.", (double)limit.rlim_cur);
}

void
metrics_process(struct buf *out, double *started_s)
{
	add_stat(out, started_s);
	add_fds(out);
}
