/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <locale.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/admin_address.h"
#include <suoyin/admin.h>
#include <suoyin/metrics.h>
#include <suoyin/span.h>

static struct admin *
new_admin(const char *listen, int64_t stale_ms)
{
	struct err err = {0};
	struct admin *a = admin_new(listen, stale_ms, &err);

	if (a == NULL)
		fail_msg("%s", err.text);
	return a;
}

static int
dial(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* The whole answer to `METHOD PATH`, NUL-terminated. */
static const char *
ask(int port, const char *method, const char *path)
{
	static char answer[65536];
	char request[256];
	size_t got = 0;
	ssize_t n;
	int fd = dial(port);

	n = snprintf(request, sizeof(request),
	    "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);
	assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
	while (got < sizeof(answer) - 1 &&
	    (n = recv(fd, answer + got, sizeof(answer) - 1 - got, 0)) > 0)
		got += (size_t)n;
	answer[got] = '\0';
	(void)close(fd);
	return answer;
}

static void
expect(int port, const char *method, const char *path, const char *status, const char *body)
{
	const char *answer = ask(port, method, path);
	const char *blank = strstr(answer, "\r\n\r\n");

	assert_non_null(blank);
	assert_memory_equal(answer, "HTTP/1.1 ", 9);
	if (memcmp(answer + 9, status, 3) != 0 || strcmp(blank + 4, body) != 0)
		fail_msg("%s %s: %s", method, path, answer);
}

static void
livez_follows_the_loop_and_nothing_else(void **state)
{
	const struct timespec pause = {.tv_sec = 2, .tv_nsec = 100000000};
	struct admin *a = new_admin("127.0.0.1:0", 2000); /* a busy machine may take one to answer */
	int port = admin_port(a);

	(void)state;
	assert_true(port > 0);
	admin_condition(a, "database", "connection refused");
	admin_tick(a);
	expect(port, "GET", "/livez", "200", "ok\n");
	(void)nanosleep(&pause, NULL);
	assert_non_null(strstr(ask(port, "GET", "/livez"), "503"));
	admin_tick(a);
	expect(port, "GET", "/livez", "200", "ok\n");
	admin_free(a);
}

static void
readyz_names_each_condition_with_its_reason(void **state)
{
	struct admin *a = new_admin("127.0.0.1:0", 60000);
	int port = admin_port(a);

	(void)state;
	expect(port, "GET", "/readyz", "200", "ok\n");
	admin_condition(a, "kafka", "no assignment yet");
	admin_condition(a, "database", NULL);
	admin_condition(a, "schema", "first line\nsecond\r\n");
	expect(port, "GET", "/readyz", "503",
	    "kafka: no assignment yet\ndatabase: ok\nschema: first line second  \n");
	assert_int_equal((int)metric_get(M_READY, NULL), 0);
	admin_condition(a, "kafka", NULL);
	admin_condition(a, "schema", NULL);
	expect(port, "GET", "/readyz", "200", "kafka: ok\ndatabase: ok\nschema: ok\n");
	assert_non_null(strstr(ask(port, "GET", "/metrics"), "\nsuoyin_ready 1\n"));
	admin_free(a);
}

static void
metrics_come_as_prometheus_wants_them(void **state)
{
	struct admin *a = new_admin("127.0.0.1:0", 60000);
	const char *answer = ask(admin_port(a), "GET", "/metrics");

	(void)state;
	assert_non_null(
	    strstr(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	assert_non_null(strstr(answer, "\n# TYPE suoyin_build_info gauge\n"));
	admin_free(a);
}

static void
other_paths_and_methods_are_refused(void **state)
{
	struct admin *a = new_admin("127.0.0.1:0", 60000);
	int port = admin_port(a);

	(void)state;
	expect(port, "HEAD", "/livez", "200", "");
	expect(port, "GET", "/", "404", "try /livez, /readyz or /metrics\n");
	expect(port, "GET", "/livez/", "404", "try /livez, /readyz or /metrics\n");
	expect(port, "GET", "/..%2f..%2fetc/passwd", "404", "try /livez, /readyz or /metrics\n");
	expect(port, "POST", "/livez", "405", "only GET and HEAD\n");
	assert_non_null(strstr(ask(port, "DELETE", "/metrics"), "\r\nAllow: GET, HEAD\r\n"));
	admin_free(a);
}

static void
silent_and_endless_callers_do_not_stop_the_server(void **state)
{
	struct admin *a = new_admin("127.0.0.1:0", 60000);
	int fds[8], port = admin_port(a);
	char head[4096];

	(void)state;
	memset(head, 'x', sizeof(head));
	for (int i = 0; i < 8; i++)
		fds[i] = dial(port);
	(void)!send(fds[0], "GET /", 5, MSG_NOSIGNAL);
	for (int i = 0; i < 64 && send(fds[0], head, sizeof(head), MSG_NOSIGNAL) > 0; i++)
		;
	expect(port, "GET", "/livez", "200", "ok\n");
	for (int i = 0; i < 8; i++)
		(void)close(fds[i]);
	admin_free(a);
}

static void
an_address_that_cannot_be_is_named(void **state)
{
	static const char *const bad[] = {"9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
		"127.0.0.1:x", "::1:9100", "[::1]9100", "[::1", "[::1]:", "]:1", "127.0.0.1:-1"};
	struct admin *a = new_admin("127.0.0.1:0", 0);
	struct err err = {0};
	char taken[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err why = {0};

		assert_null(admin_new(bad[i], 1000, &why));
		assert_int_equal(why.code, ERR_FATAL);
		assert_non_null(strstr(why.text, bad[i]));
	}
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%d", admin_port(a));
	assert_null(admin_new(taken, 1000, &err));
	assert_non_null(strstr(err.text, taken));
	admin_free(a);
}

static void
without_an_address_there_is_no_server(void **state)
{
	static const char *const none[] = {NULL, ""};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct admin *a = new_admin(none[i], 1000);
		struct err err = {0};

		assert_int_equal(admin_port(a), 0);
		admin_tick(a);
		admin_condition(a, "kafka", NULL);
		assert_int_equal(admin_healthcheck(none[i], "/livez", &err), -1);
		assert_int_equal(err.code, ERR_FATAL);
		admin_free(a);
	}
}

static void
check(const char *host, int port, const char *path, int want, const char *text)
{
	struct err err = {0};
	char listen[64];

	(void)snprintf(listen, sizeof(listen), "%s:%d", host, port);
	assert_int_equal(admin_healthcheck(listen, path, &err), want);
	if (text != NULL && strstr(err.text, text) == NULL)
		fail_msg("\"%s\" does not say %s", err.text, text);
}

static void
the_health_check_asks_the_server_where_it_listens(void **state)
{
	struct admin *a = new_admin("0.0.0.0:0", 60000), *six;
	int port = admin_port(a);

	(void)state;
	check("127.0.0.1", port, "/livez", 0, NULL);
	check("0.0.0.0", port, "/livez", 0, NULL);
	check("", port, "/readyz", 0, NULL);
	check("localhost", port, "/livez", 0, NULL);
	admin_condition(a, "kafka", "no brokers");
	check("0.0.0.0", port, "/readyz", -1, "503: kafka: no brokers");
	check("0.0.0.0", port, "/nothing", -1, "404");
	admin_free(a);
	check("127.0.0.1", port, "/livez", -1, "refused");
	if ((six = admin_new("[::]:0", 60000, NULL)) == NULL)
		return; /* a machine without IPv6 */
	check("[::]", admin_port(six), "/livez", 0, NULL);
	check("[::1]", admin_port(six), "/livez", 0, NULL);
	check("127.0.0.1", admin_port(six), "/livez", 0, NULL);
	admin_free(six);
}

/* Listens, and never answers. */
static void
the_health_check_has_a_deadline(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct err err = {0};
	char address[32];

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(at.sin_port));
	assert_int_equal(admin_ask(address, "/livez", 50, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	assert_non_null(strstr(err.text, "timed out"));
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(livez_follows_the_loop_and_nothing_else),
		cmocka_unit_test(readyz_names_each_condition_with_its_reason),
		cmocka_unit_test(metrics_come_as_prometheus_wants_them),
		cmocka_unit_test(other_paths_and_methods_are_refused),
		cmocka_unit_test(silent_and_endless_callers_do_not_stop_the_server),
		cmocka_unit_test(an_address_that_cannot_be_is_named),
		cmocka_unit_test(without_an_address_there_is_no_server),
		cmocka_unit_test(the_health_check_asks_the_server_where_it_listens),
		cmocka_unit_test(the_health_check_has_a_deadline),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
