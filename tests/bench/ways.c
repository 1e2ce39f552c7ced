/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include "counting.h"

#include <libxml/HTMLparser.h>
#include <stdlib.h>
#include <string.h>
#include <suoyin/limits.h>
#include <time.h>

#define PARSE_OPTIONS (HTML_PARSE_RECOVER | XML_PARSE_HUGE | HTML_PARSE_NOERROR | \
	HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET)

const char *const way_names[WAYS] = {"extract", "tokenizer", "tree"};

int
ways_init(struct ways *w)
{
	arena_init(&w->arena, EXTRACT_ARENA_MAX);
	w->kit = charset_kit_new();
	return w->kit == NULL ? -1 : 0;
}

void
ways_fini(struct ways *w)
{
	arena_fini(&w->arena);
	charset_kit_free(w->kit);
}

void
sample_init(struct sample *s)
{
	*s = (struct sample){0};
	buf_init(&s->bytes, PAGE_BODY_MAX);
	arena_init(&s->decoded_in, EXTRACT_ARENA_MAX);
}

int
sample_decode(struct sample *s, struct ways *w)
{
	struct charset how;
	struct err err = {0};

	return charset_decode(w->kit, &how, &s->decoded, &s->decoded_in, buf_span(&s->bytes),
	    SPAN(""), &err);
}

void
sample_fini(struct sample *s)
{
	buf_fini(&s->bytes);
	arena_fini(&s->decoded_in);
}

static void
run_ours(struct ways *w, struct sample *s)
{
	struct extract_input in = {.bytes = buf_span(&s->bytes),
	    .url = SPAN("http://www.example.gov.cn/a/b.html")};
	struct record record;
	struct err err = {0};

	s->refused = extract(&record, &w->arena, w->kit, &in, &err) == -1;
	s->sections = !s->refused && record.structure.section_count > 0;
	arena_reset(&w->arena);
}

static void
run_sax(const struct sample *s)
{
	htmlParserCtxtPtr ctxt = htmlNewParserCtxt();

	memset(ctxt->sax, 0, sizeof(*ctxt->sax));
	xmlFreeDoc(htmlCtxtReadMemory(ctxt, s->decoded.p, (int)s->decoded.n, NULL, "UTF-8",
	    PARSE_OPTIONS));
	htmlFreeParserCtxt(ctxt);
}

static void
run_tree(const struct sample *s)
{
	xmlFreeDoc(htmlReadMemory(s->decoded.p, (int)s->decoded.n, NULL, "UTF-8", PARSE_OPTIONS));
}

static void
run(struct ways *w, struct sample *s, enum way way)
{
	if (way == OURS)
		run_ours(w, s);
	else if (way == SAX)
		run_sax(s);
	else
		run_tree(s);
}

static double
cpu_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What others have freed is put in order by malloc at its next large request: not in our time. */
static void
settle(void)
{
	void *volatile large = malloc(1 << 20);

	free(large);
}

void
ways_time(struct ways *w, struct sample *s, enum way way)
{
	struct cost *cost = &s->cost[way];
	double began, took;

	settle();
	counting_reset();
	began = cpu_now();
	run(w, s, way);
	took = cpu_now() - began;
	if (cost->seconds == 0 || took < cost->seconds)
		cost->seconds = took;
	cost->calls = counting_read().calls;
}

/* The arena has nothing yet, so that malloc sees each of its blocks. */
void
ways_memory(struct ways *w, struct sample *s, enum way way)
{
	arena_fini(&w->arena);
	counting_reset();
	run(w, s, way);
	s->cost[way].peak = counting_read().peak;
}
