/* SPDX-License-Identifier: MIT */
#include <suoyin/clock.h>
#include <suoyin/metrics.h>
#include <time.h>

#include "phases.h"

static const char *const names[PHASES] = {
    [PHASE_CONSUME] = "consume",
    [PHASE_PIPE] = "pipe",
    [PHASE_DECODE] = "decode",
    [PHASE_PARSE] = "parse",
    [PHASE_EXTRACT] = "extract",
    [PHASE_REPLY] = "reply",
    [PHASE_CHECK] = "check",
    [PHASE_LOOK_UP] = "look_up",
    [PHASE_JUDGE] = "judge",
    [PHASE_WRITE] = "write",
    [PHASE_COMMIT] = "commit",
};

int64_t
phases_now_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

void
phases_end(struct phases *p, enum phase phase, int64_t *since_us)
{
	int64_t now = phases_now_us();

	p->us[phase] += now - *since_us;
	*since_us = now;
}

int64_t
phases_others_us(int64_t threads_us)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID) - threads_us;
}

void
phases_flush(struct phases *p)
{
	for (int i = 0; i < PHASES; i++)
		if (p->us[i] > 0)
			metric_add(M_CPU_SECONDS, names[i], (double)p->us[i] / 1e6);
	*p = (struct phases){{0}};
}
