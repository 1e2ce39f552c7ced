/* SPDX-License-Identifier: MIT */
/*
 * portalsim - government portals for demo and tests, deterministic, with a journal that knows
 * the truth.  README.md tells how to use it.
 */
#include "bad.h"
#include "dns.h"
#include "journal.h"
#include "listen.h"
#include "manners.h"
#include "portals_file.h"
#include "scenario.h"
#include "script.h"
#include "server.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define TICK_NS 20000000

static int64_t
clock_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
sim_now_ms(const struct sim *s)
{
	return clock_ms() - s->start_ms;
}

/* Signals are only ever taken by run(): threads inherit the mask. */
static void
block_signals(sigset_t *set)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void
many_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
run(struct sim *s, const sigset_t *set)
{
	const struct timespec tick = {.tv_nsec = TICK_NS};

	while (sigtimedwait(set, NULL, &tick) == -1) {
		script_tick(s);
		scenario_tick(s);
	}
}

static int
play(struct sim *s, const sigset_t *set)
{
	int *fds = calloc(s->portal_count, sizeof(*fds)), rc = -1;
	struct server *server = NULL;
	struct dns *dns = NULL;
	unsigned dns_port = s->opt.dns_port;

	if (fds == NULL || listen_all(s, fds) == -1) {
		free(fds);
		return -1;
	}
	if (journal_open(s) == 0 && scenario_start(s) == 0 && portals_file_write(s) == 0) {
		bad_announce(s);
		manners_announce(s);
		server = server_start(s, fds);
	}
	if (server != NULL && s->opt.dns_given && (dns = dns_start(s, &dns_port)) == NULL) {
		server_stop(server);
		server = NULL;
	}
	if (server != NULL) {
		(void)printf("ready port=%u portals=%zu", s->port, s->portal_count);
		(void)printf(dns != NULL ? " dns=%u\n" : "\n", dns_port);
		(void)fflush(stdout);
		run(s, set);
		dns_stop(dns);
		server_stop(server);
		rc = 0;
	}
	free(fds);
	return journal_close(s) == 0 ? rc : -1;
}

int
main(int argc, char **argv)
{
	struct sim s = {.began_ms = -1};
	sigset_t set;
	int rc;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	if ((rc = options_parse(&s.opt, argc, argv)) != 0)
		return rc == 1 ? 0 : 2;
	block_signals(&set);
	many_descriptors();
	s.start_ms = clock_ms();
	(void)pthread_mutex_init(&s.lock, NULL);
	(void)pthread_mutex_init(&s.log_lock, NULL);
	rc = sim_plan(&s);
	if (rc == 0)
		rc = play(&s, &set);
	sim_free(&s);
	return rc == 0 ? 0 : 1;
}
