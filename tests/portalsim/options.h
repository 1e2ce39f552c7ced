/* SPDX-License-Identifier: MIT */
/* options.h - the command line of portalsim (README.md). */
#ifndef PORTALSIM_OPTIONS_H
#define PORTALSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	unsigned portals, reports;
	uint64_t seed;
	unsigned port;          /* 0: choose */
	unsigned publish_every; /* ms */
	unsigned late;          /* reports published after the start */
	bool late_given;
	bool demo;
	bool polite;            /* names, shared addresses, robots.txt, busy answers: manners.h */
	bool dns_given;         /* answer DNS */
	unsigned dns_port;      /* 0: choose */
	const char *dns;        /* more names; may be NULL */
	bool misbehave;
	bool all_lists; /* every manner of lists, one a portal */
	const char *journal, *portals_file, *requests; /* requests may be NULL */
	const char *delay, *revisit, *every;           /* as they go into the portals file */
	const char *script;                            /* NULL: none */
	const char *serve, *serve_id;                  /* serve NULL: synthetic portals */
};

/* 0; -1: said on stderr what is wrong; 1: help was asked for. */
int options_parse(struct options *o, int argc, char **argv);

#endif
