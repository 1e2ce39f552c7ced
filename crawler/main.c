/* SPDX-License-Identifier: MIT */
#include "crawler.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <suoyin/clock.h>
#include <suoyin/list_child.h>
#include <suoyin/log.h>
#include <suoyin/metrics.h>
#include <suoyin/stop.h>
#include <sys/resource.h>

#define TICK_MS 200 /* longest sleep: a signal is seen within it */
#define FDS_MAX 90 /* list children, Kafka, name servers */

/* Waits for transfers, children, deliveries, or the next thing that is due. */
static int
wait_and_move(struct crawler *c, int64_t now, struct err *err)
{
	struct pollfd fds[FDS_MAX];
	size_t n = list_fds(c->lists, fds, FDS_MAX - 17);
	int64_t wait = database_wait_ms(c, now, TICK_MS);

	/* without room a host whose turn has come waits for a transfer to end, and so do we */
	if (flow_may_fetch(c) && fetch_room(c->fetcher) > 0)
		wait = clocks_kept_wait_ms(c->clocks, now, wait);
	fds[n++] = (struct pollfd){.fd = publish_fd(c->publisher), .events = POLLIN};
	n += resolver_fds(c->resolver, fds + n, FDS_MAX - n);
	wait = list_wait_ms(c->lists, wait);
	wait = resolver_wait_ms(c->resolver, wait);
	if (publish_is_behind(c->publisher) && wait > 20)
		wait = 20;
	return fetch_poll(c->fetcher, wait, fds, n, err);
}

/* SIGTERM: nothing new is begun; what is under way may end until the deadline. */
static void
drain_if_asked(struct crawler *c, int64_t now)
{
	if (!c->draining && stop_asked()) {
		log_event(LEVEL_INFO, "draining", F_INT("visits", c->frontier.live_count));
		c->draining = true;
		c->drain_until = now + c->settings->drain_ms;
	}
	if (c->draining)
		flow_release_waiting(c, false);
}

static bool
is_over(const struct crawler *c, int64_t now)
{
	return c->draining && ((c->frontier.live == NULL && !clocks_owes(c->clocks)) ||
				  now >= c->drain_until || stop_now());
}

static int
run(struct crawler *c, struct err *err)
{
	for (int64_t now = clock_ms(); !is_over(c, now); now = clock_ms()) {
		admin_tick(c->admin);
		admin_condition(c->admin, "kafka", publish_condition(c->publisher));
		drain_if_asked(c, now);
		if (database_step(c) == -1) /* leases, clocks, what became of visits */
			return err_set(
			    err, ERR_FATAL, "database", "a statement failed; see the log");
		flow_start(c);
		if (wait_and_move(c, now, err) == -1)
			return -1;
		list_poll(c->lists);
		flow_poll_names(c);
		if (publish_poll(c->publisher, clock_ms(), err) == -1)
			return -1;
	}
	return 0;
}

/* Connections that wait for the next request of their host stay open: more than the usual 1024. */
static void
allow_files(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &most);
	}
}

static int
crawl(const struct crawler_settings *settings)
{
	struct err err = {0};
	struct crawler c;
	size_t left;
	int rc = -1;

	if (crawler_init(&c, settings, &err) == 0)
		rc = run(&c, &err);
	left = c.frontier.live_count;
	crawler_fini(&c);
	if (rc == -1)
		log_event(LEVEL_ERROR, "crawler_failed", F_ERR(&err));
	else
		log_event(LEVEL_INFO, "crawler_stopped", F_INT("visits_left", left));
	if (rc == 0)
		return EXIT_SUCCESS;
	return span_eq(span_of(err.reason), SPAN("config")) ? EXIT_CONFIG : EXIT_FAILURE;
}

static void
start_counters(void)
{
	static const enum metric plain[] = {M_DISCOVERED, M_LIST_GAPS, M_BACKOFFS, M_FETCH_BYTES, M_LIST_FILTERED};
	static const char *const types[] = {"fetched", "gone", "attachment"}, *const ends[] = {"opened", "failed"};

	metric_start(M_PG_CONNECTIONS, ends, 2);
	metric_start(M_PUBLISHED, types, 3);
	metric_start(M_FETCHES, end_names, END_KINDS);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		metric_add(plain[i], NULL, 0);
}

int
main(int argc, char **argv)
{
	struct crawler_settings settings = {0};
	struct config_errors errors = {0};
	int code = EXIT_FAILURE;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if ((code = child_main(argc, argv, &list_role, 1)) != -1)
		return code;
	switch (config_load(&settings, &crawler_program, argc, argv, &code, &errors)) {
	case 0:
		break;
	case 1:
		config_errors_fini(&errors);
		return code;
	default:
		config_errors_print(&errors, stderr);
		config_errors_fini(&errors);
		return code;
	}
	log_setup("suoyin-crawler", (enum log_level)settings.common.log_level,
	    (enum log_format)settings.common.log_format);
	metric_set(M_BUILD_INFO, SUOYIN_VERSION, 1);
	start_counters();
	stop_install();
	allow_files();
	code = crawl(&settings);
	config_fini(&settings, &crawler_program);
	return code;
}
