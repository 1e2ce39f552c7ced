/* SPDX-License-Identifier: MIT */
/* voice.h - one phrase, its {names} filled by draws from a stream. */
#ifndef PORTALSIM_VOICE_H
#define PORTALSIM_VOICE_H

#include "phrases.h"
#include "rng.h"
#include "sim.h"

struct voice {
	struct rng rng;
	const struct portal *portal;
	const struct report *report;
};

const char *voice_pick(struct voice *v, const struct phrases *phrases);
void voice_say(struct voice *v, struct buf *out, const char *phrase);

#endif
