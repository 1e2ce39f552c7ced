/* SPDX-License-Identifier: MIT */
#include "voice.h"

#include <stdio.h>
#include <string.h>

#define NESTING_MAX 4 /* phrases in phrases */

static const struct {
	const char *name;
	const struct phrases *phrases;
} lists[] = {
    {"topic", &phrase_topic},
    {"problem", &phrase_problem},
    {"how", &phrase_how},
    {"law", &phrase_law},
    {"group", &phrase_group},
    {"thing", &phrase_thing},
    {"result", &phrase_result},
    {"open", &phrase_open},
    {"person", &phrase_person},
    {"bureau", &name_bureau},
};

static const struct {
	const char *name;
	unsigned low, high;
} numbers[] = {
    {"n", 2, 480},
    {"n1", 2, 9},
    {"n2", 10, 38},
    {"n3", 100, 999},
    {"month", 1, 12},
    {"day", 1, 28},
};

const char *
voice_pick(struct voice *v, const struct phrases *phrases)
{
	return phrases->items[rng_below(&v->rng, (unsigned)phrases->count)];
}

static bool
same(const char *name, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(name, word, n) == 0;
}

static void
say_town(struct voice *v, struct buf *out)
{
	(void)buf_add_str(out, voice_pick(v, &name_town_first));
	(void)buf_add_str(out, voice_pick(v, &name_town_second));
	(void)buf_add_str(out, "镇");
}

static void
say_cited_number(struct voice *v, struct buf *out)
{
	(void)buf_add_fmt(out, "%.3s%s发〔%u〕%u号", v->portal->county,
	    voice_pick(v, &name_bureau_short), v->report->year, rng_range(&v->rng, 1, 96));
}

/* What is neither a list nor a plain number. */
static void
say_special(struct voice *v, struct buf *out, const char *name, size_t n)
{
	struct rng *r = &v->rng;

	if (same(name, n, "agency"))
		(void)buf_add_str(out, v->report->agency);
	else if (same(name, n, "county"))
		(void)buf_add_str(out, v->portal->county);
	else if (same(name, n, "town"))
		say_town(v, out);
	else if (same(name, n, "year"))
		(void)buf_add_fmt(out, "%u", v->report->year);
	else if (same(name, n, "next"))
		(void)buf_add_fmt(out, "%u", v->report->year + 1);
	else if (same(name, n, "pct"))
		(void)buf_add_fmt(out, "%u.%u", rng_range(r, 88, 99), rng_range(r, 1, 9));
	else if (same(name, n, "wan"))
		(void)buf_add_fmt(out, "%u.%u万", rng_range(r, 1, 19), rng_range(r, 1, 9));
	else if (same(name, n, "money"))
		(void)buf_add_fmt(out, "%u.%02u", rng_range(r, 12, 960), rng_below(r, 100));
	else if (same(name, n, "docno"))
		say_cited_number(v, out);
	else if (same(name, n, "doc"))
		(void)buf_add_fmt(
		    out, "《%s%u年法治建设工作要点》", v->portal->county, v->report->year);
}

static void say_nested(struct voice *v, struct buf *out, const char *phrase, unsigned nesting);

static void /* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by NESTING_MAX */
say_name(struct voice *v, struct buf *out, const char *name, size_t n, unsigned nesting)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (same(name, n, lists[i].name)) {
			say_nested(v, out, voice_pick(v, lists[i].phrases), nesting + 1);
			return;
		}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (same(name, n, numbers[i].name)) {
			(void)buf_add_fmt(
			    out, "%u", rng_range(&v->rng, numbers[i].low, numbers[i].high));
			return;
		}
	say_special(v, out, name, n);
}

static void /* NOLINTNEXTLINE(misc-no-recursion): as above */
say_nested(struct voice *v, struct buf *out, const char *phrase, unsigned nesting)
{
	const char *open, *close;

	while (nesting < NESTING_MAX && (open = strchr(phrase, '{')) != NULL &&
	       (close = strchr(open, '}')) != NULL) {
		(void)buf_add(out, phrase, (size_t)(open - phrase));
		say_name(v, out, open + 1, (size_t)(close - open - 1), nesting);
		phrase = close + 1;
	}
	(void)buf_add_str(out, phrase);
}

void
voice_say(struct voice *v, struct buf *out, const char *phrase)
{
	say_nested(v, out, phrase, 0);
}
