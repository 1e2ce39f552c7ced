/* SPDX-License-Identifier: MIT */
/*
 * phases.h - where the worker's CPU time goes (suoyin_cpu_seconds_total), counted as it works.
 *
 * A thread takes the time at the beginning and says at each end what that was for; the sums go to the
 * metric once a batch.  What librdkafka's own threads use counts as consume.
 */
#ifndef WORKER_PHASES_H
#define WORKER_PHASES_H

#include <stdint.h>

enum phase {
	PHASE_CONSUME,                                            /* messages from the broker */
	PHASE_PIPE,                                               /* pages to the children, answers back */
	PHASE_DECODE, PHASE_PARSE, PHASE_EXTRACT, PHASE_REPLY,    /* in the children */
	PHASE_CHECK,                                              /* their answers */
	PHASE_LOOK_UP, PHASE_JUDGE, PHASE_WRITE, PHASE_COMMIT,    /* in the store thread */
	PHASES,
};

struct phases {
	int64_t us[PHASES];
};

int64_t phases_now_us(void); /* CPU time of the calling thread */
/* What it used since *since_us was for this; *since_us becomes now. */
void phases_end(struct phases *p, enum phase phase, int64_t *since_us);
/* CPU time of the process that is not of the two threads; threads_us: of both, since they began. */
int64_t phases_others_us(int64_t threads_us);
void phases_flush(struct phases *p); /* to the metric */

#endif
