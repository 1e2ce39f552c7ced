/* SPDX-License-Identifier: MIT */
/*
 * phrases.h - the words reports are made of.  All of our own making; names of laws are real.
 * {name} in a phrase is filled by voice.c.
 */
#ifndef PORTALSIM_PHRASES_H
#define PORTALSIM_PHRASES_H

#include <stddef.h>

struct phrases {
	const char *const *items;
	size_t count;
};

/* Words */
extern const struct phrases phrase_topic, phrase_problem, phrase_how, phrase_law, phrase_group,
    phrase_thing, phrase_result, phrase_open, phrase_person;
/* Sentences, by the part of a report they stand in */
extern const struct phrases say_preamble, say_done, say_short, say_leader, say_plan, say_other,
    say_notice, say_edit;
/* Headings */
extern const struct phrases head_done, head_step, head_short, head_leader, head_plan, head_notice;
/* Names */
extern const struct phrases name_bureau, name_bureau_short, name_first, name_second,
    name_town_first, name_town_second, name_town_kind;

#endif
