/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <suoyin/stop.h>

/* Lock-free, so both the handler and any thread may touch it. */
static atomic_int asked;

static void
on_signal(int sig)
{
	(void)sig;
	atomic_fetch_add(&asked, 1);
}

void
stop_install(void)
{
	struct sigaction wish, ignore;

	memset(&wish, 0, sizeof(wish));
	wish.sa_handler = on_signal;
	sigemptyset(&wish.sa_mask);
	/* No SA_RESTART: a loop that sleeps or polls must wake up and look. */
	(void)sigaction(SIGTERM, &wish, NULL);
	(void)sigaction(SIGINT, &wish, NULL);

	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	sigemptyset(&ignore.sa_mask);
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

bool
stop_asked(void)
{
	return atomic_load(&asked) > 0;
}

bool
stop_now(void)
{
	return atomic_load(&asked) > 1;
}

void
stop_ask(void)
{
	int none = 0;

	/* Asking twice from the program is still one wish; "now" is for people. */
	(void)atomic_compare_exchange_strong(&asked, &none, 1);
}
