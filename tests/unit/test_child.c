/* SPDX-License-Identifier: MIT */
/* The program is its own child: child_main() stands first in main. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child_roles.h"
#include <suoyin/limits.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>

#define REPLY_MAX ((size_t)PAGE_BODY_MAX)
#define MEMORY ((size_t)192 << 20)

struct result {
	bool done;
	enum child_verdict verdict;
	char *text;
	size_t n;
};

static int verdicts;
static struct child_pool *newest;

static void
on_done(void *ctx, void *request, enum child_verdict verdict, struct span reply)
{
	struct result *r = request;

	(void)ctx;
	assert_false(r->done);
	verdicts++;
	*r = (struct result){.done = true, .verdict = verdict, .n = reply.n};
	assert_int_equal(reply.p != NULL, verdict == CHILD_OK || verdict == CHILD_REJECTED);
	r->text = calloc(1, reply.n + 1);
	if (reply.n > 0)
		memcpy(r->text, reply.p, reply.n);
	if (reply.p != NULL && verdicts % 2 == 0) { /* every other one is kept */
		char *kept = child_take_reply(newest);

		assert_true(kept != NULL && reply.p >= kept && reply.p[reply.n] == '\0');
		assert_null(child_take_reply(newest));
		free(kept);
	}
}

static struct child_pool *
new_pool(int children, int deadline_ms)
{
	const struct child_pool_options options = {.role = "page", .children = children,
	    .deadline_ms = deadline_ms, .memory_bytes = MEMORY, .reply_max = REPLY_MAX,
	    .done = on_done};
	struct err err = {0};
	struct child_pool *pool = child_pool_new(&options, &err);

	if (pool == NULL)
		fail_msg("%s", err.text);
	newest = pool;
	return pool;
}

/* One turn of a loop as a program has it. */
static void
turn(struct child_pool *pool)
{
	struct pollfd fds[16];
	size_t n = child_pool_fds(pool, fds, 16);

	(void)poll(fds, (nfds_t)n, child_pool_wait_ms(pool));
	child_pool_poll(pool);
}

static struct result
run(struct child_pool *pool, const char *how, struct span body)
{
	struct result r = {0};
	struct err err = {0};

	while (!child_pool_has_room(pool))
		turn(pool);
	if (child_submit(pool, &r, span_of(how), body, &err) == -1)
		fail_msg("%s", err.text);
	while (!r.done)
		turn(pool);
	return r;
}

static void
expect(struct child_pool *pool, const char *how, enum child_verdict verdict, const char *text)
{
	struct result r = run(pool, how, SPAN("\"本文\""));

	if (r.verdict != verdict)
		fail_msg("%s: %s, wanted %s", how, child_verdict_names[r.verdict],
		    child_verdict_names[verdict]);
	if (text != NULL)
		assert_string_equal(r.text, text);
	free(r.text);
}

static void
an_answer_comes_back_and_a_rejection_with_its_reason(void **state)
{
	(void)state;
	struct child_pool *pool = new_pool(1, 5000);

	expect(pool, "echo", CHILD_OK, "\"本文\"");
	expect(pool, "reject", CHILD_REJECTED,
	    "{\"reason\":\"too_deep\",\"text\":\"at \\\"7\\\" 层\"}");
	expect(pool, "reject_bytes", CHILD_REJECTED,
	    "{\"reason\":\"bad_bytes\",\"text\":\"(not UTF-8)\"}");
	expect(pool, "echo", CHILD_OK, "\"本文\"");
	child_pool_free(pool);
}

static void
a_page_that_crashes_its_child_costs_one_page(void **state)
{
	static const char *const ways[] = {"abort", "null", "overflow", "exit", "scribble"};
	double before = metric_get(M_CHILDREN, "crashed");
	struct child_pool *pool = new_pool(1, 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		expect(pool, ways[i], CHILD_CRASHED, NULL);
		expect(pool, "echo", CHILD_OK, NULL);
	}
	assert_int_equal((int)(metric_get(M_CHILDREN, "crashed") - before), 5);
	child_pool_free(pool);
}

static void
a_page_that_hangs_its_child_ends_at_the_deadline(void **state)
{
	struct child_pool *pool = new_pool(1, 150);

	(void)state;
	expect(pool, "hang", CHILD_TIMEOUT, NULL);
	expect(pool, "echo", CHILD_OK, NULL);
	child_pool_free(pool);
}

static void
memory_ends_where_the_pool_says(void **state)
{
	struct child_pool *pool;

	(void)state;
	if (SANITIZED) {
		print_message("SKIP: a sanitizer needs its address space\n");
		skip();
	}
	pool = new_pool(1, 10000);
	expect(pool, "bomb", CHILD_REJECTED, NULL);
	expect(pool, "echo", CHILD_OK, NULL);
	child_pool_free(pool);
}

static void
replies_are_not_believed(void **state)
{
	static const char *const ways[] = {
		"nul", "latin", "lie", "lie_meta", "nonsense", "false_rejection"};
	struct child_pool *pool = new_pool(1, 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		expect(pool, ways[i], CHILD_HOSTILE, NULL);
	expect(pool, "echo", CHILD_OK, NULL);
	child_pool_free(pool);
}

static void
an_answer_that_is_too_large_is_a_rejection(void **state)
{
	struct child_pool *pool = new_pool(1, 10000);
	struct result r = run(pool, "large", SPAN(""));

	(void)state;
	assert_int_equal(r.verdict, CHILD_REJECTED);
	assert_non_null(strstr(r.text, "\"reason\":\"too_large\""));
	free(r.text);
	child_pool_free(pool);
}

static void
the_child_has_no_file_no_network_no_other_process(void **state)
{
	static const char *const ways[] = {
	    "socket", "unix_socket", "fork", "exec", "kill", "ptrace", "unlink", "dup", "exec_map"};
	static const char *const files[] = {"passwd", "environ_file", "new_file"};
	struct child_pool *pool = new_pool(1, 5000);

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		expect(pool, files[i], CHILD_OK, "\"refused\"");
	if (SANITIZED)
		expect(pool, "socket", CHILD_OK, "\"refused\"");
	for (size_t i = 0; !SANITIZED && i < sizeof(ways) / sizeof(ways[0]); i++)
		expect(pool, ways[i], CHILD_CRASHED, NULL);
	child_pool_free(pool);
}

static void
the_child_sees_no_environment_and_no_descriptor(void **state)
{
	int kept = open("/dev/null", O_RDONLY); /* without close-on-exec */
	struct child_pool *pool;

	(void)state;
	assert_int_equal(setenv("SUOYIN_TEST_SECRET", "x", 1), 0);
	pool = new_pool(1, 5000);
	expect(pool, "environment", CHILD_OK, "0");
	expect(pool, "descriptors", CHILD_OK, "0");
	child_pool_free(pool);
	(void)close(kept);
}

static char *
page(size_t n, unsigned seed)
{
	char *p = malloc(n + 1);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + (i * 31 + i / 977 + seed) % 26);
	return p;
}

static void
the_largest_page_goes_there_and_back(void **state)
{
	struct child_pool *pool = new_pool(1, 20000);
	char *body = page(PAGE_BODY_MAX, 1);
	struct result r = run(pool, "echo", (struct span){body, PAGE_BODY_MAX});
	struct err err = {0};

	(void)state;
	assert_int_equal(r.verdict, CHILD_OK);
	assert_int_equal(r.n, PAGE_BODY_MAX);
	assert_memory_equal(r.text, body, PAGE_BODY_MAX);
	assert_int_equal(child_submit(pool, &r, SPAN("echo"),
	                     (struct span){body, (size_t)CHILD_REQUEST_MAX}, &err), -1);
	assert_int_equal(err.code, ERR_REJECT);
	assert_true(child_pool_has_room(pool));
	expect(pool, "behind", CHILD_OK, "\"refused\"");
	expect(pool, "echo", CHILD_OK, "\"本文\"");
	free(r.text);
	free(body);
	child_pool_free(pool);
}

/* Of the i-th of many pages: all sizes from nothing to 180 kB. */
static size_t
size_of(size_t i)
{
	return i * i % 7 * 30000 + i;
}

static void
many_requests_run_side_by_side_each_with_its_own_answer(void **state)
{
	enum { N = 200 };
	struct child_pool *pool = new_pool(3, 20000);
	struct result results[N] = {0};
	char *bodies[N];
	size_t sent = 0;

	(void)state;
	verdicts = 0;
	for (size_t i = 0; i < N; i++)
		bodies[i] = page(size_of(i), (unsigned)i);
	while (verdicts < N) {
		while (sent < N && child_pool_has_room(pool)) {
			struct span body = {bodies[sent], size_of(sent)};

			assert_int_equal(
			    child_submit(pool, &results[sent], SPAN("echo"), body, NULL), 0);
			sent++;
		}
		turn(pool);
	}
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(results[i].verdict, CHILD_OK);
		assert_int_equal(results[i].n, size_of(i));
		assert_memory_equal(results[i].text, bodies[i], results[i].n);
		free(results[i].text);
		free(bodies[i]);
	}
	child_pool_free(pool);
}

static struct child_pool *chain_pool;
static int chain_left;

static void
submit_next(void *ctx, void *request, enum child_verdict verdict, struct span reply)
{
	(void)ctx;
	assert_int_equal(verdict, CHILD_OK);
	assert_int_equal(reply.n, 2);
	if (--chain_left > 0)
		assert_int_equal(
		    child_submit(chain_pool, request, SPAN("echo"), SPAN("{}"), NULL), 0);
}

static void
the_next_request_may_be_sent_from_within_done(void **state)
{
	const struct child_pool_options options = {.role = "page", .children = 1,
	    .deadline_ms = 5000, .memory_bytes = MEMORY, .reply_max = 64, .done = submit_next};

	(void)state;
	chain_left = 50;
	chain_pool = child_pool_new(&options, NULL);
	assert_non_null(chain_pool);
	assert_int_equal(child_submit(chain_pool, NULL, SPAN("echo"), SPAN("{}"), NULL), 0);
	while (chain_left > 0)
		turn(chain_pool);
	child_pool_free(chain_pool);
}

static void
without_room_a_request_waits_outside(void **state)
{
	struct child_pool *pool = new_pool(1, 60000);
	struct result busy = {0}, other = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(child_pool_wait_ms(pool), -1);
	assert_int_equal(child_submit(pool, &busy, SPAN("hang"), SPAN(""), NULL), 0);
	assert_false(child_pool_has_room(pool));
	assert_in_range(child_pool_wait_ms(pool), 50000, 60000);
	assert_int_equal(child_submit(pool, &other, SPAN("echo"), SPAN(""), &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	child_pool_free(pool);
	assert_int_equal(busy.verdict, CHILD_STOPPED);
	assert_false(other.done);
	free(busy.text);
}

static void
a_child_that_dies_idle_is_replaced_and_signals_to_the_group_do_not_end_it(void **state)
{
	struct child_pool *pool = new_pool(1, 5000);
	struct result first = run(pool, "pid", SPAN("")), second;
	pid_t pid = (pid_t)strtol(first.text, NULL, 10);

	(void)state;
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(kill(pid, SIGINT), 0);
	second = run(pool, "pid", SPAN(""));
	assert_string_equal(second.text, first.text);
	free(second.text);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (child_pool_has_room(pool))
		turn(pool);
	second = run(pool, "pid", SPAN(""));
	assert_string_not_equal(second.text, first.text);
	free(first.text);
	free(second.text);
	child_pool_free(pool);
}

static void
a_role_that_cannot_start_is_told_at_once(void **state)
{
	static const char *const names[] = {"stillborn", "unknown"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct child_pool_options options = {.role = names[i], .children = 2,
		    .deadline_ms = 1000, .reply_max = 64, .done = on_done};
		struct err err = {0};

		assert_null(child_pool_new(&options, &err));
		assert_int_equal(err.code, ERR_FATAL);
		assert_non_null(strstr(err.text, names[i]));
	}
}

/* A process of its own: makes a pool, leaves its child hanging and dies without a word. */
static void
die_with_a_busy_child(int out)
{
	struct child_pool *pool = new_pool(1, 60000);
	struct result r = run(pool, "pid", SPAN("")), hang = {0};

	(void)child_submit(pool, &hang, SPAN("hang"), SPAN(""), NULL);
	(void)!write(out, r.text, strlen(r.text) + 1);
	_exit(0);
}

static void
children_die_with_their_parent(void **state)
{
	char text[24] = "";
	int ends[2], status;
	pid_t parent, child;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(pipe(ends), 0);
	if ((parent = fork()) == 0)
		die_with_a_busy_child(ends[1]);
	assert_true(read(ends[0], text, sizeof(text)) > 0);
	child = (pid_t)strtol(text, NULL, 10);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static void
a_pool_freed_while_busy_leaves_no_zombie_and_no_descriptor(void **state)
{
	int before = descriptors();
	struct result r[3] = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct child_pool *pool = new_pool(3, 300);

		expect(pool, "abort", CHILD_CRASHED, NULL);
		expect(pool, "hang", CHILD_TIMEOUT, NULL);
		for (int i = 0; i < 2; i++) {
			r[i] = (struct result){0};
			while (!child_pool_has_room(pool))
				turn(pool);
			assert_int_equal(
			    child_submit(pool, &r[i], SPAN("hang"), SPAN("x"), NULL), 0);
		}
		child_pool_free(pool);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(r[i].verdict, CHILD_STOPPED);
			free(r[i].text);
		}
	}
	assert_int_equal(descriptors(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
main_goes_on_when_it_is_no_child(void **state)
{
	char program[] = "test", child[] = "--child", other[] = "--config", name[] = "x";
	char *none[] = {program, NULL}, *two[] = {program, child, NULL};
	char *three[] = {program, other, name, NULL}, *unknown[] = {program, child, name, NULL};

	(void)state;
	assert_int_equal(child_main(1, none, child_roles, CHILD_ROLES), -1);
	assert_int_equal(child_main(2, two, child_roles, CHILD_ROLES), -1);
	assert_int_equal(child_main(3, three, child_roles, CHILD_ROLES), -1);
	assert_true(child_main(3, unknown, child_roles, CHILD_ROLES) > 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_back_and_a_rejection_with_its_reason),
		cmocka_unit_test(a_page_that_crashes_its_child_costs_one_page),
		cmocka_unit_test(a_page_that_hangs_its_child_ends_at_the_deadline),
		cmocka_unit_test(memory_ends_where_the_pool_says),
		cmocka_unit_test(replies_are_not_believed),
		cmocka_unit_test(an_answer_that_is_too_large_is_a_rejection),
		cmocka_unit_test(the_child_has_no_file_no_network_no_other_process),
		cmocka_unit_test(the_child_sees_no_environment_and_no_descriptor),
		cmocka_unit_test(the_largest_page_goes_there_and_back),
		cmocka_unit_test(many_requests_run_side_by_side_each_with_its_own_answer),
		cmocka_unit_test(the_next_request_may_be_sent_from_within_done),
		cmocka_unit_test(without_room_a_request_waits_outside),
		cmocka_unit_test(
		    a_child_that_dies_idle_is_replaced_and_signals_to_the_group_do_not_end_it),
		cmocka_unit_test(a_role_that_cannot_start_is_told_at_once),
		cmocka_unit_test(children_die_with_their_parent),
		cmocka_unit_test(a_pool_freed_while_busy_leaves_no_zombie_and_no_descriptor),
		cmocka_unit_test(main_goes_on_when_it_is_no_child),
	};
	int code = child_main(argc, argv, child_roles, CHILD_ROLES);

	if (code != -1)
		return code;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	log_setup("test_child", LEVEL_ERROR, FORMAT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
